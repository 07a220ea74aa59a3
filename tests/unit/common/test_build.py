"""What an image was told about its own build."""

from pathlib import Path

from obd2_common.build import read_build


def test_a_build_is_read_as_the_image_was_told(tmp_path: Path) -> None:
    (tmp_path / "obd2-build").write_text("0.1.0-d2f463f d2f463f\n")

    assert read_build(tmp_path / "obd2-build") == "0.1.0-d2f463f d2f463f"


def test_outside_of_an_image_there_is_no_build(tmp_path: Path) -> None:
    assert read_build(tmp_path / "obd2-build") is None

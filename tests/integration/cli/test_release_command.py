"""`obd2 release`: what is published is what the Pi is told, and nothing it would refuse is published."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from obd2_cli.__main__ import build_app
from obd2_common.errors import ConfigurationError, InvalidInputError
from support.embedded_server import embedded_server, serve_environment

RELEASE = {
    "--released-at": "2026-07-01T09:30:00Z",
    "--git-hash": "9c41d7e",
    "--theme": "steadier reconnects",
    "--description": "Adapter retries back off; no schema change.",
}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in serve_environment(tmp_path).items():
        monkeypatch.setenv(name, value)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build_app(arguments[0]), arguments)


def publish(version: str = "V0.31.0", **changed: str) -> Result:
    options = RELEASE | {f"--{name.replace('_', '-')}": value for name, value in changed.items()}
    return run("release", "publish", version, *[part for pair in options.items() for part in pair])


def test_a_published_release_is_what_the_pi_is_told(tmp_path: Path) -> None:
    with embedded_server(tmp_path) as server:
        before = server.get("/api/v1/release/current").status_code
        first = publish()
        second = publish("V0.32.0", theme="quieter logs")
        current = server.get("/api/v1/release/current")
        history = server.get("/api/v1/release/history").json()

    assert before == 503
    assert first.output == "V0.31.0 is the current release.\n"
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert current.json()["version"] == "V0.32.0"
    assert history["releases"][1] == {
        "version": "V0.31.0",
        "releasedAt": "2026-07-01T09:30:00Z",
        "gitHash": "9c41d7e",
        "theme": "steadier reconnects",
        "description": "Adapter retries back off; no schema change.",
    }


def test_releases_are_shown_newest_first() -> None:
    run("migrate")
    nothing = run("release", "show").output
    for version in ("V0.9.0", "V0.10.0"):
        publish(version)

    shown = run("release", "show").output
    history = run("release", "history").output

    assert "No release is published" in nothing
    assert "V0.10.0" in shown
    assert "V0.9.0" not in shown
    assert history.index("V0.10.0") < history.index("V0.9.0")


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"version": "0.31.0"}, "version"),
        ({"released_at": "2026-07-01 09:30"}, "releasedAt"),
        ({"released_at": "2026-02-30T09:30:00Z"}, "releasedAt"),
        ({"git_hash": ""}, "gitHash"),
        ({"theme": "x" * 51}, "theme"),
        ({"description": "x" * 401}, "description"),
    ],
)
def test_what_the_pi_would_refuse_is_not_published(changed: dict[str, str], named: str) -> None:
    run("migrate")

    refused = publish(**changed)

    assert isinstance(refused.exception, InvalidInputError)
    assert named in str(refused.exception)
    assert "No release is published" in run("release", "show").output


def test_without_a_database_the_way_to_one_is_said(tmp_path: Path) -> None:
    refused = run("release", "show")

    assert isinstance(refused.exception, ConfigurationError)
    assert "start `obd2 serve`, or run `obd2 migrate`" in str(refused.exception)
    assert not (tmp_path / "data").exists()

"""`obd2 demo`, the first thing a new user sees, as a new user runs it."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest


@pytest.mark.timeout(300)
def test_the_demo_shows_a_drive_going_all_the_way_and_ends_well(tmp_path: Path) -> None:
    # A broken .env and a foreign database must not matter: the demo brings everything it needs.
    (tmp_path / ".env").write_text("DATABASE_URL=mysql://nobody@127.0.0.1:1/nothing\nPORT=no-number\n")

    done = subprocess.run(
        [sys.executable, "-m", "obd2_cli", "demo"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path), "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    shown = " ".join(done.stdout.split())
    assert re.search(r"realtime_data +([\d,]+) +\1 +0 +0 +ok", shown)
    assert "STOP Coolant temperature stayed at or above 104 °C" in shown
    assert "1. Cooling:" in shown
    assert re.search(r"SHA-256 sent ([0-9a-f]{64}) SHA-256 kept \1 ", shown)
    assert re.search(r"http://127\.0\.0\.1:\d+/docs", shown)
    assert "Everything is as it should be." in shown
    assert "NO " not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


@pytest.mark.timeout(300)
def test_a_kept_demo_stays_until_it_is_told_to_go_and_leaves_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "obd2_cli", "demo", "--keep"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as shown:
        lines = []
        for line in shown:
            lines.append(line)
            if line.startswith("Look around:"):
                break
        parts = lines[-1].split()
        report = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "obd2_cli", *parts[3:]],
            cwd=tempfile.gettempdir(),
            capture_output=True,
            text=True,
            check=False,
        )
        process.terminate()
        status = process.wait(60)

    assert report.returncode == 0, report.stderr
    assert "Drive 2 of chi-eclipse-01" in report.stdout
    assert status == 128 + 15
    assert list(tmp_path.iterdir()) == []

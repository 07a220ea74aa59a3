"""The main job over HTTP from outside: rows arrive, a drive is analysed, a backup is kept."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from support.ansible_target import Target, eventually
from support.pi_files import IDLE, device_of

pytestmark = [pytest.mark.ansible, pytest.mark.timeout(1800)]


def test_every_row_of_a_pi_arrives(target: Target, pi_files: dict[str, Path]) -> None:
    file = pi_files[IDLE]

    assert "realtime_data" in target.push(file, device_of(file))


def test_a_drive_is_computed_and_can_be_analysed(target: Target) -> None:
    file = target.simulate("analysed", "--seed", "5", "--kind", "hot_idle", "--duration", "300")
    target.push(file, "ansible-drive")

    with target.client() as client:

        def computed() -> list[dict[str, Any]]:
            drives = client.get("/api/v1/drives").json()["drives"]
            mine = [drive for drive in drives if drive["deviceId"] == "ansible-drive"]
            return [drive for drive in mine if drive["state"] == "computed"]

        eventually(computed)
        (drive,) = computed()
        body = {"drive_id": drive["driveId"], "deviceId": "ansible-drive", "parameters": {}}
        analysis = client.post("/api/v1/analyze", json=body)

    assert analysis.status_code == 200
    assert analysis.json()["analysis_id"]
    assert drive["grade"] is not None


def test_a_backup_is_kept_on_the_volume(target: Target, tmp_path: Path) -> None:
    file = target.simulate("kept", "--seed", "6", "--kind", "short_hop", "--duration", "60")
    packed = tmp_path / "obd.db.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))

    with target.client() as client, packed.open("rb") as content:
        fields = {"type": "database", "deviceId": "ansible-backup"}
        receipt = client.post("/api/v1/backup", data=fields, files={"file": ("obd.db.gz", content)}).json()

    assert receipt["verification"] == "ok"
    assert target.shell(f"stat -c %s /mnt/raid5/obd2/backups/{receipt['path']}") == str(packed.stat().st_size)

"""A vault that is really full: uploads are refused in order, nothing else suffers, and room makes everything good."""

from pathlib import Path

import httpx
import pytest

from support.stack_running import Stack, source_counts

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

FILLER = "/backups/filler"
FILL = f"head --bytes=1G /dev/zero > {FILLER}; df --output=avail -B1 /backups | tail -n 1"
LEFT = "find /backups/.spool -type f | wc -l"


def upload(stack: Stack, file: Path) -> httpx.Response:
    with stack.client() as client, file.open("rb") as content:
        fields = {"type": "database", "deviceId": "e2e-full-vault"}
        return client.post("/api/v1/backup", data=fields, files={"file": ("obd.db", content)})


def test_when_the_vaults_disk_is_full_uploads_get_507_and_syncs_go_on(stack: Stack) -> None:
    file = stack.simulate("full-vault", "--seed", "12", "--kind", "short_hop", "--duration", "60")
    before = stack.inside("backup", "sh", "-c", LEFT).stdout

    filled = stack.beside_the_vault(FILL)
    try:
        refused = upload(stack, file)
        stack.push_all(file, "e2e-full-vault")
        left = stack.inside("backup", "sh", "-c", LEFT).stdout
    finally:
        emptied = stack.beside_the_vault(f"rm {FILLER}")
    taken = upload(stack, file)

    assert "No space left on device" in filled.stderr
    assert (filled.stdout.strip(), emptied.returncode) == ("0", 0)
    assert refused.status_code == 507, refused.text
    assert "/backups" not in refused.text
    assert left == before
    assert (taken.status_code, taken.json()["verification"]) == (200, "ok")
    counts = stack.counts("e2e-full-vault")
    assert counts == source_counts(file, counts)
    assert stack.get("/api/v1/health")["status"] == "healthy"

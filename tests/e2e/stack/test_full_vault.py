"""A vault without room: uploads are refused in order, and nothing else suffers."""

import pytest

from stack_running import Stack, source_counts

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

MORE_THAN_ANY_DISK_MB = "1000000000"


def test_without_room_for_backups_uploads_get_507_and_syncs_go_on(stack: Stack) -> None:
    file = stack.simulate("full-vault", "--seed", "12", "--kind", "short_hop", "--duration", "60")
    stack.set_variable("BACKUP_MIN_FREE_MB", MORE_THAN_ANY_DISK_MB)
    stack.wait("api")

    with stack.client() as client, file.open("rb") as content:
        fields = {"type": "database", "deviceId": "e2e-full-vault"}
        refused = client.post("/api/v1/backup", data=fields, files={"file": ("obd.db", content)})
    stack.push_all(file, "e2e-full-vault")
    stack.set_variable("BACKUP_MIN_FREE_MB", "")
    stack.wait("api")

    assert refused.status_code == 507
    counts = stack.counts("e2e-full-vault")
    assert counts == source_counts(file, counts)

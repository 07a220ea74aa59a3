"""`make upgrade` with a version whose migration breaks half-way: the stack is back as it was, by itself."""

import subprocess
from pathlib import Path

import pytest

from support.broken_migration import BROKEN_MIGRATION, VERSIONS_IN_IMAGES
from support.stack_running import FILES, TAG, Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

BROKEN_TAG = "0.0.2"
ALIVE = {"service_heartbeats", "backup_runs"}
"""Tables the running services write to at any time."""
DOCKERFILE = f"""
FROM obd2-api:{TAG}
COPY broken.py {VERSIONS_IN_IMAGES}/9999_broken.py
"""


def digests(stack: Stack) -> dict[str, str]:
    """Return a checksum of every table that does not change by itself."""
    tables = [name for (name,) in stack.sql("SHOW TABLES") if name not in ALIVE]
    return {table: stack.sql(f"CHECKSUM TABLE {table}")[0][1] for table in tables}


def build_broken_version(stack: Stack, folder: Path) -> None:
    head = stack.sql("SELECT version_num FROM alembic_version")[0][0]
    (folder / "broken.py").write_text(BROKEN_MIGRATION.format(head=head))
    (folder / "Dockerfile").write_text(DOCKERFILE)
    build = [stack.docker, "build", "--quiet", "--tag", f"obd2-api:{BROKEN_TAG}", str(folder)]
    subprocess.run(build, check=True, capture_output=True, timeout=300)  # noqa: S603
    for name in ("analyzer", "backup", "ollama"):
        tag = [stack.docker, "tag", f"obd2-{name}:{TAG}", f"obd2-{name}:{BROKEN_TAG}"]
        subprocess.run(tag, check=True, timeout=60)  # noqa: S603


def test_an_upgrade_that_fails_leaves_version_and_data_as_they_were(stack: Stack, tmp_path: Path) -> None:
    file = stack.simulate("upgraded", "--seed", "11", "--kind", "short_hop", "--duration", "120")
    stack.push_all(file, "e2e-upgraded")
    stack.wait_until_idle()
    before = digests(stack)
    build_broken_version(stack, tmp_path)
    stack.set_variable("OBD2_VERSION", BROKEN_TAG)

    said = stack.fail_make("upgrade", BUILD="no", DUMPS_DIR=str(tmp_path))
    stack.set_variable("OBD2_VERSION", TAG)

    assert f"back at {TAG}" in said
    assert digests(stack) == before
    assert f"obd2-api:{TAG}" in stack.compose("ps", "--format", "{{.Image}}", "api")
    assert stack.get("/api/v1/health")["status"] == "healthy"


def test_an_upgrade_that_works_keeps_every_row_and_can_be_undone(stack: Stack, tmp_path: Path) -> None:
    before = stack.counts("e2e-upgraded")

    said = stack.make("upgrade", BUILD="no", DUMPS_DIR=str(tmp_path))
    after = stack.counts("e2e-upgraded")
    stack.make("rollback", DUMPS_DIR=str(tmp_path))

    assert f"upgraded from {TAG}-previous to {TAG}" in said
    assert before == after == stack.counts("e2e-upgraded")


def test_a_build_under_the_version_that_runs_keeps_the_way_back(stack: Stack, tmp_path: Path) -> None:
    before = digests(stack)
    running = stack.compose("images", "--quiet", "api").strip()
    head = stack.sql("SELECT version_num FROM alembic_version")[0][0]
    (tmp_path / "broken.py").write_text(BROKEN_MIGRATION.format(head=head))
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    build = f"{{build: !override {{context: {tmp_path}, dockerfile: Dockerfile}}}}"
    (tmp_path / "broken.yaml").write_text(f"services: {{api: {build}, migrate: {build}}}\n")
    stack.files += f":{tmp_path / 'broken.yaml'}"

    try:
        said = stack.fail_make("upgrade", DUMPS_DIR=str(tmp_path))
        answering = stack.compose("images", "--quiet", "api").strip()
        status = stack.get("/api/v1/health")["status"]
    finally:
        stack.files = FILES
        subprocess.run([stack.docker, "tag", running, f"obd2-api:{TAG}"], check=True, timeout=60)  # noqa: S603
        stack.wait("api", "analyzer", "backup")

    assert f"back at {TAG}-previous" in said
    assert answering == running
    assert status == "healthy"
    assert digests(stack) == before

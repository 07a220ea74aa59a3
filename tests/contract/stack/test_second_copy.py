"""Second copies are opted in to: what that adds to the backup service, in compose and in quadlet, and nothing else."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from support.compose_file import read_compose
from support.quadlet_generator import generated_units
from support.quadlet_units import FOLDER, Unit, read_unit

SHARE = "/mnt/nas/obd2"
URLS = {"folder": "file:///replica", "s3": "s3://bucket/prefix"}
DROP_IN = "obd2-backup.container.d/replica.conf"


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    return read_compose()


def with_second_copy(kind: str) -> dict[str, Any]:
    return read_compose(
        "compose.yaml", f"compose.replica-{kind}.yaml", REPLICA_PATH=SHARE, BACKUP_REPLICA_URL=URLS[kind]
    )


def drop_in(kind: str) -> Unit:
    return read_unit(FOLDER / "replica" / f"{kind}.conf")


def test_without_it_the_backup_service_sees_no_share_and_has_no_way_out(plain: dict[str, Any]) -> None:
    backup = plain["services"]["backup"]

    assert backup["environment"]["BACKUP_REPLICA_URL"] is None
    assert [mount["type"] for mount in backup["volumes"]] == ["volume"]
    assert set(backup["networks"]) == {"data", "ops"}


@pytest.mark.parametrize(
    ("kind", "changed"), [("folder", {"environment", "volumes"}), ("s3", {"environment", "networks", "secrets"})]
)
def test_it_changes_one_service_and_of_that_no_more_than_it_must(
    plain: dict[str, Any], kind: str, changed: set[str]
) -> None:
    ours = with_second_copy(kind)
    before, after = plain["services"].pop("backup"), ours["services"].pop("backup")
    try:
        assert ours["services"] == plain["services"]
        assert ours["networks"] == plain["networks"]
        assert {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} == changed
        assert after["environment"] == {**before["environment"], "BACKUP_REPLICA_URL": URLS[kind]}
    finally:
        plain["services"]["backup"] = before


def test_a_share_is_mounted_where_a_later_mount_is_seen_and_no_folder_is_made_up() -> None:
    (mount,) = [volume for volume in with_second_copy("folder")["services"]["backup"]["volumes"] if "bind" in volume]
    container = drop_in("folder")["Container"]

    assert (mount["source"], mount["target"]) == (SHARE, "/replica")
    assert mount["bind"] == {"propagation": "rslave"}
    assert container["Volume"] == [f"{mount['source']}:{mount['target']}:rslave"]
    assert container["Environment"] == [f"BACKUP_REPLICA_URL={URLS['folder']}"]


def test_a_store_is_reached_over_the_network_with_a_way_out_and_its_key_is_a_secret_file() -> None:
    ours = with_second_copy("s3")
    backup, container = ours["services"]["backup"], drop_in("s3")["Container"]
    (secret,) = [secret for secret in backup["secrets"] if secret["source"] == "replica_secret"]

    assert set(backup["networks"]) == {"data", "ops", "egress"}
    assert not ours["networks"]["egress"].get("internal")
    assert secret["target"] == "backup_replica_secret"
    assert container["Network"] == ["obd2-egress.network"]
    assert container["Secret"] == [
        f"obd2-{secret['source']},type=mount,target={secret['target']},uid=10001,gid=10001,mode=0400"
    ]


@pytest.mark.parametrize(
    ("kind", "said"),
    [("folder", f"-v {SHARE}:/replica:rslave"), ("s3", "--network obd2-egress")],
)
def test_podmans_generator_takes_the_drop_in(tmp_path: Path, kind: str, said: str) -> None:
    for unit in (*FOLDER.glob("*.container"), *FOLDER.glob("*.network")):
        shutil.copy(unit, tmp_path)
    (tmp_path / DROP_IN).parent.mkdir()
    shutil.copy(FOLDER / "replica" / f"{kind}.conf", tmp_path / DROP_IN)

    backup = generated_units(tmp_path).partition("---obd2-backup.service---")[2].partition("\n---")[0]

    assert said in backup

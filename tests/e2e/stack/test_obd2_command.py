"""`make obd2` on a host that has an engine and nothing else: what the documents type runs in a container."""

import re
import shutil
from pathlib import Path

import pytest

from obd2_cli.__main__ import SUBCOMMANDS
from obd2_common.file_hash import sha256_of
from support.compose_file import ROOT
from support.stack_running import Stack, eventually

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

DEVICE = "e2e-obd2-command"
ON_A_WORKSTATION = {"demo", "serve", "simulate"}
"""Subcommands that are a server, or a Pi, of their own."""
TYPED = re.compile(r"\bobd2 (?P<command>[a-z]+(?: [a-z]+)?)\b")


def documented_commands() -> dict[str, list[str]]:
    """Return, by service, each subcommand the documents type; of two words the second may be an argument."""
    texts = [file.read_text() for file in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))]
    found = {match["command"] for text in texts for match in TYPED.finditer(text)}
    wanted = sorted(words for words in found if words.split()[0] in SUBCOMMANDS.keys() - ON_A_WORKSTATION)
    return {
        "backup": [words for words in wanted if words.startswith("backups")],
        "analyzer": [words for words in wanted if words.startswith("profile")],
        "api": [words for words in wanted if not words.startswith(("backups", "profile"))],
    }


@pytest.mark.parametrize(("service", "commands"), documented_commands().items())
def test_what_the_documents_type_is_known_in_its_container(stack: Stack, service: str, commands: list[str]) -> None:
    script = 'for words in "$@"; do obd2 $words --help >/dev/null 2>&1 || echo "$words"; done'

    refused = stack.inside(service, "sh", "-c", script, "sh", *commands).stdout.split("\n")

    assert len(commands) > 2
    assert [words for words in refused if words] == []


def test_files_go_in_and_out_by_the_folder_of_exchange(stack: Stack, tmp_path: Path) -> None:
    def obd2(arguments: str) -> str:
        return stack.make("obd2", args=arguments, DUMPS_DIR=str(tmp_path / "backups"))

    exchange = tmp_path / "backups" / "exchange"
    empty = obd2(f"drives list --device {DEVICE}")
    shutil.copy(stack.simulate("command", "--seed", "4", "--kind", "short_hop", "--duration", "60"), exchange / "pi.db")
    (exchange / "pi.db").chmod(0o644)
    pushed = obd2(f"push pi.db --device {DEVICE} --verify")
    eventually(lambda: DEVICE in obd2(f"report --device {DEVICE}"))
    obd2("backups dump")
    stored = (
        "SELECT backup_id, sha256 FROM backups WHERE type = 'database' AND state = 'stored' ORDER BY 1 DESC LIMIT 1"
    )
    backup_id, sha256 = eventually(lambda: stack.sql(stored))[0]
    obd2(f"backups get {backup_id} --output dump.sql.zst")

    assert "has ever sent" in empty
    assert "rows" in pushed
    assert sha256_of(exchange / "dump.sql.zst") == sha256
    assert (tmp_path / "backups").stat().st_mode & 0o077 == 0
    for looked_at in ("devices", "jobs list", "quarantine list", "analyses list", "backups plan", "keys list"):
        assert obd2(looked_at)
    assert "profile generic" in obd2(f"profile show --device {DEVICE}")

"""Bad input: sync bodies with extreme values in every column, broken bodies, and files made to harm."""

import gzip
import json
import random
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from obd2_common.synced_specs import SYNCED_TABLES
from proof.target import REQUEST_SECONDS, Target, wait_until
from proof.verdicts import Verdict
from support.hostile_files import LONG_SEARCH, MUCH_MEMORY, generated_column, gzip_of_zeros
from support.pi_rows import EXAMPLES, Row

PART = "bad input"
CHECK_SECONDS = 300.0
EXTREMES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**400,
    0.0, -0.0, 5e-324, 1.7e308, -1.7e308, 1e200, 0.1, "", " ", "0", "-1", "NaN", "Infinity", "x" * 300, "x" * 70_000,
    "\0", "\ud800", "\u202e\U0001f697", "\x1b[2J\x07", "<script>alert(1)</script>", "'; DROP TABLE drives; --", "%s",
    "{{7*7}}", "../../etc/passwd", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00",
    "2026-11-01 01:30:00", "2026-02-30T00:00:00Z", "1970-01-01T00:00:00Z", [], {}, [[]], [None] * 100, {"": {"": None}},
)  # fmt: skip
FILES: dict[str, Callable[[Path], bytes]] = {
    "a database that computes for ever": generated_column(LONG_SEARCH),
    "a database that fills memory": generated_column(MUCH_MEMORY),
    "a gzip that unpacks to 2 GB": lambda _: gzip_of_zeros(2 << 30),
    "a gzip that breaks off": lambda _: gzip.compress(bytes(100_000))[:-20],
    "a database of noise": lambda _: b"SQLite format 3\0" + random.Random(1).randbytes(8_000),  # noqa: S311
    "an empty file": lambda _: b"",
}


def run_bad_input(target: Target, name: str, seed: int, cases: int) -> list[Verdict]:
    """Send bodies of a grammar, each of which must be answered without a 500, and count every row afterwards.

    A row that was sent is stored or in quarantine when the body was accepted; a receipt that counts other than what
    was sent is a loss, and so is a table that holds fewer rows than distinct keys were acknowledged.
    """
    generator = random.Random(seed)  # noqa: S311 - test data
    statuses: Counter[int] = Counter()
    wrong: list[str] = []
    device = f"{name}-bad"
    inserted: Counter[str] = Counter()
    with httpx.Client(
        base_url=target.url, headers={"X-API-Key": target.key}, timeout=REQUEST_SECONDS, trust_env=False
    ) as client:
        for number in range(cases):
            tables = _tables(generator)
            document = {"deviceId": device, "batchId": f"{seed}-{number}", "tables": tables}
            content = _spoilt(json.dumps(document).encode(), generator)
            try:
                answer = client.post("/api/v1/sync", content=content, headers={"Content-Type": "application/json"})
            except httpx.HTTPError as error:
                statuses[0] += 1
                wrong.append(f"case {number}: {error!r}")
                continue
            statuses[answer.status_code] += 1
            if answer.status_code >= 500:
                wrong.append(f"case {number}: {answer.status_code}")
            elif answer.is_success:
                wrong += miscounted(number, json.loads(content.decode(errors="replace"))["tables"], answer.json())
                for table, counts in answer.json()["tablesProcessed"].items():
                    inserted[table] += counts["inserted"]
    told = ", ".join(f"{status}: {count:,}" for status, count in sorted(statuses.items()))
    verdicts = [
        Verdict(PART, "sync bodies with extreme values, some broken", cases, len(wrong), "; ".join([told, *wrong[:3]]))
    ]
    verdicts.append(_stored(target, device, inserted))
    return [*verdicts, *_files(target, name)]


def _tables(generator: random.Random) -> dict[str, Any]:
    tables = {}
    for table in generator.sample(sorted(EXAMPLES), generator.randint(1, 3)):
        rows = [_row(table, generator) for _ in range(generator.randint(1, 4))]
        tables[table] = {"lastSyncedId": 0, "rows": rows}
    return tables


def _row(table: str, generator: random.Random) -> Row:
    spec = SYNCED_TABLES[table]
    row = {
        **EXAMPLES[table],
        spec.key: f"k{generator.randrange(50)}" if spec.has_text_key else generator.randrange(1, 500),
    }
    for column in generator.sample(sorted(row), generator.randint(1, 2)):
        row[column] = generator.choice(EXTREMES)
    if generator.random() < 0.1:
        row["new_column"] = generator.choice(EXTREMES)
    return row


def _spoilt(content: bytes, generator: random.Random) -> bytes:
    """Break one body in ten: a byte changed, cut off, or doubled."""
    if generator.random() > 0.1:
        return content
    at = generator.randrange(len(content))
    changed = content[:at] + generator.randbytes(1) + content[at + 1 :]
    return generator.choice([changed, content[:at], content + content])


def miscounted(number: int, sent: dict[str, Any], receipt: dict[str, Any]) -> list[str]:
    """Say which tables of a request the receipt counts other rows of than were sent."""
    wrong = []
    for table, part in sent.items():
        counts = receipt["tablesProcessed"].get(table, {})
        told = sum(counts.get(kind, 0) for kind in ("inserted", "updated", "quarantined"))
        if told != len(part["rows"]):
            wrong.append(f"case {number}, {table}: {told} of {len(part['rows'])} rows told of")
    return wrong


def _stored(target: Target, device: str, inserted: Counter[str]) -> Verdict:
    tables: dict[str, Any] = {}
    epochs = target.ask("/api/v1/sync/state", deviceId=device, digests=False)["openEpoch"]
    held: Counter[str] = Counter()
    for epoch in range(1, epochs + 1):
        tables = target.ask("/api/v1/sync/state", deviceId=device, epoch=epoch, digests=False)["tables"]
        held.update({table: state["rowCount"] for table, state in tables.items()})
    wrong = {table: (held[table], count) for table, count in inserted.items() if held[table] != count}
    told = "; ".join(f"{table}: {has} of {count}" for table, (has, count) in wrong.items())
    lost = sum(abs(has - count) for has, count in wrong.values())
    return Verdict(PART, "rows told of as inserted, counted afterwards", sum(inserted.values()), lost, told)


def _files(target: Target, name: str) -> list[Verdict]:
    device = f"{name}-files"
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for what, make in FILES.items():
            suffix = "db.gz" if "gzip" in what else "db"
            answer = target.call(
                "POST",
                "/api/v1/backup",
                data={"type": "database", "deviceId": device},
                files={"file": (f"obd.{suffix}", make(Path(folder)))},
            )
            if answer.status_code >= 500:
                wrong.append(f"{what}: {answer.status_code}")
    try:
        wait_until("every file is judged", lambda: _judged(target, device), CHECK_SECONDS)
    except TimeoutError as error:
        wrong.append(str(error))
    good = target.call(
        "POST",
        "/api/v1/backup",
        data={"type": "config", "deviceId": device},
        files={"file": ("config.json", b"{}")},
    )
    if not good.is_success:
        wrong.append(f"a good file afterwards: {good.status_code}")
    return [Verdict(PART, "files made to harm, then a good one", len(FILES) + 1, len(wrong), "; ".join(wrong))]


def _judged(target: Target, device: str) -> bool:
    backups = target.ask("/api/v1/backups", deviceId=device, limit=100)["backups"]
    return all(item["verification"] != "ok" for item in backups) and all(item["verifiedAt"] for item in backups)

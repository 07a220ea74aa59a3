"""Judges logs of real cars: a folder of Pi databases, sent source by source to a server on SQLite."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import select

from bench.evaluation.server import evaluation_server
from obd2_analyzer.facts.findings import Severity
from obd2_analyzer.rules import RULES
from obd2_common.errors import InvalidInputError
from obd2_common.tables.drives import Drive, Finding

KNOWN_FAULTS = "known-faults.txt"
WATCH_SHARE = 0.05
"""Of the healthy drives, at most so many may be told WATCH."""


@dataclass(frozen=True, slots=True, order=True)
class KnownFault:
    """A fault somebody knows of: the database's name, the key of the drive in it, the rule that should speak."""

    file: str
    drive_key: str
    rule: str


@dataclass(frozen=True, slots=True)
class RealDrive:
    """What the server made of one drive: the worst it said by rule, and what is known to be wrong with the car."""

    drive_key: str
    is_graded: bool
    found: dict[str, Severity]
    known: frozenset[str]

    @property
    def worst(self) -> Severity | None:
        """Return the severest of the findings, None where there is none."""
        return max(self.found.values(), default=None)


@dataclass(frozen=True, slots=True)
class SourceScore:
    """How the drives of one source fare; ``watches`` and ``above_watch`` count drives without a known fault."""

    source: str
    drives: int
    healthy: int
    above_watch: int
    watches: int
    ungraded: int
    known: int
    known_found: int
    told: str


def sources_in(folder: Path) -> dict[str, list[Path]]:
    """Return the databases of a folder by source: what their names share up to the last hyphen.

    Raises:
        InvalidInputError: there is no database in the folder.
    """
    sources: dict[str, list[Path]] = {}
    for file in sorted(folder.glob("*.db")):
        sources.setdefault(file.stem.rpartition("-")[0] or file.stem, []).append(file)
    if not sources:
        raise InvalidInputError(f"{folder} holds no *.db")
    return sources


def known_faults(folder: Path) -> frozenset[KnownFault]:
    """Read what is known to be wrong, a line ``FILE DRIVE RULE`` each; empty lines and those behind ``#`` do not count.

    Raises:
        InvalidInputError: a line is not so, or names a file or rule that does not exist.
    """
    path = folder / KNOWN_FAULTS
    if not path.is_file():
        return frozenset()
    faults = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        words = line.partition("#")[0].split()
        if not words:
            continue
        match words:
            case [file, drive_key, rule] if rule in RULES and (folder / file).is_file():
                faults.add(KnownFault(file, drive_key, rule))
            case _:
                raise InvalidInputError(f"{path}: {line!r} is no existing file, drive and rule")
    return frozenset(faults)


def judge_folder(folder: Path) -> list[SourceScore]:
    """Judge every database of a folder, the files of a source in order as one car.

    Raises:
        InvalidInputError: the folder or one of its files cannot be read.
    """
    faults = known_faults(folder)
    return [source_score(source, judge_source(files, faults)) for source, files in sources_in(folder).items()]


def judge_source(files: Sequence[Path], faults: frozenset[KnownFault]) -> list[RealDrive]:
    """Send the databases of one car to a server, each after the drives of the one before were computed.

    Raises:
        InvalidInputError: a file cannot be read, or has no drive that a known fault names.
    """
    device = "evaluated-car"
    known: dict[tuple[int, str], set[str]] = {}
    with evaluation_server(lambda: datetime.now(UTC)) as server:
        for file in files:
            epoch = server.take(device, file)
            server.compute()
            for fault in faults:
                if fault.file == file.name:
                    known.setdefault((epoch, fault.drive_key), set()).add(fault.rule)
        drives = server.database.read(lambda session: list(session.exec(select(Drive))))
        findings = server.database.read(lambda session: list(session.exec(select(Finding))))
    missing = known.keys() - {(drive.source_epoch, drive.drive_key) for drive in drives}
    if missing:
        raise InvalidInputError(f"no drive {', '.join(sorted(key for _, key in missing))} in {files[0].parent}")
    return [
        RealDrive(
            drive.drive_key,
            drive.grade is not None,
            _worst_by_rule([found for found in findings if _key(found) == _key(drive)]),
            frozenset(known.get(_key(drive), ())),
        )
        for drive in sorted(drives, key=lambda drive: (drive.source_epoch, drive.first_source_id or 0))
    ]


def source_score(source: str, drives: Sequence[RealDrive]) -> SourceScore:
    """Count what the drives of one source were told."""
    healthy = [drive for drive in drives if not drive.known]
    return SourceScore(
        source=source,
        drives=len(drives),
        healthy=len(healthy),
        above_watch=sum(drive.worst is not None and drive.worst > Severity.WATCH for drive in healthy),
        watches=sum(drive.worst is Severity.WATCH for drive in healthy),
        ungraded=sum(not drive.is_graded for drive in drives),
        known=sum(len(drive.known) for drive in drives),
        known_found=sum(len(drive.known & drive.found.keys()) for drive in drives),
        told=", ".join(
            f"{drive.drive_key}: {rule} {severity.name}"
            for drive in healthy
            for rule, severity in sorted(drive.found.items())
        ),
    )


def missed_on_real_drives(scores: Sequence[SourceScore]) -> list[str]:
    """Return a sentence for every target that the drives of real cars miss."""
    missed = [
        f"{score.source}: {score.above_watch} of {score.healthy} drives without a known fault told above WATCH"
        for score in scores
        if score.above_watch
    ]
    missed += [
        f"{score.source}: {score.known_found} of {score.known} known faults found"
        for score in scores
        if score.known_found < score.known
    ]
    watches, healthy = sum(score.watches for score in scores), sum(score.healthy for score in scores)
    if watches > WATCH_SHARE * healthy:
        missed.append(f"real drives: WATCH in {watches} of {healthy} without a known fault")
    return missed


def _key(row: Drive | Finding) -> tuple[int, str]:
    return row.source_epoch, row.drive_key


def _worst_by_rule(findings: Sequence[Finding]) -> dict[str, Severity]:
    worst: dict[str, Severity] = {}
    for finding in findings:
        severity = Severity[finding.severity]
        worst[finding.rule] = max(severity, worst.get(finding.rule, severity))
    return worst

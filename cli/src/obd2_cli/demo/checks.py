"""What must be true at the end of the demonstration, judged from what the server answered."""

from dataclasses import dataclass

from obd2_api.schemas.backups import BackupItem
from obd2_api.schemas.drives import DriveDetail
from obd2_cli.demo.pi import PiBackup, PiDatabase
from obd2_cli.push import PushResult

NO_MATTER = frozenset({"WATCH"})
STOP = "STOP"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be true; ``found`` says what was there instead when it is not."""

    sentence: str
    is_true: bool
    found: str = ""


def push_checks(database: PiDatabase, first: PushResult, second: PushResult, quarantined: int | None) -> list[Check]:
    """Judge two pushes of the same database."""
    inserted = sum(receipt.counts["inserted"] for receipt in first.tables.values())
    sent = second.rows_sent
    return [
        Check(
            f"all {database.rows:,} rows of the Pi are stored",
            first.is_ok and inserted == database.rows,
            f"{inserted:,}",
        ),
        Check("no row had to be put aside", quarantined == 0, f"{quarantined} in quarantine"),
        Check("a second push finds nothing left to send", second.is_ok and sent == 0, f"{sent:,} rows sent"),
    ]


def drive_checks(database: PiDatabase, healthy: DriveDetail, hot: DriveDetail) -> list[Check]:
    """Judge the two drives."""
    counted = {int(drive.drive_key): drive.row_count for drive in (healthy, hot)}
    worries = [found.severity for found in healthy.findings if found.severity not in NO_MATTER]
    stops = [found.signal for found in hot.findings if found.severity == STOP]
    advice = [] if hot.latest_analysis is None else hot.latest_analysis.recommendations
    categories = [item.category for item in advice]
    return [
        Check("both drives have all their readings", counted == database.readings, str(counted)),
        Check("the healthy drive is not accused", not worries, ", ".join(worries)),
        Check("the healthy drive has a good grade", (healthy.grade or "").startswith("A"), str(healthy.grade)),
        Check("the overheating drive says STOP", "COOLANT_TEMP" in stops, ", ".join(stops) or "no such finding"),
        Check("the overheating drive is graded D", hot.grade == "D", str(hot.grade)),
        Check(
            "cooling is what the server recommends first",
            categories[:1] == ["Cooling"],
            ", ".join(categories) or "nothing",
        ),
    ]


def backup_checks(backup: PiBackup, receipt_digest: str, listed: BackupItem | None, kept_digest: str) -> list[Check]:
    """Judge what became of the backup."""
    digests = {backup.sha256, receipt_digest, kept_digest, "" if listed is None else listed.sha256}
    state = "not listed" if listed is None else f"{listed.state}, {listed.verification}"
    return [
        Check("the backup's checksum is the same at both ends", len(digests) == 1, ", ".join(sorted(digests))),
        Check("the backup was opened and found sound", state == "stored, ok", state),
    ]

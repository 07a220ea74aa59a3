"""Which backups of one bucket stay and which may go: values in, a plan out."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True)
class KeptBackup:
    """What retention needs to know of one stored file."""

    backup_id: str
    received_at: datetime
    """When the server received it (aware UTC); what a client or the file system claims plays no part."""
    is_verified: bool
    """True only for a file whose check found it whole."""


@dataclass(frozen=True)
class RetentionPolicy:
    """How many backups each rule keeps; a backup stays when any rule keeps it."""

    last: int = 30
    hourly: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    yearly: int = 0
    minimum_age: timedelta = timedelta(0)
    """Nothing younger goes, whatever the counts say."""


@dataclass(frozen=True)
class Decision:
    """What happens to one backup, and why."""

    backup: KeptBackup
    reasons: tuple[str, ...] = field(default=())
    """The rules that keep it, e.g. ``last 3 of 30``; none means that it goes."""

    @property
    def is_kept(self) -> bool:
        """Tell whether any rule keeps the backup."""
        return bool(self.reasons)


_Period = Callable[[datetime], object]
_PERIODS: tuple[tuple[str, _Period], ...] = (
    ("hourly", lambda moment: (moment.date(), moment.hour)),
    ("daily", lambda moment: moment.date()),
    ("weekly", lambda moment: moment.isocalendar()[:2]),
    ("monthly", lambda moment: (moment.year, moment.month)),
    ("yearly", lambda moment: moment.year),
)


def plan(
    backups: Iterable[KeptBackup],
    policy: RetentionPolicy,
    *,
    now: datetime,
    protected: Collection[str] = (),
) -> list[Decision]:
    """Decide about every backup of one bucket, newest first.

    The newest backup and the newest verified one always stay, so a bucket never runs empty and never loses its last
    good file to damaged ones.

    Args:
        backups: the stored files of one device and type, in any order.
        policy: the rules.
        now: the moment to plan for, aware UTC.
        protected: ids that stay in any case, such as the one just stored.
    """
    newest_first = sorted(backups, key=lambda backup: (backup.received_at, backup.backup_id), reverse=True)
    reasons: dict[str, list[str]] = {backup.backup_id: [] for backup in newest_first}

    for rank, backup in enumerate(newest_first[: policy.last], start=1):
        reasons[backup.backup_id].append(f"last {rank} of {policy.last}")
    for name, period in _PERIODS:
        count: int = getattr(policy, name)
        for rank, backup in enumerate(_newest_per_period(newest_first, period)[:count], start=1):
            reasons[backup.backup_id].append(f"{name} {rank} of {count}")
    if newest_first:
        reasons[newest_first[0].backup_id].append("newest")
    if verified := next((backup for backup in newest_first if backup.is_verified), None):
        reasons[verified.backup_id].append("newest verified")
    for backup in newest_first:
        if policy.minimum_age and now - backup.received_at < policy.minimum_age:
            reasons[backup.backup_id].append("younger than the minimum age")
        if backup.backup_id in protected:
            reasons[backup.backup_id].append("just stored")
    return [Decision(backup, tuple(reasons[backup.backup_id])) for backup in newest_first]


def _newest_per_period(newest_first: list[KeptBackup], period: _Period) -> list[KeptBackup]:
    newest: dict[object, KeptBackup] = {}
    for backup in newest_first:
        newest.setdefault(period(backup.received_at), backup)
    return list(newest.values())

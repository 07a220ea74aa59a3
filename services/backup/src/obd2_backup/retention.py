"""Which backups of one bucket stay and which may go: values in, a plan out."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_low


@dataclass(frozen=True)
class KeptBackup:
    """What retention needs to know of one stored file."""

    backup_id: str
    received_at: datetime
    """When the server received it by its clock (aware UTC); what a client or the file system claims plays no part."""
    is_verified: bool
    """True only for a file whose check found it whole."""
    receipt_number: int = 0
    """Grows with each receipt, whatever the clock does; where it is equal, `received_at` tells the order."""
    content: str | None = None
    """What is equal for files of the same content; None is a content of its own."""


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
    is_date_doubtful: bool = False
    """Its date does not fit between those of the receipts before and after it, so it decides nothing."""

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
    good file to damaged ones. Each rule counts contents: what was sent twice takes one of its places.

    Args:
        backups: the stored files of one device and type, in any order.
        policy: the rules.
        now: the moment to plan for, aware UTC.
        protected: ids that stay in any case, such as the one just stored.
    """
    newest_first = sorted(backups, key=_receipt_order, reverse=True)
    doubtful = _doubtful_ids(newest_first, now)
    dated = [backup for backup in newest_first if backup.backup_id not in doubtful]
    reasons: dict[str, list[str]] = {backup.backup_id: [] for backup in newest_first}

    for backup_id, reason in (
        *_kept_by_count(newest_first, dated, policy),
        *_kept_in_any_case(newest_first, protected),
        *((backup_id, "younger than the minimum age") for backup_id in _younger(policy, newest_first, doubtful, now)),
    ):
        reasons[backup_id].append(reason)
    if any(getattr(policy, name) for name, _period in _PERIODS):
        for backup_id in _within_reach(newest_first, doubtful, reasons):
            reasons[backup_id].append("its date is in doubt")
    return [Decision(backup, tuple(reasons[backup.backup_id]), backup.backup_id in doubtful) for backup in newest_first]


def going_next(backups: Iterable[KeptBackup], policy: RetentionPolicy, *, now: datetime) -> set[str]:
    """Return the ids of those that would go if another whole file of new content came after the usual interval.

    Args:
        backups: those of one device and type that stay now.
        policy: the rules.
        now: the next one does not come before, aware UTC.
    """
    newest_first = sorted(backups, key=_receipt_order, reverse=True)
    doubtful = _doubtful_ids(newest_first, now)
    dates = [backup.received_at for backup in newest_first if backup.backup_id not in doubtful]
    usual = median_low([later - earlier for later, earlier in pairwise(dates)]) if dates[1:] else timedelta(0)
    comes_at = max(now, dates[0] + usual) if dates else now
    number = newest_first[0].receipt_number + 1 if newest_first else 0
    coming = KeptBackup("", comes_at, is_verified=True, receipt_number=number)
    decisions = plan([*newest_first, coming], policy, now=comes_at)
    return {decision.backup.backup_id for decision in decisions if not decision.is_kept}


def _kept_by_count(
    newest_first: list[KeptBackup], dated: list[KeptBackup], policy: RetentionPolicy
) -> Iterator[tuple[str, str]]:
    contents = _newest_per_content(newest_first)
    for rank, backup in enumerate(contents[: policy.last], start=1):
        yield backup.backup_id, f"last {rank} of {policy.last}"
    firsts = {backup.backup_id for backup in contents}
    for backup in newest_first[: policy.last]:
        if backup.backup_id not in firsts:
            yield backup.backup_id, "copy of a later one"
    for name, period in _PERIODS:
        count: int = getattr(policy, name)
        for rank, backup in enumerate(_newest_per_period(dated, period)[:count], start=1):
            yield backup.backup_id, f"{name} {rank} of {count}"


def _kept_in_any_case(newest_first: list[KeptBackup], protected: Collection[str]) -> Iterator[tuple[str, str]]:
    for backup in newest_first[:1]:
        yield backup.backup_id, "newest"
    if verified := next((backup for backup in newest_first if backup.is_verified), None):
        yield verified.backup_id, "newest verified"
    for backup in newest_first:
        if backup.backup_id in protected:
            yield backup.backup_id, "just stored"


def _receipt_order(backup: KeptBackup) -> tuple[int, datetime, str]:
    return backup.receipt_number, backup.received_at, backup.backup_id


def _content(backup: KeptBackup) -> object:
    """Return what tells contents apart; a copy that has rotted is not the content of one that is whole."""
    return (backup.content or backup.backup_id), backup.is_verified


def _newest_per_content(newest_first: Iterable[KeptBackup]) -> list[KeptBackup]:
    newest: dict[object, KeptBackup] = {}
    for backup in newest_first:
        newest.setdefault(_content(backup), backup)
    return list(newest.values())


def _newest_per_period(newest_first: Iterable[KeptBackup], period: _Period) -> list[KeptBackup]:
    """Return the newest backup of each period whose content does not stand for a later period already."""
    newest: dict[object, KeptBackup] = {}
    contents = set()
    for backup in newest_first:
        if period(backup.received_at) not in newest and _content(backup) not in contents:
            newest[period(backup.received_at)] = backup
            contents.add(_content(backup))
    return list(newest.values())


def _doubtful_ids(newest_first: Sequence[KeptBackup], now: datetime) -> set[str]:
    """Return the backups whose dates would have to be left out for all dates to grow with the receipts, up to now.

    These are as few as possible: those beside a longest series of dates that never fall.
    """
    tails: list[datetime] = []
    series: list[tuple[KeptBackup, int | None]] = []
    ends: list[int] = []
    for backup in reversed(newest_first):
        # What came at one moment was put apart by some microseconds, so that each has a name of its own.
        second = backup.received_at.replace(microsecond=0)
        if second > now:
            continue
        length = bisect_right(tails, second)
        series.append((backup, ends[length - 1] if length else None))
        tails[length:] = [second, *tails[length + 1 :]]
        ends[length:] = [len(series) - 1, *ends[length + 1 :]]
    credible = set()
    position = ends[-1] if ends else None
    while position is not None:
        backup, position = series[position]
        credible.add(backup.backup_id)
    return {backup.backup_id for backup in newest_first} - credible


def _younger(
    policy: RetentionPolicy, newest_first: Sequence[KeptBackup], doubtful: Collection[str], now: datetime
) -> list[str]:
    """Return the backups younger than the minimum age; one of doubtful date is no older than the last before it."""
    younger = []
    latest: datetime | None = None
    for backup in reversed(newest_first):
        received_at = backup.received_at
        if backup.backup_id in doubtful:
            received_at = now if latest is None else max(received_at, latest)
        else:
            latest = received_at
        if policy.minimum_age and now - received_at < policy.minimum_age:
            younger.append(backup.backup_id)
    return younger


def _within_reach(
    newest_first: Sequence[KeptBackup], doubtful: Collection[str], reasons: dict[str, list[str]]
) -> list[str]:
    """Return the backups of doubtful date that the rules may still reach.

    These came after the oldest that is kept by a date that is in no doubt, or none goes by such a date at all.
    """
    dated = [(n, backup.backup_id) for n, backup in enumerate(newest_first) if backup.backup_id not in doubtful]
    oldest_kept = max((position for position, backup_id in dated if reasons[backup_id]), default=-1)
    is_any_going = any(not reasons[backup_id] for _position, backup_id in dated)
    reach = oldest_kept if is_any_going else len(newest_first)
    return [backup.backup_id for n, backup in enumerate(newest_first) if n <= reach and backup.backup_id in doubtful]

"""Which backups stay: the rules, compared with a slow and obvious model."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obd2_backup.retention import KeptBackup, RetentionPolicy, going_next, plan
from support.backup_policies import policies

NOW = datetime(2026, 7, 11, 18, 0, tzinfo=UTC)


def backup(number: int, *, age: timedelta, is_verified: bool = True) -> KeptBackup:
    return KeptBackup(f"{number:04}", NOW - age, is_verified=is_verified)


def kept_ids(backups: list[KeptBackup], policy: RetentionPolicy, **arguments: object) -> set[str]:
    decisions = plan(backups, policy, now=NOW, **arguments)  # type: ignore[arg-type]
    return {decision.backup.backup_id for decision in decisions if decision.is_kept}


def test_the_newest_thirty_stay_by_default() -> None:
    backups = [backup(number, age=timedelta(days=number)) for number in range(32)]

    assert kept_ids(backups, RetentionPolicy()) == {f"{number:04}" for number in range(30)}


def test_damaged_files_never_push_out_the_last_good_one() -> None:
    good = backup(99, age=timedelta(days=99))
    damaged = [backup(number, age=timedelta(hours=number), is_verified=False) for number in range(40)]

    assert "0099" in kept_ids([*damaged, good], RetentionPolicy(last=30))


def test_the_file_just_stored_stays_even_if_the_clock_calls_it_the_oldest() -> None:
    backups = [backup(number, age=timedelta(days=number)) for number in range(40)]

    assert "0039" in kept_ids(backups, RetentionPolicy(last=1), protected={"0039"})


def test_nothing_younger_than_the_minimum_age_goes() -> None:
    backups = [backup(number, age=timedelta(hours=number)) for number in range(10)]

    kept = kept_ids(backups, RetentionPolicy(last=1, minimum_age=timedelta(hours=5)))

    assert kept == {f"{number:04}" for number in range(5)}


def test_receipts_from_before_the_clock_was_set_back_do_not_stop_rotation() -> None:
    backups = [backup(number, age=-timedelta(days=1000 - number)) for number in range(5)]

    assert kept_ids(backups, RetentionPolicy(last=2)) == {"0000", "0001"}


def test_one_a_day_and_one_a_month_reach_further_back() -> None:
    backups = [backup(number, age=timedelta(hours=6 * number)) for number in range(4 * 90)]

    kept = kept_ids(backups, RetentionPolicy(last=1, daily=3, monthly=3))

    times = sorted((item.received_at for item in backups if item.backup_id in kept), reverse=True)
    assert times == [
        NOW,
        datetime(2026, 7, 10, 18, tzinfo=UTC),
        datetime(2026, 7, 9, 18, tzinfo=UTC),
        datetime(2026, 6, 30, 18, tzinfo=UTC),
        datetime(2026, 5, 31, 18, tzinfo=UTC),
    ]


def test_an_iso_week_at_the_turn_of_the_year_counts_once() -> None:
    turn = datetime(2027, 1, 1, 12, tzinfo=UTC)
    backups = [KeptBackup(str(day), turn + timedelta(days=day), is_verified=True) for day in (-2, -1, 0, 1)]

    decisions = plan(backups, RetentionPolicy(last=1, weekly=2), now=turn + timedelta(days=2))

    assert [decision.backup.backup_id for decision in decisions if decision.is_kept] == ["1"]


def test_every_kept_backup_has_a_reason_and_no_other_has() -> None:
    backups = [backup(number, age=timedelta(days=number)) for number in range(3)]

    decisions = plan(backups, RetentionPolicy(last=2), now=NOW)

    assert [decision.reasons for decision in decisions] == [
        ("last 1 of 2", "newest", "newest verified"),
        ("last 2 of 2",),
        (),
    ]


def test_an_empty_bucket_has_an_empty_plan() -> None:
    assert plan([], RetentionPolicy(), now=NOW) == []


def model(backups: list[KeptBackup], policy: RetentionPolicy, protected: set[str]) -> set[str]:
    """Say which ids stay, one rule at a time, without any cleverness."""
    latest_first = backups[::-1]
    kept = {item.backup_id for item in backups if item.backup_id in protected}
    kept |= {item.backup_id for item in backups if NOW - item.received_at < policy.minimum_age}
    kept |= {item.backup_id for item in latest_first[: max(policy.last, 1)]}
    kept |= {item.backup_id for item in [good for good in latest_first if good.is_verified][:1]}
    contents: list[object] = []
    for item in latest_first:
        if (item.content, item.is_verified) not in contents and len(contents) < policy.last:
            contents.append((item.content, item.is_verified))
            kept.add(item.backup_id)
    formats = {"hourly": "%Y%m%d%H", "daily": "%Y%m%d", "weekly": "%G%V", "monthly": "%Y%m", "yearly": "%Y"}
    for rule, form in formats.items():
        periods: list[str] = []
        contents = []
        for item in latest_first:
            period = item.received_at.strftime(form)
            is_new = period not in periods and (item.content, item.is_verified) not in contents
            if is_new and len(periods) < getattr(policy, rule):
                periods.append(period)
                contents.append((item.content, item.is_verified))
                kept.add(item.backup_id)
    return kept


def received(items: list[tuple[datetime, bool, str]]) -> list[KeptBackup]:
    return [
        KeptBackup(f"{number:04}", moment, is_verified=is_good, receipt_number=number, content=content)
        for number, (moment, is_good, content) in enumerate(items)
    ]


recent = st.datetimes(datetime(2026, 6, 1), NOW.replace(tzinfo=None))  # noqa: DTZ001 - hypothesis wants them naive
past = st.datetimes(datetime(1970, 1, 1), NOW.replace(tzinfo=None))  # noqa: DTZ001
any_time = st.datetimes(datetime(1970, 1, 1), datetime(2099, 12, 31))  # noqa: DTZ001


def receipts(*times: st.SearchStrategy[datetime]) -> st.SearchStrategy[list[tuple[datetime, bool, str]]]:
    moments = st.one_of(*times).map(lambda moment: moment.replace(tzinfo=UTC))
    return st.lists(st.tuples(moments, st.booleans(), st.sampled_from("abcdefgh")), max_size=60)


steady = receipts(recent, past).map(sorted).map(received)
jumping = receipts(recent, any_time).map(received)


@given(
    steady,
    policies(most_last=12, most_of_a_rule=6),
    st.sets(st.integers(0, 59).map(lambda number: f"{number:04}"), max_size=3),
)
def test_the_plan_is_that_of_the_reference_model(
    backups: list[KeptBackup],
    policy: RetentionPolicy,
    protected: set[str],
) -> None:
    assert kept_ids(backups, policy, protected=protected) == model(backups, policy, protected)


@given(steady, policies(most_last=12, most_of_a_rule=6))
def test_a_second_rotation_right_after_the_first_finds_nothing(
    backups: list[KeptBackup],
    policy: RetentionPolicy,
) -> None:
    kept = kept_ids(backups, policy)

    assert kept_ids([item for item in backups if item.backup_id in kept], policy) == kept


@given(jumping, policies(most_last=12, most_of_a_rule=6))
def test_whatever_the_dates_are_the_newest_by_receipt_stay(backups: list[KeptBackup], policy: RetentionPolicy) -> None:
    assert {item.backup_id for item in backups[-policy.last :]} <= kept_ids(backups, policy)


@pytest.mark.parametrize("ahead", [timedelta(days=365), -timedelta(days=10_000)])
@pytest.mark.parametrize("position", [0, 7, 19])
def test_one_date_that_jumps_costs_no_other_backup_its_place(ahead: timedelta, position: int) -> None:
    backups = [
        KeptBackup(f"{day:02}", NOW - timedelta(days=20 - day), is_verified=True, receipt_number=day)
        for day in range(20)
    ]
    policy = RetentionPolicy(last=1, daily=20)
    jumped = backups[position]
    backups[position] = replace(jumped, received_at=jumped.received_at + ahead)

    decisions = plan(backups, policy, now=NOW)

    assert all(decision.is_kept for decision in decisions)
    doubtful = [decision.backup.backup_id for decision in decisions if decision.is_date_doubtful]
    # Of the first of all nobody can tell that it came later than its date says.
    assert doubtful == ([] if position == 0 and ahead < timedelta(0) else [jumped.backup_id])


def test_what_came_while_the_clock_was_ahead_goes_once_everything_before_it_went() -> None:
    ahead = [KeptBackup(f"a{n}", NOW + timedelta(days=300), is_verified=True, receipt_number=10 + n) for n in range(5)]
    before = [KeptBackup(f"b{n}", NOW - timedelta(days=90 - n), is_verified=True, receipt_number=n) for n in range(10)]
    after = [
        KeptBackup(f"c{n}", NOW - timedelta(days=40 - n), is_verified=True, receipt_number=20 + n) for n in range(40)
    ]

    assert {item.backup_id for item in ahead} <= kept_ids([*before, *ahead, *after], RetentionPolicy(last=1, daily=45))
    assert not {item.backup_id for item in ahead} & kept_ids(
        [*before, *ahead, *after], RetentionPolicy(last=1, daily=30)
    )


def test_copies_of_one_content_push_out_no_other() -> None:
    backups = [
        KeptBackup(str(number), NOW - timedelta(days=9 - number), is_verified=True, receipt_number=number, content=text)
        for number, text in enumerate("abcdeeeee")
    ]

    decisions = plan(backups, RetentionPolicy(last=5, daily=5), now=NOW)

    assert {decision.backup.content for decision in decisions if decision.is_kept} == set("abcde")


def test_a_copy_that_has_rotted_takes_no_place_of_one_that_is_whole() -> None:
    whole = KeptBackup("whole", NOW - timedelta(days=2), is_verified=True, receipt_number=1, content="a")
    rotten = KeptBackup("rotten", NOW - timedelta(days=1), is_verified=False, receipt_number=2, content="a")
    other = KeptBackup("other", NOW, is_verified=True, receipt_number=3, content="b")

    assert kept_ids([whole, rotten, other], RetentionPolicy(last=3)) == {"whole", "rotten", "other"}


@pytest.mark.parametrize("forged", [datetime(1970, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)])
def test_a_date_in_a_file_name_is_no_date_for_retention(forged: datetime) -> None:
    backups = [backup(number, age=timedelta(days=number)) for number in range(5)]
    named = KeptBackup(f"obd-{forged.isoformat()}", NOW - timedelta(days=10), is_verified=True)

    kept = kept_ids([*backups, named], RetentionPolicy(last=5))

    assert kept == {item.backup_id for item in backups}


def test_what_goes_next_is_what_the_next_one_pushes_out() -> None:
    backups = [replace(backup(number, age=timedelta(days=9 - number)), receipt_number=number) for number in range(10)]
    hourly = [replace(backup(number, age=timedelta(hours=9 - number)), receipt_number=number) for number in range(10)]

    assert going_next(backups, RetentionPolicy(last=10), now=NOW) == {"0000"}
    assert going_next(backups, RetentionPolicy(last=11), now=NOW) == set()
    assert going_next(backups, RetentionPolicy(last=1, daily=10), now=NOW) == {"0000"}
    assert going_next(hourly, RetentionPolicy(last=1, daily=10), now=NOW) == {f"{number:04}" for number in range(10)}
    assert going_next([], RetentionPolicy(), now=NOW) == set()


@given(steady, policies(most_last=12, most_of_a_rule=6))
def test_the_forecast_comes_true_when_the_next_one_comes(backups: list[KeptBackup], policy: RetentionPolicy) -> None:
    staying = [each.backup for each in plan(backups, policy, now=NOW) if each.is_kept]
    comes_at = NOW + timedelta(days=60_000)  # beyond any interval between two of them

    expected = going_next(staying, policy, now=comes_at)

    number = max((each.receipt_number for each in staying), default=0) + 1
    coming = KeptBackup("coming", comes_at, is_verified=True, receipt_number=number)
    decisions = plan([*staying, coming], policy, now=comes_at)
    assert expected == {each.backup.backup_id for each in decisions if not each.is_kept}

"""Retention policies for property tests."""

from datetime import timedelta

from hypothesis import strategies as st

from obd2_backup.retention import RetentionPolicy


def policies(*, most_last: int, most_of_a_rule: int) -> st.SearchStrategy[RetentionPolicy]:
    """Return policies that keep up to so many newest backups, and up to so many by every other rule."""
    counts = st.integers(0, most_of_a_rule)
    return st.builds(
        RetentionPolicy,
        last=st.integers(1, most_last),
        hourly=counts,
        daily=counts,
        weekly=counts,
        monthly=counts,
        yearly=counts,
        minimum_age=st.sampled_from([timedelta(0), timedelta(hours=1), timedelta(days=30)]),
    )

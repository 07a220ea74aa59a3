"""Whom a wrong key is counted against."""

import pytest

from obd2_api.auth.failed_attempts import FailedAttempts, source_of


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("10.27.27.28", "10.27.27.28"),
        ("::ffff:10.27.27.28", "10.27.27.28"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("fe80::1", "fe80::/64"),
        ("", ""),
        ("a name", "a name"),
    ],
)
def test_an_ipv6_network_counts_as_one_source(address: str, source: str) -> None:
    assert source_of(address) == source


def test_changing_the_address_within_a_network_gains_no_further_tries() -> None:
    failed = FailedAttempts(per_minute=3)

    answered = [failed.may_fail_again(f"2001:db8::{number}") for number in range(1, 9)]

    # Twice three are answered when the minute turns over on the way.
    assert answered.count(True) in {3, 4, 5, 6}
    assert failed.may_fail_again("10.27.27.28")

"""A session is worth what its signature, its time and its key are worth."""

from datetime import UTC, datetime, timedelta

from obd2_api.auth.credentials import Client
from obd2_api.web.session import LIFETIME, Sessions

NOON = datetime(2026, 7, 11, 12, 0, tzinfo=UTC)
KEY = Client(key_id="abcdefgh")


def test_a_cookie_names_its_key_and_never_holds_it() -> None:
    sessions = Sessions("the shared key")

    session = sessions.read(sessions.cookie(KEY, NOON), NOON)

    assert session is not None
    assert session.key_id == "abcdefgh"
    assert "the shared key" not in sessions.cookie(Client(), NOON)


def test_a_cookie_ends_with_its_time_with_its_secret_and_with_any_change() -> None:
    sessions = Sessions("the shared key")
    cookie = sessions.cookie(KEY, NOON)

    assert sessions.read(cookie, NOON + LIFETIME + timedelta(seconds=1)) is None
    assert Sessions("another key").read(cookie, NOON) is None
    # Not the last character: some of its bits stand for nothing.
    assert sessions.read(("A" if cookie[0] != "A" else "B") + cookie[1:], NOON) is None
    assert sessions.read(cookie[:-2] + ("A" if cookie[-2] != "A" else "B") + cookie[-1], NOON) is None
    assert sessions.read("nonsense", NOON) is None
    assert sessions.read(None, NOON) is None


def test_replicas_read_one_anothers_cookies_and_forms_differ_from_session_to_session() -> None:
    first, second = Sessions("the shared key"), Sessions("the shared key")
    one, other = (first.read(first.cookie(KEY, NOON), NOON) for _ in range(2))

    assert second.read(first.cookie(KEY, NOON), NOON) is not None
    assert second.form_token(one) == first.form_token(one)
    assert len({first.form_token(one), first.form_token(other), first.form_token(None)}) == 3

"""Links that sign in: once, for five minutes, and for nothing but a session."""

from datetime import timedelta
from functools import partial

from obd2_api.auth.credentials import Scope
from obd2_api.auth.issuing import revoke_key
from obd2_api.auth.links import LINK_LIFETIME, issue_link, redeem_link
from obd2_api.auth.repository import list_keys
from obd2_common.db.database import Database
from support.api_rows import NOON

SCOPES = frozenset({Scope.READ})
MONTH = timedelta(days=30)


def test_a_link_is_redeemed_once(database: Database) -> None:
    link = database.run(lambda session: issue_link(session, SCOPES, now=NOON))

    first, second = (
        database.run(lambda session: redeem_link(session, link.text.encode(), MONTH, now=NOON)) for _ in range(2)
    )

    assert first is not None
    assert (first.key_id, first.scopes, second) == (link.key_id, SCOPES, None)


def test_a_redeemed_link_is_a_key_that_ends_with_the_session(database: Database) -> None:
    link = database.run(lambda session: issue_link(session, SCOPES, now=NOON))
    database.run(lambda session: redeem_link(session, link.text.encode(), MONTH, now=NOON))

    (key,) = database.read(list_keys)
    assert (key.expires_at, key.digest == link.digest) == (NOON + MONTH, False)


def test_a_link_is_over_after_five_minutes(database: Database) -> None:
    link = database.run(lambda session: issue_link(session, SCOPES, now=NOON))

    late = NOON + LINK_LIFETIME
    assert database.run(lambda session: redeem_link(session, link.text.encode(), MONTH, now=late)) is None


def test_a_link_that_was_taken_back_signs_nobody_in(database: Database) -> None:
    link = database.run(lambda session: issue_link(session, SCOPES, now=NOON))
    database.run(lambda session: revoke_key(session, link.key_id, now=NOON))

    assert database.run(lambda session: redeem_link(session, link.text.encode(), MONTH, now=NOON)) is None


def test_what_is_no_link_signs_nobody_in(database: Database) -> None:
    link = database.run(lambda session: issue_link(session, SCOPES, now=NOON))
    other = link.text[:-1] + ("A" if link.text[-1] != "A" else "B")

    redeemed = [
        database.run(partial(redeem_link, text=text, lifetime=MONTH, now=NOON))
        for text in (b"", b"anything", other.encode())
    ]

    assert redeemed == [None, None, None]

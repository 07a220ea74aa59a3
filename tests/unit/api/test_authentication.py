"""Who gets in."""

import pytest

from obd2_api.auth.credentials import Verdict, are_all_among, key_bytes, presented_keys

ACCEPTED = sorted(key_bytes("grün"))
RIGHT, WRONG = "grün".encode("latin-1"), b"green"


def judge(*values: bytes, query: bytes = b"", name: bytes = b"x-api-key") -> Verdict | None:
    presented = presented_keys([(b"host", b"here"), *((name, value) for value in values)], query)
    if isinstance(presented, Verdict):
        return presented
    return None if are_all_among(presented, ACCEPTED) else Verdict.WRONG


@pytest.mark.parametrize("name", [b"x-api-key", b"X-API-Key", b"X-Api-Key"])
def test_the_right_key_opens_however_its_header_is_spelt(name: bytes) -> None:
    assert judge(RIGHT, name=name) is None


def test_a_key_may_come_in_latin_1_or_utf_8() -> None:
    assert judge("grün".encode()) is None
    assert judge("grün".encode("latin-1")) is None


def test_a_key_outside_latin_1_still_has_a_form() -> None:
    assert key_bytes("ключ") == {"ключ".encode()}


@pytest.mark.parametrize("value", [WRONG, b"", b"\xff\xfe", RIGHT + b" ", RIGHT[:-1], b"gr\xc3\xbcn,gr\xc3\xbcn"])
def test_a_wrong_value_is_invalid(value: bytes) -> None:
    assert judge(value) is Verdict.WRONG


def test_without_header_the_key_is_missing() -> None:
    assert judge() is Verdict.MISSING


def test_a_right_and_a_wrong_key_together_are_invalid_in_either_order() -> None:
    assert judge(RIGHT, WRONG) is Verdict.WRONG
    assert judge(WRONG, RIGHT) is Verdict.WRONG


@pytest.mark.parametrize("query", [b"X-API-Key=gr%FCn", b"a=1&api_key=gr%C3%BCn", b"apikey"])
def test_a_key_in_the_query_never_opens(query: bytes) -> None:
    assert judge(query=query) is Verdict.MISSING
    assert judge(RIGHT, query=query) is Verdict.WRONG


def test_other_query_parameters_do_not_matter() -> None:
    assert judge(RIGHT, query=b"deviceId=key&limit=5") is None

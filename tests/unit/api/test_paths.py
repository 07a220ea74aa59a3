"""Every spelling of a path leads to the same place."""

import pytest

from obd2_api.middleware.paths import plain_path, segments_after


def scope(raw: bytes) -> dict[str, object]:
    return {"type": "http", "path": "unused", "raw_path": raw}


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        (b"/api/v1/sync", "/api/v1/sync"),
        (b"/api/v1/sync/", "/api/v1/sync"),
        (b"/api/v1/sync//", "/api/v1/sync"),
        (b"/sync", "/api/v1/sync"),
        (b"/sync/", "/api/v1/sync"),
        (b"/backup/", "/api/v1/backup"),
        (b"/analyze", "/api/v1/analyze"),
        (b"/health", "/api/v1/health"),
        (b"/ping", "/api/v1/ping"),
        (b"/%70ing", "/api/v1/ping"),
        (b"/docs/", "/docs"),
        (b"/", "/"),
        (b"//", "/"),
        (b"/api/v1/drives/a%20b/33", "/api/v1/drives/a b/33"),
        (b"/api/v1/drives/a%2Fb/33", "/api/v1/drives/a%2Fb/33"),
        (b"/api/v1/drives/%FF/1", "/api/v1/drives/\ufffd/1"),
    ],
)
def test_a_path_is_read_without_regard_to_slashes_and_short_names(raw: bytes, plain: str) -> None:
    assert plain_path(scope(raw)) == plain


def test_a_path_without_raw_form_is_read_from_its_decoded_one() -> None:
    assert plain_path({"type": "http", "path": "/ping/"}) == "/api/v1/ping"


def test_the_last_segments_are_decoded_in_full() -> None:
    assert segments_after(scope(b"/api/v1/drives/a%2Fb%25/derived-7/"), "drives", 2) == ["a/b%", "derived-7"]


def test_the_segments_after_a_name_are_decoded_in_full() -> None:
    found = segments_after(scope(b"/api/v1/drives/drives%2Fb/derived-7/annotations/drives"), "drives", 2)

    assert found == ["drives/b", "derived-7"]

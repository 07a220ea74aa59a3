"""Digests sent along with an upload."""

import base64
import hashlib

import pytest

from obd2_api.uploads.digests import check_sha256, parse_content_digest, parse_sha256
from obd2_common.errors import InvalidInputError

BODY = b"the body"
SHA256 = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
SHA512 = base64.b64encode(hashlib.sha512(BODY).digest()).decode()
OTHER = base64.b64encode(hashlib.sha256(b"another").digest()).decode()


def check(header: str | None, body: bytes = BODY) -> None:
    digest = parse_content_digest(header)
    digest.update(body[:3])
    digest.update(body[3:])
    digest.check()


@pytest.mark.parametrize(
    "header",
    [
        None,
        f"sha-256=:{SHA256}:",
        f"sha-512=:{SHA512}:",
        f"sha-256=:{SHA256}:, sha-512=:{SHA512}:",
        f"sha-256=:{SHA256}:;q=1 ,\tsha-512=:{SHA512}:",
        "md5=:AAAA:",
        f"unixsum=:AA==:, sha-256=:{SHA256}:",
    ],
)
def test_a_right_or_unknown_digest_passes(header: str | None) -> None:
    check(header)


@pytest.mark.parametrize("header", [f"sha-256=:{OTHER}:", f"sha-512=:{SHA512}:, sha-256=:{OTHER}:"])
def test_a_wrong_digest_is_refused(header: str) -> None:
    with pytest.raises(InvalidInputError, match="sha-256"):
        check(header)


@pytest.mark.parametrize(
    "header",
    ["sha-256", "sha-256=x", f"sha-256={SHA256}", "sha-256=:AAAA:", "sha-256=:A:", "SHA-256=:AAAA:", ",", "sha-256=::"],
)
def test_a_malformed_digest_is_refused(header: str) -> None:
    with pytest.raises(InvalidInputError, match="Content-Digest"):
        check(header)


def test_the_sha256_of_a_file_may_be_in_either_case() -> None:
    digest = hashlib.sha256(BODY).hexdigest()

    check_sha256(digest, {"sha256": parse_sha256(digest.upper(), place="sha256")})


@pytest.mark.parametrize("text", ["", "abc", "g" * 64, "a" * 63, "a" * 65, "sha256:" + "a" * 64])
def test_what_is_no_sha256_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="sha256"):
        parse_sha256(text, place="sha256")


def test_the_sha256_of_another_file_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="X-Content-SHA256"):
        check_sha256("a" * 64, {"X-Content-SHA256": "b" * 64})

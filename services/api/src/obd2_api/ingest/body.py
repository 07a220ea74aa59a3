"""Reads a request body of bounded size, compressed or not."""

import gzip
import io
import zlib
from collections.abc import AsyncIterator, Callable

import zstandard

from obd2_api.errors import PayloadTooLargeError, UnsupportedEncodingError
from obd2_common.errors import InvalidInputError

ZSTD_WINDOW_BYTES = 8 * 1024 * 1024
"""What one zstd frame may make the decoder set aside; RFC 8878 recommends 8 MiB."""


async def read_body(chunks: AsyncIterator[bytes], *, declared_bytes: int | None, limit_bytes: int) -> bytearray:
    """Collect a body as it arrives.

    Args:
        chunks: the parts of the body.
        declared_bytes: the Content-Length, if one was sent.
        limit_bytes: the largest body accepted.

    Raises:
        PayloadTooLargeError: it is larger, by its header or by what arrived; the rest is left unread.
    """
    if declared_bytes is not None and declared_bytes > limit_bytes:
        raise too_large(limit_bytes)
    body = bytearray()
    async for chunk in chunks:
        if len(body) + len(chunk) > limit_bytes:
            raise too_large(limit_bytes)
        body += chunk
    return body


def decompress(body: bytes | bytearray, encoding: str, *, limit_bytes: int) -> bytes | bytearray:
    """Undo a Content-Encoding, producing at most one byte more than the limit whatever the body claims.

    Args:
        body: as received.
        encoding: the Content-Encoding header; empty and identity mean none.
        limit_bytes: the largest decompressed body accepted.

    Raises:
        UnsupportedEncodingError: the encoding is neither gzip nor zstd.
        InvalidInputError: the body is not what the header says.
        PayloadTooLargeError: it decompresses to more than the limit.
    """
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return body
    opener = ENCODINGS.get(name)
    if opener is None:
        raise UnsupportedEncodingError(f"Content-Encoding must be one of {', '.join(ENCODINGS)}, or absent")
    try:
        with opener(body) as reader:
            plain = reader.read(limit_bytes + 1)
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
        raise InvalidInputError(f"the body is not valid {name}") from error
    if len(plain) > limit_bytes:
        raise too_large(limit_bytes)
    return plain


def too_large(limit_bytes: int) -> PayloadTooLargeError:
    """Build the error for a body over the limit."""
    return PayloadTooLargeError(f"the body is larger than {limit_bytes} bytes")


def _open_gzip(body: bytes | bytearray) -> io.BufferedIOBase:
    return gzip.GzipFile(fileobj=io.BytesIO(body))


def _open_zstd(body: bytes | bytearray) -> io.BufferedIOBase:
    decompressor = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES)
    return io.BufferedReader(decompressor.stream_reader(body, read_across_frames=True))


ENCODINGS: dict[str, Callable[[bytes | bytearray], io.BufferedIOBase]] = {"gzip": _open_gzip, "zstd": _open_zstd}
"""Content-Encoding -> how to read it."""

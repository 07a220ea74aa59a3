"""Reads a multipart form as it arrives: small fields into memory, the one file straight to where it is kept."""

from collections.abc import Callable
from typing import Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from obd2_api.errors import PayloadTooLargeError
from obd2_common.errors import InvalidInputError

MAX_FIELD_BYTES = 4096
MAX_OTHER_BYTES = 64 * 1024
"""Everything beside the file, unknown parts included."""
MAX_PARTS = 32


class FileSink(Protocol):
    """Takes the bytes of the file."""

    size_bytes: int

    def write(self, data: memoryview, /) -> None:
        """Take the next bytes."""


class UploadForm:
    """A form with one file that is being received.

    Args:
        content_type: the request's, with its boundary.
        fields: names of the text fields that are kept; others are read over.
        open_file: is given the name the client gave the file, as soon as it is known, and returns where its bytes go.
        on_field: is given each kept field as soon as it is complete; may refuse it.
        max_file_bytes: a longer file is refused while it arrives.

    Raises:
        InvalidInputError: the request is no multipart form.
    """

    def __init__(
        self,
        content_type: str | None,
        *,
        fields: frozenset[str],
        open_file: Callable[[str], FileSink],
        on_field: Callable[[str, str], None],
        max_file_bytes: int,
    ) -> None:
        self._fields = fields
        self._open_file = open_file
        self._on_field = on_field
        self._max_file_bytes = max_file_bytes
        self._header_name = b""
        self._header_value = b""
        self._disposition = b""
        self._part_name = ""
        self._is_file = False
        self._value = bytearray()
        self._seen: set[str] = set()
        self._parts = 0
        self._other_bytes = 0
        self._is_complete = False
        self.file: FileSink | None = None
        self._parser = self._new_parser(content_type)

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the body, in any cut.

        Raises:
            InvalidInputError: the form is malformed, or `open_file` or `on_field` refused something.
            PayloadTooLargeError: the file passes the limit.
        """
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise InvalidInputError("the body is not a well-formed multipart form") from error

    def finish(self) -> FileSink:
        """Return the file once the body has ended.

        Raises:
            InvalidInputError: the form has no end or no file.
        """
        if not self._is_complete:
            raise InvalidInputError("the multipart form breaks off before its closing boundary")
        if self.file is None:
            raise InvalidInputError("the form has no file: send it as the field 'file' with a file name")
        return self.file

    def _new_parser(self, content_type: str | None) -> MultipartParser:
        media_type, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if media_type != b"multipart/form-data" or not boundary:
            raise InvalidInputError("send a multipart/form-data body with a boundary")
        try:
            return MultipartParser(
                boundary,
                {
                    "on_part_begin": self._on_part_begin,
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_part_data": self._on_part_data,
                    "on_part_end": self._on_part_end,
                    "on_end": self._on_end,
                },
            )
        except FormParserError as error:
            raise InvalidInputError("the multipart boundary is too long") from error

    def _on_part_begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise InvalidInputError(f"the form has more than {MAX_PARTS} parts")
        self._header_name = self._header_value = self._disposition = b""
        self._part_name = ""
        self._is_file = False
        self._value.clear()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = self._header_value
        self._header_name = self._header_value = b""

    def _on_headers_finished(self) -> None:
        kind, options = parse_options_header(self._disposition)
        if kind != b"form-data" or b"name" not in options:
            raise InvalidInputError("a part of the form has no name")
        self._part_name = options[b"name"].decode("utf-8", "replace")
        if self._part_name in self._fields | {"file"}:
            if self._part_name in self._seen:
                raise InvalidInputError(f"the form has the field '{self._part_name}' twice")
            self._seen.add(self._part_name)
        if self._part_name == "file":
            if b"filename" not in options:
                raise InvalidInputError("the field 'file' has no file name")
            self._is_file = True
            # The library undoes escapes and cuts Windows paths down to their last step; a name with a backslash is
            # refused instead, so it is handed on as it came.
            name = options[b"filename"].decode("utf-8", "replace")
            self.file = self._open_file("\\" + name if b"\\" in self._disposition else name)

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file and self.file is not None:
            if self.file.size_bytes + end - start > self._max_file_bytes:
                raise PayloadTooLargeError(f"the file is larger than the limit of {self._max_file_bytes} bytes")
            self.file.write(memoryview(data)[start:end])
            return
        self._other_bytes += end - start
        if self._other_bytes > MAX_OTHER_BYTES:
            raise InvalidInputError("the form's fields beside the file are too long")
        if self._part_name in self._fields:
            self._value += data[start:end]
            if len(self._value) > MAX_FIELD_BYTES:
                raise InvalidInputError(f"the field '{self._part_name}' is too long")

    def _on_part_end(self) -> None:
        if self._part_name in self._fields:
            self._on_field(self._part_name, _text(bytes(self._value), f"the field '{self._part_name}'"))

    def _on_end(self) -> None:
        self._is_complete = True


def _text(raw: bytes, what: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"{what} is not UTF-8 text") from error

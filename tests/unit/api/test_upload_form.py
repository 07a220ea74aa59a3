"""The multipart form of an upload, in every cut and with everything wrong that can be wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obd2_api.errors import PayloadTooLargeError
from obd2_api.uploads.form import UploadForm
from obd2_common.errors import InvalidInputError

BOUNDARY = "----4f2c"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"


class Sink:
    """Keeps what it is given."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.content = b""
        self.size_bytes = 0

    def write(self, data: memoryview) -> None:
        self.content += bytes(data)
        self.size_bytes += len(data)


class Read:
    """A form, and what came out of it."""

    def __init__(self, *, max_file_bytes: int = 10**6, content_type: str | None = CONTENT_TYPE) -> None:
        self.sink: Sink | None = None
        self.fields: dict[str, str] = {}
        self.form = UploadForm(
            content_type,
            fields=frozenset({"type", "deviceId"}),
            open_file=self._open,
            on_field=self.fields.__setitem__,
            max_file_bytes=max_file_bytes,
        )

    def _open(self, name: str) -> Sink:
        self.sink = Sink(name)
        return self.sink


def part(name: str, content: bytes, *, extra: str = "") -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def file_part(content: bytes, filename: str = "obd.db") -> bytes:
    return part("file", content, extra=f'; filename="{filename}"')


END = f"--{BOUNDARY}--\r\n".encode()
BODY = part("type", b"database") + part("deviceId", b"chi-eclipse-01") + file_part(b"content") + END


@given(
    content=st.binary(max_size=300).map(lambda content: content + b"\r\n------4f2\r\n--" + content),
    cuts=st.lists(st.integers(1, 60), min_size=1, max_size=40),
    is_file_first=st.booleans(),
)
def test_a_form_reads_the_same_in_every_cut_and_order(*, content: bytes, cuts: list[int], is_file_first: bool) -> None:
    fields = part("type", b"database") + part("deviceId", b"chi-eclipse-01")
    body = (file_part(content) + fields if is_file_first else fields + file_part(content)) + END
    read = Read()

    position = 0
    while position < len(body):
        step = cuts[position % len(cuts)]
        read.form.feed(body[position : position + step])
        position += step
    read.form.finish()

    assert read.sink is not None
    assert (read.sink.name, read.sink.content) == ("obd.db", content)
    assert read.fields == {"type": "database", "deviceId": "chi-eclipse-01"}


@given(st.integers(0, len(BODY) - len(END)))
def test_a_form_that_breaks_off_is_refused_wherever_it_does(length: int) -> None:
    read = Read()

    with pytest.raises(InvalidInputError):
        finish_with(read, BODY[:length])


@given(st.binary(max_size=400))
def test_noise_is_refused_and_nothing_worse_happens(noise: bytes) -> None:
    read = Read()

    with pytest.raises(InvalidInputError):
        finish_with(read, noise)


def finish_with(read: Read, body: bytes) -> None:
    read.form.feed(body)
    read.form.finish()


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "application/json",
        "multipart/form-data",
        "multipart/form-data; boundary=" + "x" * 300,
        "multipart/mixed; boundary=x",
    ],
)
def test_another_content_type_is_refused(content_type: str | None) -> None:
    with pytest.raises(InvalidInputError):
        Read(content_type=content_type)


@pytest.mark.parametrize(
    "body",
    [
        part("type", b"database") + END,
        part("file", b"content") + END,
        file_part(b"1") + file_part(b"2") + END,
        part("type", b"database") + part("type", b"logs") + file_part(b"1") + END,
        part("type", b"\xff\xfe") + file_part(b"1") + END,
        part("type", b"x" * 5000) + file_part(b"1") + END,
        part("other", b"x" * 100_000) + file_part(b"1") + END,
        part("other", b"x") * 40 + file_part(b"1") + END,
        f"--{BOUNDARY}\r\nContent-Type: text/plain\r\n\r\nx\r\n".encode() + END,
        f"--{BOUNDARY}\r\nContent-Disposition: attachment; name=file\r\n\r\nx\r\n".encode() + END,
    ],
)
def test_a_form_that_is_not_one_file_with_fields_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInputError):
        finish_with(Read(), body)


def test_a_field_that_nobody_asked_for_is_read_over() -> None:
    read = Read()

    finish_with(read, part("note", b"hello") + file_part(b"content") + END)

    assert read.fields == {}


def test_a_file_of_exactly_the_limit_passes_and_one_byte_more_does_not() -> None:
    finish_with(Read(max_file_bytes=7), file_part(b"content") + END)

    with pytest.raises(PayloadTooLargeError):
        finish_with(Read(max_file_bytes=6), file_part(b"content") + END)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("obd.db", "obd.db"),
        ("../obd.db", "../obd.db"),
        ("C:\\data\\obd.db", "\\obd.db"),
        ("\\\\host\\obd.db", "\\\\host\\obd.db"),
        ("obd.db\x00", "obd.db\x00"),
    ],
)
def test_a_file_name_keeps_what_makes_it_unsafe(sent: str, expected: str) -> None:
    read = Read()

    finish_with(read, file_part(b"content", sent) + END)

    assert read.sink is not None
    assert read.sink.name == expected


def test_a_name_in_another_encoding_does_not_replace_the_plain_one() -> None:
    read = Read()

    finish_with(read, part("file", b"content", extra="; filename=\"obd.db\"; filename*=UTF-8''..%2Fx.db") + END)

    assert read.sink is not None
    assert read.sink.name == "obd.db"

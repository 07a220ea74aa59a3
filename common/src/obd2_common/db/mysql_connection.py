"""A PyMySQL connection that can hand rows to LOAD DATA LOCAL, and no file to anybody, and send statements in one go."""

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pymysql.connections import MAX_PACKET_LEN, Connection, MySQLResult
from pymysql.constants import CLIENT, COMMAND
from pymysql.err import MySQLError

PACKET_BYTES = 1024 * 1024
"""Of the data at once; every server takes packets of this size."""


class MySQLConnection(Connection):
    """A connection whose server may ask for local data, but gets only what `offer` has laid out.

    PyMySQL's own way sends whatever file the server names. Here the name is not even read.
    """

    def __init__(self, *arguments: Any, client_flag: int = 0, **options: Any) -> None:  # noqa: ANN401 - PyMySQL's own
        self.may_load_data = False
        """The server takes local data."""
        self.row_count = 0
        """How many rows the last statement brought."""
        self.remark_count = 0
        """How many warnings and notes it caused."""
        self._offered: bytes | None = None
        self._followers: Sequence[str] = ()
        super().__init__(*arguments, client_flag=client_flag | CLIENT.LOCAL_FILES, **options)

    @contextmanager
    def offer(self, data: bytes) -> Iterator[None]:
        """Lay out the data for the LOAD DATA LOCAL statement of the block."""
        self._offered = data
        try:
            yield
        finally:
            self._offered = None

    def take_offered(self) -> bytes:
        """Return the data laid out, once.

        Raises:
            RuntimeError: there is none: the server asks for what nobody wants to send.
        """
        data, self._offered = self._offered, None
        if data is None:
            # The server still waits for an answer: nothing else can be asked here any more.
            self._force_close()  # type: ignore[attr-defined]
            raise RuntimeError("the server asked for local data that was not offered")
        return data

    @contextmanager
    def followed_by(self, statements: Sequence[str]) -> Iterator[None]:
        """Send these right behind the statement of the block, without waiting for its answer.

        They are run even when one before them fails; the first error is the one that is raised.
        """
        self._followers = statements
        try:
            yield
        finally:
            self._followers = ()

    def query(self, sql: str | bytes, unbuffered: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002 - PyMySQL's own
        """Send a statement, and those that follow it, and read the answers."""
        followers, self._followers = [text.encode(self.encoding) for text in self._followers], ()
        first = sql.encode(self.encoding) if isinstance(sql, str) else sql
        if not followers or max(map(len, (first, *followers))) >= MAX_PACKET_LEN - 1:
            result = super().query(first, unbuffered)
            for text in followers:
                result = super().query(text)
            return result
        self._execute_command(COMMAND.COM_QUERY, first)  # type: ignore[attr-defined]
        packets = (struct.pack("<iB", len(text) + 1, COMMAND.COM_QUERY) + text for text in followers)
        self._write_bytes(b"".join(packets))  # type: ignore[attr-defined]
        return self._read_answers(1 + len(followers))

    def _read_answers(self, count: int) -> Any:  # noqa: ANN401 - PyMySQL's own
        failure: MySQLError | None = None
        for _ in range(count):
            self._next_seq_id = 1
            try:
                self._affected_rows = self._read_query_result()
            except MySQLError as error:
                if not self.open:
                    raise
                failure = failure or error
        if failure is not None:
            raise failure
        return self._affected_rows

    # What is behind an underscore in PyMySQL is overridden on purpose; its types do not know it.
    def _read_query_result(self, unbuffered: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002 - PyMySQL's own
        if unbuffered:
            return super()._read_query_result(unbuffered)  # type: ignore[misc]
        self._result = None
        result = _Result(self)
        result.read()
        self._result = result
        if result.server_status is not None:
            self.server_status = result.server_status
        self.row_count, self.remark_count = result.affected_rows or 0, result.warning_count
        return result.affected_rows


class _Result(MySQLResult):
    connection: Any

    def _read_load_local_packet(self, _request: object) -> None:
        data = self.connection.take_offered()
        for start in range(0, len(data), PACKET_BYTES):
            self.connection.write_packet(data[start : start + PACKET_BYTES])
        # The empty packet is the end.
        self.connection.write_packet(b"")
        self._read_ok_packet(self.connection._read_packet())  # type: ignore[attr-defined]  # noqa: SLF001

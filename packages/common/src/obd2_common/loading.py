"""A PyMySQL connection that hands rows from memory to LOAD DATA LOCAL, and no file to anybody."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymysql.connections import Connection, MySQLResult
from pymysql.constants import CLIENT

PACKET_BYTES = 1024 * 1024
"""Of the data at once; every server takes packets of this size."""


class LoadingConnection(Connection):
    """A connection whose server may ask for local data, but gets only what `offer` has laid out.

    PyMySQL's own way sends whatever file the server names. Here the name is not even read.
    """

    def __init__(self, *arguments: Any, client_flag: int = 0, **options: Any) -> None:  # noqa: ANN401 - PyMySQL's own
        self.may_load = False
        """The server takes local data."""
        self.row_count = 0
        """How many rows the last statement brought."""
        self.remark_count = 0
        """How many warnings and notes it caused."""
        self._offered: bytes | None = None
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

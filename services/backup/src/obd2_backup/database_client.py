"""The MySQL or MariaDB command-line programs: found, given their login without showing it, and run."""

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import IO

from sqlalchemy.engine import URL

from obd2_backup.errors import StoppingError
from obd2_common.db.database import Database
from obd2_common.errors import Obd2Error

DUMP_PROGRAMS = {"mysql": ("mysqldump", "mariadb-dump"), "mariadb": ("mariadb-dump", "mysqldump")}
CLIENT_PROGRAMS = {"mysql": ("mysql", "mariadb"), "mariadb": ("mariadb", "mysql")}
"""By the kind of server: its own program first, the other's if that is all there is."""
MESSAGE_BYTES = 500
VERSION_SECONDS = 10
LAST_STATEMENT_SECONDS = 600
STOP_LOOK_SECONDS = 0.5


class ClientError(Obd2Error):
    """A database program is missing or has failed; the message carries its own words."""


def find_program(candidates: Sequence[str]) -> str:
    """Return the path of the first program that is installed.

    Raises:
        ClientError: none is.
    """
    for name in candidates:
        if path := shutil.which(name):
            return path
    raise ClientError(f"none of the programs {', '.join(candidates)} is installed")


def is_mariadb_program(program: str) -> bool:
    """Tell whether a program is MariaDB's, whatever its name."""
    told = subprocess.run(  # noqa: S603 - found on the PATH by us
        [program, "--version"],
        capture_output=True,
        text=True,
        timeout=VERSION_SECONDS,
        check=False,
    )
    return "mariadb" in told.stdout.lower()


def server_kind(database: Database) -> str:
    """Return ``mysql`` or ``mariadb``: which of the two a server is.

    Raises:
        DatabaseUnavailableError: it does not answer.
    """
    # What a dialect knows of its server it has from its first connection.
    database.ping()
    return "mariadb" if getattr(database.engine.dialect, "is_mariadb", False) else "mysql"


@contextmanager
def running_program(
    program: str,
    arguments: Sequence[str],
    url: URL,
    *,
    stdin: int | None = subprocess.DEVNULL,
    stdout: int | None = subprocess.DEVNULL,
    should_stop: Callable[[], bool],
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program that logs in to a database, and end it when the block does.

    Args:
        program: its path.
        arguments: the last ones; how to log in comes before them.
        url: the database, with the password. It goes into a file only we can read, never onto the command line.
        stdin: as for `subprocess.Popen`.
        stdout: as for `subprocess.Popen`.
        should_stop: when it turns true, the program is killed, even one that hangs in a statement.

    Raises:
        ClientError: the program failed.
        StoppingError: `should_stop` became true.
    """
    with _login_file(url) as login, TemporaryFile() as messages:
        process = subprocess.Popen(  # noqa: S603 - found on the PATH by us
            [program, f"--defaults-extra-file={login}", *arguments],
            stdin=stdin,
            stdout=stdout,
            stderr=messages,
        )
        watcher = threading.Thread(target=_kill_on_stop, args=(process, should_stop), daemon=True)
        watcher.start()
        try:
            yield process
        except BrokenPipeError:
            # The program ended early; its own words tell more.
            process.wait()
        finally:
            if process.stdin is not None:
                with suppress(BrokenPipeError):
                    process.stdin.close()
            if process.stdout is not None:
                process.stdout.close()
            if process.poll() is None and _was_left_running(process):
                process.kill()
                process.wait()
            watcher.join()
        if process.returncode != 0 and should_stop():
            raise StoppingError("the service is stopping")
        if process.returncode != 0:
            raise ClientError(f"{Path(program).name} failed: {_last_words(messages)}")


def _kill_on_stop(process: "subprocess.Popen[bytes]", should_stop: Callable[[], bool]) -> None:
    while process.poll() is None:
        if should_stop():
            process.kill()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=STOP_LOOK_SECONDS)


def _was_left_running(process: "subprocess.Popen[bytes]") -> bool:
    """A program whose streams are closed ends by itself; one that does not is stuck."""
    try:
        process.wait(timeout=LAST_STATEMENT_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    return False


@contextmanager
def _login_file(url: URL) -> Iterator[str]:
    options = {
        "host": url.host or "127.0.0.1",
        "port": str(url.port or 3306),
        "user": url.username or "",
        "password": url.password or "",
    }
    socket = url.query.get("unix_socket")
    if isinstance(socket, str):
        options = {"socket": socket, "user": options["user"], "password": options["password"]}
    # MariaDB's programs since 11.4 refuse the certificate a MySQL server makes itself; the services do not ask for one.
    options["loose-ssl-verify-server-cert"] = "0"
    # MySQL's programs ask for the key that passwords are encrypted with, where there is no TLS, only when told to.
    options["loose-get-server-public-key"] = "1"
    lines = ["[client]", *(f'{name} = "{_quoted(value)}"' for name, value in options.items())]
    # The temporary file is created with mode 0600.
    with NamedTemporaryFile("w", suffix=".cnf", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        yield file.name


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _last_words(messages: IO[bytes]) -> str:
    messages.seek(0)
    return messages.read()[-MESSAGE_BYTES:].decode("utf-8", "replace").strip() or "without a word"

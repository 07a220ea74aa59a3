"""A MySQL or MariaDB server started from an installed binary on a temporary data directory."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypedDict

from support.database_server import (
    APP_PASSWORD,
    APP_USER,
    GRANT_TEST_DATABASES,
    DatabaseServer,
    ServerMissingError,
    describe,
    server_url,
    wait_until_ready,
)

# Distributions keep the server outside an ordinary user's PATH.
EXTRA_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/usr/local/mysql/bin")
START_SECONDS = 60.0
STOP_SECONDS = 30.0

# The data is thrown away: nothing has to survive a power cut.
FAST_OPTIONS = (
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--loose-innodb-snapshot-isolation=ON",  # the default since MariaDB 11.6; MySQL has no such thing
    "--innodb-buffer-pool-size=128M",
    "--skip-log-bin",
    "--skip-name-resolve",
    "--character-set-server=utf8mb4",
)


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@contextmanager
def server_process(
    product: Literal["mysql", "mariadb"], options: Sequence[str] = FAST_OPTIONS
) -> Iterator[DatabaseServer]:
    """Give a server from an installed binary; it is stopped and its data removed at the end.

    Raises:
        ServerMissingError: when no such binary is installed or it does not start.
    """
    binary = find_server_binary(product)
    with tempfile.TemporaryDirectory(prefix="obd2-db-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        identity = unprivileged(folder)
        initialise(product, binary, folder, identity)
        port = free_port()
        with (folder / "server.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 (the binary was found by us)
                start_command(product, binary, folder, port, options), stdout=log, stderr=log, cwd=folder, **identity
            )
            try:
                yield wait_for_server(process, port, folder / "server.log", binary)
            finally:
                _stop(process)


def find_server_binary(product: Literal["mysql", "mariadb"]) -> str:
    """Return the path of an installed server.

    Raises:
        ServerMissingError: when there is none of this product.
    """
    for name in ("mariadbd", "mysqld") if product == "mariadb" else ("mysqld",):
        found = _find(name)
        if found is not None and _product_of(found) == product:
            return found
    raise ServerMissingError(f"no {product} server binary on PATH or in {', '.join(EXTRA_FOLDERS)}")


def _find(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(EXTRA_FOLDERS))


def _product_of(binary: str) -> str:
    # MariaDB installs `mysqld` as another name of its own server.
    answer = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    return "mariadb" if "mariadb" in answer.stdout.lower() else "mysql"


def unprivileged(folder: Path) -> _Identity:
    """Give the folder to an unprivileged user when we are root: the servers refuse to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("mysql", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, account.pw_uid, account.pw_gid)
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    raise ServerMissingError("running as root and there is neither a user mysql nor nobody to start the server as")


def initialise(product: str, binary: str, folder: Path, identity: _Identity) -> None:
    """Make a data directory and the file that makes the users; run at every start, it must bear repetition."""
    data = f"--datadir={folder / 'data'}"
    if product == "mariadb":
        installer = _find("mariadb-install-db") or _find("mysql_install_db")
        if installer is None:
            raise ServerMissingError("mariadb-install-db is not installed")
        command = [
            installer,
            "--no-defaults",
            data,
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ]
    else:
        command = [binary, "--no-defaults", "--initialize-insecure", data]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, **identity)  # noqa: S603
    if result.returncode != 0:
        raise ServerMissingError(f"{command[0]} failed: {(result.stderr or result.stdout).strip()[-500:]}")
    init_file = folder / "init.sql"
    init_file.write_text(
        f"CREATE USER IF NOT EXISTS '{APP_USER}'@'127.0.0.1' IDENTIFIED BY '{APP_PASSWORD}';\n"
        f"{GRANT_TEST_DATABASES.format(client_host='127.0.0.1')};\n"
    )
    init_file.chmod(0o644)


def start_command(product: str, binary: str, folder: Path, port: int, options: Sequence[str]) -> list[str]:
    """Return the command that runs the server on its data directory."""
    command = [
        binary,
        "--no-defaults",
        f"--datadir={folder / 'data'}",
        # Its own: a server that starts deletes every `#sql*` file there, the temporary tables of another one included.
        f"--tmpdir={folder / 'data'}",
        f"--socket={folder / 'server.sock'}",
        f"--pid-file={folder / 'server.pid'}",
        f"--init-file={folder / 'init.sql'}",
        "--bind-address=127.0.0.1",
        f"--port={port}",
        *options,
    ]
    return command if product == "mariadb" else [*command, "--mysqlx=OFF"]


def wait_for_server(process: subprocess.Popen[bytes], port: int, log: Path, binary: str) -> DatabaseServer:
    """Return a server once it answers.

    Raises:
        ServerMissingError: when it does not; carries the end of its log.
    """
    url = server_url(port)
    try:
        wait_until_ready(url, START_SECONDS, is_alive=lambda: process.poll() is None)
    except ServerMissingError as error:
        raise ServerMissingError(f"{binary} did not start ({error}): {log.read_text()[-800:]}") from error
    return describe(url, binary)


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

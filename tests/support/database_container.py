"""A MySQL or MariaDB server in a container, from an image that is already on this machine."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import docker
from docker.errors import DockerException, ImageNotFound
from docker.utils import kwargs_from_env, parse_host
from sqlalchemy.engine import make_url
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from support.database_server import (
    APP_PASSWORD,
    APP_USER,
    GRANT_TEST_DATABASES,
    DatabaseServer,
    ServerMissingError,
    connect,
    describe,
    server_url,
    wait_until_ready,
)

UNIX_SCHEME = "http+unix://"
ROOT_PASSWORD = "only-for-tests-root"
SERVER_PORT = 3306
START_SECONDS = 120.0

# The data is thrown away: nothing has to survive a power cut.
FAST_COMMAND = (
    "--innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --skip-log-bin --skip-name-resolve "
    "--character-set-server=utf8mb4 --local-infile=ON"
)


@contextmanager
def server_container(image: str) -> Iterator[DatabaseServer]:
    """Give a server in a container, which is removed at the end. Nothing is ever pulled.

    Raises:
        ServerMissingError: when there is no container engine, no such image, or the server does not start.
    """
    require_local_image(image)
    # The reaper is one more image; without it the container still goes when the run ends in order.
    testcontainers_config.ryuk_disabled = not has_local_image(testcontainers_config.ryuk_image)
    container = DockerContainer(image, command=FAST_COMMAND, env=_environment()).with_exposed_ports(SERVER_PORT)
    container.with_tmpfs_mount("/var/lib/mysql")
    try:
        container.start()
        yield _ready_server(container, image)
    except DockerException as error:
        raise ServerMissingError(f"container of {image} did not start: {error}") from error
    finally:
        container.stop()


def require_local_image(image: str) -> None:
    """Check that an engine answers and has the image.

    Raises:
        ServerMissingError: when it does not.
    """
    _require_engine_socket()
    try:
        present = has_local_image(image)
    except DockerException as error:
        raise ServerMissingError("no container engine answers") from error
    if not present:
        raise ServerMissingError(f"image {image} is not on this machine")


def has_local_image(image: str) -> bool:
    """Tell whether the container engine has an image, without pulling it.

    Raises:
        DockerException: when no engine answers.
    """
    client = docker.from_env(timeout=10)
    try:
        client.images.get(image)
    except ImageNotFound:
        return False
    finally:
        client.close()
    return True


def _require_engine_socket() -> None:
    """Try the engine's socket ourselves: the docker library leaks its own when nobody listens there."""
    address: str = parse_host(kwargs_from_env().get("base_url"))
    if not address.startswith(UNIX_SCHEME):
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(address.removeprefix(UNIX_SCHEME))
        except OSError as error:
            raise ServerMissingError("no container engine is installed or running") from error


def _environment() -> dict[str, str]:
    return {
        "MYSQL_ROOT_PASSWORD": ROOT_PASSWORD,
        "MYSQL_USER": APP_USER,
        "MYSQL_PASSWORD": APP_PASSWORD,
        "MYSQL_INITDB_SKIP_TZINFO": "1",
    }


def _ready_server(container: DockerContainer, image: str) -> DatabaseServer:
    host = container.get_container_host_ip()
    # docker reports `localhost`, which may also be an IPv6 address nobody listens on.
    host = "127.0.0.1" if host == "localhost" else host
    port = container.get_exposed_port(SERVER_PORT)
    url = server_url(port, host=host)
    wait_until_ready(url, START_SECONDS, is_alive=lambda: _is_running(container))
    root = make_url(server_url(port, host=host, user="root", password=ROOT_PASSWORD))
    with connect(root) as connection, connection.cursor() as cursor:
        cursor.execute(GRANT_TEST_DATABASES.format(client_host="%"))
    return describe(url, f"container of {image}")


def _is_running(container: DockerContainer) -> bool:
    wrapped = container.get_wrapped_container()
    wrapped.reload()
    return bool(wrapped.status in {"created", "running"})

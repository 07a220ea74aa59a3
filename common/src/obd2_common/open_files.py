"""How many files and connections the process may have open at a time."""

import resource

from obd2_common.errors import ConfigurationError

PLENTY = 65536
NEEDED = 1024
"""Connections of clients with and without a key, the pool of the database, files of uploads, and room beside them."""


def allow_open_files(needed: int = NEEDED) -> int:
    """Raise the number of files that may be open at a time as far as it goes, and return it.

    Raises:
        ConfigurationError: the system allows fewer than needed.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = PLENTY if hard == resource.RLIM_INFINITY else min(hard, PLENTY)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    allowed = max(allowed, soft)
    if allowed < needed:
        raise ConfigurationError(
            f"the system lets this process have {allowed} files open at a time, {needed} are needed: raise the limit "
            "(`ulimit -Hn`, LimitNOFILE= of a unit, --ulimit nofile= of a container)"
        )
    return allowed

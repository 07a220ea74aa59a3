"""What every task of the service needs, put together once."""

from collections.abc import Callable
from dataclasses import dataclass, field

from obd2_backup.errors import StoppingError
from obd2_backup.retention import RetentionPolicy
from obd2_backup.sandbox import Allowance
from obd2_backup.slow_checks import SlowChecks
from obd2_backup.vault import Vault
from obd2_common.clock import Clock
from obd2_common.db.database import Database


@dataclass(frozen=True)
class BackupContext:
    """The database, the vault and the retention policy."""

    database: Database
    vault: Vault
    policy: RetentionPolicy
    clock: Clock
    should_stop: Callable[[], bool]
    reserve_bytes: int = 0
    """Free space on the vault's disk that the work leaves alone, so that it never stops uploads."""
    may_delete: Callable[[], bool] = lambda: True
    """Whether the clock can be relied on."""
    allowance: Allowance = field(default_factory=Allowance)
    slow_checks: SlowChecks = field(default_factory=SlowChecks)

    def raise_if_stopping(self) -> None:
        """Break off what is under way when the service stops.

        Raises:
            StoppingError: it stops.
        """
        if self.should_stop():
            raise StoppingError("the service is stopping")

"""Settings of the backup service, from the environment or a `.env` file."""

from datetime import timedelta

from pydantic import Field, SecretStr
from pyrage.x25519 import Recipient

from obd2_backup.replica import StoreAccess, StoreReplica
from obd2_backup.retention import RetentionPolicy
from obd2_backup.sandbox import Allowance
from obd2_backup.sealing import parse_recipients
from obd2_common.settings import CommonSettings


class BackupSettings(CommonSettings):
    """What the backup service needs to know beside the shared settings."""

    backup_retention_count: int = Field(default=30, ge=1, description="Newest backups kept per device and type.")
    backup_keep_hourly: int = Field(default=0, ge=0, description="Hours of which the newest backup is kept as well.")
    backup_keep_daily: int = Field(default=0, ge=0, description="Days of which the newest backup is kept as well.")
    backup_keep_weekly: int = Field(default=0, ge=0, description="ISO weeks of which the newest is kept as well.")
    backup_keep_monthly: int = Field(default=0, ge=0, description="Months of which the newest is kept as well.")
    backup_keep_yearly: int = Field(default=0, ge=0, description="Years of which the newest is kept as well.")
    backup_min_age_hours: float = Field(default=0, ge=0, description="No backup younger than this is ever deleted.")
    backup_min_free_mb: int = Field(
        default=256,
        ge=0,
        description="Free space on the vault's disk that dumps and encryption leave alone, as uploads do.",
    )
    backup_poll_seconds: float = Field(default=0.25, gt=0, description="How often the spool is looked at.")
    backup_sweep_seconds: int = Field(default=60, ge=1, description="How often unfinished work is looked for.")
    backup_rotate_minutes: int = Field(
        default=60, ge=1, description="How often every bucket is rotated and due checks begin."
    )
    backup_scrub_days: float = Field(
        default=7,
        gt=0,
        description="Age of a backup's last check at which it is read and checked again.",
    )
    backup_dump_hours: float = Field(
        default=24,
        ge=0,
        description="How often the server's own database is dumped into the vault; 0 is never.",
    )
    backup_drill_days: float = Field(
        default=7,
        ge=0,
        description="How often each device's newest good backup, and the newest dump, is really restored; 0 is never.",
    )
    backup_scratch_database: str | None = Field(
        default=None,
        pattern="^[A-Za-z0-9_]{1,64}$",
        description="Empty database on the server of DATABASE_URL that dumps are restored into for a drill.",
    )
    backup_replica_url: str | None = Field(
        default=None,
        description="Where second copies go: file:///mnt/nas/obd2 or s3://bucket/prefix; absent is nowhere.",
    )
    backup_replica_endpoint: str | None = Field(default=None, description="URL of an S3-compatible store.")
    backup_replica_region: str | None = Field(default=None, description="Region of that store.")
    backup_replica_key_id: str | None = Field(default=None, description="Its access key id.")
    backup_replica_secret: SecretStr | None = Field(default=None, description="Its secret access key.")
    backup_replica_recipients: str | None = Field(
        default=None,
        description="Public keys of age, that second copies are encrypted for, separated by commas; absent: nobody.",
    )
    backup_spool_expiry_hours: float = Field(
        default=6,
        gt=0,
        description="Age at which an upload that was never acknowledged is deleted from the spool.",
    )
    backup_check_seconds: float = Field(
        default=60,
        gt=0,
        description="How long checking a backup may take, beside a second per MB (ten for a packed one).",
    )
    backup_check_memory_mb: int = Field(
        default=256,
        ge=128,
        description="How much memory the process may use that checks a backup.",
    )
    backup_verify_max_expanded_mb: int = Field(
        default=20_000,
        ge=1,
        description="Unpacked size up to which a gzipped backup is checked.",
    )

    @property
    def replica(self) -> StoreReplica | None:
        """Return where second copies go, if anywhere.

        Raises:
            ConfigurationError: BACKUP_REPLICA_URL cannot be understood.
        """
        if self.backup_replica_url is None:
            return None
        secret = self.backup_replica_secret
        access = StoreAccess(
            endpoint=self.backup_replica_endpoint,
            key_id=self.backup_replica_key_id,
            secret=None if secret is None else secret.get_secret_value(),
            region=self.backup_replica_region,
        )
        return StoreReplica(self.backup_replica_url, access)

    @property
    def replica_recipients(self) -> list[Recipient]:
        """Return whom second copies are encrypted for; nobody when they go as they are.

        Raises:
            ConfigurationError: BACKUP_REPLICA_RECIPIENTS cannot be understood.
        """
        return parse_recipients(self.backup_replica_recipients or "")

    @property
    def retention_policy(self) -> RetentionPolicy:
        """Return the retention rules as the planner takes them."""
        return RetentionPolicy(
            last=self.backup_retention_count,
            hourly=self.backup_keep_hourly,
            daily=self.backup_keep_daily,
            weekly=self.backup_keep_weekly,
            monthly=self.backup_keep_monthly,
            yearly=self.backup_keep_yearly,
            minimum_age=timedelta(hours=self.backup_min_age_hours),
        )

    @property
    def reserve_bytes(self) -> int:
        """Return the free space that dumps and encryption leave alone."""
        return self.backup_min_free_mb * 1_000_000

    @property
    def allowance(self) -> Allowance:
        """Return what reading a received file may take."""
        return Allowance(
            base_seconds=self.backup_check_seconds,
            memory_bytes=self.backup_check_memory_mb << 20,
            expanded_bytes=self.backup_verify_max_expanded_mb * 1_000_000,
        )

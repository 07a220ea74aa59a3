"""Settings of the analyzer, from the environment or a `.env` file."""

from datetime import time, timedelta
from pathlib import Path

from pydantic import Field, SecretStr, field_validator

from obd2_analyzer.notices import NTFY, WEBHOOK, NoticePolicy
from obd2_analyzer.thresholds import OperatorLimits
from obd2_common.settings import CommonSettings
from obd2_common.tables.drives import SEVERITIES


class AnalyzerSettings(CommonSettings):
    """What the analyzer needs to know beside the shared settings."""

    analyzer_workers: int = Field(default=1, ge=1, le=32, description="Drives computed at the same time.")
    analyzer_poll_seconds: float = Field(default=0.5, gt=0, description="How often an idle worker looks for jobs.")
    analyzer_lease_seconds: int = Field(
        default=60,
        ge=5,
        description="Silence after which a worker's job is given to another.",
    )
    analyzer_max_attempts: int = Field(default=5, ge=1, description="Failures after which a job is given up.")
    analysis_timeout_seconds: float = Field(
        default=120.0,
        gt=0,
        description="How long /analyze waits for an answer before it refers the client to a later try.",
    )
    analysis_background_timeout_seconds: float = Field(
        default=1800.0,
        gt=0,
        description="How long the model may take, from its call, over an analysis that no client waits for.",
    )
    analyzer_thresholds_file: Path | None = Field(
        default=None,
        description="TOML file with the numbers of the rules that differ from the shipped ones.",
    )
    analyzer_nightly_at: time = Field(
        default=time(3, 30),
        description="When nightly work is due, in PI_TIME_ZONE; a missed night is made up for later.",
    )
    sync_history_days: int = Field(default=90, ge=1, description="How long the history of requests is kept.")
    finished_jobs_days: int = Field(default=30, ge=1, description="How long finished requests for analyses are kept.")
    trend_window_drives: int | None = Field(default=None, ge=3, description="Drives a trend looks at; absent: 10.")
    anomaly_threshold_sigma: float | None = Field(
        default=None,
        gt=0,
        description="Distance from history, in standard deviations, that is an anomaly; absent: 2.0.",
    )
    calibration_min_drives: int | None = Field(
        default=None,
        ge=2,
        description="Earlier real drives before a baseline speaks; absent: 5.",
    )

    notice_webhook_url: SecretStr | None = Field(
        default=None, description="Where notices are posted as JSON; absent: nowhere."
    )
    notice_ntfy_url: SecretStr | None = Field(
        default=None, description="Topic of an ntfy server where notices are posted; absent: nowhere."
    )
    notice_severity: str = Field(
        default="ALERT",
        pattern=f"^({'|'.join(SEVERITIES)})$",
        description="Least severity of a finding that is a notice.",
    )
    notice_backup_days: int = Field(default=7, ge=1, description="Age of the newest backup that is a notice.")
    notice_silent_days: int = Field(default=7, ge=1, description="Silence of a device that is a notice.")

    @field_validator("notice_webhook_url", "notice_ntfy_url")
    @classmethod
    def _is_http(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        if not value.get_secret_value().lower().startswith(("http://", "https://")):
            raise ValueError("it does not begin with http:// or https://")
        return value

    def notice_policy(self) -> NoticePolicy | None:
        """Return what is told and to whom; None while there is no receiver."""
        addresses = {WEBHOOK: self.notice_webhook_url, NTFY: self.notice_ntfy_url}
        receivers = {name: url.get_secret_value() for name, url in addresses.items() if url is not None}
        if not receivers:
            return None
        return NoticePolicy(
            receivers,
            self.notice_severity,
            timedelta(days=self.notice_backup_days),
            timedelta(days=self.notice_silent_days),
        )

    def operator_limits(self) -> OperatorLimits:
        """Return what the operator wants of the rules: the file's numbers, and single settings on top.

        Raises:
            ConfigurationError: the file cannot be used.
        """
        chosen = {
            "trend_drives": self.trend_window_drives,
            "watch_sigma": self.anomaly_threshold_sigma,
            "minimum_drives": self.calibration_min_drives,
        }
        changes = {name: value for name, value in chosen.items() if value is not None}
        return OperatorLimits(self.analyzer_thresholds_file, {"history": changes} if changes else {})

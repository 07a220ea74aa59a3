"""The embedded server: api, analyzer and backup in one process, on one data folder; see `run_embedded`."""

from obd2_cli.embedded.run import Started, run_embedded
from obd2_cli.embedded.settings import EmbeddedSettings

__all__ = ["EmbeddedSettings", "Started", "run_embedded"]

"""How commands read settings: what is wrong with them is said in one line."""

from obd2_common.settings import load_settings

__all__ = ["load_settings"]

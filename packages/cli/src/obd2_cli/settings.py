"""Read a service's settings for a command; what is wrong with them is said in one line."""

from typing import TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from obd2_common.errors import ConfigurationError

Settings = TypeVar("Settings", bound=BaseSettings)


def load_settings(kind: type[Settings], **given: object) -> Settings:
    """Read settings from the environment or `.env`.

    Args:
        kind: which settings.
        given: settings that go before the environment.

    Raises:
        ConfigurationError: a setting is unusable; the message names it and never its value.
    """
    try:
        return kind(**given)  # type: ignore[arg-type]  # Pydantic checks them
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in error.errors()]
        raise ConfigurationError("; ".join(faults)) from error

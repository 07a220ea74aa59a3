"""Errors that several tasks of the service meet."""

from obd2_common.errors import Obd2Error


class StoppingError(Obd2Error):
    """The service is stopping; the work begins again from the start next time."""

"""Errors of the api that a client can act on, beside those every service shares."""

from typing import Any, ClassVar

from obd2_common.errors import InvalidInputError, Obd2Error


class ForbiddenError(Obd2Error):
    """The key is right, but does not open this."""


class PayloadTooLargeError(InvalidInputError):
    """The body is larger than the server takes."""


class UnsupportedFileError(InvalidInputError):
    """The kind of file is not one the server keeps."""


class UnsupportedEncodingError(InvalidInputError):
    """The body is compressed in a way the server does not know."""


class EntityChangedError(Obd2Error):
    """The request holds for another state of what it asks for."""


class RangeNotSatisfiableError(Obd2Error):
    """None of the asked ranges lies in the file.

    Args:
        size_bytes: of the file.
    """

    def __init__(self, size_bytes: int) -> None:
        super().__init__(f"the file has {size_bytes} bytes; none of the asked ones is there")
        self.headers = {"Content-Range": f"bytes */{size_bytes}"}


class OffsetConflictError(Obd2Error):
    """The part does not begin where the upload ends."""


class UploadGoneError(Obd2Error):
    """The upload has expired or was refused; it must be begun again."""


class ProtocolVersionError(Obd2Error):
    """The client speaks another version of the protocol."""


class ChecksumMismatchError(Obd2Error):
    """A part is not what its checksum says; it was not kept."""


class StorageFullError(Obd2Error):
    """There is no room for what was sent."""


class TooManyWaitingError(Obd2Error):
    """So much of what was asked for before still waits that nothing is added.

    Args:
        message: what waits, for whom.
    """

    headers: ClassVar[dict[str, str]] = {"Retry-After": "30"}


class NotListeningError(Obd2Error):
    """The server takes no requests: not yet, or no more."""


class NoReleaseError(Obd2Error):
    """The operator has published no release."""


class AnalyzerAbsentError(Obd2Error):
    """Nobody takes analysis jobs at the moment."""


class AnalysisTimeoutError(Obd2Error):
    """The analysis was begun, but not finished in the time a request may wait."""


class AnalysisFailedError(Obd2Error):
    """The analysis ended without an answer, or the language model, which was required, gave none."""


class OllamaUnavailableError(Obd2Error):
    """The language model was required and cannot be had.

    Args:
        message: whether Ollama or the model is missing.
        ollama_url: where it was looked for, without credentials.
        model: which one.
    """

    def __init__(self, message: str, ollama_url: str, model: str) -> None:
        super().__init__(message)
        self.members: dict[str, Any] = {"ollamaUrl": ollama_url, "model": model}

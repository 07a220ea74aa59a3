"""Which models the Ollama server has, and pulling one it lacks, with the `ollama` package."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import httpx
import ollama

from obd2_analyzer.ollama.address import credentials, needs_certificates
from obd2_analyzer.ollama.errors import (
    ConnectionCutError,
    MalformedAnswerError,
    OllamaError,
    OllamaUnreachableError,
    error_of_engine,
    error_of_status,
    error_text,
)
from obd2_common.addresses import without_credentials
from obd2_common.model_names import is_same_model

IN_STREAM = -1
"""Status the package gives to an error that came inside a 200."""


Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a pull is; bytes of the layer that is under way, 0 while unknown."""

    status: str
    completed_bytes: int
    total_bytes: int


class OllamaModels:
    """Looks after the models of one server.

    Args:
        base_url: where the server is.
        connect_timeout_seconds: for the connection, and for the list of models.
        stall_timeout_seconds: how long a pull may stand still.
    """

    def __init__(self, base_url: str, *, connect_timeout_seconds: float, stall_timeout_seconds: float = 120.0) -> None:
        # The package drops credentials from an address; redirects, proxies and certificates of the environment stay
        # out: Ollama is a neighbour.
        self._base_url = without_credentials(base_url)
        self._manners = {
            "trust_env": False,
            "follow_redirects": False,
            "verify": needs_certificates(base_url),
            "auth": credentials(base_url),
        }
        self._list_timeout = httpx.Timeout(connect_timeout_seconds)
        self._pull_timeout = httpx.Timeout(stall_timeout_seconds, connect=connect_timeout_seconds)

    def digest(self, model: str) -> str | None:
        """Return what identifies the weights of a model, None when the server lacks it.

        Raises:
            OllamaError: the server cannot be asked.
        """
        listed = self._call(self._list_timeout, model, lambda client: client.list())
        for listed_model in listed.models:
            if listed_model.model and is_same_model(listed_model.model, model):
                return listed_model.digest or ""
        return None

    def pull(self, model: str, on_progress: Callable[[PullProgress], None]) -> None:
        """Have the server fetch a model; blocks until it has it.

        Raises:
            OllamaError: the model cannot be had.
        """

        def run(client: ollama.Client) -> None:
            last = ""
            for step in client.pull(model, stream=True):
                last = step.status or last
                on_progress(PullProgress(last, step.completed or 0, step.total or 0))
            if last != "success":
                raise ConnectionCutError("the pull ended before it was done")

        self._call(self._pull_timeout, model, run)

    def _call(self, timeout: httpx.Timeout, model: str, run: Callable[[ollama.Client], Answer]) -> Answer:
        try:
            with ollama.Client(self._base_url, timeout=timeout, **self._manners) as client:
                return run(client)
        except ollama.ResponseError as error:
            raise _error_of(error, model) from error
        except ConnectionError as error:
            raise OllamaUnreachableError("Ollama does not answer at its address") from error
        except httpx.InvalidURL as error:
            raise OllamaUnreachableError(f"OLLAMA_BASE_URL cannot be used: {error}") from error
        except (httpx.ConnectError, httpx.TimeoutException) as error:
            raise OllamaUnreachableError("Ollama does not answer in time") from error
        except httpx.HTTPError as error:
            raise ConnectionCutError(f"the connection ended before the answer did ({type(error).__name__})") from error
        except ValueError as error:
            raise MalformedAnswerError("what answers is not Ollama") from error


def _error_of(error: ollama.ResponseError, model: str) -> OllamaError:
    if error.status_code == IN_STREAM:
        return error_of_engine(error_text(error.error))
    return error_of_status(error.status_code, error.error, model=model)

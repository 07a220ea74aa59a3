"""What api asks of the analyzer through the job table, and what the analyzer answers there."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from obd2_common.clock import iso_z
from obd2_common.jobs.queue import QUEUED, RUNNING
from obd2_common.tables.jobs import Job

ID_PREFIX = "an-"
WAITS_SINCE, WAITS_WITH = "waitsForModelSince", "waitsWithRevision"
"""What the result of a job that waits for the model holds beside that of its answer by rule."""


class Outcome(StrEnum):
    """How an analysis ended.

    Without ``require_llm`` only `ANSWERED` and `NO_DATA` occur: when the model cannot speak, the rule findings do.
    """

    ANSWERED = "answered"
    """The analysis row and its recommendations are written; the row's ``engine`` tells who spoke."""
    NO_DATA = "no_data"
    """Nothing to analyse in the window or for the parameters; the row is written, without recommendations."""
    OLLAMA_UNAVAILABLE = "ollama_unavailable"
    """The model was required, but Ollama cannot be reached."""
    MODEL_MISSING = "model_missing"
    """The model was required, but Ollama does not have it; ``detail`` says which and whether it is being pulled."""
    LLM_ERROR = "llm_error"
    """The model was required, but it failed or said nothing; ``detail`` is its error."""
    LLM_TIMEOUT = "llm_timeout"
    """The model was required, but did not finish in time."""


@dataclass(frozen=True, slots=True)
class AnalysisRequest:
    """One analysis to make: of one drive, or of everything a device sent in one window.

    Args:
        source_device: whose rows; None only when the server knows no device at all, which is an answer without data.
        source_epoch: which life of the device's database; None for a window, which looks at every epoch.
        drive_key: key of the drive in `obd2_common.tables.drives.Drive`; None for a window.
        drive_id: the Pi's id of the drive, also when no drive was derived yet; None for a window or a derived drive.
        window_started_at: begin of the window, included; None for a drive.
        window_ended_at: end of the window, included; None for a drive.
        profile_id: only rows of this logging profile; None means all.
        parameters: only these parameters; empty means all.
        focus_areas: what the asker cares about most; they rank, they hide nothing.
        require_llm: rule findings alone are no answer.
    """

    source_device: str | None
    source_epoch: int | None = None
    drive_key: str | None = None
    drive_id: int | None = None
    window_started_at: datetime | None = None
    window_ended_at: datetime | None = None
    profile_id: str | None = None
    parameters: tuple[str, ...] = ()
    focus_areas: tuple[str, ...] = ()
    require_llm: bool = False

    def to_payload(self) -> dict[str, Any]:
        """Write the request as the JSON payload of its job; times in UTC with ``Z``."""
        return {
            "deviceId": self.source_device,
            "epoch": self.source_epoch,
            "driveKey": self.drive_key,
            "driveId": self.drive_id,
            "windowStart": None if self.window_started_at is None else iso_z(self.window_started_at),
            "windowEnd": None if self.window_ended_at is None else iso_z(self.window_ended_at),
            "profileId": self.profile_id,
            "parameters": list(self.parameters),
            "focusAreas": list(self.focus_areas),
            "requireLlm": self.require_llm,
        }

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Self:
        """Read the request back from its job's payload; members that are absent take their defaults."""
        return cls(
            source_device=payload.get("deviceId"),
            source_epoch=payload.get("epoch"),
            drive_key=payload.get("driveKey"),
            drive_id=payload.get("driveId"),
            window_started_at=_moment(payload.get("windowStart")),
            window_ended_at=_moment(payload.get("windowEnd")),
            profile_id=payload.get("profileId"),
            parameters=tuple(payload.get("parameters") or ()),
            focus_areas=tuple(payload.get("focusAreas") or ()),
            require_llm=bool(payload.get("requireLlm")),
        )


@dataclass(frozen=True, slots=True)
class AnalysisResult:
    """What the analyzer leaves in its job's ``result`` when it has finished.

    Args:
        outcome: how it ended.
        analysis_id: the row in ``analyses`` that holds the answer; None when none was written.
        detail: what stood in the way of the model; shown to the asker, so without paths and row data.
    """

    outcome: Outcome
    analysis_id: str | None = None
    detail: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Write the result as the JSON document of the job."""
        return {"outcome": self.outcome.value, "analysisId": self.analysis_id, "detail": self.detail}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """Read the result of a finished job.

        Raises:
            ValueError: the document tells no outcome this version knows.
        """
        return cls(
            outcome=Outcome(str(document.get("outcome"))),
            analysis_id=document.get("analysisId"),
            detail=document.get("detail"),
        )


def analysis_id_of(job_id: str) -> str:
    """Return the id under which the answer to a request will be stored, which its job tells beforehand."""
    return f"{ID_PREFIX}{uuid.UUID(job_id).hex}"


def job_id_of(analysis_id: str) -> str | None:
    """Return the job of the request that an analysis answers or will answer; None for an id of another kind."""
    try:
        found = uuid.UUID(hex=analysis_id.removeprefix(ID_PREFIX))
    except ValueError:
        return None
    return str(found) if analysis_id == f"{ID_PREFIX}{found.hex}" else None


def is_model_awaited(job: Job, analysis_id: str) -> bool:
    """Tell whether an analysis is an answer by rule that only stands until its job has got the model's."""
    result = job.result or {}
    is_waiting = job.state in {QUEUED, RUNNING} and WAITS_SINCE in result and result.get(WAITS_WITH) == job.revision
    return is_waiting and result.get("analysisId") == analysis_id


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)

"""Drives as the api shows them."""

from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict

from obd2_api.schemas.analyses import AnalysisDocument
from obd2_api.schemas.history import DriveHistory
from obd2_api.schemas.operators import AnnotationDocument
from obd2_api.schemas.trouble_codes import PiAlert, StartConditions, TroubleCode, TroubleCodeDetail
from obd2_api.schemas.wire import DeviceId, Epoch, WireModel

Reasons = Annotated[dict[str, str], BeforeValidator(lambda value: value or {})]
Names = Annotated[list[str], BeforeValidator(lambda value: value or [])]

_EXAMPLE: JsonDict = {
    "deviceId": "chi-eclipse-01",
    "epoch": 1,
    "driveKey": "33",
    "driveId": 33,
    "origin": "pi",
    "state": "computed",
    "startedAt": "2026-07-11T17:41:02Z",
    "endedAt": "2026-07-11T18:02:39Z",
    "durationSeconds": 1297,
    "distanceKm": 14.2,
    "distanceUnknownSeconds": 0.0,
    "rowCount": 9812,
    "premintRowCount": 82,
    "profileId": "daily",
    "flags": [],
    "overlapsWith": [],
    "isReal": True,
    "realShare": 1.0,
    "dataQuality": "full",
    "isHeldOut": False,
    "holdReason": None,
    "grade": "A-",
    "gradePoints": 1.0,
    "ungradedBecause": None,
    "judgedRuleCount": 11,
    "findingCount": 1,
    "worstSeverity": "WATCH",
    "troubleCodes": [{"code": "P0171", "status": "pending"}],
    "isLampOn": False,
    "computedAt": "2026-07-11T18:08:12.004211Z",
}


class DriveSummary(WireModel):
    """One drive, in a line."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_EXAMPLE]})

    device_id: DeviceId
    epoch: Epoch
    drive_key: str = Field(description="The Pi's drive id in decimal, or `derived-N` for a drive the Pi missed.")
    drive_id: int | None = Field(description="The Pi's drive id; null for a derived drive.")
    origin: str = Field(description="Whether the Pi counted the drive or the server found it in rows without one.")
    state: str = Field(description="Whether rows are still expected (open, quiet) or the facts stand (computed).")
    started_at: AwareDatetime | None = Field(description="Time of the first row.")
    ended_at: AwareDatetime | None = Field(description="Time of the last row.")
    duration_seconds: int | None = Field(description="From the first row to the last.")
    distance_km: float | None = Field(description="From the speed over time; null where no speed was read.")
    distance_unknown_seconds: float | None = Field(
        description="For how much of the drive the speed was not known and the distance leaves it out."
    )
    row_count: int = Field(description="Readings in the drive.")
    premint_row_count: int = Field(
        description="Readings just before it, attributed to it but not counted in its facts."
    )
    profile_id: str | None = Field(description="The logging profile most of its rows name.")
    flags: Names = Field(description="What is odd about it: overlap, gap, clock anomaly, sparse …")
    overlaps_with: Names = Field(description="Keys of drives that share time with it.")
    is_real: bool | None = Field(description="Real car or not; null while unknown.")
    real_share: float | None = Field(description="Share of rows tagged real, 0 to 1.")
    data_quality: str | None = Field(description="Whether its facts can be trusted in full.")
    is_held_out: bool = Field(description="An operator keeps it out of baselines.")
    hold_reason: str | None = Field(description="Why.")
    grade: str | None = Field(description="A to D; null where `ungradedBecause` says why.")
    grade_points: float | None = Field(description="The points behind the grade; fewer is better.")
    ungraded_because: str | None = Field(
        description="Why there is no grade: too short, or nothing that matters was read."
    )
    judged_rule_count: int | None = Field(description="How many rules could judge it; null until it is computed again.")
    finding_count: int = Field(description="How many findings it has.")
    worst_severity: str | None = Field(description="Severity of the worst; null without any.")
    trouble_codes: tuple[TroubleCode, ...] = Field(
        description="The trouble codes it had: stored ones first, then pending, then cleared."
    )
    is_lamp_on: bool | None = Field(description="The engine warning lamp was on; null when the car was not asked.")
    computed_at: AwareDatetime | None = Field(description="When the facts were computed last.")


class DriveList(WireModel):
    """A page of drives, latest start first."""

    drives: list[DriveSummary]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null on the last.")


class ParameterStatistic(WireModel):
    """One parameter over one drive."""

    model_config = ConfigDict(from_attributes=True)

    parameter_name: str = Field(examples=["COOLANT_TEMP"])
    scope: str = Field(description="Which samples count: all, or for example only those in closed loop.")
    unit: str | None = Field(examples=["degree_Celsius"])
    data_source: str | None = Field(description="Source of the samples, as the Pi tags it.")
    sample_count: int
    min_value: float | None
    max_value: float | None
    avg_value: float | None = Field(description="Arithmetic mean.")
    std_value: float | None = Field(description="Sample standard deviation; 0 for one sample.")
    outlier_min: float | None = Field(description="Mean minus two standard deviations.")
    outlier_max: float | None = Field(description="Mean plus two standard deviations.")
    data_quality: str = Field(description="below_threshold under 10 samples, sparse under 100, else full.")


class LeftOutRows(WireModel):
    """Rows of a drive that are stored and used for nothing."""

    reason: str = Field(
        description="unit_unknown, out_of_range, at_rail (the end of a sensor's scale), glitch (a single sample that "
        "leaves and returns faster than the signal can), engine_off_while_driving, clock (a wrong time).",
        examples=["unit_unknown"],
    )
    parameter: str | None = Field(description="Of which parameter; null for all of them.", examples=["COOLANT_TEMP"])
    unit: str | None = Field(description="The unit: as it came where it is unknown, else ours.")
    row_count: int


class JudgingLimit(WireModel):
    """A limit that is not as shipped."""

    limit: str = Field(examples=["coolant.alert_celsius"])
    value: Any = Field(description="A number for most limits.", examples=[106.0])
    origin: str = Field(
        description="Where it comes from: a profile, a fact in it, the operator's file, or the car's own drives.",
        examples=["profile generic"],
    )


class JudgedBy(WireModel):
    """The vehicle profile behind a drive's findings and grade."""

    profile: str = Field(description="Its name.", examples=["generic"])
    car: str = Field(description="The car it tells of.", examples=["any other car"])
    lacks: list[str] = Field(description="Parameters the car does not have; nothing is judged by them.")
    limits: list[JudgingLimit] = Field(description="Every limit that is not as shipped.")


class DriveFinding(WireModel):
    """One rule that found something."""

    model_config = ConfigDict(from_attributes=True)

    rule: str = Field(examples=["coolant_hot"])
    signal: str = Field(examples=["COOLANT_TEMP"])
    severity: str = Field(description="WATCH, ALERT, INVESTIGATE, WARNING or STOP.", examples=["WARNING"])
    value: float | None = Field(description="The number that did it.")
    unit: str | None
    threshold: float | None = Field(description="The number it crossed.")
    started_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    duration_seconds: float | None
    sentence: str | None = Field(description="What was seen, for people.")
    details: dict[str, Any] | None = Field(description="Whatever else the rule knows.")


class DriveDetail(DriveSummary):
    """One drive with its facts and the latest advice about it."""

    invalid_row_count: int = Field(description="Rows left out because their value is no finite number.")
    left_out: Annotated[list[LeftOutRows], BeforeValidator(lambda value: value or [])] = Field(
        description="Other rows left out, by reason and parameter."
    )
    premint_started_at: AwareDatetime | None = Field(description="Time of the first row before the drive.")
    first_source_id: int | None = Field(description="Pi key of its first row.")
    last_source_id: int | None = Field(description="Pi key of its last row.")
    facts_digest: str | None = Field(description="Changes when the facts do.")
    trouble_codes: tuple[TroubleCodeDetail, ...] = Field(
        description="The trouble codes it had: stored ones first, then pending, then cleared."
    )
    pi_alerts: list[PiAlert] = Field(description="Alerts of the Pi, oldest first, at most 100.")
    start: StartConditions | None = Field(description="What the Pi noted at its start; null when it did not.")
    statistics: list[ParameterStatistic]
    findings: list[DriveFinding]
    not_judged: Reasons = Field(description="Each rule that could not judge the drive, by name, and why.")
    judged_by: JudgedBy | None = Field(
        description="The vehicle profile that judged it; null until it is computed by a version that has profiles."
    )
    history: DriveHistory | None = Field(description="The drive beside earlier ones; null until it is computed.")
    is_reference: bool = Field(description="Others of its era are measured against it.")
    annotations: list[AnnotationDocument] = Field(description="Notes of operators, oldest first.")
    latest_analysis: AnalysisDocument | None

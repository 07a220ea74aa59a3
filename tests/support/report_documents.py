"""Documents of the api about one drive, for tests of what is made of them."""

from typing import Any

from obd2_api.schemas.drives import DriveDetail

DRIVE: dict[str, Any] = {
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
    "isReference": False,
    "annotations": [],
    "holdReason": None,
    "grade": "A-",
    "gradePoints": 1.0,
    "ungradedBecause": None,
    "judgedRuleCount": 9,
    "notJudged": {},
    "judgedBy": None,
    "findingCount": 0,
    "worstSeverity": None,
    "troubleCodes": [],
    "isLampOn": None,
    "piAlerts": [],
    "start": None,
    "computedAt": "2026-07-11T18:08:12.004211Z",
    "invalidRowCount": 0,
    "leftOut": [],
    "premintStartedAt": None,
    "firstSourceId": 1,
    "lastSourceId": 9812,
    "factsDigest": "d",
    "statistics": [],
    "findings": [],
    "history": None,
    "latestAnalysis": None,
}
FINDING = {
    "rule": "coolant",
    "signal": "COOLANT_TEMP",
    "severity": "STOP",
    "value": 109.0,
    "unit": "°C",
    "threshold": 104.0,
    "startedAt": "2026-07-11T17:50:00Z",
    "endedAt": None,
    "durationSeconds": 61.0,
    "sentence": "COOLANT_TEMP reached 109 °C.",
    "details": None,
}
CODE = {
    "code": "P0301",
    "status": "stored",
    "description": "Misfire on cylinder 1",
    "firstSeenAt": "2026-07-11T17:45:00Z",
    "lastSeenAt": "2026-07-11T18:02:00Z",
    "isNew": True,
    "freezeFrame": {"RPM": 2210.0, "COOLANT_TEMP": 93.0},
    "freezeFrameText": None,
}
ANALYSIS = {
    "analysisId": "an-1",
    "status": "done",
    "trigger": "drive",
    "deviceId": "chi-eclipse-01",
    "epoch": 1,
    "driveKey": "33",
    "windowStartedAt": None,
    "windowEndedAt": None,
    "request": None,
    "engine": "rules",
    "model": None,
    "message": None,
    "factsDigest": "d",
    "createdAt": "2026-07-11T18:09:00Z",
    "finishedAt": "2026-07-11T18:09:00Z",
    "processingTimeMs": 3,
    "recommendations": [
        {"rank": 1, "category": "Cooling", "confidence": 0.9, "recommendation": "Check it.", "evidence": None}
    ],
}


def drive_detail(**changed: object) -> DriveDetail:
    """Return the drive, changed."""
    return DriveDetail.model_validate({**DRIVE, **changed})


def statistic(name: str, scope: str = "all", **changed: object) -> dict[str, object]:
    """Return a parameter's statistic, changed."""
    numbers = {"minValue": 1.0, "maxValue": 3.0, "avgValue": 2.0, "stdValue": 0.5, "outlierMin": 1.0, "outlierMax": 3.0}
    return {
        "parameterName": name,
        "scope": scope,
        "unit": "V",
        "dataSource": "real",
        "sampleCount": 1234,
        "dataQuality": "full",
        **numbers,
        **changed,
    }


def history(prior_drives: int, **parts: object) -> dict[str, object]:
    """Return what a drive is compared with."""
    nothing: dict[str, object] = {"comparisons": [], "anomalies": [], "trends": [], "correlations": []}
    return {"priorDriveCount": prior_drives, **nothing, **parts}


def comparison(*, is_shown: bool, **changed: object) -> dict[str, object]:
    """Return a comparison of one parameter with earlier drives, changed."""
    return {
        "parameter": "COOLANT_TEMP",
        "mean": 98.2,
        "baseline": {"mean": 90.0, "sigma": 2.0, "driveCount": 6},
        "distanceSigma": 4.1,
        "status": "INVESTIGATE",
        "isShown": is_shown,
        **changed,
    }


def trend(*, is_shown: bool, **changed: object) -> dict[str, object]:
    """Return a trend of one parameter, changed."""
    return {
        "parameter": "LONG_FUEL_TRIM_1",
        "direction": "RISING",
        "drift": 2.5,
        "firstValue": 0.5,
        "lastValue": 3.0,
        "firstAt": "2026-06-20T03:00:00Z",
        "lastAt": "2026-07-11T18:00:00Z",
        "driftPercent": None,
        "correlation": 0.9,
        "isSignificant": True,
        "driveCount": 8,
        "isShown": is_shown,
        **changed,
    }

"""Results as plain data: the JSON contract and the flat rows of a table.

The names of the schemas carry a version; ``docs/schema`` describes them. A field is only ever added
within a version. A number that could not be measured is null and stands beside its reason; NaN
never leaves the house, so what is written here is JSON everywhere.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from .types import (
    Assessment,
    CardReading,
    Comparison,
    Finding,
    GreyReading,
    PhotoSummary,
    Protocol,
    Quality,
    Reason,
    Scale,
    Score,
)

__all__ = [
    "ASSESSMENT_SCHEMA",
    "CHECK_SCHEMA",
    "COMPARISON_SCHEMA",
    "ROW_FIELDS",
    "assessment_to_dict",
    "check_to_dict",
    "comparison_rows",
    "comparison_to_dict",
    "iso_time",
    "summary_to_dict",
]

COMPARISON_SCHEMA = "skindelta.comparison/1"
ASSESSMENT_SCHEMA = "skindelta.assessment/1"
CHECK_SCHEMA = "skindelta.check/1"

_CHECKED = ("sha256", "taken_at", "camera", "quality", "card", "grey")
_SCORE_FIELDS = (
    "attribute",
    "region",
    "basis",
    "value",
    "low",
    "high",
    "unit",
    "sdc",
    "verdict",
    "reason",
    "reference",
    "source",
)
ROW_FIELDS = (
    "subject",
    "before",
    "after",
    "before_taken_at",
    "after_taken_at",
    *_SCORE_FIELDS,
    "protocol_level",
    "error",
)
"""Columns of a table of scores: one row per photo, attribute, region and basis."""


def comparison_to_dict(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON data, schema ``skindelta.comparison/1``; maps stay behind.

    Raises
    ------
    ValueError
        A number is NaN or infinite.
    """
    return {
        "schema": COMPARISON_SCHEMA,
        "comparable": comparison.comparable,
        "reasons": [_reason(reason) for reason in comparison.reasons],
        "before": summary_to_dict(comparison.before),
        "after": summary_to_dict(comparison.after),
        "reference": comparison.reference,
        "residual_px": _plain(comparison.residual_px),
        "findings": [_finding(finding) for finding in comparison.findings],
        "protocol": _protocol(comparison.protocol),
        "scores": [_score(score) for score in comparison.scores],
        "also": [_score(score) for score in comparison.also],
        "made_with": _plain(comparison.made_with),
    }


def assessment_to_dict(assessment: Assessment) -> dict[str, Any]:
    """Return an assessment as JSON data, schema ``skindelta.assessment/1``.

    Raises
    ------
    ValueError
        A number is NaN or infinite.
    """
    return {
        "schema": ASSESSMENT_SCHEMA,
        "photo": summary_to_dict(assessment.photo),
        "subject": assessment.subject,
        "regions": list(assessment.regions.names) if assessment.regions else [],
        "scores": [_score(score) for score in assessment.scores],
        "made_with": _plain(assessment.made_with),
    }


def check_to_dict(checked: Iterable[tuple[str, PhotoSummary | str]]) -> dict[str, Any]:
    """Return checked photos as JSON data, schema ``skindelta.check/1``.

    Parameters
    ----------
    checked : tuples of str, and PhotoSummary or str
        Path of a photo, and what was found or the sentence why it cannot be read.
    """
    photos = []
    for path, found in checked:
        if isinstance(found, str):
            nothing: dict[str, Any] = dict.fromkeys(_CHECKED)
            photos.append({"path": path} | nothing | {"error": found})
        else:
            photos.append(summary_to_dict(found) | {"error": None})
    return {"schema": CHECK_SCHEMA, "photos": photos}


def comparison_rows(comparison: Comparison, subject: str = "") -> list[dict[str, Any]]:
    """Return one flat row per score, with the fields of `ROW_FIELDS`."""
    common: dict[str, Any] = dict.fromkeys(ROW_FIELDS) | {
        "subject": subject,
        "before": comparison.before.path,
        "after": comparison.after.path,
        "before_taken_at": iso_time(comparison.before.taken_at),
        "after_taken_at": iso_time(comparison.after.taken_at),
        "protocol_level": comparison.protocol.level if comparison.protocol else None,
    }
    return [
        common | {field: _plain(getattr(score, field)) for field in _SCORE_FIELDS}
        for score in comparison.scores
    ]


def summary_to_dict(summary: PhotoSummary) -> dict[str, Any]:
    """Return what a result says of one of its photos."""
    return {
        "path": summary.path,
        "sha256": summary.sha256,
        "taken_at": iso_time(summary.taken_at),
        "camera": summary.camera,
        "quality": _quality(summary.quality),
        "card": _card(summary.card),
        "grey": _grey(summary.grey),
    }


def iso_time(time: datetime | date | None) -> str | None:
    """Return a time as ISO 8601 in UTC (``2026-03-01T07:30:00Z``), a day as ``2026-03-01``."""
    if not isinstance(time, datetime):
        return None if time is None else time.isoformat()
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _quality(quality: Quality) -> dict[str, Any]:
    return {
        "usable": quality.usable,
        "sharpness": _plain(quality.sharpness),
        "clipped_fraction": _plain(quality.clipped_fraction),
        "unevenness": _plain(quality.unevenness),
        "glare": _plain(quality.glare),
        "compression": _plain(quality.compression),
        "px_per_mm": _scale(quality.px_per_mm),
        "reasons": [_reason(reason) for reason in quality.reasons],
    }


def _card(card: CardReading | None) -> dict[str, Any] | None:
    if card is None:
        return None
    return {
        "usable": card.usable,
        "kind": card.kind,
        "corners": [[_plain(float(x)), _plain(float(y))] for x, y in card.corners],
        "power": _plain(card.power),
        "residual_before_de00": _plain(card.residual_before),
        "residual_after_de00": _plain(card.residual_after),
        "unevenness": _plain(card.unevenness),
        "reasons": [_reason(reason) for reason in card.reasons],
    }


def _grey(grey: GreyReading | None) -> dict[str, Any] | None:
    if grey is None:
        return None
    return {
        "usable": grey.usable,
        "rgb": _plain(grey.rgb),
        "spread": _plain(grey.spread),
        "reasons": [_reason(reason) for reason in grey.reasons],
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "code": reason.code,
        "message": reason.message,
        "advice": reason.advice,
        "value": _plain(reason.value),
        "limit": _plain(reason.limit),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "effect": finding.effect,
        "attributes": list(finding.attributes),
        "regions": list(finding.regions),
        "bases": list(finding.bases),
        "message": finding.message,
        "advice": finding.advice,
        "value": _plain(finding.value),
        "limit": _plain(finding.limit),
        "factors": _plain(finding.factors),
    }


def _protocol(protocol: Protocol | None) -> dict[str, Any] | None:
    if protocol is None:
        return None
    steps = [
        {
            "code": step.code,
            "advice": step.advice,
            "sdc": {
                kind: {"now": _plain(n), "then": _plain(t)} for kind, (n, t) in step.sdc.items()
            },
        }
        for step in protocol.steps
    ]
    return {"level": protocol.level, "highest": protocol.highest, "steps": steps}


def _scale(scale: Scale | None) -> dict[str, Any] | None:
    return None if scale is None else {name: _plain(n) for name, n in scale._asdict().items()}


def _score(score: Score) -> dict[str, Any]:
    plain = {field: _plain(getattr(score, field)) for field in _SCORE_FIELDS}
    return plain | {"details": _plain(score.details)}


def _plain(value: Any) -> Any:
    """Return a value of the kinds that JSON knows; numbers of NumPy become plain numbers."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime | date):
        return iso_time(value)
    if hasattr(value, "item"):  # a NumPy scalar
        return _plain(value.item())
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"a result holds the number {value}; it must be None with a reason")
        return value
    raise ValueError(f"a result holds {type(value).__name__}, which JSON does not know: {value!r}")

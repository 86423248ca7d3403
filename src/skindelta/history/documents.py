"""What the record and a timeline hold, as JSON data.

The schemas are ``skindelta.timeline/1`` and ``skindelta.person/1``.
Times are ISO 8601 in UTC. A number that could not be measured is null beside its reason.
"""

from datetime import datetime
from typing import Any

from ..contract import iso_time
from ..record import Record, Session, Site, Subject, Symptom, Treatment
from ..recovery import NOT_A_DIAGNOSIS, SOURCES, Flag
from .points import Point
from .statistics import Trend
from .timeline import Series, Timeline

__all__ = [
    "PERSON_SCHEMA",
    "TIMELINE_SCHEMA",
    "flag_to_dict",
    "person_to_dict",
    "session_to_dict",
    "site_to_dict",
    "subject_to_dict",
    "symptom_to_dict",
    "timeline_rows",
    "timeline_to_dict",
    "treatment_to_dict",
]

TIMELINE_SCHEMA = "skindelta.timeline/1"
PERSON_SCHEMA = "skindelta.person/1"
Document = dict[str, Any]


def subject_to_dict(subject: Subject) -> Document:
    """Return what is told of a person."""
    consent = subject.consent
    return {
        "pseudonym": subject.pseudonym,
        "birth_year": subject.birth_year,
        "fitzpatrick": subject.fitzpatrick,
        "consent": {
            "measuring": consent.measuring,
            "training": consent.training,
            "showing": consent.showing,
        },
        "note": subject.note,
        "id": str(subject.id),
    }


def site_to_dict(site: Site) -> Document:
    """Return a body site."""
    return {
        "name": site.name,
        "close_up": site.close_up,
        "px_per_mm": site.px_per_mm,
        "id": str(site.id),
    }


def session_to_dict(session: Session) -> Document:
    """Return a session with what is known of its photos."""
    return {
        "id": str(session.id),
        "taken_at": iso_time(session.taken_at),
        "site": session.site,
        "is_baseline": session.is_baseline,
        "note": session.note,
        "photos": [
            {
                "id": str(photo.id),
                "name": photo.name,
                "sha256": photo.sha256,
                "bytes": photo.size,
                "taken_at": iso_time(photo.taken_at),
                "camera": photo.camera,
            }
            for photo in session.photos
        ],
    }


def treatment_to_dict(treatment: Treatment) -> Document:
    """Return a treatment."""
    return {
        "id": str(treatment.id),
        "at": iso_time(treatment.at),
        "kind": treatment.kind,
        "setting": treatment.setting,
        "site": treatment.site,
        "device": treatment.device,
        "depth_mm": treatment.depth_mm,
        "passes": treatment.passes,
        "area": treatment.area,
        "topicals": list(treatment.topicals),
        "note": treatment.note,
    }


def symptom_to_dict(symptom: Symptom) -> Document:
    """Return what a person reported."""
    return {
        "id": str(symptom.id),
        "at": iso_time(symptom.at),
        "kind": symptom.kind,
        "severity": symptom.severity,
        "note": symptom.note,
    }


def person_to_dict(record: Record, pseudonym: str) -> Document:
    """Return all that is kept of a person, what was measured among it; photos by their sha256.

    Raises
    ------
    RecordError
        There is nobody of that pseudonym.
    """
    compared = record.comparisons(pseudonym)
    return {
        "schema": PERSON_SCHEMA,
        "subject": subject_to_dict(record.subject(pseudonym)),
        "sites": [site_to_dict(one) for one in record.sites(pseudonym)],
        "sessions": [session_to_dict(one) for one in record.sessions(pseudonym)],
        "treatments": [treatment_to_dict(one) for one in record.treatments(pseudonym)],
        "symptoms": [symptom_to_dict(one) for one in record.symptoms(pseudonym)],
        "comparisons": [
            {"before": str(before), "after": str(after), "model": model, "result": document}
            for (before, after, model), document in compared.items()
        ],
        "audit": [
            {"at": iso_time(at), "action": action, "about": about}
            for at, action, about in record.audit(pseudonym)
        ],
    }


def timeline_to_dict(timeline: Timeline) -> Document:
    """Return a timeline: series of the whole and of every region, flags, what to expect.

    Parameters
    ----------
    timeline : Timeline

    Returns
    -------
    dict
    """
    outlook = timeline.outlook
    return {
        "schema": TIMELINE_SCHEMA,
        "subject": subject_to_dict(timeline.subject),
        "site": site_to_dict(timeline.site),
        "model": timeline.model,
        "until": iso_time(timeline.now),
        "baseline": str(timeline.baseline.id) if timeline.baseline else None,
        "sessions": [
            session_to_dict(session) | {"too_early": timeline.is_too_early(session)}
            for session in timeline.sessions
        ],
        "treatments": [treatment_to_dict(one) for one in timeline.treatments],
        "symptoms": [symptom_to_dict(one) for one in timeline.symptoms],
        "unscored": timeline.unscored,
        "series": [_series(one) for one in timeline.all_series],
        "flags": [flag_to_dict(flag) for flag in timeline.flags],
        "outlook": {
            "treatment": str(outlook.treatment.id) if outlook.treatment else None,
            "expected": [
                {"what": one.what, "text": one.text, "sources": list(one.sources)}
                for one in outlook.expected
            ],
            "aftercare": list(outlook.aftercare),
            "pigment_watch": [iso_time(at) for at in outlook.watch],
            "results_due": [iso_time(at) for at in outlook.due],
        },
        "sources": SOURCES,
        "note": NOT_A_DIAGNOSIS,
        "made_with": timeline.made_with,
    }


def timeline_rows(timeline: Timeline) -> list[Document]:
    """Return one flat row per session and series, for a table."""
    return [
        {
            "subject": timeline.subject.pseudonym,
            "site": timeline.site.name,
            "session": str(point.session.id),
            "taken_at": iso_time(point.session.taken_at),
            "against": iso_time(point.against.taken_at),
            "attribute": series.kind.attribute,
            "region": series.kind.region,
            "basis": series.kind.basis,
            "unit": series.kind.unit,
            **_numbers(point),
            "model": timeline.model,
        }
        for series in timeline.all_series
        for point in series.points
    ]


def _series(series: Series) -> Document:
    own, trend = series.own, series.trend
    return {
        "attribute": series.kind.attribute,
        "region": series.kind.region,
        "basis": series.kind.basis,
        "unit": series.kind.unit,
        "against_baseline": [_point(point) for point in series.points],
        "against_before": [_point(point) for point in series.steps],
        "own_noise": own._asdict() if own else None,
        "trend": _trend(trend) if trend else None,
        "no_trend": series.no_trend or None,
        "left_out_of_trend": series.left_out,
        "measured_otherwise": series.otherwise,
    }


def _trend(trend: Trend) -> Document:
    told = trend._asdict() | {"is_beyond_noise": trend.is_beyond_noise}
    del told["ends"]  # of the drawing
    return told


def _point(point: Point) -> Document:
    about = {"session": str(point.session.id), "against": str(point.against.id)}
    return about | {"is_earlier": point.is_earlier} | _numbers(point)


def _numbers(point: Point) -> Document:
    return {
        "value": point.value,
        "low": point.low,
        "high": point.high,
        "sdc": point.sdc,
        "verdict": point.verdict,
        "reason": point.reason or None,
        "shots": point.shots,
        "taken": point.taken,
        "reference": point.reference,
        "source": point.source or None,
    }


def flag_to_dict(flag: Flag) -> Document:
    """Return a flag."""
    at: datetime = flag.at
    return {
        "level": flag.level,
        "at": iso_time(at),
        "code": flag.code,
        "text": flag.text,
        "sources": list(flag.sources),
    }

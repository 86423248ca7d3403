"""Verbs: models, training, labels, record, page. Each parses, calls one function and prints."""

from .events import symptom, treatment
from .label import label
from .labels import labels
from .models import models
from .over_time import report, timeline
from .page import serve
from .people import site, subject
from .record import record
from .sessions import session
from .training import evaluate, train

__all__ = [
    "evaluate",
    "label",
    "labels",
    "models",
    "record",
    "report",
    "serve",
    "session",
    "site",
    "subject",
    "symptom",
    "timeline",
    "train",
    "treatment",
]

for _group in (subject, site, session, treatment, symptom):
    record.add_typer(_group)

"""The verbs of models, record and page: each parses, calls one public function and prints."""

from .events import symptom, treatment
from .models import models
from .over_time import report, timeline
from .page import serve
from .people import site, subject
from .record import record
from .sessions import session

__all__ = [
    "models",
    "record",
    "report",
    "serve",
    "session",
    "site",
    "subject",
    "symptom",
    "timeline",
    "treatment",
]

for _group in (subject, site, session, treatment, symptom):
    record.add_typer(_group)

"""The verbs of the record and of the page: each parses, calls one public function and prints."""

from .events import symptom, treatment
from .over_time import report, timeline
from .page import serve
from .people import site, subject
from .record import record
from .sessions import session

__all__ = [
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

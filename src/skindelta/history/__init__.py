"""Photos become sessions, sessions are scored, and all of them tell how skin changed."""

from .aftermath import Aftermath, aftermath
from .documents import (
    flag_to_dict,
    person_to_dict,
    session_to_dict,
    site_to_dict,
    subject_to_dict,
    symptom_to_dict,
    timeline_rows,
    timeline_to_dict,
    treatment_to_dict,
)
from .folders import Imported, import_folder
from .outlook import Outlook, is_before, is_healing, treated
from .points import Kind, Point
from .scoring import Scored, add_session, compare_sessions, model_name, rescore, score_session
from .shots import save_session
from .statistics import OwnNoise, Trend
from .timeline import Series, Timeline, timeline
from .watch import flags_of_symptom

__all__ = [
    "Aftermath",
    "Imported",
    "Kind",
    "Outlook",
    "OwnNoise",
    "Point",
    "Scored",
    "Series",
    "Timeline",
    "Trend",
    "add_session",
    "aftermath",
    "compare_sessions",
    "flag_to_dict",
    "flags_of_symptom",
    "import_folder",
    "is_before",
    "is_healing",
    "model_name",
    "person_to_dict",
    "rescore",
    "save_session",
    "score_session",
    "session_to_dict",
    "site_to_dict",
    "subject_to_dict",
    "symptom_to_dict",
    "timeline",
    "timeline_rows",
    "timeline_to_dict",
    "treated",
    "treatment_to_dict",
]

"""The record: people, sessions, treatments and what was measured, over months, on this machine."""

from .entries import (
    Consent,
    Session,
    Setting,
    Site,
    StoredPhoto,
    Subject,
    Symptom,
    SymptomKind,
    Treatment,
    TreatmentKind,
)
from .record import Record

__all__ = [
    "Consent",
    "Record",
    "Session",
    "Setting",
    "Site",
    "StoredPhoto",
    "Subject",
    "Symptom",
    "SymptomKind",
    "Treatment",
    "TreatmentKind",
]

"""The record: people, sessions, treatments and what was measured, over months, on this machine."""

from .backup import BackupSummary
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
from .kept import DATABASE, default_folder
from .keys import has_key
from .record import Record
from .restore import restore_backup
from .rows import ChangedMeanwhile
from .sittings import NewPhoto
from .times import read_time

__all__ = [
    "DATABASE",
    "BackupSummary",
    "ChangedMeanwhile",
    "Consent",
    "NewPhoto",
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
    "default_folder",
    "has_key",
    "read_time",
    "restore_backup",
]

"""Rows of the record as the values of :mod:`skindelta.record.entries`, and back."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session as Rows

from ..errors import RecordError
from .entries import Consent, Session, Site, StoredPhoto, Subject, Symptom, Treatment
from .tables import (
    AuditRow,
    PhotoRow,
    SessionRow,
    SiteRow,
    SubjectRow,
    SymptomRow,
    TreatmentRow,
)

__all__ = [
    "ChangedMeanwhile",
    "add_site_row",
    "as_photo_row",
    "as_session",
    "as_subject",
    "as_symptom",
    "as_treatment",
    "clear_baseline",
    "earliest_is_baseline",
    "file_names",
    "is_unused",
    "note",
    "own_row",
    "refuse_changed",
    "rows_of",
    "site_row",
    "subject_row",
    "told_of",
]


class ChangedMeanwhile(RecordError):
    """An entry is no longer what it was when somebody read it to change it."""


def refuse_changed(row: object, expected: object, what: str) -> None:
    """Raise ChangedMeanwhile where a row is not what was expected; None expects nothing.

    Parameters
    ----------
    row, expected : object
        An entry as it is, and as it was read.
    what : str
        What it is called.
    """
    if expected is not None and row != expected:
        raise ChangedMeanwhile(
            f"this {what} was changed meanwhile, in another window or by another program: nothing "
            "was saved; look at what is there now, then change it again"
        )


def subject_row(rows: Rows, pseudonym: str) -> SubjectRow:
    """Return a person; raises RecordError, with those there are, where there is none."""
    row = rows.scalar(select(SubjectRow).where(SubjectRow.pseudonym == pseudonym))
    if row is None:
        known = rows.scalars(select(SubjectRow.pseudonym).order_by(SubjectRow.pseudonym)).all()
        raise RecordError(f"there is no person {pseudonym!r} (there are: {_listed(known)})")
    return row


def site_row(rows: Rows, subject: SubjectRow, name: str) -> SiteRow:
    """Return a body site of a person; raises RecordError, with those there are."""
    own = SiteRow.subject_id == subject.id
    row = rows.scalar(select(SiteRow).where(own, SiteRow.name == name))
    if row is None:
        known = rows.scalars(select(SiteRow.name).where(own).order_by(SiteRow.name)).all()
        raise RecordError(
            f"{subject.pseudonym!r} has no body site {name!r} (there are: {_listed(known)}); add it"
        )
    return row


def own_row(rows: Rows, table: type[Any], subject: SubjectRow, entry: UUID, what: str) -> Any:
    """Return a row that belongs to a person; raises RecordError where it does not."""
    row = rows.get(table, entry)
    if row is None or row.subject_id != subject.id:
        raise RecordError(f"{subject.pseudonym!r} has no {what} {entry}: list them first")
    return row


def rows_of(rows: Rows, table: type[Any], pseudonym: str) -> Any:
    """Return all rows of a table that belong to a person, the oldest first."""
    subject = subject_row(rows, pseudonym)
    wanted = select(table).where(table.subject_id == subject.id)
    return rows.scalars(wanted.order_by(table.at, table.id))


def add_site_row(rows: Rows, subject: UUID, site: Site) -> None:
    """Add a body site; raises RecordError where there is one of that name."""
    if rows.scalar(
        select(SiteRow.id).where(SiteRow.subject_id == subject, SiteRow.name == site.name)
    ):
        raise RecordError(f"there is a body site {site.name!r} already")
    rows.add(
        SiteRow(
            id=site.id,
            subject_id=subject,
            name=site.name,
            close_up=site.close_up,
            px_per_mm=site.px_per_mm,
        )
    )
    rows.flush()


def clear_baseline(rows: Rows, site: UUID) -> None:
    """Let no session of a body site be its baseline."""
    rows.execute(update(SessionRow).where(SessionRow.site_id == site).values(is_baseline=False))


def earliest_is_baseline(rows: Rows, site: UUID) -> None:
    """Let the first session of a body site be its baseline, if there is one."""
    wanted = select(SessionRow).where(SessionRow.site_id == site).order_by(SessionRow.taken_at)
    earliest = rows.scalars(wanted).first()
    if earliest is not None:
        earliest.is_baseline = True


def file_names(rows: Rows, *wanted: ColumnElement[bool]) -> set[str]:
    """Return the names of all files that photos have, thumbnails among them; of some if wanted."""
    found = rows.execute(select(PhotoRow.sha256, PhotoRow.thumbnail).where(*wanted))
    return {name for names in found for name in names if name is not None}


def is_unused(rows: Rows) -> bool:
    """Tell whether nothing was ever done in this database: erasing, too, is noted."""
    return rows.scalar(select(AuditRow.id).limit(1)) is None


def note(rows: Rows, subject: UUID | None, action: str, about: str) -> None:
    """Say in the audit log what was done."""
    rows.add(AuditRow(at=datetime.now(UTC), subject_id=subject, action=action, about=about))


def told_of(subject: Subject) -> dict[str, Any]:
    """Return the columns of what is told of a person."""
    return {
        "birth_year": subject.birth_year,
        "fitzpatrick": subject.fitzpatrick,
        "may_measure": subject.consent.measuring,
        "may_train": subject.consent.training,
        "may_show": subject.consent.showing,
        "note": subject.note,
    }


def as_subject(row: SubjectRow) -> Subject:
    """Return a row as a value."""
    consent = Consent(row.may_measure, row.may_train, row.may_show)
    return Subject(row.pseudonym, row.birth_year, row.fitzpatrick, consent, row.note, row.id)


def as_session(row: SessionRow) -> Session:
    """Return a row as a value, with its photos."""
    photos = tuple(
        StoredPhoto(p.sha256, p.name, p.size, p.taken_at, p.camera, p.thumbnail, p.id)
        for p in row.photos
    )
    return Session(row.taken_at, row.site.name, photos, row.is_baseline, row.note, row.id)


def as_photo_row(photo: StoredPhoto, session: SessionRow, position: int) -> PhotoRow:
    """Return a photo of a session as a row; what cameras and systems told is made to fit."""
    name, camera = (
        text and text.replace("\0", "").encode(errors="backslashreplace").decode()
        for text in (photo.name, photo.camera)
    )
    return PhotoRow(
        id=photo.id,
        subject_id=session.subject_id,
        session_id=session.id,
        position=position,
        sha256=photo.sha256,
        thumbnail=photo.thumbnail,
        name=(name or "")[-255:],
        size=photo.size,
        taken_at=photo.taken_at,
        camera=camera and camera[:200],
    )


def as_treatment(row: TreatmentRow) -> Treatment:
    """Return a row as a value."""
    return Treatment(
        at=row.at,
        kind=row.kind,  # type: ignore[arg-type]
        setting=row.setting,  # type: ignore[arg-type]
        site=row.site.name,
        device=row.device,
        depth_mm=row.depth_mm,
        passes=row.passes,
        area=row.area,
        topicals=tuple(row.topicals),
        note=row.note,
        id=row.id,
    )


def as_symptom(row: SymptomRow) -> Symptom:
    """Return a row as a value."""
    return Symptom(row.at, row.kind, row.severity, row.note, row.id)  # type: ignore[arg-type]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"

"""A record: what was photographed, done and measured, of whom and when.

A folder holds the photos, the key and, unless another database is named, the database::

    record.db    SQLite, or any PostgreSQL by its address
    photos/      each file as it came, under its sha256
    key.json     where photos are encrypted

Files are written before the rows that name them, inside the transaction of the one writer; rows go
before their files do. So after a crash there can be files without a row, never a row without its
file, and the next start sweeps them away.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Rows

from ..errors import RecordError
from .database import Database, open_database, sqlite_url
from .entries import Session, Site, StoredPhoto, Subject, Symptom, Treatment
from .files import FileStore
from .keys import create_key, has_key, open_key
from .rows import (
    add_site_row,
    as_session,
    as_subject,
    as_treatment,
    clear_baseline,
    earliest_is_baseline,
    note,
    own_row,
    photo_names,
    rows_of,
    site_row,
    subject_row,
    told_of,
)
from .tables import (
    AuditRow,
    ComparisonRow,
    PhotoRow,
    SessionRow,
    SiteRow,
    SubjectRow,
    SymptomRow,
    TreatmentRow,
)

__all__ = ["NewPhoto", "Record"]

DATABASE = "record.db"
PHOTOS = "photos"

NewPhoto = tuple[StoredPhoto, bytes]  # what is known of a file, and what is in it


class Record:
    """Everything that is kept.

    Parameters
    ----------
    folder : Path
        Made where it is missing.
    url : str, optional
        Of a PostgreSQL database; SQLite in the folder where not given.
    passphrase : str, optional
        Needed to open photos that are encrypted.

    Raises
    ------
    RecordError
        The folder or database cannot be used, or the passphrase is wrong.
    """

    def __init__(self, folder: Path, url: str | None = None, passphrase: str | None = None) -> None:
        self.folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise RecordError(f"{folder} cannot be made: {error.strerror}") from error
        key = None
        if has_key(folder) and passphrase is not None:
            key = open_key(folder, passphrase)
        self._has_opened = key is not None
        self._files = FileStore(folder / PHOTOS, key)
        self._database: Database = open_database(url or sqlite_url(folder / DATABASE))
        try:
            self._sweep()
        except BaseException:
            self._database.close()
            raise

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def __enter__(self) -> "Record":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def encrypt(self, passphrase: str) -> int:
        """Set up a key and encrypt every photo; return how many were.

        Raises
        ------
        RecordError
            There is a key already, or the passphrase is too short.
        """
        key = create_key(self.folder, passphrase)
        self._files, self._has_opened = FileStore(self.folder / PHOTOS, key), True
        with self._database.writing() as rows:
            note(rows, None, "encrypt", "all photos")
            return self._files.seal()

    # Subjects

    def add_subject(self, subject: Subject, site: Site | None = None) -> Subject:
        """Add a person with one body site (the face, where not said).

        Raises
        ------
        RecordError
            There is one of that pseudonym already.
        """
        with self._database.writing() as rows:
            if rows.scalar(select(SubjectRow.id).where(SubjectRow.pseudonym == subject.pseudonym)):
                raise RecordError(f"there is a person {subject.pseudonym!r} already")
            rows.add(
                SubjectRow(
                    id=subject.id,
                    pseudonym=subject.pseudonym,
                    added_at=datetime.now(UTC),
                    **told_of(subject),
                )
            )
            rows.flush()
            add_site_row(rows, subject.id, site or Site())
            note(rows, subject.id, "add subject", "")
        return subject

    def change_subject(self, pseudonym: str, subject: Subject) -> Subject:
        """Replace what is told of a person, its pseudonym among it; the sessions stay."""
        with self._database.writing() as rows:
            row = subject_row(rows, pseudonym)
            other = select(SubjectRow.id).where(SubjectRow.pseudonym == subject.pseudonym)
            if subject.pseudonym != pseudonym and rows.scalar(other):
                raise RecordError(f"there is a person {subject.pseudonym!r} already")
            row.pseudonym = subject.pseudonym
            for name, value in told_of(subject).items():
                setattr(row, name, value)
            note(rows, row.id, "change subject", "")
            return as_subject(row)

    def subjects(self) -> tuple[Subject, ...]:
        """Return all people, by pseudonym."""
        with self._database.reading() as rows:
            found = rows.scalars(select(SubjectRow).order_by(SubjectRow.pseudonym))
            return tuple(map(as_subject, found))

    def subject(self, pseudonym: str) -> Subject:
        """Return one person; raises RecordError, with those there are, where there is none."""
        with self._database.reading() as rows:
            return as_subject(subject_row(rows, pseudonym))

    def erase_subject(self, pseudonym: str) -> int:
        """Erase one person so that nothing is left: rows, photos, what the database had of them.

        Returns
        -------
        int
            How many photos went.
        """
        with self._database.writing() as rows:
            row = subject_row(rows, pseudonym)
            names = photo_names(rows, row.id)
            rows.execute(delete(SubjectRow).where(SubjectRow.id == row.id))
            note(rows, None, "erase subject", "")
        self._forget(names)
        self._database.scrub()
        return len(names)

    # Body sites

    def add_site(self, pseudonym: str, site: Site) -> Site:
        """Add a body site; raises RecordError where the person has one of that name."""
        with self._database.writing() as rows:
            subject = subject_row(rows, pseudonym)
            add_site_row(rows, subject.id, site)
            note(rows, subject.id, "add site", site.name)
        return site

    def sites(self, pseudonym: str) -> tuple[Site, ...]:
        """Return the body sites of a person, by name."""
        with self._database.reading() as rows:
            subject = subject_row(rows, pseudonym)
            found = rows.scalars(
                select(SiteRow).where(SiteRow.subject_id == subject.id).order_by(SiteRow.name)
            )
            return tuple(Site(row.name, row.close_up, row.px_per_mm, row.id) for row in found)

    # Sessions

    def add_session(self, pseudonym: str, session: Session, photos: Sequence[NewPhoto]) -> Session:
        """Keep a session with its photos: all of it, or nothing.

        The first session of a body site is its baseline.

        Parameters
        ----------
        pseudonym : str
        session : Session
        photos : sequence of (StoredPhoto, bytes)
            Their sha256 is made anew.

        Returns
        -------
        Session
            As it was saved.

        Raises
        ------
        RecordError
            No photo, one that this person has already, an unknown body site, no consent, a
            record whose key was not given, a full disk.
        """
        if not photos:
            raise RecordError("a session has at least one photo; three are better")
        try:
            return self._save_session(pseudonym, session, photos)
        except BaseException:
            with suppress(RecordError):  # then the next start sweeps them away
                self._forget({hashlib.sha256(data).hexdigest() for _, data in photos})
            raise

    def _save_session(
        self, pseudonym: str, session: Session, photos: Sequence[NewPhoto]
    ) -> Session:
        """Write files and rows in one transaction."""
        with self._database.writing() as rows:
            if has_key(self.folder) and not self._has_opened:  # since when, does not matter
                raise RecordError("the photos of this record are encrypted: give its passphrase")
            subject = subject_row(rows, pseudonym)
            if not subject.may_measure:
                raise RecordError(f"{pseudonym!r} did not agree to be measured: nothing was saved")
            site = site_row(rows, subject, session.site)
            kept = self._kept(rows, subject, photos)
            first = rows.scalar(select(SessionRow.id).where(SessionRow.site_id == site.id)) is None
            row = SessionRow(
                id=session.id,
                subject_id=subject.id,
                site_id=site.id,
                taken_at=session.taken_at,
                is_baseline=first or session.is_baseline,
                note=session.note,
            )
            if row.is_baseline and not first:
                clear_baseline(rows, site.id)
            rows.add(row)
            rows.flush()
            rows.add_all(
                PhotoRow(
                    id=photo.id,
                    subject_id=subject.id,
                    session_id=session.id,
                    position=position,
                    sha256=photo.sha256,
                    name=photo.name[-255:],
                    size=photo.size,
                    taken_at=photo.taken_at,
                    camera=photo.camera,
                )
                for position, photo in enumerate(kept)
            )
            rows.flush()
            note(rows, subject.id, "add session", f"{session.taken_at:%Y-%m-%d}, {len(kept)}")
            return as_session(row)

    def sessions(self, pseudonym: str, site: str | None = None) -> tuple[Session, ...]:
        """Return the sessions of a person, the oldest first; of one body site where named."""
        with self._database.reading() as rows:
            subject = subject_row(rows, pseudonym)
            wanted = select(SessionRow).where(SessionRow.subject_id == subject.id)
            if site is not None:
                wanted = wanted.where(SessionRow.site_id == site_row(rows, subject, site).id)
            found = rows.scalars(wanted.order_by(SessionRow.taken_at, SessionRow.id))
            return tuple(map(as_session, found))

    def choose_baseline(self, pseudonym: str, session: UUID) -> None:
        """Hold the sessions of its body site against this one."""
        with self._database.writing() as rows:
            row = own_row(rows, SessionRow, subject_row(rows, pseudonym), session, "session")
            clear_baseline(rows, row.site_id)
            row.is_baseline = True
            note(rows, row.subject_id, "choose baseline", f"{row.taken_at:%Y-%m-%d}")

    def delete_session(self, pseudonym: str, session: UUID) -> None:
        """Delete a session with its photos and what was measured of them."""
        with self._database.writing() as rows:
            subject = subject_row(rows, pseudonym)
            row = own_row(rows, SessionRow, subject, session, "session")
            names = {photo.sha256 for photo in row.photos}
            day, site, was_baseline = row.taken_at, row.site_id, row.is_baseline
            rows.execute(delete(SessionRow).where(SessionRow.id == session))
            if was_baseline:
                earliest_is_baseline(rows, site)
            note(rows, subject.id, "delete session", f"{day:%Y-%m-%d}")
        self._forget(names)

    def photo(self, sha256: str) -> bytes:
        """Return the file of a photo as it came; raises RecordError as :meth:`FileStore.get`."""
        return self._files.get(sha256)

    # Treatments and symptoms

    def add_treatment(self, pseudonym: str, treatment: Treatment) -> Treatment:
        """Add what was done; raises RecordError for an unknown body site."""
        with self._database.writing() as rows:
            subject = subject_row(rows, pseudonym)
            site = site_row(rows, subject, treatment.site)
            rows.add(
                TreatmentRow(
                    id=treatment.id,
                    subject_id=subject.id,
                    site_id=site.id,
                    at=treatment.at,
                    kind=treatment.kind,
                    setting=treatment.setting,
                    device=treatment.device,
                    depth_mm=treatment.depth_mm,
                    passes=treatment.passes,
                    area=treatment.area,
                    topicals=list(treatment.topicals),
                    note=treatment.note,
                )
            )
            note(rows, subject.id, "add treatment", f"{treatment.at:%Y-%m-%d}, {treatment.kind}")
        return treatment

    def treatments(self, pseudonym: str) -> tuple[Treatment, ...]:
        """Return the treatments of a person, the oldest first."""
        with self._database.reading() as rows:
            found = rows_of(rows, TreatmentRow, pseudonym)
            return tuple(map(as_treatment, found))

    def delete_treatment(self, pseudonym: str, treatment: UUID) -> None:
        """Delete one treatment."""
        self._delete(pseudonym, TreatmentRow, treatment, "treatment")

    def add_symptom(self, pseudonym: str, symptom: Symptom) -> Symptom:
        """Add what a person reports."""
        with self._database.writing() as rows:
            subject = subject_row(rows, pseudonym)
            rows.add(
                SymptomRow(
                    id=symptom.id,
                    subject_id=subject.id,
                    at=symptom.at,
                    kind=symptom.kind,
                    severity=symptom.severity,
                    note=symptom.note,
                )
            )
            note(rows, subject.id, "add symptom", f"{symptom.at:%Y-%m-%d}, {symptom.kind}")
        return symptom

    def symptoms(self, pseudonym: str) -> tuple[Symptom, ...]:
        """Return the symptoms of a person, the oldest first."""
        with self._database.reading() as rows:
            found = rows_of(rows, SymptomRow, pseudonym)
            return tuple(Symptom(row.at, row.kind, row.severity, row.note, row.id) for row in found)

    def delete_symptom(self, pseudonym: str, symptom: UUID) -> None:
        """Delete one symptom."""
        self._delete(pseudonym, SymptomRow, symptom, "symptom")

    # What was measured

    def add_comparison(
        self, pseudonym: str, before: UUID, after: UUID, model: str, document: dict[str, Any]
    ) -> None:
        """Keep what was measured between two photos; an older result of the model goes.

        Parameters
        ----------
        pseudonym : str
        before, after : UUID
            Photos of this person.
        model : str
            The network that was asked for, or ``formula``.
        document : dict
            From :func:`skindelta.contract.comparison_to_dict`.
        """
        with self._database.writing() as rows:
            subject = subject_row(rows, pseudonym)
            for photo in (before, after):
                own_row(rows, PhotoRow, subject, photo, "photo")
            pair = (ComparisonRow.before_id == before, ComparisonRow.after_id == after)
            rows.execute(delete(ComparisonRow).where(*pair, ComparisonRow.model == model))
            rows.add(
                ComparisonRow(
                    id=uuid4(),
                    subject_id=subject.id,
                    before_id=before,
                    after_id=after,
                    model=model,
                    made_at=datetime.now(UTC),
                    document=document,
                )
            )

    def comparisons(
        self, pseudonym: str, model: str | None = None
    ) -> dict[tuple[UUID, UUID, str], dict[str, Any]]:
        """Return what was measured, by (before, after, model); of one model where named."""
        with self._database.reading() as rows:
            subject = subject_row(rows, pseudonym)
            wanted = select(ComparisonRow).where(ComparisonRow.subject_id == subject.id)
            if model is not None:
                wanted = wanted.where(ComparisonRow.model == model)
            return {
                (row.before_id, row.after_id, row.model): row.document
                for row in rows.scalars(wanted)
            }

    def audit(self, pseudonym: str | None = None) -> tuple[tuple[datetime, str, str], ...]:
        """Return (time, action, about) of what was changed, of one person where named."""
        with self._database.reading() as rows:
            wanted = select(AuditRow).order_by(AuditRow.at, AuditRow.id)
            if pseudonym is not None:
                wanted = wanted.where(AuditRow.subject_id == subject_row(rows, pseudonym).id)
            return tuple((row.at, row.action, row.about) for row in rows.scalars(wanted))

    # Helpers

    def _kept(
        self, rows: Rows, subject: SubjectRow, photos: Sequence[NewPhoto]
    ) -> list[StoredPhoto]:
        """Write the files, the same photo never twice; return their entries."""
        kept: list[StoredPhoto] = []
        for photo, data in photos:
            name = self._files.put(data)
            again = (
                select(SessionRow.taken_at)
                .join(PhotoRow.__table__)
                .where(PhotoRow.subject_id == subject.id, PhotoRow.sha256 == name)
            )
            before = rows.scalar(again)
            if before is not None:
                raise RecordError(
                    f"{photo.name} is in the session of {before:%Y-%m-%d}: nothing was saved"
                )
            if name in {one.sha256 for one in kept}:
                raise RecordError(f"{photo.name} was given twice: nothing was saved")
            kept.append(
                StoredPhoto(name, photo.name, len(data), photo.taken_at, photo.camera, photo.id)
            )
        return kept

    def _delete(self, pseudonym: str, table: type[Any], entry: UUID, what: str) -> None:
        with self._database.writing() as rows:
            subject = subject_row(rows, pseudonym)
            rows.delete(own_row(rows, table, subject, entry, what))
            note(rows, subject.id, f"delete {what}", "")

    def _forget(self, names: set[str]) -> None:
        """Remove the files that no row names any more, while nobody else writes."""
        with self._database.writing() as rows:
            still = rows.scalars(select(PhotoRow.sha256).where(PhotoRow.sha256.in_(names)))
            self._files.delete(names - set(still))

    def _sweep(self) -> None:
        """Remove files that no row names: of a session that was being saved in a crash."""
        with self._database.writing() as rows:
            self._files.sweep(rows.scalars(select(PhotoRow.sha256)).all())

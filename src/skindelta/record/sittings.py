"""Sessions and their photos: files and rows together, or nothing of them."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Rows
from sqlalchemy.orm import selectinload

from ..errors import RecordError
from .entries import Session, StoredPhoto
from .kept import Kept
from .rows import (
    as_photo_row,
    as_session,
    clear_baseline,
    earliest_is_baseline,
    file_names,
    own_row,
    refuse_changed,
    site_row,
    subject_row,
)
from .rows import note as audited
from .tables import PhotoRow, SessionRow, SubjectRow

__all__ = ["NewPhoto", "Sittings"]


class NewPhoto(NamedTuple):
    """A photo that is to be kept.

    Attributes
    ----------
    photo : StoredPhoto
        What is known of the file.
    data : bytes
        What is in the file.
    thumbnail : bytes
        A small picture of it, as a file; empty where there is none.
    """

    photo: StoredPhoto
    data: bytes
    thumbnail: bytes = b""


class Sittings(Kept):
    """The sessions of a record, with their photos."""

    def add_session(
        self,
        pseudonym: str,
        session: Session,
        photos: Sequence[NewPhoto | tuple[StoredPhoto, bytes]],
    ) -> Session:
        """Keep a session with its photos: all of it, or nothing.

        The first session of a body site is its baseline.

        Parameters
        ----------
        pseudonym : str
        session : Session
        photos : sequence of NewPhoto
            Or (StoredPhoto, bytes), without a thumbnail. Their sha256 are made anew.

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
        new = [NewPhoto(*one) for one in photos]
        try:
            return self._save_session(pseudonym, session, new)
        except BaseException:
            with suppress(RecordError):  # then the next start sweeps them away
                self._forget(_hashed(data) for one in new for data in (one.data, one.thumbnail))
            raise

    def _save_session(self, pseudonym: str, session: Session, photos: list[NewPhoto]) -> Session:
        """Write files and rows in one transaction."""
        with self._database.writing() as rows:
            self._refuse_locked()
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
            rows.add_all(as_photo_row(photo, row, place) for place, photo in enumerate(kept))
            rows.flush()
            audited(rows, subject.id, "add session", f"{session.taken_at:%Y-%m-%d}, {len(kept)}")
            return as_session(row)

    def sessions(self, pseudonym: str, site: str | None = None) -> tuple[Session, ...]:
        """Return the sessions of a person, the oldest first; of one body site where named."""
        with self._database.reading() as rows:
            subject = subject_row(rows, pseudonym)
            wanted = (
                select(SessionRow)
                .where(SessionRow.subject_id == subject.id)
                .options(selectinload(SessionRow.photos), selectinload(SessionRow.site))
            )
            if site is not None:
                wanted = wanted.where(SessionRow.site_id == site_row(rows, subject, site).id)
            found = rows.scalars(wanted.order_by(SessionRow.taken_at, SessionRow.id))
            return tuple(map(as_session, found))

    def change_session(
        self,
        pseudonym: str,
        session: UUID,
        taken_at: datetime | None = None,
        note: str | None = None,
        expected: Session | None = None,
    ) -> Session:
        """Correct when a session was, or its note; what is None stays.

        What was measured is of photos against photos, so all of it stays.

        Parameters
        ----------
        pseudonym : str
        session : UUID
        taken_at : datetime, optional
            With a time zone.
        note : str, optional
        expected : Session, optional
            As it was read; where time or note are others by now, nothing is changed.

        Returns
        -------
        Session
            As it is now.

        Raises
        ------
        RecordError
            There is no such session, the time cannot be right, or it is not as expected; nothing
            was changed.
        """
        with self._database.writing() as rows:
            subject = subject_row(rows, pseudonym)
            row = own_row(rows, SessionRow, subject, session, "session")
            old = as_session(row)
            if expected is not None:  # another baseline is no conflict
                told = expected.taken_at, expected.note
                refuse_changed((old.taken_at, old.note), told, "session")
            new = replace(
                old,
                taken_at=old.taken_at if taken_at is None else taken_at,
                note=old.note if note is None else note,
            )
            row.taken_at, row.note = new.taken_at, new.note
            moved = f" to {new.taken_at:%Y-%m-%d}" if new.taken_at != old.taken_at else ""
            audited(rows, subject.id, "change session", f"{old.taken_at:%Y-%m-%d}{moved}")
        return new

    def people_with(self, data: bytes) -> tuple[tuple[str, datetime], ...]:
        """Return who has this very photo, and in the session of what time.

        Parameters
        ----------
        data : bytes
            What is in the file.
        """
        with self._database.reading() as rows:
            found = rows.execute(
                select(SubjectRow.pseudonym, SessionRow.taken_at)
                .join(SessionRow, SessionRow.subject_id == SubjectRow.id)
                .join(PhotoRow, PhotoRow.session_id == SessionRow.id)
                .where(PhotoRow.sha256 == _hashed(data))
                .order_by(SubjectRow.pseudonym)
            )
            return tuple((pseudonym, taken_at) for pseudonym, taken_at in found)

    def choose_baseline(self, pseudonym: str, session: UUID) -> None:
        """Hold the sessions of its body site against this one."""
        with self._database.writing() as rows:
            row = own_row(rows, SessionRow, subject_row(rows, pseudonym), session, "session")
            clear_baseline(rows, row.site_id)
            row.is_baseline = True
            audited(rows, row.subject_id, "choose baseline", f"{row.taken_at:%Y-%m-%d}")

    def delete_session(self, pseudonym: str, session: UUID) -> None:
        """Delete a session with its photos and what was measured of them."""
        with self._database.writing() as rows:
            subject = subject_row(rows, pseudonym)
            row = own_row(rows, SessionRow, subject, session, "session")
            names = file_names(rows, PhotoRow.session_id == session)
            day, site, was_baseline = row.taken_at, row.site_id, row.is_baseline
            rows.execute(delete(SessionRow).where(SessionRow.id == session))
            if was_baseline:
                earliest_is_baseline(rows, site)
            audited(rows, subject.id, "delete session", f"{day:%Y-%m-%d}")
        self._forget(names)

    def photo(self, sha256: str) -> bytes:
        """Return the file of a photo as it came, or its thumbnail, by the sha256 of either.

        Raises
        ------
        RecordError
            It is missing, damaged, or encrypted and the passphrase was not given.
        """
        return self._files.get(sha256)

    def _kept(
        self, rows: Rows, subject: SubjectRow, photos: Sequence[NewPhoto]
    ) -> list[StoredPhoto]:
        """Write the files, the same photo never twice; return their entries."""
        kept: list[StoredPhoto] = []
        for photo, data, thumbnail in photos:
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
            small = self._files.put(thumbnail) if thumbnail else None
            kept.append(
                StoredPhoto(
                    name, photo.name, len(data), photo.taken_at, photo.camera, small, photo.id
                )
            )
        return kept


def _hashed(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

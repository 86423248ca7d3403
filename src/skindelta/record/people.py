"""People and the parts of their bodies that are followed."""

from datetime import UTC, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session as Rows

from ..errors import RecordError
from .entries import Site, Subject
from .kept import Kept
from .rows import (
    add_site_row,
    as_subject,
    file_names,
    note,
    refuse_changed,
    subject_row,
    told_of,
)
from .tables import PhotoRow, SessionRow, SiteRow, SubjectRow

__all__ = ["People"]


class People(Kept):
    """The people of a record."""

    def add_subject(self, subject: Subject, site: Site | None = None) -> Subject:
        """Add a person with one body site (the face, where not said).

        Raises
        ------
        RecordError
            There is one of that pseudonym already.
        """
        with self._database.writing() as rows:
            _check_free(rows, subject.pseudonym)
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

    def change_subject(
        self, pseudonym: str, subject: Subject, expected: Subject | None = None
    ) -> Subject:
        """Replace what is told of a person, its pseudonym among it; the sessions stay.

        Parameters
        ----------
        pseudonym : str
        subject : Subject
        expected : Subject, optional
            As it was read; where it is another by now, nothing is changed.

        Raises
        ------
        RecordError
            There is no such person, the pseudonym is somebody else's, or the person is not as
            expected; nothing was changed.
        """
        with self._database.writing() as rows:
            row = subject_row(rows, pseudonym)
            refuse_changed(as_subject(row), expected, "person")
            _check_free(rows, subject.pseudonym, own=pseudonym)
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

    def session_counts(self) -> dict[str, int]:
        """Return how many sessions each person has, by pseudonym."""
        with self._database.reading() as rows:
            counted = (
                select(SubjectRow.pseudonym, func.count(SessionRow.id))
                .outerjoin(SessionRow, SessionRow.subject_id == SubjectRow.id)
                .group_by(SubjectRow.pseudonym)
                .order_by(SubjectRow.pseudonym)
            )
            return {pseudonym: count for pseudonym, count in rows.execute(counted)}

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
            names = file_names(rows, PhotoRow.subject_id == row.id)
            of_person = select(func.count()).where(PhotoRow.subject_id == row.id)
            photos = rows.scalar(of_person) or 0
            rows.execute(delete(SubjectRow).where(SubjectRow.id == row.id))
            note(rows, None, "erase subject", "")
        self._forget(names)
        self._database.scrub()
        return photos

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


def _check_free(rows: Rows, pseudonym: str, own: str = "") -> None:
    """Refuse a pseudonym that is somebody's, or differs from one by capitals alone."""
    for known in rows.scalars(select(SubjectRow.pseudonym)):
        if known != own and known.casefold() == pseudonym.casefold():
            raise RecordError(
                f"there is a person {known!r} already: choose a pseudonym that cannot be mistaken"
            )

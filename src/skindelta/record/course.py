"""What happened between the sessions: treatments, and what a person reports."""

from typing import Any
from uuid import UUID

from .entries import Symptom, Treatment
from .kept import Kept
from .rows import (
    as_symptom,
    as_treatment,
    note,
    own_row,
    refuse_changed,
    rows_of,
    site_row,
    subject_row,
)
from .tables import SymptomRow, TreatmentRow

__all__ = ["Course"]


class Course(Kept):
    """The treatments and symptoms of a record."""

    def add_treatment(self, pseudonym: str, treatment: Treatment) -> Treatment:
        """Add what was done; raises RecordError for an unknown body site."""
        with self._database.writing() as rows:
            subject = subject_row(rows, pseudonym)
            site = site_row(rows, subject, treatment.site)
            rows.add(
                TreatmentRow(
                    id=treatment.id, subject_id=subject.id, site_id=site.id, **_told(treatment)
                )
            )
            note(rows, subject.id, "add treatment", f"{treatment.at:%Y-%m-%d}, {treatment.kind}")
        return treatment

    def change_treatment(
        self, pseudonym: str, treatment: Treatment, expected: Treatment | None = None
    ) -> Treatment:
        """Replace what is told of the treatment that has the id of this one.

        Parameters
        ----------
        pseudonym : str
        treatment : Treatment
        expected : Treatment, optional
            As it was read; where it is another by now, nothing is changed.

        Raises
        ------
        RecordError
            The person has no such treatment, no such body site, or the treatment is not as
            expected; nothing was changed.
        """
        with self._database.writing() as rows:
            subject = subject_row(rows, pseudonym)
            row = own_row(rows, TreatmentRow, subject, treatment.id, "treatment")
            refuse_changed(as_treatment(row), expected, "treatment")
            row.site_id = site_row(rows, subject, treatment.site).id
            for name, value in _told(treatment).items():
                setattr(row, name, value)
            note(rows, subject.id, "change treatment", f"{treatment.at:%Y-%m-%d}, {treatment.kind}")
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

    def change_symptom(
        self, pseudonym: str, symptom: Symptom, expected: Symptom | None = None
    ) -> Symptom:
        """Replace what was reported under the id of this one.

        Parameters
        ----------
        pseudonym : str
        symptom : Symptom
        expected : Symptom, optional
            As it was read; where it is another by now, nothing is changed.

        Raises
        ------
        RecordError
            The person has no such symptom, or it is not as expected; nothing was changed.
        """
        with self._database.writing() as rows:
            subject = subject_row(rows, pseudonym)
            row = own_row(rows, SymptomRow, subject, symptom.id, "symptom")
            refuse_changed(as_symptom(row), expected, "symptom")
            row.at, row.kind = symptom.at, symptom.kind
            row.severity, row.note = symptom.severity, symptom.note
            note(rows, subject.id, "change symptom", f"{symptom.at:%Y-%m-%d}, {symptom.kind}")
        return symptom

    def symptoms(self, pseudonym: str) -> tuple[Symptom, ...]:
        """Return the symptoms of a person, the oldest first."""
        with self._database.reading() as rows:
            found = rows_of(rows, SymptomRow, pseudonym)
            return tuple(map(as_symptom, found))

    def delete_symptom(self, pseudonym: str, symptom: UUID) -> None:
        """Delete one symptom."""
        self._delete(pseudonym, SymptomRow, symptom, "symptom")


def _told(treatment: Treatment) -> dict[str, Any]:
    """Return the columns of what is told of a treatment."""
    return {
        "at": treatment.at,
        "kind": treatment.kind,
        "setting": treatment.setting,
        "device": treatment.device,
        "depth_mm": treatment.depth_mm,
        "passes": treatment.passes,
        "area": treatment.area,
        "topicals": list(treatment.topicals),
        "note": treatment.note,
    }

"""What was measured between two photos, by the model that was asked for."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select

from ..errors import RecordError
from .kept import Kept
from .rows import own_row, subject_row
from .tables import ComparisonRow, PhotoRow

__all__ = ["Measured"]


class Measured(Kept):
    """The comparisons of a record."""

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
            if not subject.may_measure:
                raise RecordError(f"{pseudonym!r} did not agree to be measured: nothing was saved")
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

    def compared(self, pseudonym: str, model: str) -> set[tuple[UUID, UUID]]:
        """Return which pairs of photos a model has measured."""
        with self._database.reading() as rows:
            subject = subject_row(rows, pseudonym)
            wanted = select(ComparisonRow.before_id, ComparisonRow.after_id).where(
                ComparisonRow.subject_id == subject.id, ComparisonRow.model == model
            )
            return {(before, after) for before, after in rows.execute(wanted)}

    def comparisons(
        self,
        pseudonym: str,
        model: str | None = None,
        read: Callable[[dict[str, Any]], Any] = lambda document: document,
    ) -> dict[tuple[UUID, UUID, str], Any]:
        """Return what was measured.

        Parameters
        ----------
        pseudonym : str
        model : str, optional
            Of one model; of all where not named.
        read : callable
            Takes what is needed from each document, of which there can be hundreds.

        Returns
        -------
        dict
            By (before, after, model).
        """
        row = ComparisonRow
        columns = row.before_id, row.after_id, row.model, row.document
        with self._database.reading() as rows:
            wanted = select(*columns).where(row.subject_id == subject_row(rows, pseudonym).id)
            if model is not None:
                wanted = wanted.where(row.model == model)
            found = rows.execute(wanted.execution_options(yield_per=4))
            return {(before, after, name): read(told) for before, after, name, told in found}

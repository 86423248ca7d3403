"""What the rows of a folder say: subject by subject, photo by photo, and how many of each verdict.

The page and the report of a folder tell the same results, so both read the rows here.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from ..attributes import ATTRIBUTES
from ..types import Score, Verdict
from .verdicts import FIRST_BASIS

__all__ = [
    "Failure",
    "FolderResults",
    "PhotoResult",
    "SubjectResults",
    "folder_results",
    "is_scored",
    "score_of_row",
]

Row = Mapping[str, Any]
VERDICTS: tuple[Verdict, ...] = ("improved", "worse", "no measurable change", "not measurable")
WHOLES = ("face", "skin")
_SCORE = ("attribute region basis value unit low high sdc verdict reason reference source").split()


class PhotoResult(NamedTuple):
    """One photo against its baseline.

    Attributes
    ----------
    name : str
    taken_at : str
        ISO 8601.
    headlines : tuple of Score
        What the whole region says, one an attribute.
    scores : tuple of Score
        All of them.
    """

    name: str
    taken_at: str
    headlines: tuple[Score, ...]
    scores: tuple[Score, ...]


class Failure(NamedTuple):
    """A photo that could not be read or scored, and why."""

    subject: str
    name: str
    error: str


class SubjectResults(NamedTuple):
    """All photos of one subject, by time.

    Attributes
    ----------
    name : str
    baseline, baseline_at : str
        Name and time of the first photo; empty where none could be dated.
    photos : tuple of PhotoResult
    failures : tuple of Failure
    lone : bool
        The first photo is the only one.
    """

    name: str
    baseline: str
    baseline_at: str
    photos: tuple[PhotoResult, ...]
    failures: tuple[Failure, ...]
    lone: bool


class FolderResults(NamedTuple):
    """All subjects."""

    subjects: tuple[SubjectResults, ...]

    @property
    def compared(self) -> int:
        """How many photos were compared with a baseline."""
        return sum(len(one.photos) for one in self.subjects)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Photos that could not be read or scored."""
        return tuple(failure for one in self.subjects for failure in one.failures)

    @property
    def counts(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Label of each attribute, and how many photos have each of `VERDICTS`."""
        heads = [s for one in self.subjects for photo in one.photos for s in photo.headlines]
        return tuple(
            (
                about.label,
                tuple(
                    sum(s.attribute == about.name and s.verdict == verdict for s in heads)
                    for verdict in VERDICTS
                ),
            )
            for about in ATTRIBUTES
        )

    @property
    def failures_by_reason(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each reason once, with the names of the photos it holds for; the most frequent first."""
        found: dict[str, list[str]] = {}
        for failure in self.failures:
            found.setdefault(_reason(failure), []).append(failure.name)
        by_count = sorted(found.items(), key=lambda item: -len(item[1]))
        return tuple((reason, tuple(names)) for reason, names in by_count)


def folder_results(rows: Iterable[Row]) -> FolderResults:
    """Put the rows of a table of scores in order.

    Parameters
    ----------
    rows : iterable of mapping
        With the fields of ``skindelta.contract.ROW_FIELDS``.

    Returns
    -------
    FolderResults
        Subjects in the order of their first row.
    """
    subjects: dict[str, list[Row]] = {}
    for row in rows:
        subjects.setdefault(row["subject"], []).append(row)
    return FolderResults(tuple(_subject(name, own) for name, own in subjects.items()))


def is_scored(row: Row) -> bool:
    """Whether a row holds a score, measurable or not."""
    return row["attribute"] is not None


def score_of_row(row: Row) -> Score:
    """Return the score of a row."""
    return Score(**{field: row[field] for field in _SCORE})


def _subject(name: str, rows: Sequence[Row]) -> SubjectResults:
    scored = [row for row in rows if is_scored(row)]
    photos = tuple(
        _photo(photo, list(own)) for photo, own in groupby(scored, key=lambda row: row["after"])
    )
    failures = tuple(Failure(name, row["after"], row["error"]) for row in rows if row["error"])
    dated = next((row for row in rows if row["before"]), None)
    baseline, baseline_at = "", ""
    if dated is not None:
        baseline, baseline_at = dated["before"], dated["before_taken_at"] or ""
    lone = any(not is_scored(row) and not row["error"] for row in rows)
    return SubjectResults(name, baseline, baseline_at, photos, failures, lone)


def _photo(name: str, rows: Sequence[Row]) -> PhotoResult:
    scores = tuple(map(score_of_row, rows))
    return PhotoResult(name, rows[0]["after_taken_at"] or "", _headlines(scores), scores)


def _headlines(scores: Sequence[Score]) -> tuple[Score, ...]:
    """One score of the whole an attribute; what was measured before what could not be."""
    found = []
    for about in ATTRIBUTES:
        first = FIRST_BASIS.get(about.name, "absolute")
        own = [s for s in scores if s.attribute == about.name and s.region in WHOLES]
        own.sort(key=lambda score: (score.value is None, score.basis != first))
        found += own[:1]
    return tuple(found)


def _reason(failure: Failure) -> str:
    """Return a sentence without the name of its photo, so that the same trouble reads alike."""
    text = failure.error.removeprefix(failure.name).strip()
    return text[:1].upper() + text[1:]

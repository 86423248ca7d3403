"""The HTML of a folder: how many of each verdict, an index of subjects, and a section for each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..attributes import ATTRIBUTES
from ..plain_words import VERDICT_CLASS, ended, on_one_line
from ..types import Score
from . import facts
from .folder_results import VERDICTS, FolderResults, PhotoResult, SubjectResults, folder_results
from .page import filled, inline, policy
from .tables import Cell, Notes, Row, Table
from .verdicts import Line, card_line

__all__ = ["folder_report_html"]

TITLE = "Photos of a folder"
ABOUT = (
    "Each photo is compared with the first of its subject. The verdicts are those of the whole "
    "face or close-up; every region stands in the table of scores (CSV)."
)


class _Told(NamedTuple):
    """One attribute of one photo; a number that is missing has that of its reason."""

    label: str
    line: Line
    verdict: str
    note: int | None


class _Shot(NamedTuple):
    """One photo of a subject."""

    when: str
    name: str
    cells: tuple[_Told, ...]


class _Subject(NamedTuple):
    """One section: its anchor, what it starts from, its photos, and sentences beside them."""

    id: str
    name: str
    baseline: str
    shots: tuple[_Shot, ...]
    sentences: tuple[str, ...]


def folder_report_html(
    rows: Iterable[Mapping[str, Any]], made_with: Mapping[str, Any], beside: Sequence[str] = ()
) -> str:
    """Return the scores of a folder as one self-contained HTML page.

    The page works offline, has no script and no photos, and can be printed. It depends on nothing
    but what is given.

    Parameters
    ----------
    rows : iterable of mapping
        With the fields of ``skindelta.contract.ROW_FIELDS``.
    made_with : mapping of str
        Version, model, options.
    beside : sequence of str
        What else is to be known of the run: that it was stopped, what was left out.

    Returns
    -------
    str
        To be written as UTF-8.
    """
    results = folder_results(rows)
    notes = Notes()
    subjects = tuple(
        _subject(number, one, notes) for number, one in enumerate(results.subjects, start=1)
    )
    return filled(
        "folder.html.jinja",
        title=TITLE,
        about=ABOUT,
        facts=facts,
        facts_of_all=_facts(results),
        beside=tuple(map(ended, beside)),
        counts=_counts(results),
        index=_index(results),
        subjects=subjects,
        failures=results.failures_by_reason,
        notes=notes.sentences,
        labels=tuple(about.label for about in ATTRIBUTES),
        made_with=tuple((name, on_one_line(value)) for name, value in made_with.items()),
        folder_style=inline("folder.css"),
        policy=policy(),
    )


def _facts(results: FolderResults) -> tuple[tuple[str, str], ...]:
    days = sorted(
        day[:10]
        for one in results.subjects
        for day in (one.baseline_at, *(photo.taken_at for photo in one.photos))
        if day
    )
    told = [
        ("Subjects", str(sum(bool(one.name) for one in results.subjects))),
        ("Photos compared", str(results.compared)),
        ("Could not be scored", str(len(results.failures))),
    ]
    return (*told, ("Taken", f"{days[0]} to {days[-1]}")) if days else tuple(told)


def _counts(results: FolderResults) -> Table:
    """How many photos have each verdict."""
    rows = []
    for label, counts in results.counts:
        cells = tuple(
            Cell(verdict, str(count), kind=VERDICT_CLASS[verdict] if count else "")
            for verdict, count in zip(VERDICTS, counts, strict=True)
        )
        rows.append(Row(label, cells))
    return Table("counts", "Photos by verdict of the whole", ("", *VERDICTS), tuple(rows))


class _Entry(NamedTuple):
    """One line of the index."""

    id: str
    name: str
    photos: int
    latest: str
    verdicts: tuple[tuple[str, str, str], ...]


def _index(results: FolderResults) -> tuple[_Entry, ...]:
    """Each subject with the verdicts of its latest photo."""
    entries = []
    for number, one in enumerate(results.subjects, start=1):
        latest = one.photos[-1] if one.photos else None
        verdicts = tuple(_verdict(s) for s in latest.headlines) if latest else ()
        day = latest.taken_at[:10] if latest else ""
        many = len(one.photos) + bool(one.baseline)
        entries.append(_Entry(f"subject-{number}", _name(one), many, day, verdicts))
    return tuple(entries)


def _verdict(score: Score) -> tuple[str, str, str]:
    verdict = score.verdict or "not measurable"
    label = next(one.label for one in ATTRIBUTES if one.name == score.attribute)
    return label, verdict, VERDICT_CLASS[verdict]


def _subject(number: int, one: SubjectResults, notes: Notes) -> _Subject:
    baseline = f"{_day(one.baseline_at)} ({one.baseline})" if one.baseline else ""
    sentences = ["This is the only photo so far: nothing to compare."] if one.lone else []
    sentences += [ended(failure.error) for failure in one.failures]
    shots = tuple(_shot(photo, notes) for photo in one.photos)
    return _Subject(f"subject-{number}", _name(one), baseline, shots, tuple(sentences))


def _shot(photo: PhotoResult, notes: Notes) -> _Shot:
    cells = []
    for score in photo.headlines:
        label, verdict, _ = _verdict(score)
        note = notes.mark(score.reason) if score.value is None else None
        cells.append(_Told(label, card_line(score), verdict, note))
    return _Shot(_day(photo.taken_at), photo.name, tuple(cells))


def _day(taken_at: str) -> str:
    """Return a time as people read it."""
    day, _, clock = taken_at.removesuffix("Z").partition("T")
    return f"{day}, {clock[:5]} UTC" if clock else day


def _name(one: SubjectResults) -> str:
    return one.name or "without a subject"

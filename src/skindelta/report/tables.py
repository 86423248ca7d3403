"""The tables of a report: every score of every region, spots as counted, texture by its sizes."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from ..attributes import TEXTURE_BANDS, attribute
from ..plain_words import BASIS_IN_SHORT, VERDICT_CLASS, region_words, sentence
from ..terminal import figures, signed
from ..types import Comparison, Score

__all__ = ["Cell", "Notes", "Row", "Table", "detail_tables", "score_tables"]


class Cell(NamedTuple):
    """One cell under its head.

    `note` is the number of the note that explains it, `more` stands in a line of its own, and
    `kind` is one of ``VERDICT_CLASS`` where a cell has another than its row.
    """

    head: str
    text: str
    note: int | None = None
    more: str = ""
    kind: str = ""


class Row(NamedTuple):
    """A region and its cells."""

    region: str
    cells: tuple[Cell, ...]
    kind: str = ""


class Table(NamedTuple):
    """Rows under one caption; without rows, the one reason why there are none.

    `widths` are the shares of the columns on paper; `layout` is a class of the style sheet.
    """

    name: str
    caption: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    reason: str = ""
    widths: tuple[float, ...] = ()
    layout: str = ""


class Notes:
    """Reasons that repeat: a number in the table, the sentence once below it."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, reason: str | None) -> int | None:
        """Return the number of a reason, a new one where it is new."""
        return self._numbers.setdefault(reason, len(self._numbers) + 1) if reason else None

    @property
    def sentences(self) -> tuple[tuple[int, str], ...]:
        """All of them, by number."""
        return tuple((number, sentence(reason)) for reason, number in self._numbers.items())


def score_tables(comparison: Comparison, notes: Notes) -> tuple[Table, ...]:
    """One table an attribute and basis, in the order of the scores."""
    kinds = groupby(comparison.scores, key=lambda score: (score.attribute, score.basis))
    return tuple(_score_table(list(scores), notes) for _, scores in kinds)


def detail_tables(comparison: Comparison, notes: Notes) -> tuple[Table, ...]:
    """Spots before and after, and texture by size, where they are known."""
    spots = [score for score in comparison.scores if "spots" in score.details]
    bands = [score for score in comparison.scores if "bands" in score.details]
    pair = comparison.aligned
    has_scale = pair is not None and pair.regions.px_per_mm is not None
    tables = [_band_table(bands, has_scale, notes)] if bands else []
    tables += [_spot_table(spots)] if spots else []
    return tuple(tables)


def _score_table(scores: Sequence[Score], notes: Notes) -> Table:
    first = scores[0]
    name = f"{first.attribute}-{first.basis}"
    caption = f"{attribute(first.attribute).label} {BASIS_IN_SHORT[first.basis]} ({first.unit})"
    reasons = {score.reason for score in scores}
    if all(score.value is None for score in scores) and len(reasons) == 1:
        return Table(name, caption, (), (), sentence(f"not measurable: {first.reason}"))
    heads = ("region", "change", "95 % interval", "detectable from", "verdict")
    return Table(name, caption, heads, tuple(_score_row(s, heads[1:], notes) for s in scores))


def _score_row(score: Score, heads: Sequence[str], notes: Notes) -> Row:
    numbers = figures(score)
    verdict = score.verdict or ""
    texts = (numbers.change, numbers.interval, numbers.detectable, verdict)
    cells = [Cell(head, text) for head, text in zip(heads, texts, strict=True)]
    if score.value is None:
        cells = [cells[-1]._replace(note=notes.mark(score.reason))]
    kind = VERDICT_CLASS[score.verdict or "not measurable"]
    return Row(region_words(score.region), tuple(cells), kind)


def _spot_table(scores: Iterable[Score]) -> Table:
    heads = ("region", "count before", "count after", "area before", "area after")
    rows = []
    for score in scores:
        before, after = (score.details["spots"][when] for when in ("before", "after"))
        texts = (str(before["count"]), str(after["count"]), _area(before), _area(after))
        cells = tuple(Cell(head, text) for head, text in zip(heads[1:], texts, strict=True))
        rows.append(Row(region_words(score.region), cells))
    return Table("spots", "Spots and patches darker than the skin around them", heads, tuple(rows))


def _area(spots: Mapping[str, Any]) -> str:
    """Area in mm² where a scale is known, and as a share of the region."""
    share, area = f"{spots['area_percent']:.1f} %", spots["area_mm2"]
    if area is None:
        return share
    return f"{area:.0f} mm², {share}" if area == 0 or area >= 10 else f"{area:.1f} mm², {share}"


def _band_table(scores: Iterable[Score], has_scale: bool, notes: Notes) -> Table:
    heads = ("region", *(_band_head(name, has_scale) for name in TEXTURE_BANDS))
    rows = []
    for score in scores:
        changes = score.details["bands"] | {"mid": {"value": score.value, "reason": score.reason}}
        cells = [
            _band_cell(head, changes[name], notes)
            for head, name in zip(heads[1:], TEXTURE_BANDS, strict=True)
        ]
        rows.append(Row(region_words(score.region), tuple(cells)))
    return Table("bands", "Change of texture by the size of its features (%)", heads, tuple(rows))


def _band_head(name: str, has_scale: bool) -> str:
    band = TEXTURE_BANDS[name]
    return f"{name}, {band.low_mm:g} to {band.high_mm:g} mm" if has_scale else name


def _band_cell(head: str, change: Mapping[str, Any], notes: Notes) -> Cell:
    if change["value"] is None:
        return Cell(head, "not measurable", notes.mark(change["reason"]))
    return Cell(head, signed(change["value"]))

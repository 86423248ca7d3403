"""What can be wrong with a label: alone, and beside the others.

One label is held against the tables of attributes, regions and scales; all of a file against each
other: the same row twice, a rater who says the opposite at one time, a photo of two people.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches

from ..attributes import ATTRIBUTES
from ..face_shape import FACE_REGIONS
from .label_row import Label
from .labels import LabelProblem
from .scales import CANNOT_JUDGE, CHOICES, SCALES
from .split import person

__all__ = ["REGIONS", "conflicts", "parse_label", "suggestion", "troubles"]

REGIONS: tuple[str, ...] = (*FACE_REGIONS, "skin")
BASES = ("absolute", "relative")
LONGEST = 100  # characters of a name, as in a record

_ATTRIBUTES = tuple(attribute.name for attribute in ATTRIBUTES)
_CHOICES = (*CHOICES, CANNOT_JUDGE)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_HALF = 0.5  # of a scale: two grades of one photo that far apart are no doubt, but a mistake


def parse_label(
    cells: Mapping[str, str], row: int, decimal_comma: bool
) -> tuple[Label, list[LabelProblem]]:
    """Read a label from its cells.

    Parameters
    ----------
    cells : mapping of str to str
        By column.
    row : int
    decimal_comma : bool
        Whether 1,5 is one and a half.

    Returns
    -------
    label : Label
        With what could be read.
    problems : list of LabelProblem
        Of this row alone; whether its photos exist is not asked.
    """
    found: list[tuple[str, str]] = []
    value, choice, wrong_value = _said(cells["value"], decimal_comma)
    at, wrong_time = _time(cells["labelled_at"])
    label = Label(
        before=cells["before"],
        after=cells["after"],
        attribute=_known(cells["attribute"], _ATTRIBUTES),
        region=_known(cells["region"], REGIONS),
        value=value,
        choice=choice,
        scale=_known(cells["scale"], SCALES),
        rater=cells["rater"],
        labelled_at=at,
        subject=cells["subject"],
        basis=_known(cells.get("basis", ""), BASES),
        row=row,
    )
    found += [("value", wrong_value)] if wrong_value else []
    found += [("labelled_at", wrong_time)] if wrong_time else []
    found += [one for one in troubles(label) if one[0] != "value" or not wrong_value]
    return label, [LabelProblem(row, column, message) for column, message in found]


def troubles(label: Label) -> Iterator[tuple[str, str]]:
    """Yield (column, message) of what is wrong with one label; photos are not looked for."""
    if not label.before:
        yield "before", "is empty; name the photo"
    elif label.before == label.after:
        yield "after", "is the photo of before; name another one, or leave it empty for a grade"
    yield from _unknown("attribute", label.attribute, _ATTRIBUTES)
    yield from _unknown_region(label.region)
    yield from _wrong_grade(label)
    yield from _nameless("rater", label.rater, "who graded")
    yield from _nameless("subject", label.subject, "whose photos these are")
    if label.labelled_at is not None and label.labelled_at.tzinfo is None:
        yield "labelled_at", "has no time zone; give the time in UTC"
    if label.basis:
        yield from _unknown("basis", label.basis, BASES)


def conflicts(labels: Iterable[Label]) -> list[LabelProblem]:
    """Find rows that cannot all be right.

    Parameters
    ----------
    labels : iterable of Label
        Each right by itself.

    Returns
    -------
    list of LabelProblem
        The later of two rows that say the same, and of two that give a photo to two people; both
        of two rows in which a rater says the opposite at the same time, or at no time given.
        At different times that is a repeat, and welcome.
    """
    labels = tuple(labels)
    again = list(_repeated(labels))
    rows = {problem.row for problem in again}
    once = [label for label in labels if label.row not in rows]
    return [*again, *_of_two_people(once), *_opposed(once)]


def suggestion(text: str, known: Iterable[str]) -> str:
    """Return a half sentence with the name that was meant, or with those there are."""
    names = {_folded(name): name for name in known}
    near = get_close_matches(_folded(text), names, 2)
    if near:
        return f"did you mean {' or '.join(names[name] for name in near)}?"
    return f"use one of {', '.join(names.values())}"


# -- one label ------------------------------------------------------------------------------------


def _said(text: str, decimal_comma: bool) -> tuple[float | None, str, str]:
    """Return number, choice, and what is wrong with the cell."""
    word = _known(text, _CHOICES)
    if not text:
        return None, "", "is empty; write the grade"
    if word in _CHOICES:
        return None, word, ""
    plain = text.replace("\N{MINUS SIGN}", "-")
    plain = plain.replace(",", ".") if decimal_comma else plain
    if not _NUMBER.fullmatch(plain):
        return None, "", f"{text!r} is no number; write the grade, such as 2 or -1.5"
    return float(plain), "", ""


def _time(text: str) -> tuple[datetime | None, str]:
    """Return a time, taken for UTC where no zone is told, and what is wrong with the cell."""
    if not text:
        return None, ""
    try:
        at = datetime.fromisoformat(text)
        return (at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)), ""
    except (ValueError, OverflowError):
        return None, f"{text!r} is no time; write it like 2026-03-01T09:30, or leave it empty"


def _folded(text: str) -> str:
    return re.sub(r"[\s_-]+", "_", text.casefold())


def _known(text: str, names: Iterable[str]) -> str:
    """Return the name that is meant but for capitals and spaces, or the text as it is."""
    return {_folded(name): name for name in names}.get(_folded(text), text)


def _unknown(column: str, text: str, known: Iterable[str]) -> Iterator[tuple[str, str]]:
    if not text:
        yield column, f"is empty; {suggestion('', known)}"
    elif text not in known:
        yield column, f"{text!r} is unknown; {suggestion(text, known)}"


def _unknown_region(region: str) -> Iterator[tuple[str, str]]:
    for column, message in _unknown("region", region, REGIONS):
        own = "; a region that somebody drew cannot be learnt from" if region else ""
        yield column, message + own


def _nameless(column: str, name: str, who: str) -> Iterator[tuple[str, str]]:
    if not name:
        yield column, f"is empty; say {who}, by a pseudonym"
    elif len(name) > LONGEST or not name.isprintable() or name != name.strip():
        got = f"got {name[:LONGEST]!r}"
        yield column, f"has 1 to {LONGEST} printable characters without spaces around, {got}"


def _wrong_grade(label: Label) -> Iterator[tuple[str, str]]:
    """Hold scale and value against the table of scales."""
    if label.scale not in SCALES:
        yield from _unknown("scale", label.scale, SCALES)
        return
    scale = label.graded_on
    if scale.attributes and label.attribute in _ATTRIBUTES:
        if label.attribute not in scale.attributes:
            grades = " and ".join(scale.attributes)
            yield "scale", f"{scale.name} grades {grades}, not {label.attribute}; use another scale"
    if not label.is_pair and scale.kind != "level":
        yield "after", f"is empty, but {scale.name} is said of two photos; name the second one"
    elif label.choice == CANNOT_JUDGE:
        return
    elif (scale.kind == "choice") != bool(label.choice):
        words = ", ".join(_CHOICES)
        wanted = f"one of {words}" if scale.kind == "choice" else f"a number, or {CANNOT_JUDGE}"
        yield "value", f"is not what {scale.name} takes; write {wanted}"
    elif label.value is not None and (wrong := scale.trouble(label.value, label.is_pair)):
        yield "value", f"{wrong}; correct the value, or the scale"
    elif label.value is None and not label.choice:
        yield "value", "is empty; write the grade"


# -- labels beside each other ---------------------------------------------------------------------


def _repeated(labels: Iterable[Label]) -> Iterator[LabelProblem]:
    first: dict[tuple[object, ...], int] = {}
    for label in labels:
        one = label.canonical()
        same = (*one.photos, *one.key, one.rater, one.value, one.choice, one.labelled_at)
        if same in first:
            yield LabelProblem(
                label.row, "before", f"the row says the same as row {first[same]}; delete one"
            )
        first.setdefault(same, label.row)


def _of_two_people(labels: Iterable[Label]) -> Iterator[LabelProblem]:
    owners: dict[str, Label] = {}
    for label in labels:
        for photo in label.photos:
            owner = owners.setdefault(photo, label)
            if person(owner.subject) != person(label.subject):
                yield LabelProblem(
                    label.row,
                    "subject",
                    f"{photo} is of {label.subject}, but of {owner.subject} in row {owner.row}; "
                    "correct one of them",
                )
                break


def _opposed(labels: Iterable[Label]) -> Iterator[LabelProblem]:
    asked: dict[tuple[object, ...], list[Label]] = {}
    for label in labels:
        if label.choice != CANNOT_JUDGE:
            same = (*label.key, label.is_pair, label.rater, label.basis, label.labelled_at)
            asked.setdefault(same, []).append(label.canonical())
    for group in asked.values():
        ends = min(group, key=_place), max(group, key=_place)
        for label in group:
            other = next((end for end in ends if _contradict(label, end)), None)
            if other is not None:
                yield LabelProblem(
                    label.row,
                    "value",
                    f"contradicts row {other.row} by {label.rater}, at the same time; delete the "
                    "wrong one, or give the times if it was judged twice",
                )


def _place(label: Label) -> float:
    """Where a label lies: a signed change, or a grade of one photo."""
    return label.signed if label.is_pair else label.value or 0.0


def _contradict(one: Label, other: Label) -> bool:
    if one.is_pair:
        return one.signed * other.signed < 0
    low, high = one.graded_on.span(pair=False)
    return abs(_place(one) - _place(other)) > _HALF * (high - low)

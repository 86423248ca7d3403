"""Labels so far: how many of what, by whom, of which people, what is wrong, how many are needed."""

from collections import Counter
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import NamedTuple

from ...attributes import ATTRIBUTES
from ...errors import LabelError, SkinDeltaError
from ...learning.enough import FEWEST_LABELS, FEWEST_PEOPLE, counts_of
from ...learning.label_files import read_labels
from ...learning.label_row import Find
from ...learning.labels import FEW, LabelProblem, Labels
from ...learning.scales import SCALES
from ...learning.split import Part, person
from ...learning.verdicts import FEWEST_PEOPLE as PEOPLE_TO_TELL
from ...learning.verdicts import FEWEST_ROWS as LABELS_TO_TELL
from ...plain_words import sentence
from ..serving.records import Records
from ..serving.visitors import Visit
from ..tables import fact_table, pairs
from ..words import notice

__all__ = ["Labelled", "finding", "labels_html", "look"]

MOST_SHOWN = 20  # rows with problems; a screen
LABELS = {about.name: about.label for about in ATTRIBUTES}
PARTS: Mapping[Part, tuple[str, str, tuple[int, int]]] = {  # name, what is needed, in numbers
    "learn": (
        "to learn from",
        f"{FEWEST_LABELS} pairs of {FEWEST_PEOPLE} people, to begin",
        (FEWEST_LABELS, FEWEST_PEOPLE),
    ),
    "stop": ("to stop by", "some, to know when to end", (1, 1)),
    "held out": (
        "held out",
        f"{LABELS_TO_TELL} pairs of {PEOPLE_TO_TELL} people, to tell anything",
        (LABELS_TO_TELL, PEOPLE_TO_TELL),
    ),
}
WHAT_IS_THIS = (
    "A label is what a person says of two photos of the same skin: which one is redder, darker or "
    "rougher, and by how much. From them a model learns what you call a change, with your camera "
    "and your light. Give labels on the page Label, or with a spreadsheet: docs/labels.md says how."
)
ABOUT_PARTS = (
    "People are put into three parts by their name, and stay there. From most of them the model "
    "learns; by some it is decided when to stop; and some are held out: it never learns from them, "
    "so how it reads them says honestly whether it got better. To see a likely difference takes "
    f"about 100 pairs of 20 people; with fewer than {FEW} pairs none is likely to be seen."
)


class Labelled(NamedTuple):
    """A file of labels as it is now.

    Attributes
    ----------
    file : Path
    labels : Labels or None
        None where there is no file yet, or where it cannot be read.
    trouble : str
        Why it cannot be read.
    """

    file: Path
    labels: Labels | None = None
    trouble: str = ""


def look(file: Path, find: Find | None) -> Labelled:
    """Read the file of labels; trouble is part of the answer."""
    if not file.exists():
        return Labelled(file)
    try:
        return Labelled(file, read_labels(file, find))
    except LabelError as error:
        return Labelled(file, trouble=str(error))


def finding(records: Records, visit: Visit) -> Find | None:
    """Return what tells whether a record has a photo; it opens none."""
    if not records.exists:
        return None
    try:
        record = records.of(visit)
        known = {
            photo.sha256
            for one in record.subjects()
            for session in record.sessions(one.pseudonym)
            for photo in session.photos
        }
    except SkinDeltaError:
        return None  # each label of such a photo is then told as a problem
    return lambda sha256: b"" if sha256 in known else None


def labels_html(found: Labelled) -> str:
    """Say what there is to learn from."""
    name = f'<p class="sd-note">File: {escape(str(found.file))}</p>'
    if found.trouble:
        return notice(sentence(found.trouble), "bad") + name
    if found.labels is None or not (found.labels.rows or found.labels.problems):
        return f'<div class="sd-empty"><p><strong>No labels yet.</strong> {WHAT_IS_THIS}</p>' + (
            f"{name}</div>"
        )
    labels = found.labels
    return (
        _counts(labels)
        + _problems(labels.problems)
        + _warnings(labels.warnings)
        + _by_attribute(labels)
        + _parts(labels)
        + name
    )


def _counts(labels: Labels) -> str:
    people = {person(one.subject) for one in labels.rows}
    raters = Counter(one.rater for one in labels.rows)
    return pairs(
        [
            ("Labels", str(len(labels.rows))),
            ("Pairs to learn from", str(len(labels.pairs))),
            ("People", str(len(people))),
            ("By", ", ".join(f"{name} ({number})" for name, number in sorted(raters.items()))),
        ]
    )


def _by_attribute(labels: Labels) -> str:
    counted = Counter((one.attribute, one.scale) for one in labels.rows)
    rows = [
        (LABELS.get(attribute, attribute), _scale(scale), str(number))
        for (attribute, scale), number in sorted(counted.items())
    ]
    return fact_table(("of what", "asked how", "labels"), {"": rows}) if rows else ""


def _scale(name: str) -> str:
    return SCALES[name].label if name in SCALES else name


def _parts(labels: Labels) -> str:
    counted = counts_of(labels.pairs)
    rows = [
        (
            words,
            str(counted[part][0]),
            str(counted[part][1]),
            f"{needed}: {_state(*counted[part], *least)}",
        )
        for part, (words, needed, least) in PARTS.items()
    ]
    heads = ("people", "pairs", "of how many people", "needed at least")
    return fact_table(heads, {"": rows}) + f'<p class="sd-note">{escape(ABOUT_PARTS)}</p>'


def _state(labels: int, people: int, least_labels: int, least_people: int) -> str:
    return "enough" if labels >= least_labels and people >= least_people else "not yet"


def _warnings(warnings: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(sentence(one))}</li>" for one in warnings)
    return f'<div class="sd-status"><ul>{items}</ul></div>' if items else ""


def _problems(problems: tuple[LabelProblem, ...]) -> str:
    if not problems:
        return ""
    rows = [(f"row {one.row}", one.column, one.message) for one in problems[:MOST_SHOWN]]
    more = len(problems) - len(rows)
    told = f'<p class="sd-note">And {more} more.</p>' if more else ""
    return (
        '<div class="sd-status sd-bad"><strong>Some rows cannot be used.</strong> Mend or delete '
        "them in the file: until then nothing can be trained.</div>"
        f"{fact_table(('row', 'column', 'what is wrong'), {'': rows})}{told}"
    )

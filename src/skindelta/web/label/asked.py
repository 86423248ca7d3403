"""What a rater is asked: who labels, what of the skin, where, and on which scale.

Only scales with the same whole grades in both directions can be asked: on a lopsided one, such as
GAIS, the grades that are left would tell which photo is the earlier one.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ...attributes import ATTRIBUTES
from ...errors import LabelError
from ...learning.label_checks import LONGEST, REGIONS, suggestion
from ...learning.scales import SCALES, Scale
from ...plain_words import region_words

__all__ = [
    "ATTRIBUTE_NAMES",
    "CHOICE",
    "PAGE_SCALES",
    "REGIONS",
    "Asked",
    "asked_of",
    "question_words",
    "size_words",
    "sizes_of",
    "where_words",
]

CHOICE = "choice"
ATTRIBUTE_NAMES: tuple[str, ...] = tuple(one.name for one in ATTRIBUTES)
MOST_SIZES = 9  # one digit each
_QUESTIONS = {
    "redness": "Which photo shows more redness?",
    "hyperpigmentation": "Which photo shows more dark spots and patches?",
    "texture": "Which photo shows rougher skin?",
}
_SIZES = {3: ("Slightly", "Clearly", "Very much")}


def sizes_of(scale: Scale) -> int:
    """Return how many grades of more there are, in either direction; 0 where it has no such."""
    if scale.kind not in ("change", "level") or scale.step != 1:
        return 0
    low, high = (scale.signed(end) for end in scale.span(pair=True))
    return int(high) if -low == high <= MOST_SIZES else 0


PAGE_SCALES: tuple[str, ...] = (*(name for name in SCALES if sizes_of(SCALES[name])), CHOICE)
"""Scales that can be asked; `choice` leaves the size out."""


@dataclass(frozen=True)
class Asked:
    """What one rater is asked.

    Attributes
    ----------
    rater : str
        Pseudonym.
    attributes : tuple of str
    scale : str
        Of the size; ``choice`` asks for none.
    region : str
        Of faces; close-ups of a record are asked about all their skin.
    """

    rater: str
    attributes: tuple[str, ...]
    scale: str = "change"
    region: str = "face"

    @property
    def sizes(self) -> int:
        """How many grades of more there are."""
        return sizes_of(SCALES[self.scale])


def asked_of(
    rater: str,
    attributes: Iterable[str],
    scale: str = "change",
    region: str = "face",
    known: Collection[str] = (),
) -> Asked:
    """Hold what was typed against the tables.

    Parameters
    ----------
    rater : str
        Spaces around are dropped.
    attributes : iterable of str
    scale, region : str
    known : collection of str
        Raters whose names are kept as they are spelt already: another spelling is no other rater.

    Raises
    ------
    LabelError
        A name is missing, unknown, or one that a file of labels cannot hold.
    """
    name = " ".join(rater.split())
    if not name:
        raise LabelError("say who labels: type a name, best a pseudonym such as dr-k")
    if len(name) > LONGEST or not name.isprintable():
        raise LabelError(f"the name of the rater has 1 to {LONGEST} printable characters")
    name = next((one for one in known if one.casefold() == name.casefold()), name)
    chosen = {one.strip().casefold() for one in attributes if one.strip()}
    for one in sorted(chosen - set(ATTRIBUTE_NAMES)):
        raise LabelError(f"there is no attribute {one!r}; {suggestion(one, ATTRIBUTE_NAMES)}")
    if not chosen:
        raise LabelError(f"choose what to label: {', '.join(ATTRIBUTE_NAMES)}")
    if scale not in SCALES:
        raise LabelError(f"there is no scale {scale!r}; {suggestion(scale, PAGE_SCALES)}")
    if scale not in PAGE_SCALES:
        raise LabelError(
            f"{scale} cannot be asked by whole grades that are the same for both photos; use one "
            f"of {', '.join(PAGE_SCALES)}"
        )
    for one in chosen:
        fits = SCALES[scale].attributes
        if fits and one not in fits:
            raise LabelError(
                f"{scale} grades {' and '.join(fits)}, not {one}; use another scale, or label "
                "them one after the other"
            )
    if region not in REGIONS:
        raise LabelError(f"there is no region {region!r}; {suggestion(region, REGIONS)}")
    in_order = tuple(one for one in ATTRIBUTE_NAMES if one in chosen)
    return Asked(name, in_order, scale, region)


def question_words(attribute: str) -> str:
    """Ask which of two photos shows more of an attribute."""
    return _QUESTIONS.get(attribute, f"Which photo shows more {attribute}?")


def where_words(region: str) -> str:
    """Say where to look."""
    if region in ("face", "skin"):
        return "Look at all of the " + region
    own = ", as the person would say" if region.startswith(("left_", "right_")) else ""
    return f"Look at: {region_words(region)}{own}"


def size_words(scale: str) -> tuple[str, ...]:
    """Name each size, the smallest first."""
    count = sizes_of(SCALES[scale])
    if SCALES[scale].kind == "change" and count in _SIZES:
        return _SIZES[count]
    return tuple(f"{size} grade{'' if size == 1 else 's'}" for size in range(1, count + 1))

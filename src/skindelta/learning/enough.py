"""Are there enough labels to learn from, and to tell whether it helped? Asked without torch."""

from collections.abc import Sequence

from ..errors import LabelError
from .label_row import Label
from .split import PARTS, Part, part_of, person

__all__ = ["FEWEST_LABELS", "FEWEST_PEOPLE", "check_enough", "counts_of"]

FEWEST_LABELS, FEWEST_PEOPLE = 20, 4  # to learn from: fewer tell nothing that is not chance


def counts_of(pairs: Sequence[Label]) -> dict[Part, tuple[int, int]]:
    """Return how many labels of how many people each part has.

    Parameters
    ----------
    pairs : sequence of Label
        Of two photos.

    Returns
    -------
    dict of str to (int, int)
    """
    found: dict[Part, tuple[int, int]] = {}
    for part in PARTS:
        own = [label for label in pairs if part_of(label.subject) == part]
        found[part] = len(own), len({person(label.subject) for label in own})
    return found


def check_enough(pairs: Sequence[Label]) -> None:
    """Refuse labels that can tell nothing; raises LabelError that says how many more are needed."""
    labels, people = counts_of(pairs)["learn"]
    if labels >= FEWEST_LABELS and people >= FEWEST_PEOPLE:
        return
    everybody = {person(label.subject) for label in pairs}
    raise LabelError(
        f"too few labels: {len(pairs)} of {len(everybody)} people, of which {labels} labels of "
        f"{people} people are to learn from, the others to check by; at least "
        f"{FEWEST_LABELS} labels of {FEWEST_PEOPLE} people are needed to learn from, about "
        f"{max(2 * FEWEST_LABELS - len(pairs), FEWEST_LABELS)} more in all, and 100 pairs of 20 "
        "people to tell whether the model is better"
    )

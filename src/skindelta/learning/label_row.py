"""One label: what a rater says of how skin differs between two photos, or of the skin in one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from .scales import CANNOT_JUDGE, CHOICES, SCALES, Scale

__all__ = ["BY_SHA256", "Find", "Label", "find_photo"]

Find = Callable[[str], Path | bytes | None]

BY_SHA256 = "sha256:"
_TURNED: Mapping[str, str] = MappingProxyType({"before": "after", "after": "before"})


@dataclass(frozen=True)
class Label:
    """What one rater said of two photos of a person, or of one.

    Attributes
    ----------
    before, after : str
        Paths, relative to the folder of the labels, or ``sha256:`` and the hash of a photo of a
        record; `after` is empty where one photo is graded.
    attribute, region : str
    value : float or None
        As the scale writes it; None where `choice` says it.
    choice : {"before", "after", "same", "cannot judge", ""}
        Which photo shows more.
    scale : str
        Name in ``SCALES``.
    rater : str
    labelled_at : datetime or None
        UTC.
    subject : str
        Pseudonym of the person.
    basis : {"absolute", "relative", ""}
        Which score it speaks of; empty is the scale's own.
    row : int
        Of the file, as a spreadsheet counts; no part of what is equal.
    """

    before: str
    after: str
    attribute: str
    region: str
    value: float | None
    choice: str
    scale: str
    rater: str
    labelled_at: datetime | None
    subject: str
    basis: str = ""
    row: int = field(default=0, compare=False)

    @property
    def graded_on(self) -> Scale:
        """The scale itself; raises KeyError for an unknown one."""
        return SCALES[self.scale]

    @property
    def is_pair(self) -> bool:
        """Whether it is about two photos."""
        return bool(self.after)

    @property
    def photos(self) -> tuple[str, ...]:
        """The one photo, or both."""
        return (self.before, self.after) if self.is_pair else (self.before,)

    @property
    def signed(self) -> float:
        """Change in grades, or the unit: positive is more of it in the after photo.

        A choice is -1, 0 or 1.

        Raises
        ------
        ValueError
            It grades one photo, or could not be judged.
        """
        if not self.is_pair or self.choice == CANNOT_JUDGE:
            raise ValueError(f"expected a label of two photos that was judged, got {self}")
        if self.value is None:
            return CHOICES[self.choice]
        return self.graded_on.signed(self.value)

    @property
    def key(self) -> tuple[str, ...]:
        """What was asked: both photos in either order, attribute, region and scale."""
        return *sorted(self.photos), self.attribute, self.region, self.scale

    def turned(self) -> "Label":
        """Return the same label with the photos in the other order.

        The value may then lie beyond the ends of a lopsided scale, such as GAIS.

        Raises
        ------
        ValueError
            It grades one photo.
        """
        if not self.is_pair:
            raise ValueError(f"expected a label of two photos, got one of {self.before}")
        value = self.value
        if value is not None:
            value = self.graded_on.written(-self.graded_on.signed(value))
        choice = _TURNED.get(self.choice, self.choice)
        return replace(self, before=self.after, after=self.before, value=value, choice=choice)

    def canonical(self) -> "Label":
        """Return the label in the order of `key`."""
        return self.turned() if self.is_pair and self.after < self.before else self


def find_photo(name: str, folder: Path, find: Find | None = None) -> Path | bytes | None:
    """Find a photo by how a label names it.

    Parameters
    ----------
    name : str
        A path, or ``sha256:`` and a hash.
    folder : Path
        That paths are relative to.
    find : callable, optional
        Gives a photo of a record by its hash, such as ``record.photo``.

    Returns
    -------
    Path, bytes or None
        None where there is none.
    """
    if name.startswith(BY_SHA256):
        return None if find is None else find(name.removeprefix(BY_SHA256))
    path = folder / name
    try:
        return path if path.is_file() else None
    except (OSError, ValueError):  # a name that no file can have
        return None

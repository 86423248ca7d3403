"""Change maps in words, for those who do not see them and as captions for those who do."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from ..attributes import attribute
from ..plain_words import BASIS_IN_SHORT, LESS_AND_MORE, region_words
from ..types import ChangeMap, FloatArray, RegionMap, Score

__all__ = ["map_words", "outline_caption", "outline_words", "region_verdicts"]

ROWS = ("upper", "middle", "lower")
COLUMNS = ("left", "center", "right")

_Places = Mapping[str, npt.NDArray[np.bool_]]


def map_words(change: ChangeMap, regions: RegionMap) -> str:
    """Say what the picture of a map shows: what its colors mean, and where they are strongest.

    Parameters
    ----------
    change : ChangeMap
    regions : RegionMap
        On the grid of the map.
    """
    return f"{_legend(change.attribute)} {_strongest(change, regions)}"


def region_verdicts(scores: Sequence[Score], name: str) -> str:
    """Say which smaller regions changed measurably by themselves in one attribute."""
    smaller = [s for s in scores if s.attribute == name and s.region != scores[0].region]
    changed = [
        f"{region_words(score.region)} ({score.verdict}, {BASIS_IN_SHORT[score.basis]})"
        for score in smaller
        if score.verdict in ("improved", "worse")
    ]
    if changed:
        return f"Changed measurably by themselves: {', '.join(changed)}."
    return "No smaller region changed measurably by itself." if smaller else ""


def outline_words(regions: RegionMap) -> str:
    """Say what the picture of the regions shows."""
    names = ", ".join(region_words(name) for name in regions.names[1:] or regions.names)
    return f"The after photo with the outlines of what was measured: {names}."


def outline_caption(regions: RegionMap) -> str:
    """Say what the outlines are, and what is not among them."""
    if len(regions.names) == 1:
        return "What was measured."
    whole = "close-up" if regions.is_close_up else "face"
    sides = "" if regions.is_close_up else " Left and right are the person's own."
    return f"What was measured besides the whole {whole}.{sides}"


def _legend(name: str) -> str:
    """Say what the colors of a map mean."""
    about = attribute(name)
    less, more = LESS_AND_MORE[name]
    blue, orange = (less, more) if about.direction < 0 else (more, less)
    return (
        f"Change of {about.label.lower()} drawn over the after photo: blue where it is {blue}, "
        f"orange where it is {orange}, without color within the noise."
    )


def _strongest(change: ChangeMap, regions: RegionMap) -> str:
    """Say where a map is bluest and where it shows most orange."""
    means = _means(change.values, _places(regions))
    if not any(means.values()):
        return "It has no color anywhere."
    colors = ("blue", "orange") if attribute(change.attribute).direction < 0 else ("orange", "blue")
    lowest, highest = min(means, key=lambda p: means[p]), max(means, key=lambda p: means[p])
    told = [f"most {colors[0]} {lowest}"] if means[lowest] < 0 else []
    told += [f"most {colors[1]} {highest}"] if means[highest] > 0 else []
    return f"On average it is {' and '.join(told)}."


def _means(values: FloatArray, places: _Places) -> dict[str, float]:
    """Mean of a map in each place of which something is known."""
    parts = {place: values[mask & np.isfinite(values)] for place, mask in places.items()}
    return {place: float(part.mean()) for place, part in parts.items() if part.size}


def _places(regions: RegionMap) -> _Places:
    """Smaller regions of a face, ninths of a close-up."""
    if not regions.is_close_up:
        return {f"on the {region_words(name)}": regions.mask(name) for name in regions.names[1:]}
    measured = regions.measured
    rows, columns = (np.flatnonzero(measured.any(axis=axis)) for axis in (1, 0))
    ninths = {}
    for row, part in zip(ROWS, np.array_split(rows, len(ROWS)), strict=True):
        for column, piece in zip(COLUMNS, np.array_split(columns, len(COLUMNS)), strict=True):
            mask = np.zeros_like(measured)
            mask[np.ix_(part, piece)] = True
            place = "middle" if (row, column) == ("middle", "center") else f"{row} {column}"
            ninths[f"in the {place}"] = mask & measured
    return ninths

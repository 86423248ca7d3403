"""What a comparison looks like: its change maps over the photo, and the regions they speak of."""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

from .attributes import attribute
from .color import linear_to_srgb8
from .draw import (
    before_after,
    change_layer,
    change_overlay,
    region_layer,
    region_overlay,
    scale_limit,
)
from .filters import gaussian_over
from .types import ByteArray, ChangeMap, Comparison, FloatArray, RegionMap

__all__ = [
    "MapLayer",
    "comparison_layers",
    "comparison_pictures",
    "faded_below",
    "png",
    "regions_layer",
    "smoothed",
]

SMOOTHING_MM = 1.0  # JPEG stores color in squares of 16 px, half a centimeter of a face 300 px wide


def comparison_pictures(comparison: Comparison) -> dict[str, ByteArray]:
    """Draw a comparison on the midpoint grid.

    Returns
    -------
    dict of str to uint8 array of shape (h, w, 3)
        ``before-after``, ``regions`` and one picture per change map, such as ``redness`` or
        ``texture-mid``; a map that may not be read has none. Empty where the photos could
        not be compared.
    """
    pair = comparison.aligned
    if pair is None:
        return {}
    before, after = linear_to_srgb8(pair.before), linear_to_srgb8(pair.after)
    pictures = {
        "before-after": before_after(before, after),
        "regions": region_overlay(after, _painted(pair.regions), pair.regions.names),
    }
    for name, change in _readable(comparison):
        noise = faded_below(comparison, change)
        values = smoothed(change, pair.regions.nominal_px_per_mm)
        about = attribute(change.attribute)
        title = f"{about.label}: what changed"
        pictures[name] = change_overlay(
            after,
            values,
            scale_limit(values, noise),
            change.unit,
            f"{title} ({change.band})" if change.band else title,
            about.direction,
            noise,
        )
    return pictures


class MapLayer(NamedTuple):
    """A change map as a transparent layer, and what its colors say.

    Attributes
    ----------
    change : ChangeMap
    picture : uint8 array of shape (h, w, 4)
    limit : float
        The scale ends at -limit and +limit.
    noise : float
        Changes below twice that fade.
    """

    change: ChangeMap
    picture: ByteArray
    limit: float
    noise: float


def comparison_layers(comparison: Comparison) -> dict[str, MapLayer]:
    """Draw the change maps as layers to lie over the after photo, on the midpoint grid.

    Returns
    -------
    dict of str to MapLayer
        By the names of :func:`comparison_pictures`, in their colors.
    """
    pair = comparison.aligned
    if pair is None:
        return {}
    layers = {}
    for name, change in _readable(comparison):
        noise = faded_below(comparison, change)
        values = smoothed(change, pair.regions.nominal_px_per_mm)
        limit = scale_limit(values, noise)
        drawn = change_layer(values, limit, attribute(change.attribute).direction, noise)
        layers[name] = MapLayer(change, drawn, limit, noise)
    return layers


def regions_layer(regions: RegionMap) -> ByteArray:
    """Draw outlines and numbers of all regions as a layer, uint8 of shape (h, w, 4)."""
    return region_layer(_painted(regions), regions.names)


def _readable(comparison: Comparison) -> Iterator[tuple[str, ChangeMap]]:
    """Names and maps, without those that may not be read."""
    for change in comparison.maps:
        if change.reason is None and np.isfinite(change.values).any():
            yield "-".join(part for part in (change.attribute, change.band) if part), change


def _painted(regions: RegionMap) -> ByteArray:
    """Labels with the drawn regions over them, later ones over earlier ones, to look at."""
    labels = regions.labels.copy()
    for name in regions.drawn_names:
        labels[regions.mask(name)] = regions.names.index(name) + 1
    return labels


def smoothed(change: ChangeMap, px_per_mm: float) -> FloatArray:
    """Return the map as the eye should see it: without the color blocks of JPEG."""
    if change.band:
        return change.values
    seen = np.isfinite(change.values)
    weight = seen.astype(np.float32)
    smooth = gaussian_over(np.nan_to_num(change.values), weight, SMOOTHING_MM * px_per_mm)
    return np.where(seen, smooth, np.float32(np.nan)).astype(np.float32)


def faded_below(comparison: Comparison, change: ChangeMap) -> float:
    """Return the standard deviation below which a map fades, so that it shows what is measured.

    Twice of it is the smallest change that can be told in a region: what a single place shows
    below that is light, expression and misplacement more often than skin.
    """
    detectable = [
        score.sdc
        for score in comparison.scores
        if score.attribute == change.attribute and score.sdc is not None
    ]
    return max(change.noise, float(np.median(detectable)) / 2 if detectable else 0.0)


def png(picture: ByteArray) -> bytes:
    """Return a picture, with opacity or without, as the bytes of a PNG file."""
    order = (2, 1, 0, 3)[: picture.shape[2]]
    done, data = cv2.imencode(".png", picture[..., order])
    if not done:
        raise ValueError(f"a picture of shape {picture.shape} could not be written as PNG")
    return data.tobytes()

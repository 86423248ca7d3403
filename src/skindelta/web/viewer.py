"""The viewer: both photos, on each other or next to each other, and what changed where over one.

It is one HTML element, ``<sd-viewer>``, which ``static/viewer.js`` brings to life. Photos and
layers are lossless files that only this visitor can fetch; layers are fetched when they are chosen.
Without the script all that is said of the pictures stands there to be read.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from html import escape
from typing import NamedTuple

import cv2
import numpy as np

from ..attributes import attribute
from ..color import linear_to_srgb8
from ..draw import region_color, scale_colors
from ..pictures import MapLayer, comparison_layers, png, regions_layer
from ..plain_words import ABOUT_MAPS, LESS_AND_MORE, region_words, sentence
from ..report.map_words import map_words, outline_words
from ..types import AlignedPair, ByteArray, Comparison, FloatArray
from .serving.visitors import Visit

__all__ = ["SHOWN_LAYERS", "shrink", "viewer_html"]

DISPLAY_PX = 1200  # longest side: sharp on a dense screen; face grids are mostly smaller
STAGE_PX = 620  # height of a photo on the page, as long as the window is wide enough
OPACITY = 85  # percent, to begin with
SHOWN_LAYERS = {"redness": "Redness", "hyperpigmentation": "Pigment", "texture-mid": "Texture"}


class _Layer(NamedTuple):
    """One choice of what lies over the after photo."""

    name: str
    label: str
    url: str
    about: str  # text
    legend: str  # HTML


def viewer_html(
    visit: Visit, comparison: Comparison, before_label: str = "before", after_label: str = "after"
) -> str:
    """Return the viewer of a comparison.

    Parameters
    ----------
    visit : Visit
        Who may fetch the pictures.
    comparison : Comparison
    before_label, after_label : str
        What the photos are called, such as their days.

    Returns
    -------
    str
        HTML; empty where the photos could not be laid on each other.
    """
    pair = comparison.aligned
    if pair is None:
        return ""
    photos, layers = _pictures(visit, comparison, pair)
    height, width = pair.before.shape[:2]
    before, after = escape(before_label), escape(after_label)
    size = f"--sd-ratio:{width / height:.5f};--sd-tall:{STAGE_PX}px"
    return (
        f'<sd-viewer class="sd-viewer" data-version="{photos[0]}" style="{size}">'
        '<div class="sd-parts"><div class="sd-seen">'
        f"{_stage(photos, layers, before, after)}"
        f'<input type="range" class="sd-position" min="0" max="100" value="50" step="1" '
        f'aria-label="Where {before} ends and {after} begins, percent from the left"></div>'
        f'<div class="sd-said">{_controls(layers)}<div class="sd-legends" aria-live="polite">'
        f"{_legends(layers)}</div></div></div></sd-viewer>"
    )


def shrink(picture: ByteArray, longest: int) -> ByteArray:
    """Reduce a picture until its longest side fits; a smaller one stays as it is."""
    factor = longest / max(picture.shape[:2])
    if factor >= 1:
        return picture
    size = (round(picture.shape[1] * factor), round(picture.shape[0] * factor))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _pictures(
    visit: Visit, comparison: Comparison, pair: AlignedPair
) -> tuple[list[str], list[_Layer]]:
    """Draw everything and keep it for the visitor, on both cores: OpenCV lets go of the lock."""

    def kept(name: str, picture: ByteArray) -> str:
        return visit.keep(png(shrink(picture, DISPLAY_PX)), f"{name}.png")

    def photo(name: str, linear: FloatArray) -> str:
        return kept(name, linear_to_srgb8(linear))

    drawn = comparison_layers(comparison)
    with ThreadPoolExecutor(2) as at_once:
        before = at_once.submit(photo, "before", pair.before)
        after = at_once.submit(photo, "after", pair.after)
        regions = at_once.submit(kept, "regions", regions_layer(pair.regions))
        maps = [
            (name, at_once.submit(kept, name, drawn[name].picture))
            for name in SHOWN_LAYERS
            if name in drawn
        ]
        layers = [_map_layer(name, done.result(), drawn[name], pair) for name, done in maps]
        layers.append(_regions(regions.result(), pair))
        return [before.result(), after.result()], layers


def _map_layer(name: str, url: str, layer: MapLayer, pair: AlignedPair) -> _Layer:
    about = map_words(layer.change, pair.regions)
    return _Layer(name, SHOWN_LAYERS[name], url, about, _scale(layer))


def _regions(url: str, pair: AlignedPair) -> _Layer:
    items = "".join(
        f'<li><span class="sd-swatch" style="background:rgb{region_color(number)}"></span>'
        f"{number} {escape(region_words(name))}</li>"
        for number, name in enumerate(pair.regions.names, 1)
    )
    legend = f'<ul class="sd-swatches">{items}</ul>'
    return _Layer("regions", "Regions", url, outline_words(pair.regions), legend)


def _stage(photos: list[str], layers: list[_Layer], before: str, after: str) -> str:
    """Lay the after photo and its layers over the before photo, all in one box."""
    covers = "".join(
        f'<img class="sd-layer" data-layer="{one.name}" data-src="{one.url}" '
        f'alt="{escape(one.about)}" hidden>'
        for one in layers
    )
    return (
        f'<div class="sd-stage" role="group" aria-label="{before} and {after}" '
        'tabindex="-1"><div class="sd-frame">'
        f'<img class="sd-photo" src="{photos[0]}" alt="Photo: {before}" draggable="false">'
        f'<div class="sd-over"><img class="sd-photo" src="{photos[1]}" '
        f'alt="Photo: {after}, laid on the other" draggable="false">{covers}</div>'
        f'<span class="sd-tag sd-tag-left" aria-hidden="true">{before}</span>'
        f'<span class="sd-tag sd-tag-right" aria-hidden="true">{after}</span>'
        '<div class="sd-divider" aria-hidden="true"></div></div></div>'
    )


def _controls(layers: list[_Layer]) -> str:
    """Choose how the photos lie, the layer, how strongly it covers, and how large all is shown."""
    choices = [("", "Nothing"), *((one.name, one.label) for one in layers)]
    radios = "".join(
        f'<label><input type="radio" value="{value}"{"" if value else " checked"}>'
        f"<span>{escape(label)}</span></label>"
        for value, label in choices
    )
    return (
        '<div class="sd-controls"><div class="sd-arranged" role="group" aria-label="How the photos '
        'lie"><button type="button" data-beside="" aria-pressed="true">On each other</button>'
        '<button type="button" data-beside="yes" aria-pressed="false">Next to each other</button>'
        '</div><fieldset class="sd-choice"><legend>Show over the later photo'
        f"</legend>{radios}</fieldset>"
        '<label class="sd-opacity" hidden><span>Strength</span><input type="range" min="0" '
        f'max="100" step="5" value="{OPACITY}" aria-label="Strength of the colors, percent">'
        "</label>"
        '<button type="button" class="sd-zoom" aria-pressed="false">Enlarge</button></div>'
    )


def _legends(layers: Iterable[_Layer]) -> str:
    return "".join(
        f'<div class="sd-legend" data-layer="{one.name}"><p><strong>{escape(one.label)}.</strong> '
        f"{escape(one.about)}</p>{one.legend}{_about_maps(one)}</div>"
        for one in layers
    )


def _about_maps(layer: _Layer) -> str:
    return "" if layer.name == "regions" else f'<p class="sd-note">{escape(ABOUT_MAPS)}</p>'


def _scale(layer: MapLayer) -> str:
    """Draw the color scale with its ends in numbers and words."""
    change, limit = layer.change, layer.limit
    about = attribute(change.attribute)
    colors = scale_colors() if about.direction < 0 else scale_colors()[::-1]
    gradient = ", ".join(f"rgb{color}" for color in colors)
    ticks = "".join(f"<span>{text}</span>" for text in _ticks(limit, change.unit))
    less, more = LESS_AND_MORE[change.attribute]
    key = "Hatched: not measured."
    if layer.noise:
        key += f" Without color: within the noise, below {2 * layer.noise:.2g} {change.unit}."
    return (
        f'<div class="sd-scale"><div class="sd-bar" style="background:linear-gradient(to right, '
        f'{gradient})"></div><div class="sd-ticks">{ticks}</div>'
        f'<div class="sd-ticks"><span>{sentence(less)[:-1]}</span>'
        f'<span>{sentence(more)[:-1]}</span></div></div><p class="sd-note">{escape(key)}</p>'
    )


def _ticks(limit: float, unit: str) -> Iterator[str]:
    yield f"−{limit:g} {escape(unit)}"
    yield "0"
    yield f"+{limit:g} {escape(unit)}"

"""Pictures of results: change maps over the photo, region outlines, before/after strips.

A change map lies over the photo, which is turned to grey and darkened, so that color means change
and nothing else. The scale diverges from that grey: sky blue on one side, orange on the other, both
of the same lightness. Hue then tells the direction and lightness the size, and the two ends differ
along the blue-yellow axis, which people with red-green color blindness see as well as anybody; for
the rare blue-yellow blindness they still differ along red-green. (The two colors are those of Okabe
and Ito, *Color universal design*, 2002.) Interpolation is straight in CIELAB, so equal steps of
change are equal steps to the eye. Orange is the worse direction.

The gray of the photo is stretched over the measured skin, so that light and dark skin carry the
colors alike. Text grows with the picture: a picture shown small keeps its scale readable.
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from .types import ByteArray, FloatArray

__all__ = [
    "before_after",
    "change_layer",
    "change_overlay",
    "region_color",
    "region_layer",
    "region_overlay",
    "scale_colors",
    "scale_limit",
]

# CIELAB (D65) of the two ends, Okabe and Ito's sky blue and orange: L* 70 both.
BLUE_LAB = np.array((70, -13, -36), np.float32)
ORANGE_LAB = np.array((70, 20, 68), np.float32)
FADE_SIGMA = 2  # 19 of 20 values of pure noise are smaller, and fade
GREY_RANGE = (14.0, 50.0)  # L* of the darkened photo; its middle, 32, is 38 below both ends
PHOTO_UNDER_COLOR = 0.35  # share of the photo's own light and shade that stays under full color
PANEL = (22, 24, 28)
INK = (236, 238, 241)
FAINT_INK = (160, 166, 175)
TEXT_SHARE = 1 / 28  # of the width: 14 px when the picture is shown 390 px wide
SMALLEST_TEXT = 12

# Ten hues apart from each other for people with color blindness too, and light enough to stand on
# skin of every tone once they have a dark edge (after Okabe and Ito; the number says the rest).
REGION_COLORS = (
    (86, 180, 233),
    (240, 228, 66),
    (0, 190, 140),
    (230, 159, 0),
    (214, 140, 190),
    (255, 255, 255),
    (60, 130, 230),
    (240, 110, 50),
    (170, 130, 255),
    (175, 225, 120),
)


class _Scale(NamedTuple):
    """What one color scale shows: from -limit to +limit, faded within the noise."""

    limit: float
    unit: str
    better: int
    noise: float


def change_overlay(
    rgb: ByteArray,
    values: FloatArray,
    limit: float,
    unit: str,
    title: str = "",
    better: int = -1,
    noise: float = 0.0,
) -> ByteArray:
    """Photo in grey under the colors of what changed, with a scale below.

    Parameters
    ----------
    rgb : uint8 array of shape (h, w, 3)
        sRGB.
    values : float32 array of shape (h, w)
        Change in `unit`; NaN where not valid (drawn grey and hatched).
    limit : float
        The scale ends at -limit and +limit; values beyond have the color of the end.
    unit, title : str
        Printed with the scale.
    better : {-1, +1}
        The sign that is better, drawn blue.
    noise : float
        Standard deviation of one value; changes below twice that fade. 0 = nothing fades.

    Returns
    -------
    picture : uint8 array of shape (h + scale, w, 3)

    Raises
    ------
    ValueError
        If the shapes differ or the limit is not above 0.
    """
    _check_picture(rgb)
    if values.shape != rgb.shape[:2]:
        raise ValueError(f"values: expected shape {rgb.shape[:2]}, got {values.shape}")
    if not limit > 0:
        raise ValueError(f"limit: expected a number above 0, got {limit}")
    scale = _Scale(float(limit), unit, better, float(noise))
    valid = np.isfinite(values)
    picture = _tint(_grey_lightness(rgb, valid), np.where(valid, values, 0), scale)
    hatched = (~valid & _hatch(values.shape, rgb.shape[1])).astype(np.uint8)
    picture = np.asarray(cv2.copyTo(picture // 2, hatched, picture), np.uint8)
    return np.vstack([picture, _scale_panel(rgb.shape[1], scale, title)])


def change_layer(
    values: FloatArray, limit: float, better: int = -1, noise: float = 0.0
) -> ByteArray:
    """Colors of what changed as a transparent layer, to lie over a photo.

    The mapping is that of :func:`change_overlay`: over its middle grey the two look alike.

    Parameters
    ----------
    values : float32 array of shape (h, w)
        Change; NaN where not valid (hatched).
    limit : float
        Values from there on are opaque.
    better : {-1, +1}
        The sign that is better, drawn blue.
    noise : float
        As in :func:`change_overlay`.

    Returns
    -------
    layer : uint8 array of shape (h, w, 4)
        sRGB and opacity.
    """
    if not limit > 0:
        raise ValueError(f"limit: expected a number above 0, got {limit}")
    valid = np.isfinite(values)
    known = np.where(valid, values, np.float32(0))
    scale = _Scale(float(limit), "", better, float(noise))
    good, _, bad = scale_colors()
    layer = np.empty((*values.shape, 4), np.uint8)
    layer[..., :3] = np.where(_is_worse(known, better)[..., None], bad, good)
    layer[..., 3] = np.rint(255 * _share(known, scale))
    layer[~valid & _hatch(values.shape, values.shape[1])] = (0, 0, 0, 128)
    return layer


def scale_colors() -> tuple[tuple[int, int, int], ...]:
    """Return better end, middle and worse end of the color scale, sRGB."""
    middle = np.array((sum(GREY_RANGE) / 2, 0, 0), np.float32)
    lab = np.array([[BLUE_LAB, middle, ORANGE_LAB]], np.float32)
    rgb = cv2.convertScaleAbs(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB), alpha=255)[0]
    return tuple((int(r), int(g), int(b)) for r, g, b in rgb)


def scale_limit(values: FloatArray, noise: float = 0.0) -> float:
    """Round end of the scale for a change map: 1, 2 or 5 times a power of ten.

    It holds 98 % of the valid values, and at least five times the noise, so that a map of nothing
    but noise stays pale. Returns 1 where nothing is valid.
    """
    size = np.abs(values[np.isfinite(values)])
    largest = float(np.percentile(size, 98)) if size.size else 0.0
    wanted = max(largest, 5 * noise)
    if wanted <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(wanted))
    return float(next(k * power for k in (1, 2, 5, 10) if k * power >= wanted * (1 - 1e-9)))


def region_overlay(rgb: ByteArray, labels: ByteArray, names: Sequence[str]) -> ByteArray:
    """Photo with the outline and number of each region, and a legend below.

    Parameters
    ----------
    rgb : uint8 array of shape (h, w, 3)
        sRGB.
    labels : uint8 array of shape (h, w)
        0 = none; k = ``names[k - 1]``.
    names : sequence of str

    Returns
    -------
    picture : uint8 array of shape (h + legend, w, 3)
    """
    _check_picture(rgb)
    if labels.shape != rgb.shape[:2]:
        raise ValueError(f"labels: expected shape {rgb.shape[:2]}, got {labels.shape}")
    picture = rgb.copy()
    picture[labels == 0] = picture[labels == 0] // 2
    outlined = _outlined(picture, labels, names)
    return np.vstack([outlined, _legend_panel(rgb.shape[1], names)])


def region_layer(labels: ByteArray, names: Sequence[str]) -> ByteArray:
    """Outline and number of each region as a transparent layer, to lie over a photo.

    Parameters
    ----------
    labels : uint8 array of shape (h, w)
        0 = none (darkened); k = ``names[k - 1]``, in the color :func:`region_color` of k.
    names : sequence of str

    Returns
    -------
    layer : uint8 array of shape (h, w, 4)
        sRGB and opacity.
    """
    layer = np.zeros((*labels.shape, 4), np.uint8)
    layer[labels == 0, 3] = 128
    return _outlined(layer, labels, names)


def region_color(number: int) -> tuple[int, int, int]:
    """Color of the region whose label is that number, sRGB; the first is 1."""
    return REGION_COLORS[(number - 1) % len(REGION_COLORS)]


def before_after(
    before: ByteArray, after: ByteArray, captions: tuple[str, str] = ("before", "after")
) -> ByteArray:
    """Two pictures side by side under their captions; the taller is reduced to the other's height.

    Parameters
    ----------
    before, after : uint8 arrays of shape (h, w, 3)
        sRGB.
    captions : tuple of str

    Returns
    -------
    picture : uint8 array of shape (h + caption, w + gap + w, 3)
    """
    for picture in (before, after):
        _check_picture(picture)
    height = min(before.shape[0], after.shape[0])
    left, right = _to_height(before, height), _to_height(after, height)
    gap = np.full((height, max(4, height // 100), 3), PANEL, np.uint8)
    strip = np.hstack([left, gap, right])
    size = _text_size(strip.shape[1])
    canvas = Image.new("RGB", (strip.shape[1], 2 * size), PANEL)
    draw = ImageDraw.Draw(canvas)
    centers = (left.shape[1] / 2, strip.shape[1] - right.shape[1] / 2)
    for x, caption in zip(centers, captions, strict=True):
        draw.text((x, size), caption, INK, _font(size), anchor="mm")
    return np.vstack([np.asarray(canvas), strip])


def _check_picture(rgb: ByteArray) -> None:
    """Raise ValueError unless `rgb` is uint8 of shape (h, w, 3)."""
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
        raise ValueError(f"picture: expected uint8 (h, w, 3), got {rgb.dtype} {rgb.shape}")


def _grey_lightness(rgb: ByteArray, valid: npt.NDArray[np.bool_]) -> FloatArray:
    """Lightness L* of the photo, stretched over the valid pixels to GREY_RANGE."""
    lightness = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)[..., 0]
    low, high = np.percentile(lightness[valid] if valid.any() else lightness, (1, 99))
    low_out, high_out = GREY_RANGE
    stretched = low_out + (lightness - low) * (high_out - low_out) / max(high - low, 1.0)
    return np.asarray(np.clip(stretched, low_out - 6, high_out + 6), np.float32)


def _tint(grey: FloatArray, values: npt.NDArray[np.floating], scale: _Scale) -> ByteArray:
    """Color of each value over its grey: straight in CIELAB from the grey to the scale's end."""
    values = np.asarray(values, np.float32)
    share, worse = _share(values, scale), _is_worse(values, scale.better)
    middle = np.float32(sum(GREY_RANGE) / 2)
    ends = zip((middle, 0, 0), BLUE_LAB, ORANGE_LAB, strict=True)
    planes = [
        start + share * np.where(worse, bad - start, good - start) for start, good, bad in ends
    ]
    planes[0] += (grey - middle) * (1 - share * np.float32(1 - PHOTO_UNDER_COLOR))
    rgb = cv2.cvtColor(cv2.merge(planes), cv2.COLOR_Lab2RGB)
    return np.asarray(cv2.convertScaleAbs(rgb, alpha=255), np.uint8)


def _share(values: npt.NDArray[np.floating], scale: _Scale) -> FloatArray:
    """How much of the end's color each value has, 0..1."""
    share = np.abs(np.asarray(values, np.float32))
    if scale.noise > 0:
        share *= np.minimum(share / np.float32(FADE_SIGMA * scale.noise), 1)
    return np.asarray(np.minimum(share / np.float32(scale.limit), 1), np.float32)


def _is_worse(values: npt.NDArray[np.floating], better: int) -> npt.NDArray[np.bool_]:
    return np.asarray(values < 0 if better > 0 else values > 0)


def _hatch(shape: tuple[int, ...], width: int) -> npt.NDArray[np.bool_]:
    """Thin diagonal lines of that shape, spaced for a picture of that width."""
    step = max(8, width // 80)
    y, x = np.ogrid[: shape[0], : shape[1]]
    return np.asarray((x + y) % step < max(1, step // 6))


def _scale_panel(width: int, scale: _Scale, title: str) -> ByteArray:
    """Draw title, color bar, ticks, directions and key, as wide as the picture."""
    size = _text_size(width)
    font, small = _font(size), _font(max(SMALLEST_TEXT, int(size * 0.85)))
    row, inner = int(size * 1.45), max(width - 2 * size, 8)
    heading = _wrap(f"{title} ({scale.unit})" if title else f"change ({scale.unit})", font, inner)
    key = _wrap(_key_text(scale), small, inner - 2 * size)
    canvas = Image.new("RGB", (width, row * (len(heading) + 4 + len(key))), PANEL)
    draw = ImageDraw.Draw(canvas)
    y = row // 2
    draw.multiline_text((size, y), "\n".join(heading), INK, font, spacing=row - size)
    y += row * len(heading)
    canvas.paste(Image.fromarray(_color_bar(inner, size, scale)), (size, y))
    _draw_ticks(draw, (size, y + size * 4 // 3), inner, scale, small)
    _draw_directions(draw, (size, y + size * 4 // 3 + row), inner, scale, small)
    y += size * 4 // 3 + 2 * row
    swatch = np.full((size, int(1.6 * size), 3), 60, np.uint8)
    swatch[_hatch(swatch.shape, width)] //= 2
    canvas.paste(Image.fromarray(swatch), (size, y))
    draw.multiline_text((3 * size, y), "\n".join(key), FAINT_INK, small, spacing=row - size)
    return np.asarray(canvas)


def _key_text(scale: _Scale) -> str:
    """Say what hatching and fading mean."""
    if not scale.noise:
        return "hatched: not measured"
    return (
        f"hatched: not measured; faint: noise (below {FADE_SIGMA * scale.noise:.2g} {scale.unit})"
    )


def _color_bar(width: int, height: int, scale: _Scale) -> ByteArray:
    """Draw the scale itself, from -limit to +limit, over the middle grey."""
    values = np.linspace(-scale.limit, scale.limit, width, dtype=np.float32)
    grey = np.full((1, width), sum(GREY_RANGE) / 2, np.float32)
    return np.repeat(_tint(grey, values[None], scale), height, axis=0)


def _draw_ticks(
    draw: ImageDraw.ImageDraw,
    corner: tuple[int, int],
    width: int,
    scale: _Scale,
    font: ImageFont.FreeTypeFont,
) -> None:
    """Write five numbers under the bar, or three where five would touch."""
    five = [k * scale.limit / 2 for k in (-2, -1, 0, 1, 2)]
    wide = sum(font.getlength(_signed(v)) + font.size for v in five)
    for value in five if wide < width else five[::2]:
        share = (value / scale.limit + 1) / 2
        anchor = {0.0: "la", 1.0: "ra"}.get(share, "ma")
        x = corner[0] + share * width
        draw.text((x, corner[1]), _signed(value), INK, font, anchor=anchor)


def _draw_directions(
    draw: ImageDraw.ImageDraw,
    corner: tuple[int, int],
    width: int,
    scale: _Scale,
    font: ImageFont.FreeTypeFont,
) -> None:
    """Write ``less`` and ``more`` at their ends, with which of them is better where that fits."""
    words = ("better", "worse") if scale.better < 0 else ("worse", "better")
    left, right = f"less ({words[0]})", f"more ({words[1]})"
    if font.getlength(left + right) + font.size > width:
        left, right = "less", "more"
    draw.text(corner, left, INK, font, anchor="la")
    draw.text((corner[0] + width, corner[1]), right, INK, font, anchor="ra")


def _outlined(picture: ByteArray, labels: ByteArray, names: Sequence[str]) -> ByteArray:
    """Draw outlines with dark edges, and numbers, onto a picture with or without opacity."""
    opaque = (255,) * (picture.shape[2] - 3)
    line = max(1, picture.shape[1] // 400)
    centers = {}
    for number, color in _numbered_colors(names):
        mask = (labels == number).astype(np.uint8)
        if mask.any():
            outlines = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0]
            edge, ink = (0, 0, 0, *opaque), (*color, *opaque)
            cv2.drawContours(picture, outlines, -1, edge, 2 * line + 1, cv2.LINE_AA)
            cv2.drawContours(picture, outlines, -1, ink, line, cv2.LINE_AA)
            centers[number] = _inner_point(mask)
    canvas = Image.fromarray(picture)
    _draw_numbers(canvas, centers, dict(_numbered_colors(names)))
    return np.asarray(canvas)


def _numbered_colors(names: Sequence[str]) -> list[tuple[int, tuple[int, int, int]]]:
    """Label value and color of each region."""
    return [(k, region_color(k)) for k in range(1, len(names) + 1)]


def _inner_point(mask: ByteArray) -> tuple[int, int]:
    """Return (x, y) of the pixel farthest from the outline: inside, whatever the shape."""
    distance = cv2.distanceTransform(np.pad(mask, 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    y, x = np.unravel_index(int(np.argmax(distance)), mask.shape)
    return int(x), int(y)


def _draw_numbers(
    canvas: Image.Image,
    centers: dict[int, tuple[int, int]],
    colors: dict[int, tuple[int, int, int]],
) -> None:
    """Write the number of each region inside it, with a dark edge."""
    size = _text_size(canvas.width)
    draw = ImageDraw.Draw(canvas)
    for number, center in centers.items():
        edge = max(2, size // 8)
        draw.text(
            center,
            str(number),
            colors[number],
            _font(size),
            anchor="mm",
            stroke_width=edge,
            stroke_fill=(0, 0, 0),
        )


def _legend_panel(width: int, names: Sequence[str]) -> ByteArray:
    """List number, color and name of each region, in as many columns as fit."""
    size = _text_size(width)
    font, row = _font(size), int(size * 1.45)
    entries = [f"{k + 1} {name.replace('_', ' ')}" for k, name in enumerate(names)]
    column = int(max((font.getlength(e) for e in entries), default=0)) + 3 * size
    columns = max(1, (width - size) // column)
    rows = -(-len(entries) // columns)
    canvas = Image.new("RGB", (width, row * rows + row // 2), PANEL)
    draw = ImageDraw.Draw(canvas)
    for k, (entry, (_, color)) in enumerate(zip(entries, _numbered_colors(names), strict=True)):
        x, y = size + (k % columns) * column, row // 4 + (k // columns) * row
        draw.rectangle((x, y + row // 4, x + size // 2, y + row // 4 + size // 2), fill=color)
        draw.text((x + size, y + row // 2), entry, INK, font, anchor="lm")
    return np.asarray(canvas)


def _to_height(picture: ByteArray, height: int) -> ByteArray:
    """Picture reduced to that height, in proportion."""
    if picture.shape[0] == height:
        return picture
    width = max(1, round(picture.shape[1] * height / picture.shape[0]))
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _text_size(width: int) -> int:
    """Height of text in px for a picture of that width."""
    return max(SMALLEST_TEXT, round(width * TEXT_SHARE))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's own scalable font; raises ValueError where Pillow was built without FreeType."""
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise ValueError("Pillow has no scalable font; install a Pillow built with FreeType")
    return font


def _wrap(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Lines of whole words no wider than `width` px (a longer word stays whole)."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _signed(value: float) -> str:
    """Tick label: sign and number, plain 0."""
    return "0" if value == 0 else f"{value:+.4g}"

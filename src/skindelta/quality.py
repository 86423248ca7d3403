"""Whether a photo can be used, and why not: photo and regions in, :class:`Quality` out.

Everything is measured on the full pixels of the face or close-up, on a sample of them where they
are many. Each limit says where numbers about color begin to suffer; texture asks for more, and is
refused further down the road where a photo cannot carry it.

Dark skin is no dark photo: *dark* asks whether the darkest color channel of the skin still stands
clear of the steps of 8 bits, *clipping* looks at the ceiling, and *glare* compares a person's skin
with itself.
"""

from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from .color import srgb8_to_linear, weighted
from .defects import edge_blur, flattened_share
from .face_shape import face_shape
from .landmarks import GROUPS
from .skin_mask import share_of_white_light
from .types import Box, ByteArray, FloatArray, Photo, Quality, Reason, RegionMap

__all__ = ["check_quality"]

Mask = npt.NDArray[np.bool_]

# Measured on London, Canada, zoom and lisa photos (no test people), made worse step by step, as the
# shift that it alone gives to the mean a* of a region (docs/decisions/0004-regions-and-quality.md).
MAX_BLUR_MM = 1.6  # σ; a* of regions within 0.16, but a spot 5 mm wide keeps half of its contrast
MIN_PUPIL_PX = 40.0  # a* within 0.66; 0.88 at 30 px
MIN_CLOSE_UP_PX = 160.0  # longer side: as many pixels on the skin as such a face has
MAX_CLIPPED = 0.05  # L* within 1.1, a* within 0.3; at 9 % 2.5 and 0.5
MAX_GLARE = 0.15  # studio 0 to 5 %, phone 0 to 6 %
MIN_CODE = (
    16.0  # a* within 0.8; within 1.8 at 6; the darkest skin of the studio photos stands at 48
)
MAX_UNEVENNESS = 3.0  # studio 1.0 to 1.7, phone 1.1 to 2.1
MAX_COMPRESSION = 0.30  # JPEG quality 20 to 30: a* within 0.95; quality 40 gives 0.43
MIN_SKIN_SHARE = 0.10
MAX_OUTSIDE = 0.05  # a photo cut through the brows; 0 on all 208 faces, a cut at the pupils 0.26

CEILING = 254  # codes; JPEG turns a few 255 into 254
FLOOR = 1
SAMPLES = 60_000  # pixels; shares within 0.2 %
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)

COARSE_PX_PER_MM = 1.0  # eyes and brows still show
EYE_MARGIN = 0.1  # pupil distances around eyes and brows
EYE_PX = 256
PATCH_PX = 160

MIN_PIXELS = 100
GLARE_EXCESS = 0.2  # ln units over the median skin
GLARE_SHARE = 0.5  # of the green light, see skindelta.skin_mask
BLOCKS_PX = 640


class _Sample(NamedTuple):
    """Pixels of the face or close-up, evenly left out where they are many."""

    skin: ByteArray  # (n, 3), bare skin
    area: ByteArray  # (m, 3), where skin should be, hair and all
    enclosed: ByteArray  # (k, 3), skin and what it surrounds: shine, but no beard
    across: FloatArray  # (n,), of the skin, -1..1 from left to right
    skin_share: float


def check_quality(photo: Photo, regions: RegionMap, hidden: FloatArray | None = None) -> Quality:
    """Tell whether a photo can be used, and why not.

    Parameters
    ----------
    photo : Photo
    regions : RegionMap
        From :func:`skindelta.regions.find_regions`.
    hidden : float32 array of shape (N, 2), optional
        Corners of what lies on the skin, a color card: no part of it.

    Returns
    -------
    Quality
        Each reason is a sentence with the number, its limit and what to do.
    """
    if regions.is_close_up and regions.whole == "face":
        return Quality(reasons=(_NO_FACE,))
    sample = _sample(photo.pixels, regions, hidden)
    of_the_face = (
        *_several_faces(regions),
        *_face_in_close_up(regions),
        *_cut_off(regions, photo.pixels.shape),
    )
    if too_little := _too_little(sample, regions):
        return Quality(px_per_mm=regions.px_per_mm, reasons=(*of_the_face, *too_little))
    quality = Quality(
        sharpness=_blur(photo.pixels, regions),
        clipped_fraction=_clipped(sample),
        unevenness=_unevenness(sample),
        glare=_glare(sample),
        compression=_compression(photo.pixels, regions),
        px_per_mm=regions.px_per_mm,
    )
    darkest = float(np.median(sample.skin, axis=0).min())
    reasons = (
        *of_the_face,
        *_small(regions),
        *_blurred(quality.sharpness, regions.nominal_px_per_mm),
        *_dark(darkest),
        *_beyond(quality),
    )
    return replace(quality, reasons=reasons)


_CLOSER = "go closer, or send the original photo"
_NO_FACE = Reason(
    "no_face",
    "no face was found",
    "retake facing the camera with the whole face in the picture, or use --close-up for skin "
    "without a face",
)


def _too_little(sample: _Sample, regions: RegionMap) -> tuple[Reason, ...]:
    """Tell where there is no skin to measure anything on, or next to none."""
    share, pixels = sample.skin_share, len(sample.skin)
    if share < MIN_SKIN_SHARE:
        message = (
            f"almost no bare skin was found: {share:.0%} of the {_shown(regions)}, at least "
            f"{MIN_SKIN_SHARE:.0%} is needed"
        )
        advice = "use a color photo of uncovered skin in white light"
        return (Reason("no_skin", message, advice, share, MIN_SKIN_SHARE),)
    if pixels < MIN_PIXELS:
        message = (
            f"the {_shown(regions)} is too small: its skin has {pixels} pixels, at least "
            f"{MIN_PIXELS} are needed"
        )
        return (Reason("small", message, _CLOSER, pixels, MIN_PIXELS),)
    return ()


def _shown(regions: RegionMap) -> str:
    return "close-up" if regions.is_close_up else "face"


def _face_in_close_up(regions: RegionMap) -> tuple[Reason, ...]:
    """Refuse a face that was called a close-up: eyes and brows would count as skin."""
    if not (regions.is_close_up and regions.faces_found):
        return ()
    return (
        Reason(
            "face_in_close_up",
            "the photo shows a face and was called a close-up",
            "leave --close-up out, or crop the photo to the skin",
        ),
    )


def _several_faces(regions: RegionMap) -> tuple[Reason, ...]:
    if regions.is_close_up or regions.faces_found <= 1:
        return ()
    return (
        Reason(
            "several_faces",
            f"there are {regions.faces_found} faces in the photo, and one is needed",
            "crop the photo to one person, or retake it alone",
            regions.faces_found,
            1,
        ),
    )


def _small(regions: RegionMap) -> tuple[Reason, ...]:
    if regions.is_close_up:
        size, limit = float(max(regions.box.width, regions.box.height)), MIN_CLOSE_UP_PX
        found = f"the close-up is small: its longer side has {size:.0f} px"
    else:
        size, limit = float(np.hypot(*(regions.landmarks[1] - regions.landmarks[0]))), MIN_PUPIL_PX
        found = f"the face is small: the pupils are {size:.0f} px apart"
    if size >= limit:
        return ()
    message = f"{found}, at least {limit:.0f} px is needed"
    return (Reason("small", message, _CLOSER, size, limit),)


def _cut_off(regions: RegionMap, shape: tuple[int, ...]) -> tuple[Reason, ...]:
    if regions.is_close_up:
        return ()
    corner = np.array([shape[1] - 1, shape[0] - 1])
    outside = (regions.landmarks < 0) | (regions.landmarks > corner)
    share = float(outside.any(axis=1).mean())
    if share <= MAX_OUTSIDE:
        return ()
    message = (
        f"the face is cut off: {share:.0%} of its points lie outside the photo, at most "
        f"{MAX_OUTSIDE:.0%} is usable"
    )
    advice = "retake with the whole face in the picture, or send the photo before it was cropped"
    return (Reason("cut_off", message, advice, share, MAX_OUTSIDE),)


def _blurred(sigma: float | None, px_per_mm: float) -> tuple[Reason, ...]:
    limit = MAX_BLUR_MM * px_per_mm
    if sigma is None or sigma <= limit:
        return ()
    message = (
        f"the photo is blurred: edges are blurred by {sigma:.1f} px, at most {limit:.1f} px is "
        "usable"
    )
    advice = "hold the phone still, tap the face to focus, wipe the lens"
    return (Reason("blur", message, advice, sigma, limit),)


def _dark(code: float) -> tuple[Reason, ...]:
    if code >= MIN_CODE:
        return ()
    message = (
        f"the photo is too dark: the darkest color channel of the skin stands at {code:.0f} of "
        f"255, at least {MIN_CODE:.0f} is needed"
    )
    return (
        Reason("dark", message, "use more light, best a window in front of you", code, MIN_CODE),
    )


class _Most(NamedTuple):
    """What may not exceed a limit; the message has places for the number and its limit."""

    code: str
    field: str  # of Quality
    limit: float
    message: str
    advice: str


_MOST = (
    _Most(
        "clipping",
        "clipped_fraction",
        MAX_CLIPPED,
        "{0:.0%} of the skin is overexposed or black, at most {1:.0%} is usable",
        "use softer light, or lower the exposure until no part of the skin is white",
    ),
    _Most(
        "glare",
        "glare",
        MAX_GLARE,
        "{0:.0%} of the skin is shiny, at most {1:.0%} is usable",
        "switch the flash off, dab the skin dry, turn away from the lamp",
    ),
    _Most(
        "uneven_light",
        "unevenness",
        MAX_UNEVENNESS,
        "one side gets {0:.1f} times the light of the other, at most {1:.1f} times is usable",
        "face the light, or a bright wall",
    ),
    _Most(
        "compression",
        "compression",
        MAX_COMPRESSION,
        "the file is compressed too hard: {0:.0%} of the skin lost its structure to blocks of "
        "8 x 8 pixels, at most {1:.0%} is usable",
        "send the original photo, not one from a messenger or a screenshot",
    ),
)


def _beyond(quality: Quality) -> list[Reason]:
    """Reasons of every number that exceeds its limit."""
    reasons = []
    for code, field, limit, message, advice in _MOST:
        value = getattr(quality, field)
        if value is not None and value > limit:
            reasons.append(Reason(code, message.format(value, limit), advice, value, limit))
    return reasons


def _sample(pixels: ByteArray, regions: RegionMap, hidden: FloatArray | None) -> _Sample:
    box = regions.box
    step = max(1, round(np.sqrt(box.width * box.height / SAMPLES)))
    part = np.s_[box.top : box.bottom : step, box.left : box.right : step]
    codes, skin = pixels[part], regions.labels[part] > 0
    share = float(skin.mean()) if skin.size else 0.0
    if regions.is_close_up:
        area = enclosed = _filled(skin)
    else:
        points = (regions.landmarks - (box.left, box.top)) / np.float32(step)
        shape = face_shape(points.astype(np.float32), skin.shape)
        area = shape.labels > 0
        enclosed = _filled(skin | shape.features) & area
        share = float((skin & area).sum() / max(int(area.sum()), 1))
    if hidden is not None:
        laid = np.zeros(skin.shape, np.uint8)
        cv2.fillPoly(laid, [np.rint((hidden - (box.left, box.top)) / step).astype(np.int32)], (1,))
        area, enclosed = area & (laid == 0), enclosed & (laid == 0)
    across = np.broadcast_to(np.linspace(-1, 1, skin.shape[1], dtype=np.float32), skin.shape)
    return _Sample(codes[skin], codes[area], codes[enclosed], across[skin], share)


def _filled(mask: Mask) -> Mask:
    """Mask without holes."""
    outlines, _ = cv2.findContours(
        mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    filled = np.zeros(mask.shape, dtype=np.uint8)
    cv2.drawContours(filled, outlines, -1, (1,), cv2.FILLED)
    inside: Mask = filled > 0
    return inside


def _clipped(sample: _Sample) -> float:
    """Share with a channel at its ceiling, or skin with all channels at the floor."""
    bright = (sample.area >= CEILING).any(axis=1).mean()
    return float(bright + (sample.skin <= FLOOR).all(axis=1).mean())


def _glare(sample: _Sample) -> float:
    """Share under specular shine: brighter than the skin, and half of it white light."""
    skin, everything = (np.log(_linear(codes)) for codes in (sample.skin, sample.enclosed))
    redness = everything[:, 0] - everything[:, 1]
    own = float(np.median(skin[:, 0] - skin[:, 1]))
    brighter = everything[:, 1] > np.median(skin[:, 1]) + GLARE_EXCESS
    return float((brighter & (share_of_white_light(redness, own) > GLARE_SHARE)).mean())


def _linear(codes: ByteArray) -> FloatArray:
    linear = srgb8_to_linear(codes.reshape(-1, 1, 3)).reshape(-1, 3)
    return np.maximum(linear, np.float32(1e-3))


def _unevenness(sample: _Sample) -> float:
    """Ratio of the lighter to the darker half, left to right."""
    light = np.log(weighted(_linear(sample.skin), LUMINANCE))
    sides = sample.across < 0, sample.across >= 0
    halves = [float(np.median(light[side])) for side in sides if side.sum() > MIN_PIXELS]
    return float(np.exp(abs(halves[0] - halves[1]))) if len(halves) == 2 else 1.0


def _blur(pixels: ByteArray, regions: RegionMap) -> float | None:
    """σ in px of the blur of edges: of the eyes, or of anything on a close-up."""
    halvings = max(0, int(np.log2(max(regions.nominal_px_per_mm / COARSE_PX_PER_MM, 1))))
    if regions.is_close_up:
        box = regions.box
        photo = pixels[box.top : box.bottom, box.left : box.right]
        return edge_blur(lambda level: _patches(photo, level), halvings, has_sharp_edges=False)
    eyes = _eyes(pixels, regions.landmarks)
    return edge_blur(
        lambda level: [_center(_halved(eye, level)) for eye in eyes], halvings, has_sharp_edges=True
    )


def _eyes(pixels: ByteArray, landmarks: FloatArray) -> list[ByteArray]:
    """Both eyes with their brows, gray."""
    margin = EYE_MARGIN * float(np.hypot(*(landmarks[1] - landmarks[0])))
    patches = []
    for side in ("right", "left"):
        around = np.concatenate([landmarks[GROUPS[f"{side}_{part}"]] for part in ("eye", "brow")])
        left, top = np.maximum(around.min(axis=0) - margin, 0).astype(int)
        right, bottom = np.maximum(around.max(axis=0) + margin, 0).astype(int)
        if (patch := pixels[top:bottom, left:right]).size:
            patches.append(_gray(patch))
    return patches


def _patches(photo: ByteArray, level: int) -> list[ByteArray]:
    """Nine gray patches of a close-up, reduced to half its size so often."""
    size = PATCH_PX * 2**level
    tops, lefts = (
        sorted({*np.linspace(0, max(n - size, 0), 3).astype(int)}) for n in photo.shape[:2]
    )
    return [
        _halved(_gray(photo[top : top + size, left : left + size]), level)
        for top in tops
        for left in lefts
    ]


def _halved(image: ByteArray, times: int) -> ByteArray:
    if times == 0:
        return image
    size = tuple(max(1, round(n / 2**times)) for n in image.shape[::-1])
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _center(image: ByteArray) -> ByteArray:
    """At most EYE_PX pixels on each side, from the middle."""
    top, left = (max(0, (n - EYE_PX) // 2) for n in image.shape)
    return image[top : top + EYE_PX, left : left + EYE_PX]


def _compression(pixels: ByteArray, regions: RegionMap) -> float:
    """Share of the skin that compression left without structure, from the middle of the box."""
    box = _middle(regions.box)
    part = np.s_[box.top : box.bottom, box.left : box.right]
    return flattened_share(_gray(pixels[part]), regions.labels[part] > 0)


def _gray(pixels: ByteArray) -> ByteArray:
    return np.asarray(
        cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY), dtype=np.uint8
    )


def _middle(box: Box) -> Box:
    """At most BLOCKS_PX pixels on each side, from the middle."""
    x, y = ((a + b) // 2 for a, b in ((box.left, box.right), (box.top, box.bottom)))
    half = BLOCKS_PX // 2
    return Box(
        max(box.left, x - half),
        max(box.top, y - half),
        min(box.right, x + half),
        min(box.bottom, y + half),
    )

"""Known changes: drawn, made in generated skin, photographed, and what is true of them.

::

    regions ─draw_changes→ Injection… ─inject→ Injected ─truth_of→ truth by attribute, basis, region
    generated skin ─taken_of_skin→ two photos by the simulated camera ─the whole road→ Example

Shapes are those of lesions and treatments, sizes reach from nothing to what treatments do. Nothing
here is drawn as the frozen benchmark is.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from ..net_input import CONTEXT
from ..pipeline import FORMULA, Options
from ..synthesis import (
    REGIMES,
    Injected,
    Injection,
    Kind,
    Photograph,
    Regime,
    Room,
    Scenery,
    inject,
    lit,
    photograph,
)
from ..types import Corners, Photo, Reference
from .examples import Example, Key, Refused, example_of
from .generated import Scene

__all__ = ["WAYS", "decoded", "draw_changes", "taken_of_skin", "truth_of"]

COUNTS = (0.5, 0.33, 0.17)  # of the photos have one, two, three changes
# How often each kind is drawn: those that move the mean of a region more often.
BLOOD: dict[Kind, float] = {
    "flush": 2.0,
    "diffuse": 1.5,
    "blob": 2.0,
    "blotches": 2.0,
    "papules": 1.5,
    "vessels": 0.7,
    "needle dots": 0.7,
    "needle tracks": 0.4,
    "mottling": 0.7,
}
MELANIN: dict[Kind, float] = {
    "tan": 1.5,
    "diffuse": 1.5,
    "blob": 2.0,
    "melasma": 2.0,
    "lentigines": 1.5,
    "PIH": 1.5,
    "freckles": 1.0,
    "blotches": 1.0,
    "mottling": 0.7,
}
RELIEF: dict[Kind, float] = {
    "diffuse": 3.0,
    "blob": 2.0,
    "blotches": 1.5,
    "tan": 0.7,
    "wrinkles": 0.7,
    "pores": 0.7,
    "scars": 0.7,
}
KINDS = {"redness": BLOOD, "hyperpigmentation": MELANIN, "texture": RELIEF}
AMPLITUDES = {  # a*, L*, percent, where the change is strongest: there is less to take away
    "redness": (-4.0, 8.0),
    "hyperpigmentation": (-4.0, 8.0),
    "texture": (-50.0, 60.0),
}
NEW_RELIEF = ("wrinkles", "pores", "scars")  # can only be added
# Of a face: the others are too small for most kinds.
LARGER_REGIONS = ("forehead", "left_cheek", "right_cheek", "nose", "chin", "perioral")
EVERYWHERE = ("flush", "diffuse", "tan", "melasma", "blotches", "blob", "freckles", "mottling")
WHOLE_SHARE = 0.5  # of the changes that may be everywhere

# How generated skin is photographed. In the same room the strip hangs where clothes would, in
# nearly the skin's mix of lamps. Casually nothing but the skin is shared.
WAYS: Mapping[str, Regime] = {**REGIMES, "casual": REGIMES["casual"]._replace(room=Room())}
# What the pair is said to be read by. A strip that hangs in a room as clothes do tells as much of
# the light, and a base network ships mostly for scenes, for grey objects not.
READ_BY: Mapping[str, Reference] = {"controlled": "grey", "same room": "scene", "casual": "skin"}
GREY_MM = 15.0, 2.0  # half the sides of what is read of the strip
RETAKES = 4  # at most, of a pair that cannot be compared
EDGE_MM = 2.0  # of skin beside the strip: four times the widest σ that relief is read with


def draw_changes(regions: Sequence[str], rng: np.random.Generator) -> list[Injection]:
    """Draw one to three changes of a photo.

    Parameters
    ----------
    regions : sequence of str
        Regions that the photo shows, the whole first.
    rng : numpy.random.Generator

    Returns
    -------
    list of Injection
    """
    count = 1 + int(rng.choice(len(COUNTS), p=COUNTS))
    return [_change(regions, rng) for _ in range(count)]


def _change(regions: Sequence[str], rng: np.random.Generator) -> Injection:
    attribute = str(rng.choice(list(KINDS)))
    kinds = KINDS[attribute]
    weights = np.array(list(kinds.values()))
    kind = list(kinds)[int(rng.choice(len(kinds), p=weights / weights.sum()))]
    larger = [name for name in regions[1:] if name in LARGER_REGIONS]
    region = regions[0]
    if larger and kind in EVERYWHERE and rng.random() > WHOLE_SHARE:
        region = str(rng.choice(larger))
    low, high = AMPLITUDES[attribute]
    amplitude = float(rng.uniform(0.0 if kind in NEW_RELIEF else low, high))
    return Injection(attribute, amplitude, kind, region, int(rng.integers(2**31)))


def truth_of(
    injected: Injected, masks: Mapping[str, npt.NDArray[np.bool_]], sign: int = 1
) -> dict[Key, float]:
    """Return what a perfect measurement would read in every region.

    Parameters
    ----------
    injected : Injected
    masks : mapping of str to bool array of shape (H, W)
        The whole first; relative values are against its median.
    sign : int
        -1 where the changed photo is the before photo.

    Returns
    -------
    dict of (attribute, basis, region) to float
        a*, L* and %.
    """
    whole = next(iter(masks.values()))
    truth: dict[Key, float] = {}
    for region, mask in masks.items():
        for attribute in ("redness", "hyperpigmentation"):
            truth[attribute, "absolute", region] = sign * injected.truth(attribute, mask)
            truth[attribute, "relative", region] = sign * injected.truth(attribute, mask, whole)
        truth["texture", "absolute", region] = sign * injected.truth("texture", mask)
    return truth


def decoded(shot: Photograph) -> Photo:
    """Return a photo as its JPEG file would be read."""
    data = shot.jpeg()
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise ValueError(f"could not decode a photo of shape {shot.pixels.shape}")
    return Photo(np.asarray(pixels, np.uint8), sha256=hashlib.sha256(data).hexdigest())


def taken_of_skin(
    scene: Scene,
    changes: Sequence[Injection],
    way: str,
    rng: np.random.Generator,
    *,
    swapped: bool = False,
) -> Example:
    """Change generated skin, photograph it unchanged and changed, and measure the pair.

    Networks are not asked about close-ups when photos are compared, only about faces. So the
    example's context says what that of a face would: it is no close-up. Light, scale and tone are
    as they were measured; the reference is the grey strip, called a scene in the same room
    (`READ_BY`), or the skin itself.

    Parameters
    ----------
    scene : Scene
    changes : sequence of Injection
        Of the region ``"skin"``.
    way : {"controlled", "same room", "casual"}
    rng : numpy.random.Generator
        Of lights and camera.
    swapped : bool
        The changed photo is the before photo.

    Returns
    -------
    Example
        With its truth; `read` by formula.

    Raises
    ------
    Refused
        The photos cannot be compared, however often they are retaken.
    """
    injected = inject(scene.rgb, changes, scene.masks, scene.px_per_mm)
    shots = _photographed(scene, injected, WAYS[way], rng)
    for _ in range(RETAKES):
        try:
            example = _measured(scene, shots, way, swapped)
            break
        except Refused:  # mostly for a face that a finder sees in three spots
            shots = _photographed(scene, injected, WAYS[way], rng)
    else:
        example = _measured(scene, shots, way, swapped)
    truth = truth_of(injected, {"skin": _seen(scene, shots)}, -1 if swapped else 1)
    return example.with_truth(truth)


def _measured(
    scene: Scene, shots: tuple[Photograph, Photograph], way: str, swapped: bool
) -> Example:
    """Take two photos through the whole road."""
    first, second = reversed(shots) if swapped else shots
    options = Options(close_up=True, px_per_mm=scene.px_per_mm, reference="skin", model=FORMULA)
    if READ_BY[way] != "skin":
        marked = _grey(scene, first), _grey(scene, second)
        options = replace(options, reference="grey", grey=marked)
    example = example_of(decoded(first), decoded(second), options)
    return _as_of_a_face(example, READ_BY[way])


def _photographed(
    scene: Scene, injected: Injected, regime: Regime, rng: np.random.Generator
) -> tuple[Photograph, Photograph]:
    """Take both versions, equally sharp, and cut off what lies around.

    Where one photo of a face is sharper, it is blurred to the other before relief is read, judged
    by the brows. Skin has none: nothing would be learnt of that but to mistrust relief.
    """
    strip = (~scene.masks["skin"]).astype(np.float32)
    scenery = Scenery(np.zeros_like(strip), strip)
    first, second = (regime.camera.shot(rng) for _ in range(2))
    blur = max(first.blur_px, second.blur_px)
    lights = regime.room.pair(rng)
    taken = [
        photograph(lit(rgb, scenery, light), replace(shot, blur_px=blur), rng)
        for rgb, light, shot in zip((scene.rgb, injected.rgb), lights, (first, second), strict=True)
    ]
    return _cut(taken[0], scene.margin), _cut(taken[1], scene.margin)


def _grey(scene: Scene, shot: Photograph) -> Corners:
    """Return where the grey is in a photo: much of it, since JPEG rounds every even block alike."""
    x, y = scene.grey
    along, across = (mm * scene.px_per_mm for mm in GREY_MM)
    corners = ((-along, -across), (along, -across), (along, across), (-along, across))
    return tuple(shot.seen_at((x + right, y + down)) for right, down in corners)


def _cut(shot: Photograph, margin: int) -> Photograph:
    """Return a photo without its margin."""
    moved = np.array([[1.0, 0, -margin], [0, 1, -margin], [0, 0, 1]])
    pixels = np.ascontiguousarray(shot.pixels[margin:-margin, margin:-margin])
    return replace(shot, pixels=pixels, matrix=moved @ shot.matrix)


def _seen(scene: Scene, shots: Sequence[Photograph]) -> npt.NDArray[np.bool_]:
    """Return the skin that both photos show, clear of the strip: its edge outdoes any relief."""
    reach = 2 * round(EDGE_MM * scene.px_per_mm) + 1
    seen = cv2.erode(scene.masks["skin"].astype(np.uint8), np.ones((reach, reach), np.uint8))
    size = seen.shape[1::-1]
    for shot in shots:
        photo = np.ones(shot.pixels.shape[:2], np.uint8)
        flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
        seen = seen & np.asarray(cv2.warpPerspective(photo, shot.matrix, size, flags=flags))
    return np.asarray(seen > 0)


def _as_of_a_face(example: Example, reference: Reference) -> Example:
    """Return an example whose context is that of a face: no close-up, and read by a reference."""
    context = example.given.context.copy()
    context[CONTEXT.index("close_up")] = 0.0
    if example.reference == "grey" and reference == "scene":
        context[CONTEXT.index("grey")], context[CONTEXT.index("scene")] = 0.0, 1.0
        example = replace(example, reference="scene")
    return replace(example, given=example.given._replace(context=context))

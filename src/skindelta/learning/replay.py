"""Replay: what must not be forgotten while labels are learnt, as pairs with known changes.

::

    a photo of the user ─replayed→ itself and itself changed, both taken anew ─→ Example with truth
    generated skin      ─replayed_skin→                the same
    a labelled pair     ─retaken→ both photos taken anew ─→ Example, to which its label still fits

*Taken anew* is by the simulated camera: each photo gets its own small white balance, exposure,
pose, shading, blur, noise and compression. An example depends on its files, seed and options alone,
is kept under `folder`, and can be made in a process of its own.
"""

from dataclasses import asdict, replace
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from ..color import srgb8_to_linear
from ..filters import made_smaller
from ..landmarks import find_face
from ..photo import read_bytes, read_photo_bytes
from ..pipeline import Options
from ..quality import check_quality
from ..regions import find_regions, scale_from_pupils
from ..synthesis import Camera, Photograph, inject, photograph
from ..types import Corners, FloatArray, Photo, RegionMap, Scale
from .examples import Example, Refused, example_of, kept_example, key_of
from .generated import FIRST_FROZEN_SEED, generated_skin
from .known_changes import WAYS, decoded, draw_changes, taken_of_skin, truth_of

__all__ = ["MILD", "one_thread", "replayed", "replayed_skin", "retaken"]

_VERSION = 1  # of what is drawn: examples of another are made anew

# What two photos of one careful session differ by: what it does to scores is noise, not a lesson.
MILD = Camera(
    white_balance=0.03,
    exposure_ev=0.2,
    pose=0.015,
    perspective=0.004,
    shading=0.04,
    vignetting=0.05,
    blur_px=0.3,
    noise=0.003,
    quality=(88, 97),
)
ON_SENSOR_SHARE = 0.5  # of the cameras balance in the colors of their sensor
# Larger photos are reduced first: somewhat more than the working grid takes (5 px/mm, 1200 px).
MOST_PX_PER_MM, MOST_CLOSE_UP_PX = 6.0, 1400.0
TONES = (-48.0, 62.0)  # degrees of ITA


def one_thread() -> None:
    """Make OpenCV work in one thread: to begin a process of a pool with."""
    cv2.setNumThreads(1)


def replayed(photo: str | Path | bytes, seed: int, folder: Path, options: Options) -> Example:
    """Change a photo by known amounts, and measure it against itself unchanged.

    Parameters
    ----------
    photo : str, Path or bytes
        Its path, or the file itself.
    seed : int
        Decides changes, camera, and which of both comes first.
    folder : Path
        Where examples are kept.
    options : Options
        Name the model in it (:func:`skindelta.pipeline.with_model`): ``"current"`` may become
        another. What was drawn or marked in a photo is left out, cards are searched for.

    Returns
    -------
    Example
        With its truth.

    Raises
    ------
    Refused
        Now or when it was tried before: nothing to change, or not to be compared.
    PhotoError
        The file cannot be read as a photo.
    AlignmentError, ModelError
        As :func:`skindelta.compare`.
    """
    options = replace(options, own_regions=(), card_corners=(None, None), grey=(None, None))
    data, name = _file(photo)
    key = _key("replayed", seed, options, data)
    return kept_example(folder, key, partial(_replayed, data, name, seed, options))


def retaken(
    before: str | Path | bytes,
    after: str | Path | bytes,
    seed: int,
    folder: Path,
    options: Options,
) -> Example:
    """Take both photos of a labelled pair anew: what a camera does, and nothing that skin does.

    Parameters
    ----------
    before, after : str, Path or bytes
        Paths, or the files themselves.
    seed : int
        Of the camera.
    folder : Path
        Where examples are kept.
    options : Options
        As in :func:`replayed`; what was marked in a photo is kept, drawn regions are left out.

    Returns
    -------
    Example
        The label of the pair is that of this one too.

    Raises
    ------
    Refused
        Now or when it was tried before: not to be compared.
    PhotoError, AlignmentError, ModelError
        As :func:`replayed`.
    """
    options = replace(options, own_regions=())
    (first, first_name), (second, second_name) = _file(before), _file(after)
    files, names = (first, second), (first_name, second_name)
    key = _key("retaken", seed, options, *files)
    return kept_example(folder, key, partial(_retaken, files, names, seed, options))


def replayed_skin(seed: int, folder: Path) -> Example:
    """Change generated skin by known amounts, photographed in any of the three ways.

    Parameters
    ----------
    seed : int
        Decides all: skin, tone, changes and camera.
    folder : Path
        Where examples are kept.

    Returns
    -------
    Example
        With its truth; of skin that the frozen benchmark does not hold.

    Raises
    ------
    Refused
        Now or when it was tried before: the photos cannot be compared.
    """
    return kept_example(
        folder, key_of("replayed skin", *_made_by(), seed), partial(_replayed_skin, seed)
    )


def _file(photo: str | Path | bytes) -> tuple[bytes, str]:
    """Return a file and what messages call it."""
    return (
        (photo, "photo of the record")
        if isinstance(photo, bytes)
        else (read_bytes(photo), str(photo))
    )


def _replayed_skin(seed: int) -> Example:
    rng = np.random.default_rng([seed, 3])
    scene = generated_skin(int(rng.integers(FIRST_FROZEN_SEED)), float(rng.uniform(*TONES)))
    changes, way = draw_changes(list(scene.masks), rng), str(rng.choice(list(WAYS)))
    return taken_of_skin(scene, changes, way, rng, swapped=bool(rng.random() < 0.5))


def _replayed(data: bytes, name: str, seed: int, options: Options) -> Example:
    given = _reduced(read_photo_bytes(data, name), options)
    regions = _regions(given, options)
    masks = {region: regions.mask(region) for region in regions.names}
    masks = {region: mask for region, mask in masks.items() if mask.any()}
    rng = np.random.default_rng([seed, 1])
    rgb = srgb8_to_linear(given.photo.pixels)
    changes = draw_changes(list(masks), rng)
    injected = inject(rgb, changes, masks, regions.nominal_px_per_mm)
    swapped = bool(rng.random() < 0.5)
    camera = _camera(rng)
    shots = [_taken(light, camera, rng) for light in (rgb, injected.rgb)]
    first, second = reversed(shots) if swapped else shots
    example = example_of(decoded(first), decoded(second), _scaled(options, given.share))
    return example.with_truth(truth_of(injected, masks, -1 if swapped else 1))


def _retaken(
    files: tuple[bytes, bytes], names: tuple[str, str], seed: int, options: Options
) -> Example:
    rng = np.random.default_rng([seed, 2])
    camera = _camera(rng)
    photos, greys, cards = [], [], []
    for which, (data, name) in enumerate(zip(files, names, strict=True)):
        given = _reduced(read_photo_bytes(data, name), options)
        shot = _taken(srgb8_to_linear(given.photo.pixels), camera, rng)
        photos.append(decoded(shot))
        greys.append(_carried(options.grey[which], given.share, shot))
        cards.append(_carried(options.card_corners[which], given.share, shot))
    share = given.share if options.px_per_mm is not None else 1.0  # of both alike
    marked = replace(options, grey=(greys[0], greys[1]), card_corners=(cards[0], cards[1]))
    return example_of(photos[0], photos[1], _scaled(marked, share))


class _Given(NamedTuple):
    """A photo, and its px for one px of the file."""

    photo: Photo
    share: float


def _reduced(photo: Photo, options: Options) -> _Given:
    """Bring a photo to the size that is worked on; small ones stay as they are."""
    longer = max(photo.pixels.shape[:2])
    if options.close_up:
        factor = longer / MOST_CLOSE_UP_PX
    elif options.px_per_mm is not None:
        factor = options.px_per_mm / MOST_PX_PER_MM
    else:
        face = find_face(photo.pixels)
        factor = 1.0 if face is None else scale_from_pupils(face.points).value / MOST_PX_PER_MM
    if factor <= 1:
        return _Given(photo, 1.0)
    smaller = made_smaller(photo.pixels, factor, by_area=True)
    return _Given(replace(photo, pixels=smaller), max(smaller.shape[:2]) / longer)


def _regions(given: _Given, options: Options) -> RegionMap:
    """Find the skin to change; raises Refused where there is none."""
    known = _scaled(options, given.share).px_per_mm
    scale = None if known is None else Scale(known, known, known)
    regions = find_regions(given.photo, close_up=options.close_up, px_per_mm=scale)
    if not regions.labels.any():
        reasons = "; ".join(str(reason) for reason in check_quality(given.photo, regions).reasons)
        raise Refused(f"{given.photo.source}: {reasons or 'no skin was found'}")
    return regions


def _scaled(options: Options, share: float) -> Options:
    """Return options for photos that were reduced."""
    if options.px_per_mm is None:
        return options
    return replace(options, px_per_mm=options.px_per_mm * share)


def _camera(rng: np.random.Generator) -> Camera:
    return replace(MILD, on_sensor=bool(rng.random() < ON_SENSOR_SHARE))


def _taken(rgb: FloatArray, camera: Camera, rng: np.random.Generator) -> Photograph:
    return photograph(rgb, camera.shot(rng), rng)


def _carried(corners: Corners | None, share: float, shot: Photograph) -> Corners | None:
    """Bring what was marked in a file to the photo that was taken of it."""
    if corners is None:
        return None
    # Pixel centers are whole numbers: the corner of the first pixel is at -0.5.
    return tuple(
        shot.seen_at(((x + 0.5) * share - 0.5, (y + 0.5) * share - 0.5)) for x, y in corners
    )


def _key(what: str, seed: int, options: Options, *files: bytes) -> str:
    """Return the name of an example: of all that it depends on."""
    digests = [sha256(data).hexdigest() for data in files]
    return key_of(what, *_made_by(), seed, asdict(options), digests)


def _made_by() -> tuple[str, int]:
    return version("skindelta"), _VERSION

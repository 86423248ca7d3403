"""A small history with known truth: one bundled photo in, five sessions and their scores out.

The photo is the portrait of an astronaut that scikit-image ships (NASA, public domain). Its skin
gets patches of redness and of pigment, the first session; in the later ones redness rises and
falls and pigment fades by known amounts, as they might after a treatment. Each session is taken by
the simulated camera with its own small errors of pose, white balance and exposure. The scores
against the first session then stand beside what was really done. The face is small, so its texture
cannot be measured, and the scores say so.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import numpy as np
import skimage.data
from PIL import Image

from .color import srgb8_to_linear
from .outputs import make_folder, replacing
from .pipeline import compare
from .regions import find_regions
from .synthesis import Camera, Injected, Injection, Kind, inject, photograph
from .types import FloatArray, Photo, RegionMap, Score

__all__ = ["SUBJECT", "DemoRow", "DemoSession", "make_demo", "run_demo"]

SUBJECT = "astronaut"
SEED = 20
HEAD = np.s_[:360, 45:405]  # of the portrait: head, shoulders and background
ENLARGED = 2.0  # the pupils are 45 px apart; phones give ten times that
CAMERA = Camera(
    white_balance=0.01,
    exposure_ev=0.05,
    pose=0.01,
    perspective=0.002,
    noise=0.003,
    quality=(92, 96),
)
# Day of the session, share of the redness and of the pigment that is there, what happened: as it
# may go around one microneedling on the day of the second session.
COURSE = (
    ("2026-01-05", 1.0, 1.0, "first session"),
    ("2026-01-12", 1.0, 1.0, "nothing changed; microneedling follows"),
    ("2026-01-14", 1.7, 1.0, "two days after it: redder"),
    ("2026-02-09", 0.5, 0.7, "four weeks after it: redness fell, spots fade"),
    ("2026-04-06", 0.1, 0.1, "twelve weeks after it: almost gone"),
)
REDNESS: tuple[tuple[Kind, float], ...] = (
    ("diffuse", 3.0),
    ("patches", 4.0),
)  # kind, Δa* where the field is 1
PIGMENT: tuple[tuple[Kind, float], ...] = (("patches", 6.0),)  # kind, -ΔL* where the field is 1
SHOWN = (("redness", "absolute"), ("redness", "relative"), ("hyperpigmentation", "relative"))


@dataclass(frozen=True)
class DemoSession:
    """One photo of the history.

    Attributes
    ----------
    path : Path
    taken_at : datetime
        UTC, also in the photo's EXIF.
    story : str
        What happened since the first session.
    truth : mapping of (attribute, basis) to float
        Change of the whole face since the first session.
    """

    path: Path
    taken_at: datetime
    story: str
    truth: Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class DemoRow:
    """One score of one session beside the truth; `truth` is None where nothing was prepared."""

    session: DemoSession
    score: Score
    truth: float | None


def make_demo(directory: str | Path) -> list[DemoSession]:
    """Write the photos of the history as ``directory/astronaut/DATE.jpg``.

    Parameters
    ----------
    directory : str or Path
        Made where missing; photos of an earlier demo are replaced.

    Returns
    -------
    list of DemoSession
        The first is the baseline.

    Raises
    ------
    SkinDeltaError
        The directory cannot be written.
    """
    folder = make_folder(Path(directory) / SUBJECT)
    pixels = np.ascontiguousarray(skimage.data.astronaut()[HEAD])
    regions = find_regions(Photo(pixels, source="the demo's portrait"))
    scene = srgb8_to_linear(pixels)
    stages = [_skin_at(scene, regions, red, dark) for _, red, dark, _ in COURSE]
    face = regions.mask(regions.whole)
    rng = np.random.default_rng(SEED)
    sessions = []
    for (day, _, _, story), stage in zip(COURSE, stages, strict=True):
        taken_at = datetime.fromisoformat(f"{day}T09:00:00").replace(tzinfo=UTC)
        path = folder / f"{day}.jpg"
        _take(stage.rgb, path, taken_at, rng)
        truth = {key: _truth(stage, face, *key) - _truth(stages[0], face, *key) for key in SHOWN}
        sessions.append(DemoSession(path, taken_at, story, MappingProxyType(truth)))
    return sessions


def run_demo(directory: str | Path | None = None) -> tuple[DemoRow, ...]:
    """Make the history and score every session against the first.

    Parameters
    ----------
    directory : str, Path or None
        Where the photos stay; None leaves nothing behind.

    Returns
    -------
    tuple of DemoRow
        Scores of the whole face, session by session.
    """
    if directory is None:
        with tempfile.TemporaryDirectory() as folder:
            return run_demo(folder)
    baseline, *later = make_demo(directory)
    rows = []
    for session in later:
        comparison = compare(baseline.path, session.path)
        for score in comparison.scores:
            key = score.attribute, score.basis
            if score.region == "face" and (key in SHOWN or score.attribute == "texture"):
                rows.append(DemoRow(session, score, session.truth.get(key)))
    return tuple(rows)


def _skin_at(scene: FloatArray, regions: RegionMap, red: float, dark: float) -> Injected:
    """Put the share of redness and pigment of one session into the skin."""
    changes = [
        Injection(attribute, share * amplitude, kind, regions.whole, seed)
        for attribute, share, prepared, seed in (
            ("redness", red, REDNESS, SEED),
            ("hyperpigmentation", dark, PIGMENT, SEED + 1),
        )
        for kind, amplitude in prepared
    ]
    masks = {regions.whole: regions.mask(regions.whole)}
    return inject(scene, changes, masks, regions.nominal_px_per_mm)


def _truth(stage: Injected, face: np.ndarray, attribute: str, basis: str) -> float:
    return stage.truth(attribute, face, face if basis == "relative" else None)


def _take(scene: FloatArray, path: Path, taken_at: datetime, rng: np.random.Generator) -> None:
    """Take one photo and write it with its time."""
    shot = replace(CAMERA.shot(rng), size=ENLARGED)
    taken = photograph(scene, shot, rng)
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = taken_at.strftime("%Y:%m:%d %H:%M:%S")  # DateTimeOriginal
    exif.get_ifd(0x8769)[0x9011] = "+00:00"  # OffsetTimeOriginal
    with replacing(path, binary=True) as file:
        Image.fromarray(taken.pixels).save(file, "JPEG", quality=taken.quality, exif=exif)

"""The frozen benchmark that the package carries: pairs of generated skin with known changes.

Four tones, each attribute changed alone, all together, and nothing; photographed with care, in one
room, and casually. Two models that read the same pairs are held against each other by it before one
takes the other's place.

The list is written down here change by change, so that nothing that is drawn elsewhere can move it.
What is made of it by skin, camera and alignment is held by a test. A new list is a new version.

Its weakness: no faces and so no smile, no turned head and no shadow of a nose, no hair, no make-up,
one flat surface, one kind of lamp; skin and changes come from the one model of skin that also made
what the base was trained on. A model that is worse here has forgotten something; one that is no
worse here need not be good on people.
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from ..synthesis import Injection, Kind
from .examples import Example, kept_example, key_of
from .generated import FIRST_FROZEN_SEED, Scene, generated_skin
from .known_changes import taken_of_skin
from .replay import one_thread

__all__ = ["FROZEN", "Frozen", "FrozenCase", "benchmark_examples", "frozen_scene"]

PROCESSES = 2

TONES = (54.0, 30.0, 2.0, -36.0)  # degrees of ITA: light, medium, and twice dark
WAYS = ("controlled", "same room", "casual")
# Each attribute alone, one row for each tone and way: where it lies, and a*, L* or % at its most.
_Row = tuple[Kind, float]
REDNESS: tuple[_Row, ...] = (
    ("flush", 4.0),
    ("blotches", 5.0),
    ("diffuse", -2.5),
    ("papules", 8.0),
    ("patches", 6.0),
    ("flush", -3.0),
    ("vessels", 7.0),
    ("diffuse", 2.0),
    ("blotches", -4.0),
    ("needle dots", 6.0),
    ("flush", 6.0),
    ("patches", -3.5),
)
HYPERPIGMENTATION: tuple[_Row, ...] = (
    ("tan", 4.0),
    ("melasma", 7.0),
    ("diffuse", -2.5),
    ("lentigines", 8.0),
    ("patches", 6.0),
    ("tan", -3.0),
    ("PIH", 7.0),
    ("diffuse", 2.0),
    ("melasma", -4.0),
    ("freckles", 6.0),
    ("tan", 6.0),
    ("patches", -3.5),
)
TEXTURE: tuple[_Row, ...] = (
    ("diffuse", 30.0),
    ("blotches", 60.0),
    ("diffuse", -40.0),
    ("pores", 60.0),
    ("tan", 55.0),
    ("diffuse", -20.0),
    ("wrinkles", 35.0),
    ("diffuse", 15.0),
    ("blotches", -50.0),
    ("tan", -35.0),
    ("diffuse", 55.0),
    ("scars", 60.0),
)
ALONE = {"redness": REDNESS, "hyperpigmentation": HYPERPIGMENTATION, "texture": TEXTURE}
MIXED = "mixed"
NOTHING = "nothing"
NEXT = (
    5  # rows further of each next attribute of a mixed case; all of them, since 12 is no multiple
)


@dataclass(frozen=True)
class FrozenCase:
    """One pair.

    Attributes
    ----------
    about : str
        The attribute that changes, ``"mixed"`` or ``"nothing"``.
    tone : float
        Individual typology angle of the skin, degrees.
    way : str
        How it is photographed.
    seed : int
        Of the skin; of the camera with the place of the way.
    changes : tuple of Injection
    swapped : bool
        The changed photo is the before photo.
    """

    about: str
    tone: float
    way: str
    seed: int
    changes: tuple[Injection, ...]
    swapped: bool


@dataclass(frozen=True)
class Frozen:
    """A version of the benchmark."""

    version: int
    cases: tuple[FrozenCase, ...]


def benchmark_examples(folder: Path, processes: int = PROCESSES) -> tuple[Example, ...]:
    """Return every pair of the frozen benchmark, made where `folder` does not hold it yet.

    Parameters
    ----------
    folder : Path
        Where examples are kept.
    processes : int
        That make what is missing; 1 makes it here.

    Returns
    -------
    tuple of Example
        In the order of ``FROZEN.cases``, with their truth; `read` by formula. Their contexts are
        those of faces (:func:`.known_changes.taken_of_skin`).

    Raises
    ------
    Refused
        A pair cannot be compared: a fault of this program, not of the user.
    """
    make = partial(_kept, folder)
    missing = [case for case in FROZEN.cases if not (folder / f"{_key(case)}.npz").exists()]
    if missing and processes > 1:
        spawned = get_context("spawn")
        with ProcessPoolExecutor(processes, spawned, initializer=one_thread) as pool:
            list(pool.map(partial(_make, folder), missing))
    return tuple(make(case) for case in FROZEN.cases)


def frozen_scene(case: FrozenCase) -> Scene:
    """Return the skin of a case, before any change."""
    return generated_skin(case.seed, case.tone)


def _make(folder: Path, case: FrozenCase) -> None:
    _kept(folder, case)


def _kept(folder: Path, case: FrozenCase) -> Example:
    return kept_example(folder, _key(case), partial(_taken, case))


def _taken(case: FrozenCase) -> Example:
    rng = np.random.default_rng([case.seed, 1 + WAYS.index(case.way)])
    return taken_of_skin(frozen_scene(case), case.changes, case.way, rng, swapped=case.swapped)


def _key(case: FrozenCase) -> str:
    return key_of("frozen", version("skindelta"), FROZEN.version, asdict(case))


def _cases() -> Iterator[FrozenCase]:
    """Every tone, way and kind of change."""
    for number, (tone, way) in enumerate((tone, way) for tone in TONES for way in WAYS):
        for place, about in enumerate((*ALONE, MIXED, NOTHING)):
            seed = FIRST_FROZEN_SEED + 10 * number + place
            changes = tuple(_changes(about, number, seed))
            yield FrozenCase(about, tone, way, seed, changes, swapped=(number + place) % 2 == 1)


def _changes(about: str, number: int, seed: int) -> Iterator[Injection]:
    if about == MIXED:
        for place, attribute in enumerate(ALONE):
            yield _change(attribute, number + NEXT * (place + 1), seed + 3000 + place)
    elif about != NOTHING:
        yield _change(about, number, seed + 2000)


def _change(attribute: str, number: int, seed: int) -> Injection:
    rows = ALONE[attribute]
    kind, amplitude = rows[number % len(rows)]
    return Injection(attribute, amplitude, kind, "skin", seed)


FROZEN = Frozen(version=1, cases=tuple(_cases()))

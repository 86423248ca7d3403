"""What changes between two photos of a person, and how both are taken: drawn at random.

No case here is taken from the frozen benchmark: shapes are those of real lesions and treatments,
sizes reach from nothing to beyond what treatments do, and most of them are local.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from skindelta.synthesis import Camera, Injection, Look, Regime, Room

LARGER_REGIONS = ("forehead", "left_cheek", "right_cheek", "nose", "chin", "perioral")
BLOOD = {
    "flush": 2.0,
    "blotches": 2.0,
    "papules": 1.5,
    "vessels": 0.7,
    "needle dots": 0.7,
    "needle tracks": 0.4,
    "blob": 2.5,
    "diffuse": 1.5,
    "mottling": 1.0,
}
MELANIN = {
    "lentigines": 1.5,
    "freckles": 1.0,
    "PIH": 1.5,
    "melasma": 1.5,
    "blotches": 1.0,
    "tan": 1.2,
    "blob": 2.0,
    "diffuse": 1.0,
    "mottling": 1.0,
}
RELIEF = {
    "diffuse": 2.0,
    "blotches": 1.5,
    "blob": 3.0,
    "tan": 0.5,
    "wrinkles": 0.8,
    "pores": 0.8,
    "scars": 0.8,
    "swelling": 0.5,
}
NEW_RELIEF = ("wrinkles", "pores", "scars", "swelling")
EVERYWHERE = ("flush", "diffuse", "tan", "melasma", "blotches", "freckles", "mottling")
SHARES = {"redness": 0.36, "hyperpigmentation": 0.36, "texture": 0.28}
COUNTS = (0.1, 0.38, 0.33, 0.19)  # of changes in a photo: none, one, two, three
SIZES = {"redness": (0.4, 13.0), "hyperpigmentation": (0.4, 12.0)}  # a*, L*: few small, many large
RELIEF_PERCENT = 75.0
NEW_RELIEF_PERCENT = (15.0, 160.0)
WHOLE_SHARE = 0.35  # of the changes of kinds that can be everywhere
DOWN_SHARE = 0.35  # of changes that take pigment away: there is less to take

SCENES = {"studio": 0.27, "room": 0.38, "elsewhere": 0.35}
# Half widths of what two photos differ by, from best to worst; each set of photos has its own.
SPREADS: dict[str, tuple[float, float]] = {
    "white_balance": (0.005, 0.1),
    "exposure_ev": (0.03, 0.6),
    "pose": (0.01, 0.06),
    "perspective": (0.003, 0.025),
    "shading": (0.01, 0.3),
    "vignetting": (0.01, 0.25),
    "glare": (0.001, 0.02),
    "gamma": (0.005, 0.15),
    "blur_px": (0.05, 1.2),
    "noise": (0.002, 0.01),
}
BEST = {"studio": 0.0, "room": 0.0, "elsewhere": 0.0}
WORST = {"studio": 0.35, "room": 0.75, "elsewhere": 1.0}  # how far into the spreads a scene goes
NOT_IN_STUDIO = ("glare", "gamma", "vignetting", "shading", "blur_px")
LOOK = Look(contrast=0.12, saturation=0.08, denoise=0.3, sharpen=0.35)
LOOK_SHARE = 0.25


class Taking(NamedTuple):
    """How a set of photos is taken."""

    scene: str
    regime: Regime
    size: float  # px per px of the photo


def draw_changes(regions: list[str], rng: np.random.Generator) -> list[Injection]:
    """Draw the changes of one photo.

    Parameters
    ----------
    regions : list of str
        Regions that the photo shows, the whole first.
    rng : numpy.random.Generator
    """
    count = int(rng.choice(len(COUNTS), p=COUNTS))
    return [_change(regions, rng) for _ in range(count)]


def _change(regions: list[str], rng: np.random.Generator) -> Injection:
    attribute = str(rng.choice(list(SHARES), p=list(SHARES.values())))
    kinds = {"redness": BLOOD, "hyperpigmentation": MELANIN, "texture": RELIEF}[attribute]
    weights = np.array(list(kinds.values()))
    kind = str(rng.choice(list(kinds), p=weights / weights.sum()))
    larger = [name for name in regions if name in LARGER_REGIONS]
    region = regions[0]
    if larger and kind in EVERYWHERE and rng.random() > WHOLE_SHARE:
        region = str(rng.choice(larger))
    return Injection(attribute, _amplitude(attribute, kind, rng), kind, region, _seed(rng))


def _amplitude(attribute: str, kind: str, rng: np.random.Generator) -> float:
    if kind in NEW_RELIEF:
        return float(rng.uniform(*NEW_RELIEF_PERCENT))
    if attribute == "texture":
        return float(rng.uniform(-RELIEF_PERCENT, RELIEF_PERCENT))
    low, high = SIZES[attribute]
    sign = -1 if rng.random() < DOWN_SHARE else 1
    return sign * float(low + (high - low) * rng.random() ** 1.3)


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


def draw_taking(rng: np.random.Generator, scene: str = "") -> Taking:
    """Draw how a set of photos is taken: in a studio, in one room, or each elsewhere."""
    scene = scene or str(rng.choice(list(SCENES), p=list(SCENES.values())))
    reach = WORST[scene]

    def spread(name: str) -> float:
        if scene == "studio" and name in NOT_IN_STUDIO:
            return 0.0
        low, high = np.log(SPREADS[name])
        return float(np.exp(rng.uniform(low, low + reach * (high - low))))

    best = 97 - round(5 * float(rng.random()))
    worst = best - round({"studio": 5, "room": 15, "elsewhere": 35}[scene] * float(rng.random()))
    camera = Camera(
        **{name: spread(name) for name in SPREADS},
        quality=(worst, best),
        on_sensor=bool(rng.random() < 0.5),
    )
    if scene != "studio" and rng.random() < LOOK_SHARE:
        camera = replace(camera, look=Look(*(float(rng.random()) * width for width in LOOK)))
    size = 1.0 if rng.random() < 0.5 else float(rng.uniform(0.7, 1.0))
    return Taking(scene, Regime(camera, _room(scene, rng)), size)


def _room(scene: str, rng: np.random.Generator) -> Room:
    if scene == "studio":
        return Room()
    if scene == "elsewhere":
        return Room(elsewhere=True)
    return Room(
        lamp=float(rng.uniform(0, 0.5)),
        least_share=float(rng.uniform(0.3, 1.0)),
        wall_error=float(np.exp(rng.uniform(np.log(0.005), np.log(0.08)))),
        shirt_error=float(np.exp(rng.uniform(np.log(0.003), np.log(0.03)))),
        clipped=0.03,
        replaced=0.05,
    )

"""Simulated sessions: the same skin by one camera under two lights, as each reference tells it.

Spectra throughout: skin (two-layer Kubelka-Munk), a bought and a printed card, a grey card, walls
and clothes, under daylight, tungsten, fluorescent and LED light, seen by 11 measured cameras.
A camera balances to white with an error, and takes its color to sRGB by the matrix between those
that were fitted for daylight and for tungsten, as raw converters do. The photos are 8-bit sRGB and
go through the package: reading the references, and the normalization of the pair.

    python benchmarks/sessions.py [--pairs N]
"""

import argparse
import json
import multiprocessing
import os
import warnings
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from skindelta.card import read_card
from skindelta.color import linear_to_lab, linear_to_srgb8
from skindelta.color_card import PRINTED
from skindelta.grey import read_grey
from skindelta.normalize import normalize_pair
from skindelta.synthesis.cards import PAPER, render_card, render_printed_card, with_card
from skindelta.types import Box, LightReading, NormalizedPhoto, Photo, Reference, RegionMap

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it misses its plotting library
    import colour

ROOT = Path(__file__).parents[1]
SPECTRA = Path(os.environ.get("SKINDELTA_SPECTRA", ROOT.parent / "shared" / "spectra"))
Array = npt.NDArray[np.float64]

WAVELENGTHS = np.arange(400, 701, 5.0)
LIGHTS = {  # by kind, as colour-science calls them
    "daylight": ("D50", "D55", "D65", "D75"),
    "tungsten": ("A",),
    "fluorescent": ("FL2", "FL7", "FL11"),
    "LED": ("LED-B1", "LED-B2", "LED-B3", "LED-B4", "LED-B5"),
}
# Melanosome fractions of very light to dark skin, and blood of calm to flushed skin.
MELANIN, BLOOD = (0.016, 0.025, 0.036, 0.054, 0.104, 0.25), (0.003, 0.005, 0.01, 0.02)
BALANCE_ERROR = 2.0  # degrees, 1 σ: science of automatic white balance, medians 1.2 to 2.5
NOISE = 0.007  # of a patch
EXPOSURE_EV = 0.3
SEED = 4
PAIRS = 600
WORKERS = 2
A_STAR_PER_DE = 1.4  # of a color off towards red: what an error in ΔE00 is in a*
GOALS = {"card": (1.0, 1.3), "grey": (2.3, np.inf), "scene": (2.5, np.inf)}
SIZE = (360, 480)
CARD_CORNERS = np.array([(40.0, 20.0), (160.0, 20.0), (160.0, 100.0), (40.0, 100.0)])
FACE = Box(200, 110, 290, 220)
RUNGS: tuple[tuple[str, Reference], ...] = (
    ("card", "card"),
    ("printed card", "card"),
    ("grey", "grey"),
    ("scene", "scene"),
    ("nothing", "none"),
)

# Molar extinction of oxygenated and deoxygenated haemoglobin, 1/(cm M), by wavelength in nm: the
# compilation by S. Prahl (omlc.org) of data by W. B. Gratzer and N. Kollias.
_BLOOD = np.array(
    [
        (400, 266232, 223296), (410, 466840, 303956), (420, 480360, 407560), (430, 246072, 528600),
        (440, 102580, 413280), (450, 62816, 103292), (460, 44480, 23389), (470, 33209, 16156),
        (480, 26629, 14550), (490, 23684, 16684), (500, 20933, 20862), (510, 20035, 25774),
        (520, 24202, 31590), (530, 39957, 39036), (540, 53236, 46592), (550, 43016, 53412),
        (560, 32613, 53788), (570, 44496, 45072), (576, 55540, 40092), (580, 50104, 37020),
        (590, 14401, 28324), (600, 3200, 14677), (610, 1506, 9444), (620, 942, 6510),
        (630, 610, 5149), (640, 442, 4345), (650, 368, 3750), (660, 320, 3227), (670, 294, 2795),
        (680, 278, 2408), (690, 276, 2052), (700, 290, 1794),
    ],
    np.float64,
)  # fmt: skip


class Session(NamedTuple):
    """One photo of the simulated sessions."""

    photo: Photo
    regions: RegionMap
    light: LightReading


def skin(f_mel: float, f_blood: float, oxygen: float = 0.75, thickness_cm: float = 0.006) -> Array:
    """Reflectance of skin: a layer with melanosomes over one with blood.

    Two-layer Kubelka-Munk with Saunderson's correction, fitted to Monte Carlo light transport;
    absorption of melanosomes and blood and the scattering after S. L. Jacques.
    """
    nm = WAVELENGTHS
    melanin, baseline = 6.6e11 * nm**-3.33, 0.244 + 85.3 * np.exp(-(nm - 154) / 66.2)
    bound, free = (np.interp(nm, _BLOOD[:, 0], _BLOOD[:, k]) for k in (1, 2))
    blood = 2.303 * (oxygen * bound + (1 - oxygen) * free) * 150 / 64500
    vessel = 2 * blood * 0.001
    blood = blood * (1 - np.exp(-vessel)) / vessel
    scattering = 0.484 * (2e5 * nm**-1.5 + 2e12 * nm**-4)

    def layer(absorption: Array) -> tuple[Array, Array]:
        a = 1 + 1.196 * absorption / scattering
        return a, np.sqrt(a * a - 1)

    a, b = layer(f_blood * blood + (1 - f_blood) * baseline)
    below = a - b
    a, b = layer(f_mel * melanin + (1 - f_mel) * baseline)
    depth = b * scattering * thickness_cm
    through = a * np.sinh(depth) + b * np.cosh(depth)
    reflected, passed = np.sinh(depth) / through, b / through
    total = reflected + passed**2 * below / (1 - reflected * below)
    inside = 0.698
    return np.asarray(1.0835 * (1 - inside) * total / (1 - inside * total))


@cache
def lights() -> dict[str, Array]:
    """Spectral power of each light."""
    return {name: _power(name) for names in LIGHTS.values() for name in names}


def _power(name: str) -> Array:
    light = colour.SDS_ILLUMINANTS[name]
    return np.interp(WAVELENGTHS, light.wavelengths, light.values)


@cache
def cameras() -> dict[str, Array]:
    """Sensitivities, shape (wavelengths, 3)."""
    return {path.name.split("_380")[0]: _read(path) for path in sorted(SPECTRA.glob("camera/*"))}


@cache
def surfaces() -> Array:
    """Reflectances of walls, clothes and more, shape (190, wavelengths)."""
    return _read(SPECTRA / "training" / "training_spectral.json").T


def _read(path: Path) -> Array:
    data: dict[str, Any] = json.loads(path.read_text())["spectral_data"]["data"]["main"]
    table = np.array([(float(nm), *values) for nm, values in sorted(data.items())])
    return np.stack([np.interp(WAVELENGTHS, table[:, 0], y) for y in table[:, 1:].T], axis=1)


@cache
def bought_card() -> Array:
    """Reflectances of the patches: the mean of 30 ColorCheckers (BabelColor)."""
    patches = colour.SDS_COLOURCHECKERS["babel_average"].values()
    return np.stack([np.interp(WAVELENGTHS, p.wavelengths, p.values) for p in patches])


@cache
def printed_card() -> Array:
    """Reflectances of the printed patches: three inks and black on paper, with a printer's errors.

    Amounts of the inks give the color that was asked for, but for 8 % (1 σ) more or less of each.
    """
    rng = np.random.default_rng(SEED)
    nm = WAVELENGTHS[None]
    inks = np.stack(
        [
            1.6 * np.exp(-(((nm[0] - middle) / width) ** 2)) + 0.04
            for middle, width in ((640, 70), (545, 45), (435, 45))
        ]
        + [np.ones(len(WAVELENGTHS))]
    )
    gain = np.exp(rng.normal(0, 0.08, 4))

    def reflectance(amounts: Array) -> Array:
        return PAPER * np.exp(-amounts @ inks)

    def off(amounts: Array, wanted: Array) -> Array:
        color = srgb_of(reflectance(np.array([*amounts, 0.0])))
        return np.log(np.maximum(color, 1e-3)) - np.log(wanted)

    fitted = [
        least_squares(off, np.full(3, 0.5), bounds=(0, 6), args=(PAPER * wanted,)).x
        for wanted in PRINTED.rgb
    ]
    black = np.zeros((len(fitted), 1))
    return reflectance(np.hstack([np.array(fitted), black]) * gain)


@cache
def _observer() -> Array:
    return _read(SPECTRA / "cmf" / "cmf_1931.json")


TO_SRGB = np.array(
    [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]
)


def srgb_of(reflectance: Array) -> Array:
    """Linear sRGB of reflectances under D65, white = 1."""
    daylight = lights()["D65"]
    white = daylight @ _observer()
    colors = (reflectance * daylight) @ _observer() / white[1]
    return np.asarray(colors @ TO_SRGB.T / (TO_SRGB @ (white / white[1])))


@cache
def _fitted_matrix(camera: str, light: str) -> Array:
    """Matrix from white-balanced sensor values to linear sRGB, white kept."""
    sensor, power = cameras()[camera], lights()[light]
    balanced = (surfaces() * power) @ sensor / (power @ sensor)
    matrix = np.linalg.lstsq(balanced, srgb_of(surfaces()), rcond=None)[0].T
    return np.asarray(matrix / matrix.sum(axis=1, keepdims=True))


def converter(camera: str, light: str, rng: np.random.Generator) -> Any:
    """How a camera makes linear sRGB of reflectances under a light, once."""
    sensor, power = cameras()[camera], lights()[light]
    white = power @ sensor
    day, lamp = (lights()[name] @ sensor for name in ("D65", "A"))
    warmth = np.log([w[0] / w[2] for w in (white, day, lamp)])
    share = float(np.clip((warmth[0] - warmth[1]) / (warmth[2] - warmth[1]), 0, 1))
    matrix = (1 - share) * _fitted_matrix(camera, "D65") + share * _fitted_matrix(camera, "A")
    # A vector off (1, 1, 1) by e in each channel, 1 σ, is √(2/3) e from it, as an angle.
    balance = np.exp(rng.normal(0, np.radians(BALANCE_ERROR) * np.sqrt(1.5), 3))
    gain = 2 ** rng.normal(0, EXPOSURE_EV) / balance * 0.75

    def convert(reflectance: Array) -> Array:
        return np.asarray((reflectance * power) @ sensor / white * gain @ matrix.T)

    return convert


def session(
    camera: str, light: str, place: "Place", rung: str, rng: np.random.Generator
) -> Session:
    """Take a photo, and read what is in it."""
    convert = converter(camera, light, rng)

    def grainy(colors: Array) -> Array:
        return np.maximum(colors * (1 + NOISE * rng.standard_normal(colors.shape)), 1e-4)

    rgb = np.empty((*SIZE, 3), np.float32)
    rgb[:] = grainy(convert(place.wall))
    rgb[FACE.bottom + 20 :, FACE.left - 60 : FACE.right + 60] = grainy(convert(place.shirt))
    rgb[FACE.top : FACE.bottom, FACE.left : FACE.right] = convert(place.skin)
    if rung == "card":
        rgb = with_card(rgb, render_card(colors=grainy(convert(bought_card()))), CARD_CORNERS)
    elif rung == "printed card":
        card = render_printed_card(grainy(convert(printed_card())) / PAPER)
        paper = convert(np.ones(len(WAVELENGTHS)))
        bare = np.ptp(card.rgb, axis=2, keepdims=True) == 0  # paper and black ink
        sheet = np.where(bare, card.rgb * paper, card.rgb)
        rgb = with_card(rgb, card._replace(rgb=sheet.astype(np.float32)), CARD_CORNERS)
    elif rung == "grey":
        rgb[20:100, 40:160] = grainy(convert(np.full(len(WAVELENGTHS), 0.2)))
    dither = rng.uniform(-0.002, 0.002, rgb.shape).astype(np.float32)  # grain before 8 bit
    photo = Photo(linear_to_srgb8(np.clip(rgb * (1 + dither), 0, 1)), sha256=rung, source=rung)
    labels = np.zeros(SIZE, np.uint8)
    labels[FACE.top : FACE.bottom, FACE.left : FACE.right] = 1
    pupils = np.array([(FACE.left + 25, 140), (FACE.right - 25, 140)], np.float32)
    regions = RegionMap(labels, ("face",), pupils, 1.0, None, FACE)
    return Session(photo, regions, _read_light(photo, rung))


def _read_light(photo: Photo, rung: str) -> LightReading:
    if rung == "card":
        corners = tuple((float(x), float(y)) for x, y in CARD_CORNERS)
        return LightReading(card=read_card(photo, corners))
    if rung == "printed card":
        return LightReading(card=read_card(photo))
    if rung == "grey":
        return LightReading(grey=read_grey(photo, ((100.0, 60.0),)))
    return LightReading()


class Place(NamedTuple):
    """Reflectances of one person and what is around."""

    skin: Array
    wall: Array
    shirt: Array
    tone: int


def a_place(rng: np.random.Generator) -> Place:
    """Skin of any tone, a wall that is nearly white, a shirt of any color."""
    tone = int(rng.integers(len(MELANIN)))
    colors = srgb_of(surfaces())
    pale = np.flatnonzero((colors.min(axis=1) > 0.25) & (np.ptp(colors, axis=1) < 0.25))
    worn = np.flatnonzero(colors.min(axis=1) > 0.03)
    return Place(
        skin(MELANIN[tone], float(rng.choice(BLOOD))),
        surfaces()[rng.choice(pale)],
        surfaces()[rng.choice(worn)],
        tone,
    )


def lab_of(photo: NormalizedPhoto) -> Array:
    """Mean CIELAB of the skin."""
    mean = photo.rgb[photo.regions.labels > 0].mean(axis=0)
    return np.asarray(linear_to_lab(mean.astype(np.float32)), np.float64)


def differences(
    rung: str, reference: Reference, pairs: int, lamps: int = 2, seed: int = SEED
) -> dict[str, Any]:
    """Lab of the same skin, after minus before, by one rung; shape (n, 3), and what it told.

    Under two lights, or twice under one, where the camera alone balances anew.
    """
    rng = np.random.default_rng([seed, 1])
    names = list(lights())
    found, told, refused, same_kind, gains = [], [], 0, [], []
    for _ in range(pairs):
        camera, place = str(rng.choice(list(cameras()))), a_place(rng)
        two = [str(name) for name in rng.choice(names, lamps, replace=False)] * (3 - lamps)
        shots = [session(camera, light, place, rung, rng) for light in two]
        seen = [part for shot in shots for part in (shot.photo, shot.regions)]
        readings = (shots[0].light, shots[1].light)
        normalized = normalize_pair(*seen, reference=reference, lights=readings)
        if normalized[0].reference != reference:
            refused += 1
            continue
        found.append(lab_of(normalized[1]) - lab_of(normalized[0]))
        change = np.log(np.diag(normalized[0].matrix) / np.diag(normalized[1].matrix))
        gains.append(float(np.linalg.norm(change - change.mean())))
        told.append(normalized[0].residual_de00 or 0.0)
        same_kind.append(_kind(two[0]) == _kind(two[1]))
    return {
        "lab": np.array(found),
        "told": np.array(told),
        "same_kind": np.array(same_kind),
        "gain": np.array(gains),
        "refused": refused,
    }


def _kind(light: str) -> str:
    return next(kind for kind, names in LIGHTS.items() if light in names)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=PAIRS)
    report_sessions(parser.parse_args().pairs)


def report_sessions(pairs: int = PAIRS) -> dict[str, Any]:
    """Print SD and SDC of each rung; return the figures."""
    print(f"simulated sessions: {len(cameras())} cameras, {len(lights())} lights, {pairs} pairs")
    print("the same skin, after minus before (RMS, about the SD: either photo may come first)")
    print(
        f"{'':14}{'two lights: a*':>15}{'L*':>6}{'SDC a*':>8}{'SDC L*':>8}"
        f"{'within SDC':>12}{'refused':>9}{'one light: a*':>15}{'L*':>6}"
    )
    tasks = [(rung, reference, pairs, lamps) for rung, reference in RUNGS for lamps in (2, 1)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, mp_context=context) as pool:
        measured = dict(zip(tasks, pool.map(_measured, tasks), strict=True))
    result = {}
    for rung, reference in RUNGS:
        two, one = (measured[rung, reference, pairs, lamps] for lamps in (2, 1))
        light_2, _, _ = spread_2 = np.sqrt((two["lab"] ** 2).mean(axis=0))
        spread_1 = np.sqrt((one["lab"] ** 2).mean(axis=0))
        sdc = 1.96 * spread_2
        told = np.abs(two["lab"][:, 1]) <= 1.96 * A_STAR_PER_DE * np.maximum(two["told"], 1e-6)
        refused = two["refused"] / pairs
        goal = GOALS.get(rung, (np.inf, np.inf))
        missed = "" if spread_2[1] <= goal[0] and light_2 <= goal[1] else "  MISSED"
        print(
            f"{rung:14}{spread_2[1]:15.2f}{light_2:6.2f}{sdc[1]:8.2f}{sdc[0]:8.2f}"
            f"{told.mean():12.1%}{refused:9.1%}{spread_1[1]:15.2f}{spread_1[0]:6.2f}{missed}"
        )
        result[rung] = {
            "sd_a": spread_2[1],
            "sd_L": light_2,
            "sd_a_one_light": spread_1[1],
            "sd_L_one_light": spread_1[0],
            "within_told": told.mean(),
            "refused": refused,
        }
    return result


def _measured(task: tuple[str, Reference, int, int]) -> dict[str, Any]:
    return differences(*task)


if __name__ == "__main__":
    main()

"""Base and slopes of the noise of a score, from what pairs of photos of unchanged skin show."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import nnls

from skindelta.face_shape import FACE_REGIONS

from .pairs import ELSEWHERE_ON_SKIN, Row
from .rows import in_sets, of_sets, real_pairs, squares, values_of, votes_of

BY_CAMERA = {  # difference, and the photos of one face in which it is what differs
    "light_color": "same face, same room",
    "light_direction": "one difference, side light",
    "focus": "one difference, defocused",
    "compression": "one difference, compressed",
    "glare": "one difference, shining",
    "tone_curve": "one difference, bent tones",
}
LIGHT_OF = {  # reference, and the photos of one face in which it is the one
    "card": (
        "same face, controlled, card",
        "same face, same room, card",
        "same face, casual, card",
    ),
    "grey": ("same face, controlled, grey", "same face, same room, grey"),
    "scene": ("same face, controlled",),
    "skin": ("same face, casual",),
    "none": ("same face, casual",),
}
# What two lights leave on skin for each ΔE00 that a card or grey object says, from simulated
# sessions (benchmarks/sessions.py: spectra of skin and lamps): photos of one room cannot tell.
IN_SESSIONS = ("card", "grey")
SESSION_SLOPES = {"redness absolute": 1.4, "hyperpigmentation absolute": 1.6}
# Turn and nod of the head moved no score of the real pairs, up to 11 and 20 degrees: no rank
# correlation with |Δ| beyond chance over 60 people. The gate blocks texture beyond that.
BY_PERSON = ("expression",)
REGIONS = FACE_REGIONS[1:]
MIN_ROWS = 10
OUTLIER = 3.0  # σ beyond which a square counts as this; the quantiles see all of it

Fit = dict[str, float]


def fit_region(kind: str, region: str, rows: Sequence[Row], reference: str) -> Fit:
    """Fit base and slopes of one score: σ² = base² + Σ (slope difference)²."""
    fit = {name: slope_of(kind, region, rows, name) for name in BY_CAMERA}
    if reference in IN_SESSIONS and kind in SESSION_SLOPES:
        fit["light_color"] = SESSION_SLOPES[kind]
    camera, camera_rows = values_of(kind, region, in_sets(rows, *LIGHT_OF[reference]))
    beyond = np.maximum(camera**2 - explained(fit, camera_rows), 0)
    ones = np.ones((len(camera), 1))
    still = variances(beyond, ones, votes_of(camera_rows))[0] if len(camera) else 0.0
    real, real_rows = values_of(kind, region, real_pairs(rows, reference))
    beyond = np.maximum(real**2 - still - explained(fit, real_rows), 0)
    columns = np.column_stack([np.ones(len(real)), squares(BY_PERSON, real_rows)])
    person = variances(beyond, columns, votes_of(real_rows))
    fit |= {name: float(np.sqrt(p)) for name, p in zip(BY_PERSON, person[1:], strict=True)}
    return {"base": float(np.sqrt(still + person[0]))} | fit


def slope_of(kind: str, region: str, rows: Sequence[Row], name: str) -> float:
    """σ that one unit of a difference adds, where it is what differs."""
    if name == "light_color" and not is_of_light(kind):
        return 0.0
    values, kept = values_of(kind, region, in_sets(rows, BY_CAMERA[name]))
    if len(values) < MIN_ROWS:
        return 0.0
    if name == "light_color":  # beside it a room is as still as a studio
        still, still_rows = values_of(kind, region, in_sets(rows, "same face, controlled"))
        mean = float(np.average(still**2, weights=votes_of(still_rows)))
        beyond = np.maximum(values**2 - mean, 0)
        return float(np.sqrt(variances(beyond, squares([name], kept), votes_of(kept))[0]))
    columns = np.column_stack([np.ones(len(values)), squares([name], kept)])
    return float(np.sqrt(variances(values**2, columns, votes_of(kept))[1]))


def variances(sizes: np.ndarray, columns: np.ndarray, votes: np.ndarray) -> np.ndarray:
    """Non-negative parts of a variance, from squares, by iterated weighted least squares."""
    scale = float(np.median(sizes)) / 0.455 + 1e-12  # median of χ² with one degree of freedom
    fitted = np.full(len(sizes), scale)
    parts = np.zeros(columns.shape[1])
    for _ in range(30):
        weights = np.sqrt(votes) / fitted
        capped = np.minimum(sizes, OUTLIER**2 * fitted)
        parts, _ = nnls(columns * weights[:, None], capped * weights)
        fitted = np.maximum(columns @ parts, 0.05 * scale)
    return parts


def explained(fit: Fit, rows: Sequence[Row]) -> np.ndarray:
    """Variance that the differences of each pair add."""
    names = [name for name in fit if name != "base"]
    slopes = np.array([fit[name] for name in names])
    variance: np.ndarray = squares(names, rows) @ slopes**2
    return variance


def is_of_light(kind: str) -> bool:
    return kind in ("redness absolute", "hyperpigmentation absolute")


def sigma_of(fit: Fit, rows: Sequence[Row], noisier: np.ndarray | float = 1.0) -> np.ndarray:
    """σ of a score; what the light does is the same in a part of a region, the rest is not."""
    light = {name: slope for name, slope in fit.items() if name == "light_color"}
    rest = {name: slope for name, slope in fit.items() if name not in ("base", "light_color")}
    own = np.square(noisier) * (fit["base"] ** 2 + explained(rest, rows))
    sigma: np.ndarray = np.sqrt(own + explained(light, rows))
    return sigma


def distance_slope(kind: str, fit: Fit, rows: Sequence[Row]) -> float:
    """Find what another distance adds, from pairs of one person.

    Her light is the less certain, the further apart the photos are: what could be either counts as
    distance, or a known light would make a distance harmless.
    """
    values, kept = values_of(kind, "face", of_sets(rows, "distance"))
    if len(values) == 0:
        return 0.0
    beside = {name: slope for name, slope in fit.items() if name != "light_color"}
    beyond = np.maximum(values**2 - sigma_of(beside, kept) ** 2, 0)
    distance = squares(("distance",), kept)[:, 0]
    return float(np.sqrt((beyond * distance).sum() / (distance**2).sum()))


def fit_regions(kind: str, rows: list[Row], reference: str) -> dict[str, Fit]:
    """Fit base and slopes of every smaller region; of skin elsewhere the mean of their squares."""
    fits = {region: fit_region(kind, region, rows, reference) for region in REGIONS}
    names = next(iter(fits.values()))
    fits[ELSEWHERE_ON_SKIN] = {
        name: float(np.sqrt(np.mean([fit[name] ** 2 for fit in fits.values()]))) for name in names
    }
    return fits


def fit_close_up(kind: str, everything: list[Row]) -> Fit:
    """Fit the base of a close-up; what the camera's differences add is that of a cheek.

    Nothing tells its expression or how the head was turned.
    """
    values, rows = close_up_values(kind, everything)
    if len(values) == 0:
        return {}
    fit = {name: slope_of(kind, "left_cheek", everything, name) for name in BY_CAMERA}
    beyond = np.maximum(values**2 - explained(fit, rows), 0)
    base = float(np.sqrt(variances(beyond, np.ones((len(values), 1)), votes_of(rows))[0]))
    return {"base": base} | fit


def close_up_values(kind: str, everything: list[Row]) -> tuple[np.ndarray, list[Row]]:
    rows = [row for row in everything if row["set"].startswith("close-up")]
    return values_of(kind, "skin", rows)

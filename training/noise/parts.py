"""Parts of regions, and regions that a user draws: the smaller, the noisier."""

from typing import NamedTuple

import numpy as np

from skindelta.noise import REACH_MM

from .pairs import DISCS_MM, Row
from .rows import real_pairs, rounded, votes_of, weighted_quantile
from .variances import REGIONS, fit_regions, sigma_of

ONE_SIGMA = 0.683  # of a normal distribution lies within


def reach_of(area_mm2: float) -> float:
    """Area within reach of a disc of that area."""
    return float(np.pi * (np.sqrt(area_mm2 / np.pi) + REACH_MM) ** 2)


def usual_reach(region: str, real: list[Row]) -> float:
    """Area within reach of a region as most people show it."""
    return reach_of(float(np.median([r["areas"][region] for r in real if region in r["areas"]])))


class Discs(NamedTuple):
    """Discs of one size on real pairs: |Δ| over the σ of the regions that they lie in."""

    reach_mm2: float
    ratios: np.ndarray
    rows: list[Row]


def discs_of(kind: str, rows: list[Row], reference: str) -> list[Discs]:
    fits = fit_regions(kind, rows, reference)
    real = real_pairs(rows, reference)
    sigmas = {region: sigma_of(fit, real) for region, fit in fits.items()}
    found = []
    for diameter in DISCS_MM:
        ratios, kept = [], []
        for number, row in enumerate(real):
            for name, places in row["places"].items():
                value = row["values"].get(f"{kind} {name}")
                if value is not None and name.startswith(f"{diameter:g} mm "):
                    parts = [share * sigmas[region][number] for region, share in places.items()]
                    ratios.append(abs(value) / float(np.linalg.norm(parts)))
                    kept.append(row)
        if ratios:  # texture needs 25 mm²
            found.append(Discs(reach_of(np.pi * (diameter / 2) ** 2), np.array(ratios), kept))
    return found


def by_area_of(kind: str, rows: list[Row], reference: str) -> dict[str, list[float]]:
    """How much noisier a part of a region is than the whole region, by its area within reach."""
    real = real_pairs(rows, reference)
    usual = float(np.median([usual_reach(region, real) for region in REGIONS]))
    discs = discs_of(kind, rows, reference)
    factors = [weighted_quantile(d.ratios, votes_of(d.rows), ONE_SIGMA) for d in discs]
    steady = np.maximum.accumulate([1.0, *factors[::-1]])[::-1]  # a smaller part is not steadier
    areas = [*(d.reach_mm2 for d in discs), max(usual, 1.5 * discs[-1].reach_mm2)]
    return {"mm2": [rounded(a) for a in areas], "factor": [rounded(float(f)) for f in steady]}


def noisier_of(reach_mm2: np.ndarray, by_area: dict[str, list[float]]) -> np.ndarray:
    noisier: np.ndarray = np.interp(np.log(reach_mm2), np.log(by_area["mm2"]), by_area["factor"])
    return noisier

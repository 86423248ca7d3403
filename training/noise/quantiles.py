"""Quantiles over people of |Δ| / σ: what makes σ an interval and a smallest detectable change."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import beta

from .pairs import SEED, Row
from .parts import by_area_of, discs_of, noisier_of, reach_of, usual_reach
from .rows import of_sets, real_pairs, rounded, values_of, votes_of, weighted_quantile
from .variances import (
    REGIONS,
    close_up_values,
    distance_slope,
    fit_close_up,
    fit_region,
    sigma_of,
)

TONES = ("light", "medium", "dark")
LEVEL = 0.95
TOGETHER = 0.925  # of pairs show none of all regions and attributes changed; asked are 0.9
FOLDS = 10
LEAST_PEOPLE = 19  # to find 95 % in
RESAMPLES = 2000


def quantiles_of(names: list[str], rows: list[Row], reference: str) -> dict[str, dict[str, Any]]:
    """Quantiles of |Δ| / σ of all kinds of one reference."""
    null = [r for r in of_sets(rows, "real", "retaken") if r["reference"] == reference]
    whole = {kind: _ratios(kind, "face", rows, null, reference) for kind in names}
    regions = {
        kind: [_ratios(kind, region, rows, null, reference) for region in REGIONS] for kind in names
    }
    singly = {kind: by_tone(*pooled(parts)) for kind, parts in regions.items()}
    larger = max(1.0, conformal(*_together(null, regions), TOGETHER))
    return {
        kind: {
            "whole": _both(by_tone(*whole[kind])),
            "regions": _both(
                {
                    tone: (larger * quantile, people)
                    for tone, (quantile, people) in singly[kind].items()
                },
                singly[kind],
            ),
            "skin": _close_up_quantiles(kind, rows),
            "drawn": _drawn_quantiles(kind, rows, reference),
        }
        for kind in names
    }


def _together(
    null: list[Row], regions: dict[str, list[tuple[np.ndarray, list[Row]]]]
) -> tuple[np.ndarray, list[Row]]:
    """Largest of all regions and kinds of each pair, each over the quantile of its kind."""
    largest = {id(row): 0.0 for row in null}
    for parts in regions.values():
        quantile = conformal(*pooled(parts))
        for ratios, kept in parts:
            for ratio, row in zip(ratios, kept, strict=True):
                largest[id(row)] = max(largest[id(row)], ratio / quantile)
    return np.array([largest[id(row)] for row in null]), null


def _ratios(
    kind: str, region: str, rows: list[Row], null: list[Row], reference: str
) -> tuple[np.ndarray, list[Row]]:
    """|Δ| / σ with base and slopes fitted without the person."""
    values, kept = values_of(kind, region, null)
    folds = _folds(rows)
    noisier = np.ones(len(kept))
    if region != "face":
        real, by_area = real_pairs(rows, reference), by_area_of(kind, rows, reference)
        reach = np.array([reach_of(row["areas"].get(region, np.inf)) for row in kept])
        usual = noisier_of(np.array(usual_reach(region, real)), by_area)
        noisier = np.maximum(noisier_of(reach, by_area) / usual, 1.0)
    distance = distance_slope(kind, fit_region(kind, "face", rows, reference), rows)
    sigma = np.empty(len(kept))
    for fold in range(FOLDS):
        inside = np.array([folds[row["person"]] == fold for row in kept], dtype=bool)
        if inside.any():
            others = [row for row in rows if folds[row["person"]] != fold]
            fit = fit_region(kind, region, others, reference) | {"distance": distance}
            sigma[inside] = sigma_of(
                fit, [row for row in kept if folds[row["person"]] == fold], noisier[inside]
            )
    return np.abs(values) / sigma, kept


def _folds(rows: Sequence[Row]) -> dict[str, int]:
    names = sorted({row["person"] for row in rows})
    order = np.random.default_rng(SEED).permutation(len(names))
    return {name: int(place) % FOLDS for name, place in zip(names, order, strict=True)}


def pooled(parts: list[tuple[np.ndarray, list[Row]]]) -> tuple[np.ndarray, list[Row]]:
    return np.concatenate([values for values, _ in parts]), [r for _, rows in parts for r in rows]


def _both(
    sdc: dict[str, tuple[float, int]], interval: dict[str, tuple[float, int]] | None = None
) -> dict[str, Any]:
    interval = interval or sdc
    return {
        tone: {"sdc": rounded(value), "interval": rounded(interval[tone][0]), "people": people}
        for tone, (value, people) in sdc.items()
        if tone in interval
    }


def by_tone(ratios: np.ndarray, rows: Sequence[Row]) -> dict[str, tuple[float, int]]:
    """Quantile of each tone group that has enough people; of all, its upper limit.

    With 19 to 40 people a group's own quantile is the largest of them, one person's flush. So a
    group takes that of all people unless its own misses show that it is too small for it. Grouped
    by the tone that the photos show, which is what a result will be looked up by.
    """
    everybody = len({row["person"] for row in rows})
    of_all = conformal(ratios, rows)
    found = {"all": (upper_limit(ratios, rows), everybody)}
    for tone in TONES:
        inside = np.array([row["measured_tone"] == tone for row in rows])
        kept = [row for row in rows if row["measured_tone"] == tone]
        people = len({row["person"] for row in kept})
        if people >= LEAST_PEOPLE:
            missed = float(votes_of(kept) @ (ratios[inside] > of_all))
            least = beta.ppf(0.025, missed, people - missed + 1) if missed else 0.0
            small = bool(least > 1 - LEVEL)
            own = (conformal(ratios[inside], kept), people)
            found[tone] = own if small else (of_all, everybody)
    return found


def conformal(ratios: np.ndarray, rows: Sequence[Row], level: float = LEVEL) -> float:
    """Quantile for one more person: at (n + 1) / n of the level, one vote each."""
    people = len({row["person"] for row in rows})
    return weighted_quantile(ratios, votes_of(rows), min(1.0, level * (people + 1) / people))


def upper_limit(ratios: np.ndarray, rows: Sequence[Row]) -> float:
    """Upper end of the 90 % interval of the quantile, people drawn with replacement."""
    names = np.array([row["person"] for row in rows])
    votes, unique = votes_of(rows), np.unique(names)
    level = min(1.0, LEVEL * (len(unique) + 1) / len(unique))
    rng = np.random.default_rng(SEED)
    member = names[None, :] == unique[:, None]
    drawn = []
    for _ in range(RESAMPLES):
        times = np.bincount(rng.integers(len(unique), size=len(unique)), minlength=len(unique))
        drawn.append(weighted_quantile(ratios, votes * (times @ member), level))
    return float(np.quantile(drawn, 0.95))


def _close_up_quantiles(kind: str, everything: list[Row]) -> dict[str, Any]:
    values, rows = close_up_values(kind, everything)
    if len(values) == 0:
        return {}
    return _both(by_tone(np.abs(values) / sigma_of(fit_close_up(kind, everything), rows), rows))


def _drawn_quantiles(kind: str, rows: list[Row], reference: str) -> dict[str, Any]:
    by_area = by_area_of(kind, rows, reference)
    parts = [
        (discs.ratios / noisier_of(np.array(discs.reach_mm2), by_area), discs.rows)
        for discs in discs_of(kind, rows, reference)
    ]
    return _both(by_tone(*pooled(parts)))

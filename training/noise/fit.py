"""Fit the noise table to what was measured: ``python -m noise.fit`` in ``training``.

Reads ``runs/noise`` and writes ``src/skindelta/noise.json``; ``--check`` only compares.

For every kind of score and region the square of what unchanged skin shows is a sum::

    Δ² = base² + Σ slope_k² (difference_k² - from_k²)⁺

The base holds differences up to *from*, the 90 % quantile of those between the real pairs.
Slopes of the camera's differences come from photos of one face taken anew with one thing that
differs; what the camera adds beside them, from such photos in the light that the reference stands
for. What real pairs show beyond both is their base, and what a smile adds. All by
non-negative least squares, weighted by the inverse square of what they predict. Quantiles of
|Δ| / σ, with σ fitted without the person (folds), one vote a person, make it an interval.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import nnls
from scipy.stats import beta

from skindelta.noise import REACH_MM, Differences

from .measure import DISCS, RUNS
from .pairs import DISCS_MM, ELSEWHERE_ON_SKIN, ROOT, SEED, Row

TABLE = ROOT / "src" / "skindelta" / "noise.json"
VERSION = "1.0.0"

BY_CAMERA = {  # difference, and the photos of one face in which it is what differs
    "light_color": "same face, same room",
    "light_direction": "one difference, side light",
    "focus": "one difference, defocused",
    "compression": "one difference, compressed",
    "glare": "one difference, shining",
}
INSIDE_BASE = ("light_direction", "distance", "focus", "compression", "glare")
LIGHT_OF = {  # reference, and the photos of one face in which it is the one
    "scene": ("same face, controlled",),
    "skin": ("same face, casual",),
    "none": ("same face, casual",),
}
# Turn and nod of the head moved no score of the real pairs, up to 11 and 20 degrees: no rank
# correlation with |Δ| beyond chance over 60 people. The gate blocks texture beyond that.
BY_PERSON = ("expression",)
REGIONS = (
    "forehead",
    "left_cheek",
    "right_cheek",
    "nose",
    "chin",
    "perioral",
    "left_periorbital",
    "right_periorbital",
)
KINDS = (
    ("redness absolute", ("scene",)),
    ("redness relative", ("scene", "skin", "none")),
    ("hyperpigmentation absolute", ("scene",)),
    ("hyperpigmentation relative", ("scene", "skin", "none")),
    ("texture absolute", ("scene", "skin", "none")),
)
TONES = ("light", "medium", "dark")
LEVEL = 0.95
TOGETHER = 0.925  # of pairs show none of all regions and attributes changed; asked are 0.9
MIN_ROWS = 10
FOLDS = 10
LEAST_PEOPLE = 19  # to find 95 % in
RESAMPLES = 2000
OUTLIER = 3.0  # σ beyond which a square counts as this; the quantiles see all of it
DIGITS = 3
ONE_SIGMA = 0.683  # of a normal distribution lies within

Fit = dict[str, float]
_STARTS: dict[str, float] = {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the shipped table")
    check = parser.parse_args().check
    table = noise_table(_read())
    text = json.dumps(table, indent=1) + "\n"
    if not check:
        TABLE.write_text(text, encoding="utf-8")
    elif TABLE.read_text(encoding="utf-8") != text:
        sys.exit(f"{TABLE.name} is not what these measurements give")
    print_table(table)


def _read() -> list[Row]:
    rows = []
    for path in sorted(RUNS.glob("*.json")):
        if path != DISCS:
            rows += json.loads(path.read_text())
    places = json.loads(DISCS.read_text())
    return [row | {"places": places.get(row["person"], {})} for row in rows]


def noise_table(rows: list[Row]) -> dict[str, Any]:
    """Make the table of all rows."""
    made_from = _provenance(rows)
    rows = [row for row in rows if "values" in row]
    kinds = {}
    starts = _set_starts(rows)
    for reference in LIGHT_OF:
        names = [kind for kind, references in KINDS if reference in references]
        cells = {kind: _cells(kind, rows, reference) for kind in names}
        quantiles = _quantiles(names, rows, reference)
        for kind in names:
            kinds[f"{kind} {reference}"] = {
                "by_area": _by_area(kind, rows, reference),
                "gain": _rounded(_gain(kind, rows, cells[kind]["face"], reference)),
                "regions": cells[kind],
                "quantiles": quantiles[kind],
            }
    return {"version": VERSION, "made_from": made_from, "from": starts, "kinds": kinds}


def _provenance(rows: list[Row]) -> dict[str, Any]:
    real = [row for row in rows if row["set"] == "real" and row.get("reference") == "scene"]
    sets: dict[str, list[int]] = {}
    for row in rows:
        counts = sets.setdefault(row["set"], [0, 0])
        counts["values" not in row] += 1
    return {
        "photos": "Face Research Lab London Set (doi 10.6084/m9.figshare.5047666.v5, CC BY 4.0), "
        "people outside the locked test set; one person from four distances (CC0)",
        "people": {"all": len(real)} | _tones(row["measured_tone"] for row in real),
        "people_by_true_tone": _tones(row["tone"] for row in real),
        "pairs": {name: counts[0] for name, counts in sorted(sets.items())},
        "not_comparable": {name: counts[1] for name, counts in sorted(sets.items()) if counts[1]},
        "seed": SEED,
        "level": LEVEL,
        "level_of_all_regions_together": TOGETHER,
    }


def _tones(found: Iterable[str]) -> dict[str, int]:
    tones = list(found)
    return {tone: tones.count(tone) for tone in TONES}


def _rounded(value: float) -> float:
    """Three digits: what the last bits of the arithmetic do not touch."""
    return float(f"{value:.{DIGITS}g}")


# What a score shows, row by row


def _values(kind: str, region: str, rows: Sequence[Row]) -> tuple[np.ndarray, list[Row]]:
    key = f"{kind} {region}"
    kept = [row for row in rows if key in row["values"]]
    return np.array([row["values"][key] for row in kept]), kept


def _squares(names: Sequence[str], rows: Sequence[Row]) -> np.ndarray:
    """Squares of differences, beyond what the base holds."""
    differences = [[row["differences"][name] for name in names] for row in rows]
    squares = np.square(np.array(differences, dtype=float).reshape(len(rows), len(names)))
    inside = np.square([_from(name) for name in names])
    return np.maximum(squares - inside, 0)


def _from(name: str) -> float:
    return _STARTS.get(name, 0.0)


def _set_starts(rows: list[Row]) -> dict[str, float]:
    """Read where each difference begins to count, from the real pairs."""
    real = [row["differences"] for row in rows if row["set"] == "real"]
    _STARTS.clear()
    _STARTS.update(
        {n: _rounded(float(np.quantile([d[n] for d in real], 0.9))) for n in INSIDE_BASE}
    )
    return {name: _from(name) for name in Differences._fields}


def _of_sets(rows: Sequence[Row], *sets: str) -> list[Row]:
    return [row for row in rows if row["set"].split(",")[0] in sets]


# Variances


def _variances(squares: np.ndarray, columns: np.ndarray, votes: np.ndarray) -> np.ndarray:
    """Non-negative parts of a variance, by iterated weighted least squares."""
    scale = float(np.median(squares)) / 0.455 + 1e-12  # median of χ² with one degree of freedom
    fitted = np.full(len(squares), scale)
    parts = np.zeros(columns.shape[1])
    for _ in range(30):
        weights = np.sqrt(votes) / fitted
        capped = np.minimum(squares, OUTLIER**2 * fitted)
        parts, _ = nnls(columns * weights[:, None], capped * weights)
        fitted = np.maximum(columns @ parts, 0.05 * scale)
    return parts


def _votes(rows: Sequence[Row]) -> np.ndarray:
    """One vote a person, shared by their rows."""
    names = [row["person"] for row in rows]
    return np.array([1 / names.count(name) for name in names])


def _fit(kind: str, region: str, rows: Sequence[Row], reference: str) -> Fit:
    """Fit base and slopes of one score: σ² = base² + Σ (slope difference)²."""
    fit = {name: _slope_of(kind, region, rows, name) for name in BY_CAMERA}
    camera, camera_rows = _values(kind, region, _in(rows, *LIGHT_OF[reference]))
    beyond = np.maximum(camera**2 - _explained(fit, camera_rows), 0)
    ones = np.ones((len(camera), 1))
    still = _variances(beyond, ones, _votes(camera_rows))[0] if len(camera) else 0.0
    real, real_rows = _values(kind, region, _real(rows, reference))
    beyond = np.maximum(real**2 - still - _explained(fit, real_rows), 0)
    columns = np.column_stack([np.ones(len(real)), _squares(BY_PERSON, real_rows)])
    person = _variances(beyond, columns, _votes(real_rows))
    fit |= {name: float(np.sqrt(p)) for name, p in zip(BY_PERSON, person[1:], strict=True)}
    return {"base": float(np.sqrt(still + person[0]))} | fit


def _slope_of(kind: str, region: str, rows: Sequence[Row], name: str) -> float:
    """σ that one unit of a difference adds, where it is what differs."""
    if name == "light_color" and not _is_of_light(kind):
        return 0.0
    values, kept = _values(kind, region, _in(rows, BY_CAMERA[name]))
    if len(values) < MIN_ROWS:
        return 0.0
    if name == "light_color":  # beside it a room is as still as a studio
        still, still_rows = _values(kind, region, _in(rows, "same face, controlled"))
        mean = float(np.average(still**2, weights=_votes(still_rows)))
        beyond = np.maximum(values**2 - mean, 0)
        return float(np.sqrt(_variances(beyond, _squares([name], kept), _votes(kept))[0]))
    columns = np.column_stack([np.ones(len(values)), _squares([name], kept)])
    return float(np.sqrt(_variances(values**2, columns, _votes(kept))[1]))


def _explained(fit: Fit, rows: Sequence[Row]) -> np.ndarray:
    """Variance that the differences of each pair add."""
    names = [name for name in fit if name != "base"]
    slopes = np.array([fit[name] for name in names])
    variance: np.ndarray = _squares(names, rows) @ slopes**2
    return variance


def _in(rows: Sequence[Row], *sets: str) -> list[Row]:
    return [row for row in rows if row["set"] in sets]


def _real(rows: Sequence[Row], reference: str) -> list[Row]:
    return [row for row in rows if row["set"] == "real" and row["reference"] == reference]


def _is_of_light(kind: str) -> bool:
    return kind in ("redness absolute", "hyperpigmentation absolute")


def _sigma(fit: Fit, rows: Sequence[Row], noisier: np.ndarray | float = 1.0) -> np.ndarray:
    """σ of a score; what the light does is the same in a part of a region, the rest is not."""
    light = {name: slope for name, slope in fit.items() if name == "light_color"}
    rest = {name: slope for name, slope in fit.items() if name not in ("base", "light_color")}
    own = np.square(noisier) * (fit["base"] ** 2 + _explained(rest, rows))
    sigma: np.ndarray = np.sqrt(own + _explained(light, rows))
    return sigma


def _distance_slope(kind: str, fit: Fit, rows: Sequence[Row]) -> float:
    """Find what another distance adds, from pairs of one person."""
    values, kept = _values(kind, "face", _of_sets(rows, "distance"))
    if len(values) == 0:
        return 0.0
    beyond = np.maximum(values**2 - _sigma(fit, kept) ** 2, 0)
    distance = _squares(("distance",), kept)[:, 0]
    return float(np.sqrt((beyond * distance).sum() / (distance**2).sum()))


def _cells(kind: str, rows: list[Row], reference: str) -> dict[str, Any]:
    """Fit base and slopes of every region of one kind of score."""
    face = _fit(kind, "face", rows, reference)
    distance = _distance_slope(kind, face, rows)
    fits = _region_fits(kind, rows, reference)
    cells = {"face": _cell(face | {"distance": distance})}
    for region, fit in fits.items():
        cells[region] = _cell(fit | {"distance": distance})
        if region in REGIONS:
            cells[region]["usual_mm2"] = _rounded(_usual(region, _real(rows, reference)))
    if close_up := _close_up(kind, rows):  # no absolute color without a face: there is no scene
        cells["skin"] = _cell(close_up)
    return cells


def _region_fits(kind: str, rows: list[Row], reference: str) -> dict[str, Fit]:
    """Fit base and slopes of every smaller region; of skin elsewhere the mean of their squares."""
    fits = {region: _fit(kind, region, rows, reference) for region in REGIONS}
    names = next(iter(fits.values()))
    fits[ELSEWHERE_ON_SKIN] = {
        name: float(np.sqrt(np.mean([fit[name] ** 2 for fit in fits.values()]))) for name in names
    }
    return fits


def _cell(fit: Fit) -> dict[str, Any]:
    slopes = {name: _rounded(fit.get(name, 0.0)) for name in Differences._fields}
    return {"base": _rounded(fit["base"]), "slopes": slopes}


def _close_up(kind: str, everything: list[Row]) -> Fit:
    """Fit the base of a close-up; what the camera's differences add is that of a cheek.

    Nothing tells its expression or how the head was turned.
    """
    values, rows = _close_up_values(kind, everything)
    if len(values) == 0:
        return {}
    fit = {name: _slope_of(kind, "left_cheek", everything, name) for name in BY_CAMERA}
    beyond = np.maximum(values**2 - _explained(fit, rows), 0)
    base = float(np.sqrt(_variances(beyond, np.ones((len(values), 1)), _votes(rows))[0]))
    return {"base": base} | fit


def _close_up_values(kind: str, everything: list[Row]) -> tuple[np.ndarray, list[Row]]:
    rows = [row for row in everything if row["set"].startswith("close-up")]
    return _values(kind, "skin", rows)


# Parts of regions, and regions that a user draws


def _reach(area_mm2: float) -> float:
    """Area within reach of a disc of that area."""
    return float(np.pi * (np.sqrt(area_mm2 / np.pi) + REACH_MM) ** 2)


def _usual(region: str, real: list[Row]) -> float:
    """Area within reach of a region as most people show it."""
    return _reach(float(np.median([r["areas"][region] for r in real if region in r["areas"]])))


class _Discs(NamedTuple):
    """Discs of one size on real pairs: |Δ| over the σ of the regions that they lie in."""

    reach_mm2: float
    ratios: np.ndarray
    rows: list[Row]


def _discs(kind: str, rows: list[Row], reference: str) -> list[_Discs]:
    fits = _region_fits(kind, rows, reference)
    real = _real(rows, reference)
    sigmas = {region: _sigma(fit, real) for region, fit in fits.items()}
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
        found.append(_Discs(_reach(np.pi * (diameter / 2) ** 2), np.array(ratios), kept))
    return found


def _by_area(kind: str, rows: list[Row], reference: str) -> dict[str, list[float]]:
    """How much noisier a part of a region is than the whole region, by its area within reach."""
    real = _real(rows, reference)
    usual = float(np.median([_usual(region, real) for region in REGIONS]))
    discs = _discs(kind, rows, reference)
    factors = [_weighted_quantile(d.ratios, _votes(d.rows), ONE_SIGMA) for d in discs]
    steady = np.maximum.accumulate([1.0, *factors[::-1]])[::-1]  # a smaller part is not steadier
    areas = [*(d.reach_mm2 for d in discs), max(usual, 1.5 * discs[-1].reach_mm2)]
    return {"mm2": [_rounded(a) for a in areas], "factor": [_rounded(float(f)) for f in steady]}


def _noisier(reach_mm2: np.ndarray, by_area: dict[str, list[float]]) -> np.ndarray:
    noisier: np.ndarray = np.interp(np.log(reach_mm2), np.log(by_area["mm2"]), by_area["factor"])
    return noisier


def _gain(kind: str, rows: list[Row], cell: dict[str, Any], reference: str) -> float:
    """Relative error of a change that is there, from known changes of the attribute."""
    key = f"{kind} face"
    regimes = ("controlled", "same room") if reference == "scene" else ("casual",)
    sets = [f"known change, {regime}" for regime in regimes]
    known = [
        row
        for row in _in(rows, *sets)
        if key in row["values"]
        and row["changed"] == kind.split()[0]
        and (row["reference"] == reference or reference == "none")
    ]
    truth = np.array([row["truth"][key] for row in known])
    error = np.array([row["values"][key] for row in known]) - truth
    names = [name for name in BY_CAMERA if cell["slopes"][name] > 0]
    slopes = np.array([cell["slopes"][name] for name in names])
    by_light = _squares(names, known) @ slopes**2 if names else np.zeros(len(known))
    beyond = np.maximum(error**2 - by_light, 0)
    columns = np.column_stack([np.ones(len(known)), truth**2])
    return float(np.sqrt(_variances(beyond, columns, _votes(known))[1]))


# Quantiles


def _quantiles(names: list[str], rows: list[Row], reference: str) -> dict[str, dict[str, Any]]:
    """Quantiles of |Δ| / σ of all kinds of one reference."""
    null = [r for r in _of_sets(rows, "real", "retaken") if r["reference"] == reference]
    whole = {kind: _ratios(kind, "face", rows, null, reference) for kind in names}
    regions = {
        kind: [_ratios(kind, region, rows, null, reference) for region in REGIONS] for kind in names
    }
    singly = {kind: _by_tone(*_pooled(parts)) for kind, parts in regions.items()}
    larger = max(1.0, _conformal(*_together(null, regions), TOGETHER))
    return {
        kind: {
            "whole": _both(_by_tone(*whole[kind])),
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
        quantile = _conformal(*_pooled(parts))
        for ratios, kept in parts:
            for ratio, row in zip(ratios, kept, strict=True):
                largest[id(row)] = max(largest[id(row)], ratio / quantile)
    return np.array([largest[id(row)] for row in null]), null


def _ratios(
    kind: str, region: str, rows: list[Row], null: list[Row], reference: str
) -> tuple[np.ndarray, list[Row]]:
    """|Δ| / σ with base and slopes fitted without the person."""
    values, kept = _values(kind, region, null)
    folds = _folds(rows)
    noisier = np.ones(len(kept))
    if region != "face":
        real, by_area = _real(rows, reference), _by_area(kind, rows, reference)
        reach = np.array([_reach(row["areas"].get(region, np.inf)) for row in kept])
        usual = _noisier(np.array(_usual(region, real)), by_area)
        noisier = np.maximum(_noisier(reach, by_area) / usual, 1.0)
    distance = _distance_slope(kind, _fit(kind, "face", rows, reference), rows)
    sigma = np.empty(len(kept))
    for fold in range(FOLDS):
        inside = np.array([folds[row["person"]] == fold for row in kept], dtype=bool)
        if inside.any():
            others = [row for row in rows if folds[row["person"]] != fold]
            fit = _fit(kind, region, others, reference) | {"distance": distance}
            sigma[inside] = _sigma(
                fit, [row for row in kept if folds[row["person"]] == fold], noisier[inside]
            )
    return np.abs(values) / sigma, kept


def _folds(rows: Sequence[Row]) -> dict[str, int]:
    names = sorted({row["person"] for row in rows})
    order = np.random.default_rng(SEED).permutation(len(names))
    return {name: int(place) % FOLDS for name, place in zip(names, order, strict=True)}


def _pooled(parts: list[tuple[np.ndarray, list[Row]]]) -> tuple[np.ndarray, list[Row]]:
    return np.concatenate([values for values, _ in parts]), [r for _, rows in parts for r in rows]


def _both(
    sdc: dict[str, tuple[float, int]], interval: dict[str, tuple[float, int]] | None = None
) -> dict[str, Any]:
    interval = interval or sdc
    return {
        tone: {"sdc": _rounded(value), "interval": _rounded(interval[tone][0]), "people": people}
        for tone, (value, people) in sdc.items()
        if tone in interval
    }


def _by_tone(ratios: np.ndarray, rows: Sequence[Row]) -> dict[str, tuple[float, int]]:
    """Quantile of each tone group that has enough people; of all, its upper limit.

    With 19 to 40 people a group's own quantile is the largest of them, one person's flush. So a
    group takes that of all people unless its own misses show that it is too small for it. Grouped
    by the tone that the photos show, which is what a result will be looked up by.
    """
    everybody = len({row["person"] for row in rows})
    pooled = _conformal(ratios, rows)
    found = {"all": (_upper(ratios, rows), everybody)}
    for tone in TONES:
        inside = np.array([row["measured_tone"] == tone for row in rows])
        kept = [row for row in rows if row["measured_tone"] == tone]
        people = len({row["person"] for row in kept})
        if people >= LEAST_PEOPLE:
            missed = float(_votes(kept) @ (ratios[inside] > pooled))
            least = beta.ppf(0.025, missed, people - missed + 1) if missed else 0.0
            small = bool(least > 1 - LEVEL)
            own = (_conformal(ratios[inside], kept), people)
            found[tone] = own if small else (pooled, everybody)
    return found


def _conformal(ratios: np.ndarray, rows: Sequence[Row], level: float = LEVEL) -> float:
    """Quantile for one more person: at (n + 1) / n of the level, one vote each."""
    people = len({row["person"] for row in rows})
    return _weighted_quantile(ratios, _votes(rows), min(1.0, level * (people + 1) / people))


def _upper(ratios: np.ndarray, rows: Sequence[Row]) -> float:
    """Upper end of the 90 % interval of the quantile, people drawn with replacement."""
    names = np.array([row["person"] for row in rows])
    votes, unique = _votes(rows), np.unique(names)
    level = min(1.0, LEVEL * (len(unique) + 1) / len(unique))
    rng = np.random.default_rng(SEED)
    member = names[None, :] == unique[:, None]
    drawn = []
    for _ in range(RESAMPLES):
        times = np.bincount(rng.integers(len(unique), size=len(unique)), minlength=len(unique))
        drawn.append(_weighted_quantile(ratios, votes * (times @ member), level))
    return float(np.quantile(drawn, 0.95))


def _weighted_quantile(values: np.ndarray, weights: np.ndarray, level: float) -> float:
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][min(int(np.searchsorted(share, level - 1e-9)), len(values) - 1)])


def _close_up_quantiles(kind: str, everything: list[Row]) -> dict[str, Any]:
    values, rows = _close_up_values(kind, everything)
    if len(values) == 0:
        return {}
    return _both(_by_tone(np.abs(values) / _sigma(_close_up(kind, everything), rows), rows))


def _drawn_quantiles(kind: str, rows: list[Row], reference: str) -> dict[str, Any]:
    by_area = _by_area(kind, rows, reference)
    parts = [
        (discs.ratios / _noisier(np.array(discs.reach_mm2), by_area), discs.rows)
        for discs in _discs(kind, rows, reference)
    ]
    return _both(_by_tone(*_pooled(parts)))


def print_table(table: dict[str, Any]) -> None:
    """Print base, slopes and quantiles of the whole."""
    print(json.dumps(table["made_from"], indent=1))
    for name, kind in table["kinds"].items():
        for region in ("face", "left_cheek", "perioral", "elsewhere", "skin"):
            cell = kind["regions"].get(region)
            if cell is None:
                continue
            slopes = {key: slope for key, slope in cell["slopes"].items() if slope}
            print(f"{name:40} {region:10} base {cell['base']:<7} {slopes}")
        print(f"{'':40} gain {kind['gain']}, by area {kind['by_area']}")
        print(f"{'':40} quantiles {kind['quantiles']}")


if __name__ == "__main__":
    main()

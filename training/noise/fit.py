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
from collections.abc import Iterable
from typing import Any

import numpy as np

from skindelta.noise import Differences

from .measure import DISCS, RUNS
from .pairs import ROOT, SEED, Row
from .parts import by_area_of, usual_reach
from .quantiles import LEVEL, TOGETHER, TONES, quantiles_of
from .rows import in_sets, real_pairs, rounded, squares, votes_of
from .variances import (
    BY_CAMERA,
    LIGHT_OF,
    REGIONS,
    Fit,
    distance_slope,
    fit_close_up,
    fit_region,
    fit_regions,
    variances,
)

TABLE = ROOT / "src" / "skindelta" / "noise.json"
VERSION = "1.0.0"
INSIDE_BASE = ("light_direction", "distance", "focus", "compression", "glare", "tone_curve")
KINDS = (
    ("redness absolute", ("card", "grey", "scene")),
    ("redness relative", ("card", "grey", "scene", "skin", "none")),
    ("hyperpigmentation absolute", ("card", "grey", "scene")),
    ("hyperpigmentation relative", ("card", "grey", "scene", "skin", "none")),
    ("texture absolute", ("card", "grey", "scene", "skin", "none")),
)


CHANGED_IN = {  # photos that tell how well a change is read
    "card": ("same room, card", "casual, card"),
    "grey": ("same room, grey",),
    "scene": ("controlled", "same room"),
    "skin": ("casual",),
    "none": ("casual",),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the shipped table")
    check = parser.parse_args().check
    table = noise_table(read_rows())
    text = json.dumps(table, indent=1) + "\n"
    if not check:
        TABLE.write_text(text, encoding="utf-8")
    elif TABLE.read_text(encoding="utf-8") != text:
        sys.exit(f"{TABLE.name} is not what these measurements give")
    print_table(table)


def read_rows() -> list[Row]:
    """Return all that was measured, with the places of the discs of each person."""
    rows = []
    for path in sorted(RUNS.glob("*.json")):
        if path != DISCS:
            rows += json.loads(path.read_text())
    places = json.loads(DISCS.read_text())
    return [row | {"places": places.get(row["person"], {})} for row in rows]


def noise_table(rows: list[Row]) -> dict[str, Any]:
    """Make the table of all rows but changes of other shapes, which are there for networks."""
    rows = [row for row in rows if not row["set"].startswith("known shape")]
    made_from = _provenance(rows)
    rows = [row for row in rows if "values" in row]
    starts = _starts(rows)
    rows = [row | {"from": starts} for row in rows]
    kinds = {}
    for reference in LIGHT_OF:
        names = [kind for kind, references in KINDS if reference in references]
        cells = {kind: _cells(kind, rows, reference) for kind in names}
        quantiles = quantiles_of(names, rows, reference)
        for kind in names:
            kinds[f"{kind} {reference}"] = {
                "by_area": by_area_of(kind, rows, reference),
                "gain": rounded(_gain(kind, rows, cells[kind]["face"], reference)),
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


def _starts(rows: list[Row]) -> dict[str, float]:
    """Read where each difference begins to count: beyond nine of ten pairs of good photos.

    Those are the real pairs; of the light's color, which some studio photos do not tell for lack
    of clothes, photos of one face in controlled light.
    """
    real = [row["differences"] for row in rows if row["set"] == "real"]
    still = [row["differences"] for row in in_sets(rows, *LIGHT_OF["scene"])]
    of = dict.fromkeys(INSIDE_BASE, real) | {"light_color": still}
    return {
        name: rounded(float(np.quantile([d[name] for d in of[name]], 0.9))) if name in of else 0.0
        for name in Differences._fields
    }


def _cells(kind: str, rows: list[Row], reference: str) -> dict[str, Any]:
    """Fit base and slopes of every region of one kind of score."""
    face = fit_region(kind, "face", rows, reference)
    distance = distance_slope(kind, face, rows)
    fits = fit_regions(kind, rows, reference)
    cells = {"face": _cell(face | {"distance": distance})}
    for region, fit in fits.items():
        cells[region] = _cell(fit | {"distance": distance})
        if region in REGIONS:
            cells[region]["usual_mm2"] = rounded(usual_reach(region, real_pairs(rows, reference)))
    if close_up := fit_close_up(kind, rows):  # no absolute color without a face: there is no scene
        cells["skin"] = _cell(close_up)
    return cells


def _cell(fit: Fit) -> dict[str, Any]:
    slopes = {name: rounded(fit.get(name, 0.0)) for name in Differences._fields}
    return {"base": rounded(fit["base"]), "slopes": slopes}


def _gain(kind: str, rows: list[Row], cell: dict[str, Any], reference: str) -> float:
    """Relative error of a change that is there, from known changes of the attribute."""
    key = f"{kind} face"
    sets = [f"known change, {regime}" for regime in CHANGED_IN[reference]]
    known = [
        row
        for row in in_sets(rows, *sets)
        if key in row["values"]
        and row["changed"] == kind.split()[0]
        and (row["reference"] == reference or reference == "none")
    ]
    truth = np.array([row["truth"][key] for row in known])
    error = np.array([row["values"][key] for row in known]) - truth
    names = [name for name in BY_CAMERA if cell["slopes"][name] > 0]
    slopes = np.array([cell["slopes"][name] for name in names])
    by_light = squares(names, known) @ slopes**2 if names else np.zeros(len(known))
    beyond = np.maximum(error**2 - by_light, 0)
    columns = np.column_stack([np.ones(len(known)), truth**2])
    return float(np.sqrt(variances(beyond, columns, votes_of(known))[1]))


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

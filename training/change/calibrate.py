"""Give a candidate its noise, its factors and its card: what unchanged skin shows through it.

    python -m noise.measure --network ../runs/change/candidate
    python -m change.calibrate --run ../runs/change

Run from the folder `training`. Everything here is read from people that the network was not
trained on (the calibration split): the factors that make known changes read with slope 1, the
quantiles that make a σ an interval, and which scores the network gives: those whose known changes
it reads nearer than the formula does, with the interval of the difference above 0.
"""

import argparse
import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from change.card import write_card
from change.people import people
from noise.fit import CHANGED_IN, KINDS, noise_table, read_rows
from noise.pairs import Row

LIKE = {"none": "skin"}  # nothing is known of the light either way: the network sees one case
RESAMPLES = 2000


class Known(NamedTuple):
    """Known changes of one kind of score: truth, and what formula and network read."""

    people: np.ndarray
    truth: np.ndarray
    formula: np.ndarray
    network: np.ndarray


def known(kind: str, reference: str, rows: Sequence[Row]) -> Known:
    """Read the whole face of pairs in which the attribute itself was changed."""
    key = f"{kind} face"
    sets = [f"known change, {regime}" for regime in CHANGED_IN[reference]]
    kept = [
        row
        for row in rows
        if row["set"] in sets
        and row["changed"] == kind.split()[0]
        and row["reference"] == LIKE.get(reference, reference)
        and key in row["values"]
        and key in row["network"]
    ]
    columns = (
        [row["person"] for row in kept],
        [row["truth"][key] for row in kept],
        [row["values"][key] for row in kept],
        [row["network"][key] for row in kept],
    )
    return Known(*(np.array(column) for column in columns))


def factor_of(kind: str, reference: str, rows: Sequence[Row]) -> float:
    """Return what a map is multiplied by: one over the slope of its values on the truth."""
    pairs = known(kind, reference, rows)
    return float(pairs.truth @ pairs.truth / (pairs.network @ pairs.truth))


def gain_of(pairs: Known) -> tuple[float, float, float]:
    """By how much the network's mean |error| is smaller, with its 95 % interval over people."""
    gains = np.abs(pairs.formula - pairs.truth) - np.abs(pairs.network - pairs.truth)
    names = np.unique(pairs.people)
    sums = np.array([(gains[pairs.people == n].sum(), (pairs.people == n).sum()) for n in names])
    drawn = np.random.default_rng(0).integers(len(names), size=(RESAMPLES, len(names)))
    totals = sums[drawn].sum(axis=1)
    low, high = np.quantile(totals[:, 0] / totals[:, 1], [0.025, 0.975])
    return float(gains.mean()), float(low), float(high)


def calibrated(rows: list[Row]) -> dict[str, Any]:
    """Return factors, noise table and kinds of score that ship."""
    judges = frozenset(person.name for person in people("calibration", ("london",)))
    rows = [row for row in rows if "network" in row]
    factors = {
        f"{kind} {reference}": round(factor_of(kind, reference, rows), 4)
        for kind, references in KINDS
        for reference in references
    }
    scaled = [row | {"network": _scaled(row, factors)} for row in rows]
    table = noise_table([row | {"values": row["network"]} for row in scaled], judges)
    scores = []
    for kind, references in KINDS:
        for reference in references:
            pairs = known(kind, reference, scaled)
            gain = gain_of(pairs)
            ships = gain[1] > 0
            told = "ships" if ships else "the formula ships"
            name = f"{kind} {reference}"
            print(
                f"{name:42} n {len(pairs.truth):4} nearer by {gain[0]:+.3f} "
                f"[{gain[1]:+.3f}, {gain[2]:+.3f}]: {told}"
            )
            if ships:
                scores.append(name)
    return {"factors": factors, "table": table, "scores": scores}


def _scaled(row: Row, factors: dict[str, float]) -> dict[str, float]:
    """Apply the factors."""
    reference = row["reference"]
    return {
        key: value * factors[f"{' '.join(key.split()[:2])} {reference}"]
        for key, value in row["network"].items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    options = parser.parse_args()
    folder = options.run / "candidate"
    if tomllib.loads((folder / "model.toml").read_text())["output"]["factors"]:
        raise SystemExit(f"{folder} is calibrated already: export it anew and measure that")
    found = calibrated(read_rows())
    print(json.dumps(found["factors"], indent=1))
    (folder / "noise.json").write_text(json.dumps(found["table"], indent=1) + "\n")
    write_card(folder, found["factors"], found["scores"])


if __name__ == "__main__":
    main()

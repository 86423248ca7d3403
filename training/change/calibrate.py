"""Give a candidate its noise, its factors and its card: what unchanged skin shows through it.

    python -m noise.measure --keep
    python -m noise.read ../runs/change/candidate
    python -m change.calibrate --run ../runs/change

Run from the folder `training`. Factors and what ships are read from people that the network was not
trained on (the calibration split): the factors that bring the slope of known changes to 1, or as
far towards it as no kind of photos is read farther (a factor is one for noise too); the quantiles
that make a σ an interval; and which scores the network gives: those whose known changes it reads
nearer than the formula does, and in no kind of photos farther (:func:`ships`). Where all of it is
too much, a share of what it adds to the formula's absolute color may be right. What the release
gate refused on test people (`REFUSED`) stays with the formula.

Unchanged skin of the people it was trained on counts too, or a few dozen people would have to tell
what 95 of 100 do not exceed: multiplied by what the others show more (:func:`excess_of`).
"""

import argparse
import itertools
import json
import tomllib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from change.card import sha256, write_card
from change.people import people
from noise.fit import CHANGED_IN, KINDS, noise_table, read_rows
from noise.pairs import DISCS_EACH, SMILING, Row
from noise.rows import real_pairs
from skindelta.network import MIXED

LIKE = {"none": "skin"}  # as that: nothing is known of the light, the network sees one case
RESAMPLES = 2000
SHARES = (1.0, 0.75, 0.5, 0.25, 0.0)  # of the way to slope 1, tried one after the other
MIXTURES = (1.0, 0.75, 0.5)  # shares of what the network adds, of absolute color
_DRAWN = tuple(f" mm {number}" for number in range(DISCS_EACH))  # names of discs end so
KNOWN = ("known change", "known shape")  # sets of pairs
ROOM = "same room"
MIN_PEOPLE = 8  # that an interval over people needs
# By sha256 of the weights, what calibration people would have let ship and test people did not
# bear out (docs/decisions/0011-frozen-benchmark.md): the formula gives it.
REFUSED = {
    "9c19fdc48cab2a12c8c392d14911eb4bbde353499f7f855c7b82c191c73af7e8": (
        "hyperpigmentation relative skin",
        "hyperpigmentation absolute grey",
    ),
}


class Known(NamedTuple):
    """Known changes of one kind of score: truth, and what each way reads."""

    people: np.ndarray
    truth: np.ndarray
    formula: np.ndarray
    network: np.ndarray
    ridge: np.ndarray


def regimes_of(reference: str) -> tuple[str, ...]:
    """In which photos known changes are read with a reference.

    In one room the skin itself is the reference where a photo shows no wall and no clothes.
    """
    more = {"scene": (SMILING,), "skin": (ROOM,)}
    return CHANGED_IN[reference] + more.get(reference, ())


def known(kind: str, reference: str, rows: Sequence[Row], where: str, *regimes: str) -> Known:
    """Read pairs in which the attribute itself was changed: the face, its regions, or both."""
    sets = [f"{name}, {regime}" for name in KNOWN for regime in regimes or regimes_of(reference)]
    found = [
        (
            row["person"],
            row["truth"][key],
            row["values"][key],
            row["network"][key],
            row["ridge"].get(key, np.nan),  # it reads no region of a few cells
        )
        for row in rows
        if row["set"] in sets
        and row["changed"] == kind.split()[0]
        and row["reference"] == reference
        for key in row["truth"]
        if key.startswith(f"{kind} ") and key in row["values"] and key in row["network"]
        if where == "both" or key.endswith(" face") == (where == "face")
    ]
    return Known(*(np.array(column) for column in zip(*found, strict=True))) if found else _NOTHING


_NOTHING = Known(*(np.array([]) for _ in Known._fields))


def factor_of(kind: str, reference: str, rows: Sequence[Row]) -> float:
    """Return what a map is multiplied by: one over the slope of its values on the truth.

    Without pairs in which one photo smiles: what mends those overshoots in all others.
    """
    regimes = [regime for regime in regimes_of(reference) if regime != SMILING]
    pairs = known(kind, reference, rows, "both", *regimes)
    return float(pairs.truth @ pairs.truth / (pairs.network @ pairs.truth))


def gain_of(pairs: Known, other: str = "formula", tries: int = 1) -> tuple[float, float, float]:
    """By how much the network's mean |error| is smaller, with its 95 % interval over people.

    Of the n-th try of one thing the chance to err is divided by n: of 15 tries together it is at
    most 3.3 times that of one, not 15 times.
    """
    gains = np.abs(getattr(pairs, other) - pairs.truth) - np.abs(pairs.network - pairs.truth)
    names = np.unique(pairs.people)
    sums = np.array([(gains[pairs.people == n].sum(), (pairs.people == n).sum()) for n in names])
    drawn = np.random.default_rng(0).integers(len(names), size=(RESAMPLES, len(names)))
    totals = sums[drawn].sum(axis=1)
    low, high = np.quantile(totals[:, 0] / totals[:, 1], [0.025 / tries, 1 - 0.025 / tries])
    return float(gains.mean()), float(low), float(high)


def ships(kind: str, reference: str, rows: Sequence[Row], tries: int = 1) -> bool:
    """Whether the network gives a score: nearer than the formula in all, and nowhere farther.

    The whole face of all known changes, those after a smile among them: the interval of the gain
    on the formula above 0, for the n-th of several tries at an n-th of the chance to err; of one
    regime: not reaching below 0. Regions of one regime, and photos
    of one room that show neither wall nor clothes, of which there are few: not all of it below 0.
    Gains on the ridge regression are printed beside them; where that is nearer the
    card says so.
    """
    regimes = regimes_of(reference)
    title = f"{kind:27} {reference:6}"
    every = known(kind, reference, rows, "face", *regimes)
    gain = _told(f"{title} face, all, try {tries}", every, "formula", tries)
    good = gain is not None and gain[1] > 0
    for where, regime, other in itertools.product(
        ("face", "regions"), regimes, ("formula", "ridge")
    ):
        pairs = known(kind, reference, rows, where, regime)
        gain = _told(f"{title} {where}, {regime}", pairs, other)
        if gain is not None and other == "formula":
            many = where == "face" and (reference, regime) != ("skin", ROOM)
            good &= gain[1 if many else 2] >= 0
    return good


def _told(
    title: str, pairs: Known, other: str, tries: int = 1
) -> tuple[float, float, float] | None:
    """Print a gain; None where there are too few people for an interval."""
    read = np.isfinite(getattr(pairs, other))
    pairs = Known(*(column[read] for column in pairs))
    if len(np.unique(pairs.people)) < MIN_PEOPLE:
        return None
    gain = gain_of(pairs, other, tries)
    told = f"{title}, than {other}"
    print(f"{told:75} n {len(pairs.truth):4} {gain[0]:+.3f} [{gain[1]:+.3f}, {gain[2]:+.3f}]")
    return gain


def calibrated(rows: list[Row], refused: Collection[str] = ()) -> dict[str, Any]:
    """Return factors, shares, noise table and kinds of score that ship: none of those refused."""
    trained = frozenset(person.name for person in people("train", ("london",)))
    lost = [row for row in rows if "network" not in row]  # not comparable
    rows = [row for row in rows if "network" in row]
    factors, shares, scores = _what_ships(rows, refused)
    print("ships:", *(scores or ["nothing"]), sep="\n  ")
    excess = {
        f"{kind} {reference}": excess_of(kind, reference, _mixed(rows, shares), trained)
        for kind, references in KINDS
        for reference in references
    }
    for name, times in excess.items():
        print(f"{name}: people it was not trained on show {times:.2f} times as much")
    rows = _scaled(_mixed(rows, shares), factors)
    learnt = [row for row in rows if row["person"] in trained]
    others = [row for row in rows if row["person"] not in trained]
    told = [*others, *_scaled(learnt, excess)]
    table = noise_table([*lost, *(row | {"values": row["network"]} for row in told)])
    return {
        "factors": factors,
        "shares": shares,
        "table": table,
        "scores": scores,
        "excess": excess,
    }


def _what_ships(
    rows: Sequence[Row], refused: Collection[str] = ()
) -> tuple[dict[str, float], dict[str, float], list[str]]:
    """Return factors of all kinds of score, shares that are not all, and the kinds that ship."""
    factors: dict[str, float] = {}
    shares: dict[str, float] = {}
    scores: list[str] = []
    for kind, references in KINDS:
        for reference in references:
            name = f"{kind} {reference}"
            if reference in LIKE:
                like = f"{kind} {LIKE[reference]}"
                factors[name] = factors[like]
                scores += [name] if like in scores else []
                continue
            found = _chosen(kind, reference, rows)
            if found is not None and name in refused:
                print(f"{name}: refused on test people, the formula gives it")
                found = None
            if found is None:
                factors[name] = round(factor_of(kind, reference, rows), 4)
                continue
            scores.append(name)
            factors[name] = found[1]
            if found[0] < 1:
                shares[name] = found[0]
    return factors, shares, scores


def _chosen(kind: str, reference: str, rows: Sequence[Row]) -> tuple[float, float] | None:
    """Return share and factor with which a score ships: as much of the network as can be."""
    name = f"{kind} {reference}"
    tries = itertools.count(1)
    for mixture in MIXTURES if kind in MIXED else (1.0,):
        mixed = _mixed(rows, {name: mixture})
        whole = factor_of(kind, reference, mixed)
        for share in SHARES:
            factor = round(1 + share * (whole - 1), 4)
            print(f"{name}: {mixture:g} of the network, times {factor}")
            if ships(kind, reference, _scaled(mixed, {name: factor}), next(tries)):
                return mixture, factor
    return None


def excess_of(kind: str, reference: str, rows: Sequence[Row], trained: frozenset[str]) -> float:
    """How much more of unchanged skin shows on people that the network was not trained on.

    Of each region, the ratio of the mean squares of both groups, over the same ratio of the
    formula's values, since people differ; the root of their median, at least 1.
    """
    found: dict[str, dict[bool, list[tuple[float, float]]]] = {}
    for row in real_pairs(rows, reference):
        for key, value in row["network"].items():
            if key.startswith(f"{kind} ") and not key.endswith(_DRAWN):
                of_key = found.setdefault(key, {True: [], False: []})
                of_key[row["person"] in trained].append((value, row["values"][key]))
    ratios = []
    for groups in found.values():
        if min(map(len, groups.values())) >= MIN_PEOPLE:
            learnt, others = (np.square(groups[who]).mean(axis=0) for who in (True, False))
            ratios.append((others[0] * learnt[1]) / (learnt[0] * others[1]))
    return round(max(1.0, float(np.sqrt(np.median(ratios)))), 3) if ratios else 1.0


def _mixed(rows: Sequence[Row], shares: dict[str, float]) -> list[Row]:
    """Take a share of what the network adds to the formula."""

    def value(row: Row, key: str, network: float) -> float:
        share = shares.get(f"{' '.join(key.split()[:2])} {row['reference']}", 1.0)
        return network if share == 1 else share * network + (1 - share) * float(row["values"][key])

    return [
        row | {"network": {key: value(row, key, of) for key, of in row["network"].items()}}
        for row in rows
    ]


def _scaled(rows: Sequence[Row], factors: dict[str, float]) -> list[Row]:
    """Apply the factors."""
    return [
        row
        | {
            "network": {
                key: value * factors.get(f"{' '.join(key.split()[:2])} {row['reference']}", 1.0)
                for key, value in row["network"].items()
            }
        }
        for row in rows
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    options = parser.parse_args()
    folder = options.run / "candidate"
    if tomllib.loads((folder / "model.toml").read_text())["output"]["factors"]:
        raise SystemExit(f"{folder} is calibrated already: export it anew and measure that")
    rows = read_rows()
    digest = sha256(folder / "model.onnx")
    readers = {row.get("read_by") for row in rows if "values" in row}
    if readers != {digest}:
        raise SystemExit(f"not all pairs were read by this network: python -m noise.read {folder}")
    refused = REFUSED.get(sha256(folder / "model.safetensors"), ())
    found = calibrated(rows, refused)
    print(json.dumps(found["factors"], indent=1))
    (folder / "noise.json").write_text(json.dumps(found["table"], indent=1) + "\n")
    write_card(folder, found["factors"], found["scores"], found["excess"], found["shares"])


if __name__ == "__main__":
    main()

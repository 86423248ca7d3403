"""May a change network be shipped? Every reason why not, from figures that were measured.

    python benchmarks/accuracy.py --model FOLDER
    python benchmarks/speed.py --model FOLDER --json runs/speed.json
    python benchmarks/model_card.py FOLDER
    python benchmarks/release_gate.py FOLDER

Refused is a candidate that is worse than the formula or the network that ships now, beyond the
paired interval, on any row that it gives; that reads one attribute where only
another changed, or covers less, than allowed, or surely than the one that ships; whose network is
slow, large or damaged; that misses a target by more than was accepted for it (`ACCEPTED`), or does
not say so in its card; or that is not the one that was measured, with this
calibration, on all locked people.
"""

import argparse
import json
import math
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import fisher_exact

from accuracy_tables import COVERAGE, KINDS_OF_SCORE
from agreement import MIN_PAIRS
from injections import ROOT, Benchmark, people
from skindelta.errors import ModelError
from skindelta.models import Model, load_model, load_model_folder, verify_model_folder
from skindelta.net_input import BLOCK, CHANNELS, CONTEXT
from sources_table import MOST_FALSE_ALARMS, REGIMES, WINS, false_alarms, nearer, rows_of_kind

MOST_TIMES_DECODING = 3.0
_FARTHER = "as near as the ridge regression, farther by "
MOST_NETWORK_MS = 80.0
MOST_MB = 8.0
MOST_WEIGHTS = 1_000_000
# Targets that a network may miss, by how they begin, and between which values; why, and what was
# tried: docs/decisions/0017. Of times decoding a dozen runs on one noisy machine gave 3.2 to 5.6.
ACCEPTED = {
    "skindelta-base@1.0.0": {
        "redness: nearer than formula and ridge in ": (0, math.inf),
        "hyperpigmentation: nearer than formula and ridge in ": (1, math.inf),
        "smiling: hyperpigmentation absolute, regions: " + _FARTHER: (0, 0.15),
        "intervals hold the truth in ": (92, 98.5),
        "a warm pair takes ": (0, 6),
    }
}
SURELY = 0.025  # chance below which a share is not as good as that of the network that ships


class Check(NamedTuple):
    """One thing that was asked."""

    passed: bool
    what: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="of the candidate")
    parser.add_argument("--accuracy", type=Path, default=ROOT / "runs" / "accuracy.json")
    parser.add_argument("--speed", type=Path, default=ROOT / "runs" / "speed.json")
    options = parser.parse_args()
    try:
        verify_model_folder(options.folder)
        model = load_model_folder(options.folder)
    except ModelError as error:
        sys.exit(f"refused: {error}")
    accuracy = json.loads(options.accuracy.read_text())
    known = json.loads(options.accuracy.with_suffix(".rows.json").read_text())[1]
    speed = json.loads(options.speed.read_text())
    checks = list(checks_of(model, accuracy, known, speed))
    for check in checks:
        print(f"{'passed' if check.passed else 'REFUSED'}: {check.what}")
    refused = sum(not check.passed for check in checks)
    print(f"\n{len(checks) - refused} of {len(checks)} passed")
    sys.exit(1 if refused else 0)


def checks_of(
    model: Model, accuracy: dict[str, Any], known: list[dict[str, Any]], speed: dict[str, Any]
) -> Iterator[Check]:
    """All that is asked of a candidate."""
    for name, figures in (("accuracy", accuracy), ("speed", speed)):
        same = figures.get("model_digest") == model.digest
        yield Check(same, f"{name} was measured with this network as it is calibrated")
    yield Check(is_whole(accuracy), "accuracy is the frozen benchmark on all locked people")
    yield _was_held_against_what_ships(model, accuracy)
    yield from _better(model, known)
    yield from _leaks(known)
    share = accuracy["coverage"]["pooled: all scores"]["face"]["share"]
    yield Check(share >= COVERAGE[0], f"intervals hold the truth in {share:.1%} of the scores")
    yield from _as_good(accuracy, metrics_that_ship(model))
    admitted = model.card.metrics.get("targets_missed", ())
    for target, reached in targets_of(model.card.output["scores"], accuracy, known, speed).items():
        told = target if reached else f"missed, accepted, and in its card: {target}"
        yield Check(reached or (is_accepted(model, target) and target in admitted), told)
    own = speed["network_ms"]
    what = f"the network takes {own:.0f} ms, one decoding {speed['decode_one_ms']:.0f} ms"
    yield Check(own <= MOST_NETWORK_MS, what)
    size = sum(file.stat().st_size for file in model.folder.iterdir()) / 1e6
    yield Check(size <= MOST_MB, f"its files have {size:.2f} MB")
    count = weights_of(model)
    yield Check(count <= MOST_WEIGHTS, f"it has {count} weights")
    worst = asymmetry(model)
    yield Check(worst == 0, f"swapped photos change the sign of every map, off by {worst:g}")


def is_accepted(model: Model, target: str) -> bool:
    """Whether this network may miss a target, by as much as it does."""
    for begins, (low, high) in ACCEPTED.get(f"{model.card.name}@{model.card.version}", {}).items():
        if target.startswith(begins):
            value = re.match(r"[\d.]+", target.removeprefix(begins))
            return value is not None and low <= float(value[0]) <= high
    return False


def is_whole(accuracy: dict[str, Any]) -> bool:
    """Whether figures are those of a whole run of the frozen benchmark on the locked people."""
    frozen = accuracy["split"] == "test" and accuracy["dataset"] == "london"
    frozen &= accuracy["seed"] == Benchmark().seed and not accuracy["fast"]
    return frozen and set(accuracy["people"]) == {person.name for person in people("test")}


def _was_held_against_what_ships(model: Model, accuracy: dict[str, Any]) -> Check:
    """Another network that ships now must have read the same pairs."""
    try:
        shipped = load_model(model.card.name).digest
    except ModelError:
        return Check(True, "no network of this name ships yet")
    same = shipped in {model.digest, accuracy.get("against_digest")}
    return Check(same, "the network that ships now, if it is another, read the same pairs")


def targets_of(
    scores: Iterable[str],
    accuracy: dict[str, Any],
    known: list[dict[str, Any]],
    speed: dict[str, Any],
) -> dict[str, bool]:
    """Tell what a network should reach, and whether it does.

    Parameters
    ----------
    scores : iterable of str
        That it gives: ``"attribute basis reference"``.
    accuracy, speed : dict
        From ``accuracy.py`` and ``speed.py``.
    known : list of dict
        Rows of the known changes.

    Returns
    -------
    dict of str to bool
    """
    targets = dict(accuracy["targets"])
    won = _won(frozenset(scores), known)
    for attribute, least in WINS.items():
        count = len(won[attribute])
        what = f"{attribute}: nearer than formula and ridge in {count} regimes (at least {least})"
        targets[what] = count >= least
    for group in _groups(frozenset(scores), known):
        gain = nearer(group.rows, "network", "ridge")
        if gain.high < 0:
            what = f"{group.title}: {_FARTHER}{-gain.value:.3f}"
            targets[what] = False
    share = accuracy["coverage"]["pooled: all scores"]["face"]["share"]
    low, high = COVERAGE
    what = f"intervals hold the truth in {share:.1%} of the scores ({low:.0%} to {high:.0%})"
    targets[what] = low <= share <= high
    times = speed["times_decoding"]
    what = f"a warm pair takes {times:.2f} times decoding (at most {MOST_TIMES_DECODING:g})"
    targets[what] = times <= MOST_TIMES_DECODING
    return targets


class _Group(NamedTuple):
    """Known changes of one kind that a network gives, in one regime."""

    regime: str
    attribute: str
    basis: str
    where: str
    rows: list[dict[str, Any]]

    @property
    def title(self) -> str:
        """Name of the row."""
        return f"{self.regime}: {self.attribute} {self.basis}, {self.where}"


def _groups(scores: frozenset[str], known: list[dict[str, Any]]) -> Iterator[_Group]:
    for regime in REGIMES:
        for attribute, basis in KINDS_OF_SCORE:
            rows = [
                row
                for row in rows_of_kind(known, attribute, basis, regime)
                if f"{attribute} {basis} {row['reference']}" in scores
                and attribute in row["changed"]
            ]
            for where in ("face", "regions"):
                group = [row for row in rows if (row["region"] == "face") == (where == "face")]
                if len(group) >= MIN_PAIRS:
                    yield _Group(regime, attribute, basis, where, group)


def _won(scores: frozenset[str], known: list[dict[str, Any]]) -> dict[str, set[str]]:
    """In which regimes the whole face is surely read nearer than by formula and ridge."""
    won: dict[str, set[str]] = {attribute: set() for attribute in WINS}
    for group in _groups(scores, known):
        others = ("formula", "ridge")
        if group.where == "face" and all(nearer(group.rows, "network", o).low > 0 for o in others):
            won[group.attribute].add(group.regime)
    return won


def _better(model: Model, known: list[dict[str, Any]]) -> Iterator[Check]:
    """Nowhere worse than what would give the score instead."""
    others = [o for o in ("formula", "shipped") if any(o in r["ways"] for r in known)]
    for group in _groups(frozenset(model.card.output["scores"]), known):
        gains = {other: nearer(group.rows, "network", other) for other in others}
        told = ", ".join(
            f"{o} {g.value:+.3f} [{g.low:+.3f}, {g.high:+.3f}]" for o, g in gains.items()
        )
        farther = any(gain.high < 0 for gain in gains.values())
        yield Check(not farther, f"{group.title}: nearer than {told}")


def _leaks(known: list[dict[str, Any]]) -> Iterator[Check]:
    for attribute in WINS:
        called, others = false_alarms(known, attribute)
        share = called / max(others, 1)
        what = f"{attribute}: false alarms where only another changed {share:.1%}"
        yield Check(share <= MOST_FALSE_ALARMS, what)


def _as_good(accuracy: dict[str, Any], shipped: dict[str, Any]) -> Iterator[Check]:
    """Cover no less and leak no more than the network that ships, beyond chance."""
    if "intervals_hold" not in shipped:
        yield Check(
            True, "no other network ships, so there is none to cover less or leak more than"
        )
        return
    held = accuracy["coverage"]["pooled: all scores"]["face"]
    now, before = (held["hits"], held["of"]), shipped["intervals_hold"]
    what = (
        f"intervals hold the truth in {_told(now)}, those of the one that ships in {_told(before)}"
    )
    yield Check(not surely_less(now, before), what)
    for attribute, before in shipped["false_alarms"].items():
        now = accuracy["false_alarms"][attribute]
        what = f"{attribute}: false alarms {_told(now)}, of the one that ships {_told(before)}"
        yield Check(not surely_less(before, now), what)


def surely_less(one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether a share (hits, of) is smaller than another beyond chance: Fisher's exact test."""
    table = [[hits, of - hits] for hits, of in (one, other)]
    return float(fisher_exact(table, alternative="less").pvalue) < SURELY


def _told(share: Sequence[int]) -> str:
    hits, of = share
    return f"{hits / max(of, 1):.1%} of {of}"


def metrics_that_ship(model: Model) -> dict[str, Any]:
    """Figures on the card of the newest network of that name, if it is another one."""
    try:
        shipped = load_model(model.card.name)
    except ModelError:
        return {}
    return {} if shipped.digest == model.digest else dict(shipped.card.metrics)


def weights_of(model: Model) -> int:
    """Count the weights of the file that retraining starts from."""
    from safetensors.numpy import load_file

    file = model.folder / "model.safetensors"
    return sum(int(values.size) for values in load_file(file).values())


def asymmetry(model: Model, seed: int = 0) -> float:
    """Largest |f(a, b) + f(b, a)| over random pairs of three sizes, and |f(a, a)|."""
    rng = np.random.default_rng(seed)
    worst = 0.0
    for rows, columns in ((4, 3), (9, 7), (15, 11)):
        size = rows * BLOCK, columns * BLOCK
        one, other = rng.standard_normal((2, 1, len(CHANNELS), *size), dtype=np.float32)
        rest = {
            "shared": rng.random((1, 2, *size), dtype=np.float32),
            "context": rng.standard_normal((1, len(CONTEXT)), dtype=np.float32),
        }
        level = rng.standard_normal((1, 2), dtype=np.float32)
        there, back, same = (
            model.run({"before": first, "after": last, "levels": of, **rest})["maps"]
            for first, last, of in (
                (one, other, level),
                (other, one, -level),
                (one, one, 0 * level),
            )
        )
        worst = max(worst, float(np.abs(there + back).max()), float(np.abs(same).max()))
    return worst


if __name__ == "__main__":
    main()

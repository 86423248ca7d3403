"""What may ship: candidates that are worse, leak, cover less, or were not measured are refused."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

import release_gate as gate  # noqa: E402

PEOPLE = 12


def candidate(*scores):
    card = SimpleNamespace(
        name="net", output={"scores": scores}, sha256={"model.onnx": "this one"}, metrics={}
    )
    return SimpleNamespace(card=card)


def rows(attribute="redness", basis="absolute", regime="controlled", region="face", **errors):
    """Known changes, each source wrong by a share of the truth that it is given."""
    rng = np.random.default_rng(0)
    found = []
    for person in range(PEOPLE):
        for truth in rng.uniform(1, 5, 3):
            ways = {name: truth * (1 + share) for name, share in errors.items()}
            found.append(
                {
                    "person": str(person),
                    "attribute": attribute,
                    "basis": basis,
                    "regime": regime,
                    "region": region,
                    "reference": "scene",
                    "case": "flush",
                    "changed": [attribute],
                    "truth": truth,
                    "value": ways["network"],
                    "verdict": "worse",
                    "ways": ways,
                }
            )
    return found


def refused(checks):
    return [check.what for check in checks if not check.passed]


NEARER = {"formula": 0.2, "ridge": 0.3, "shipped": 0.2, "network": 0.1}


def all_won():
    """Enough regimes of every attribute in which the network is nearer."""
    return [
        row
        for attribute, regimes in gate.WINS.items()
        for regime in gate.REGIMES[:regimes]
        for row in rows(attribute, regime=regime, **NEARER)
    ]


ALL = [f"{attribute} absolute scene" for attribute in gate.WINS]


ACCURACY = {
    "targets": {"controlled: redness absolute: r = 0.990 (0.98 to 1)": True},
    "coverage": {"pooled: all scores": {"face": {"share": 0.95}}},
}


def missed(scores, known, times=2.9):
    """Targets that were missed."""
    targets = gate.targets_of(scores, ACCURACY, known, {"times_decoding": times})
    return [what for what, reached in targets.items() if not reached]


def test_a_network_that_is_nearer_passes():
    assert refused(gate._better(candidate(*ALL), all_won())) == []
    assert missed(ALL, all_won()) == []
    assert missed(ALL, all_won(), 3.21) == ["a warm pair takes 3.21 times decoding (at most 3)"]


@pytest.mark.parametrize("admitted", [True, False])
def test_a_missed_target_must_stand_in_the_card(monkeypatch, admitted):
    network = candidate(*ALL)
    speed = {"model_sha256": "this one", "times_decoding": 3.21, "network_ms": 20.0}
    speed["decode_one_ms"] = 60.0
    figures = ACCURACY | {"model_sha256": "this one", "split": "test", "fast": False}
    said = missed(ALL, all_won(), 3.21)
    network.card.metrics["targets_missed"] = said if admitted else []
    monkeypatch.setattr(gate, "metrics_that_ship", lambda _: {})
    checks = gate.checks_of(network, figures, all_won(), speed)
    told = next(check for check in checks if "times decoding" in check.what)
    assert refused([told]) == ([] if admitted else [f"missed, as its card must say: {said[0]}"])


@pytest.mark.parametrize("worse_than", ["formula", "shipped"])
@pytest.mark.parametrize("region", ["face", "forehead"])
def test_a_row_that_is_worse_is_refused(worse_than, region):
    ways = NEARER | {worse_than: 0.02}
    worse = rows(regime="smiling", region=region, **ways)
    told = refused(gate._better(candidate(*ALL), all_won() + worse))
    where = "face" if region == "face" else "regions"
    assert len(told) == 1
    assert told[0].startswith(f"smiling: redness absolute, {where}")


def test_a_row_that_a_ridge_regression_reads_nearer_is_a_missed_target():
    worse = rows(regime="smiling", region="forehead", **NEARER | {"ridge": 0.02})
    known = all_won() + worse
    assert refused(gate._better(candidate(*ALL), known)) == []
    told = missed(ALL, known)
    assert len(told) == 1
    assert told[0].startswith("smiling: redness absolute, regions: as near as the ridge")


def test_a_row_that_the_formula_gives_is_not_asked():
    worse = rows(regime="smiling", **NEARER | {"formula": 0.01})
    known = [row for row in all_won() if row["attribute"] != "redness"] + worse
    assert refused(gate._better(candidate(*ALL[1:]), known)) == []
    assert missed(ALL[1:], known) == [
        "redness: nearer than formula and ridge in 0 regimes (at least 2)"
    ]


def test_reading_what_another_attribute_did_is_refused():
    quiet = rows("texture", **NEARER)
    for row in quiet:
        row |= {"changed": ["redness"], "verdict": "no measurable change"}
    assert refused(gate._leaks(quiet)) == []
    for row in quiet[:4]:
        row["verdict"] = "worse"
    assert refused(gate._leaks(quiet)) == ["texture: false alarms where only another changed 11.1%"]


@pytest.mark.parametrize(
    ("hold", "alarms", "count"), [(950, 10, 0), (900, 10, 1), (950, 60, 1), (940, 14, 0)]
)
def test_covering_less_or_leaking_more_than_the_one_that_ships_is_refused(hold, alarms, count):
    accuracy = {
        "coverage": {"pooled: all scores": {"face": {"hits": hold, "of": 1000}}},
        "false_alarms": {"redness": (alarms, 400)},
    }
    shipped = {"intervals_hold": [950, 1000], "false_alarms": {"redness": [10, 400]}}
    assert len(refused(gate._as_good(accuracy, shipped))) == count


def test_figures_of_another_network_are_refused():
    figures = {"model_sha256": "another one", "split": "test", "fast": False}
    checks = gate.checks_of(candidate(), figures, [], {"model_sha256": "this one"})
    first = [next(checks) for _ in range(3)]
    assert refused(first) == ["accuracy was measured with this network"]
    fast = figures | {"model_sha256": "this one", "fast": True}
    checks = gate.checks_of(candidate(), fast, [], {"model_sha256": "this one"})
    assert refused([next(checks) for _ in range(3)]) == [
        "accuracy was measured on all locked people"
    ]

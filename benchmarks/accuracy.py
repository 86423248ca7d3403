"""How near the change scores come to known changes of real skin, from JPEG files to numbers.

    python benchmarks/accuracy.py [--people N] [--fast] [--json FILE] [--split test|calibration]
    python benchmarks/accuracy.py --ladder         what each color reference is worth (ladder.py)

Landmarks first, then, for people that no part of the package was tuned on:

- *no change*: the real neutral and smiling photo, between which the skin did not change;
- *known changes* (``injections.toml``, frozen): photos are edited by known amounts and both
  versions are taken anew by the simulated camera, in four regimes;
- *detection*: changes of one size, found or not;
- *sources*: the same pairs read by the formulas, the network and a ridge regression;
- *properties*: swapped photos, the same pixels, pixels changed by one code, a photo saved again.

Develop with ``--split calibration``; the test people are for the table alone.
"""

import argparse
import json
import multiprocessing
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from accuracy_tables import (
    report_coverage,
    report_cross_talk,
    report_detectable,
    report_detection,
    report_known,
    report_missed,
    report_properties,
    report_unchanged,
    report_verdicts,
)
from agreement import Row
from injections import ROOT, Benchmark, Person, null_marks, pairs, people
from skindelta.models import Model
from skindelta.noise import noise_table
from skindelta.photo import read_photo
from skindelta.pipeline import DEFAULT_MODEL, Options, compare, model_of
from skindelta.types import Comparison
from sources import read_all_ways
from sources_table import WINS, false_alarms, report_sources, report_targets

MODEL, AGAINST = "SKINDELTA_BENCHMARK_MODEL", "SKINDELTA_BENCHMARK_AGAINST"
PROPERTY_PEOPLE = 3
FAST_PEOPLE = 3
WORKERS = 2


def main() -> None:
    options = _arguments()
    started = time.monotonic()
    result: dict[str, Any] = {
        "split": options.split,
        "dataset": options.dataset,
        "fast": options.fast,
        "seed": options.seed,
        "skindelta": version("skindelta"),
        "noise_table": noise_table()["version"],
        "model": options.model,
        "model_digest": _digest(options.model),
        "against_digest": _digest(options.against),
    }
    if options.ladder:
        if options.fast:
            raise SystemExit("--ladder has no fast form: use --people N")
        from ladder import report_ladder

        result |= report_ladder(options)
        _save(result, options.json.with_name("ladder.json"), started)
        return
    if not options.no_landmarks:
        from landmark_accuracy import landmark_tables, print_tables

        result["landmarks"] = landmark_tables()
        print_tables(result["landmarks"])
    count = options.people or (FAST_PEOPLE if options.fast else None)
    chosen = people(options.split, options.dataset, count)
    result["people"] = {person.name: person.tone for person in chosen}
    print(f"\n{len(chosen)} people ({options.dataset}, {options.split})")
    real, known, found, properties = _measured(chosen, options)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    rows = options.json.with_suffix(".rows.json")  # whatever happens to the tables
    rows.write_text(json.dumps([real, known, found, properties], default=float))
    result |= _reported(real, known, found, properties)
    _save(result, options.json, started)


def _digest(name: str) -> str | None:
    """Tell which network was measured, with its calibration."""
    model = model_of(Options(model=name))
    return None if model is None else model.digest


def _save(result: dict[str, Any], path: Path, started: float) -> None:
    result["seconds"] = time.monotonic() - started
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1, default=float) + "\n")
    print(f"\n{result['seconds']:.0f} s; {path}")


def _reported(
    real: list[Row], known: list[Row], found: list[Row], properties: list[dict[str, Any]]
) -> dict[str, Any]:
    """Print all tables; return their figures."""
    return {
        "unchanged": report_unchanged(real),
        "detectable": report_detectable(real + known),
        "known_changes": report_known(known),
        "cross_talk": report_cross_talk(known),
        "coverage": report_coverage(known),
        "verdicts": report_verdicts(known),
        "detection": report_detection(found),
        "sources": report_sources(known),
        "targets": report_targets(known),
        "false_alarms": {attribute: false_alarms(known, attribute) for attribute in WINS},
        "properties": report_properties(properties),
        "goals": report_missed(),
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, help="fewer people, spread over the skin tones")
    parser.add_argument(
        "--fast", action="store_true", help=f"{FAST_PEOPLE} people, every case in one regime"
    )
    parser.add_argument(
        "--json", type=Path, default=ROOT / "runs" / "accuracy.json", help="where the figures go"
    )
    parser.add_argument("--split", choices=("test", "calibration", "train"), default="test")
    parser.add_argument("--dataset", choices=("london", "canada"), default="london")
    parser.add_argument("--seed", type=int, default=Benchmark().seed, help="not the frozen one")
    parser.add_argument(
        "--model", default=DEFAULT_MODEL, help="network: NAME, NAME@VERSION, or a folder"
    )
    parser.add_argument(
        "--against", default=DEFAULT_MODEL, help="network that ships, to hold another against"
    )
    parser.add_argument("--ladder", action="store_true", help="the light ladder and the gate alone")
    parser.add_argument("--no-landmarks", action="store_true", help="leave the landmarks out")
    return parser.parse_args()


def _measured(
    chosen: list[Person], options: argparse.Namespace
) -> tuple[list[Row], list[Row], list[Row], list[dict[str, Any]]]:
    """Measure all people, two at a time."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        WORKERS,
        mp_context=context,
        initializer=_one_thread,
        initargs=(options.model, options.against),
    ) as pool:
        smiles = [pool.submit(no_change, p) for p in chosen if p.dataset == "london"]
        known = [pool.submit(known_changes, p, options.fast, options.seed) for p in chosen]
        found = [pool.submit(detections, p, options.fast, options.seed) for p in chosen]
        few = {chosen[round(k)] for k in np.linspace(0, len(chosen) - 1, PROPERTY_PEOPLE)}
        properties = [pool.submit(properties_of, p, options.seed) for p in sorted(few)]

        def all_rows(futures: list[Any]) -> list[Row]:
            return [row for future in futures for row in future.result()]

        return (
            all_rows(smiles),
            all_rows(known),
            all_rows(found),
            [future.result() for future in properties],
        )


def _one_thread(model: str, against: str) -> None:
    cv2.setNumThreads(1)
    os.environ[MODEL], os.environ[AGAINST] = model, against


def _chosen(**rest: Any) -> Options:
    """Options with the network that is measured; it goes to the workers by environment."""
    return Options(model=os.environ.get(MODEL, DEFAULT_MODEL), **rest)


@cache
def measured_networks() -> dict[str, Model]:
    """Return the network that is measured, and the one that it is held against."""
    chosen = {"network": _chosen().model, "shipped": os.environ[AGAINST]}
    found = {name: model_of(Options(model=model)) for name, model in chosen.items()}
    networks = {name: model for name, model in found.items() if model is not None}
    if len({model.digest for model in networks.values()}) < len(networks):
        del networks["shipped"]  # the same one
    return networks


def no_change(person: Person) -> list[Row]:
    """Score the neutral against the smiling photo, with marks drawn at random places."""
    options = _chosen(own_regions=null_marks(person))
    comparison = compare(person.neutral, person.smiling, options)
    ways = read_all_ways(comparison, measured_networks())
    return [
        row | {"ways": ways.get((row["attribute"], row["basis"], row["region"]), {})}
        for row in score_rows(comparison, person)
    ]


def known_changes(person: Person, fast: bool, seed: int) -> list[Row]:
    """Score every case of one person."""
    benchmark = Benchmark()
    rows, options = [], _chosen()
    networks = measured_networks()
    with tempfile.TemporaryDirectory() as folder:
        for pair in pairs(person, benchmark.cases(fast), Path(folder), benchmark, seed):
            comparison = compare(pair.before, pair.after, options)
            ways = read_all_ways(comparison, networks)
            about = {"case": pair.case.name, "regime": pair.case.regime}
            about |= {"changed": pair.changed, "where": pair.where}
            for row in score_rows(comparison, person):
                truth = pair.truth.get((row["attribute"], row["basis"], row["region"]))
                if truth is not None:
                    key = (row["attribute"], row["basis"], row["region"])
                    rows.append(row | about | {"truth": truth, "ways": ways.get(key, {})})
    return rows


def detections(person: Person, fast: bool, seed: int) -> list[Row]:
    """Score the changes that shall be found, with the marks drawn as a user would."""
    benchmark = Benchmark()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for pair in pairs(person, benchmark.detections(fast), Path(folder), benchmark, seed):
            marks = () if pair.marks is None else (pair.marks,)
            comparison = compare(pair.before, pair.after, _chosen(own_regions=marks))
            attribute, basis = pair.changed[0], pair.case.basis
            about = {"case": pair.case.name, "where": pair.case.where}
            about["truth"] = pair.truth[attribute, basis, "face"]
            rows += [
                row | about
                for row in score_rows(comparison, person)
                if (row["attribute"], row["basis"]) == (attribute, basis)
            ]
    return rows


def score_rows(comparison: Comparison, person: Person) -> list[Row]:
    """One row per score; a pair that is not comparable gives rows without values."""
    about = {"person": person.name, "tone": person.tone, "ita": person.ita}
    about |= {"comparable": comparison.comparable, "reference": comparison.reference}
    about |= {"noise": dict(comparison.made_with["noise"])}
    if not comparison.comparable:
        print(f"{person.name}: not comparable: {'; '.join(map(str, comparison.reasons))}")
    fields = "attribute basis region value low high sdc verdict reason source".split()
    return [
        about | {field: getattr(score, field) for field in fields} for score in comparison.scores
    ]


def properties_of(person: Person, seed: int) -> dict[str, Any]:
    """Check what must hold for any pair, on one person's real photos."""
    before = read_photo(person.neutral)
    after = read_photo(person.smiling)
    options = _chosen()
    there, back = compare(before, after, options), compare(after, before, options)
    rng = np.random.default_rng(seed)
    noise = rng.integers(-1, 2, before.pixels.shape, dtype=np.int16)
    noisy = np.clip(before.pixels.astype(np.int16) + noise, 0, 255).astype(np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        again = Path(folder) / "again.jpg"
        cv2.imwrite(str(again), before.pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])
        saved_again = compare(person.neutral, again, options)
    return {
        "person": person.name,
        "tone": person.tone,
        "swap": _worst_swap(there, back),
        "same pixels": _worst(compare(before, replace(before, sha256="0" * 64), options)),
        "one code": _worst_in_sdc(
            compare(before, replace(before, pixels=noisy, sha256="1" * 64), options)
        ),
        "JPEG 80": _worst_in_sdc(saved_again),
    }


def _worst_swap(there: Comparison, back: Comparison) -> float:
    """Largest sum of a value and its value in the other order, relative to its size.

    Infinite where something is measured one way only, or with another interval.
    """
    other = {(s.attribute, s.region, s.basis): s for s in back.scores}
    sums = [0.0]
    for score in there.scores:
        mirrored = other[score.attribute, score.region, score.basis]
        if (score.value is None) != (mirrored.value is None) or score.sdc != mirrored.sdc:
            return float("inf")
        ends = ((score.value, mirrored.value), (score.low, mirrored.high))
        for one, opposite in ends:
            if one and opposite is not None:
                sums.append(abs(one + opposite) / abs(one))
    return max(sums)


def _worst(comparison: Comparison) -> float:
    return max((abs(s.value) for s in comparison.scores if s.value is not None), default=np.nan)


def _worst_in_sdc(comparison: Comparison) -> float:
    measured = [s for s in comparison.scores if s.value is not None and s.sdc]
    return max((abs(s.value) / s.sdc for s in measured), default=np.nan)


if __name__ == "__main__":
    main()

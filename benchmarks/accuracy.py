"""How near the change scores come to known changes of real skin, from JPEG files to numbers.

    python benchmarks/accuracy.py [--people N] [--fast] [--json FILE] [--split test|calibration]

Landmarks first, then, for people that no part of the package was tuned on:

- *known changes* (``injections.toml``): each person's neutral photo is edited by a known amount and
  both versions are taken anew by the simulated camera in controlled light;
- *expression*: the real neutral and smiling photo, between which the skin did not change;
- *properties*: swapped photos, the same pixels, pixels changed by one code, a photo saved again.

Develop with ``--split calibration``; the test people are for the table alone.
"""

import argparse
import json
import multiprocessing
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from accuracy_tables import (
    report_cross_talk,
    report_expression,
    report_known,
    report_nothing,
    report_properties,
)
from agreement import Row
from injections import Person, cases, pairs, people
from skindelta.photo import read_photo
from skindelta.pipeline import compare
from skindelta.types import Comparison

PROPERTY_PEOPLE = 3
WORKERS = 2


def main() -> None:
    options = _arguments()
    started = time.monotonic()
    result: dict[str, Any] = {"split": options.split, "dataset": options.dataset}
    if not options.no_landmarks:
        from landmark_accuracy import landmark_tables, print_tables

        result["landmarks"] = landmark_tables()
        print_tables(result["landmarks"])
    chosen = people(options.split, options.dataset, 6 if options.fast else options.people)
    print(f"\nKnown changes: {len(chosen)} people ({options.dataset}, {options.split})")
    known, expression, properties = _measured(chosen, options)
    result |= {
        "known_changes": report_known(known),
        "cross_talk": report_cross_talk(known),
        "nothing_changed": report_nothing(known),
        "expression": report_expression(expression),
        "properties": report_properties(properties),
        "rows": known if options.rows else None,
    }
    result["seconds"] = time.monotonic() - started
    print(f"\n{result['seconds']:.0f} s")
    if options.json:
        options.json.write_text(json.dumps(result, indent=1, default=float) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, help="fewer people, spread over the skin tones")
    parser.add_argument("--fast", action="store_true", help="6 people, every case once")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument("--rows", action="store_true", help="put every single score into it")
    parser.add_argument("--split", choices=("test", "calibration", "train"), default="test")
    parser.add_argument("--dataset", choices=("london", "canada"), default="london")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--no-landmarks", action="store_true", help="leave the landmarks out")
    return parser.parse_args()


def _measured(
    chosen: list[Person], options: argparse.Namespace
) -> tuple[list[Row], list[Row], list[Row]]:
    """Measure all people, two at a time."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, mp_context=context, initializer=_one_thread) as pool:
        known = [pool.submit(known_changes, p, options.fast, options.seed) for p in chosen]
        with_smile = [p for p in chosen if p.dataset == "london"]
        smiles = [pool.submit(expression_change, p) for p in with_smile]
        few = {chosen[round(k)] for k in np.linspace(0, len(chosen) - 1, PROPERTY_PEOPLE)}
        properties = [pool.submit(properties_of, p, options.seed) for p in sorted(few)]
        return (
            [row for future in known for row in future.result()],
            [row for future in smiles for row in future.result()],
            [future.result() for future in properties],
        )


def _one_thread() -> None:
    cv2.setNumThreads(1)


def known_changes(person: Person, once: bool, seed: int) -> list[Row]:
    """Score every case of one person."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for pair in pairs(person, cases(once), Path(folder), seed):
            comparison = compare(pair.before, pair.after)
            for row in score_rows(comparison, person):
                key = row["attribute"], row["basis"], row["region"]
                if key in pair.truth:
                    row |= {"case": pair.case, "changed": pair.changed, "where": pair.where}
                    rows.append(row | {"truth": pair.truth[key]})
    return rows


def expression_change(person: Person) -> list[Row]:
    """Score the neutral against the smiling photo."""
    return list(score_rows(compare(person.neutral, person.smiling), person))


def score_rows(comparison: Comparison, person: Person) -> list[Row]:
    """One row per score; a pair that is not comparable gives a single row."""
    about = {"person": person.name, "tone": person.tone, "ita": person.ita}
    about |= {"comparable": comparison.comparable, "reference": comparison.reference}
    if not comparison.comparable:
        print(f"{person.name}: not comparable: {'; '.join(map(str, comparison.reasons))}")
    return [
        about
        | {
            "attribute": score.attribute,
            "basis": score.basis,
            "region": score.region,
            "value": score.value,
            "sdc": score.sdc,
            "verdict": score.verdict,
            "reason": score.reason,
        }
        for score in comparison.scores
    ]


def properties_of(person: Person, seed: int) -> dict[str, Any]:
    """Check what must hold for any pair, on one person's real photos."""
    before = read_photo(person.neutral)
    after = read_photo(person.smiling)
    there, back = compare(before, after), compare(after, before)
    rng = np.random.default_rng(seed)
    noise = rng.integers(-1, 2, before.pixels.shape, dtype=np.int16)
    noisy = np.clip(before.pixels.astype(np.int16) + noise, 0, 255).astype(np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        again = Path(folder) / "again.jpg"
        cv2.imwrite(str(again), before.pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])
        saved_again = compare(person.neutral, again)
    return {
        "person": person.name,
        "tone": person.tone,
        "swap": _worst_swap(there, back),
        "same pixels": _worst(compare(before, replace(before, sha256="0" * 64))),
        "one code": _worst_in_sdc(compare(before, replace(before, pixels=noisy, sha256="1" * 64))),
        "JPEG 80": _worst_in_sdc(saved_again),
    }


def _worst_swap(there: Comparison, back: Comparison) -> float:
    """Largest sum of a value and its value in the other order, relative to its size."""
    other = {(s.attribute, s.region, s.basis): s.value for s in back.scores}
    sums = []
    for score in there.scores:
        value, mirrored = score.value, other[score.attribute, score.region, score.basis]
        if (value is None) != (mirrored is None):
            return float("inf")
        if value is not None and mirrored is not None and value != 0:
            sums.append(abs(value + mirrored) / abs(value))
    return max(sums, default=float("nan"))


def _worst(comparison: Comparison) -> float:
    return max((abs(s.value) for s in comparison.scores if s.value is not None), default=np.nan)


def _worst_in_sdc(comparison: Comparison) -> float:
    measured = [s for s in comparison.scores if s.value is not None and s.sdc]
    return max((abs(s.value) / s.sdc for s in measured), default=np.nan)


if __name__ == "__main__":
    main()

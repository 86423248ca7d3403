"""A simulated clinic: labels by noisy graders, a camera that the base never saw, the truth known.

    python benchmarks/clinic.py [--split calibration|test] [--pairs 100] [--shuffled 60]
    python benchmarks/clinic.py --write DIR --pairs 40      photos and labels.csv alone, to try with

People that the base was not trained on come twice. Between the visits their skin changes by known
amounts, and a camera with a tone curve and a cast of its own takes both photos. Three graders, each
with an ICC of 0.6, write the change they see. The package retrains on that, and is then held
against the injected truth on people of whom it saw nothing. Then the same with shuffled labels,
many times, and with eight labels.

Develop with ``--split calibration``, where half of the people are the clinic's and half are new;
with ``test`` the calibration people are the clinic's and the locked ones are new.
"""

import argparse
import csv
import json
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from injections import LARGER_REGIONS, ROOT, Face, Person, _truth, people
from skindelta.learning.scales import SCALES
from skindelta.learning.split import PARTS, part_of
from skindelta.synthesis import Camera, Injection, Regime, Room, inject, photograph_pair

RUN = ROOT / "runs" / "clinic"
ICC, GRADERS, REGIONS = 0.6, 3, 2  # regions graded beside the face
UNITS = {"redness": "a*", "hyperpigmentation": "L*", "texture": "%"}
SPREAD = {"redness": 1.3, "hyperpigmentation": 1.0, "texture": 10.0}  # of the true changes
SHARES = {"redness": 0.9, "hyperpigmentation": 0.8, "texture": 0.3}
AMPLITUDES = {"redness": (-4, 6), "hyperpigmentation": (-3, 5), "texture": (-40, 40)}
CAMERA = Camera(
    white_balance=0.03,
    exposure_ev=0.25,
    pose=0.02,
    perspective=0.006,
    shading=0.03,
    blur_px=0.2,
    noise=0.004,
    quality=(88, 96),
)
GAMMAS = (0.88, 1.0, 1.15)  # of the codes of R, G, B: a cast that depends on the light
CONTRAST, SATURATION = 0.35, 0.3
Key = tuple[str, str, str]


class Visit(NamedTuple):
    """Two photos of a person, and what changed between them."""

    person: str
    tone: str
    before: Path
    after: Path
    truth: dict[Key, float]


def developed(codes: np.ndarray) -> np.ndarray:
    """Finish a photo as the clinic's camera does: a tone curve for each color, and vivid."""
    image = (codes.astype(np.float32) / 255) ** np.array(GAMMAS, np.float32)
    image += np.float32(CONTRAST) * (image * image * (3 - 2 * image) - image)
    grey = (image @ np.array([0.299, 0.587, 0.114], np.float32))[..., None]
    image = grey + np.float32(1 + SATURATION) * (image - grey)
    return np.asarray(np.rint(255 * np.clip(image, 0, 1)), np.uint8)


def visit(person: Person, number: int, folder: Path) -> Visit:
    """Take both photos, unless they are there."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng([77, zlib.crc32(f"{person.name}/{number}".encode())])
    face = Face(person.neutral)
    changed = inject(face.rgb, list(_changes(list(face.masks), rng)), face.masks, face.px_per_mm)
    scenes, sceneries = (face.rgb, changed.rgb), (face.scenery, face.scenery)
    shots = photograph_pair(scenes, sceneries, Regime(CAMERA, Room()), rng)
    swapped = bool(rng.random() < 0.5)
    own = folder / person.name
    own.mkdir(parents=True, exist_ok=True)
    paths = [own / f"{number:02d}_{when}.jpg" for when in ("first", "second")]
    for path, shot in zip(paths, reversed(shots) if swapped else shots, strict=True):
        options = [cv2.IMWRITE_JPEG_QUALITY, shot.quality]
        cv2.imwrite(str(path), developed(shot.pixels)[..., ::-1], options)
    truth = _truth(changed, face.masks, -1 if swapped else 1)
    return Visit(person.name, person.tone, *paths, truth)


def _changes(regions: list[str], rng: np.random.Generator) -> Iterator[Injection]:
    larger = [name for name in regions if name in LARGER_REGIONS]
    for attribute, share in SHARES.items():
        if rng.random() > share:
            continue
        for _ in range(int(rng.integers(1, 3))):
            region = "face" if rng.random() < 0.4 else str(rng.choice(larger))
            kind = str(rng.choice(["diffuse", "patches", "spots", "diffuse"]))
            amplitude = float(rng.uniform(*AMPLITUDES[attribute]))
            kind = "diffuse" if attribute == "texture" else kind
            yield Injection(attribute, amplitude, kind, region, int(rng.integers(2**31)))  # type: ignore[arg-type]


def visits(chosen: list[Person], count: int, folder: Path) -> list[Visit]:
    """Return as many visits, people in turn."""
    tasks = [(chosen[n % len(chosen)], n // len(chosen), folder) for n in range(count)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        return list(pool.map(visit, *zip(*tasks, strict=True)))


def pseudonyms(found: list[Visit]) -> dict[str, str]:
    """Return what each person is called in the clinic: P01 and so on, in the order of coming."""
    names = dict.fromkeys(visit.person for visit in found)
    return {name: f"P{number:02d}" for number, name in enumerate(names, 1)}


def write_labels(file: Path, found: list[Visit], seed: int) -> int:
    """Write what the graders say; how many labels."""
    called = pseudonyms(found)
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for one in found:
        names = sorted({region for _, _, region in one.truth if region != "face"})
        for region in ("face", *rng.choice(names, REGIONS, replace=False)):
            for attribute, unit in UNITS.items():
                true = one.truth[attribute, "absolute", str(region)]
                for grader in range(GRADERS):
                    noise = rng.normal() * SPREAD[attribute] * np.sqrt((1 - ICC) / ICC)
                    rows.append(
                        {
                            "before": os.path.relpath(one.before, file.parent),
                            "after": os.path.relpath(one.after, file.parent),
                            "attribute": attribute,
                            "region": region,
                            "value": round(SCALES[unit].written(float(true + noise)), 3),
                            "scale": unit,
                            "rater": f"grader {grader + 1}",
                            "labelled_at": "",
                            "subject": called[one.person],
                        }
                    )
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--split", choices=("calibration", "test"), default="calibration")
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--shuffled", type=int, default=60)
    parser.add_argument("--json", type=Path, default=ROOT / "runs" / "clinic.json")
    parser.add_argument("--write", type=Path, metavar="DIR", help="photos and labels alone")
    options = parser.parse_args()
    if options.write is not None:
        found = visits(people("calibration"), options.pairs, options.write)
        count = write_labels(options.write / "labels.csv", found, seed=1)
        print(f"{count} labels: {options.write}")
        return
    everybody = people("calibration")
    patients, others = everybody[::2], everybody[1::2]
    if options.split == "test":
        patients, others = everybody, people("test")
    folder = RUN / options.split
    os.environ["SKINDELTA_MODELS"] = str(folder / "models")
    shutil.rmtree(folder / "models" / "clinic", ignore_errors=True)
    own = visits(patients, options.pairs, folder / "patients")
    labels = folder / "labels.csv"
    count = write_labels(labels, own, seed=1)
    called = list(pseudonyms(own).values())
    parts = {part: sum(part_of(name) == part for name in called) for part in PARTS}
    print(f"{len(own)} pairs of {len(called)} people, {count} labels of {GRADERS} graders; {parts}")
    result: dict[str, Any] = {"split": options.split, "pairs": len(own), "labels": count}
    result["train"] = trained(labels, folder)
    new = visits(others, 5 * len(others), folder / "others")
    result["truth"] = against_truth(new)
    result["shuffled"] = shuffled(labels, own, folder, options.shuffled)
    result["eight"] = eight_labels(labels, folder)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=1) + "\n")
    print(options.json)


def trained(labels: Path, folder: Path) -> dict[str, Any]:
    """Train by the verb, in a process of its own: time and memory are its."""
    shutil.rmtree(folder / "models" / ".training" / "clinic", ignore_errors=True)
    command = [sys.executable, "-m", "skindelta", "train", str(labels), "-o", "clinic", "--json"]
    started = time.monotonic()
    run = subprocess.run(command, capture_output=True, text=True)
    seconds = time.monotonic() - started
    if run.returncode:
        raise SystemExit(run.stderr[-2000:])
    told = json.loads(run.stdout)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    print(
        f"skindelta train: {seconds:.0f} s ({told['base_steps']:.0f} steps of the base's training; "
        f"limit 600 s), at most {memory:.1f} GB in one process (limit 4)"
    )
    print(f"  it says: {told['verdict']}; benchmark: {told['benchmark']['all']['verdict']}")
    for name, gain in told["held_out"].items():
        print(
            f"  held out, {name}: {gain['verdict']}, error {gain['base']:.3f} to {gain['new']:.3f}"
        )
    gain = told["benchmark"]["all"]
    print(f"  frozen benchmark: error {gain['base']:.4f} to {gain['new']:.4f}")
    return told | {"seconds_in_all": seconds, "gigabytes": memory}


def _read(one: Visit) -> list[dict[Key, float]]:
    """Read a visit by the base and by the new model, as anybody would."""
    from skindelta.pipeline import Options, compare

    cv2.setNumThreads(1)
    found = []
    for model in ("skindelta-base@1.0.0", "clinic@1.0.0"):
        scores = compare(one.before, one.after, Options(model=model)).scores
        found.append(
            {(s.attribute, s.basis, s.region): s.value for s in scores if s.value is not None}
        )
    return found


def against_truth(found: list[Visit]) -> dict[str, Any]:
    """Root mean square errors of both models from the injected truth, over people."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        read = list(pool.map(_read, found))
    result = {}
    print(f"\nnew people: {len({v.person for v in found})}, {len(found)} pairs, injected truth")
    print(
        f"{'whole face':30} {'base':>7} {'new':>7} {'less':>18}   slopes; with a factor of its own"
    )
    for attribute, basis in (*((a, "absolute") for a in UNITS), ("redness", "relative"),
                             ("hyperpigmentation", "relative")):  # fmt: skip
        key = (attribute, basis, "face")
        rows = [
            (v.person, v.truth[key], base[key], new[key])
            for v, (base, new) in zip(found, read, strict=True)
            if key in base and key in new
        ]
        if not rows:
            continue
        names = np.array([row[0] for row in rows])
        true, base, new = (np.array([row[k] for row in rows]) for k in (1, 2, 3))
        less, low, high = _less(names, base - true, new - true)
        slopes = [float(x @ true / (true @ true)) for x in (base, new)]
        fitted = [_rmse(x * float(x @ true / (x @ x)) - true) for x in (base, new)]
        name = f"{attribute} {basis}"
        result[name] = {
            "pairs": len(rows), "base": _rmse(base - true), "new": _rmse(new - true),
            "less": [less, low, high], "slopes": slopes, "with_own_factor": fitted,
        }  # fmt: skip
        print(
            f"{name:30} {_rmse(base - true):7.3f} {_rmse(new - true):7.3f} "
            f"{less:5.0%} [{low:4.0%}, {high:4.0%}]   {slopes[0]:.2f} {slopes[1]:.2f}; "
            f"{fitted[0]:.3f} {fitted[1]:.3f}"
        )
    return result


def _less(names: np.ndarray, base: np.ndarray, new: np.ndarray) -> tuple[float, float, float]:
    """By which share the RMSE is smaller, with its 95 % interval over people."""
    who = np.unique(names)
    sums = np.array([[(e[names == n] ** 2).sum() for n in who] for e in (base, new)])
    drawn = np.random.default_rng(0).integers(len(who), size=(2000, len(who)))
    ratios = np.sqrt(sums[1][drawn].sum(1) / sums[0][drawn].sum(1))
    low, high = np.quantile(1 - ratios, [0.025, 0.975])
    return 1 - float(np.sqrt(sums[1].sum() / sums[0].sum())), float(low), float(high)


def _rmse(errors: np.ndarray) -> float:
    return float(np.sqrt(np.mean(errors**2)))


def shuffled(labels: Path, own: list[Visit], folder: Path, count: int) -> dict[str, Any]:
    """Train on shuffled labels, many times, from kept features: how often is it called better."""
    from skindelta.learning.label_files import read_labels
    from skindelta.learning.quick import QuickRuns

    quick = QuickRuns(read_labels(labels), folder / "models" / ".training" / "clinic" / "examples")
    print(f"\nquick run, the labels as they are: {quick.verdict(quick.targets)}")
    verdicts: dict[str, int] = {}
    for seed in range(count):
        verdict = quick.verdict(quick.shuffled(seed))
        verdicts[verdict] = verdicts.get(verdict, 0) + 1
    better = verdicts.get("better", 0)
    print(
        f"shuffled labels, {count} quick runs: {count - better} not better (limit 58 of 60); "
        f"{verdicts}"
    )
    return {"runs": count, "verdicts": verdicts}


def eight_labels(labels: Path, folder: Path) -> str:
    """Train on eight labels."""
    few = folder / "few.csv"
    few.write_text("".join(labels.read_text().splitlines(keepends=True)[:9]))
    command = [sys.executable, "-m", "skindelta", "train", str(few), "-o", "few"]
    run = subprocess.run(command, capture_output=True, text=True)
    print(f"\neight labels: status {run.returncode}: {run.stderr.strip().splitlines()[-1]}")
    return run.stderr.strip().splitlines()[-1]


if __name__ == "__main__":
    main()

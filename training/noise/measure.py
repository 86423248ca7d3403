"""Measure all pairs, person by person: ``python -m noise.measure`` in ``training``.

Writes two files a person to ``runs/noise``; `noise.fit` makes the table of them. Starts anew; with
``--resume`` it goes on after people that are done. With ``--network FOLDER`` the scores of a change
network are measured on the same pairs, beside the formulas'.
"""

import argparse
import json
import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import cv2

from .pairs import NETWORK, ROOT, Person, disc_places, distance_rows, people, rows_of, steps_of

RUNS = ROOT / "runs" / "noise"
DISCS = RUNS / "discs.json"
WORKERS = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--resume", action="store_true", help="keep what was measured before")
    parser.add_argument("--network", type=Path, help="folder of a change network")
    options = parser.parse_args()
    resume = options.resume
    if options.network:
        os.environ[NETWORK] = str(options.network.resolve())  # the workers read it there
    RUNS.mkdir(parents=True, exist_ok=True)
    for path in [] if resume else RUNS.glob("*.json"):
        path.unlink()
    started = time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, mp_context=context, initializer=_one_thread) as pool:
        for name in pool.map(measured, sorted(people(), key=lambda p: p.split)):
            print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr)
    _write(RUNS / "distance.json", list(distance_rows()))
    _write(DISCS, {person.name: disc_places(person) for person in people()})


def measured(person: Person) -> str:
    """Measure one person unless that is done."""
    path = RUNS / f"{person.name}.json"
    if not path.exists():
        _write(path, rows_of(person))
    steps = RUNS / f"{person.name}-steps.json"
    if person.split == "calibration" and not steps.exists():
        _write(steps, steps_of(person))
    return person.name


def _write(path: Path, rows: Any) -> None:
    half = path.with_suffix(".part")
    half.write_text(json.dumps(rows))
    half.replace(path)


def _one_thread() -> None:
    cv2.setNumThreads(1)


if __name__ == "__main__":
    main()

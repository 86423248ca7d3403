"""Measure all pairs, person by person: ``python -m noise.measure`` in ``training``.

Writes up to three files a person to ``runs/noise``; `noise.fit` makes the table of them. Starts
anew; with ``--resume`` it goes on after people that are done. With ``--keep`` it also keeps the
pairs for change networks to read (``noise.read``): some gigabytes.
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

from .pairs import (
    KEEP_IN,
    ROOT,
    Person,
    disc_places,
    distance_rows,
    people,
    rows_of,
    shapes_of,
    steps_of,
)

RUNS = ROOT / "runs" / "noise"
KEPT = RUNS / "pairs"
DISCS = RUNS / "discs.json"
WORKERS = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--resume", action="store_true", help="keep what was measured before")
    parser.add_argument("--keep", action="store_true", help="keep pairs for networks to read")
    options = parser.parse_args()
    if options.keep:
        os.environ[KEEP_IN] = str(KEPT)  # the workers read it there
    RUNS.mkdir(parents=True, exist_ok=True)
    if not options.resume:
        for path in [*RUNS.glob("*.json"), *KEPT.glob("*")]:
            path.unlink()
    started = time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, mp_context=context, initializer=one_thread) as pool:
        for name in pool.map(measured, sorted(people(), key=lambda p: p.split)):
            print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr)
    write(RUNS / "distance.json", list(distance_rows()))
    write(DISCS, {person.name: disc_places(person) for person in people()})


def measured(person: Person) -> str:
    """Measure one person unless that is done."""
    path = RUNS / f"{person.name}.json"
    if not _done(path):
        write(path, rows_of(person))
    if person.split == "calibration":
        for name, more in (("steps", steps_of), ("shapes", shapes_of)):
            path = RUNS / f"{person.name}-{name}.json"
            if not _done(path):
                write(path, more(person))
    return person.name


def _done(path: Path) -> bool:
    return path.exists() and (KEEP_IN not in os.environ or is_kept(path))


def is_kept(path: Path) -> bool:
    """Whether every pair that a file has values of was kept."""
    return all(row.get("kept") for row in json.loads(path.read_text()) if "values" in row)


def write(path: Path, rows: Any) -> None:
    """Write rows, all or none."""
    half = path.with_suffix(".part")
    half.write_text(json.dumps(rows))
    half.replace(path)


def one_thread() -> None:
    """Leave the other core to the other worker."""
    cv2.setNumThreads(1)


if __name__ == "__main__":
    main()

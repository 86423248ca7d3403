"""Make the pairs that the network learns from, one file a set of photos; resumable.

    python -m change.bank --run ../runs/change [--share 0.1]

Run from the folder `training`. Takes 45 minutes on two cores; sets that are there are kept.
"""

import argparse
import json
import multiprocessing
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from change.people import Person, people
from change.records import Record, records_of

SEED = 5
# Sets of photos for each person: few people are dark, and generated faces show color alone.
SETS = {
    ("london", "light"): 8,
    ("london", "medium"): 15,
    ("london", "dark"): 20,
    ("canada", "light"): 3,
    ("canada", "medium"): 2,
    ("composite", "light"): 1,
    ("composite", "medium"): 2,
    ("composite", "dark"): 3,
    ("synthetic_faces", "light"): 0,
    ("synthetic_faces", "medium"): 0,
    ("synthetic_faces", "dark"): 1,
}
WATCHED = 2  # sets of each London person of the calibration split, to watch the training
WORKERS = 2


class Task(NamedTuple):
    """One set to be made."""

    person: Person
    number: int
    file: Path


def tasks(run: Path, share: float) -> list[Task]:
    """All sets, one of each person first, so that any beginning of the list holds everybody."""
    folder = run / "bank"
    wanted = [
        Task(person, number, folder / f"{person.dataset}-{person.name}-{number:02d}.npz")
        for person in people("train")
        for number in range(round(share * SETS[person.dataset, person.tone]))
    ]
    watched = [
        Task(person, number, run / "watched" / f"{person.name}-{number:02d}.npz")
        for person in people("calibration", ("london",))
        for number in range(WATCHED)
    ]
    return sorted(watched, key=lambda t: t.number) + sorted(wanted, key=lambda t: t.number)


def make(task: Task) -> str:
    """Make one set, whole or not at all."""
    cv2.setNumThreads(1)
    records = list(records_of(task.person, task.number, SEED))
    task.file.parent.mkdir(parents=True, exist_ok=True)
    part = task.file.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, **packed(records))
    part.replace(task.file)
    return f"{task.file.stem}: {len(records)} pairs"


def packed(records: Iterable[Record]) -> dict[str, Any]:
    """Arrays of one file; each pair has its own size."""
    arrays: dict[str, Any] = {}
    abouts = []
    for number, record in enumerate(records):
        given = record.given
        planes = np.concatenate([given.before, given.after, given.shared, record.truth])
        arrays[f"planes{number}"] = planes.astype(np.float16)
        arrays[f"labels{number}"] = record.labels
        arrays[f"context{number}"] = given.context
        abouts.append(record.about)
    return arrays | {"about": np.array(json.dumps(abouts))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--share", type=float, default=1.0, help="of the sets of each person")
    options = parser.parse_args()
    todo = [task for task in tasks(options.run, options.share) if not task.file.exists()]
    context, started = multiprocessing.get_context("spawn"), time.monotonic()
    with ProcessPoolExecutor(WORKERS, mp_context=context) as pool:
        for done, line in enumerate(pool.map(make, todo), 1):
            print(f"{done}/{len(todo)} {time.monotonic() - started:.0f} s {line}", flush=True)


if __name__ == "__main__":
    main()

"""What a record of 60 sessions costs, against one comparison of two 12-megapixel photos.

    python benchmarks/history.py [--runs N] [--json FILE]

One run on one machine: a warm comparison of the fixed pair; then a record of 60 sessions of three
shots, whose comparisons are that of the pair with noise added; the timeline read from them as the
verb shows it (every attribute of the whole, against the baseline and the session before, own noise,
trends, flags, what to expect), then with every region as JSON; and sessions of one shot added to
it, saved and scored. Limits: the timeline half of a comparison, adding a session one comparison a
shot. The collector of Python walks all that is loaded now and then (0.1 s), in any of them.
"""

import argparse
import copy
import json
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from skindelta import history
from skindelta.contract import comparison_to_dict
from skindelta.history import add_session, save_session, timeline, timeline_to_dict
from skindelta.pipeline import compare
from skindelta.record import NewPhoto, Record, Session, StoredPhoto, Subject, Symptom, Treatment
from speed import benchmark_pair

SESSIONS, SHOTS = 60, 3
MOST_OF_A_COMPARISON = 0.5
START = datetime(2025, 1, 1, 9, tzinfo=UTC)
PERSON = "somebody"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        result = measure(Path(scratch), given.runs)
    for name, value in result.items():
        print(f"{name:44} {value:.3f}" if isinstance(value, float) else f"{name:44} {value}")
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(result, indent=1))
    within = result["timeline / comparison"] <= MOST_OF_A_COMPARISON
    print(f"timeline at most {MOST_OF_A_COMPARISON} of a comparison: {'yes' if within else 'NO'}")
    sys.exit(0 if within else 1)


def measure(scratch: Path, runs: int) -> dict[str, Any]:
    """Time everything once warm; medians of seconds."""
    pair = benchmark_pair(scratch)
    comparison = compare(*pair)
    one = median(lambda: compare(*pair), runs)
    with Record(scratch / "record") as record:
        fill(record, pair, comparison_to_dict(comparison))
        whole = median(lambda: timeline_to_dict(timeline(record, PERSON)), runs)
        headlines = median(lambda: look(record), runs)
        added, compared = add(record, pair[1], runs)
    return {
        "one comparison, s": one,
        "timeline of 60 sessions, s": headlines,
        "timeline of all regions as JSON, s": whole,
        "timeline / comparison": headlines / one,
        "timeline of all regions as JSON / comparison": whole / one,
        "add a session of one shot, s": added,
        "add a session / comparison": added / one,
        "comparisons made for it": compared,
    }


def look(record: Record) -> None:
    line = timeline(record, PERSON)
    assert len(line.headlines) == 5
    assert line.flags is not None
    assert line.outlook is not None


def median(work: Any, runs: int) -> float:
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def fill(record: Record, pair: tuple[Path, Path], document: dict[str, Any]) -> None:
    """Keep sessions whose photos are a few bytes, and comparisons of full size."""
    rng = np.random.default_rng(6)
    record.add_subject(Subject(PERSON, fitzpatrick=4))
    model = history.model_name(history.scoring.Options())
    base = save_session(record, PERSON, [pair[0]], START)
    for number in range(1, SESSIONS):
        photos = [
            NewPhoto(StoredPhoto("", "a.jpg", 0), rng.bytes(64), rng.bytes(64))
            for _ in range(SHOTS)
        ]
        at = START + timedelta(days=7 * number)
        saved = record.add_session(PERSON, Session(at), photos)
        for before, after in history.scoring.pairs_of(base, saved):
            told = noisy(document, rng)
            record.add_comparison(PERSON, before.id, after.id, model, told)
    for week in (5, 15, 25):
        at = START + timedelta(days=7 * week + 1)
        record.add_treatment(PERSON, Treatment(at, "microneedling", depth_mm=1.5))
        record.add_symptom(PERSON, Symptom(at + timedelta(days=1), "swelling"))


def noisy(document: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """Move every number of a comparison by its noise."""
    told = copy.deepcopy(document)
    for score in told["scores"]:
        if score["value"] is not None:
            by = float(rng.normal(0, score["sdc"] / 2))
            score |= {key: score[key] + by for key in ("value", "low", "high")}
    return told


def add(record: Record, photo: Path, runs: int) -> tuple[float, float]:
    """Save and score more sessions of one shot; seconds for one, comparisons made for one."""
    made = []
    own = history.scoring.compare

    def counted(*given: Any) -> Any:
        made.append(given)
        return own(*given)

    history.scoring.compare = counted
    times = []
    try:
        for number in range(runs + 1):  # the first one warms up
            copy_of = photo.with_name(f"again {number}.jpg")
            copy_of.write_bytes(photo.read_bytes() + bytes([number]))  # no photo is kept twice
            at = START + timedelta(days=7 * SESSIONS + number)
            start = time.perf_counter()
            add_session(record, PERSON, [copy_of], at)
            times.append(time.perf_counter() - start)
    finally:
        history.scoring.compare = own
    return statistics.median(times[1:]), len(made) / len(times)


if __name__ == "__main__":
    main()

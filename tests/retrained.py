"""A retrained model as a training leaves it, labels to train from, and a process that only acts."""

import json
import shutil
import sys
import time
import tomllib
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from skindelta.learning.card import as_toml
from skindelta.learning.label_files import write_labels
from skindelta.learning.label_row import Label
from skindelta.learning.runs import Stopped, run_folder, working
from skindelta.learning.verdicts import Gain
from skindelta.model_store import new_version
from skindelta.models import load_model

GAINS = {
    "better": Gain("better", 0.21, 0.08, 0.34, 1.02, 0.79, 40, 9, 0),
    "worse": Gain("worse", -0.3, -0.5, -0.1, 1.0, 1.3, 40, 9, 0),
    "not distinguishable": Gain("not distinguishable", 0.02, -0.1, 0.14, 1.0, 0.98, 40, 9, 31),
    "too few labels": Gain("too few labels", None, None, None, 1.0, 0.9, 6, 2, 3),
}
STEPS = 60


def retrained(
    store, name="clinic", version="1.0.0", verdict="better", frozen="not distinguishable"
):
    """Put a model of the user into its folder: the one that ships, with the card of a training."""
    base = load_model("skindelta-base")
    folder = Path(store) / name / version
    shutil.copytree(base.folder, folder)
    card = tomllib.loads((folder / "model.toml").read_text(encoding="utf-8"))
    card |= {"name": name, "version": version}
    card["output"]["factors"]["redness absolute card"] = 1.0 + len(version) + len(name) / 100
    card["data"] = {
        "base": "skindelta-base@1.0.0",
        "parts": {
            "learn": {"labels": 61, "people": 13},
            "stop": {"labels": 18, "people": 4},
            "held out": {"labels": 40, "people": 9},
        },
        "raters": 2,
        "trained_at": "2026-03-01T10:00:00+00:00",
    }
    card["metrics"] = {
        "verdict": "worse" if frozen == "worse" else verdict,
        "held_out": {"all": told(verdict), "change redness": told(verdict)},
        "tones": {"dark": told("too few labels"), "light": told(verdict)},
        "benchmark": {"all": told(frozen), "redness absolute": told(frozen)},
        "curve": [[15, 1.0, 0.97], [30, 1.0, 0.9], [45, 1.0, 0.84], [61, 1.02, 0.79]],
    }
    (folder / "model.toml").write_text(as_toml(card), encoding="utf-8")
    return folder


def told(verdict):
    """A gain as a card holds it: without what is not known."""
    return {key: value for key, value in asdict(GAINS[verdict]).items() if value is not None}


def labels_of(folder, people=16, each=3, rater="dr-k"):
    """Write labels of pairs of photos that are there; return their file."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for number in range(people):
        name = f"p{number}"
        for photo in range(each + 1):
            (folder / f"{name}-{photo}.jpg").write_bytes(f"{name} {photo}".encode())
        rows += [
            Label(
                f"{name}-0.jpg", f"{name}-{photo}.jpg", "redness", "face", float(photo - 2), "",
                "change", rater, datetime(2026, 3, 1, tzinfo=UTC), name,
            )
            for photo in range(1, each + 1)
        ]  # fmt: skip
    write_labels(folder / "labels.csv", rows)
    return folder / "labels.csv"


def check_at(step):
    """What a training writes at a check."""
    return {
        "step": step,
        "steps": STEPS,
        "learn": 1.2 - 0.01 * step,
        "stop": 1.1 - 0.012 * step + 0.0001 * step**2,
        "replay": 0.6 + 0.002 * step,
    }


def act(labels, name, verdict="better", seconds=0.1):
    """Write what a training writes, and leave a model; end when somebody asks for it."""
    run = run_folder(name)
    with working(run, name, labels, ("one rater only",)) as work:
        for done in range(4):
            work.tell("photos", done, 4)
            time.sleep(seconds)
        with (run / "curves-acted.jsonl").open("w", encoding="utf-8") as file:
            for step in range(0, STEPS + 1, 2):
                file.write(json.dumps(check_at(step)) + "\n")
                file.flush()
                work.tell("learning", step, STEPS)
                time.sleep(seconds)
        work.tell("checking", 0, 1)
        version = new_version(name)
        retrained(run.parents[1], name, version, verdict)
        work.end("done", model=f"{name}@{version}")


if __name__ == "__main__":
    try:
        act(*sys.argv[1:3], sys.argv[3], float(sys.argv[4]))
    except Stopped:
        sys.exit(1)

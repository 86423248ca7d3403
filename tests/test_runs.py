"""The folder of a training run: one process works in it, others see how it is."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from skindelta.errors import ModelError
from skindelta.learning import runs
from skindelta.learning.runs import (
    Stopped,
    ask_to_stop,
    curve_of,
    read_status,
    run_folder,
    working,
)

WORKS = """
import sys, time
from pathlib import Path
from skindelta.learning.runs import working
with working(Path(sys.argv[1]), "clinic", "labels.csv", ("few labels",)) as work:
    work.tell("photos", 3, 9)
    print("works", flush=True)
    sys.stdin.read()
    work.end("done", model="clinic@1.0.0")
"""


@pytest.fixture
def run(tmp_path):
    return tmp_path / "clinic"


@pytest.fixture
def process(run):
    """Another process that works on the run until its input ends."""
    started = subprocess.Popen(
        [sys.executable, "-c", WORKS, str(run)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdout.readline() == "works\n"
    yield started
    started.kill()
    started.communicate()


def test_where_nothing_was_trained_there_is_no_status(run):
    assert read_status(run) is None
    assert curve_of(run) == []
    assert not run.exists()  # looking makes nothing


def test_others_see_how_far_a_run_is_and_how_it_ended(run, process):
    seen = read_status(run)
    assert (seen.state, seen.stage, seen.done, seen.of) == ("running", "photos", 3, 9)
    assert (seen.name, seen.labels, seen.log) == ("clinic", "labels.csv", ("few labels",))
    assert seen.pid == process.pid
    assert seen.since <= seen.at <= time.time()
    process.communicate("")
    ended = read_status(run)
    assert (ended.state, ended.model) == ("done", "clinic@1.0.0")


def test_a_run_whose_process_was_killed_was_stopped(run, process):
    process.send_signal(signal.SIGKILL)
    process.wait()
    seen = read_status(run)
    assert (seen.state, seen.done, seen.of) == ("stopped", 3, 9)
    assert json.loads((run / "status.json").read_text())["state"] == "running"  # nobody wrote it
    with working(run, "clinic", "labels.csv") as work:  # it can go on
        work.end("done")
    assert read_status(run).state == "done"


def test_the_number_of_a_dead_process_fools_nobody(run):
    """Numbers are given again: what counts is who holds the lock."""
    with working(run, "clinic", "labels.csv"):
        pass  # it ends without a word, as if it had been killed
    told = json.loads((run / "status.json").read_text())
    assert (told["state"], told["pid"]) == ("running", os.getpid())
    assert read_status(run).state == "stopped"


def test_two_processes_at_once_are_refused_and_the_first_goes_on(run, process, monkeypatch):
    monkeypatch.setattr(runs, "_PATIENCE", 0.05)
    with (
        pytest.raises(ModelError, match="worked on by another process; wait for it, or stop it"),
        working(run, "clinic", "labels.csv"),
    ):
        pytest.fail("two work on one run")
    assert read_status(run).pid == process.pid
    process.communicate("")
    assert read_status(run).state == "done"


def test_looking_often_keeps_nobody_from_beginning(run, process):
    process.send_signal(signal.SIGKILL)
    process.wait()
    for _ in range(50):
        read_status(run)
    with working(run, "clinic", "labels.csv") as work:
        assert read_status(run).state == "running"
        work.end("done")


def test_a_run_stops_at_its_next_event_when_it_is_asked_to(run):
    def works():
        with working(run, "clinic", "labels.csv") as work:
            for done in range(9):
                work.tell("photos", done, 9)
                if done == 1:
                    ask_to_stop(run)

    with pytest.raises(Stopped):
        works()
    seen = read_status(run)
    assert (seen.state, seen.done) == ("stopped", 2)


def test_an_old_wish_to_stop_does_not_stop_the_next_run(run):
    ask_to_stop(run)  # of a run that is not there: no trouble
    run.mkdir()
    ask_to_stop(run)
    with working(run, "clinic", "labels.csv") as work:
        work.tell("photos", 1, 9)
        work.end("done")
    assert read_status(run).state == "done"


@pytest.mark.parametrize(
    ("trouble", "state", "message"),
    [
        (ModelError("the base is missing"), "failed", "the base is missing"),
        (RuntimeError(), "failed", "RuntimeError"),
        (MemoryError("too large"), "failed", "too large"),
        (KeyboardInterrupt(), "stopped", ""),
        (SystemExit(1), "stopped", ""),
    ],
)
def test_how_a_run_ended_is_written_down(run, trouble, state, message):
    with pytest.raises(type(trouble)), working(run, "clinic", "labels.csv"):
        raise trouble
    seen = read_status(run)
    assert (seen.state, seen.message) == (state, message)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"state": "running"}', '{"name": 1, "more": 2}'])
def test_a_status_that_cannot_be_read_is_told(run, text):
    run.mkdir()
    (run / "status.json").write_text(text)
    seen = read_status(run)
    assert (seen.name, seen.state) == ("clinic", "failed")
    assert "cannot be read" in seen.message


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(Exception, match="cannot be written"),
        working(tmp_path / "file" / "clinic", "clinic", "labels.csv"),
    ):
        pytest.fail("there is no such folder")


def test_a_half_written_line_of_curves_is_left_out(run):
    run.mkdir()
    lines = [{"step": step, "learn": 1 / (1 + step), "stop": None} for step in (0, 10, 20)]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (run / "curves-1.jsonl").write_text(text + '{"step": 30, "lea')
    assert curve_of(run) == lines


def test_of_a_step_that_was_done_again_the_last_word_counts(run):
    run.mkdir()
    steps = [(0, 1.0), (10, 0.9), (20, 0.8), (10, 0.7), (20, 0.6)]
    text = "".join(json.dumps({"step": s, "learn": v}) + "\n" for s, v in steps)
    (run / "curves-1.jsonl").write_text(text)
    assert [(p["step"], p["learn"]) for p in curve_of(run)] == [(0, 1.0), (10, 0.7), (20, 0.6)]


def test_curves_are_those_of_the_latest_training(run):
    run.mkdir()
    for number, name in enumerate(("b", "a")):
        file = run / f"curves-{name}.jsonl"
        file.write_text(json.dumps({"step": number}) + "\n")
        os.utime(file, (1000 + number, 1000 + number))
    assert [point["step"] for point in curve_of(run)] == [1]


def test_runs_lie_beside_the_models_and_are_none(tmp_path, monkeypatch):
    monkeypatch.setenv("SKINDELTA_MODELS", str(tmp_path))
    assert run_folder("clinic").parent.parent == tmp_path
    assert run_folder("clinic").parent.name.startswith(".")
    for name in ("../clinic", "", "current", "skindelta-base", "a/b"):
        with pytest.raises(ModelError):
            run_folder(name)


def test_the_run_under_way_is_the_latest_else_the_last_that_was(tmp_path, monkeypatch):
    monkeypatch.setenv("SKINDELTA_MODELS", str(tmp_path))
    assert runs.latest_run() is None
    with working(run_folder("first"), "first", "labels.csv") as first:
        with working(run_folder("second"), "second", "labels.csv") as second:
            second.end("done")
        assert runs.latest_run().name == "first"  # it runs still
        first.end("done")
        second.write()
    assert runs.latest_run().name == "second"

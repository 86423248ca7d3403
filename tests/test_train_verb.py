"""`skindelta train`: what it refuses, what it says, and that the models stay as they were."""

import csv
import errno
import shutil
import sys

import pytest
from typer.testing import CliRunner

from skindelta import cli
from skindelta.errors import ModelError
from skindelta.learning import result
from skindelta.learning.label_table import COLUMNS
from skindelta.learning.result import publish
from skindelta.learning.runs import ask_to_stop, read_status, run_folder
from skindelta.model_store import current_model, use_model
from skindelta.models import load_model, verify_model

BASE = load_model("skindelta-base").folder
PEOPLE = ("ben", "eva", "gita", "hugo", "ines", "jon", "ada")


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Models of a user, one of which is in use."""
    folder = tmp_path / "user" / "models"
    monkeypatch.setenv("SKINDELTA_MODELS", str(folder))
    mine = shutil.copytree(BASE, folder / "clinic" / "1.0.0")
    card = (mine / "model.toml").read_text(encoding="utf-8")
    (mine / "model.toml").write_text(card.replace("skindelta-base", "clinic", 1), encoding="utf-8")
    use_model("clinic@1.0.0")
    return folder


@pytest.fixture
def photos(tmp_path):
    """A folder with two photos of each person; nobody gets as far as to their pixels."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for who in PEOPLE:
        for when in ("before", "after"):
            (folder / f"{who}-{when}.png").write_bytes(f"{who} {when}".encode())
    return folder


def labels(folder, rows):
    file = folder / "labels.csv"
    with file.open("w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, COLUMNS)
        table.writeheader()
        table.writerows(rows)
    return file


def row(who="ben", region="face", value="1", **changed):
    return {
        "before": f"{who}-before.png",
        "after": f"{who}-after.png",
        "attribute": "redness",
        "region": region,
        "value": value,
        "scale": "change",
        "rater": "r1",
        "labelled_at": "",
        "subject": who,
    } | changed


def enough(folder):
    """Labels that nothing is wrong with, enough to begin."""
    regions = ("face", "forehead", "left_cheek", "right_cheek")
    rows = [
        row(who, region, str(number % 3), rater=rater)
        for number, who in enumerate(PEOPLE)
        for region in regions
        for rater in ("r1", "r2")
    ]
    return labels(folder, rows)


def run(*arguments, status=0):
    done = CliRunner().invoke(cli.app, ["train", *map(str, arguments)])
    assert done.exit_code == status, done.output + repr(done.exception)
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.stdout, done.stderr


def everything(folder):
    """All files of a store but those of runs, with what is in them."""
    files = (f for f in folder.rglob("*") if f.is_file() and ".training" not in f.parts)
    return {f.relative_to(folder): f.read_bytes() for f in files if f.name != ".lock"}


@pytest.fixture
def untouched(store):
    """The models are the same after the test as before it, and the same one is in use."""
    before = everything(store)
    yield
    assert everything(store) == before
    assert current_model() == "clinic@1.0.0"
    assert verify_model("clinic").version == "1.0.0"


@pytest.fixture
def torch():
    for name in ("torchvision", "onnx", "safetensors"):
        pytest.importorskip(name, reason="needs the extra train")
    return pytest.importorskip("torch", reason="needs the extra train")


# -- what it refuses


@pytest.mark.torch
@pytest.mark.usefixtures("torch", "untouched")
def test_rows_that_cannot_be_used_are_named_and_nothing_is_trained(store, photos):
    file = labels(
        photos,
        [row(), row("eva", value="9"), row("gita", scale="chnge"), row("hugo", before="gone.png")],
    )
    _, told = run(file, "-o", "clinic", status=1)
    assert "3 problems in 3 rows" in told
    assert "row 3, value: 9 is not on the scale" in told
    assert "row 4, scale: 'chnge' is unknown; did you mean change" in told
    assert "row 5, before" in told
    assert not (store / ".training").exists()


@pytest.mark.torch
@pytest.mark.usefixtures("torch", "untouched")
def test_a_file_that_is_not_there_or_no_table_is_told(photos):
    _, told = run(photos / "nowhere.csv", "-o", "clinic", status=1)
    assert "nowhere.csv" in told
    (photos / "no-table.csv").write_bytes(b"\x89PNG\r\n\x1a\n\xff")
    _, told = run(photos / "no-table.csv", "-o", "clinic", status=1)
    assert "no-table.csv" in told


@pytest.mark.torch
@pytest.mark.usefixtures("torch", "untouched")
def test_too_few_labels_are_told_with_how_many_more(store, photos):
    file = labels(photos, [row(who) for who in PEOPLE] + [row("ben", "forehead")])
    _, told = run(file, "-o", "new", status=1)
    assert "too few labels: 8 of 7 people" in told
    assert "at least 20 labels of 4 people are needed to learn from, about 32 more" in told
    assert read_status(run_folder("new")).state == "failed"
    assert "too few labels" in read_status(run_folder("new")).message
    assert not (store / "new").exists()


@pytest.mark.torch
@pytest.mark.usefixtures("torch", "untouched")
def test_warnings_about_labels_are_told_before_anything_is_done(photos):
    _, told = run(labels(photos, [row()]), "-o", "new", status=1)
    assert "all labels are of one person" in told
    assert "all labels are by one rater" in told
    assert "all labels are of one person" in "\n".join(read_status(run_folder("new")).log)


@pytest.mark.torch
@pytest.mark.usefixtures("torch", "untouched")
@pytest.mark.parametrize("name", ["skindelta-base", "current", "../evil", "-x y"])
def test_names_that_no_model_may_have_are_refused(photos, name):
    _, told = run(enough(photos), f"--output={name}", status=1)
    assert "name" in told


@pytest.mark.torch
@pytest.mark.usefixtures("torch", "untouched")
@pytest.mark.parametrize(
    ("model", "said"),
    [("nowhere", "there is no model nowhere"), ("formula", "formulas cannot be retrained")],
)
def test_what_cannot_be_started_from_is_told(photos, model, said):
    _, told = run(enough(photos), "-o", "new", "--model", model, status=1)
    assert said in told


@pytest.mark.torch
@pytest.mark.usefixtures("torch", "untouched")
def test_two_trainings_of_one_name_are_refused(photos, monkeypatch):
    from skindelta.learning import runs

    monkeypatch.setattr(runs, "_PATIENCE", 0.05)
    with runs.working(run_folder("clinic"), "clinic", "labels.csv") as work:
        _, told = run(enough(photos), "-o", "clinic", status=1)
        assert "worked on by another process" in told
        assert read_status(run_folder("clinic")).state == "running"
        work.end("done")


@pytest.mark.usefixtures("untouched")
def test_without_the_extra_it_says_what_to_install(store, photos, monkeypatch):
    for name in list(sys.modules):
        if name == "torch" or name.startswith(("torch.", "skindelta.learning.")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)  # as if it was not installed
    _, told = run(enough(photos), "-o", "clinic", status=2)
    assert "needs the extra train (torch is missing): pip install 'skindelta[train]'" in told
    assert not (store / ".training").exists()


# -- what it does with how a training ends; what a training does is in test_learning_fit.py


def ends(monkeypatch, how):
    """Put another end in place of the training itself."""
    from skindelta.learning import train

    monkeypatch.setattr(train, "train", how)


@pytest.mark.torch
@pytest.mark.usefixtures("torch", "untouched")
def test_a_training_that_is_stopped_says_how_it_goes_on(photos, monkeypatch):
    from skindelta.learning.train import Event

    def stopped(found, name, folder, options, settings, amounts, find, tell):
        tell(Event("photos", 1, 9))
        ask_to_stop(folder)
        tell(Event("photos", 2, 9))
        pytest.fail("it did not stop")

    ends(monkeypatch, stopped)
    _, told = run(enough(photos), "-o", "new", status=1)
    assert "stopped; the same command goes on where it was" in told
    assert read_status(run_folder("new")).state == "stopped"


@pytest.mark.torch
@pytest.mark.usefixtures("torch", "untouched")
def test_options_reach_the_training(photos, monkeypatch):
    given = {}

    def remember(found, name, folder, options, settings, amounts, find, tell):
        given.update(name=name, folder=folder, options=options, settings=settings, amounts=amounts)
        raise ModelError("enough")

    ends(monkeypatch, remember)
    numbers = ["--steps", 7, "--seed", 3, "--retakes", 2, "--own-photos", 5, "--generated", 0]
    run(enough(photos), "-o", "new", *numbers, status=1)
    assert (given["settings"].steps, given["settings"].seed) == (7, 3)
    assert tuple(vars(given["amounts"]).values()) == (2, 5, 0)
    assert given["folder"] == run_folder("new")
    assert given["options"].model == "skindelta-base@1.0.0"  # never the one in use


@pytest.mark.torch
@pytest.mark.usefixtures("torch")
def test_defaults_of_the_verb_are_those_of_the_library():
    from inspect import signature

    from skindelta.learning.fit import Settings
    from skindelta.learning.prepare import Amounts
    from skindelta.pipeline import DEFAULT_MODEL
    from skindelta.verbs.training import train

    told = {name: given.default for name, given in signature(train).parameters.items()}
    assert (told["steps"], told["seed"]) == (Settings().steps, Settings().seed)
    for name, number in vars(Amounts()).items():
        assert told[name] == number
    assert told["model"] == DEFAULT_MODEL


@pytest.mark.torch
@pytest.mark.usefixtures("torch", "untouched")
def test_a_full_disk_is_one_sentence_and_the_models_stay(photos, monkeypatch):
    """Examples, state, curves: whatever of a run could not be written."""
    from skindelta.learning import train

    monkeypatch.setattr(train, "prepare", full)
    _, told = run(enough(photos), "-o", "new", status=1)
    assert "make room" in told


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


# -- the way into the store


@pytest.fixture
def candidate(tmp_path):
    folder = shutil.copytree(BASE, tmp_path / "run" / "candidate")
    card = (folder / "model.toml").read_text(encoding="utf-8")
    card = card.replace('"skindelta-base"', '"clinic"', 1).replace('"1.0.0"', '"1.1.0"', 1)
    (folder / "model.toml").write_text(card, encoding="utf-8")
    return folder


def test_a_model_comes_whole_and_the_one_in_use_stays_in_use(store, candidate):
    before = everything(store)
    assert publish(candidate, "clinic", "1.1.0") == store / "clinic" / "1.1.0"
    assert verify_model("clinic").version == "1.1.0"
    assert current_model() == "clinic@1.0.0"
    assert before.items() <= everything(store).items()
    assert candidate.exists()


@pytest.mark.usefixtures("untouched")
def test_a_disk_that_gets_full_on_the_way_leaves_the_store_as_it_was(store, candidate, monkeypatch):
    def half(source, target):
        target.mkdir()
        shutil.copy(source / "model.toml", target)
        full()

    monkeypatch.setattr(result.shutil, "copytree", half)
    with pytest.raises(ModelError, match="No space left on device.*goes on where it was"):
        publish(candidate, "clinic", "1.1.0")
    assert [f.name for f in (store / "clinic").iterdir()] == ["1.0.0"]


@pytest.mark.usefixtures("untouched")
def test_nothing_is_written_over(candidate):
    with pytest.raises(ModelError, match=r"clinic@1\.0\.0 is there by now; train again"):
        publish(candidate, "clinic", "1.0.0")


def test_what_a_killed_copy_left_is_in_nobodys_way(store, candidate):
    part = store / "clinic" / ".1.1.0.part"
    part.mkdir()
    (part / "model.toml").write_text("half of it")
    publish(candidate, "clinic", "1.1.0")
    assert verify_model("clinic").version == "1.1.0"
    assert not part.exists()

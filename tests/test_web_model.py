"""The page Model: whose model measures, whether a new one is better, and how a training goes."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from retrained import check_at, labels_of, retrained
from serving import eventually
from skindelta.errors import LabelError, ModelError
from skindelta.learning.label_files import read_labels
from skindelta.learning.runs import Status, curve_of, latest_run, read_status, run_folder, working
from skindelta.model_store import DEFAULT_MODEL, current_model, use_model
from skindelta.models import load_model
from skindelta.pipeline import Options
from skindelta.web import Records
from skindelta.web.model import cards, choosing, curves, labelled, page, progress, training
from skindelta.web.model.training import Now, Trainer
from skindelta.web.shared import Labelling, Shared

TESTS = Path(__file__).parent
BASE = load_model("skindelta-base").folder
MINE = "clinic@1.0.0"
REASON = "our camera, our patients"


@pytest.fixture
def store(tmp_path, monkeypatch):
    """The folder of a user who has no models yet."""
    folder = tmp_path / "models"
    monkeypatch.setenv("SKINDELTA_MODELS", str(folder))
    return folder


@pytest.fixture
def file(tmp_path):
    """Labels that are enough to learn from."""
    return labels_of(tmp_path / "labels")


def text_of(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def known(model):
    return next(one for one in choosing.known_models() if one.model == model)


def shown(**options):
    return text_of(
        cards.in_use_html(choosing.in_use(), choosing.known_models(), Options(**options))
    )


# ------------------------------------------------------------ which model


def test_a_newcomer_is_told_of_the_model_that_ships(store):
    told = shown()
    assert "skindelta-base 1.0.0" in told
    assert "comes with skindelta" in told
    assert known(DEFAULT_MODEL).digest[:12] in told
    assert "In use since" not in told
    assert choosing.in_use().before == ""
    assert not store.exists()  # looking makes nothing


def test_only_what_can_read_changes_can_be_chosen(store):
    retrained(store)
    assert [one.model for one in choosing.known_models()] == [DEFAULT_MODEL, MINE]


def test_the_newest_version_of_a_name_comes_first(store):
    for version in ("1.0.0", "1.10.0", "1.9.0"):
        retrained(store, version=version)
    named = [one.card.version for one in choosing.known_models() if one.is_own]
    assert named == ["1.10.0", "1.9.0", "1.0.0"]


def test_a_page_that_was_started_with_a_model_says_so(store):
    assert "--model formula" in shown(model="formula")
    assert "--model clinic" in shown(model="clinic")
    assert "--model" not in shown()


def test_the_card_of_the_base_says_what_it_gives_in_words(store):
    told = text_of(cards.card_html(known(DEFAULT_MODEL)))
    gives = known(DEFAULT_MODEL).card.output["scores"]
    assert f"{len(cards.gives({'scores': gives}))} kinds of score" in told
    assert "Redness as a whole, colors matched by a color card or the surroundings" in told
    assert "are on the page About" in told
    assert "Not a medical device" in told


def test_the_card_of_a_retrained_model_compares_it_with_the_one_it_came_from(store):
    retrained(store)
    told = text_of(cards.card_html(known(MINE)))
    assert "retrained from skindelta-base 1.0.0 on 2026-03-01" in told
    assert "61 of 13 people to learn from; 18 of 4 people to stop by; 40 of 9 people held" in told
    assert "2 raters" in told
    row = "all their labels 1.02 0.79 +0.21 [+0.08, +0.34] 40 labels, 9 people better"
    assert row in told
    assert "Redness: Change, -3 to +3 1.02" in told
    assert "Redness as a whole 1.00 0.98" in told
    assert "dark 1.00 0.90 – 6 labels, 2 people too few labels to tell; about 3 people more" in told
    assert "no difference can be told; about 31 scenes more would" in told
    assert "With 61 labels" not in told  # that is the words of the drawing
    assert "New model: 0.97 with labels learnt from: 15, 0.79 with labels learnt from: 61" in (
        cards.card_html(known(MINE))
    )


@pytest.mark.parametrize(
    ("verdict", "style", "words"),
    [
        ("better", "sd-improved", "nearer to their labels than before"),
        ("worse", "sd-worse", "worse than the model that it came from"),
        ("not distinguishable", None, "cannot be told from"),
        ("too few labels", None, "too few labels"),
    ],
)
def test_each_verdict_has_its_words_and_no_color_alone(store, verdict, style, words):
    retrained(store, verdict=verdict)
    html = cards.card_html(known(MINE))
    assert words in text_of(html)
    assert {"sd-improved", "sd-worse"} & set(re.findall(r'<tr class="([\w-]+)"', html)) == (
        {style} if style else set()
    )


@pytest.mark.parametrize(
    "metrics",
    [
        {},
        {"held_out": "all"},
        {"held_out": {"all": {"verdict": "<b>fine"}}, "benchmark": {}},
        {"held_out": {"all": 1}, "tones": [], "benchmark": None, "curve": "up"},
    ],
)
def test_an_odd_card_is_no_trouble(metrics):
    assert "never held against" in cards.comparison_html(metrics)


def test_what_users_wrote_into_a_card_is_escaped(store):
    folder = retrained(store)
    card = (folder / "model.toml").read_text(encoding="utf-8")
    card = card.replace("change redness", "<b>x</b> y").replace('limits = "', 'limits = "<i>')
    (folder / "model.toml").write_text(card, encoding="utf-8")
    html = cards.card_html(known(MINE))
    assert "&lt;b&gt;x" in html
    assert "<b>x" not in html
    assert "<i>" not in html


# ------------------------------------------------------------ use, in spite of, back


def test_a_better_model_is_used_and_taken_back(store):
    retrained(store)
    assert choosing.against(MINE) == ()
    assert choosing.use(MINE) == MINE
    assert current_model() == MINE
    now = choosing.in_use()
    assert (now.model, now.before, now.trouble) == (MINE, DEFAULT_MODEL, "")
    assert "In use since" in shown()
    assert choosing.go_back() == DEFAULT_MODEL
    assert choosing.in_use().before == ""
    with pytest.raises(ModelError, match="nothing to go back to"):
        choosing.go_back()


@pytest.mark.parametrize("reason", ["", "  \n "])
def test_a_worse_model_needs_words(store, reason):
    retrained(store, verdict="worse")
    reasons = choosing.against(MINE)
    assert reasons
    told = text_of(cards.against_html(reasons))
    assert "Better keep what is in use" in told
    assert "[-0.5, -0.1]" in told
    with pytest.raises(ModelError, match="say why in the field"):
        choosing.use(MINE, reason)
    assert current_model() == DEFAULT_MODEL


def test_the_words_are_kept_in_the_card_and_shown(store):
    folder = retrained(store, verdict="worse")
    choosing.use(MINE, REASON)
    assert current_model() == MINE
    assert REASON in (folder / "README.md").read_text(encoding="utf-8")
    assert f"Used because {REASON}" in shown()


def test_words_of_another_model_are_not_kept_where_none_are_needed(store):
    retrained(store)
    choosing.use(MINE, "typed for another one")
    assert choosing.in_use().reason == ""


@pytest.mark.parametrize("name", ["", "nobody@1.0.0", "../x@1.0.0", "face-finder@1.0.0"])
def test_what_is_no_such_model_is_not_used(store, name):
    retrained(store)
    with pytest.raises(ModelError):
        choosing.use(name)
    assert current_model() == DEFAULT_MODEL


def test_a_model_that_is_gone_is_told_and_can_be_left(store):
    folder = retrained(store)
    use_model(MINE)
    shutil.rmtree(folder)
    now = choosing.in_use()
    assert now.model == ""
    assert MINE in now.trouble
    assert now.before == DEFAULT_MODEL
    assert "cannot be used" in shown()
    assert choosing.go_back() == DEFAULT_MODEL


def test_a_broken_model_is_told_beside_the_others(store):
    folder = retrained(store)
    (folder / "model.toml").write_text("name = 1", encoding="utf-8")
    assert [one.model for one in choosing.known_models()] == [DEFAULT_MODEL]
    assert "no card of a model" in choosing.troubles()[0]


@pytest.mark.parametrize(
    ("signs_in", "who"), [(False, "sits at this machine"), (True, "signed in")]
)
def test_who_may_is_said(signs_in, who):
    told = text_of(cards.who_may_html(signs_in))
    assert f"Whoever {'is ' * signs_in}{who} can train and choose" in told
    assert "One model is in use for everybody" in told


# ------------------------------------------------------------ labels


def test_without_labels_the_page_says_what_a_label_is(tmp_path):
    told = text_of(labelled.labels_html(labelled.look(tmp_path / "labels.csv", None)))
    assert told.startswith("No labels yet. A label is what a person says")
    assert str(tmp_path / "labels.csv") in told


def test_labels_are_counted_by_attribute_people_raters_and_part(file):
    told = text_of(labelled.labels_html(labelled.look(file, None)))
    assert "Labels 48" in told
    assert "People 16" in told
    assert "By dr-k (48)" in told
    assert "Redness Change, -3 to +3 48" in told
    counts = re.findall(r"(to learn from|to stop by|held out) (\d+) (\d+)", told)
    assert len(counts) == 3
    assert sum(int(labels) for _, labels, _ in counts) == 48
    assert sum(int(people) for *_, people in counts) == 16
    assert "20 pairs of 4 people, to begin: enough" in told
    assert "15 pairs of 5 people, to tell anything: not yet" in told
    assert "All labels are by one rater" in told


def test_rows_that_are_wrong_are_told_by_row_and_column(file):
    text = file.read_text(encoding="utf-8").replace("p3-2.jpg", "<b>gone.jpg", 1)
    file.write_text(text, encoding="utf-8")
    html = labelled.labels_html(labelled.look(file, None))
    assert "Some rows cannot be used" in html
    assert "row 12 after &lt;b&gt;gone.jpg" in " ".join(re.sub(r"</?t[^>]*>", " ", html).split())
    assert "<b>gone" not in html


def test_what_is_no_table_of_labels_is_a_sentence(tmp_path):
    (tmp_path / "labels.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    found = labelled.look(tmp_path / "labels.csv", None)
    assert found.labels is None
    assert "sd-bad" in labelled.labels_html(found)


def test_a_record_that_is_not_there_is_not_begun(tmp_path):
    records = Records(tmp_path / "record")
    assert labelled.finding(records, SimpleNamespace(session="tab")) is None
    assert not (tmp_path / "record").exists()


def test_the_file_of_labels_is_that_of_the_command_line(tmp_path):
    records = Records(tmp_path / "record")
    given = Labelling(tmp_path / "a.csv", None, "dr-k", ("redness",))
    assert Shared(None, records).labels_file == tmp_path / "record" / "labels.csv"
    assert Shared(None, records, labels=tmp_path / "b.csv").labels_file == tmp_path / "b.csv"
    assert Shared(None, records, labelling=given).labels_file == tmp_path / "a.csv"


# ------------------------------------------------------------ how a training is


def status(**more):
    return Status("clinic", "labels.csv", since=1000.0, at=1000.0, **more)


def test_before_any_training_the_page_says_what_it_is():
    assert "Training takes minutes" in progress.said_html(Now("none"))
    assert 'data-running="no"' in progress.progress_html(Now("none"))


@pytest.mark.parametrize("stage", progress.STAGES)
def test_each_stage_has_its_words(stage):
    now = Now("running", "clinic", status(stage=stage, done=3, of=10))
    told = text_of(progress.said_html(now))
    assert "Training “clinic”, step" in told
    assert progress.STAGES[stage] in told
    html = progress.progress_html(now, 1000.0 + 3725)
    assert 'data-running="yes"' in html
    assert 'value="3" max="10"' in html
    assert "3 of 10 · 1 h 2 min so far" in text_of(html)


def test_the_stages_are_those_of_the_verb():
    from skindelta.verbs.training import _STAGES

    assert list(progress.STAGES) == list(_STAGES)


def test_where_the_length_is_not_known_the_bar_only_moves():
    html = progress.progress_html(Now("running", "clinic", status(stage="checking", of=1)), 1061.0)
    assert "<progress" in html
    assert "max=" not in html
    assert "1 min 1 s so far" in html


@pytest.mark.parametrize(
    ("now", "words", "style"),
    [
        (Now("starting", "clinic"), "“clinic” is starting", ""),
        (Now("stopping", "clinic", status(stage="learning")), "Stopping", ""),
        (Now("stopping", "clinic", status(stage="checking")), "nearly done", ""),
        (Now("stopped", "clinic", status(state="stopped")), "goes on where it was", ""),
        (Now("failed", "clinic", status(), "disk <full>"), "ended early. Disk <full>.", "sd-bad"),
        (Now("done", "clinic", status(model=MINE)), "clinic 1.0.0 is trained", "sd-good"),
    ],
)
def test_each_state_has_its_words(now, words, style):
    html = progress.said_html(now)
    assert words in text_of(html)
    assert style in html
    assert "<full>" not in html
    running = "yes" if now.state in training.BUSY else "no"
    assert f'data-running="{running}"' in progress.progress_html(now, 1001.0)


def test_of_many_warnings_the_first_are_told():
    many = tuple(f"photo {number} is odd" for number in range(90))
    told = text_of(progress.progress_html(Now("done", "clinic", status(log=many))))
    assert "About its labels (90)" in told
    assert "Photo 19 is odd. And 70 more." in told


# ------------------------------------------------------------ curves


def test_curves_are_drawn_with_a_line_a_mark_and_words_for_each():
    html = curves.training_curves_html([check_at(step) for step in range(0, 41, 10)])
    for kind in ("learn", "stop", "replay"):
        assert html.count(f'<polyline class="curve {kind}"') == 3  # wide, narrow, and its key
    assert 'class="mark stop"' in html
    assert 'role="img" aria-label="People learnt from: 1.20 at step 0, 0.80 at step 40. ' in html
    assert "lowest 0.78 at step 40" in html
    assert "people to stop by: 0.78" in text_of(html)


def test_the_lowest_point_is_marked_where_it_is():
    values = (1.0, 0.5, 0.9)
    stop = curves.Curve("stop", "s", tuple(zip((0.0, 10.0, 20.0), values, strict=True)), True)
    drawing = curves.curves_drawing([stop], (0.0, 40.0), "step", curves.WIDE)
    (points,) = (shape.points for shape in drawing.shapes if shape.kind == "curve stop")
    assert points[1][1] == max(y for _, y in points)  # down is less
    assert points[1][0] - points[0][0] == pytest.approx(points[2][0] - points[1][0], abs=0.2)


@pytest.mark.parametrize(
    "checks",
    [
        [],
        [check_at(0)],
        [{"step": "x", "learn": 1}, {"step": 2}],
        [{"step": 0, "learn": float("nan")}, {"step": 1, "learn": float("inf")}],
    ],
)
def test_there_is_no_drawing_before_there_are_two_points(checks):
    assert curves.training_curves_html(checks) == ""


def test_a_curve_without_people_to_stop_by_has_no_such_line():
    checks = [check_at(step) | {"stop": None} for step in (0, 10)]
    html = curves.training_curves_html(checks)
    assert "curve learn" in html
    assert "curve stop" not in html


def test_equal_values_can_be_drawn():
    flat = [{"step": step, "steps": 10, "learn": 0.0} for step in (0, 5)]
    assert "curve learn" in curves.training_curves_html(flat)


# ------------------------------------------------------------ the process


@pytest.fixture
def trainer(store, monkeypatch):
    """A trainer whose process acts; what it started is ended with the test."""
    monkeypatch.setattr(training, "has_extra", lambda: True)
    started = []

    class Acting(Trainer):
        seconds = 0.05

        def command(self, file, name):
            return [sys.executable, str(TESTS / "retrained.py"), str(file), name, "better",
                    str(self.seconds)]  # fmt: skip

        def _begun(self, name, file):
            child = super()._begun(name, file)
            started.append(child.process)
            return child

    yield Acting()
    for process in started:
        process.kill()
        process.wait(30)


def begin(trainer, file, name="clinic"):
    trainer.start(name, file, read_labels(file))


def test_the_verb_can_be_started_as_the_page_does_it(tmp_path):
    command = training.train_command(tmp_path / "none.csv", "clinic")
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    has_torch = find_spec("torch") is not None and find_spec("torchvision") is not None
    assert ("none.csv" if has_torch else "skindelta[train]") in done.stderr


def test_a_training_goes_through_its_states_and_leaves_a_model(trainer, file):
    begin(trainer, file)
    assert trainer.look().state == "starting"
    eventually(lambda: trainer.look().state == "running")
    eventually(lambda: len(trainer.look().checks) > 3)
    eventually(lambda: trainer.look().state == "done")
    now = trainer.look()
    assert now.status.model == MINE
    assert now.status.labels == str(file)
    assert choosing.against(MINE) == ()
    assert current_model() == DEFAULT_MODEL  # it is not put to use by itself


def test_the_process_is_told_which_record_the_page_has(trainer, file, tmp_path):
    records = Records(tmp_path / "record", "postgresql://db/x", "a passphrase")
    variables = page._variables(Shared(None, records))
    code = "import os; raise SystemExit(' '.join(os.environ[f'SKINDELTA_{n}'] for n in {names}))"
    names = ("RECORD", "DATABASE", "PASSPHRASE", "MODELS")
    trainer = type(trainer)(variables)
    trainer.command = lambda *_: [sys.executable, "-c", code.format(names=names, n="{n}")]
    begin(trainer, file)
    eventually(lambda: trainer.look().state == "failed")
    told = f"{tmp_path / 'record'} postgresql://db/x a passphrase {tmp_path / 'models'}"
    assert trainer.look().message == told
    assert page._variables(Shared(None, Records(tmp_path / "record"))) == {
        "SKINDELTA_RECORD": str(tmp_path / "record")
    }


def test_the_process_is_on_its_own_and_any_server_sees_it(trainer, file):
    trainer.seconds = 0.3
    begin(trainer, file)
    eventually(lambda: trainer.look().state == "running")
    pid = trainer.look().status.pid
    assert os.getsid(pid) == pid != os.getsid(0)
    other = Trainer()
    assert other.look().state == "running"
    with pytest.raises(ModelError, match="clinic is being trained"):
        other.start("second", file, read_labels(file))
    other.stop()
    eventually(lambda: other.look().state == "stopped")
    eventually(lambda: trainer.look().state == "stopped")


def test_one_at_a_time(trainer, file):
    trainer.seconds = 0.3
    begin(trainer, file)
    with pytest.raises(ModelError, match="clinic is being trained"):
        begin(trainer, file, "second")


def test_what_was_stopped_goes_on_by_the_same_name(trainer, file):
    begin(trainer, file)
    eventually(lambda: len(trainer.look().checks) > 2)
    trainer.stop()
    assert trainer.look().state in ("stopping", "stopped")
    eventually(lambda: trainer.look().state == "stopped")
    assert not choosing.known_models()[1:]
    begin(trainer, file)
    eventually(lambda: trainer.look().state == "done")


def test_stopping_right_after_the_start_is_heard_too(trainer, file):
    begin(trainer, file)
    trainer.stop()
    eventually(lambda: trainer.look().state == "stopped")


def test_a_process_that_is_killed_was_stopped(trainer, file):
    trainer.seconds = 0.3
    begin(trainer, file)
    eventually(lambda: trainer.look().state == "running")
    os.kill(trainer.look().status.pid, signal.SIGKILL)
    eventually(lambda: trainer.look().state == "stopped")


def test_a_process_that_ends_before_it_says_anything_is_told_by_its_last_line(trainer, file):
    trainer.command = lambda *_: [sys.executable, "-c", "raise SystemExit('no room at all')"]
    begin(trainer, file)
    eventually(lambda: trainer.look().state == "failed")
    assert trainer.look().message == "no room at all"
    trainer.command = lambda *_: [sys.executable, "-c", ""]
    begin(trainer, file)
    eventually(lambda: trainer.look().state == "failed")
    assert trainer.look().message == training.NO_WORD


def test_a_process_that_cannot_be_started_is_a_sentence(trainer, file):
    trainer.command = lambda *_: ["/nowhere/python"]
    with pytest.raises(ModelError, match="cannot be started"):
        begin(trainer, file)
    assert trainer.look().state == "none"


@pytest.mark.parametrize("name", ["", " ", "a b", "../x", "x" * 65, "skindelta-base", "current"])
def test_a_name_that_none_may_have_starts_nothing(trainer, file, store, name):
    with pytest.raises(ModelError):
        begin(trainer, file, name)
    assert not store.exists()


def test_labels_that_are_too_few_or_wrong_start_nothing(trainer, tmp_path, store):
    few = labels_of(tmp_path / "few", people=3)
    with pytest.raises(LabelError, match="too few labels: 9 of 3 people"):
        begin(trainer, few)
    few.write_text(few.read_text(encoding="utf-8").replace("redness", "mood", 1), encoding="utf-8")
    with pytest.raises(LabelError, match="row 2, attribute"):
        begin(trainer, few)
    assert not store.exists()


def test_without_the_extra_the_page_says_what_to_install(store, file, monkeypatch):
    monkeypatch.setattr(training, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"pip install 'skindelta\[train\]'"):
        Trainer().start("clinic", file, read_labels(file))


def test_the_page_loads_no_torch():
    code = (
        "import skindelta.web.model.page, sys;"
        "print(*(name for name in ('torch', 'tensorboard') if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


# ------------------------------------------------------------ runs


def test_the_run_under_way_is_told_before_one_that_ended_later(store):
    run = run_folder("first")
    with working(run, "first", "labels.csv") as work:
        work.tell("photos", 1, 2)
        with working(run_folder("second"), "second", "labels.csv") as other:
            other.end("done", model="second@1.0.0")
        assert latest_run().name == "first"
        work.end("done", model="first@1.0.0")
    assert latest_run().name == "first"


def test_who_only_looks_does_not_keep_a_training_from_beginning(store):
    """Looking takes the lock for an instant."""
    run = run_folder("clinic")
    with working(run, "clinic", "labels.csv"):
        pass
    ended = threading.Event()

    def look():
        while not ended.is_set():
            read_status(run)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        for _ in range(200):
            with working(run, "clinic", "labels.csv"):
                assert curve_of(run) == []
    finally:
        ended.set()
        looking.join()

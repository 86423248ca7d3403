"""The model in use is a pointer: checked before it moves, kept whole, and one step back works."""

import json
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from skindelta import cli, model_store, models
from skindelta.batch import score_folder
from skindelta.contract import comparison_to_dict
from skindelta.demo import SUBJECT, make_demo
from skindelta.errors import ModelError
from skindelta.history import add_session, model_name, rescore, timeline
from skindelta.model_store import (
    DEFAULT_MODEL,
    current_model,
    history,
    load_current,
    new_version,
    previous_model,
    step_back,
    use_model,
)
from skindelta.models import broken_models, list_models, load_model, verify_model
from skindelta.own_models import SHIPPED, check_model_name, user_models
from skindelta.pipeline import Options, assess, compare, with_model
from skindelta.record import Record, Subject
from skindelta.verbs.timeline_words import timeline_report
from skindelta.web import Records
from skindelta.web.about import texts
from skindelta.web.about.page import _or_why_not
from skindelta.web.compare.answers import Answers
from skindelta.web.compare.results import recomputed
from skindelta.web.folder import folder_words
from skindelta.web.serving.visitors import Visitors
from skindelta.web.shared import Shared

BASE = load_model("skindelta-base").folder
MINE, NEXT = "clinic@1.0.0", "clinic@1.1.0"
AGAINST = ("redness is worse on your held-out people by 0.21 a* [0.05, 0.37]",)


@pytest.fixture
def store(tmp_path, monkeypatch):
    """The folder of a user who has no models yet."""
    folder = tmp_path / "user" / "models"
    monkeypatch.setenv("SKINDELTA_MODELS", str(folder))
    return folder


@pytest.fixture
def two(store):
    """Two versions of a model of the user: the one that ships, by another name."""
    made(store, "clinic", "1.0.0")
    made(store, "clinic", "1.1.0", factor="1.5")
    return store


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    make_demo(folder)
    return sorted((folder / SUBJECT).iterdir())


def made(store, name, version, called="", factor=""):
    """Put a model of the user into its folder; another factor makes it another one."""
    folder = store / name / version
    shutil.copytree(BASE, folder)
    card = (folder / "model.toml").read_text(encoding="utf-8")
    card = card.replace('name = "skindelta-base"', f'name = "{called or name}"', 1)
    card = card.replace('version = "1.0.0"', f'version = "{version}"', 1)
    if factor:
        card = card.replace('"redness absolute card" = 0.99', f'"redness absolute card" = {factor}')
    (folder / "model.toml").write_text(card, encoding="utf-8")
    return folder


def run(*arguments, status=0):
    done = CliRunner().invoke(cli.app, [str(a) for a in arguments])
    assert done.exit_code == status, done.output + repr(done.exception)
    assert "Traceback" not in done.output
    return done.stdout, done.stderr


def pointer(store):
    return (store / "current.json").read_bytes()


# ------------------------------------------------------------------ the pointer


def test_until_another_is_chosen_the_one_that_ships_is_in_use(store):
    assert current_model() == DEFAULT_MODEL
    assert load_current() is load_model(*DEFAULT_MODEL.split("@"))
    assert history() == ()
    assert not store.exists()  # looking makes nothing
    with pytest.raises(ModelError, match="nothing to go back to"):
        previous_model()
    with pytest.raises(ModelError, match="nothing to go back to"):
        step_back()


def test_a_model_is_put_to_use_and_taken_back_step_by_step(two):
    assert use_model(MINE) == MINE
    assert use_model("clinic") == NEXT  # the newest
    assert current_model() == NEXT
    assert load_current().card.version == "1.1.0"
    assert [one.model for one in history()] == [MINE, NEXT]
    assert previous_model() == MINE
    assert step_back() == MINE
    assert current_model() == MINE
    assert step_back() == DEFAULT_MODEL
    assert current_model() == DEFAULT_MODEL
    assert history() == ()
    told = {(card.name, card.version) for card in list_models()}
    assert {("clinic", "1.0.0"), ("clinic", "1.1.0")} <= told  # nothing was deleted


def test_the_pointer_is_a_file_that_people_can_read(two):
    use_model(MINE, reason="our  camera,\nour patients")
    told = json.loads(pointer(two))
    (entry,) = told["history"]
    assert told["schema"] == 1
    assert entry["model"] == MINE
    assert entry["digest"] == load_model("clinic", "1.0.0").digest
    assert entry["since"].endswith("Z")
    assert entry["reason"] == history()[0].reason == "our camera, our patients"


def test_choosing_what_is_in_use_changes_nothing(two):
    assert use_model(DEFAULT_MODEL) == DEFAULT_MODEL
    assert history() == ()
    use_model(MINE)
    before = pointer(two)
    use_model(MINE)
    assert pointer(two) == before


def test_the_one_that_ships_can_be_chosen_again_and_left_again(two):
    use_model(MINE)
    assert use_model("skindelta-base") == DEFAULT_MODEL
    assert current_model() == DEFAULT_MODEL
    assert step_back() == MINE


@pytest.mark.parametrize("name", ["face-finder", "nobody", "clinic@9.9.9"])
def test_what_is_no_change_network_or_not_there_is_not_put_to_use(two, name):
    use_model(MINE)
    before = pointer(two)
    with pytest.raises(ModelError):
        use_model(name)
    assert pointer(two) == before


@pytest.mark.parametrize("file", ["model.onnx", "model.safetensors", "noise.json", "golden.json"])
def test_an_altered_model_is_not_put_to_use(two, file):
    with (two / "clinic" / "1.0.0" / file).open("ab") as opened:
        opened.write(b" ")
    with pytest.raises(ModelError, match=rf"{file} is not the file .* put the folder back from a"):
        use_model(MINE)
    assert current_model() == DEFAULT_MODEL


# ------------------------------------------------------ what speaks against it


def test_what_speaks_against_a_model_is_listed_and_nothing_changes(two):
    with pytest.raises(ModelError, match=r"worse on your held-out people .* --force and a reason"):
        use_model(MINE, against=AGAINST)
    with pytest.raises(ModelError, match="held-out"):
        use_model(MINE, reason=" \n", against=AGAINST)  # no words are no reason
    assert current_model() == DEFAULT_MODEL
    assert not (two / "current.json").exists()


def test_a_reason_outweighs_it_and_stays_in_history_and_card(two):
    use_model(MINE, reason="redness is not what we\nask", against=AGAINST)
    use_model(NEXT)
    use_model(MINE, reason="still not", against=["texture is worse"])
    assert [one.reason for one in history()] == ["redness is not what we ask", "", "still not"]
    card = (two / "clinic" / "1.0.0" / "README.md").read_text(encoding="utf-8")
    whole = (BASE / "README.md").read_text(encoding="utf-8")
    assert card.startswith(whole.rstrip())
    lines = card.partition("## Used in spite of\n\n")[2].splitlines()
    assert len(lines) == 2
    assert lines[0].endswith(": texture is worse. Why: still not")
    assert AGAINST[0] in lines[1]
    assert lines[1].endswith("Why: redness is not what we ask")
    verify_model("clinic", "1.0.0")  # the human half of a card is no part of the weights
    assert load_current().card.version == "1.0.0"


def test_the_card_of_what_ships_is_not_written_to(two):
    use_model(MINE)
    before = (BASE / "README.md").read_bytes()
    use_model(DEFAULT_MODEL, reason="to compare", against=["older"])
    assert (BASE / "README.md").read_bytes() == before
    assert history()[-1].reason == "to compare"


# ------------------------------------------------------------------- bad luck


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"schema": 1}',
        '{"schema": 2, "history": []}',
        '{"schema": 1, "history": 3}',
        '{"schema": 1, "history": ["clinic@1.0.0"]}',
        '{"schema": 1, "history": [{"model": "clinic"}]}',
        '{"schema": 1, "history": [{"model": "clinic", "digest": "", "since": "2026-01-05",'
        ' "reason": ""}]}',
        '{"schema": 1, "history": [{"model": "clinic@1.0.0", "digest": "", "since": "monday",'
        ' "reason": ""}]}',
        '{"schema": 1, "history": [{"model": "clinic@1.0.0", "digest": 1,'
        ' "since": "2026-01-05T00:00:00Z", "reason": ""}]}',
        "\udcff",
    ],
)
def test_a_broken_pointer_is_told_with_its_place_and_what_to_do(two, text):
    (two / "current.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    before = pointer(two)
    for ask in (current_model, load_current, previous_model, step_back, lambda: use_model(MINE)):
        with pytest.raises(ModelError, match=r"current\.json does not say .*delete it to use skin"):
            ask()
    assert pointer(two) == before
    (two / "current.json").unlink()
    assert current_model() == DEFAULT_MODEL


def test_a_model_in_use_that_is_gone_is_told_and_one_step_leads_back(two, photos):
    use_model(MINE)
    use_model(NEXT)
    shutil.rmtree(two / "clinic" / "1.1.0")
    for ask in (current_model, load_current, lambda: compare(*photos[:2])):
        with pytest.raises(
            ModelError, match=r"in use, clinic@1\.1\.0, .*back to clinic@1\.0\.0: skindelta models "
        ):
            ask()
    assert compare(*photos[:2], Options(model=DEFAULT_MODEL)).comparable  # by name it still works
    assert assess(photos[0]).scores  # no network is asked
    assert step_back() == MINE
    assert compare(*photos[:2]).made_with["options"]["model"] == MINE


def test_a_model_in_use_that_was_made_anew_is_not_taken_for_the_same(two):
    use_model(MINE)
    assert load_current().card.name == "clinic"
    shutil.rmtree(two / "clinic" / "1.0.0")
    made(two, "clinic", "1.0.0", factor="1.7")
    for ask in (current_model, load_current):
        with pytest.raises(ModelError, match=r"not the model that was put to use .* models back"):
            ask()
    assert use_model(MINE) == MINE  # chosen as it is now
    assert current_model() == MINE


def test_a_model_in_use_that_was_altered_is_told(two):
    use_model(MINE)
    with (two / "clinic" / "1.0.0" / "model.onnx").open("ab") as file:
        file.write(b"\0")
    code = "from skindelta.model_store import load_current; load_current()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "model.onnx is not the file that its card names" in done.stderr
    assert "To go back to skindelta-base@1.0.0: skindelta models back" in done.stderr


def test_no_step_leads_back_to_a_model_that_is_gone(two):
    use_model(MINE)
    use_model(NEXT)
    before = pointer(two)
    shutil.rmtree(two / "clinic" / "1.0.0")
    with pytest.raises(ModelError, match=r"clinic@1\.0\.0, which was in use before, cannot be"):
        step_back()
    assert pointer(two) == before
    assert current_model() == NEXT


def test_a_full_disk_leaves_the_old_pointer(two, monkeypatch):
    use_model(MINE)
    before, card = pointer(two), (two / "clinic" / "1.1.0" / "README.md").read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(model_store.os, "fsync", full)
    for change in (lambda: use_model(NEXT), lambda: use_model(NEXT, "so", AGAINST), step_back):
        with pytest.raises(ModelError, match=r"No space left .*the model in use stays as it was"):
            change()
    monkeypatch.undo()
    assert pointer(two) == before
    assert (two / "clinic" / "1.1.0" / "README.md").read_bytes() == card
    assert [file.name for file in two.rglob("*.part")] == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SKINDELTA_MODELS", str(tmp_path / "file" / "models"))
    assert current_model() == DEFAULT_MODEL
    with pytest.raises(ModelError, match="SKINDELTA_MODELS"):
        use_model("skindelta-base")


CHOOSING = """
import sys
from skindelta.model_store import use_model
for _ in range(6):
    for model in sys.argv[1:]:
        use_model(model)
"""


def test_processes_at_once_lose_nothing(two):
    for version in ("1.2.0", "1.3.0"):
        made(two, "clinic", version)
    pairs = [(MINE, NEXT), ("clinic@1.2.0", "clinic@1.3.0")]
    running = [
        subprocess.Popen([sys.executable, "-c", CHOOSING, *pair], stderr=subprocess.PIPE, text=True)
        for pair in pairs
    ]
    for process in running:
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said
    assert len(history()) == 2 * 2 * 6
    for first, second in pairs:
        assert [one.model for one in history() if one.model in (first, second)] == [
            first,
            second,
        ] * 6
    assert [file.name for file in two.glob("*.part")] == []


# --------------------------------------------------------------- names, places


def test_names_that_ship_are_those_of_the_models_that_ship(store):
    assert sorted({card.name for card in list_models()}) == sorted(SHIPPED)


@pytest.mark.parametrize("name", ["clinic", "Clinic-2_b", "7", "a" * 64])
def test_a_model_may_be_called(name):
    check_model_name(name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        *(
            (name, "is no name for a model")
            for name in ("", "a/b", "..", "-a", "_a", ".a", "a b", "a@1", "é", "a" * 65, "a\n")
        ),
        *((name, "skindelta ships") for name in (*SHIPPED, "Skindelta-Base")),
        *((name, "means something else") for name in ("current", "formula", "Formula")),
    ],
)
def test_a_model_may_not_be_called(store, name, message):
    with pytest.raises(ModelError, match=message):
        check_model_name(name)
    with pytest.raises(ModelError, match=message):
        new_version(name)


def test_every_model_gets_a_version_that_was_never_there(two):
    assert new_version("other") == "1.0.0"
    assert new_version("clinic") == "1.2.0"
    use_model(NEXT)
    shutil.rmtree(two / "clinic" / "1.1.0")
    assert new_version("clinic") == "1.2.0"  # its results may be in a record
    made(two, "clinic", "1.10.3")
    assert new_version("clinic") == "1.11.0"


def test_the_folder_is_beside_the_record(monkeypatch):
    from skindelta.record import default_folder

    monkeypatch.delenv("SKINDELTA_MODELS")
    assert user_models() == default_folder().with_name("models")


def test_models_of_the_user_are_listed_with_those_that_ship(two):
    named = [f"{card.name}@{card.version}" for card in list_models()]
    assert named[:2] == [MINE, NEXT]
    assert len(named) == 2 + len(SHIPPED)
    assert load_model("clinic").card.version == "1.1.0"


def test_a_broken_model_of_the_user_stands_in_nobodys_way(two, photos):
    (two / "clinic" / "1.1.0" / "model.toml").write_text("name = ")
    (two / "empty" / "1.0.0").mkdir(parents=True)
    made(two, "copied", "1.0.0", called="clinic")
    made(two, "odd", "first")
    made(two, "a b", "1.0.0")
    shutil.copytree(BASE, two / "half" / ".1.0.0.part")  # not there yet
    told = {f"{one.name}@{one.version}": one.trouble for one in broken_models()}
    assert set(told) == {NEXT, "empty@1.0.0", "copied@1.0.0", "odd@first", "a b@1.0.0"}
    assert "no card of a model" in told[NEXT]
    assert "model.toml is missing" in told["empty@1.0.0"]
    assert "its card says clinic@1.0.0" in told["copied@1.0.0"]
    assert "no version such as 1.0.0" in told["odd@first"]
    assert [c.version for c in list_models() if c.name == "clinic"] == ["1.0.0"]
    assert compare(*photos[:2]).comparable
    with pytest.raises(ModelError, match="its card says"):
        load_model("copied")
    with pytest.raises(ModelError, match="choose one of these"):
        load_model("a b")
    use_model(MINE)
    assert current_model() == MINE


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
def test_no_model_of_the_user_stands_in_the_place_of_one_that_ships(store, version):
    folder = made(store, "skindelta-base", version, factor="1.7")
    assert load_model("skindelta-base").folder == BASE
    assert [c.version for c in list_models() if c.name == "skindelta-base"] == ["1.0.0"]
    with pytest.raises(ModelError, match=r"no model skindelta-base@2\.0\.0"):
        load_model("skindelta-base", "2.0.0")
    (broken,) = broken_models()
    assert str(folder) in broken.trouble
    assert "name of a model that skindelta ships" in broken.trouble


def test_what_ships_is_never_taken_for_the_users_own(tmp_path, monkeypatch):
    """Whoever names the folder of a checkout for models finds what ships, unharmed."""
    monkeypatch.setenv("SKINDELTA_MODELS", str(BASE.parents[1]))
    assert load_model("skindelta-base").card.name == "skindelta-base"
    assert verify_model("face-finder").name == "face-finder"
    assert [card.name for card in list_models()] == sorted(SHIPPED)
    assert broken_models() == ()


def test_what_ships_is_still_told_when_it_is_broken(two, tmp_path, monkeypatch):
    shutil.copytree(BASE.parents[1], tmp_path / "shipped")
    monkeypatch.setattr(models, "_ROOTS", (tmp_path / "shipped",))
    (tmp_path / "shipped" / "face-finder" / "1.0.0" / "model.toml").write_text("name = ")
    with pytest.raises(ModelError, match="install skindelta again"):
        list_models()


# -------------------------------------------------------------------- by whom


def sources(comparison):
    return {score.source for score in comparison.scores if score.source}


def test_the_model_in_use_measures_in_the_library(two, photos):
    before = compare(*photos[:2])
    use_model(MINE)
    after = compare(*photos[:2])
    assert before.made_with["options"]["model"] == DEFAULT_MODEL
    assert after.made_with["options"]["model"] == MINE
    assert after.made_with["network"] == load_model("clinic", "1.0.0").digest
    assert MINE in after.made_with["models"]
    assert f"model {MINE}" in sources(after)
    assert f"model {DEFAULT_MODEL}" not in sources(after)
    assert [s.value for s in after.scores] == [s.value for s in before.scores]  # the same weights
    assert with_model(Options()).model == MINE
    assert with_model(Options(model="clinic")).model == NEXT
    assert with_model(Options(model="formula")).model == "formula"
    assert compare(*photos[:2], Options(model="clinic")).made_with["options"]["model"] == NEXT
    assert assess(photos[0]).made_with["options"]["model"] == "formula"


def test_the_model_in_use_measures_by_verb(two, photos, tmp_path):
    use_model(MINE)
    told = json.loads(run("compare", *photos[:2], "--json")[0])
    assert told == comparison_to_dict(compare(*map(str, photos[:2])))
    assert told["made_with"]["options"]["model"] == MINE
    run("batch", photos[0].parents[1], "-o", tmp_path / "scores.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "scores.jsonl").read_text().splitlines()]
    assert f"model {MINE}" in {row["source"] for row in rows}
    told = json.loads(run("compare", *photos[:2], "--json", "--model", DEFAULT_MODEL)[0])
    assert told["made_with"]["options"]["model"] == DEFAULT_MODEL


def test_all_photos_of_a_folder_are_read_by_one_model(two, photos):
    use_model(MINE)
    found = set()
    for row in score_folder(photos[0].parents[1]):
        found.add(row["source"])
        if current_model() == MINE:
            use_model(NEXT)  # meanwhile
    assert f"model {MINE}" in found
    assert f"model {NEXT}" not in found


def test_a_timeline_does_not_mix_models_and_keeps_what_was_measured(two, photos, tmp_path):
    with Record(tmp_path / "record") as record:
        record.add_subject(Subject("nora"))
        for photo in photos[:3]:
            add_session(record, "nora", [photo])
        by_base = timeline(record, "nora")
        assert (by_base.model, by_base.unscored) == (DEFAULT_MODEL, 0)
        use_model(MINE)
        line = timeline(record, "nora")
        assert line.model == f"{MINE}+{load_model('clinic', '1.0.0').digest[:12]}"
        assert line.unscored == 2
        assert not any(line.comparisons.values())
        words = said(timeline_report(line))
        assert "record rescore nora\n" in words  # by the model in use, which needs no name
        assert all(one.is_new for one in rescore(record, "nora"))
        assert timeline(record, "nora").unscored == 0
        step_back()
        again = timeline(record, "nora")
        assert again.unscored == 0
        assert again.made_with == by_base.made_with
        assert {key[2] for key in record.comparisons("nora")} == {DEFAULT_MODEL, line.model}
        assert f"--model {MINE}" in said(timeline_report(line))  # it is not in use any more


def said(report):
    from rich.console import Console

    console = Console(width=200)
    with console.capture() as captured:
        console.print(report)
    return captured.get()


def test_a_model_that_was_made_anew_has_results_of_its_own(two):
    first = model_name(Options(model=MINE))
    shutil.rmtree(two / "clinic" / "1.0.0")
    made(two, "clinic", "1.0.0", factor="1.7")
    second = model_name(Options(model=MINE))
    assert first != second
    assert second.startswith(f"{MINE}+")
    assert model_name(Options()) == DEFAULT_MODEL


# ------------------------------------------------------------------- the page


@pytest.fixture
def shared(tmp_path):
    visitors = Visitors(tmp_path / "server")
    visitors.uploads.mkdir()
    assert visitors.claim("anna", "tab")
    records = Records(tmp_path / "pages-record")
    yield Shared(visitors, records)
    records.close()


REQUEST = SimpleNamespace(session_hash="tab")
OPTIONS = ("auto", False, "", "")  # as the widgets stand


def compared_on_the_page(shared, photos):
    """What the page notes of a comparison that was asked for by its button."""
    answers, shown = Answers(shared), []
    for which, photo in zip(("before", "after"), photos, strict=True):
        path = shared.visitors.visit(REQUEST).take(photo)
        shown.append(answers.taking(which)(REQUEST, path, (), *OPTIONS)[0])
    result = answers.compare(REQUEST, lambda *_, **__: None, *shown, (), *OPTIONS, False)
    asked, details = result[3], result[7]
    assert asked.is_of(*shown, answers._choice(*OPTIONS))  # so it is not taken for called off
    return asked, details


def test_the_model_in_use_measures_on_the_page_without_a_new_start(two, shared, photos):
    asked, _ = compared_on_the_page(shared, photos[:2])
    assert asked.model == DEFAULT_MODEL
    use_model(MINE)
    asked, details = compared_on_the_page(shared, photos[:2])
    assert asked.model == MINE
    assert MINE in details
    step_back()
    again = recomputed(shared.visitors.visit(REQUEST), asked)
    assert again.made_with["options"]["model"] == MINE  # its report is of what was shown


def test_the_page_takes_the_model_it_was_started_with(two, shared, photos):
    use_model(MINE)
    started = Shared(shared.visitors, shared.records, options=Options(model="formula"))
    asked, _ = compared_on_the_page(started, photos[:2])
    assert asked.model == "formula"


def test_the_page_tells_which_model_is_in_use(two):
    told = texts.model_html()
    assert "skindelta-base 1.0.0" in told
    assert "comes with skindelta" in told
    use_model(MINE, reason="our <camera>")
    told = texts.model_html()
    assert "clinic 1.0.0" in told
    assert "your own" in told
    assert "our &lt;camera&gt;" in told
    assert "Licence" in told  # the card of what does not ship
    assert "none" in texts.model_html(Options(model="formula"))
    assert "clinic" in texts.versions_html()
    shutil.rmtree(two / "clinic" / "1.0.0")
    assert "skindelta models back" in _or_why_not(texts.model_html)


def test_the_report_of_a_folder_names_the_model(two):
    use_model(MINE)
    assert folder_words._made_with(with_model(Options()))["model"] == MINE


def test_cards_of_another_shape_are_shown(two):
    folder = two / "clinic" / "1.0.0"
    card = (folder / "model.toml").read_text(encoding="utf-8")
    head = card.partition("[data]")[0]
    (folder / "model.toml").write_text(
        f'{head}[data]\ntraining = "40 pairs of 12 people"\nat = 2026-01-05\nlost = nan\n'
        "[metrics]\nredness = { verdict = 'better', by = [0.1, 0.02, 0.2] }\nn = [1, 'two', {}]\n",
        encoding="utf-8",
    )
    (shown,) = (c for c in list_models() if f"{c.name}@{c.version}" == MINE)
    told = texts.card_html(shown)
    assert "40 pairs of 12 people" in told
    assert "0.1 [0.02, 0.2]" in told
    told = json.loads(run("models", "show", MINE)[0])
    assert told["data"]["at"] == "2026-01-05"
    assert told["data"]["lost"] == "nan"


# ------------------------------------------------------------------- the verbs


def row_of(listed, name, version):
    return next(line for line in listed.splitlines() if line.split()[:2] == [name, version])


def test_verbs_list_use_and_go_back(two):
    out, _ = run("models", "list")
    assert "in use" in row_of(out, "skindelta-base", "1.0.0")
    assert "your own" in row_of(out, "clinic", "1.0.0")
    assert "in use" not in row_of(out, "clinic", "1.1.0")
    out, _ = run("models", "use", "clinic")
    assert f"{NEXT} is in use now" in out
    out, _ = run("models", "use", MINE, "--force", "to compare")
    assert history()[-1].reason == "to compare"
    out, _ = run("models", "use", MINE)
    assert out == f"{MINE} is in use\n"
    out, _ = run("models", "list")
    assert "in use, your own" in row_of(out, "clinic", "1.0.0")
    assert "in use" not in row_of(out, "skindelta-base", "1.0.0")
    assert run("models", "back")[0] == f"{NEXT} is in use again\n"
    assert run("models", "back")[0] == f"{DEFAULT_MODEL} is in use again\n"
    _, err = run("models", "back", status=1)
    assert "nothing to go back to" in err
    assert "as its card says" in run("models", "verify", MINE)[0]


def test_verbs_say_what_is_wrong_and_change_nothing(two):
    _, err = run("models", "use", "nobody", status=2)
    assert f"there are: {MINE}" in err
    _, err = run("models", "use", "face-finder", status=1)
    assert "is not a change network" in err
    (two / "clinic" / "1.1.0" / "model.toml").write_text("name = ")
    out, err = run("models", "list", status=1)
    assert "skindelta-base" in out
    assert "no card of a model" in err
    for verb in ("use", "show", "verify"):
        _, err = run("models", verb, NEXT, status=2)
        assert "no card of a model" in err
    out, err = run("models", "verify", status=1)
    assert out.count("as its card says") == 1 + len(SHIPPED)
    assert "no card of a model" in err
    assert not (two / "current.json").exists()


def test_a_broken_pointer_does_not_hide_the_list(two, photos):
    (two / "current.json").write_text("{")
    out, err = run("models", "list", status=1)
    assert "clinic" in out
    assert "in use" not in out
    assert "current.json does not say" in err
    _, err = run("compare", *photos[:2], status=2)
    assert "current.json does not say" in err
    run("compare", *photos[:2], "--model", DEFAULT_MODEL)


def test_the_verb_app_hands_its_model_to_the_page(two, tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(
        "skindelta.web.launch", lambda *_, options, **__: started.append(options.model)
    )
    record = ("--record", tmp_path / "record")
    run("app", *record)
    run("app", *record, "--model", MINE)
    _, err = run("app", *record, "--model", "nobody", status=2)
    assert "there is no model nobody" in err
    assert started == ["current", MINE]

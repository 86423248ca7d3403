"""The page Label: what is asked, in which order, what is written down, and what it keeps secret."""

import csv
import errno
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from typer.testing import CliRunner

from skindelta import cli
from skindelta.demo import make_demo
from skindelta.errors import LabelError
from skindelta.learning.label_book import Book
from skindelta.learning.label_files import append_label, read_labels, write_labels
from skindelta.learning.label_imports import PhotoPair
from skindelta.learning.labels import Label
from skindelta.learning.scales import SCALES
from skindelta.photo import read_photo
from skindelta.pipeline import Options
from skindelta.record import Consent, Record, Session, StoredPhoto, Subject
from skindelta.types import Comparison, PhotoSummary, Quality, Score
from skindelta.web import Labelling, Records
from skindelta.web.label import order
from skindelta.web.label.asked import PAGE_SCALES, Asked, asked_of, size_words, sizes_of
from skindelta.web.label.desk import Desk
from skindelta.web.label.doubts import Beside, Doubts, doubts_of
from skindelta.web.label.pictures import blinded
from skindelta.web.label.questions import judged_of, questions_of, size_label
from skindelta.web.label.sources import RecordSource, pairs_of_folder
from skindelta.web.serving.visitors import Visit, Visitors
from skindelta.web.shared import Shared

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ASKED = Asked("dr-k", ("redness",))
DAYS = ("2026-01-05", "2026-02-05", "2026-03-05")
APART = order.APART


def pair(number, subject="anna"):
    return PhotoPair(subject, f"{subject}/{number}.jpg", f"{subject}/{number + 1}.jpg")


def asked_about(count, *attributes):
    """So many questions, of a person each."""
    asked = replace(ASKED, attributes=attributes or ("redness",))
    return questions_of([pair(1, f"p{number}") for number in range(count)], asked)


# ------------------------------------------------------------------ what can be asked


def test_only_scales_that_are_the_same_both_ways_are_asked():
    assert PAGE_SCALES == ("change", "CEA", "PIH", "Goodman-Baron", "wrinkle", "choice")
    assert [sizes_of(SCALES[name]) for name in PAGE_SCALES] == [3, 4, 4, 3, 4, 0]
    assert size_words("change") == ("Slightly", "Clearly", "Very much")
    assert size_words("CEA")[:2] == ("1 grade", "2 grades")


def test_a_rater_who_labelled_before_keeps_the_spelling():
    asked = asked_of(" DR-K ", ["Redness", "texture"], known=["dr-m", "dr-k"])
    assert asked == Asked("dr-k", ("redness", "texture"))


BAD_ASKING = {
    "nobody": (("", ["redness"]), "say who labels"),
    "a name too long": (("x" * 101, ["redness"]), "1 to 100 printable"),
    "a name that cannot be printed": (("dr\0k", ["redness"]), "1 to 100 printable"),
    "nothing": (("dr-k", []), "choose what to label: redness, hyperpigmentation, texture"),
    "attribute": (("dr-k", ["rednes"]), "did you mean redness?"),
    "scale": (("dr-k", ["redness"], "chance"), "there is no scale 'chance'; did you mean change"),
    "a lopsided scale": (("dr-k", ["redness"], "GAIS"), "GAIS cannot be asked"),
    "scale of another": (
        ("dr-k", ["redness", "texture"], "CEA"),
        "CEA grades redness, not texture",
    ),
    "region": (("dr-k", ["redness"], "change", "cheek"), "did you mean"),
}


@pytest.mark.parametrize(("given", "message"), BAD_ASKING.values(), ids=BAD_ASKING)
def test_what_cannot_be_asked_is_a_sentence(given, message):
    with pytest.raises(LabelError, match=re.escape(message)):
        asked_of(*given)


# ------------------------------------------------------------------ pairs


@pytest.fixture
def folder(tmp_path):
    """Two people with small photos of skin without a face, beside the file of labels."""
    rng = np.random.default_rng(3)
    for number, person in enumerate(("anna", "bea")):
        for day in DAYS:
            skin = np.full((90, 80, 3), (120, 150 + 20 * number, 190), np.uint8)
            path = tmp_path / "photos" / person / f"{day}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), skin + rng.integers(0, 9, skin.shape, np.uint8))
    return tmp_path


def test_photos_are_paired_with_the_first_and_with_the_one_before(folder):
    found = pairs_of_folder(folder / "photos", folder / "labels.csv")
    assert found.notes == ()
    assert found.trouble == ""
    first, second, third = (f"photos/anna/{day}.png" for day in DAYS)
    of_anna = {(one.before, one.after) for one in found.pairs if one.subject == "anna"}
    assert of_anna == {(first, second), (first, third), (second, third)}


def test_photos_are_named_as_seen_from_the_labels(folder):
    found = pairs_of_folder(folder / "photos", folder / "study" / "labels.csv", close_up=True)
    assert found.pairs[0].before == f"../photos/anna/{DAYS[0]}.png"
    assert all(one.close_up for one in found.pairs)


def test_photos_without_a_day_or_a_person_are_left_out_and_said_so(folder):
    photo = next((folder / "photos").rglob("*.png")).read_bytes()
    (folder / "photos" / "anna" / "nice.png").write_bytes(photo)
    (folder / "photos" / "stray.png").write_bytes(photo)
    (folder / "photos" / "anna" / f"{DAYS[0]} again.png").write_bytes(photo)  # the same moment
    found = pairs_of_folder(folder / "photos", folder / "labels.csv")
    assert len(found.pairs) == 6
    assert found.notes[0] == "1 photo without a date left out: name them YYYY-MM-DD."
    assert found.notes[1] == "1 photo beside the folders of people left out."


def test_a_folder_without_pairs_says_what_it_wants(folder):
    (folder / "empty").mkdir()
    wanted = "put two or more of each person into PERSON/2026-01-05.jpg"
    found = pairs_of_folder(folder / "empty", folder / "labels.csv")
    assert found.trouble == f"empty holds no photos of people; {wanted}."
    for day in DAYS[1:]:
        for person in ("anna", "bea"):
            (folder / "photos" / person / f"{day}.png").unlink()
    found = pairs_of_folder(folder / "photos", folder / "labels.csv")
    assert "nobody with two photos of different days" in found.trouble
    assert "cannot be listed" in pairs_of_folder(folder / "no", folder / "labels.csv").trouble


# ------------------------------------------------------------------ order


def ordered(questions, known=order.Known(), seed=1):  # noqa: B008
    return order.order_of(questions, known, np.random.default_rng(seed))


def test_every_open_question_comes_once_in_an_order_that_stays():
    questions = asked_about(40, "redness", "texture")
    first = ordered(questions)
    assert sorted(first) == sorted(questions)
    assert ordered(questions) == first
    assert ordered(questions, seed=2) != first
    rest = ordered(questions, order.Known(judged=frozenset(first[:7])))
    assert rest == first[7:]  # answering does not shuffle what comes


def test_doubtful_pairs_come_first_but_for_a_third_by_chance():
    questions = asked_about(300)
    doubtful = set(questions[100:150])
    doubts = {
        (one.pair, one.attribute, one.region): 1.0 if one in doubtful else 0.0 for one in questions
    }
    known = order.Known(doubts=MappingProxyType(doubts))
    first = [one in doubtful for one in ordered(questions, known)[:60]]
    # Two thirds picked, all doubtful while there are any; of those by chance a sixth is.
    assert sum(first) / 60 == approx(2 / 3 + 1 / 3 / 6, abs=0.15)


def test_what_chance_picks_does_not_depend_on_what_is_known():
    """Else labels would not be a fair examination of the model that doubted."""
    questions = asked_about(90)
    sure = {(one.pair, one.attribute, one.region): 0.0 for one in questions[:45]}
    known = order.Known(doubts=MappingProxyType(sure))
    share = [
        sum(one in questions[:45] for one in ordered(questions, known, seed)[:12])
        for seed in range(100)
    ]
    # All of the first twelve would be doubtful; by chance a third of them comes from all.
    assert np.mean(share) / 12 == approx(order.FAIR_SHARE / 2, abs=0.05)


def test_rare_attributes_and_rare_tones_come_first():
    questions = asked_about(60, "redness", "texture")
    known = order.Known(labels=MappingProxyType({"redness": 100, "texture": 10}))
    early = Counter(one.attribute for one in ordered(questions, known)[:40])
    assert early["texture"] > 2 * early["redness"]
    tones = {f"p{number}": "dark" if number < 10 else "light" for number in range(60)}
    known = order.Known(tones=MappingProxyType(tones))
    early = [tones[one.pair.subject] for one in ordered(asked_about(60), known)[:20]]
    assert early.count("dark") >= 7  # by chance alone 3


def walked(questions, judged=(), seed="s"):
    return order.coming(questions, judged, order.Known(frozenset(judged)), seed)


@settings(max_examples=30)
@given(
    count=st.integers(1, 60),
    attributes=st.sampled_from([("redness",), ("redness", "texture")]),
    seed=st.text("abc", min_size=1, max_size=3),
)
def test_one_of_eight_comes_again_at_least_five_pairs_later(count, attributes, seed):
    questions = asked_about(count, *attributes)
    walk = walked(questions, seed=seed)
    times = Counter(walk)
    assert set(times) == set(questions)
    again = [one for one in times if times[one] == 2]
    assert max(times.values()) <= 2
    assert len(questions) // 8 - 2 <= len(again) <= len(questions) // 8 + 1
    for one in again:
        first, second = (place for place, other in enumerate(walk) if other == one)
        between = walk[first + 1 : second]
        assert len(between) >= APART
        assert one.pair not in {other.pair for other in walk[second - APART + 1 : second]}


def test_what_is_left_falls_by_one_with_every_answer_also_with_a_repeat():
    questions = asked_about(20, "redness", "texture")
    walk = walked(questions)
    assert len(walk) > len(questions)
    for done in range(len(walk) + 1):
        assert walked(questions, walk[:done]) == walk[done:]


def test_a_pair_is_not_asked_about_another_attribute_at_once():
    walk = walked(asked_about(20, "redness", "hyperpigmentation", "texture"))
    places = {}
    near = 0
    for place, one in enumerate(walk):
        near += place - places.get(one.pair, -APART) < APART
        places[one.pair] = place
    assert near == 0


def test_the_later_photo_lies_at_either_side():
    questions = asked_about(400)
    turned = [order.is_turned(one, 0, "s") for one in questions]
    again = [order.is_turned(one, 1, "s") for one in questions]
    assert turned == [order.is_turned(one, 0, "s") for one in questions]
    assert np.mean(turned) == approx(0.5, abs=0.1)
    assert np.mean([a != b for a, b in zip(turned, again, strict=True)]) == approx(0.5, abs=0.1)


# ------------------------------------------------------------------ doubts


def comparison(*scores):
    photo = PhotoSummary("a.jpg", "0" * 64, None, None, Quality())
    return Comparison(photo, photo, True, (), "scene", 0.6, None, (), scores, {})


def score(value, sdc=1.0, basis="absolute", region="face"):
    ends = (None, None) if value is None else (value - 1, value + 1)
    verdict = "not measurable" if value is None else None
    return Score("redness", region, basis, value, "a*", *ends, sdc, verdict, "why", "scene")


@pytest.mark.parametrize(
    ("value", "doubt"), [(0.0, 0.0), (0.5, 0.5), (-1.0, 1.0), (1.5, 0.5), (9.0, 0.0), (None, 1.0)]
)
def test_doubt_is_most_near_the_smallest_change_and_without_a_verdict(value, doubt):
    assert doubts_of(comparison(score(value))) == {("redness", "face"): approx(doubt)}


def test_the_relative_score_counts_where_there_is_no_absolute_one():
    both = comparison(score(0.0), score(1.0, basis="relative"))
    assert doubts_of(both)["redness", "face"] == 0
    alone = comparison(score(None), score(1.0, basis="relative"))
    assert doubts_of(alone)["redness", "face"] == 1


def test_what_is_wanted_last_is_done_and_what_waited_is_dropped():
    beside, done = Beside(), []
    began, go, ended = threading.Event(), threading.Event(), threading.Event()

    def first():
        began.set()
        go.wait(30)
        raise LabelError("this pair cannot be read")

    beside.want([first, lambda: done.append("dropped")])
    assert began.wait(30)
    beside.want([lambda: done.append("next"), ended.set])
    go.set()
    assert ended.wait(30)
    assert done == ["next"]


def test_a_pair_is_measured_once_and_tells_doubts_and_tone(tmp_path):
    early, _, red, *_ = make_demo(tmp_path)
    one = PhotoPair("astronaut", str(early.path), str(red.path))
    doubts, read = Doubts(Options()), []
    for _ in range(2):
        doubts.measure(one, lambda name: (read.append(name), read_photo(name))[1])
    assert read == [str(early.path), str(red.path)]
    found, tones = doubts.known()
    assert tones == {"astronaut": "light"}
    assert found[one, "redness", "face"] < 0.5  # it is clearly redder
    assert doubts.open_among([one, pair(1), pair(1), pair(2)]) == [pair(1), pair(2)]


# ------------------------------------------------------------------ the file


LABEL = Label("a1.jpg", "a2.jpg", "redness", "face", 2.0, "", "change", "dr-k", AT, "anna")
OTHERS = (
    b"\xef\xbb\xbfbefore;after;attribute;region;value;scale;rater;labelled_at;subject;mine\r\n"
    b'a1.jpg;a2.jpg;redness;face;1,50;change-100;dr-m;2026-03-01T09:30Z;anna;"my own\r\nremark"\r\n'
    b"no.jpg;a2.jpg;rednes;face;99;change;dr-m;;anna;wrong\r\n"
    b"a1.jpg;a2.jpg;redness;face;2;change;dr-k;2026-03-01T09:30Z;anna;early"
)


def test_rows_of_others_keep_their_bytes_when_one_is_taken_back(tmp_path):
    book = Book(tmp_path / "labels.csv")
    book.file.write_bytes(OTHERS)
    assert [one.rater for one in book.labels()] == ["dr-m", "dr-k"]
    assert book.unusable() == 1
    new = replace(LABEL, labelled_at=AT + timedelta(seconds=1), value=-3.0)
    book.add(new)
    assert book.labels()[-1] == new
    book.take_back([new])
    assert book.file.read_bytes() == OTHERS + b"\n"  # the end of a line that had none
    book.add(LABEL)  # the same again: the last one goes
    book.take_back([LABEL])
    assert book.file.read_bytes() == OTHERS + b"\n"
    with pytest.raises(LabelError, match="no longer in labels.csv"):
        book.take_back([new])
    assert book.file.read_bytes() == OTHERS + b"\n"


def test_what_somebody_else_writes_is_seen(tmp_path):
    book = Book(tmp_path / "labels.csv")
    assert book.labels() == ()
    append_label(book.file, LABEL)
    assert book.labels() == (LABEL,)
    book.add(replace(LABEL, rater="dr-m"))
    write_labels(book.file, [LABEL])
    assert book.labels() == (LABEL,)


def test_many_who_write_at_once_lose_nothing(tmp_path):
    file = tmp_path / "labels.csv"
    book = Book(file)

    def work(rater):
        for number in range(10):
            one = replace(LABEL, rater=rater, labelled_at=AT + timedelta(seconds=number))
            book.add(one)
            if number % 2:
                book.take_back([one])

    code = (
        "import sys; sys.path.insert(0, 'tests'); from test_web_label import *\n"
        f"book = Book(Path({str(file)!r}))\n"
        "for n in range(10): book.add(replace(LABEL, rater='other', "
        "labelled_at=AT + timedelta(seconds=n)))"
    )
    other = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[1])
    threads = [threading.Thread(target=work, args=(f"r{number}",)) for number in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert other.wait(120) == 0
    counted = Counter(one.rater for one in Book(file).labels())
    assert counted == {"r0": 5, "r1": 5, "r2": 5, "other": 10}


def test_a_file_that_another_program_holds_is_a_sentence(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl", reason="this system has no locks of folders")
    monkeypatch.setattr("skindelta.learning.label_book.WAIT_SECONDS", 0.05)
    held = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    book = Book(tmp_path / "labels.csv")
    with pytest.raises(LabelError, match="another program is writing labels.csv"):
        book.add(LABEL)
    os.close(held)
    book.add(LABEL)
    assert book.labels() == (LABEL,)


# ------------------------------------------------------------------ questions and answers


class Rater:
    """Somebody who labels, without a browser."""

    def __init__(self, desk, visit, asked=ASKED):
        self.desk, self.visit, self.asked = desk, visit, asked
        self.html = desk.show(visit, asked)

    def says(self, name):
        return unescape(re.search(rf'data-{name}="([^"]*)"', self.html)[1])

    def answer(self, answer, token=None):
        told = {"token": token or self.says("token"), "answer": answer}
        self.html = self.desk.answer(self.visit, self.asked, told)

    def judge(self, answer="left", size="2"):
        self.answer(answer)
        if self.says("stage") == "size":
            self.answer(size)

    def undo(self):
        self.html = self.desk.undo(self.visit, self.asked)

    def progress(self):
        found = re.search(r"· (\d+) labelled · (\d+) to go", self.html)
        return tuple(map(int, found.groups()))

    def picture(self, side):
        url = re.search(rf'data-side="{side}"><img[^>]* src="([^"]+)"', self.html)[1]
        kept = self.visit.visitors.shelf.found(self.visit.visitor, url.split("/")[3])
        return kept.path.read_bytes()


def made(folder):
    folder.mkdir()
    return folder


@pytest.fixture
def desk(folder, monkeypatch):
    """Makes desks of one server for the photos of the folder; nothing is measured."""
    monkeypatch.setattr(Doubts, "measure", lambda self, pair, read: None)
    visitors = Visitors(made(folder / "uploads"))

    def make(**other):
        given = Labelling(folder / "labels.csv", folder / "photos", "dr-k", ("redness",))
        shared = Shared(visitors, Records(folder / "record"), labelling=replace(given, **other))
        ticks = iter(range(10**6))
        made = Desk(shared, lambda: AT + timedelta(seconds=next(ticks)))
        made.visit = Visit(visitors, "visitor", "tab")
        return made

    return make


@pytest.fixture
def rater(desk):
    made = desk()
    return Rater(made, made.visit)


def labels_of(folder):
    found = read_labels(folder / "labels.csv")
    found.check()
    return found.labels


def png_of(path):
    return cv2.imread(str(path)).tobytes()


def test_an_answer_is_written_in_the_order_of_time_whatever_the_side(rater, folder):
    """The left photo is said to show more: the rows must say so of that very photo."""
    sides = set()
    for _ in range(6):
        left = cv2.imdecode(np.frombuffer(rater.picture("left"), np.uint8), 1).tobytes()
        rater.answer("left")
        assert rater.says("stage") == "size"
        assert rater.says("chosen") == "left"
        rater.answer("3")
        choice, size = labels_of(folder)[-2:]
        assert choice.before < choice.after  # named by their days
        shows_more = choice.before if choice.choice == "before" else choice.after
        assert png_of(folder / shows_more) == left
        assert (choice.scale, size.scale, size.value) == ("choice", "change", 3.0 * choice.signed)
        assert (size.before, size.after) == (choice.before, choice.after)
        assert (size.rater, size.region, size.subject) == ("dr-k", "face", choice.subject)
        sides.add(choice.choice)
    assert sides == {"before", "after"}
    assert rater.says("stage") == "done"
    assert "All is labelled" in rater.html


def test_the_same_is_no_change_and_who_cannot_judge_gives_one_row(rater, folder):
    rater.answer("same")
    assert rater.says("stage") == "choice"
    assert [(one.scale, one.signed) for one in labels_of(folder)] == [("choice", 0), ("change", 0)]
    rater.answer("cannot judge")
    assert rater.progress() == (2, 4)
    with (folder / "labels.csv").open() as file:
        assert [row["value"] for row in csv.DictReader(file)] == ["same", "0", "cannot judge"]


def test_a_choice_alone_is_whole_where_no_size_is_asked(desk, folder):
    made = desk()
    rater = Rater(made, made.visit, replace(ASKED, scale="choice"))
    rater.answer("right")
    assert rater.progress() == (1, 5)
    assert [one.scale for one in labels_of(folder)] == ["choice"]


def test_a_page_that_is_loaded_anew_goes_on_with_the_same_question(rater, desk):
    rater.judge()
    rater.answer("right")
    for made in (rater.desk, desk()):  # the same server, and one that was started anew
        again = Rater(made, made.visit)
        assert (again.says("stage"), again.says("chosen")) == ("size", "right")
        assert [again.picture(side) for side in ("left", "right")] == [
            rater.picture(side) for side in ("left", "right")
        ]
    again.answer("1")
    assert again.progress() == (2, 4)


def test_undo_takes_back_and_asks_the_same_again(rater, folder):
    (folder / "labels.csv").write_text(
        "before,after,attribute,region,value,scale,rater,labelled_at,subject\n"
        f"photos/anna/{DAYS[0]}.png,photos/anna/{DAYS[1]}.png,redness,face,1,change,dr-m,,anna\n"
    )
    others = (folder / "labels.csv").read_bytes()
    rater = Rater(rater.desk, rater.visit)
    first = rater.html, rater.picture("left")
    rater.judge("left", "1")
    second = rater.picture("left")
    rater.answer("right")
    rater.undo()  # the side alone
    assert rater.says("stage") == "choice"
    assert rater.picture("left") == second
    assert len(labels_of(folder)) == 3
    rater.undo()
    assert rater.picture("left") == first[1]
    assert (folder / "labels.csv").read_bytes() == others
    rater.undo()  # there is nothing of this rater left
    assert (folder / "labels.csv").read_bytes() == others
    rater.judge("right", "3")
    assert rater.picture("left") == second


def test_raters_do_not_see_each_other_and_have_orders_of_their_own(desk, folder):
    made = desk()
    raters = [Rater(made, made.visit, replace(ASKED, rater=name)) for name in ("dr-k", "dr-m", "x")]
    orders = {one.asked.rater: [] for one in raters}
    for _ in range(6):
        for one in raters:
            orders[one.asked.rater].append(one.picture("left"))
            one.judge()
    assert len({tuple(pictures) for pictures in orders.values()}) == 3
    assert all(one.progress() == (6, 0) for one in raters)
    assert Counter(one.rater for one in labels_of(folder)) == {"dr-k": 12, "dr-m": 12, "x": 12}
    raters[0].undo()
    assert Counter(one.rater for one in labels_of(folder)) == {"dr-k": 10, "dr-m": 12, "x": 12}


def test_an_answer_to_another_question_is_not_taken(rater, folder):
    old = rater.says("token")
    rater.judge()
    for token in (old, "made up", ""):
        rater.answer("left", token or "x")
        assert "was answered already" in rater.html
    rater.html = rater.desk.answer(rater.visit, ASKED, ["nonsense"])
    assert rater.progress() == (1, 5)
    rater.answer("2")  # a size, where a side is asked for
    assert "say which photo shows more" in rater.html.lower()
    rater.answer("left")
    for wrong in ("0", "4", "-1", "1e0", "²", "left", "9" * 50):
        rater.answer(wrong)
        assert "Say how much more, from 1 to 3" in rater.html
    assert len(labels_of(folder)) == 3


def test_what_cannot_be_saved_stays_on_the_page_and_can_be_sent_again(rater, folder, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    rater.judge()
    before = (folder / "labels.csv").read_bytes()
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        rater.answer("same")
        assert "No space left on device" in rater.html
        assert rater.says("unsaved") == "same"
        assert rater.says("stage") == "choice"
        assert "Save this answer again" in rater.html
        assert (folder / "labels.csv").read_bytes() == before
        rater.undo()
        assert "still in it" in rater.html
        assert (folder / "labels.csv").read_bytes() == before
    rater.answer("same")
    assert rater.says("unsaved") == ""
    assert rater.progress() == (2, 4)


def test_half_an_answer_is_finished_when_there_is_room_again(rater, folder, monkeypatch):
    """Of "the same" the first row was written, and the second was not."""
    count = iter(range(99))
    fsync = os.fsync

    def full(handle):
        if next(count) == 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", full)
    rater.answer("same")
    assert rater.says("unsaved") == "same"
    assert rater.says("stage") == "choice"
    rater.answer("left")  # or another answer
    rater.answer("1")
    assert [one.scale for one in labels_of(folder)] == ["choice", "change"]
    assert labels_of(folder)[0].choice != "same"


def test_nothing_tells_which_photo_is_the_earlier_one(rater):
    seen = []
    for _ in range(6):
        seen.append(rater.html)
        rater.answer("right")
        seen.append(rater.html)
        rater.answer("1")
    text = "".join(seen)
    for secret in ("2026", "anna", "bea", '.csv"', "before", 'after"', "photos/"):
        assert secret not in text
    names = re.findall(r'src="/skindelta/kept/([\w-]+)/([^"]+)"', text)
    assert {name for _, name in names} == {"photo.png"}
    assert len({token for token, _ in names}) == 12  # a photo that comes again has another address
    assert re.findall(r'alt="([^"]*)"', text)[:2] == ["The left photo", "The right photo"]


def test_old_pictures_go_while_somebody_goes_on(desk, folder):
    made = desk()
    for person in ("cleo", "dora"):
        for day in DAYS:
            path = folder / "photos" / person / f"{day}.png"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(
                (folder / "photos" / "anna" / f"{day}.png").read_bytes() + person.encode()
            )
    rater = Rater(made, made.visit)
    for _ in range(10):
        rater.judge()
    assert len(list((folder / "uploads").rglob("*.png"))) == 12  # of six pairs


def test_how_raters_agree_is_told_after_ten_labels_and_only_when_asked(desk, folder):
    made = desk()
    asked = replace(ASKED, attributes=("redness", "texture"))
    rater, other = Rater(made, made.visit, asked), None
    for _ in range(9):
        rater.judge()
    assert re.search(r'data-do="agree" hidden', rater.html)
    rater.html = made.agree(made.visit, asked)
    assert "This is shown after 10 labels of your own" in rater.html
    rater.judge()
    assert not re.search(r'data-do="agree" hidden', rater.html)
    rater.html = made.agree(made.visit, asked)
    assert "cannot be told" in rater.html
    other = Rater(made, made.visit, replace(asked, rater="<b>m"))
    for _ in range(12):
        other.judge()
    rater.html = made.agree(made.visit, asked)
    assert "chose alike on redness" in rater.html
    assert "&lt;b&gt;m" in rater.html
    assert "<b>m" not in rater.html
    rater.judge()
    assert "chose alike" not in rater.html


def test_labels_of_another_scale_leave_the_question_open():
    questions = asked_about(2)
    first = size_label(questions[0], replace(ASKED, scale="CEA"), "after", 2, AT)
    assert judged_of([first], questions, ASKED).whole == ()
    assert judged_of([first], questions, replace(ASKED, scale="CEA")).questions == questions[:1]
    turned = replace(
        size_label(questions[0], ASKED, "before", 2, AT).turned(), after=".\\p0\\1.jpg"
    )
    assert judged_of([turned], questions, ASKED).questions == questions[:1]


# ------------------------------------------------------------------ photos


def test_photos_lose_everything_but_their_picture_and_are_cut_to_the_face(tmp_path):
    sessions = make_demo(tmp_path)
    photos = [read_photo(one.path) for one in sessions[:2]]
    for data in blinded(*photos):
        assert data.startswith(b"\x89PNG")
        assert b"eXIf" not in data
        assert b"tEXt" not in data
        height, width = cv2.imdecode(np.frombuffer(data, np.uint8), 1).shape[:2]
        assert max(height, width) < 0.6 * photos[0].pixels.shape[0]
    whole = cv2.imdecode(np.frombuffer(blinded(*photos, close_up=True)[0], np.uint8), 1)
    assert whole.shape == photos[0].pixels.shape


# ------------------------------------------------------------------ the record


@pytest.fixture
def recorded(tmp_path):
    """A record, and who asks."""
    records = Records(tmp_path / "record")
    visitors = Visitors(made(tmp_path / "uploads"))
    yield records, Visit(visitors, "visitor", "tab")
    records.close()


def sitting(record, person, days):
    picture = np.full((64, 64, 3), 90 + days, np.uint8)
    data = cv2.imencode(".png", picture)[1].tobytes() + person.encode()
    photo = StoredPhoto("", "any.png", 0), data
    return record.add_session(person, Session(AT + timedelta(days), "face"), [photo])


def test_a_record_without_pairs_says_why(recorded):
    records, visit = recorded
    source = RecordSource(records)
    assert "nobody is in the record" in source.find(visit).trouble
    record = records.of(visit)
    assert "nobody is in the record" in source.find(visit).trouble
    anna = record.add_subject(Subject("anna"))
    for days in (0, 7):
        sitting(record, "anna", days)
    assert "nobody in the record has agreed" in source.find(visit).trouble
    record.add_subject(Subject("bea", consent=Consent(training=True)))
    sitting(record, "bea", 0)
    assert "one session only" in source.find(visit).trouble
    sitting(record, "bea", 7)
    found = source.find(visit)
    assert {one.subject for one in found.pairs} == {"bea"}
    assert found.notes[0].startswith("1 person is left out, who has not agreed")
    assert anna.pseudonym not in found.notes[0]
    record.encrypt("a long enough passphrase")
    locked = Records(records.folder)
    assert "encrypted" in RecordSource(locked).find(visit).trouble
    locked.close()


def test_photos_of_the_record_are_labelled_by_their_hash(recorded, monkeypatch):
    monkeypatch.setattr(Doubts, "measure", lambda self, pair, read: None)
    records, visit = recorded
    record = records.of(visit)
    for person in ("anna", "bea"):
        record.add_subject(Subject(person, consent=Consent(training=True)))
        for days in (0, 7, 14):
            sitting(record, person, days)
    desk = Desk(Shared(visit.visitors, records), lambda: AT)
    rater = Rater(desk, visit, desk.begin(visit, "dr-k", ["redness"], "change", "face"))
    assert rater.progress() == (0, 4)
    rater.judge()
    rater.judge()
    found = read_labels(records.folder / "labels.csv", record.photo)
    found.check()
    (shown,) = {one.subject for one in found.labels[:1]}
    assert all(one.before.startswith("sha256:") for one in found.labels)
    assert record.sessions(shown)
    # Who was erased, or no longer agrees, is asked about no more.
    record.erase_subject("anna")
    asked = []
    while rater.html and (now := desk._now(desk._sittings[rater.asked])).question is not None:
        rater.html = desk.show(visit, rater.asked)
        asked.append(now.question.pair.subject)
        rater.judge()
    assert rater.says("stage") == "done"
    assert set(asked[1:]) <= {"bea"}  # the first one may be of anna still, and was not shown
    sitting(record, "bea", 21)
    desk.begin(visit, "dr-k", ["redness"], "change", "face")
    record.change_subject("bea", replace(record.subject("bea"), consent=Consent()))
    with pytest.raises(LabelError, match="nothing to label yet"):
        desk.show(visit, rater.asked)


# ------------------------------------------------------------------ the verb

BAD_ARGUMENTS = {
    "no rater": (("labels.csv", "--photos", "photos"), "Missing option"),
    "no folder": (("labels.csv", "--photos", "no", "--rater", "k"), "no cannot be listed"),
    "no such place": (("no/labels.csv", "--photos", "photos", "--rater", "k"), "is no folder"),
    "a folder": (("photos", "--photos", "photos", "--rater", "k"), "photos cannot be read"),
    "another table": (("other.csv", "--photos", "photos", "--rater", "k"), "has not the columns"),
    "attribute": (
        ("labels.csv", "--photos", "photos", "--rater", "k", "--attributes", "redness,spots"),
        "there is no attribute 'spots'",
    ),
    "scale": (
        ("labels.csv", "--photos", "photos", "--rater", "k", "--scale", "GAIS"),
        "GAIS cannot be asked",
    ),
    "region": (
        ("labels.csv", "--photos", "photos", "--rater", "k", "--region", "scar"),
        "there is no region 'scar'",
    ),
    "both": (
        ("labels.csv", "--photos", "photos", "--record", "record", "--rater", "k"),
        "and not both",
    ),
    "port": (("labels.csv", "--photos", "photos", "--rater", "k", "--port", "0"), "port"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_ARGUMENTS.values(), ids=BAD_ARGUMENTS)
def test_wrong_arguments_are_a_sentence_and_begin_nothing(folder, monkeypatch, arguments, message):
    monkeypatch.chdir(folder)
    (folder / "other.csv").write_text("name,value\n")
    done = CliRunner().invoke(cli.app, ["label", *arguments])
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())
    assert not (folder / "labels.csv").exists()


def test_the_verb_opens_the_page_with_what_it_was_told(folder, monkeypatch):
    monkeypatch.chdir(folder)
    opened = []
    monkeypatch.setattr("skindelta.web.launch", lambda *given, **named: opened.append(named))
    (folder / "labels.csv").write_bytes(OTHERS)
    arguments = ["labels.csv", "--photos", "photos", "--rater", "dr-k", "--port", "7999"]
    done = CliRunner().invoke(
        cli.app, ["label", *arguments, "--attributes", "texture, redness", "--region", "chin"]
    )
    assert done.exit_code == 0, done.output
    assert "1 row is wrong" in done.stderr
    given = Labelling(
        Path("labels.csv"), Path("photos"), "dr-k", ("redness", "texture"), region="chin"
    )
    assert opened == [{"port": 7999, "labelling": given}]


def test_a_record_is_found_where_it_is(tmp_path, monkeypatch):
    with Record(tmp_path / "record") as record:
        record.add_subject(Subject("anna"))
    opened = []
    monkeypatch.setattr("skindelta.web.launch", lambda *given, **named: opened.append(given))
    where = ["--record", str(tmp_path / "record"), "--rater", "dr-k"]
    done = CliRunner().invoke(cli.app, ["label", str(tmp_path / "labels.csv"), *where])
    assert done.exit_code == 0, done.output
    assert opened[0][0].folder == tmp_path / "record"
    where[1] = str(tmp_path / "mistyped")
    done = CliRunner().invoke(cli.app, ["label", str(tmp_path / "labels.csv"), *where])
    assert done.exit_code == 1
    assert "there is no record in" in done.stderr
    assert not (tmp_path / "mistyped").exists()

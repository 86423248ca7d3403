"""From labels to a model in use, in a real browser and by a real training: label, train, use, back.

The training is tiny, so nobody can say that its model is better: it is used with words alone.
"""

from datetime import UTC, datetime, timedelta
from importlib.util import find_spec

import cv2
import numpy as np
import pytest
import skimage.data

from serving import eventually, serving
from skindelta.color import srgb8_to_linear
from skindelta.learning.label_files import read_labels, write_labels
from skindelta.learning.label_row import BY_SHA256, Label
from skindelta.learning.replay import MILD
from skindelta.learning.runs import ask_to_stop, curve_of, read_status, run_folder
from skindelta.learning.split import PARTS, part_of
from skindelta.model_store import DEFAULT_MODEL, current_model
from skindelta.models import verify_model
from skindelta.photo import read_photo
from skindelta.record import Consent, Record, Session, StoredPhoto, Subject
from skindelta.regions import find_regions
from skindelta.synthesis import Injection, inject, photograph

EXTRA = ("torch", "torchvision", "onnx", "onnxscript", "safetensors", "tensorboard")
MISSING = [name for name in EXTRA if find_spec(name) is None]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.torch,
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(MISSING), reason=f"needs the extra train ({', '.join(MISSING)} not installed)"
    ),
]

WAIT = 60_000  # ms; machines are busy
TRAINING = 300_000
HERE = ("data:", "blob:", "about:")
TINY = """
from skindelta.web.model import training
def command(file, name):
    few = ["--steps", "20", "--retakes", "0", "--own-photos", "2", "--generated", "2"]
    return [*training.train_command(file, name), *few]
training.Trainer.command = staticmethod(command)
"""
PEOPLE = ("ben", "eva", "gita", "hugo", "ines", "jon", "ada", "dan")  # 5 to learn from, 1, 2
GRADED = ("face", "forehead", "left_cheek", "right_cheek")
VISITS = 2  # of each person after the first one
AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
RATER, INSTRUMENT = "dr-k", "meter"
PAIRS = 10
NAME = "tiny"
MODEL, BASE = f"{NAME} 1.0.0", DEFAULT_MODEL.replace("@", " ")
REASON = "our camera, our patients"
NEW = """version => {
    const one = document.querySelector("sd-label");
    return one !== null && one.dataset.version !== version && one.isOpen === true;
}"""
GOES_ON = "/[1-9]\\d* of \\d+ ·/.test(document.querySelector('#model-progress').innerText)"
RUNNING_CURVE = "sd-training[data-running=yes] svg[role=img]:has(.curve.stop):visible"


def fill(folder):
    """Make a record of people who reddened or paled, all of them one astronaut; return labels."""
    pixels = cv2.resize(skimage.data.astronaut()[:360, 45:405], None, fx=2, fy=2)
    light = 0.8 * srgb8_to_linear(pixels)  # else some shots are overexposed
    source = folder / "source.png"
    assert cv2.imwrite(str(source), pixels[..., ::-1])
    regions = find_regions(read_photo(source))
    masks = {name: regions.mask(name) for name in regions.names}
    rng = np.random.default_rng(0)
    amounts = iter(np.linspace(-3, 6, len(PEOPLE) * VISITS))
    labels = []
    with Record(folder / "record") as record:
        for who in PEOPLE:
            record.add_subject(Subject(who, consent=Consent(training=True)))
            first = sitting(record, who, 0, light, rng)
            for visit in range(1, VISITS + 1):
                change = Injection("redness", float(next(amounts)), "flush", "face", visit)
                changed = inject(light, [change], masks, regions.nominal_px_per_mm)
                later = sitting(record, who, visit, changed.rgb, rng)
                for region in GRADED:
                    read = changed.truth("redness", masks[region]) + 0.3 * rng.normal()
                    told = region, float(read), "", "a*", INSTRUMENT, AT, who
                    labels.append(Label(first, later, "redness", *told))
    write_labels(folder / "labels.csv", labels)
    return folder / "labels.csv"


def sitting(record, who, visit, rgb, rng):
    """Keep a session with one photo; return how labels name it."""
    data = photograph(rgb, MILD.shot(rng), rng).jpeg()
    taken = Session(AT + timedelta(days=30 * visit))
    (photo,) = record.add_session(who, taken, [(StoredPhoto("", "any.jpg", 0), data)]).photos
    return BY_SHA256 + photo.sha256


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    """The whole page, with a record and the labels that an instrument gave."""
    folder = tmp_path_factory.mktemp("server")
    file = fill(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKINDELTA_MODELS", str(folder / "models"))
        with serving(folder, f"labels=Path({str(file)!r})", TINY) as server:
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            page = context.new_page()
            page.set_default_timeout(WAIT)
            page.folder, page.labels = folder, file
            page.shots = tmp_path_factory.mktemp("screenshots")
            page.troubles, page.asked = [], []
            page.on("request", lambda asked: page.asked.append(asked.url))
            page.on("pageerror", lambda error: page.troubles.append(str(error)))
            page.address = f"{server.url}/"
            page.goto(page.address)
            page.wait_for_selector("#pages [role=tab][aria-selected=true]")
            yield page
            context.close()
            end_training()


def end_training():
    """See to it that no training goes on after a test that failed."""
    run = run_folder(NAME)
    if read_status(run) is not None:
        ask_to_stop(run)
        eventually(lambda: read_status(run).state != "running", 120)


def open_tab(page, name):
    page.get_by_role("tab", name=name, exact=True).click()


def press(page, key):
    """Answer by a key, and wait until the page shows what comes next."""
    version = page.get_attribute("sd-label", "data-version")
    page.keyboard.press(key)
    page.wait_for_function(NEW, arg=version)


def said(page, words, timeout=WAIT):
    """Wait until the page says something of the training."""
    page.wait_for_function(
        "words => document.querySelector('#model-said').innerText.includes(words)",
        arg=words,
        timeout=timeout,
    )


def used(page, model):
    """Wait until a model is told as the one in use."""
    page.wait_for_function(
        "model => document.querySelector('#model-used dl dd')?.innerText === model", arg=model
    )


def shoot(page, name):
    shot = page.shots / f"{name}.png"
    page.screenshot(path=shot, full_page=True)
    print(f"screenshot: {shot}")


def test_the_people_are_of_all_parts():
    assert {part_of(who) for who in PEOPLE} == set(PARTS)


def test_ten_pairs_are_labelled_by_keyboard(page):
    open_tab(page, "Label")
    page.wait_for_selector("#label-begin:visible")
    page.fill("#label-rater :is(input, textarea)", RATER)
    page.click("#label-begin")
    page.wait_for_function(NEW, arg="")
    for number in range(PAIRS - 1):
        press(page, "ArrowLeft" if number % 2 else "ArrowRight")
        press(page, str(1 + number % 3))
    press(page, "ArrowDown")
    assert f"{RATER} · {PAIRS} labelled" in page.inner_text(".sd-label-progress")
    found = read_labels(page.labels, lambda _: b"")
    assert not found.problems
    own = [one.scale for one in found.rows if one.rater == RATER]
    assert own == ["choice", "change"] * PAIRS


def test_the_page_model_counts_them_and_says_what_is_in_use(page):
    open_tab(page, "Model")
    used(page, BASE)
    page.wait_for_selector("#model-labels .sd-fact-table")
    told = page.inner_text("#model-labels")
    assert f"{RATER} ({2 * PAIRS})" in told
    assert f"{INSTRUMENT} ({len(PEOPLE) * VISITS * len(GRADED)})" in told
    assert not page.locator("#model-labels .sd-bad").count()
    assert page.is_disabled("#model-back")


def test_a_training_is_followed_live(page):
    page.fill("#model-name :is(input, textarea)", NAME)
    page.click("#model-start")
    page.wait_for_selector("#model-stop:visible")
    said(page, "reading the photos")
    page.wait_for_function(GOES_ON)
    page.wait_for_selector(RUNNING_CURVE, timeout=TRAINING)
    assert page.is_disabled("#model-start")
    shoot(page, "training")
    said(page, f"{MODEL} is trained", TRAINING)
    page.wait_for_selector("#model-stop", state="hidden")
    assert [one["step"] for one in curve_of(run_folder(NAME))][-1] == 20
    assert page.inner_text("#model-used dl dd >> nth=0") == BASE


def test_the_new_model_learnt_from_both_raters(page):
    page.wait_for_function(
        "model => document.querySelector('#model-card dl dd')?.innerText === model", arg=MODEL
    )
    card = verify_model(NAME, "1.0.0")
    assert card.data["raters"] == 2
    parts = card.data["parts"]
    assert {part: counts["people"] for part, counts in parts.items()} == {
        "learn": 5, "stop": 1, "held out": 2,
    }  # fmt: skip
    labels = len(PEOPLE) * VISITS * len(GRADED) + 2 * PAIRS
    assert sum(counts["labels"] for counts in parts.values()) == labels
    assert f"retrained from {BASE}" in page.inner_text("#model-card")


def test_it_is_used_with_words_alone(page):
    page.wait_for_selector("#model-against .sd-bad")
    assert "too few labels of held-out people" in page.inner_text("#model-against").lower()
    shoot(page, "trained")
    page.click("#model-use")
    page.wait_for_selector("#model-answer .sd-bad")
    assert current_model() == DEFAULT_MODEL
    page.fill("#model-reason :is(input, textarea)", REASON)
    page.click("#model-use")
    used(page, MODEL)
    assert REASON in page.inner_text("#model-used")
    assert page.is_disabled("#model-use")
    assert current_model() == f"{NAME}@1.0.0"
    card = page.folder / "models" / NAME / "1.0.0" / "README.md"
    assert REASON in card.read_text(encoding="utf-8")
    shoot(page, "used")


def test_one_step_back_leads_to_the_one_that_ships(page):
    assert BASE in page.inner_text("#model-back")
    page.click("#model-back")
    used(page, BASE)
    page.wait_for_selector("#model-answer .sd-good")
    assert page.is_disabled("#model-back")
    assert current_model() == DEFAULT_MODEL


def test_the_page_asked_nobody_else_and_no_script_failed(page):
    assert [url for url in page.asked if not url.startswith((page.address, *HERE))] == []
    assert page.troubles == []

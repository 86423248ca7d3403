"""In a real browser: an answer that comes late is never seen under another person."""

import re

import pytest

from serving import serving
from skindelta.demo import make_demo
from skindelta.history import add_session
from skindelta.record import Record, Subject, Symptom, Treatment

pytestmark = pytest.mark.browser

WAIT = 60_000  # ms
FIELD = "textarea, input"
# What is asked for while a file is there is answered when it goes.
SLOW = """
import time
from pathlib import Path
from skindelta.web.entries import leaving, page_sessions, page_treatments, session_entries
from skindelta.web.timeline import page, side_by_side
from skindelta.record import Record
held = Path({held!r})
def late(real):
    def answer(*given, **named):
        done = real(*given, **named)
        if held.exists():
            held.with_suffix(".reached").touch()
        while held.exists():
            time.sleep(0.02)
        return done
    return answer
side_by_side.compare_sessions = late(side_by_side.compare_sessions)
leaving.timeline = late(leaving.timeline)
session_entries.add_session = late(session_entries.add_session)
page.read = late(page.read)
page_treatments.TreatmentForm.of = late(page_treatments.TreatmentForm.of)
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Photos with known changes."""
    return make_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def server(tmp_path_factory, demo):
    """A page whose answers are held back on request, over a record of carl and dora."""
    folder = tmp_path_factory.mktemp("server")
    with Record(folder / "record") as record:
        for name, photos in (("carl", demo[:2]), ("dora", demo[1:3])):
            record.add_subject(Subject(name))
            for one in photos:
                add_session(record, name, [one.path], one.taken_at)
        at = demo[0].taken_at
        record.add_treatment("carl", Treatment(at, "laser", note="of carl"))
        record.add_symptom("carl", Symptom(at, "itch"))
    with serving(folder, before=SLOW.format(held=str(folder / "held"))) as running:
        yield running


@pytest.fixture
def record(server):
    with Record(server.folder / "record") as kept:
        yield kept


class Held:
    """Answers of the server, held back until let go."""

    def __init__(self, folder):
        self.file, self.reached = folder / "held", folder / "held.reached"

    def hold(self):
        self.reached.unlink(missing_ok=True)
        self.file.touch()

    def let_go(self):
        self.file.unlink(missing_ok=True)


@pytest.fixture
def held(server):
    files = Held(server.folder)
    yield files
    files.let_go()


@pytest.fixture
def page(browser, server, held):
    """The timeline of carl."""
    context = browser.new_context(viewport={"width": 1280, "height": 850})
    page = context.new_page()
    page.set_default_timeout(WAIT)
    page.goto(server.url)
    page.get_by_role("tab", name="Timeline").click()
    page.wait_for_selector("#person input")
    choose(page, "carl")
    yield page
    held.let_go()
    context.close()


def pick(page, dropdown, text):
    page.click(f"#{dropdown} input")
    page.get_by_role("option", name=text).click()


def choose(page, name):
    pick(page, "person", name)
    shown(page, name)


def shown(page, name):
    """Wait until a person is shown."""
    first = {"carl": "2026-01-05", "dora": "2026-01-12"}[name]
    page.wait_for_selector(f".sd-first strong:text('{first}')")


def reached(page, held):
    """Wait until the server holds an answer back."""
    while not held.reached.exists():
        page.wait_for_timeout(20)


def answered(page, act):
    """Do something, and wait until all that was asked for is answered and shown."""
    act()
    page.wait_for_function("() => !document.querySelector('.generating, .pending')")


def entries(page, name):
    page.locator("#entry-tabs").get_by_role("tab", name=name, exact=True).click()


def pick_entry(page, dropdown, text):
    """Pick what may come into the list a moment later; an open list stays as it was."""
    option = page.get_by_role("option", name=text)
    for _ in range(WAIT // 500):
        page.click(f"#{dropdown} input")
        page.wait_for_timeout(500)
        if option.count():
            break
        page.keyboard.press("Escape")
        page.locator(f"#{dropdown} input").blur()
    option.click()


def look_out(page, place, name):
    """Note from now on whether what is of a person comes into a place, seen or not."""
    page.evaluate(
        """(what) => {
            window.cameIn = null;
            const look = () => {
                const one = document.querySelector(what);
                const parts = [...(one?.querySelectorAll("*") ?? [])];
                const seen = parts.some((part) => part.checkVisibility());
                if (one && window.cameIn !== "seen") window.cameIn = seen ? "seen" : "hidden";
            };
            const all = {attributes: true, childList: true, subtree: true};
            new MutationObserver(look).observe(document.body, all);
        }""",
        f"#{place} sd-whose[data-person={name}]",
    )


def came(page):
    """Wait until it came, be it for a moment; it was never seen."""
    page.wait_for_function("() => window.cameIn !== null")
    assert page.evaluate("window.cameIn") == "hidden"


def comes_late(page, held, place):
    """Let an answer that is held back come into its place once another person is chosen."""
    reached(page, held)
    pick(page, "person", "dora")
    look_out(page, place, "carl")
    held.let_go()
    shown(page, "dora")
    came(page)


def test_photos_of_one_are_not_seen_under_another_however_late_they_come(page, held):
    held.hold()
    page.locator("sd-gallery .sd-pick").nth(1).click()
    comes_late(page, held, "pair")
    assert not page.is_visible("#pair h2")
    assert not page.is_visible("#pair img")
    assert page.is_visible("#pair :text('The two photos you choose will lie here')")
    page.locator("sd-gallery .sd-pick").nth(1).click()
    page.wait_for_selector("#pair h2:text('2026-01-12 and 2026-01-14')")


def test_the_photo_pressed_last_is_the_one_that_is_shown(page, held):
    held.hold()
    page.locator("sd-gallery .sd-pick").nth(1).click()
    reached(page, held)
    page.locator("sd-gallery .sd-pick").nth(0).click()  # against itself: a sentence
    held.let_go()
    page.wait_for_selector("#pair :text('the others are held against')")


def test_who_is_chosen_while_another_is_read_is_shown_in_the_end(page, held):
    held.hold()
    pick(page, "person", "dora")
    reached(page, held)
    pick(page, "person", "carl")
    assert not page.is_visible(".sd-first strong:text('2026-01-12')")
    held.let_go()
    shown(page, "carl")
    page.wait_for_selector("#entries :text('Photos of one session')")
    assert page.input_value("#person input").startswith("carl")


def test_a_file_of_one_is_not_offered_under_another(page, held):
    entries(page, "Export")
    held.hold()
    page.click("#export-make")
    comes_late(page, held, "export-answer")
    assert not page.is_visible("#export-answer a")


def test_a_session_is_saved_for_whom_it_was_and_the_form_of_another_stays(page, held, record, demo):
    page.set_input_files("#session-photos input[type=file]", str(demo[3].path))
    page.wait_for_selector("#session-checks .sd-good")
    held.hold()
    page.click("#session-save")
    reached(page, held)
    pick(page, "person", "dora")
    page.wait_for_selector("#session-photos :text('2026-02-09')", state="detached")
    page.fill(f"#session-note :is({FIELD})", "of dora")
    held.let_go()
    page.wait_for_selector("#session-answer :text('For carl: the session was saved.')")
    assert not page.is_visible("#session-answer sd-whose")
    shown(page, "dora")
    assert page.input_value(f"#session-note :is({FIELD})") == "of dora"
    assert [len(record.sessions(name)) for name in ("carl", "dora")] == [3, 2]


def test_a_treatment_of_one_does_not_fill_the_form_of_another(page, held, record):
    entries(page, "Treatments")
    held.hold()
    pick_entry(page, "treatment-which", "laser")
    comes_late(page, held, "treatment-answer")
    page.wait_for_function(
        "document.querySelector('#treatment-which input').value === 'New treatment'"
    )
    assert page.input_value(f"#treatment-when :is({FIELD})") == ""


def test_two_windows_cannot_revert_each_other(page, server, browser, record, held):
    (old,) = record.treatments("carl")
    entries(page, "Treatments")
    pick_entry(page, "treatment-which", "laser")
    page.wait_for_function(
        "document.querySelector('#treatment-when input, #treatment-when textarea').value !== ''"
    )
    changed = record.change_treatment("carl", Treatment(old.at, "peel", id=old.id))
    page.fill(f"#treatment-when :is({FIELD})", "2026-01-02")
    page.click("#treatment-save")
    page.wait_for_selector("#treatment-answer :text('was changed meanwhile')")
    assert record.treatments("carl") == (changed,)
    page.wait_for_selector("#treatment-kind label.selected:has-text('Peel')")  # what it is now
    page.fill(f"#treatment-when :is({FIELD})", "2026-01-02")
    page.click("#treatment-save")
    page.wait_for_selector("#treatment-answer :text('Saved for carl: peel of 2026-01-02')")
    (new,) = record.treatments("carl")
    assert (new.id, new.kind, new.at.day) == (old.id, "peel", 2)


def test_consent_that_was_taken_back_does_not_come_back(page, record):
    from dataclasses import replace

    from skindelta.record import Consent

    entries(page, "Person")
    page.wait_for_function(
        "document.querySelector('#person-name input, #person-name textarea').value === 'carl'"
    )
    carl = record.subject("carl")
    record.change_subject("carl", replace(carl, consent=Consent(measuring=False)))
    page.fill(f"#person-note :is({FIELD})", "tall")
    page.click("#person-save")
    page.wait_for_selector("#person-answer :text('was changed meanwhile')")
    assert record.subject("carl").consent == Consent(measuring=False)
    page.wait_for_selector("#person-consents input:not(:checked) >> nth=2")
    page.fill(f"#person-note :is({FIELD})", "tall")
    page.click("#person-save")
    page.wait_for_selector("#person-answer :text('Saved: what is told of carl')")
    assert record.subject("carl").note == "tall"
    assert not record.subject("carl").consent.measuring


def test_what_is_answered_names_whose_it_is():
    from skindelta.web.entries.whose import Answer, owned

    html = owned(Answer("<p>told</p>", ['"', None], "7"), 'a"b', "face", "For <b>: saved.")
    assert re.search(r'data-person="a&quot;b" data-site="face"', html)
    assert 'data-held="7"' in html
    assert "For &lt;b&gt;: saved." in html
    assert owned("", "carl") == ""

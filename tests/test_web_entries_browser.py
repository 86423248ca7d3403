"""In a real browser: photos, treatment and symptom of a person in, a PDF out, then all erased."""

from datetime import UTC, datetime, timedelta

import pytest

from serving import serving
from skindelta.demo import make_demo
from skindelta.record import Record, Subject

pytestmark = pytest.mark.browser

WAIT = 60_000  # ms


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Five photos with known changes."""
    return make_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A page with a record that holds anna, without anything of her."""
    folder = tmp_path_factory.mktemp("server")
    with Record(folder / "record") as record:
        record.add_subject(Subject("anna", 1990, 4))
    with serving(folder) as running:
        yield running


@pytest.fixture(scope="module")
def folder(server):
    """Folder of the record."""
    return server.folder / "record"


@pytest.fixture(scope="module")
def page(browser, server):
    """The forms of anna, on a phone in the dark."""
    context = browser.new_context(viewport={"width": 390, "height": 850}, color_scheme="dark")
    page = context.new_page()
    page.goto(server.url)
    page.get_by_role("tab", name="Timeline").click()
    page.wait_for_selector("#entry-tabs", timeout=WAIT)
    yield page
    context.close()


@pytest.fixture
def record(folder):
    with Record(folder) as kept:
        yield kept


def to(page, name):
    page.locator("#entry-tabs").get_by_role("tab", name=name, exact=True).click()


def said(page, place, text):
    """Wait until a form says something."""
    page.wait_for_selector(f"#{place} :text('{text}')", timeout=WAIT)


def opened(page, accordion):
    page.click(f"#{accordion} > button")


def choose(page, dropdown, text):
    page.click(f"#{dropdown} input")
    page.get_by_role("option", name=text).click()


def filled(page, field):
    """Wait until a form is filled with what was chosen."""
    page.wait_for_function(
        "id => { const place = document.querySelector(`#${id} textarea, #${id} input`);"
        " return place && place.value !== ''; }",
        arg=field,
        timeout=WAIT,
    )


def add_session(page, one):
    page.set_input_files("#session-photos input[type=file]", str(one.path))
    page.wait_for_selector("#session-checks .sd-good", timeout=WAIT)
    page.click("#session-save")
    said(page, "session-answer", f"Saved for anna: the session of {one.taken_at:%Y-%m-%d}")


# The tests tell one story, in this order.


def test_two_sessions_are_added_and_the_second_is_measured(page, record, demo):
    add_session(page, demo[0])
    add_session(page, demo[2])
    said(page, "session-answer", "Against the baseline of 2026-01-05")
    sessions = record.sessions("anna")
    assert [one.taken_at for one in sessions] == [demo[0].taken_at, demo[2].taken_at]
    assert len(record.comparisons("anna")) == 1


def test_a_photo_that_is_there_already_is_refused_and_stays_in_the_form(page, record, demo):
    page.set_input_files("#session-photos input[type=file]", str(demo[0].path))
    said(page, "session-checks", "It is in the session of 2026-01-05 already")
    page.fill("#session-note textarea, #session-note input", "kept as typed")
    page.click("#session-save")
    said(page, "session-answer", "Nothing was saved")
    assert page.input_value("#session-note textarea, #session-note input") == "kept as typed"
    assert page.locator("#session-photos").get_by_text("2026-01-05").count() >= 1
    assert len(record.sessions("anna")) == 2


def test_a_session_gets_another_date(page, record):
    opened(page, "old-session")
    choose(page, "old-which", "2026-01-14")
    filled(page, "old-when")
    page.fill("#old-when textarea, #old-when input", "15.01.2026 08:00")
    page.click("#old-save")
    said(page, "old-answer", "the session is of 2026-01-15 08:00 now")
    assert record.sessions("anna")[1].taken_at == datetime(2026, 1, 15, 8, tzinfo=UTC)


def test_a_treatment_is_added_and_corrected(page, record):
    to(page, "Treatments")
    page.click("#treatment-save")
    said(page, "treatment-answer", "Say what was done")
    page.locator("#treatment-kind").get_by_label("Microneedling").check()
    page.click("#treatment-save")
    said(page, "treatment-answer", "Say where it was done")
    page.locator("#treatment-setting").get_by_label("In a clinic").check()
    page.click("#treatment-save")
    said(page, "treatment-answer", "has no date")
    page.fill("#treatment-when textarea, #treatment-when input", "2026-01-12 14:00")
    page.fill("#treatment-depth input", "1.5")
    page.click("#treatment-save")
    said(page, "treatment-answer", "Usual afterwards")
    choose(page, "treatment-which", "2026-01-12 14:00: microneedling")
    filled(page, "treatment-when")
    page.fill("#treatment-depth input", "0.5")
    page.click("#treatment-save")
    said(page, "treatment-answer", "Redness for one to two days")
    (one,) = record.treatments("anna")
    assert (one.at, one.depth_mm) == (datetime(2026, 1, 12, 14, tzinfo=UTC), 0.5)


def leave_list(page, which):
    """Give a list the focus, and take it away: nothing is picked."""
    page.click(f"#{which} input")
    page.get_by_role("option").first.wait_for()
    page.locator(f"#{which} input").blur()
    page.wait_for_timeout(1500)  # long enough for an answer, of which there shall be none


def depth_is(page, typed):
    page.wait_for_function(
        "typed => document.querySelector('#treatment-depth input').value === typed",
        arg=typed,
        timeout=WAIT,
    )


def test_a_list_that_only_loses_the_focus_takes_nothing_away(page):
    page.fill("#treatment-depth input", "0.7")
    leave_list(page, "treatment-which")
    assert page.input_value("#treatment-depth input") == "0.7"
    assert page.is_visible("#treatment-answer :text('Saved for anna')")
    choose(page, "treatment-which", "New treatment")
    depth_is(page, "")
    page.fill("#treatment-depth input", "2")
    leave_list(page, "treatment-which")
    assert page.input_value("#treatment-depth input") == "2"
    choose(page, "treatment-which", "2026-01-12 14:00: microneedling")
    depth_is(page, "0.5")


def test_what_is_picked_is_asked_for_once_and_fills_the_form_anew(page):
    page.fill("#treatment-depth input", "0.7")
    asked = []

    def note(one):
        if "queue/join" in one.url:
            asked.append(one.post_data_json)

    page.on("request", note)
    choose(page, "treatment-which", "2026-01-12 14:00: microneedling")
    depth_is(page, "0.5")
    page.wait_for_timeout(500)
    page.remove_listener("request", note)
    assert len(asked) == 1


def test_a_symptom_is_added_and_corrected(page, record):
    to(page, "Symptoms")
    choose(page, "symptom-kind", "Trouble breathing")
    page.click("#symptom-save")
    said(page, "symptom-answer", "Say how severe it is")
    page.locator("#symptom-severity").get_by_label("Moderate").check()
    page.click("#symptom-save")
    page.wait_for_selector("#symptom-answer .sd-emergency[role=alert]", timeout=WAIT)
    page.click("#symptom-which input")
    page.get_by_role("option", name="trouble breathing").click()
    filled(page, "symptom-when")
    choose(page, "symptom-kind", "Pus or yellow fluid")
    page.get_by_label("Mild").check()
    page.click("#symptom-save")
    page.wait_for_selector("#symptom-answer .sd-contact", timeout=WAIT)
    (one,) = record.symptoms("anna")
    assert (one.kind, one.severity) == ("pus", 1)
    assert abs(one.at - datetime.now(UTC)) < timedelta(minutes=10)


def test_deleting_asks_first(page, record):
    page.click("#symptom-delete")
    page.click("#symptom-no")
    page.wait_for_selector("#symptom-question", state="hidden", timeout=WAIT)
    assert len(record.symptoms("anna")) == 1
    page.click("#symptom-delete")
    page.click("#symptom-yes")
    said(page, "symptom-answer", "was deleted")
    assert record.symptoms("anna") == ()


def test_the_report_is_a_pdf(page):
    to(page, "Export")
    page.click("#export-make")
    with page.expect_download(timeout=WAIT) as started:
        page.click("#export-answer .sd-download", timeout=WAIT)
    assert started.value.suggested_filename.startswith("skindelta_anna_face_")
    with open(started.value.path(), "rb") as file:
        assert file.read(5) == b"%PDF-"


def test_nothing_is_wider_than_the_window(page):
    for name in ("Photos", "Treatments", "Symptoms", "Person", "Export"):
        to(page, name)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_person_is_renamed_and_stays_chosen(page, record):
    to(page, "Person")
    page.fill("#person-name textarea, #person-name input", "P-017")
    page.click("#person-save")
    said(page, "person-answer", "Saved: what is told of P-017")
    assert [one.pseudonym for one in record.subjects()] == ["P-017"]
    page.wait_for_function(
        "document.querySelector('#person input').value.startsWith('P-017')", timeout=WAIT
    )


def test_an_erased_person_is_gone_from_page_record_and_server(page, record, folder):
    to(page, "Export")
    page.click("#export-make")
    link = page.wait_for_selector("#export-answer .sd-download", timeout=WAIT).get_attribute("href")
    fetch = "url => fetch(url).then(answer => answer.status)"
    assert page.evaluate(fetch, link) == 200
    to(page, "Person")
    opened(page, "erase")
    said(page, "erase-about", "2 photos, 2 sessions, 1 treatment, 0 symptoms")
    page.fill("#erase-typed textarea, #erase-typed input", "anna")
    page.click("#erase-button")
    said(page, "erase-answer", "nothing was erased")
    page.fill("#erase-typed textarea, #erase-typed input", "P-017")
    page.click("#erase-button")
    page.wait_for_selector("#entry-tabs", state="hidden", timeout=WAIT)
    page.wait_for_selector("text='P-017' was erased, with 2 photos", timeout=WAIT)
    assert record.subjects() == ()
    assert list((folder / "photos").glob("*/*")) == []
    assert page.evaluate(fetch, link) == 404


def test_nothing_happened_that_nobody_foresaw(server):
    assert "Traceback" not in server.errors.read_text()

"""The whole way in a real browser, as a new user goes it: from the example to erasing a person."""

import zipfile

import pytest

from serving import serving
from skindelta.demo import make_demo
from skindelta.record import Record

pytestmark = pytest.mark.browser

WAIT = 60_000  # ms; machines are busy
PEOPLE = ("001", "002", "003", "004", "006")
VIEWER = "#headline sd-viewer"
FIELD = ":is(input, textarea)"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def page(browser, server):
    """One tab, from the first test to the last."""
    context = browser.new_context(viewport={"width": 1280, "height": 850})
    page = context.new_page()
    page.set_default_timeout(WAIT)
    page.troubles = []

    def leaves(asked):
        return not asked.url.startswith((server.url, "data:", "blob:", "about:"))

    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("request", lambda asked: page.troubles.append(asked.url) if leaves(asked) else None)
    page.goto(server.url)
    yield page
    context.close()


@pytest.fixture
def record(server):
    with Record(server.folder / "record") as kept:
        yield kept


@pytest.fixture(scope="module")
def packed(photos, tmp_path_factory):
    """Ten photos of five people in a zip."""
    path = tmp_path_factory.mktemp("zip") / "study.zip"
    with zipfile.ZipFile(path, "w") as out:
        for who in PEOPLE:
            for day, face in (("2026-01-05", "neutral"), ("2026-03-05", "smiling")):
                out.write(photos / "london" / f"{who}_{face}.jpg", f"{who}/{day}.jpg")
    return path


def opened(page, accordion):
    button = page.locator(f"#{accordion} > button")
    if "open" not in (button.get_attribute("class") or ""):
        button.click()


def entries(page, name):
    page.locator("#entry-tabs").get_by_role("tab", name=name, exact=True).click()


def chosen_pair(page):
    """Wait for the photos of a comparison."""
    page.wait_for_function(
        "viewer => { const all = [...document.querySelectorAll(`${viewer} .sd-photo`)];"
        " return all.length === 2 && all.every(one => one.naturalWidth > 0); }",
        arg=VIEWER,
    )


# The tests tell one story, in this order.


def test_the_example_is_one_click(page):
    page.click("#example")
    chosen_pair(page)
    assert "Improved: redness fell by" in page.inner_text("#headline")


def test_a_face_that_only_smiles_has_not_changed(page, photos):
    for which, face in (("before", "neutral"), ("after", "smiling")):
        page.click(f"#{which}-another")
        page.set_input_files(
            f"#{which}-file input[type=file]", str(photos / "london" / f"001_{face}.jpg")
        )
        page.wait_for_selector(f"#{which}-check .sd-good")
    page.click("#compare")
    chosen_pair(page)
    said = page.inner_text("#headline").lower()
    assert "no measurable change" in said
    assert "improved" not in said
    assert "worse" not in said


def test_a_region_is_drawn_and_measured(page):
    opened(page, "marking")
    box = page.locator("sd-marker .sd-mark-box")
    box.scroll_into_view_if_needed()
    size = box.bounding_box()
    for x, y in ((0.40, 0.55), (0.46, 0.55), (0.46, 0.61), (0.40, 0.61)):
        box.click(position={"x": x * size["width"], "y": y * size["height"]})
    page.fill(".sd-mark-name input", "scar")
    page.click(".sd-mark-done")
    page.wait_for_selector(".sd-marks li:has-text('scar')")
    page.click("#compare")
    chosen_pair(page)
    opened(page, "scores")
    assert page.locator("[data-score='redness scar relative']").count() == 1


def test_the_pair_is_saved(page, record):
    opened(page, "saving")
    page.fill("#save-person input", "nora")
    page.keyboard.press("Enter")
    for which, day in (("before", "2026-01-03"), ("after", "2026-01-04")):
        page.fill(f"#save-{which}-at {FIELD}", day)
    page.check("#save-agreed input")
    page.click("#save")
    page.wait_for_selector("#saved .sd-good")
    assert [f"{one.taken_at:%Y-%m-%d}" for one in record.sessions("nora")] == [
        "2026-01-03",
        "2026-01-04",
    ]


def test_two_sessions_and_a_treatment_are_added(page, record, photos, tmp_path):
    page.get_by_role("tab", name="Timeline").click()
    page.wait_for_selector("sd-gallery .sd-session >> nth=1")
    demo = make_demo(tmp_path)
    for one in (demo[0], demo[3]):
        page.set_input_files("#session-photos input[type=file]", str(one.path))
        page.wait_for_selector("#session-checks .sd-good")
        page.click("#session-save")
        page.wait_for_selector(
            f"#session-answer :text('Saved for nora: the session of {one.taken_at:%Y-%m-%d}')"
        )
    entries(page, "Treatments")
    page.fill(f"#treatment-when {FIELD}", "2026-01-12 14:00")
    page.locator("#treatment-kind").get_by_label("Microneedling").check()
    page.locator("#treatment-setting").get_by_label("In a clinic").check()
    page.fill("#treatment-depth input", "1.5")
    page.click("#treatment-save")
    page.wait_for_selector("#treatment-answer :text('Usual afterwards')")
    assert len(record.sessions("nora")) == 4
    assert [one.depth_mm for one in record.treatments("nora")] == [1.5]


def test_the_chart_tells_the_course(page):
    page.wait_for_function(
        "[...document.querySelectorAll('sd-chart .sd-point')]"
        ".filter(e => e.getClientRects().length).length === 4"
    )
    plot = page.locator("sd-chart .sd-plot >> visible=true")
    plot.locator("polyline.treatment").wait_for(state="attached")  # read after it was saved
    # Two are photos of somebody else: a gap that says so, and no number.
    gaps = page.locator("sd-gallery .sd-session:has-text('not measurable')")
    assert gaps.count() >= 2


def test_the_report_is_a_pdf(page):
    entries(page, "Export")
    page.click("#export-make")
    with page.expect_download() as started:
        page.click("#export-answer .sd-download")
    with open(started.value.path(), "rb") as file:
        assert file.read(5) == b"%PDF-"


def test_a_zip_of_ten_photos_is_scored(page, packed):
    page.get_by_role("tab", name="Folder").click()
    page.set_input_files("#folder-files input[type=file]", str(packed))
    page.wait_for_selector("#folder-found .sd-good")
    page.wait_for_selector("#folder-table [role=gridcell] >> text=006/2026-03-05.jpg")
    page.click("#folder-score")
    page.wait_for_selector("sd-scores .sd-scores-bar")
    subjects = page.eval_on_selector_all(
        "sd-scores tbody tr", "rows => [...new Set(rows.map(r => r.cells[0].textContent.trim()))]"
    )
    assert sorted(subjects) == sorted(PEOPLE)


def test_the_person_is_erased(page, record):
    page.get_by_role("tab", name="Timeline").click()
    entries(page, "Person")
    opened(page, "erase")
    page.fill(f"#erase-typed {FIELD}", "nora")
    page.click("#erase-button")
    page.wait_for_selector("text='nora' was erased, with 4 photos")
    assert record.subjects() == ()


def test_nothing_left_the_machine_and_nothing_failed(page):
    assert page.troubles == []

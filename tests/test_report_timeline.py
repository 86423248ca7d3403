"""The report of a timeline says what its series say, and nothing that they do not."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import numpy as np
import pytest
import skimage.data

from skindelta.attributes import ATTRIBUTES
from skindelta.errors import SkinDeltaError
from skindelta.plain_words import LESS_AND_MORE
from skindelta.record import Site, Subject
from skindelta.recovery import NOT_A_DIAGNOSIS
from skindelta.report import check_report_file, timeline_report_html, write_timeline_report
from skindelta.report.axes import date_ticks, value_ticks
from skindelta.report.charts import NARROW, WIDE, course_drawing
from skindelta.report.faces import face_picture
from skindelta.report.tables import Notes
from skindelta.types import Photo
from test_report import EVIL, Page, decoded
from timelines import START, WHY, empty, fading, symptom, timeline, treatment


@pytest.fixture(scope="module")
def portrait():
    """A photo with a face that does not fill it."""
    return Photo(np.ascontiguousarray(skimage.data.astronaut()), source="secret/name.jpg")


def reported(told, first=None, latest=None):
    return Page(timeline_report_html(told, first, latest))


def cells(page, table):
    """Cells of a table by the name of their row."""
    found, inside = {}, False
    for element in page.elements:
        if element["tag"] == "table":
            inside = element["id"] == f"table-{table}"
        elif inside and element["tag"] == "th" and element["scope"] == "row":
            row = found.setdefault(element["text"], [])
        elif inside and element["tag"] == "td":
            row.append(" ".join(element["text"].split()))
    return found


SOME = {
    "fading": fading(treatments=[treatment(15)]),
    "two": timeline((30, {"red": (-2.0, 1.0)})),
    "gaps": timeline((7, {}), (14, {"red": "no face found"})),
    "one day": timeline(*((n / 24, {"red": (0.1, 1.0)}) for n in range(1, 5))),
    "baseline alone": timeline(),
    "empty": empty(),
    "sixty": fading(60, 7, -0.05),
}


@pytest.mark.parametrize("name", SOME)
def test_a_page_is_well_formed_whatever_there_is(name):
    page = reported(SOME[name])
    ids = [e["id"] for e in page.elements if "id" in e]
    assert len(ids) == len(set(ids))
    named = [e["href"].removeprefix("#") for e in page.all("a")]
    named += [n for e in page.elements for n in e.get("aria-labelledby", "").split()]
    assert set(named) <= set(ids)
    levels = [int(e["tag"][1]) for e in page.elements if re.fullmatch(r"h[1-6]", e["tag"])]
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in zip(levels, levels[1:], strict=False))


@pytest.mark.parametrize("name", SOME)
def test_a_page_names_no_address_and_runs_nothing(name):
    html = timeline_report_html(SOME[name], None, None)
    assert not re.search(r"https?:|//|@import|\burl\(|<link|<iframe|<object|<form|<script", html)
    (policy,) = Page(html).all("meta", **{"http-equiv": "Content-Security-Policy"})
    assert "default-src 'none'" in policy["content"]
    assert "script-src" not in policy["content"]


def test_the_same_timeline_gives_the_same_bytes(portrait):
    told = SOME["fading"]
    pages = [timeline_report_html(replace(told), portrait, None) for _ in range(2)]
    assert pages[0] == pages[1]


def test_sixty_sessions_stay_small(portrait):
    assert len(timeline_report_html(SOME["sixty"], portrait, portrait)) < 2e6


def test_the_title_says_who_where_and_when():
    page = reported(fading(sessions=4))
    assert page.texts("title")[0] == "Skin over time: P-017, face"
    assert page.texts("p", class_="name") == ["P-017, face"]
    assert "4, from 2023-01-05 to 2023-03-09" in page.text


# ----------------------------------------------------------------- headlines


def test_the_latest_session_is_told_with_interval_limit_and_verdict():
    page = reported(timeline((30, {"red": (-2.0, 1.0), "dark": (0.2, 0.6)})))
    redness, spots, texture = page.texts("p", class_="claim")
    assert redness == "Improved: redness fell by 2.00 ± 1.00 a*."
    assert spots == "No measurable change of spots and patches: +0.20 ± 0.60 L*."
    assert texture == "Not measurable."
    assert page.texts("p", class_="detectable")[0].startswith("We can detect 1.00 a* and more")


def test_a_latest_session_that_could_not_be_measured_is_said():
    page = reported(timeline((30, {"red": (-2.0, 1.0)}), (60, {})))
    about = page.texts("p", class_="about")[0]
    assert "Session of 2023-02-04 against the baseline of 2023-01-05" in about
    assert f"The latest, of 2023-03-06, could not be measured: {WHY}." in about


def test_redness_against_calm_skin_stands_in_where_all_of_it_cannot_be_told():
    page = reported(timeline((30, {"red_relative": (-2.0, 1.0)})))
    assert page.texts("p", class_="basis")[0] == "against calm skin"
    assert "redness of spots and patches fell by 2.00" in page.texts("p", class_="claim")[0]


def test_a_trend_is_claimed_only_beyond_the_noise():
    falling, flat = fading(), fading(slope=0.001)
    assert falling.series("redness").trend.is_beyond_noise
    assert not flat.series("redness").trend.is_beyond_noise
    assert reported(falling).texts("p", class_="trend-words")[0].startswith("Trend: less red by")
    assert reported(flat).texts("p", class_="trend-words")[0].startswith("No trend beyond noise")


def test_why_there_is_no_trend_is_said():
    told = timeline((30, {"red": (-2.0, 1.0)}))
    why = told.series("redness").no_trend
    assert reported(told).texts("p", class_="trend-words")[0].rstrip(".") == f"No trend: {why}"


def test_a_session_soon_after_a_treatment_is_said_to_be_too_early():
    page = reported(timeline((30, {"red": (2.0, 1.0)}), treatments=[treatment(25)]))
    assert "too early for a result" in page.texts("p", class_="about")[0]
    assert "too early for a result" in cells(page, "sessions")["2023-02-04"][1]


def test_a_session_older_than_its_baseline_is_said_to_be():
    line = timeline((-30, {"red": (2.0, 1.0)}))
    html = timeline_report_html(line, None, None)
    assert "no session after the baseline yet" in html
    assert "improved since" in html  # from then to the baseline redness fell
    assert "redness rose" not in html


# -------------------------------------------------------------------- tables


def test_the_tables_hold_every_number_of_the_series():
    told = fading()
    page = reported(told)
    shown = [told.series(name) for name in ("redness", "hyperpigmentation", "texture")]
    for table, which, first in (("sessions", "points", 2), ("steps", "steps", 0)):
        rows = cells(page, table)
        for column, series in enumerate(shown, first):
            for point in getattr(series, which):
                cell = rows[f"{point.session.taken_at:%Y-%m-%d}"][column]
                if point.is_baseline:
                    assert cell == "baseline"
                elif point.value is None:
                    assert re.fullmatch(r"not measurable \(\d\)", cell)
                else:
                    want = f"{point.value:+.2f} ({point.low:+.2f} to {point.high:+.2f})"
                    assert re.sub(r"[+-](0\.00)\b", r"\1", want) in cell
                    assert point.verdict in cell
                    assert f"detectable from {point.sdc:.2f}" in cell


def test_sessions_of_one_day_have_their_time():
    assert list(cells(reported(SOME["one day"]), "sessions"))[:2] == [
        "2023-01-05 09:00",
        "2023-01-05 10:00",
    ]


def test_treatments_and_symptoms_are_listed():
    about = {"device": "SkinPen", "depth_mm": 1.5, "passes": 3, "area": "cheeks"}
    given = treatment(2, topicals=("serum", "sunscreen"), note="bled a little", **about)
    felt = symptom(3, "swelling", 1, "left side")
    page = reported(timeline((30, {}), treatments=[given], symptoms=[felt]))
    what, on_skin = "microneedling in a clinic", "serum, sunscreen bled a little"
    assert cells(page, "treatments") == {
        "A": ["2023-01-07", what, "SkinPen", "1.5 mm", "3", "cheeks", on_skin]
    }
    assert cells(page, "symptoms") == {"2023-01-08 09:00": ["swelling", "mild", "left side"]}


# -------------------------------------------------------------- flags, outlook


def test_flags_stand_first_with_their_level_in_words():
    told = timeline(
        (10, {}),
        treatments=[treatment(2)],
        symptoms=[symptom(3, "pus"), symptom(2.2, "trouble breathing", number=2)],
    )
    page = reported(told)
    items = [e for e in page.all("li") if e.get("class") in ("emergency", "contact")]
    assert [e["class"] for e in items] == ["emergency", "contact"]
    assert "Emergency Trouble breathing" in " ".join(items[0]["text"].split())
    assert "contact your clinician today" in items[1]["text"]
    assert page.texts("h2")[0] == "What deserves a second look"
    assert NOT_A_DIAGNOSIS in page.text


def test_without_a_flag_it_is_still_no_diagnosis():
    assert NOT_A_DIAGNOSIS in reported(SOME["two"]).text


def test_no_flag_is_said_to_be_good_only_where_something_was_judged():
    measured, done = {"red": (0.1, 0.9)}, [treatment(2)]
    untreated, unmeasured = timeline((30, measured)), timeline((30, {}), treatments=done)
    judged = timeline((30, measured), treatments=done)
    assert "none is recorded" in reported(untreated).text
    assert "Nothing was noticed of what is looked for" in reported(judged).text
    for told in (untreated, unmeasured):
        assert "Nothing was noticed of what is looked for" not in reported(told).text


def test_what_to_expect_now_is_that_of_the_outlook():
    told = timeline((30, {}), treatments=[treatment(30)])
    page = reported(told)
    for one in told.outlook.expected:
        assert one.text[1:] in page.text
    for text in told.outlook.aftercare:
        assert text[1:] in page.text
    for at in told.outlook.due:
        assert f"{at:%Y-%m-%d}" in page.text
    for source in {name for one in told.outlook.expected for name in one.sources}:
        assert source in page.texts("dt")


# -------------------------------------------------------------------- charts


def shapes(told, kind, attribute="redness", sheet=WIDE):
    drawing = course_drawing(told, told.series(attribute), Notes(), sheet)
    return [shape for shape in drawing.shapes if set(kind.split()) <= set(shape.kind.split())]


@pytest.mark.parametrize("sheet", [WIDE, NARROW])
@pytest.mark.parametrize("name", [name for name in SOME if name != "empty"])
def test_nothing_is_drawn_beyond_the_sheet(name, sheet):
    for about in ATTRIBUTES:
        drawing = course_drawing(SOME[name], SOME[name].series(about.name), Notes(), sheet)
        for shape in drawing.shapes:
            for x, y in shape.points:
                assert -0.1 <= x <= drawing.width + 0.1
                assert -0.1 <= y <= drawing.height + 0.1


def test_points_and_bars_lie_where_dates_and_numbers_are():
    told = timeline((10, {"red": (1.0, 0.5)}), (40, {"red": (-2.0, 1.0)}))
    first, second = (shape.points[0] for shape in shapes(told, "value"))
    (zero,) = (shape.points[0][1] for shape in shapes(told, "zero"))
    (base,) = shapes(told, "baseline")
    start = sum(x for x, _ in base.points) / 4
    assert (second[0] - start) / (first[0] - start) == pytest.approx(4, abs=0.01)
    assert (second[1] - zero) / (zero - first[1]) == pytest.approx(2, abs=0.01)
    bar = shapes(told, "bar")[0]
    assert bar.points[0][1] - bar.points[1][1] == pytest.approx(zero - first[1], abs=0.2)


def test_the_band_follows_the_smallest_detectable_change_of_each_session():
    told = timeline((10, {"red": (0.0, 0.5)}), (40, {"red": (0.0, 1.0)}))
    upper, lower = shapes(told, "limit")
    (zero,) = (shape.points[0][1] for shape in shapes(told, "zero"))
    heights = [zero - y for _, y in upper.points]
    assert heights[-1] == pytest.approx(2 * heights[0], abs=0.2)
    assert [y - zero for _, y in lower.points] == pytest.approx(heights, abs=0.2)


def test_gaps_keep_their_place_and_number():
    told = timeline((10, {"red": "it was dark"}), (40, {}), (70, {"red": "it was dark"}))
    assert len(shapes(told, "gap")) == 3
    assert [shape.text for shape in shapes(told, "number")] == ["1", "2", "1"]
    page = reported(told)
    assert page.texts("li", id="note-1") == ["It was dark."]


def test_a_trend_is_drawn_only_where_it_is_claimed():
    assert len(shapes(fading(), "trend")) == 1
    assert shapes(fading(slope=0.001), "trend") == []


def test_the_drawn_trend_has_the_slope_that_is_told():
    told = fading()
    (trend,) = shapes(told, "trend")
    (left, upper), (right, lower) = trend.points
    dots = [shape.points[0] for shape in shapes(told, "value")]
    slope = (dots[-1][1] - dots[0][1]) / (dots[-1][0] - dots[0][0])
    assert (lower - upper) / (right - left) == pytest.approx(slope, rel=0.02)


def test_sessions_soon_after_a_treatment_are_lighter_and_treatments_are_marked():
    told = timeline(
        (10, {"red": (1.0, 0.5)}),
        (40, {"red": (1.0, 0.5)}),
        treatments=[treatment(5), treatment(5.2, "peel", 2), treatment(900, "laser", 3)],
    )
    assert len(shapes(told, "value early")) == 1
    assert len(shapes(told, "treatment")) == 2
    assert [shape.text for shape in shapes(told, "letter")] == ["A–B"]
    assert "Too far away to be drawn: treatment C (2025-06-23)." in reported(told).text


def test_every_chart_says_which_way_is_better_and_what_it_shows():
    page = reported(SOME["fading"])
    for less, more in LESS_AND_MORE.values():
        assert f"↑ {more}: worse" in page.text
        assert f"↓ {less}: better" in page.text
    charts = [e for e in page.all("svg", role="img") if "aria-label" in e]
    assert len(charts) == 6
    assert "7 no" in next(e["aria-label"] for e in charts if "hyperpig" in e["aria-label"])


def test_axes_name_round_numbers_and_dates():
    assert [text for _, text in value_ticks(-1.3, 2.2)] == ["-1", "0", "+1", "+2"]
    assert "0" in [text for _, text in value_ticks(-0.03, 0.04)]
    for days in (1, 9, 40, 200, 900, 5000):
        ticks = date_ticks(START, START + timedelta(days=days), 8)
        assert 1 <= len(ticks) <= 9
        assert all(START <= at <= START + timedelta(days=days) for at, _ in ticks)


# -------------------------------------------------------------------- photos


def test_photos_are_cut_to_the_face_reduced_and_without_their_file(portrait):
    page = reported(SOME["two"], portrait, portrait)
    pictures = page.all("img")
    assert len(pictures) == 2
    for picture in pictures:
        height, width = decoded(picture).shape[:2]
        assert max(height, width) <= 900
        assert width / height == pytest.approx(0.8, abs=0.02)
    assert "2023-01-05" in pictures[0]["alt"]
    html = timeline_report_html(SOME["two"], portrait, portrait)
    assert "secret" not in html
    assert "name.jpg" not in html


def test_a_photo_without_a_face_is_shown_whole_and_never_enlarged():
    plain = Photo(np.full((300, 400, 3), 128, np.uint8))
    for whole in (False, True):
        shown = face_picture(plain, "skin", whole)
        assert (shown.width, shown.height) == (400, 300)
    large = Photo(np.full((1000, 3000, 3), 128, np.uint8))
    assert face_picture(large, "skin", True).width == 900


def test_days_since_the_last_treatment_stand_beside_the_photo(portrait):
    told = timeline((30, {}), treatments=[treatment(10)])
    first, latest = reported(told, portrait, portrait).texts("figcaption")[:2]
    assert first == "Baseline 2023-01-05, before any treatment."
    assert latest == "Latest 2023-02-04, 20 days after the last treatment (microneedling)."


def test_a_photo_that_cannot_be_opened_is_said_calmly():
    page = reported(SOME["two"])
    assert page.all("img") == []
    assert "This photo is not shown" in page.text
    assert "passphrase" in page.text


# ------------------------------------------------------- text of users, method


def test_what_users_wrote_is_text_and_no_markup():
    told = timeline(
        (30, {"red": EVIL}),
        subject=Subject(EVIL, id=UUID(int=1)),
        site=Site(EVIL, id=UUID(int=2)),
        treatments=[treatment(2, device=EVIL, area=EVIL, topicals=(EVIL,), note=EVIL)],
        symptoms=[symptom(3, "pus", note=EVIL)],
    )
    page = reported(told)
    assert page.all("script") == []
    assert page.text.count(EVIL) >= 7


def test_how_several_shots_become_one_value_is_said_with_their_own_noise():
    told = fading(shots=3)
    assert told.series("redness").own is not None
    page = reported(told)
    assert "their mean, in which a shot that went wrong weighs little" in page.text
    assert "the difference of both sessions against the baseline" in page.text
    assert f"from {told.series('redness').own.freedom} repeats" in page.text


def test_versions_and_the_baseline_are_said():
    page = reported(SOME["fading"])
    facts = dict(zip(page.texts("dt"), page.texts("dd"), strict=True))
    assert facts["model"] == "formula"
    assert facts["baseline"] == "2023-01-05"
    assert facts["skindelta"] == "0"


# --------------------------------------------------------------------- files


def test_a_report_of_a_timeline_is_written_as_its_name_says(tmp_path):
    told = SOME["two"]
    for name in ("a.html", "a.HTM", "a.pdf"):
        path = tmp_path / name
        check_report_file(path)
        write_timeline_report(told, None, None, path, "letter")
        start = path.read_bytes()[:15]
        assert start.startswith(b"%PDF" if name.endswith("pdf") else b"<!DOCTYPE html>")
    assert {path.name for path in tmp_path.iterdir()} == {"a.html", "a.HTM", "a.pdf"}


def test_another_ending_is_refused_with_what_to_use(tmp_path):
    with pytest.raises(SkinDeltaError, match="neither .html nor .pdf"):
        check_report_file(tmp_path / "a.docx")


# ------------------------------------------------------------------- browser


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_page_fits_every_screen_and_shows_one_chart_of_each(browser, tmp_path, width):
    path = tmp_path / "report.html"
    path.write_text(timeline_report_html(SOME["sixty"], None, None), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 800})
    try:
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        shown = page.locator(".over-time svg:visible")
        assert shown.count() == 3
        size = page.evaluate(
            "e => parseFloat(getComputedStyle(e.querySelector('text')).fontSize)"
            " * e.getBoundingClientRect().width / e.viewBox.baseVal.width",
            shown.first.element_handle(),
        )
        assert size >= 9  # px on the screen: smaller letters are hard to read
        assert asked == [path.as_uri()]
    finally:
        page.close()

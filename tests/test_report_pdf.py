"""The PDF says what the page says, on paper of the right size, in letters that can be printed."""

import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import pytest
import skimage.data

from builders import photo, skin
from skindelta.errors import SkinDeltaError
from skindelta.pipeline import Options, compare
from skindelta.plain_words import LIMITS_OF_USE, NOT_A_DEVICE, headline_scores, verdict_claim
from skindelta.record import Site, Subject
from skindelta.recovery import NOT_A_DIAGNOSIS
from skindelta.report import (
    check_report_file,
    comparison_report_html,
    comparison_report_pdf,
    timeline_report_html,
    timeline_report_pdf,
    write_report,
)
from skindelta.report.course_words import URGENCY
from skindelta.report.paper_text import drawn_text, markup
from skindelta.terminal import figures
from skindelta.types import Finding, OwnRegion, Photo, Reason
from test_report import EVIL, Page, comparison, score
from timelines import empty, fading, symptom, timeline, treatment

pypdfium2 = pytest.importorskip("pypdfium2", reason="reads reports back; in the extra dev")

SIZES = {"a4": (595.28, 841.89), "letter": (612.0, 792.0)}  # points


@pytest.fixture(scope="module")
def close_up():
    """Two photos of one patch of skin, the left half of the second redder, with a drawn region."""
    redder = np.zeros((400, 480), np.float32)
    redder[:, :240] = 0.08
    corners = np.array([[20, 20], [200, 20], [200, 380], [20, 380]], np.float32)
    photos = (
        photo(skin(), "home/secret/a.png"),
        photo(skin(haemoglobin=redder), "home/secret/b.png"),
    )
    own = (OwnRegion("left half", polygon=corners),)
    return compare(*photos, Options(close_up=True, px_per_mm=4.0, own_regions=own))


@pytest.fixture(scope="module")
def portrait():
    return Photo(np.ascontiguousarray(skimage.data.astronaut()), source="secret/name.jpg")


@pytest.fixture(scope="module")
def course():
    """A course with all that a report can hold."""
    return fading(
        treatments=[treatment(40, device="SkinPen", depth_mm=1.0), treatment(146, number=2)],
        symptoms=[symptom(41, "pus", note="left cheek"), symptom(41, "fever", number=2)],
    )


class Paper:
    """Pages of a PDF and what is written on them."""

    def __init__(self, data):
        assert data.startswith(b"%PDF")
        document = pypdfium2.PdfDocument(data)
        self.title = document.get_metadata_value("Title")
        self.about = document.get_metadata_dict()
        self.sizes = [page.get_size() for page in document]
        self.contents = [one.get_title() for one in document.get_toc()]
        self.pages = [_text(page) for page in document]
        self.text = " ".join(self.pages)
        document.close()


def _text(page):
    words = page.get_textpage()
    text = words.get_text_range()
    words.close()
    page.close()
    return flat(text)


def flat(text):
    """Text as it is found in a PDF: lines are broken, and some signs have two codes."""
    text = unicodedata.normalize("NFKC", text).replace("\u2206", "Δ").replace("\ufffe", "-")
    return " ".join(text.split())


def squeezed(text):
    """Text without spaces: a line may be broken anywhere."""
    return re.sub(r"\s", "", flat(text))


# -------------------------------------------------------------------- paper


@pytest.mark.parametrize("paper", SIZES)
def test_pages_have_the_size_of_the_paper(course, close_up, paper):
    for data in (
        timeline_report_pdf(course, None, None, paper),
        comparison_report_pdf(close_up, paper),
    ):
        for size in Paper(data).sizes:
            assert size == pytest.approx(SIZES[paper], abs=0.01)


def test_an_unknown_paper_is_an_error_of_the_caller(course):
    with pytest.raises(ValueError, match="expected a paper of a4, letter, got 'a5'"):
        timeline_report_pdf(course, None, None, "a5")


def test_every_page_says_whose_it_is_its_number_and_what_it_is_not(course):
    pages = Paper(timeline_report_pdf(course, None, None)).pages
    assert len(pages) > 2
    for number, text in enumerate(pages, 1):
        assert f"page {number} of {len(pages)}" in text
        for words in ("P-017, face", "skindelta report", NOT_A_DEVICE):
            assert words in text


def test_the_same_input_gives_the_same_bytes(course, close_up, portrait):
    first, second = (timeline_report_pdf(replace(course), portrait, None) for _ in range(2))
    assert first == second
    assert comparison_report_pdf(close_up) == comparison_report_pdf(close_up)


def test_metadata_name_no_person_no_file_and_no_day(course, close_up, portrait):
    for data in (timeline_report_pdf(course, portrait, portrait), comparison_report_pdf(close_up)):
        paper = Paper(data)
        assert paper.title.startswith("skindelta report: ")
        told = " ".join(paper.about.values())
        assert "P-017" not in told
        assert "secret" not in told
        assert paper.about["CreationDate"].startswith("D:2000")
        assert b"secret" not in data
        assert b"Exif" not in data


def test_nothing_leads_out_of_the_file(course, close_up):
    for data in (timeline_report_pdf(course, None, None), comparison_report_pdf(close_up)):
        assert not re.search(rb"/URI|/Launch|/JavaScript|/EmbeddedFile|http", data)


def test_sixty_sessions_stay_small(portrait):
    data = timeline_report_pdf(fading(60, 7, -0.05), portrait, portrait)
    assert len(data) < 3e6
    assert len(Paper(data).pages) < 15


def test_no_page_is_empty_and_no_heading_stands_alone(course, portrait):
    for told in (course, fading(60, 7, -0.05), fading(25), timeline((7, {}), (14, {}))):
        paper = Paper(timeline_report_pdf(told, portrait, portrait))
        for text in paper.pages:
            body = re.sub(r"^.*?page \d+ of \d+", "", text).strip()  # after head and foot
            assert len(body.split()) > 30
            assert not body.endswith(tuple(paper.contents))


def test_long_tables_repeat_their_heads_on_every_page():
    pages = Paper(timeline_report_pdf(fading(60, 7, -0.05), None, None)).pages
    held = [text for text in pages if "Every session against the baseline" in text]
    assert len(held) > 1
    for text in held:
        assert "session shots treatment" in text


# ----------------------------------------------------------------- timelines


def test_the_paper_says_all_that_the_page_says(course):
    page = Page(timeline_report_html(course, None, None))
    paper = squeezed(Paper(timeline_report_pdf(course, None, None)).text)
    said = [page.texts(tag) for tag in ("h2", "dt", "dd", "caption", "li", "figcaption")]
    said += [page.texts("p", class_=name) for name in ("claim", "detectable", "about")]
    for text in {text for texts in said for text in texts if text}:
        for part in re.split(r" (?=\d{4}-\d\d-\d\d)| · ", text):
            words = re.sub(rf"^({'|'.join(URGENCY.values())}) ", "", part)  # there in capitals
            assert squeezed(words).removesuffix(".") in paper, text


def test_every_number_of_the_series_is_on_paper(course):
    paper = squeezed(Paper(timeline_report_pdf(course, None, None)).text)
    for name in ("redness", "hyperpigmentation"):
        series = course.series(name)
        for point in (*series.measured, *(one for one in series.steps if one.value is not None)):
            one = score(point.value, point.half, attribute=name, sdc=point.sdc)
            printed = figures(replace(one, low=point.low, high=point.high))
            assert squeezed(f"{printed.change} ({printed.interval})") in paper
            assert squeezed(f"{point.verdict}, detectable from {printed.detectable}") in paper


def test_flags_come_first_with_their_level_in_words(course):
    first = Paper(timeline_report_pdf(course, None, None)).pages[0]
    assert first.index("CONTACT YOUR CLINICIAN Pus: if it has not passed") < first.index("Photos")
    assert NOT_A_DIAGNOSIS in first


@pytest.mark.parametrize("make", [empty, timeline, lambda: timeline((7, {}), (14, {}))])
def test_a_report_is_made_whatever_there_is(make):
    text = Paper(timeline_report_pdf(make(), None, None)).text
    assert "What changed" in text
    assert LIMITS_OF_USE in text


# --------------------------------------------------------------- comparisons


def test_a_comparison_on_paper_says_what_its_page_says(close_up):
    page = Page(comparison_report_html(close_up))
    paper = squeezed(Paper(comparison_report_pdf(close_up)).text)
    said = [page.texts(tag) for tag in ("h1", "h2", "h3", "dt", "dd", "caption", "td", "p")]
    said.append(page.texts("li"))
    # The outlines are named in a list beside them.
    alts = [image["alt"] for image in page.all("img")]
    said.append([alt for alt in alts if "outlines of what was measured" not in alt])
    for text in {text for texts in said for text in texts if text and text != "skindelta"}:
        words = re.sub(r"^(stops a measurement|widens intervals|good to know) ", "", text)
        for part in re.split(r"(?<=[.:]) ", words):
            assert squeezed(part) in paper, text


def test_photos_that_are_mixed_up_are_told_on_paper(close_up):
    days = (datetime(2026, 6, 5, tzinfo=UTC), datetime(2026, 1, 5, tzinfo=UTC))
    before, after = (
        replace(one, taken_at=day)
        for one, day in zip((close_up.before, close_up.after), days, strict=True)
    )
    told = Paper(comparison_report_pdf(replace(close_up, before=before, after=after))).text
    assert "The after photo (2026-01-05) was taken before the before photo (2026-06-05)" in told


def test_the_headline_of_a_comparison_is_its_scores(close_up):
    paper = squeezed(Paper(comparison_report_pdf(close_up)).text)
    for one in headline_scores(close_up):
        assert squeezed(" ".join(verdict_claim(one)).strip()) in paper


def test_a_pair_that_could_not_be_measured_says_why():
    reason = Reason("blur", "the photo is blurred", "hold still")
    refused = comparison(score(None), comparable=False, reasons=(reason,), residual_px=None)
    text = Paper(comparison_report_pdf(refused)).text
    assert "Not measurable" in text
    assert "The photo is blurred. Hold still." in text
    assert "Region by region" not in text


def test_findings_and_files_of_users_are_text_and_no_markup():
    finding = Finding("lamp", "widens", EVIL, EVIL, 1.0, attributes=("redness",))
    told = comparison(score(), name=f"home/{EVIL}.jpg".replace("</", "<"), findings=(finding,))
    text = squeezed(Paper(comparison_report_pdf(told)).text)
    assert text.count(squeezed(EVIL).removesuffix("'")[1:]) >= 2
    assert "home/" not in text


# ------------------------------------------------------------------- letters


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("ΔE00 0.5, 1 σ ≥ −2 “x” ± µ → ↑", "ΔE00 0.5, 1 σ ≥ −2 “x” ± µ → ↑"),
        ("Ünlü señor Łódź Škoda Đặng", "Ünlü señor Lódz Škoda Dang"),
        ("Анна Щукина, Їжак", "Anna Shchukina, Yizhak"),
        ("ok 🙂👍🏽 a\u0000b\u200dc\ud800", "ok ??? abc"),
        ("مرحبا", "?????"),
        ("日本 漢", "?? ?"),
        ("two\nlines", "two lines"),
    ],
)
def test_letters_that_helvetica_lacks_never_become_boxes(written, printed):
    assert drawn_text(written) == printed


def test_chinese_japanese_and_korean_name_a_font_and_stay_text():
    assert markup("a 日本 b") == 'a <font name="HeiseiKakuGo-W5">日本</font> b'
    assert "STSong-Light" in markup("汉语")
    assert "HYSMyeongJo-Medium" in markup("한국")


def test_what_users_wrote_stays_text_whatever_its_letters_and_length():
    note = "日本語 한국어 Łódź 🙂 <b>&\"' " * 100
    told = timeline(
        (30, {"red": EVIL}),
        subject=Subject("Анна <b>&\"'", id=UUID(int=1)),
        site=Site("W" * 100, id=UUID(int=2)),
        treatments=[treatment(2, device="q" * 4000, note=note, topicals=("z" * 500,) * 3)],
        symptoms=[symptom(3, "pus", note=note)],
    )
    for paper in SIZES:
        text = squeezed(Paper(timeline_report_pdf(told, None, None, paper)).text)
        assert "Anna<b>&\"'," in text
        assert "W" * 100 in text
        assert text.count("q") >= 4000
        assert text.count("日本語") == 200
        assert squeezed(EVIL) in text
        assert "\u25a0" not in text


# --------------------------------------------------------------------- files


def test_a_comparison_is_written_as_its_name_says(close_up, tmp_path):
    path = tmp_path / "report.PDF"
    check_report_file(path)
    write_report(close_up, path, "letter")
    assert path.read_bytes() == comparison_report_pdf(close_up, "letter")
    page = tmp_path / "report.html"
    write_report(close_up, page)
    assert page.read_text(encoding="utf-8") == comparison_report_html(close_up)


def test_a_report_that_cannot_be_written_leaves_nothing(close_up, tmp_path):
    with pytest.raises(SkinDeltaError, match="cannot be written"):
        write_report(close_up, tmp_path / "missing" / "report.pdf")
    assert list(tmp_path.iterdir()) == []

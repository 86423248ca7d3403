"""What the page Compare does: it says what the library says, and answers trouble in sentences."""

import csv
import errno
import json
import re
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from builders import photo as drawn
from builders import skin
from skindelta.demo import make_demo
from skindelta.errors import RecordError, SkinDeltaError
from skindelta.history import add_session, timeline
from skindelta.photo import read_photo
from skindelta.pipeline import Options, compare
from skindelta.record import DATABASE, Consent, Record, Site, Subject, database
from skindelta.terminal import figures
from skindelta.types import OwnRegion
from skindelta.web.compare.brought import Asked, Choice, Example, choose, mark_trouble, options_of
from skindelta.web.compare.marker import marker_html
from skindelta.web.compare.marks import Mark, mark_of, marked, turned, with_mark
from skindelta.web.compare.results import (
    DRAWING,
    STAGE_WORDS,
    compare_photos,
    make_report,
    recomputed,
)
from skindelta.web.compare.saving import Wanted, people_of, save_pair, typed_time
from skindelta.web.serving.records import Records
from skindelta.web.serving.visitors import KEPT, Visit, Visitors

TRIANGLE = [[0.4, 0.5], [0.5, 0.5], [0.5, 0.6]]


@pytest.fixture(scope="module")
def visit(tmp_path_factory):
    """One open tab."""
    visitors = Visitors(tmp_path_factory.mktemp("uploads"))
    assert visitors.claim("visitor", "session")
    return Visit(visitors, "visitor", "session")


def fetched(visit, url):
    """What the browser gets from an address."""
    token = url.removeprefix(f"{KEPT}/").partition("/")[0]
    return visit.visitors.shelf.found(visit.visitor, token).path.read_bytes()


def previewed(visit, given):
    """The small picture of a photo."""
    return cv2.imdecode(np.frombuffer(fetched(visit, given.preview), np.uint8), cv2.IMREAD_COLOR)


def brought(visit, path, which="before", choice=Choice()):  # noqa: B008
    """A photo of ours as an upload."""
    return choose(visit, visit.take(path), choice, which)


@pytest.fixture(scope="module")
def asked(visit, photos):
    """The same person, neutral and smiling."""
    given = [
        brought(visit, photos / "london" / f"001_{name}.jpg").given
        for name in ("neutral", "smiling")
    ]
    return Asked(*given)


@pytest.fixture(scope="module")
def shown(visit, asked):
    """What the page shows of them."""
    return compare_photos(visit, asked)


@pytest.fixture(scope="module")
def comparison(photos):
    """What the library says of them."""
    return compare(*(photos / "london" / f"001_{name}.jpg" for name in ("neutral", "smiling")))


def rows(table):
    """Cells of each row of the score table, by (attribute, region, basis)."""
    found = re.findall(r'<tr data-score="([^"]+)"[^>]*>(.*?)</tr>', table)
    return {
        tuple(key.split()): re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", cells)
        for key, cells in found
    }


def links(html):
    """Addresses and labels of all links."""
    return {label: url for url, label in re.findall(r'href="([^"]+)" download>([^<]+)<', html)}


# ------------------------------------------------------------- photos brought


def test_a_usable_photo_is_called_so_and_shown_in_a_small_picture(visit, asked, photos):
    chosen = brought(visit, photos / "london" / "001_neutral.jpg")
    assert "Usable" in chosen.card
    assert chosen.given.preview in chosen.card
    assert previewed(visit, chosen.given).shape == (1000, 1000, 3)
    assert (chosen.given.width, chosen.given.height) == (1350, 1350)


def test_a_photo_without_a_face_is_told_so_and_still_shown(visit, tmp_path):
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(90, 160, (500, 400, 3), dtype=np.uint8)).save(tmp_path / "n.png")
    chosen = brought(visit, tmp_path / "n.png")
    assert "No face" in chosen.card
    assert (chosen.given.width, chosen.given.height) == (400, 500)


def test_the_preview_is_upright_as_the_photo_is_measured(visit, tmp_path):
    picture = Image.new("RGB", (200, 100), "red")
    exif = picture.getexif()
    exif[0x0112] = 6  # turned: to be shown as 100 wide and 200 high
    picture.save(tmp_path / "turned.jpg", exif=exif)
    given = brought(visit, tmp_path / "turned.jpg").given
    assert (given.width, given.height) == (100, 200)
    assert previewed(visit, given).shape == (200, 100, 3)


def test_heic_has_a_preview_that_every_browser_shows(visit):
    given = brought(visit, Path(__file__).parent / "golden" / "portrait.heic").given
    assert fetched(visit, given.preview).startswith(b"\xff\xd8\xff")
    assert previewed(visit, given).shape[:2] == (given.height, given.width)


def test_sixty_megapixels_are_taken(visit, photos, tmp_path):
    small = read_photo(photos / "london" / "001_neutral.jpg").pixels
    cv2.imwrite(str(tmp_path / "large.jpg"), cv2.resize(small, (7800, 7800))[..., ::-1])
    chosen = brought(visit, tmp_path / "large.jpg")
    assert (chosen.given.width, chosen.given.height) == (7800, 7800)
    assert len(fetched(visit, chosen.given.preview)) < 1_000_000


def test_no_photo_is_no_trouble(visit):
    assert choose(visit, None, Choice()).card == ""
    answer = compare_photos(visit, None)
    assert "Add both photos first" in answer.status
    assert answer.asked is None


def test_a_file_that_is_no_photo_is_a_sentence_without_the_servers_folder(visit, tmp_path):
    path = tmp_path / "letter.jpg"
    path.write_text("dear diary")
    chosen = brought(visit, path)
    assert chosen.given is None
    assert "letter.jpg is not a photo" in chosen.card
    assert str(visit.visitors.uploads) not in chosen.card


def test_a_photo_of_another_visitor_is_not_here(visit, asked):
    assert visit.visitors.claim("stranger", "elsewhere")
    stranger = Visit(visit.visitors, "stranger", "elsewhere")
    chosen = choose(stranger, asked.before.path, Choice())
    assert chosen.given is None
    assert "no longer here" in chosen.card
    assert "no longer here" in compare_photos(stranger, asked).status


def test_a_photo_that_was_deleted_after_an_hour_is_a_sentence(visit, asked, photos):
    late = brought(visit, photos / "london" / "001_neutral.jpg").given
    visit.own(late.path).unlink()
    answer = compare_photos(visit, replace(asked, before=late))
    assert "add it again" in answer.status
    assert answer.asked is None


def test_a_photo_of_a_tab_that_was_closed_midway_is_a_sentence(visit, photos):
    visitors = visit.visitors
    assert visitors.claim("visitor", "closed")
    tab = Visit(visitors, "visitor", "closed")
    given = brought(tab, photos / "london" / "001_neutral.jpg").given
    visitors.leave("closed")
    visitors.sweep(time.time() + visitors.grace_seconds + 1)
    assert "add it again" in compare_photos(tab, Asked(given, given)).status


def test_a_full_disk_is_a_sentence(visit, asked, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Visit, "keep", full)
    assert "disk" in compare_photos(visit, asked).status
    assert "disk" in choose(visit, asked.before.path, Choice()).card


def test_two_faces_are_told_and_not_measured(visit, asked, photos, tmp_path):
    one = read_photo(photos / "london" / "001_neutral.jpg").pixels
    Image.fromarray(np.hstack([one, one])).save(tmp_path / "two.png")
    chosen = brought(visit, tmp_path / "two.png")
    assert "faces" in chosen.card
    answer = compare_photos(visit, replace(asked, before=chosen.given))
    assert "Not measurable" in answer.status


def test_a_number_out_of_its_range_says_which_and_what_fits(visit, asked):
    for text in ("0.001", "ten", "nan", "1e9"):
        answer = compare_photos(visit, replace(asked, choice=Choice(px_per_mm=text)))
        assert "pixels per millimeter: expected a number from 0.1 to 1000" in answer.status
        assert text in answer.status
    wide = compare_photos(visit, replace(asked, choice=Choice(card_width_mm="9000")))
    assert "width of the color card" in wide.status


def test_a_photo_stays_when_an_option_is_wrong(visit, photos):
    wrong = Choice(px_per_mm="-1")
    chosen = brought(visit, photos / "london" / "001_neutral.jpg", choice=wrong)
    assert "pixels per millimeter" in chosen.card
    assert chosen.given is not None


def test_numbers_may_have_a_comma():
    assert options_of(Choice(px_per_mm=" 6,5 ", card_width_mm="108")) == Options(
        px_per_mm=6.5, card_width_mm=108
    )


# ------------------------------------------------------------------- results


def test_the_widgets_that_were_not_touched_stand_for_the_default_options():
    assert options_of(Choice()) == Options()


def test_the_table_prints_the_numbers_of_the_library(shown, comparison):
    table = rows(shown.table)
    assert set(table) == {(s.attribute, s.region, s.basis) for s in comparison.scores}
    for s in comparison.scores:
        printed = table[s.attribute, s.region, s.basis][1]
        if s.value is None:
            assert printed.startswith("not measurable")
        else:
            assert printed == figures(s).change


def test_the_files_hold_the_result_and_one_row_a_score(visit, shown, comparison):
    urls = links(shown.downloads)
    told = json.loads(fetched(visit, urls["Everything as data (JSON)"]))
    assert told["schema"] == "skindelta.comparison/1"
    assert [s["value"] for s in told["scores"]] == [s.value for s in comparison.scores]
    assert told["before"]["path"] == "001_neutral.jpg"
    table = list(csv.DictReader(StringIO(fetched(visit, urls["Scores as a table (CSV)"]).decode())))
    assert [row["region"] for row in table] == [s.region for s in comparison.scores]
    measured = [float(row["value"]) for row in table if row["value"]]
    assert measured == [s.value for s in comparison.scores if s.value is not None]


def test_what_is_being_done_is_told_in_order(visit, asked):
    said = []
    compare_photos(visit, asked, said.append)
    assert list(dict.fromkeys(said)) == [*STAGE_WORDS.values(), DRAWING]


def test_two_people_are_not_measurable_and_the_page_says_why(visit, asked, photos):
    other = brought(visit, photos / "london" / "002_neutral.jpg", "after").given
    result = compare_photos(visit, replace(asked, after=other))
    assert "Not measurable" in result.status
    assert "aligned" in result.status
    assert (result.headline, result.table) == ("", "")
    assert result.asked is not None  # why is told in the report too


def test_the_report_is_a_page_and_a_pdf(visit, asked):
    urls = links(make_report(visit, asked))
    assert fetched(visit, next(url for label, url in urls.items() if "PDF" in label)).startswith(
        b"%PDF"
    )
    page = fetched(visit, next(url for label, url in urls.items() if "page" in label)).decode()
    assert page.startswith("<!DOCTYPE html>")
    assert str(visit.visitors.uploads) not in page


def test_the_example_shows_a_change_and_is_made_once(visit, tmp_path):
    example = Example(tmp_path)
    before, after = example.photos()
    assert example.photos() == (before, after)
    given = [brought(visit, path).given for path in (before, after)]
    result = compare_photos(visit, Asked(*given))
    assert "Improved: redness fell by" in result.headline
    assert "Before, 2026-01-05" in result.headline
    assert "painted in" not in result.status
    assert "painted in" in compare_photos(visit, Asked(*given, is_example=True)).status


def test_one_photo_on_both_sides_is_told(visit, asked):
    result = compare_photos(visit, replace(asked, after=asked.before))
    assert "Both photos are the same file: nothing can have changed" in result.status
    assert "same file" not in compare_photos(visit, asked).status


def test_photos_that_are_mixed_up_are_told_above_the_cards(visit, dated):
    turned_round = Asked(dated.after, dated.before)
    result = compare_photos(visit, turned_round)
    assert result.swapped
    assert (
        "The after photo (2026-01-05) was taken before the before photo (2026-04-06)"
        in result.status
    )
    assert "Worse: redness rose by" in result.headline
    right = compare_photos(visit, dated)
    assert not right.swapped
    assert "swap" not in right.status


def test_a_report_says_in_its_link_of_which_pair_it_is(visit, asked, dated):
    assert "Report as a page: 2026-01-05, 2026-04-06" in links(make_report(visit, dated))
    assert "Report as a page: 001_neutral.jpg, 001_smiling.jpg" in links(make_report(visit, asked))


def test_an_answer_that_comes_after_the_options_changed_is_of_other_options(asked):
    before, after, other = asked.before, asked.after, Choice("none")
    assert asked.is_of(before, after, asked.choice)
    assert not asked.is_of(before, after, other)
    assert not asked.is_of(after, before, asked.choice)
    assert not asked.is_of(before, None, asked.choice)
    assert replace(asked, is_example=True).is_of(before, after, other)


# --------------------------------------------------------------------- marks


def told(points=TRIANGLE, kind="region", which="before", name="scar"):
    """What the browser tells of a mark."""
    return {"which": which, "kind": kind, "name": name, "points": points}


def test_a_region_keeps_its_name_and_place():
    mark = mark_of(told(name="  old   scar "), ())
    assert mark == Mark("before", "region", ((0.4, 0.5), (0.5, 0.5), (0.5, 0.6)), "old scar")


def test_fractions_become_pixels_whose_centers_are_at_whole_numbers():
    corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    marks = (Mark("after", "card", corners), Mark("before", "grey", ((0.5, 0.25),)))
    options = marked(marks, (100, 200), (300, 400))
    assert options["card_corners"] == (
        None,
        ((-0.5, -0.5), (299.5, -0.5), (299.5, 399.5), (-0.5, 399.5)),
    )
    assert options["grey"] == (((49.5, 49.5),), None)
    Options(**options)  # and they are options


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (None, "nothing was marked"),
        ("region", "nothing was marked"),
        (told(which="middle"), "nothing was marked"),
        (told(kind=["region"]), "nothing was marked"),
        (told(points=[]), "no point"),
        (told(points="0,0"), "no point"),
        (told(points=[[0.1, 0.1]] * 2), "3 points or more, and 2"),
        (told(points=[[0.1, 0.1]] * 3), "enclose nothing"),
        (told(points=[[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]]), "enclose nothing"),
        (told(points=[[0.1, 0.1], [1.2, 0.2], [0.3, 0.3]]), "outside the photo"),
        (told(points=[[0.1, 0.1], [float("nan"), 0.2], [0.3, 0.3]]), "no place"),
        (told(points=[[0.1, 0.1], [True, 0.2], [0.3, 0.3]]), "no place"),
        (told(points=[[0.1, 0.1, 0.1]] * 3), "no place"),
        (told(points=[[0.1, 0.1]] * 1000), "too many"),
        (told(name=" "), "no name"),
        (told(name=7), "no name"),
        (told(name="x" * 61), "too long"),
        (told(name="chin"), "region of the face"),
        (told(name="left cheek"), "region of the face"),
        (told(name="mole"), "already"),
        (told(which="after"), "before photo"),
        (told(kind="card"), "4 corners, and 3"),
        (told(kind="grey", points=[[0.1, 0.1], [0.2, 0.2]]), "1 point on it"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_do(what, said):
    there = (Mark("before", "region", tuple(map(tuple, TRIANGLE)), "mole"),)
    with pytest.raises(SkinDeltaError, match=said):
        mark_of(what, there)


def test_a_photo_has_one_card_and_many_regions():
    card = Mark("before", "card", ((0, 0), (1, 0), (1, 1), (0, 1)))
    moved = replace(card, points=((0, 0), (0.5, 0), (0.5, 1), (0, 1)))
    region = Mark("before", "region", ((0, 0), (1, 0), (1, 1)), "a")
    assert with_mark((card, region), moved) == (region, moved)
    assert with_mark((region,), replace(region, name="b"))[0] == region


def test_marks_follow_their_photos_when_these_change_places():
    corners = ((0, 0), (1, 0), (1, 1), (0, 1))
    card, region = Mark("before", "card", corners), Mark("before", "region", corners, "scar")
    assert turned((card,)) == ((replace(card, which="after"),), False)
    assert turned((card, region)) == ((replace(card, which="after"),), True)


def test_a_region_drawn_on_the_page_is_measured_as_the_library_measures_it(visit, asked, photos):
    square = [[0.40, 0.55], [0.45, 0.55], [0.45, 0.60], [0.40, 0.60]]
    mark = mark_of(told(square), ())
    table = rows(compare_photos(visit, replace(asked, marks=(mark,))).table)
    pixels = np.array(square, np.float32) * 1350 - 0.5
    pair = [photos / "london" / f"001_{name}.jpg" for name in ("neutral", "smiling")]
    by_library = compare(*pair, Options(own_regions=(OwnRegion("scar", polygon=pixels),)))
    scores = [s for s in by_library.scores if s.region == "scar"]
    assert scores
    for s in scores:
        assert table[s.attribute, "scar", s.basis][1] == figures(s).change


def test_a_card_where_there_is_none_is_refused_at_once(visit, asked):
    corners = [[0.1, 0.1], [0.3, 0.1], [0.3, 0.2], [0.1, 0.2]]
    with pytest.raises(SkinDeltaError, match="no color card"):
        mark_trouble(visit, asked.before, mark_of(told(corners, "card"), ()), Choice())


def test_a_grey_object_with_a_color_is_kept_with_why_it_cannot_be_used(visit, tmp_path):
    pixels = np.full((400, 400, 3), (200, 60, 60), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "red.png")
    given = brought(visit, tmp_path / "red.png").given
    grey = mark_of(told([[0.5, 0.5]], "grey"), ())
    trouble = mark_trouble(visit, given, grey, Choice())
    assert trouble
    listed = marker_html(given, None, (replace(grey, trouble=trouble),))
    assert "cannot be used" in listed


def test_names_of_regions_cannot_become_markup(asked):
    evil = Mark("before", "region", tuple(map(tuple, TRIANGLE)), '"><img src=x>')
    assert "<img src=x" not in marker_html(asked.before, None, (evil,))


def test_a_region_carries_its_name_over_its_highest_point(asked):
    mark = Mark("before", "region", tuple(map(tuple, TRIANGLE)), "scar")
    drawn = marker_html(asked.before, None, (mark,))
    label = re.search(
        r'class="sd-mark-label"[^>]*style="left:([\d.]+)%;top:([\d.]+)%">(.*?)<', drawn
    )
    assert label.groups() == ("45.00", "50.00", "scar")
    assert "sd-mark-label" not in marker_html(asked.before, None, ())


def test_the_marker_waits_for_a_photo():
    assert "Add a photo first" in marker_html(None, None, ())


# -------------------------------------------------------------------- saving


@pytest.fixture
def records(tmp_path):
    records = Records(tmp_path / "record")
    yield records
    records.close()


@pytest.fixture(scope="module")
def dated(visit, tmp_path_factory):
    """Two photos that say when they were taken."""
    sessions = make_demo(tmp_path_factory.mktemp("demo"))
    return Asked(*(brought(visit, one.path).given for one in (sessions[0], sessions[-1])))


def wanted(**other):
    """A form as the page fills it, of a new person."""
    form = Wanted("P-1", "face", "2026-01-05 09:00", "2026-04-06 09:00", "note", True)
    return replace(form, **other)


def test_nothing_is_kept_unless_it_is_saved(visit, records, dated):
    compare_photos(visit, dated)
    assert people_of(records, visit) == []
    assert not records.exists


def test_both_photos_become_sessions_of_a_new_person(visit, records, dated):
    answer = save_pair(records, visit, dated, wanted())
    assert "2026-01-05 09:00 and 2026-04-06 09:00" in answer
    assert "Timeline" in answer
    first, second = records.of(visit).sessions("P-1")
    assert first.is_baseline
    assert [one.photos[0].name for one in (first, second)] == ["2026-01-05.jpg", "2026-04-06.jpg"]
    assert people_of(records, visit) == ["P-1"]


def test_dates_are_filled_in_where_the_photo_says_them(dated, asked):
    assert typed_time(dated.before) == "2026-01-05 09:00"
    assert typed_time(asked.before) == ""


def test_the_same_photos_are_not_saved_twice(visit, records, dated):
    save_pair(records, visit, dated, wanted())
    assert "sd-bad" in save_pair(records, visit, dated, wanted())
    assert len(records.of(visit).sessions("P-1")) == 2


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"person": " "}, "choose a person"),
        ({"agreed": False}, "tick that the person agreed"),
        ({"before_at": ""}, "when the before photo was taken"),
        ({"after_at": "yesterday"}, "is no time"),
        ({"after_at": "2025-01-01"}, "correct the dates"),
        ({"after_at": "2026-01-05 09:00"}, "same date"),
    ],
)
def test_a_form_that_is_not_right_says_what_to_do_and_saves_nothing(
    visit, records, dated, other, said
):
    assert said in save_pair(records, visit, dated, wanted(**other)).replace("Choose", "choose")
    assert people_of(records, visit) == []


def test_without_consent_nothing_is_saved(visit, records, dated):
    records.of(visit).add_subject(Subject("P-1", consent=Consent(measuring=False)))
    assert "did not agree" in save_pair(records, visit, dated, wanted())
    assert records.of(visit).sessions("P-1") == ()


def test_a_locked_record_says_where_to_open_it(visit, records, dated):
    with Record(records.folder) as record:
        record.add_subject(Subject("P-1"))
        record.encrypt("correct horse battery")
    answer = save_pair(records, visit, dated, wanted())
    assert "passphrase" in answer
    assert "Timeline" in answer


def test_a_record_that_another_program_writes_to_is_a_sentence(visit, records, dated, monkeypatch):
    monkeypatch.setattr(database, "_WAIT_SECONDS", 0.1)
    records.of(visit).add_subject(Subject("P-1"))
    with closing(sqlite3.connect(records.folder / DATABASE)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = save_pair(records, visit, dated, wanted())
    assert "nother program is writing to the record" in answer
    assert records.of(visit).sessions("P-1") == ()


def test_when_the_second_photo_cannot_be_saved_the_first_does_not_stay(
    visit, records, dated, monkeypatch
):
    record = records.of(visit)
    save = record.add_session

    def full(pseudonym, session, photos):
        if record.sessions(pseudonym):
            raise OSError(errno.ENOSPC, "No space left on device")
        return save(pseudonym, session, photos)

    monkeypatch.setattr(record, "add_session", full)
    assert "disk" in save_pair(records, visit, dated, wanted())
    assert people_of(records, visit) == []


def test_a_close_up_is_saved_as_one_and_not_among_faces(visit, records, tmp_path):
    for number, name in enumerate("ab"):
        Image.fromarray(drawn(skin(seed=number)).pixels).save(tmp_path / f"{name}.png")
    choice = Choice(close_up=True)
    pair = Asked(*(brought(visit, tmp_path / f"{n}.png", "before", choice).given for n in "ab"))
    pair = replace(pair, choice=choice)
    records.of(visit).add_subject(Subject("P-1"))
    assert "name another body site" in save_pair(records, visit, pair, wanted())
    assert "Saved" in save_pair(records, visit, pair, wanted(site="left arm"))
    site = next(one for one in records.of(visit).sites("P-1") if one.name == "left arm")
    assert site.close_up


def test_a_photo_of_another_person_is_refused_and_says_whose_it_is(visit, records, dated):
    assert "Saved" in save_pair(records, visit, dated, wanted())
    answer = save_pair(records, visit, dated, wanted(person="P-2"))
    assert "2026-01-05.jpg is in the record of &#x27;P-1&#x27;" in answer
    assert people_of(records, visit) == ["P-1"]


def kept_values(records, visit, site="face"):
    """What the record says of the second session, by attribute, region and basis."""
    line = timeline(records.of(visit), "P-1", site)
    return {
        (series.kind.attribute, series.kind.region, series.kind.basis): series.points[-1].value
        for series in line.all_series
    }


def test_a_new_site_is_measured_as_the_page_measured_it(visit, records, dated):
    mark = Mark("before", "region", ((0.4, 0.5), (0.5, 0.5), (0.5, 0.6), (0.4, 0.6)), "scar")
    chosen = replace(dated, choice=Choice(reference="none"), marks=(mark,))
    answer = save_pair(records, visit, chosen, wanted())
    assert "the pair is measured there as above" in answer.replace("The", "the")
    by_page = recomputed(visit, chosen)
    kept = kept_values(records, visit)
    told = {(s.attribute, s.region, s.basis): s.value for s in by_page.scores}
    assert ("redness", "scar", "relative") in told
    assert {key: kept[key] for key in told} == pytest.approx(told, nan_ok=True)
    assert "your own regions are kept for this pair alone" in answer


def test_own_regions_are_told_to_have_been_measured_on_this_pair_alone(
    visit, records, dated, photos
):
    record = records.of(visit)
    record.add_subject(Subject("P-1"))
    first = photos / "london" / "001_neutral.jpg"
    add_session(record, "P-1", [first], datetime(2025, 6, 1, 12, tzinfo=UTC))
    mark = Mark("before", "region", ((0.4, 0.5), (0.5, 0.5), (0.5, 0.6), (0.4, 0.6)), "scar")
    answer = save_pair(records, visit, replace(dated, marks=(mark,)), wanted())
    assert "your own regions are not kept" in answer
    assert not any(region == "scar" for _, region, _ in kept_values(records, visit))


def test_a_pair_that_is_held_against_another_baseline_is_told_to_have_other_numbers(
    visit, records, dated, photos
):
    record = records.of(visit)
    record.add_subject(Subject("P-1"))
    first = photos / "london" / "001_neutral.jpg"
    add_session(record, "P-1", [first], datetime(2025, 6, 1, 12, tzinfo=UTC))
    answer = save_pair(records, visit, replace(dated, choice=Choice("none")), wanted())
    assert "against the baseline of 2025-06-01" in answer
    assert "differ from those above" in answer


def test_a_close_up_of_another_scale_is_refused(visit, records, tmp_path):
    Image.fromarray(drawn(skin()).pixels).save(tmp_path / "a.png")
    choice = Choice(close_up=True, px_per_mm="6.5")
    given = brought(visit, tmp_path / "a.png", "before", choice).given
    records.of(visit).add_subject(Subject("P-1"), Site("left arm", True, 5.0))
    answer = save_pair(records, visit, Asked(given, given, choice), wanted(site="left arm"))
    assert "5 pixels per millimeter, and these photos were compared with 6.5" in answer
    assert records.of(visit).sessions("P-1") == ()


def test_what_another_tab_added_meanwhile_outlives_a_save_that_fails(
    visit, records, dated, monkeypatch, tmp_path
):
    record = records.of(visit)
    save = record.add_session
    Image.fromarray(drawn(skin()).pixels).save(tmp_path / "other.png")

    def failing(pseudonym, session, photos):
        if session.taken_at.month == 4:
            monkeypatch.setattr(record, "add_session", save)
            add_session(record, pseudonym, [tmp_path / "other.png"], session.taken_at)
            raise RecordError("this one cannot be saved")
        return save(pseudonym, session, photos)

    monkeypatch.setattr(record, "add_session", failing)
    assert "cannot be saved" in save_pair(records, visit, dated, wanted())
    (left,) = record.sessions("P-1")
    assert left.photos[0].name == "other.png"

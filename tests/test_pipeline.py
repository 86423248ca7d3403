"""The main road on real photos: what must hold for anyone's pair, from file to verdict."""

import threading
from dataclasses import replace

import cv2
import numpy as np
import pytest
from pytest import approx

import tolerances as tol
from builders import blob, photo, skin
from skindelta import pipeline
from skindelta.attributes import ATTRIBUTES
from skindelta.errors import AlignmentError
from skindelta.models import load_model
from skindelta.photo import read_photo
from skindelta.pipeline import DEFAULT_MODEL, STAGES, Options, assess, check, compare
from skindelta.regions import find_regions
from skindelta.types import OwnRegion

NEUTRAL, SMILING = "london/001_neutral.jpg", "london/001_smiling.jpg"
REGIONS = {
    "face",
    "forehead",
    "left_cheek",
    "right_cheek",
    "nose",
    "chin",
    "perioral",
    "left_periorbital",
    "right_periorbital",
}


def values(comparison):
    return {(s.attribute, s.basis, s.region): s.value for s in comparison.scores}


@pytest.fixture(scope="module")
def neutral(photos):
    return read_photo(photos / NEUTRAL)


@pytest.fixture(scope="module")
def smiling(photos):
    return read_photo(photos / SMILING)


@pytest.fixture(scope="module")
def comparison(neutral, smiling):
    return compare(neutral, smiling)


def test_a_smile_is_no_change_of_the_face(comparison):
    assert comparison.comparable, comparison.reasons
    verdicts = {s.verdict for s in comparison.scores if s.region == "face"}
    assert verdicts <= {"no measurable change", "not measurable"}


def test_every_attribute_has_a_row_for_every_region(comparison):
    rows = {(s.attribute, s.region) for s in comparison.scores}
    assert rows == {(a.name, region) for a in ATTRIBUTES for region in REGIONS}
    assert comparison.reference == "scene"
    assert comparison.residual_px < 2


def test_stages_are_told_in_order_by_the_thread_of_the_caller_and_change_no_number(
    photos, comparison
):
    heard = []

    def tell(stage):
        heard.append((stage, threading.get_ident()))

    again = compare(photos / NEUTRAL, photos / SMILING, tell=tell)
    assert heard == [(stage, threading.get_ident()) for stage in STAGES]
    assert values(again) == values(comparison)


def test_what_is_never_done_is_never_told(neutral):
    heard = []
    grey = photo(np.full((200, 200, 3), 0.2, np.float32))
    assert not compare(neutral, grey, tell=heard.append).comparable
    assert heard == ["reading", "finding"]


def test_swapped_photos_change_every_sign(comparison, neutral, smiling):
    back = values(compare(smiling, neutral))
    for key, value in values(comparison).items():
        if value is None:
            assert back[key] is None
        else:
            assert back[key] == approx(-value, rel=tol.EXACT)


def test_photos_that_differ_in_one_spot_swap_as_exactly():
    """The spot lies between the pixels that decide the order of two photos at a glance."""
    options = Options(close_up=True, px_per_mm=4.0)
    before = photo(skin((800, 960)))
    pixels = before.pixels.copy()
    pixels[300:314, 481:495] = (200, 60, 60)
    after = replace(before, pixels=pixels)
    there, back = (values(compare(*pair, options)) for pair in ((before, after), (after, before)))
    assert any(there.values())
    for key, value in there.items():
        assert back[key] == (None if value is None else approx(-value, rel=tol.EXACT))


@pytest.mark.parametrize("px_per_mm", [0.1, 0.5, 2, 30, 200, 1000])
def test_any_scale_that_is_allowed_gives_an_answer(px_per_mm):
    options = Options(close_up=True, px_per_mm=px_per_mm)
    result = compare(photo(skin()), photo(skin(haemoglobin=0.1)), options)
    assert result.comparable or result.reasons
    levels = assess(photo(skin()), options)
    assert levels.scores or levels.quality.reasons


@pytest.mark.parametrize("person", ["001", "100"])
@pytest.mark.parametrize("above", [0.7, 0.35])  # pupil distances over the pupils: forehead, brows
def test_what_a_crop_cuts_off_is_no_change(photos, person, above):
    whole = read_photo(photos / f"london/{person}_neutral.jpg")
    right, left = find_regions(whole).landmarks[:2]
    top = round(float(right[1] - above * np.hypot(*(left - right))))
    result = compare(whole, replace(whole, pixels=np.ascontiguousarray(whole.pixels[top:])))
    assert result.comparable, result.reasons
    measured = [s for s in result.scores if s.attribute == "texture" and s.value is not None]
    assert len(measured) > 5
    assert all(abs(s.value) < 0.3 * s.sdc for s in measured)
    assert {s.verdict for s in result.scores} <= {"no measurable change", "not measurable"}


@pytest.mark.parametrize("person", ["001", "061", "094"])  # 094 alone agrees by 0.19 even so
def test_a_mirrored_photo_is_told(photos, person):
    before = read_photo(photos / f"london/{person}_neutral.jpg")
    after = replace(before, pixels=np.ascontiguousarray(before.pixels[:, ::-1]))
    for pair in ((before, after), (after, before)):
        (reason,) = compare(*pair).reasons
        assert reason.code == "mirrored"
        assert "mirror it back" in reason.advice


@pytest.mark.parametrize("px_per_mm", [2.0, 6.0, 1000.0])
def test_a_scale_that_no_face_has_is_refused(neutral, px_per_mm):
    with pytest.raises(AlignmentError, match="do not fit the face, whose pupils say 3"):
        compare(neutral, neutral, Options(px_per_mm=px_per_mm))
    assert check(neutral, Options(px_per_mm=4.0)).quality.usable


def test_two_faces_called_close_ups_are_not_measured(photos, neutral):
    result = compare(neutral, photos / "london/002_neutral.jpg", Options(close_up=True))
    assert [reason.code for reason in result.reasons] == ["face_in_close_up"] * 2


@pytest.mark.parametrize(
    "corners",
    [[[0, 100], [300, 100], [300, 1300], [0, 1300]], [[900, 50], [1300, 50], [1300, 500]]],
    ids=["beside the face", "hair and wall"],
)
def test_what_is_drawn_beside_the_skin_changes_no_score_of_the_face(
    corners, neutral, smiling, comparison
):
    mine = OwnRegion("wall", polygon=np.array(corners, dtype=np.float32))
    result = compare(neutral, smiling, Options(own_regions=(mine,)))
    without = {(s.attribute, s.basis, s.region): s for s in comparison.scores}
    formula = compare(neutral, smiling, Options(own_regions=(mine,), model="formula"))
    shown, plain = (next(m for m in r.maps if m.attribute == "redness") for r in (result, formula))
    assert shown.source == f"model {DEFAULT_MODEL}"
    drawn = result.aligned.regions.mask("wall").astype(np.uint8)
    here = (cv2.resize(drawn, shown.values.shape[::-1]) > 0) & np.isfinite(plain.values)
    assert here.any()
    assert np.isfinite(shown.values[here]).all()  # by formula, beside the skin
    for s in result.scores:
        if s.region != "wall":
            plain = without[s.attribute, s.basis, s.region]
            assert s.verdict == plain.verdict
            if s.region == "face":  # smaller regions move with the grid, whose crop is wider
                assert s.value == approx(plain.value, abs=0.25 * s.sdc)
            continue
        assert s.source in {"formula", "none"}
        if s.value is not None and s.attribute != "texture":
            assert "looks like skin" in s.details["about_region"]


def test_drawn_regions_may_overlap(neutral, smiling, comparison):
    cheek = np.array([[700, 700], [800, 700], [800, 850], [700, 850]], dtype=np.float32)
    twice = (OwnRegion("one", polygon=cheek), OwnRegion("other", polygon=cheek))
    result = values(compare(neutral, smiling, Options(own_regions=twice)))
    for attribute, basis, region in list(result):
        if region == "one":
            assert result[attribute, basis, "one"] == result[attribute, basis, "other"]
    assert result["redness", "relative", "one"] is not None


def test_the_same_pixels_are_exactly_no_change_whatever_their_hash(neutral):
    same = values(compare(neutral, replace(neutral, sha256="0" * 64)))
    measured = [value for value in same.values() if value is not None]
    assert len(measured) > 30
    assert set(measured) == {0.0}


def test_pixels_changed_by_one_code_stay_below_a_fifth_of_what_can_be_detected(neutral):
    noise = np.random.default_rng(0).integers(-1, 2, neutral.pixels.shape, dtype=np.int16)
    pixels = np.clip(neutral.pixels + noise, 0, 255).astype(np.uint8)
    for s in compare(neutral, replace(neutral, pixels=pixels)).scores:
        if s.value is not None:
            assert abs(s.value) < 0.2 * s.sdc, s


def test_a_photo_saved_again_has_not_changed(photos, tmp_path, neutral):
    again = tmp_path / "again.jpg"
    cv2.imwrite(str(again), neutral.pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])
    verdicts = {s.verdict for s in compare(neutral, again).scores}
    assert verdicts <= {"no measurable change", "not measurable"}


def test_two_people_are_not_measured_against_each_other(photos):
    result = compare(photos / "london/001_neutral.jpg", photos / "london/002_neutral.jpg")
    assert not result.comparable
    assert "could not be aligned" in result.reasons[0].message
    assert {s.verdict for s in result.scores} == {"not measurable"}
    assert all("could not be aligned" in s.reason for s in result.scores)


def test_a_photo_without_a_face_says_so(neutral):
    result = compare(neutral, photo(np.full((600, 600, 3), 0.4, dtype=np.float32)))
    assert not result.comparable
    assert result.reasons[0].message.startswith("after photo: ")


def test_a_close_up_needs_no_face():
    spot = 0.5 * blob((400, 480), (240, 200), 20)
    options = Options(close_up=True, px_per_mm=4.0)
    result = compare(photo(skin()), photo(skin(melanin=spot)), options)
    assert result.comparable, result.reasons
    assert {s.region for s in result.scores} == {"skin"}
    assert {s.source for s in result.scores} <= {"formula", "none"}  # no network was shown on them
    assert result.made_with["network"] is None
    assert result.made_with["models"] == []
    pigment = values(result)["hyperpigmentation", "relative", "skin"]
    assert pigment > 0


def test_an_own_region_keeps_its_name_and_reads_what_is_in_it():
    spot = 0.5 * blob((400, 480), (240, 200), 20)
    corners = np.array([[200, 160], [280, 160], [280, 240], [200, 240]], dtype=np.float32)
    mine = OwnRegion("old scar", polygon=corners)
    options = Options(close_up=True, px_per_mm=4.0, own_regions=(mine,))
    result = values(compare(photo(skin()), photo(skin(melanin=spot)), options))
    inside = result["hyperpigmentation", "relative", "old scar"]
    assert inside > 4 * abs(result["hyperpigmentation", "relative", "skin"])


def test_levels_of_one_photo(neutral):
    levels = assess(neutral)
    assert levels.quality.usable
    redness = {s.region: s.value for s in levels.scores if s.attribute == "redness"}
    assert 5 < redness["left_cheek"] < 25  # a* of light skin in a studio
    assert all(s.verdict is None for s in levels.scores)


def test_check_says_whether_a_photo_is_usable(neutral):
    assert check(neutral).quality.usable
    blurred = replace(neutral, pixels=cv2.GaussianBlur(neutral.pixels, (0, 0), 15))
    assert not check(blurred).quality.usable


def test_a_result_says_what_it_was_made_with(comparison):
    made = comparison.made_with
    assert made["options"]["reference"] == "auto"
    assert made["models"] == ["face-finder@1.0.0", "face-landmarks@1.0.0", DEFAULT_MODEL]
    assert made["network"] == load_model("skindelta-base").digest
    assert made["skindelta"]


def test_the_formulas_alone_need_no_network_and_say_so(neutral, smiling, monkeypatch):
    monkeypatch.setattr(pipeline, "net_input", None)
    result = compare(neutral, smiling, Options(model="formula"))
    assert result.made_with["network"] is None
    assert {score.source for score in result.scores} <= {"formula", "none"}
    assert not result.also


@pytest.mark.parametrize("wrong", [{"reference": "moon"}, {"px_per_mm": 0.0}])
def test_wrong_options_are_refused(wrong):
    with pytest.raises(ValueError, match="Options"):
        Options(**wrong)


@pytest.mark.parametrize(
    "corners",
    [
        pytest.param([[630, 1090], [700, 1090], [700, 1140], [630, 1140]], id="neck"),
        pytest.param([[530, 610], [600, 610], [600, 655], [530, 655]], id="eye"),
    ],
)
def test_an_own_region_is_kept_as_drawn_where_the_face_has_no_skin(
    corners, neutral, smiling, comparison
):
    mine = OwnRegion("mine", polygon=np.array(corners, dtype=np.float32))
    with_it = values(compare(neutral, smiling, Options(own_regions=(mine,))))
    assert with_it["redness", "absolute", "mine"] is not None
    cheek = values(comparison)["redness", "absolute", "left_cheek"]
    # How much of a smiling cheek is trusted moves with the grid, a sixth of what can be detected.
    assert with_it["redness", "absolute", "left_cheek"] == approx(cheek, abs=0.5)


def test_own_regions_need_no_face():
    corners = np.array([[200, 160], [280, 160], [280, 240], [200, 240]], dtype=np.float32)
    options = Options(own_regions=(OwnRegion("scar", polygon=corners),))
    result = compare(photo(skin()), photo(skin(haemoglobin=0.1)), options)
    assert result.comparable, result.reasons
    assert {s.region for s in result.scores} == {"skin", "scar"}


def test_skin_drawn_on_a_photo_without_a_face_is_not_taken_for_a_face(neutral):
    corners = np.array([[200, 160], [280, 160], [280, 240], [200, 240]], dtype=np.float32)
    options = Options(own_regions=(OwnRegion("scar", polygon=corners),))
    result = compare(photo(skin()), neutral, options)
    assert {s.region for s in result.scores} == {"skin", "scar"}

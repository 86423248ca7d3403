"""Scoring costs one comparison a shot, is kept by model, and one bad photo stops no other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from skindelta import history
from skindelta.contract import comparison_to_dict
from skindelta.demo import SUBJECT, make_demo
from skindelta.errors import ModelError, PhotoError, RecordError
from skindelta.history import add_session, compare_sessions, model_name, rescore, score_session
from skindelta.history import timeline as timeline_of
from skindelta.photo import read_photo
from skindelta.pipeline import DEFAULT_MODEL, Options, compare, model_of
from skindelta.record import Consent, NewPhoto, Record, Session, Site, StoredPhoto, Subject

FORMULA = Options(model="formula")


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    make_demo(folder)
    return sorted((folder / SUBJECT).iterdir())


@pytest.fixture
def london(request):
    """Photos of people; skips where there are none beside this folder."""
    from conftest import PHOTOS

    folder = PHOTOS / "london"
    if not (folder / "001_neutral.jpg").exists():
        pytest.skip(f"photos not found at {folder}; set SKINDELTA_PHOTOS")
    return folder


@pytest.fixture
def record(tmp_path):
    with Record(tmp_path / "record") as kept:
        kept.add_subject(Subject("nora"))
        yield kept


@pytest.fixture
def made(monkeypatch):
    """Every comparison that is made: names of its photos and its options."""
    seen = []
    own = history.scoring.compare

    def counted(before, after, options):
        seen.append((before.source, after.source, options))
        return own(before, after, options)

    monkeypatch.setattr(history.scoring, "compare", counted)
    return seen


def at(day):
    return datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=day)


def test_adding_a_session_costs_one_comparison_a_shot_and_nothing_more(record, photos, made):
    _, scored = add_session(record, "nora", photos[:2], at(0), options=FORMULA)
    assert scored == ()
    assert made == []
    saved, scored = add_session(record, "nora", photos[2:5], at(30), options=FORMULA)
    assert [one.is_new for one in scored] == [True] * 3
    assert len(made) == 3
    assert score_session(record, "nora", saved.id, FORMULA) == tuple(
        one._replace(is_new=False) for one in scored
    )
    assert len(made) == 3
    timeline_of(record, "nora", options=FORMULA)
    assert len(made) == 3


def test_the_numbers_are_those_of_compare(record, photos):
    add_session(record, "nora", photos[:1], options=FORMULA)
    saved, _ = add_session(record, "nora", photos[2:3], options=FORMULA)
    (kept,) = record.comparisons("nora").values()
    want = comparison_to_dict(compare(photos[0], photos[2], FORMULA))
    assert kept["scores"] == want["scores"]
    assert kept["made_with"] == want["made_with"]
    assert kept["after"]["sha256"] == saved.photos[0].sha256
    assert kept["after"]["path"] == photos[2].name


def test_models_are_named_with_version_and_folders_with_their_digest():
    name = DEFAULT_MODEL
    assert model_name(Options()) == name
    assert model_name(FORMULA) == "formula"
    folder = str(model_of(Options()).folder)
    assert model_name(replace(Options(), model=folder)).startswith(f"{name}+")
    with pytest.raises(ModelError):
        model_name(Options(model="nothing@1"))


def test_a_model_that_is_missing_is_told_before_anything_is_saved(record, photos):
    with pytest.raises(ModelError):
        add_session(record, "nora", photos[:1], options=Options(model="nothing@1"))
    assert record.sessions("nora") == ()


def test_rescoring_measures_what_is_missing_and_all_where_asked(record, photos, made):
    for photo in photos[:3]:
        add_session(record, "nora", [photo], options=FORMULA)
    assert len(made) == 2
    told = []
    done = rescore(record, "nora", Options(), tell=told.append)
    assert [one.is_new for one in done] == [True, True]
    assert tuple(told) == done
    assert len(record.comparisons("nora")) == 4
    assert [one.is_new for one in rescore(record, "nora", FORMULA)] == [False, False]
    assert [one.is_new for one in rescore(record, "nora", FORMULA, again=True)] == [True, True]
    assert len(record.comparisons("nora")) == 4


def test_a_site_says_how_its_photos_are_measured(record, photos, made):
    record.add_site("nora", Site("arm", close_up=True, px_per_mm=4.0))
    for photo in photos[:2]:
        add_session(record, "nora", [photo], site="arm", options=FORMULA)
    ((_, _, options),) = made
    assert (options.close_up, options.px_per_mm) == (True, 4.0)


def test_a_photo_that_cannot_be_scored_stops_no_other(record, photos):
    """Such as one that an older version could read."""
    add_session(record, "nora", photos[:1], options=FORMULA)
    bad = NewPhoto(StoredPhoto("", "bad.jpg", 0), photos[1].read_bytes()[:3000])
    good = NewPhoto(StoredPhoto("", "good.jpg", 0), photos[2].read_bytes())
    saved = record.add_session("nora", Session(at(30)), [bad, good])
    first, second = score_session(record, "nora", saved.id, FORMULA)
    assert first.failed
    assert "bad.jpg is damaged" in first.trouble
    assert second.is_new
    point = timeline_of(record, "nora", options=FORMULA).series("redness").points[1]
    assert (point.shots, point.taken) == (1, 2)


def test_photos_of_another_person_become_a_gap_that_says_so(record, london):
    """Two people of one set, alike in light, camera and pose."""
    add_session(record, "nora", [london / "001_neutral.jpg"], at(0), options=FORMULA)
    _, (scored,) = add_session(record, "nora", [london / "003_neutral.jpg"], at(9), options=FORMULA)
    assert "the same person" in scored.trouble
    (gap,) = timeline_of(record, "nora", options=FORMULA).series("redness").gaps
    assert gap.reason in scored.trouble


def test_a_photo_without_a_face_becomes_a_gap_that_says_so(record, photos):
    add_session(record, "nora", photos[:1], options=FORMULA)
    upside_down = read_photo(photos[1]).pixels[::-1]
    path = photos[1].with_name("turned.png")
    Image.fromarray(upside_down.copy()).save(path)
    _, (scored,) = add_session(record, "nora", [path], at(30), options=FORMULA)
    path.unlink()
    assert scored.trouble
    assert not scored.failed
    (gap,) = timeline_of(record, "nora", options=FORMULA).series("redness").gaps
    assert gap.reason in scored.trouble


def test_two_sessions_can_be_compared_with_maps(record, photos):
    first, _ = add_session(record, "nora", photos[:1], options=FORMULA)
    second, _ = add_session(record, "nora", photos[2:3], options=FORMULA)
    comparison = compare_sessions(record, "nora", second.id, first.id, FORMULA)
    assert comparison.maps
    assert comparison.before.sha256 == second.photos[0].sha256
    assert len(record.comparisons("nora")) == 1
    record.add_site("nora", Site("arm", close_up=True))
    arm, _ = add_session(record, "nora", photos[3:4], site="arm", options=FORMULA)
    with pytest.raises(RecordError, match="two of one body site"):
        compare_sessions(record, "nora", first.id, arm.id, FORMULA)


def test_a_damaged_file_of_the_record_stops_no_other(record, photos, made):
    for photo in photos[:3]:
        add_session(record, "nora", [photo], options=FORMULA)
    damaged = record.sessions("nora")[1].photos[0].sha256
    (record.folder / "photos" / damaged[:2] / damaged).write_bytes(b"no more a photo")
    done = rescore(record, "nora", FORMULA, again=True)
    assert [one.failed for one in done] == [True, False]
    assert "is damaged" in done[0].trouble


def test_who_did_not_agree_is_not_measured(record, photos, made):
    for photo in photos[:2]:
        add_session(record, "nora", [photo], options=FORMULA)
    nora = record.subject("nora")
    record.change_subject("nora", replace(nora, consent=Consent(measuring=False)))
    made.clear()
    with pytest.raises(RecordError, match="did not agree to be measured"):
        rescore(record, "nora", FORMULA, again=True)
    assert made == []
    pair = [one.photos[0].id for one in record.sessions("nora")]
    with pytest.raises(RecordError, match="did not agree"):
        record.add_comparison("nora", *pair, "formula", {})
    with pytest.raises(RecordError, match="did not agree"):
        compare_sessions(record, "nora", *(one.id for one in record.sessions("nora")), FORMULA)
    assert made == []


def test_what_is_not_there_is_told(record, photos):
    saved, _ = add_session(record, "nora", photos[:1], options=FORMULA)
    record.add_subject(Subject("ben"))
    with pytest.raises(RecordError, match="'ben' has no session"):
        score_session(record, "ben", saved.id, FORMULA)
    with pytest.raises(PhotoError, match="does not exist"):
        add_session(record, "nora", ["missing.jpg"], options=FORMULA)


def test_sessions_keep_a_thumbnail_without_anything_else_of_the_file(record, photos):
    saved, _ = add_session(record, "nora", photos[:1], options=FORMULA)
    small = record.photo(saved.photos[0].thumbnail)
    assert small.startswith(b"\xff\xd8")
    assert len(small) < 40_000
    assert b"Exif" not in small

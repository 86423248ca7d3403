"""Labels from folders of graded photos, and pairs to label from a record."""

from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from skindelta.errors import LabelError, RecordError
from skindelta.learning.label_files import read_labels, write_labels
from skindelta.learning.label_imports import PhotoPair, labels_from_folders, pairs_from_record
from skindelta.record import Consent, Record, Session, Site, StoredPhoto, Subject

DAY = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
AGREED = Consent(training=True)


def sorted_photos(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return folder


def test_folders_of_grades_become_labels(tmp_path):
    sorted_photos(tmp_path, "0/anna_2.jpg", "2/anna_1.jpg", "4/bea/1.jpg", "3/bea/2.jpg")
    labels = labels_from_folders(tmp_path, "redness", "CEA", rater="dr-k")
    said = {(one.before, one.value, one.subject, one.rater) for one in labels.labels}
    assert said == {
        ("0/anna_2.jpg", 0.0, "anna", "dr-k"),
        ("2/anna_1.jpg", 2.0, "anna", "dr-k"),
        ("3/bea/2.jpg", 3.0, "bea", "dr-k"),
        ("4/bea/1.jpg", 4.0, "bea", "dr-k"),
    }
    assert {(one.subject, one.signed) for one in labels.pairs} == {("anna", 2.0), ("bea", 1.0)}
    labels.check()
    write_labels(tmp_path / "labels.csv", labels.rows)
    assert read_labels(tmp_path / "labels.csv").labels == labels.labels


def test_names_of_folders_are_grades_where_said(tmp_path):
    sorted_photos(tmp_path, "Clear/anna_1.jpg", "severe/anna_2.jpg")
    grades = MappingProxyType({"clear": 0, "severe": 4})
    labels = labels_from_folders(tmp_path, "redness", "CEA", "chin", grades=grades)
    assert [(one.value, one.region) for one in labels.labels] == [(0.0, "chin"), (4.0, "chin")]


def test_people_with_one_graded_photo_are_set_aside(tmp_path):
    sorted_photos(tmp_path, "0/anna_1.jpg", "2/anna_2.jpg", "1/bea_1.jpg")
    labels = labels_from_folders(tmp_path, "redness", "CEA")
    assert [one.label.subject for one in labels.set_aside] == ["bea"]
    assert {one.subject for one in labels.labels} == {"anna"}


BAD_FOLDERS = {
    "missing": ((), {}, "cannot be listed"),
    "no class": (("anna_1.jpg",), {}, "holds no folders of photos"),
    "stray": (("0/anna_1.jpg", "anna_2.jpg"), {}, "anna_2.jpg has no grade"),
    "names": (("clear/anna_1.jpg", "mild/anna_2.jpg"), {}, "grade is unknown: clear, mild"),
    "not a number": (("nan/anna_1.jpg",), {}, "grade is unknown: nan"),
    "one name unknown": (
        ("clear/anna_1.jpg", "mild/anna_2.jpg"),
        {"grades": {"clear": 0}},
        "grade is unknown: mild;",
    ),
    "off the scale": (("0/anna_1.jpg", "7/anna_2.jpg"), {}, "anna_2.jpg: value 7 is not on"),
    "no person": (("0/photo.jpg",), {}, "does not say whose photo"),
    "a camera's name": (("0/IMG_1.jpg",), {}, "call it SUBJECT_IMG_1.jpg"),
    "attribute": (("0/anna_1.jpg",), {"attribute": "red"}, "did you mean redness?"),
    "scale of pairs": (("0/anna_1.jpg",), {"scale": "change"}, "use one of 0-100, CEA"),
    "other attribute": (("0/anna_1.jpg",), {"scale": "PIH"}, "grades hyperpigmentation"),
    "region": (("0/anna_1.jpg",), {"region": "my scar"}, "cannot be learnt from"),
}


@pytest.mark.parametrize(("names", "options", "message"), BAD_FOLDERS.values(), ids=BAD_FOLDERS)
def test_folders_that_tell_no_grades_are_refused(tmp_path, names, options, message):
    folder = sorted_photos(tmp_path / "graded", *names)
    with pytest.raises(LabelError, match=message):
        labels_from_folders(folder, **({"attribute": "redness", "scale": "CEA"} | options))


@pytest.fixture
def record(tmp_path):
    with Record(tmp_path / "record") as kept:
        yield kept


def session(record, person, days, *contents, site="face"):
    photos = [(StoredPhoto("", f"{n}.jpg", 0), content) for n, content in enumerate(contents)]
    return record.add_session(person, Session(DAY + timedelta(days), site), photos)


def named(saved):
    return f"sha256:{saved.photos[0].sha256}"


def test_sessions_are_paired_with_the_baseline_of_their_site(record):
    record.add_subject(Subject("anna", consent=AGREED))
    record.add_site("anna", Site("arm", close_up=True))
    first = session(record, "anna", 0, b"one", b"another view")
    second, third = session(record, "anna", 7, b"two"), session(record, "anna", 14, b"three")
    arm = [session(record, "anna", days, b"arm %d" % days, site="arm") for days in (0, 7)]
    assert pairs_from_record(record) == (
        (
            PhotoPair("anna", named(arm[0]), named(arm[1]), "arm", True),
            PhotoPair("anna", named(first), named(second)),
            PhotoPair("anna", named(first), named(third)),
        ),
        (),
    )
    record.choose_baseline("anna", second.id)  # the earlier photo stays before
    faces = [one for one in pairs_from_record(record, ["anna"]).pairs if one.site == "face"]
    assert faces == [
        PhotoPair("anna", named(first), named(second)),
        PhotoPair("anna", named(second), named(third)),
    ]


def test_only_people_who_agreed_are_learnt_from(record):
    for name, consent in (("anna", AGREED), ("bea", Consent()), ("carl", Consent(showing=True))):
        record.add_subject(Subject(name, consent=consent))
        for days in (0, 7):
            session(record, name, days, f"{name} {days}".encode())
    pairs, left_out = pairs_from_record(record)
    assert {pair.subject for pair in pairs} == {"anna"}
    assert left_out == ("bea", "carl")
    assert pairs_from_record(record, ["bea"]) == ((), ("bea",))
    with pytest.raises(RecordError):
        pairs_from_record(record, ["dora"])


def test_pairs_of_a_record_can_be_labelled_and_read(record, tmp_path):
    record.add_subject(Subject("anna", consent=AGREED))
    for days in (0, 7):
        session(record, "anna", days, b"day %d" % days)
    ((_, before, after, *_),) = pairs_from_record(record).pairs
    row = f"{before},{after},redness,face,1,change,dr-k,,anna"
    path = tmp_path / "labels.csv"
    path.write_text(f"before,after,attribute,region,value,scale,rater,labelled_at,subject\n{row}\n")
    (label,) = read_labels(path, find=record.photo).labels
    assert label.photos == (before, after)
    path.write_text(path.read_text().replace(after, "sha256:" + "0" * 64))
    (problem,) = read_labels(path, find=record.photo).problems
    assert (problem.row, problem.column) == (2, "after")

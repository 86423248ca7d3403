"""Labels: what scales mean, what is read of a file, and what is wrong with it by row and column."""

import errno
import os
import string
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest import approx

from skindelta.errors import LabelError, RecordError
from skindelta.learning.forgetting import forget_person
from skindelta.learning.label_checks import REGIONS
from skindelta.learning.label_files import COLUMNS, append_label, read_labels, write_labels
from skindelta.learning.labels import Label, Labels, labels_hash, pairs_of_levels
from skindelta.learning.scales import CANNOT_JUDGE, SCALES
from skindelta.learning.split import part_of, person, split

HEADER = ",".join(COLUMNS)
SHA = "sha256:" + "0" * 64
NAMES = ("a1.jpg", "a2.jpg", "a3.jpg", "b1.jpg", "b2.jpg")
PAIR = Label(
    before="a1.jpg",
    after="a2.jpg",
    attribute="redness",
    region="left_cheek",
    value=2.0,
    choice="",
    scale="change",
    rater="r1",
    labelled_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    subject="anna",
)
LEVEL = replace(PAIR, after="", scale="CEA", value=3.0, labelled_at=None)


@pytest.fixture
def folder(tmp_path):
    """Folder with photos; nobody reads their pixels."""
    for name in NAMES:
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def table(folder, *rows, header=HEADER, name="labels.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes("\n".join([header, *rows, ""]).encode(encoding))
    return path


def cells(**changed):
    """One row of the table, right but for what is changed."""
    right = {
        "before": "a1.jpg",
        "after": "a2.jpg",
        "attribute": "redness",
        "region": "left_cheek",
        "value": "2",
        "scale": "change",
        "rater": "r1",
        "labelled_at": "2026-03-01T09:30:00Z",
        "subject": "anna",
    }
    return ",".join((right | changed).values())


# -- scales ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scale", "written", "change"),
    [
        ("change", 2, 2),
        ("change-100", -40, -40),
        ("CEA", 1, 1),  # 2 before, 3 after: redder
        ("GAIS", 4, 0),  # no change
        ("GAIS", 1, -3),  # very much improved: less of it
        ("GAIS", 5, 1),  # worse
        ("a*", 1.5, 1.5),
        ("L*", -2.5, 2.5),  # darker skin reads lower: more pigment
        ("%", -10, -10),
    ],
)
def test_every_scale_turns_into_more_or_less_of_the_attribute(scale, written, change):
    assert SCALES[scale].signed(written) == change
    assert SCALES[scale].written(change) == written


def test_scales_are_whole():
    for name, scale in SCALES.items():
        assert name == scale.name
        assert scale.source
        assert (scale.kind == "choice") == (scale.low == scale.high)
        low, high = scale.span(pair=True)
        assert low <= scale.neutral <= high
        if scale.kind == "level":
            assert scale.neutral == 0  # or the difference of two grades would not be a change


def test_levels_of_two_photos_are_a_difference():
    assert SCALES["Goodman-Baron"].span(pair=False) == (1, 4)
    assert SCALES["Goodman-Baron"].span(pair=True) == (-3, 3)
    assert SCALES["Goodman-Baron"].trouble(0, pair=True) == ""
    assert "is 1 to 4" in SCALES["Goodman-Baron"].trouble(0, pair=False)
    assert SCALES["mMASI"].trouble(0.3, pair=False) == ""


# -- one label ------------------------------------------------------------------------------------

LEVEL_DIFFERENCE = replace(PAIR, scale="CEA", value=-3.0)
CHOICE = replace(PAIR, scale="choice", value=None, choice="after")
GAIS = replace(PAIR, scale="GAIS", value=1.0)


@pytest.mark.parametrize("label", [PAIR, LEVEL_DIFFERENCE, CHOICE, GAIS], ids=lambda one: one.scale)
def test_a_mirrored_label_says_the_opposite_of_the_same_pair(label):
    turned = label.turned()
    assert turned.signed == -label.signed
    assert turned.key == label.key
    assert turned.turned() == label
    assert turned.canonical() == label.canonical() == label


def test_a_label_of_one_photo_says_no_change():
    with pytest.raises(ValueError, match="two photos"):
        _ = LEVEL.signed
    with pytest.raises(ValueError, match="two photos"):
        LEVEL.turned()
    with pytest.raises(ValueError, match="judged"):
        _ = replace(CHOICE, choice=CANNOT_JUDGE).signed
    assert LEVEL.canonical() == LEVEL


# -- levels ---------------------------------------------------------------------------------------


def level(photo, value, **other):
    return replace(LEVEL, before=photo, value=value, **other)


def test_levels_become_differences_from_the_first_photo_of_a_person():
    grades = [level("a1.jpg", 3), level("a2.jpg", 2), level("a3.jpg", 4)]
    pairs, aside = pairs_of_levels(grades)
    assert [(one.before, one.after, one.signed) for one in pairs] == [
        ("a1.jpg", "a2.jpg", -1),
        ("a1.jpg", "a3.jpg", 1),
    ]
    assert not aside


def test_a_photo_that_was_graded_again_counts_with_its_mean():
    pairs, _ = pairs_of_levels([level("a1.jpg", 1), level("a1.jpg", 2), level("a2.jpg", 3)])
    assert [one.value for one in pairs] == [approx(1.5)]


@pytest.mark.parametrize(
    "other",
    [
        {"subject": "bea"},
        {"rater": "r2"},
        {"region": "chin"},
        {"scale": "0-100"},
        {"basis": "relative"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_levels_of_other_people_raters_and_questions_are_no_pair(other):
    pairs, aside = pairs_of_levels([level("a1.jpg", 1), level("a2.jpg", 3, **other)])
    assert not pairs
    assert len(aside) == 2
    assert "only photo" in aside[0].reason


def test_what_says_nothing_about_a_change_is_set_aside_and_counted(folder):
    path = table(
        folder,
        cells(),
        cells(value="cannot judge", scale="choice"),
        cells(before="b1.jpg", after="", scale="CEA", subject="bea"),
        cells(before="b2.jpg", after="", scale="CEA", subject="bea", rater="r2"),
    )
    labels = read_labels(path)
    assert not labels.problems
    assert [one.row for one in labels.labels] == [2]
    assert [one.label.row for one in labels.set_aside] == [3, 4, 5]
    assert "1 label set aside: cannot judge" in labels.warnings
    assert any(told.startswith("2 labels set aside: the only photo") for told in labels.warnings)
    assert [one.row for one in labels.rows] == [2, 3, 4, 5]
    labels.check()


# -- reading --------------------------------------------------------------------------------------


def test_a_row_is_read(folder):
    labels = read_labels(table(folder, cells()))
    assert labels.labels == (PAIR,)
    assert labels.labels[0].row == 2
    assert labels.photos == {"a1.jpg": "anna", "a2.jpg": "anna"}
    labels.check()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"attribute": "Redness"}, {}),
        ({"region": "Left cheek"}, {}),
        ({"value": "+2"}, {}),
        ({"value": "2.0"}, {}),
        ({"value": "\N{MINUS SIGN}2"}, {"value": -2.0}),
        ({"value": "'-2"}, {"value": -2.0}),  # as text, so that a spreadsheet leaves it alone
        ({"labelled_at": ""}, {"labelled_at": None}),
        ({"labelled_at": "2026-03-01T10:30:00+01:00"}, {}),
        ({"labelled_at": "2026-03-01 09:30"}, {}),
        ({"before": "./a1.jpg"}, {}),
        ({"subject": " anna "}, {}),
        ({"value": "After", "scale": "Choice"}, {"value": None, "choice": "after"}),
        ({"value": "-1", "scale": "cea"}, {"value": -1.0}),
    ],
    ids=str,
)
def test_people_write_the_same_in_many_ways(folder, changed, expected):
    labels = read_labels(table(folder, cells(**changed)))
    assert not labels.problems
    (label,) = labels.rows
    scale = {"Choice": "choice", "cea": "CEA"}.get(changed.get("scale"), "change")
    assert label == replace(PAIR, scale=scale, **expected)


@pytest.mark.parametrize("delimiter", [";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_spreadsheets_write_other_signs_and_decimal_commas(folder, delimiter, encoding):
    row = cells(value="-1.5", scale="change-100").replace(",", delimiter).replace("1.5", "1,5")
    header = HEADER.replace(",", delimiter).title() + delimiter
    path = table(folder, row + delimiter, "", header=header, encoding=encoding)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_labels(path).rows == (replace(PAIR, value=-1.5, scale="change-100"),)


def test_photos_of_a_record_are_named_by_their_hash(folder):
    path = table(folder, cells(before=SHA.upper().replace("SHA", "sha")))
    assert read_labels(path, find=lambda sha: b"photo").rows[0].before == SHA
    (problem,) = read_labels(path).problems
    assert (problem.row, problem.column) == (2, "before")
    assert "which record" in problem.message
    (problem,) = read_labels(path, find=lambda sha: None).problems
    assert "in no record" in problem.message

    def locked(sha):
        raise RecordError("the photos are locked")

    (problem,) = read_labels(path, find=locked).problems
    assert problem.message == "the photos are locked"


def test_folders_as_windows_writes_them(folder):
    (folder / "anna").mkdir()
    (folder / "anna" / "1.jpg").write_bytes(b"1")
    assert read_labels(table(folder, cells(before="anna\\1.jpg"))).rows[0].before == "anna/1.jpg"


BAD_CELLS = [
    ({"before": ""}, "before", "is empty"),
    ({"before": "missing.jpg"}, "before", "is no file"),
    ({"before": "."}, "before", "is no file"),
    ({"before": "\x01" * 300}, "before", "is no file"),
    ({"after": "missing.jpg"}, "after", "is no file"),
    ({"after": "a1.jpg"}, "after", "photo of before"),
    ({"after": "copy.jpg"}, "after", "photo of before"),
    ({"after": ""}, "after", "said of two photos"),
    ({"before": "sha256:12"}, "before", "64 hexadecimal digits"),
    ({"attribute": "rednes"}, "attribute", "did you mean redness?"),
    ({"attribute": ""}, "attribute", "use one of redness, hyperpigmentation, texture"),
    ({"region": "left_chek"}, "region", "did you mean left_cheek or "),
    ({"region": "my scar"}, "region", "cannot be learnt from"),
    ({"region": ""}, "region", "is empty"),
    ({"scale": "CAE"}, "scale", "CEA?"),
    ({"scale": "wrinkle"}, "scale", "grades texture, not redness"),
    ({"scale": ""}, "scale", "is empty"),
    ({"value": ""}, "value", "is empty"),
    ({"value": "much"}, "value", "is no number"),
    ({"value": "nan"}, "value", "is no number"),
    ({"value": "1_0"}, "value", "is no number"),
    ({"value": "4"}, "value", "is -3 to 3"),
    ({"value": "1e999"}, "value", "is -3 to 3"),
    ({"value": "1.5"}, "value", "between the steps"),
    ({"value": "5", "scale": "CEA"}, "value", "-4 to 4"),
    ({"value": "-1", "scale": "CEA", "after": ""}, "value", "0 to 4"),
    ({"value": "0", "scale": "GAIS"}, "value", "1 to 5"),
    ({"value": "after"}, "value", "write a number"),
    ({"value": "2", "scale": "choice"}, "value", "before, same, after"),
    ({"rater": ""}, "rater", "who graded"),
    ({"subject": " "}, "subject", "whose photos"),
    ({"subject": "x" * 101}, "subject", "1 to 100"),
    ({"labelled_at": "01.03.2026"}, "labelled_at", "2026-03-01T09:30"),
    ({"labelled_at": "0001-01-01T00:00+23:00"}, "labelled_at", "is no time"),
]


@pytest.mark.parametrize(("changed", "column", "message"), BAD_CELLS, ids=lambda x: str(x)[:40])
def test_a_bad_cell_is_told_by_row_and_column(folder, changed, column, message):
    (folder / "copy.jpg").write_bytes(b"a1.jpg")
    path = table(folder, cells(before="b1.jpg", after="b2.jpg", subject="bea"), cells(**changed))
    labels = read_labels(path)
    assert [(one.row, one.column) for one in labels.problems] == [(3, column)]
    assert message in labels.problems[0].message
    assert [one.row for one in labels.labels] == [2]
    with pytest.raises(LabelError, match=rf"1 problem in 1 row.*\n  row 3, {column}: "):
        labels.check()


def test_all_that_is_wrong_with_a_row_is_told(folder):
    path = table(folder, cells(before="no", attribute="red", value="x", labelled_at="y", rater=""))
    columns = {problem.column for problem in read_labels(path).problems}
    assert columns == {"before", "attribute", "value", "labelled_at", "rater"}


def test_an_unknown_basis_is_told(folder):
    path = table(folder, cells() + ",relativ", header=HEADER + ",basis")
    (problem,) = read_labels(path).problems
    assert (problem.row, problem.column) == (2, "basis")
    assert "did you mean relative?" in problem.message


def test_a_row_with_too_many_cells_is_told(folder):
    (problem,) = read_labels(table(folder, cells(value="1,5"))).problems
    assert (problem.row, problem.column) == (2, "the row")
    assert "10 cells, the header 9" in problem.message


CONFLICTS = {
    "the same row again": ([cells(), cells()], [(3, "before")], "same as row 2"),
    "the same row mirrored": (
        [cells(), cells(before="a2.jpg", after="a1.jpg", value="-2")],
        [(3, "before")],
        "same as row 2",
    ),
    "the opposite at one time": (
        [cells(), cells(value="-1")],
        [(2, "value"), (3, "value")],
        "contradicts row",
    ),
    "the opposite at no time": (
        [cells(labelled_at=""), cells(value="-1", labelled_at="")],
        [(2, "value"), (3, "value")],
        "contradicts row",
    ),
    "the same of a mirrored pair": (
        [cells(), cells(before="a2.jpg", after="a1.jpg")],
        [(2, "value"), (3, "value")],
        "contradicts row",
    ),
    "both show more": (
        [cells(value=word, scale="choice") for word in ("after", "before")],
        [(2, "value"), (3, "value")],
        "contradicts row",
    ),
    "a photo clear and severe": (
        [cells(after="", value=grade, scale="CEA") for grade in "04"],
        [(2, "value"), (3, "value")],
        "contradicts row",
    ),
    "a photo of two people": (
        [cells(), cells(after="a3.jpg", subject="bea")],
        [(3, "subject")],
        "a1.jpg is of bea, but of anna in row 2",
    ),
}


@pytest.mark.parametrize(("rows", "where", "message"), CONFLICTS.values(), ids=CONFLICTS)
def test_rows_that_cannot_both_be_right_are_told(folder, rows, where, message):
    problems = read_labels(table(folder, *rows)).problems
    assert [(one.row, one.column) for one in problems] == where
    assert message in problems[0].message


@pytest.mark.parametrize(
    "second",
    [
        {"value": "-1", "labelled_at": "2026-03-08"},  # a repeat: raters change their minds
        {"value": "-1", "rater": "r2"},
        {"value": "-1", "region": "chin"},
        {"value": "1"},
        {"value": "0"},
        {"value": "2", "subject": "ANNA", "labelled_at": ""},
    ],
    ids=str,
)
def test_rows_that_may_both_be_right_are_kept(folder, second):
    labels = read_labels(table(folder, cells(), cells(**second)))
    assert not labels.problems
    assert len(labels.labels) == 2


def test_at_most_twenty_problems_are_listed(folder):
    labels = read_labels(table(folder, *[cells(value=str(n)) for n in range(10, 35)]))
    with pytest.raises(LabelError) as raised:
        labels.check()
    lines = str(raised.value).splitlines()
    assert lines[0].endswith(
        "has 25 problems in 25 rows; mend or delete these rows, and try again:"
    )
    assert lines[1].startswith("  row 2, value: 10 is not on the scale change")
    assert lines[-1] == "  and 5 more"
    assert len(lines) == 22


def test_rows_are_counted_as_a_spreadsheet_counts(folder):
    path = table(folder, "", cells(rater='"one\ntwo"'), "", cells(value="9"))
    assert {problem.row for problem in read_labels(path).problems} == {3, 5}


FILES = {
    "empty": (b"", "is empty; its first row is before,after"),
    "blank": (b" \n\n", "is empty"),
    "a workbook": (b"PK\x03\x04\xff\xfe\x00", 'save it as "CSV UTF-8"'),
    "utf-16": (HEADER.encode("utf-16"), 'save it as "CSV UTF-8"'),
    "latin-1": (f"{HEADER}\n{cells(subject='Zoë')}".encode("latin-1"), "no text in UTF-8"),
    "open quote": (f'{HEADER}\n"{cells()}'.encode(), "no CSV from line"),
    "misspelt": (HEADER.replace("labelled_at", "labeled_at").encode(), "did you mean labeled_at?"),
    "no header": (cells().encode(), "before is missing"),
    "one missing": (HEADER.removesuffix(",subject").encode(), "subject is missing. Its first row"),
    "twice": (f"{HEADER},scale".encode(), "scale is there twice"),
    "basis": (f"{HEADER},bases".encode(), "bases is unknown (did you mean basis?)"),
}


@pytest.mark.parametrize(("data", "message"), FILES.values(), ids=FILES)
def test_a_file_that_is_no_table_of_labels_is_refused(tmp_path, data, message):
    path = tmp_path / "labels.csv"
    path.write_bytes(data)
    with pytest.raises(LabelError) as raised:
        read_labels(path)
    assert message in str(raised.value)
    assert str(path) in str(raised.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(LabelError, match=r"nowhere.csv cannot be read .* name a CSV file"):
        read_labels(tmp_path / "nowhere.csv")
    with pytest.raises(LabelError, match="cannot be read"):
        read_labels(tmp_path)


def test_a_header_alone_is_read_and_teaches_nothing(folder):
    labels = read_labels(table(folder))
    assert labels == Labels((), folder=folder, source=str(folder / "labels.csv"))
    with pytest.raises(LabelError, match="says nothing about a change .*no row below the header"):
        labels.check()


def test_columns_of_ones_own_are_left_unread(folder):
    assert read_labels(table(folder, cells() + ",nice", header=HEADER + ",note")).rows == (PAIR,)


# -- the whole ------------------------------------------------------------------------------------


def test_the_whole_is_warned_of():
    told = Labels((PAIR,)).warnings
    assert len(told) == 4
    for sentence in ("one person", "one rater", "1 pair, fewer than 40", "redness on change says"):
        assert any(sentence in one for one in told)


def test_labels_of_many_are_not_warned_of():
    many = [
        replace(PAIR, subject=f"p{n}", rater=f"r{n % 2}", value=float(n % 3 - 1)) for n in range(40)
    ]
    assert Labels(tuple(many)).warnings == ()


def test_the_hash_is_of_what_is_said_in_any_order():
    labels = [PAIR, LEVEL, CHOICE]
    moved = [replace(label, row=7) for label in reversed(labels)]
    assert labels_hash(labels) == labels_hash(moved)
    assert labels_hash([replace(PAIR, value=0.0)]) == labels_hash([replace(PAIR, value=-0.0)])
    for other in (replace(PAIR, value=1.0), replace(PAIR, rater="r2"), PAIR.turned()):
        assert labels_hash([other]) != labels_hash([PAIR])
    assert labels_hash([PAIR, PAIR]) != labels_hash([PAIR])


# -- writing --------------------------------------------------------------------------------------

SIGNS = string.ascii_letters + string.digits + " ,;'\"=+-@._é\N{SNOWMAN}"
TEXTS = st.text(SIGNS, min_size=1, max_size=20).map(str.strip).filter(bool)
TIMES = st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))


@st.composite
def any_label(draw):
    """One right label: of two photos or one, on any scale."""
    scale = draw(st.sampled_from(list(SCALES.values())))
    one_photo = scale.kind == "level" and draw(st.booleans())
    value, choice = None, ""
    if scale.kind == "choice":
        choice = draw(st.sampled_from(["before", "same", "after", CANNOT_JUDGE]))
    else:
        low, high = scale.span(not one_photo)
        if scale.step:
            value = low + scale.step * draw(st.integers(0, round((high - low) / scale.step)))
        else:
            value = draw(st.floats(low, high))
    return Label(
        before="a1.jpg",
        after="" if one_photo else SHA,
        attribute=draw(st.sampled_from(scale.attributes or ("redness", "texture"))),
        region=draw(st.sampled_from(REGIONS)),
        value=value,
        choice=choice,
        scale=scale.name,
        rater=draw(TEXTS),
        labelled_at=draw(TIMES),
        subject=draw(TEXTS),
        basis=draw(st.sampled_from(["", "absolute", "relative"])),
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(label=any_label())
def test_what_was_written_is_read(folder, label):
    for write in (lambda path: write_labels(path, [label]), lambda path: append_label(path, label)):
        path = folder / "labels.csv"
        path.unlink(missing_ok=True)
        write(path)
        labels = read_labels(path, find=lambda sha: b"photo")
        assert labels.problems == ()
        assert labels.rows == (label,)
        assert labels_hash(labels.rows) == labels_hash([label])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(label=any_label().filter(lambda one: one.is_pair and one.choice != CANNOT_JUDGE))
def test_turning_a_label_turns_its_sign(folder, label):
    assert label.turned().signed == approx(-label.signed)
    assert label.turned().turned().signed == approx(label.signed)


def test_labels_that_are_appended_follow_those_there(folder):
    path = folder / "labels.csv"
    later = replace(PAIR, value=-1.0, labelled_at=datetime(2026, 3, 8, tzinfo=UTC))
    append_label(path, PAIR)
    append_label(path, later)
    assert path.read_text().count("before,after") == 1
    assert read_labels(path).rows == (PAIR, later)


def test_an_appended_label_takes_the_layout_of_its_file(folder):
    header = "note;" + ";".join(reversed(COLUMNS))
    path = table(folder, header=header, encoding="utf-8-sig")
    path.write_bytes(path.read_bytes().rstrip(b"\n"))  # as an editor leaves it
    label = replace(PAIR, value=1.5, scale="change-100")
    append_label(path, label)
    assert read_labels(path).rows == (label,)
    assert ";1,5;" in path.read_text("utf-8-sig")


def test_a_label_that_its_file_cannot_hold_is_refused(folder):
    path = table(folder)
    with pytest.raises(LabelError, match="no column basis"):
        append_label(path, replace(PAIR, basis="relative"))
    other = table(folder, header="subject,score", name="scores.csv")
    with pytest.raises(LabelError, match="has not the columns of labels"):
        append_label(other, PAIR)
    for wrong in ({"value": 9.0}, {"labelled_at": datetime(2026, 3, 1)}, {"rater": " r1"}):
        with pytest.raises(ValueError, match="expected a label that can be read again"):
            append_label(path, replace(PAIR, **wrong))
    assert path.read_text() == HEADER + "\n"
    assert other.read_text() == "subject,score\n"


def full(*args, **kwargs):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_leaves_the_old_labels(folder, monkeypatch):
    path = folder / "labels.csv"
    write_labels(path, [PAIR])
    old = path.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        with pytest.raises(LabelError, match=r"No space left.*untouched"):
            write_labels(path, [CHOICE])
    assert path.read_bytes() == old
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(LabelError, match=r"No space left.*the label is not in it"):
            append_label(path, CHOICE)
    assert path.read_bytes() == old
    assert {file.name for file in folder.iterdir()} == {*NAMES, "labels.csv"}


def test_labels_go_nowhere_where_no_folder_is(tmp_path):
    for write in (lambda path: write_labels(path, [PAIR]), lambda path: append_label(path, PAIR)):
        with pytest.raises(LabelError, match="cannot be written"):
            write(tmp_path / "none" / "labels.csv")


def test_a_torn_row_is_told_and_costs_no_other(folder):
    path = table(folder, cells())
    path.write_bytes(path.read_bytes() + b"a1.jpg,a3.jpg,redn")
    append_label(path, CHOICE)
    labels = read_labels(path)
    assert {problem.row for problem in labels.problems} == {3}
    assert labels.rows == (PAIR, CHOICE)


# -- people ---------------------------------------------------------------------------------------


def test_a_person_stays_in_a_part_however_the_name_is_typed():
    names = ["Zoë", " zoë ", "ZOE\N{COMBINING DIAERESIS}"]
    assert len({person(name) for name in names}) == 1
    assert len({part_of(name) for name in names}) == 1


def test_people_are_split_by_a_hash_that_never_changes():
    # The first 64 bits of the sha256 of the names, as fractions: 0.33, 0.71, 0.80.
    assert part_of("anna") == "learn"
    assert part_of("bea") == "stop"
    assert part_of("pia") == "held out"


def test_of_many_people_60_20_and_20_percent():
    parts = split(f"person {n}" for n in range(5000))
    assert {part: len(people) / 5000 for part, people in parts.items()} == {
        "learn": approx(0.6, abs=0.03),  # three standard deviations of 5000 draws: 0.02
        "stop": approx(0.2, abs=0.03),
        "held out": approx(0.2, abs=0.03),
    }
    assert sum(map(len, parts.values())) == 5000


@given(st.lists(st.text(max_size=10)), st.lists(st.text(max_size=10)))
def test_new_people_move_nobody(people, more):
    before, after = split(people), split([*people, *more])
    for part, known in before.items():
        assert set(known) <= set(after[part])


# -- the page that describes them -----------------------------------------------------------------


def test_the_page_of_labels_names_every_column_scale_and_region():
    page = (Path(__file__).parents[1] / "docs" / "labels.md").read_text()
    for name in (*COLUMNS, "basis", *SCALES, *REGIONS):
        assert f"`{name}`" in page


def test_who_is_erased_is_in_no_label_and_in_no_training(tmp_path, monkeypatch):
    monkeypatch.setenv("SKINDELTA_MODELS", str(tmp_path / "models"))
    kept = tmp_path / "models" / ".training" / "clinic" / "examples"
    kept.mkdir(parents=True)
    (kept / "a.npz").write_bytes(b"what a network was shown")
    head = "before,after,attribute,region,value,scale,rater,labelled_at,subject,mine\r\n"
    of_anna = "a.jpg,b.jpg,redness,face,1,change,ann,,Anna ,x\r\n"
    of_bea = "c.jpg,d.jpg,redness,face,1,change,ann,,bea,y\r\n"
    labels = tmp_path / "labels.csv"
    labels.write_bytes((head + of_anna + of_bea + of_anna.replace("1,", "wrong,", 1)).encode())
    assert forget_person(tmp_path, "anna") == 2
    assert labels.read_bytes().decode() == head + of_bea
    assert not kept.exists()
    assert forget_person(tmp_path, "anna") == 0

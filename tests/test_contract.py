"""What is written is JSON that the published schema describes, and says what was measured."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from skindelta.attributes import ATTRIBUTES
from skindelta.contract import (
    ASSESSMENT_SCHEMA,
    CHECK_SCHEMA,
    COMPARISON_SCHEMA,
    ROW_FIELDS,
    assessment_to_dict,
    check_to_dict,
    comparison_rows,
    comparison_to_dict,
    iso_time,
)
from skindelta.history.documents import PERSON_SCHEMA, TIMELINE_SCHEMA
from skindelta.types import (
    Assessment,
    CardReading,
    Comparison,
    GreyReading,
    PhotoSummary,
    Protocol,
    Quality,
    Reason,
    Scale,
    Score,
)

SCHEMAS = {
    path.name: json.loads(path.read_text())
    for path in (Path(__file__).parents[1] / "docs" / "schema").glob("*.json")
}
SCHEMA = SCHEMAS["comparison-1.json"]
BLUR = Reason("blur", "the photo is blurred: 4.1 px, at most 2.5", "hold still", 4.1, 2.5)


def score(value=-3.1, **other):
    given = {"low": -4.6, "high": -1.6, "sdc": 1.4, "verdict": "improved", "reason": None} | other
    return Score("redness", "face", "absolute", value, "a*", reference="scene", **given)


NOT_MEASURED = score(None, low=None, high=None, sdc=None, verdict="not measurable", reason="why")


def comparison(**other):
    taken = datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=2)))
    usable = Quality(0.8, 0.01, 1.2, 0.02, 0.1, Scale(4.0, 3.5, 4.5))
    given = {
        "before": PhotoSummary("a.jpg", "aa", taken, "Apple iPhone 15", usable),
        "after": PhotoSummary("b.jpg", "bb", None, None, Quality(reasons=(BLUR,))),
        "comparable": True,
        "reasons": (BLUR,),
        "reference": "scene",
        "residual_px": 0.6,
        "aligned": None,
        "maps": (),
        "scores": (score(details=MappingProxyType({"n": np.float32(2.5)})), NOT_MEASURED),
        "made_with": MappingProxyType({"skindelta": "0.1.0", "models": ("m@1",), "options": {}}),
        "also": (score(),),
    }
    return Comparison(**given | other)


def assert_fits(value, schema, file="comparison-1.json"):
    """Hold a value against the part of JSON Schema that ours use."""
    if "anyOf" in schema:
        schema = schema["anyOf"][value is None]  # something, or null
    if "$ref" in schema:
        other, _, name = schema["$ref"].partition("#/$defs/")
        file = other or file
        schema = SCHEMAS[file]["$defs"][name]
    if "const" in schema:
        assert value == schema["const"]
    if "enum" in schema:
        assert value in schema["enum"]
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
    if "type" in schema:
        allowed = np.atleast_1d(schema["type"]).tolist()
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        assert any(is_number if k == "number" else isinstance(value, kinds[k]) for k in allowed)
    if isinstance(value, dict) and "properties" in schema:
        assert set(schema["required"]) <= set(value) <= set(schema["properties"])
        for key, item in value.items():
            assert_fits(item, schema["properties"][key], file)
    if isinstance(value, list):
        for item in value:
            assert_fits(item, schema["items"], file)


def test_comparison_is_json_as_the_schema_says():
    written = json.loads(json.dumps(comparison_to_dict(comparison()), allow_nan=False))
    assert written == comparison_to_dict(comparison())
    assert_fits(written, SCHEMA)


def test_schema_would_notice_a_wrong_value():
    wrong = comparison_to_dict(comparison())
    wrong["scores"][0]["value"] = "-3.1"
    with pytest.raises(AssertionError):
        assert_fits(wrong, SCHEMA)


def test_comparison_says_what_was_measured():
    written = comparison_to_dict(comparison())
    assert written["schema"] == "skindelta.comparison/1"
    assert written["before"]["taken_at"] == "2026-03-01T07:30:00Z"
    assert written["before"]["quality"]["px_per_mm"] == {"value": 4.0, "low": 3.5, "high": 4.5}
    assert written["after"]["quality"]["usable"] is False
    assert written["reasons"] == written["after"]["quality"]["reasons"]
    assert written["reasons"][0] == {
        "code": "blur",
        "message": BLUR.message,
        "advice": "hold still",
        "value": 4.1,
        "limit": 2.5,
    }
    measured, missing = written["scores"]
    assert (measured["value"], measured["low"], measured["high"]) == (-3.1, -4.6, -1.6)
    assert measured["details"] == {"n": 2.5}
    assert (missing["value"], missing["reason"]) == (None, "why")
    assert written["made_with"] == {"skindelta": "0.1.0", "models": ["m@1"], "options": {}}


def test_schema_names_the_attributes_that_exist():
    for file, name in (("comparison-1.json", "score"), ("assessment-1.json", "level")):
        named = SCHEMAS[file]["$defs"][name]["properties"]["attribute"]["enum"]
        assert named == [attribute.name for attribute in ATTRIBUTES]


def test_assessment_has_levels_without_verdict():
    level = score(12.5, low=None, high=None, sdc=None, verdict=None, reason="note")
    summary = PhotoSummary("a.jpg", "aa", None, None, Quality())
    written = assessment_to_dict(Assessment(summary, None, (level,), {"skindelta": "0.1.0"}))
    assert_fits(written, SCHEMAS["assessment-1.json"], "assessment-1.json")
    assert written["scores"][0]["value"] == 12.5
    assert written["scores"][0]["verdict"] is None
    assert json.loads(json.dumps(written, allow_nan=False)) == written


def test_checked_photos_are_json_as_the_schema_says():
    summary = PhotoSummary("a.jpg", "aa", None, "a phone", Quality(reasons=(BLUR,)))
    corners = np.array([[1, 2], [7, 2], [7, 6], [1, 6]], np.float32)
    readable = np.ones(24, bool)
    card = CardReading(corners, np.eye(3), 0.9, np.ones((24, 3)), readable, 8.0, 1.5, 1.1)
    grey = GreyReading((0.3, 0.3, 0.2), 0.01, (BLUR,))
    unreadable = replace(card, residual_before=None, residual_after=None, reasons=(BLUR,))
    checked = (
        ("a.jpg", summary),
        ("b.jpg", "b.jpg is empty"),
        ("a.jpg", replace(summary, card=card)),
        ("a.jpg", replace(summary, card=unreadable, grey=grey)),
    )
    written = check_to_dict(checked)
    assert_fits(written, SCHEMAS["check-1.json"], "check-1.json")
    assert json.loads(json.dumps(written, allow_nan=False)) == written
    assert [photo["path"] for photo in written["photos"]] == ["a.jpg", "b.jpg", "a.jpg", "a.jpg"]
    assert [photo["error"] for photo in written["photos"]] == [None, "b.jpg is empty", None, None]
    assert [photo["card"] and photo["card"]["usable"] for photo in written["photos"]] == [
        None,
        None,
        True,
        False,
    ]


def test_every_schema_has_its_file():
    names = {schema["title"] for schema in SCHEMAS.values()}
    over_time = {TIMELINE_SCHEMA, PERSON_SCHEMA}
    assert names == {COMPARISON_SCHEMA, ASSESSMENT_SCHEMA, CHECK_SCHEMA, *over_time}


def test_nan_never_leaves():
    with pytest.raises(ValueError, match="None with a reason"):
        comparison_to_dict(comparison(residual_px=float("nan")))
    with pytest.raises(ValueError, match="None with a reason"):
        comparison_to_dict(comparison(scores=(score(details={"x": np.float32("inf")}),)))


def test_rows_are_flat_and_say_the_same():
    rows = comparison_rows(comparison(), "anna")
    assert [tuple(row) for row in rows] == [ROW_FIELDS] * 2
    assert (rows[0]["subject"], rows[0]["value"], rows[0]["error"]) == ("anna", -3.1, None)
    assert (rows[1]["value"], rows[1]["reason"]) == (None, "why")
    protocol = Protocol(2, 4, "scene")
    assert comparison_rows(comparison(protocol=protocol))[0]["protocol_level"] == 2
    assert comparison_rows(comparison(protocol=None))[0]["protocol_level"] is None


def test_times_are_utc_and_days_stay_days():
    assert iso_time(datetime(2026, 3, 1, 7, 30, 0, 250_000, UTC)) == "2026-03-01T07:30:00.250000Z"
    assert iso_time(date(2026, 3, 1)) == "2026-03-01"
    assert iso_time(None) is None

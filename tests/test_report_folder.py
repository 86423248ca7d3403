"""The report of a folder says what its rows say, in one file that asks nobody for anything."""

import re
from html import unescape

import pytest

from skindelta.attributes import ATTRIBUTES
from skindelta.contract import ROW_FIELDS
from skindelta.report import folder_report_html, folder_results

MADE_WITH = {"skindelta": "0.1.0", "model": "skindelta-base"}


def row(subject, day, attribute="redness", value=0.2, region="face", **fields):
    """A row of a photo of that day against the first."""
    unit = next(one.unit for one in ATTRIBUTES if one.name == attribute)
    numbers = {"value": value, "low": value - 0.5, "high": value + 0.5} if value is not None else {}
    score = {
        "attribute": attribute,
        "region": region,
        "basis": "absolute",
        "unit": unit,
        "sdc": 0.6,
        "verdict": "no measurable change",
        "reference": "scene",
        "source": "formula",
        "before": f"{subject}/2026-01-05.jpg",
        "after": f"{subject}/{day}.jpg",
        "before_taken_at": "2026-01-05",
        "after_taken_at": day,
    }
    return dict.fromkeys(ROW_FIELDS) | {"subject": subject} | score | numbers | fields


def broken(subject, name, error):
    return dict.fromkeys(ROW_FIELDS) | {"subject": subject, "after": name, "error": error}


@pytest.fixture
def rows():
    alone = {"before": "carl/1.jpg", "after": "carl/1.jpg", "reason": "the only photo so far"}
    return [
        row("anna", "2026-02-05"),
        row("anna", "2026-02-05", region="nose", value=3.0, verdict="worse"),
        row("anna", "2026-02-05", "texture", None, verdict="not measurable", reason="it is dark"),
        row("anna", "2026-03-05", value=-2.0, verdict="improved"),
        row("anna", "2026-03-05", value=-9.0, basis="relative", verdict="improved"),
        row("bert", "2026-02-05", value=2.0, verdict="worse"),
        broken("bert", "bert/a.jpg", "bert/a.jpg is empty"),
        broken("bert", "bert/b.jpg", "bert/b.jpg is empty"),
        dict.fromkeys(ROW_FIELDS) | {"subject": "carl"} | alone,
    ]


def test_verdicts_are_counted_once_a_photo_and_attribute(rows):
    counts = dict(folder_results(rows).counts)
    assert counts["Redness"] == (1, 1, 1, 0)
    assert counts["Texture"] == (0, 0, 0, 1)
    assert counts["Hyperpigmentation"] == (0, 0, 0, 0)


def test_failures_are_put_together_by_their_reason(rows):
    results = folder_results(rows)
    assert results.failures_by_reason == (("Is empty", ("bert/a.jpg", "bert/b.jpg")),)
    assert results.compared == 3
    assert [one.name for one in results.subjects if one.lone] == ["carl"]


def test_hyperpigmentation_leads_with_spots_and_what_was_measured_comes_first():
    spots = row("a", "2026-02-05", "hyperpigmentation", basis="relative", value=1.0)
    whole = row("a", "2026-02-05", "hyperpigmentation", value=2.0)
    missing = spots | dict.fromkeys(("value", "low", "high")) | {"reason": "no"}

    def headline(*rows):
        (photo,) = folder_results(rows).subjects[0].photos
        (score,) = photo.headlines
        return score.basis

    assert headline(whole, spots) == "relative"
    assert headline(missing, whole) == "absolute"


def test_the_report_names_each_subject_photo_and_verdict(rows):
    page = folder_report_html(rows, MADE_WITH, ["2 files were left out"])
    for text in ("anna", "bert", "carl", "2026-03-05", "improved", "2 files were left out."):
        assert text in page
    assert page.count('<svg class="interval small"') == 3
    assert "It is dark." in page
    assert 'href="#subject-2"' in page
    assert 'id="subject-2"' in page
    assert "3.00 ±" not in page  # of a region: what counts is the whole


def test_every_link_leads_somewhere_and_every_id_is_there_once(rows):
    page = folder_report_html(rows, MADE_WITH)
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_the_report_asks_nobody_and_runs_nothing(rows):
    page = folder_report_html(rows, MADE_WITH)
    assert "default-src 'none'" in unescape(page)
    assert "<script" not in page
    assert not re.search(r'(src|href)="(?!#)', page)


def test_names_are_shown_and_never_run(rows):
    evil = "<script>alert(1)</script>"
    page = folder_report_html([one | {"subject": evil, "after": evil} for one in rows], MADE_WITH)
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_same_rows_give_the_same_bytes(rows):
    assert folder_report_html(rows, MADE_WITH) == folder_report_html(list(rows), MADE_WITH)


def test_a_folder_in_which_nothing_could_be_scored_has_a_report():
    page = folder_report_html([broken("", "x.jpg", "x.jpg belongs to no subject")], MADE_WITH)
    assert "without a subject" in page
    assert "nothing compared" in page

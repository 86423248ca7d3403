"""The report says what the scores say, in one file that asks nobody for anything."""

import base64
import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from types import MappingProxyType

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from builders import photo, skin
from skindelta import comparison_report_html
from skindelta.attributes import attribute
from skindelta.pipeline import Options, compare
from skindelta.plain_words import REFERENCE, headline_scores, verdict_claim
from skindelta.terminal import comparison_report, figures, order_sentence
from skindelta.types import (
    Comparison,
    Finding,
    OwnRegion,
    PhotoSummary,
    Protocol,
    ProtocolStep,
    Quality,
    Reason,
    Score,
)

VOID = {"br", "col", "hr", "img", "input", "link", "meta"}
EVIL = "<script>alert(1)</script>&\"'"
LONG = "Ünlerkrankheit_" + "x" * 90


class Page(HTMLParser):
    """Elements of a page with their attributes and text; raises where tags do not nest."""

    def __init__(self, html):
        super().__init__()
        self.open, self.elements, self.declarations = [], [], []
        self.feed(html)
        self.close()
        assert self.open == [], "elements were left open"

    def handle_decl(self, decl):
        self.declarations.append(decl)

    def handle_starttag(self, tag, attrs):
        assert len(attrs) == len(dict(attrs)), f"an attribute of {tag} stands twice"
        element = {"tag": tag, "in": [e["tag"] for e in self.open], "text": "", **dict(attrs)}
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1]["tag"] == tag, f"</{tag}> closes {self.open[-1]['tag']}"
        self.open.pop()

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, tag, **wanted):
        """Elements of one kind with these attributes."""
        return [
            e
            for e in self.elements
            if e["tag"] == tag and all(e.get(key.rstrip("_")) == v for key, v in wanted.items())
        ]

    def texts(self, tag, **wanted):
        """Text of such elements, on one line each."""
        return [" ".join(e["text"].split()) for e in self.all(tag, **wanted)]

    @property
    def text(self):
        """What a reader reads."""
        return " ".join(self.all("body")[0]["text"].split())


def score(value=-2.1, half=1.04, verdict=None, sdc=None, **other):
    """Score around `value`, with the verdict that follows from it."""
    about = attribute(other.pop("attribute", "redness"))
    common = {"region": "face", "basis": "absolute", "reference": "scene", **other}
    if value is None:
        numbers = {"value": None, "low": None, "high": None, "sdc": None}
        reason = {"verdict": "not measurable", "reason": "the light differs; use one lamp"}
        return Score(attribute=about.name, unit=about.unit, **(reason | common | numbers))
    low, high = (value - half, value + half) if np.isscalar(half) else half
    sdc = value and abs(high - low) / 2 if sdc is None else sdc
    if verdict is None:
        changed = abs(value) > sdc and low * high > 0
        better = value * about.direction > 0
        verdict = ("improved" if better else "worse") if changed else "no measurable change"
    return Score(
        attribute=about.name,
        value=value,
        unit=about.unit,
        low=low,
        high=high,
        sdc=sdc,
        verdict=verdict,
        reason=None,
        **common,
    )


def comparison(*scores, name="photo.jpg", **other):
    """A comparison of nothing but scores, as it is read back from a file."""
    summary = PhotoSummary(name, "0123456789abcdef" * 4, None, None, Quality())
    parts = {
        "before": summary,
        "after": summary,
        "comparable": True,
        "reasons": (),
        "reference": "scene",
        "residual_px": 0.6,
        "aligned": None,
        "maps": (),
        "scores": scores,
        "made_with": {"skindelta": "0", "options": {"own_regions": []}},
    }
    return Comparison(**(parts | other))


def reported(*scores, **other):
    """Page of a comparison of these scores."""
    return Page(comparison_report_html(comparison(*scores, **other)))


@pytest.fixture(scope="module")
def close_up():
    """Two photos of one patch of skin, the left half of the second redder, with a drawn region."""
    redder = np.zeros((400, 480), np.float32)
    redder[:, :240] = 0.08
    corners = np.array([[20, 20], [200, 20], [200, 380], [20, 380]], np.float32)
    before = replace(
        photo(skin(), "/home/someone/private/a.png"),
        taken_at=datetime(2026, 3, 1, 7, 30, tzinfo=UTC),
        camera="Maker Model",
        sha256="ab" * 32,
    )
    after = replace(
        photo(skin(haemoglobin=redder), "/home/someone/private/b.png"),
        taken_at=datetime(2026, 4, 12, 7, 30, tzinfo=UTC),
    )
    options = Options(close_up=True, px_per_mm=4.0, own_regions=(OwnRegion(LONG, polygon=corners),))
    result = compare(before, after, options)
    assert result.comparable
    return result


@pytest.fixture(scope="module")
def smile(photos):
    """The same person of London, neutral and smiling."""
    return compare(*(photos / "london" / f"001_{name}.jpg" for name in ("neutral", "smiling")))


@pytest.fixture(scope="module")
def refused():
    """Two photos that cannot be measured against each other."""
    reason = Reason("blur", "before photo: the photo is blurred: 4.1 px, usable up to 2.5", "hold")
    return comparison(
        score(None), comparable=False, reasons=(reason,), residual_px=None, reference="none"
    )


@pytest.fixture(params=["close_up", "smile", "refused"])
def any_comparison(request):
    return request.getfixturevalue(request.param)


# ------------------------------------------------------------------ the page


def test_the_page_is_well_formed_and_says_its_language(any_comparison):
    page = Page(comparison_report_html(any_comparison))
    assert page.declarations == ["DOCTYPE html"]
    assert page.elements[0]["lang"] == "en"
    assert page.texts("title")[0].startswith("Change of skin:")


def test_ids_are_unique_and_what_is_named_exists(any_comparison):
    page = Page(comparison_report_html(any_comparison))
    ids = [e["id"] for e in page.elements if "id" in e]
    assert len(ids) == len(set(ids))
    named = [
        e[key].split() for e in page.elements for key in ("for", "aria-labelledby") if key in e
    ]
    named += [[e["href"].removeprefix("#")] for e in page.all("a")]
    assert {name for names in named for name in names} <= set(ids)


def test_headings_and_landmarks_are_in_order(any_comparison):
    page = Page(comparison_report_html(any_comparison))
    levels = [int(e["tag"][1]) for e in page.elements if re.fullmatch(r"h[1-6]", e["tag"])]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(below - above <= 1 for above, below in zip(levels, levels[1:], strict=False))
    for landmark in ("header", "main", "footer"):
        assert len(page.all(landmark)) == 1


def test_every_picture_is_described_and_lies_in_the_page(close_up, smile):
    for shown in (close_up, smile):
        page = Page(comparison_report_html(shown))
        assert len(page.all("img")) == 6
        for image in page.all("img"):
            assert image["src"].startswith("data:image/jpeg;base64,")
            assert len(image["alt"].split()) > 5
        for drawing in page.all("svg", role="img"):
            assert drawing["aria-labelledby"]


def test_every_head_of_a_table_says_what_it_heads(close_up, smile):
    for shown in (close_up, smile):
        page = Page(comparison_report_html(shown))
        assert page.all("table")
        assert len(page.all("caption")) == len(page.all("table"))
        assert all(head["scope"] in ("col", "row") and head["text"] for head in page.all("th"))


def test_the_page_names_no_address(any_comparison):
    html = re.sub(
        r'"data:image/jpeg;base64,[A-Za-z0-9+/=]+"', '""', comparison_report_html(any_comparison)
    )
    assert not re.search(r"https?:|//|@import|\burl\(|<link|<iframe|<object|<form|\bsrcset=", html)
    assert not re.search(r'\bsrc="[^"]', html)
    assert not re.search(r'href="[^#]', html)


def test_the_policy_lets_nothing_in_but_our_own_script(close_up):
    page = Page(comparison_report_html(close_up))
    (policy,) = page.all("meta", **{"http-equiv": "Content-Security-Policy"})
    (script,) = page.all("script")
    digest = base64.b64encode(hashlib.sha256(script["text"].encode()).digest()).decode()
    rules = dict(rule.strip().split(" ", 1) for rule in policy["content"].split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    assert rules["script-src"] == f"'sha256-{digest}'"
    assert set(rules) == {
        "default-src",
        "img-src",
        "style-src",
        "script-src",
        "base-uri",
        "form-action",
    }


def test_the_same_comparison_gives_the_same_bytes(close_up):
    assert comparison_report_html(close_up) == comparison_report_html(close_up)


def test_the_page_stays_small(close_up, smile):
    assert len(comparison_report_html(close_up)) < 3e6
    assert len(comparison_report_html(smile)) < 3e6


# --------------------------------------------------------------- the headline


def claims(page):
    """Claim and limit of each headline score."""
    found = zip(page.texts("p", class_="claim"), page.texts("p", class_="detectable"), strict=True)
    return list(found)


def test_a_change_is_said_with_its_interval_and_limit():
    page = reported(score(-2.1, 1.04))
    assert claims(page) == [
        (
            "Improved: redness fell by 2.10 ± 1.04 a*.",
            "We can detect 1.04 a* and more with these photos.",
        )
    ]


def test_a_change_within_the_noise_is_said_to_be_none():
    ((claim, limit),) = claims(reported(score(3, 11, sdc=17, attribute="texture")))
    assert claim == "No measurable change of texture: +3.0 ± 11.0 %."
    assert limit == "We can detect 17.0 % and more with these photos."


def test_what_is_not_measurable_says_why():
    assert claims(reported(score(None))) == [
        ("Not measurable.", "The light differs; use one lamp.")
    ]


def test_an_interval_longer_on_one_side_is_told_by_its_ends():
    ((claim, _),) = claims(reported(score(2.1, (0.6, 4.8), sdc=1.0)))
    assert claim == "Worse: redness rose by 2.10 a* (95 % between 0.60 and 4.80)."
    ((claim, _),) = claims(reported(score(-2.1, (-4.8, -0.6), sdc=1.0)))
    assert claim == "Improved: redness fell by 2.10 a* (95 % between 0.60 and 4.80)."
    ((claim, _),) = claims(reported(score(0.3, (-0.6, 1.8), sdc=1.0)))
    assert claim == "No measurable change of redness: +0.30 a* (95 % between -0.60 and +1.80)."


def test_spots_and_patches_are_the_headline_of_hyperpigmentation():
    scores = [
        score(1.0, 0.4, attribute="hyperpigmentation", basis=basis)
        for basis in ("absolute", "relative")
    ]
    first, second = claims(reported(*scores))
    assert first[0].startswith("Worse: spots and patches became darker by 1.00")
    assert second[0].startswith("Worse: the skin as a whole became darker by 1.00")


def test_only_the_whole_region_carries_the_headline():
    assert len(claims(reported(score(0.5), score(9.0, region="chin")))) == 1


def test_every_number_of_the_headline_is_one_of_the_scores(close_up, smile):
    for shown in (close_up, smile):
        said = {claim for claim, _ in claims(Page(comparison_report_html(shown)))}
        for one in headline_scores(shown):
            claim, amount = verdict_claim(one)
            assert f"{claim} {amount}".strip() + "." in said
            if one.value is not None:
                numbers = figures(one)
                assert amount.startswith((numbers.change, numbers.change.lstrip("+-")))
                assert one.unit in amount


CLAIM = re.compile(
    r"(?P<verdict>Improved|Worse|No measurable change).*? "
    r"(?P<change>[-+]?\d+\.?\d*)(?: ± (?P<half>\d+\.?\d*))? \S+"
    r"(?: \(95 % between (?P<low>[-+]?[\d.]+) and (?P<high>[-+]?[\d.]+)\))?\."
)
BETTER = ("fell by", "lighter by", "smoother by")
WORSE = ("rose by", "darker by", "rougher by")


def contradictions(page):
    """Claims of a report whose verdict is not what their own numbers say."""
    wrong = []
    for claim, limit in claims(page):
        if claim == "Not measurable.":
            continue
        parts = CLAIM.fullmatch(claim)
        assert parts, claim
        change = float(parts["change"])
        half = parts["half"] and float(parts["half"])
        low, high = (float(parts[e] or 0) for e in ("low", "high"))
        if half is not None:
            low, high = change - half, change + half
        beyond = abs(change) > float(re.search(r"detect ([\d.]+)", limit)[1])
        changed = beyond and low * high > 0
        words = {"Improved": BETTER, "Worse": WORSE}.get(parts["verdict"])
        if changed != (words is not None) or (words and not any(w in claim for w in words)):
            wrong.append(claim)
    return wrong


numbers = st.integers(-60_000, 60_000).map(lambda n: n / 10_000)
widths = st.integers(1, 60_000).map(lambda n: n / 10_000)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    value=numbers,
    below=widths,
    above=widths,
    even=st.booleans(),
    sdc=widths,
    kind=st.sampled_from(
        [
            (name, basis)
            for name in ("redness", "hyperpigmentation")
            for basis in ("absolute", "relative")
        ]
        + [("texture", "absolute")]
    ),
)
def test_no_verdict_contradicts_its_interval(value, below, above, even, sdc, kind):
    ends = (value - below, value + (below if even else above))
    one = score(value, ends, sdc=sdc, attribute=kind[0], basis=kind[1])
    assert contradictions(reported(one)) == []


@pytest.mark.parametrize(
    "forged",
    [
        score(2.1, 1.0, verdict="improved"),
        score(-2.1, 1.0, verdict="worse"),
        score(0.5, 1.0, verdict="worse"),
        score(-1.5, 1.0, sdc=2.0, verdict="improved"),
        score(-2.1, 1.0, verdict="no measurable change"),
        score(-2.1, (-5.0, 0.4), sdc=1.0, verdict="improved"),
    ],
    ids=lambda s: f"{s.verdict} {s.value}",
)
def test_a_verdict_that_contradicts_its_interval_would_be_noticed(forged):
    assert len(contradictions(reported(forged))) == 1


def test_no_verdict_of_real_pairs_contradicts_its_interval(close_up, smile):
    assert contradictions(Page(comparison_report_html(close_up))) == []
    assert contradictions(Page(comparison_report_html(smile))) == []


def test_the_drawing_puts_the_interval_where_the_numbers_are():
    page = reported(score(2.0, 1.0, sdc=0.5))
    (band,) = page.all("rect", class_="band")
    line = page.all("line", class_="range")[0]
    (dot,) = page.all("circle", class_="value")
    per_unit = (float(dot["cx"]) - 160) / 2
    assert per_unit > 0
    assert float(line["x1"]) == pytest.approx(160 + per_unit, abs=0.2)
    assert float(line["x2"]) == pytest.approx(160 + 3 * per_unit, abs=0.2)
    assert float(band["x"]) == pytest.approx(160 - per_unit / 2, abs=0.2)
    assert float(band["width"]) == pytest.approx(per_unit, abs=0.2)
    (told,) = page.texts("desc")
    assert "2.00 ± 1.00 a*" in told


# ------------------------------------------------------------------ the tables


def rows(page):
    """Cells of each row of the score tables: {(attribute, basis): {region: cells}}."""
    tables = {}
    for element in page.elements:
        if element["tag"] == "table":
            table = tables.setdefault(element["id"].removeprefix("table-"), {})
        elif element["tag"] == "th" and element["scope"] == "row":
            cells = table.setdefault(element["text"], [])
        elif element["tag"] == "td":
            cells.append(element["text"].strip())
    return tables


def test_the_tables_hold_every_score_as_it_is_printed_elsewhere(close_up, smile):
    for shown in (close_up, smile):
        tables = rows(Page(comparison_report_html(shown)))
        for one in shown.scores:
            table = tables.get(f"{one.attribute}-{one.basis}")
            if table is None:
                alike = [
                    s for s in shown.scores if (s.attribute, s.basis) == (one.attribute, one.basis)
                ]
                assert {s.value for s in alike} == {None}
                continue
            cells = table[one.region.replace("_", " ")]
            if one.value is None:
                assert re.fullmatch(r"not measurable \(\d+\)", cells[0])
            else:
                printed = figures(one)
                assert cells == [printed.change, printed.interval, printed.detectable, one.verdict]


def test_a_reason_stands_once_below_the_tables():
    page = reported(score(), score(None, region="chin"), score(None, region="nose"))
    assert [
        cells for region, cells in rows(page)["redness-absolute"].items() if region != "face"
    ] == [
        ["not measurable (1)"],
        ["not measurable (1)"],
    ]
    assert page.texts("li", id="note-1") == ["The light differs; use one lamp."]


def test_what_could_be_measured_nowhere_has_a_sentence_instead_of_a_table():
    page = reported(score(None), score(None, region="chin"), score(basis="relative"))
    assert set(rows(page)) == {"redness-relative"}
    assert "Not measurable: the light differs; use one lamp." in page.text


def test_spots_and_sizes_of_texture_are_listed():
    spots = {
        "before": {"count": 17, "area_percent": 1.1, "area_mm2": 124.1},
        "after": {"count": 3, "area_percent": 0.2, "area_mm2": None},
    }
    bands = {
        "fine": {"value": None, "reason": "the fine texture needs 4.0 pixels per mm"},
        "coarse": {"value": -4.75, "reason": None},
    }
    page = reported(
        score(attribute="hyperpigmentation", basis="relative", details={"spots": spots}),
        score(3, 11, attribute="texture", details={"bands": bands}),
    )
    assert rows(page)["spots"] == {"face": ["17", "3", "124 mm², 1.1 %", "0.2 %"]}
    assert rows(page)["bands"] == {"face": ["not measurable (1)", "+3.0", "-4.8"]}
    assert "The fine texture needs 4.0 pixels per mm." in page.text


# ---------------------------------------------------------------- the pictures


def decoded(image):
    data = base64.b64decode(image["src"].partition("base64,")[2])
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert pixels.shape[:2] == (int(image["height"]), int(image["width"]))
    return pixels


def test_both_photos_lie_on_each_other_and_are_reduced(smile):
    page = Page(comparison_report_html(smile))
    before, after, *others = (decoded(image) for image in page.all("img"))
    assert before.shape == after.shape
    assert 400 < max(before.shape) <= 900
    assert max(max(picture.shape) for picture in others) <= 900
    assert np.abs(before.astype(int) - after).mean() > 1  # two photos, not one twice


def test_the_photos_keep_their_colors(close_up):
    from skindelta.color import linear_to_srgb8

    page = Page(comparison_report_html(close_up))
    want = linear_to_srgb8(close_up.aligned.after).reshape(-1, 3).mean(axis=0)
    got = decoded(page.all("img")[1]).reshape(-1, 3).mean(axis=0)[::-1]
    assert np.abs(want - got).max() < 3  # codes of 8 bit; JPEG and the cut


def test_maps_say_in_words_what_they_show(close_up):
    alts = [image["alt"] for image in Page(comparison_report_html(close_up)).all("img")]
    redness = next(alt for alt in alts if alt.startswith("Change of redness"))
    assert "orange where it is redder" in redness
    assert re.search(r"most orange in the (upper |middle |lower )?left", redness)


def test_a_map_that_may_not_be_read_says_why(close_up):
    why = Reason("light_direction", "the light comes from two sides", "use one lamp")
    maps = tuple(
        replace(m, reason=why if m.attribute == "texture" else None) for m in close_up.maps
    )
    page = Page(comparison_report_html(replace(close_up, maps=maps)))
    assert len(page.all("img")) == 5
    assert "There is no map: the light comes from two sides; use one lamp." in page.text


def test_without_the_aligned_pair_there_are_no_pictures():
    assert reported(score()).all("img") == []


def test_the_slider_is_labelled_and_both_photos_stand_without_script(close_up):
    page = Page(comparison_report_html(close_up))
    (cut,) = page.all("input", type="range")
    (label,) = page.all("label")
    assert label["for"] == cut["id"]
    (slider,) = (e for e in page.elements if "data-slider" in e)
    assert slider["data-slider"] == "off"  # the style lays both out side by side until it is ready


# -------------------------------------------------------- photos, ground, limits


def test_photos_are_named_without_their_folders(close_up):
    page = Page(comparison_report_html(close_up))
    assert page.texts("p", class_="name") == ["a.png", "b.png"]
    assert "someone" not in comparison_report_html(close_up)
    for fact in ("2026-03-01 07:30 UTC", "Maker Model", "abababababab…", "42 days apart."):
        assert fact in page.text


def test_dates_that_run_backwards_are_said_above_all_results(close_up):
    turned = replace(close_up, before=close_up.after, after=close_up.before, aligned=None)
    told = f"The after photo ({close_up.before.taken_at:%Y-%m-%d}) was taken before the before"
    text = Page(comparison_report_html(turned)).text
    assert told in text
    assert text.index(told) < text.index("What changed")
    assert "42 days apart." in text
    assert "was taken before" not in Page(comparison_report_html(close_up)).text


def test_clocks_that_are_off_by_hours_mix_up_nothing(close_up):
    before = close_up.before
    hours_off = replace(before, taken_at=before.taken_at - timedelta(hours=12))
    day_off = replace(before, taken_at=before.taken_at - timedelta(hours=13))
    assert order_sentence(replace(close_up, after=hours_off)) == ""
    assert "swap them" in order_sentence(replace(close_up, after=day_off))
    assert order_sentence(replace(close_up, after=replace(before, taken_at=None))) == ""


def test_the_terminal_says_that_photos_are_mixed_up(close_up):
    turned = replace(close_up, before=close_up.after, after=close_up.before)
    for pair in (close_up, turned):
        console = Console(width=400)
        with console.capture() as capture:
            console.print(comparison_report(pair))
        assert ("was taken before the before photo" in capture.get()) == (pair is turned)


@pytest.mark.parametrize("reference", REFERENCE)
def test_the_reference_is_named_with_what_it_allows(reference):
    text = reported(score(), reference=reference).text
    assert REFERENCE[reference] in text.lower() or REFERENCE[reference] in text
    assert ("cannot be told from a change of the light" in text) == (reference in ("skin", "none"))


def test_what_would_have_shown_smaller_changes_is_said():
    steps = (
        ProtocolStep("card", "hold a card", {"redness absolute": (1.04, 0.5)}),
        ProtocolStep("lamp", "use the same lamp", {"texture absolute": (None, 13.2)}),
    )
    text = reported(score(), protocol=Protocol(2, 4, "scene", steps)).text
    assert "Hold a card: redness as a whole from 0.50 a* instead of 1.04." in text
    assert "Use the same lamp: texture from 13 % instead of not at all." in text
    assert "2 of 4" in text
    without = reported(score(), protocol=Protocol(4, 4, "card"))
    assert "What would have shown smaller changes" not in without.texts("h2")
    assert "4 of 4" in without.text


def test_findings_are_listed_with_what_they_do():
    findings = (
        Finding("turn", "informs", "the head is turned by 8°", "", 8.0),
        Finding(
            "lamp",
            "widens",
            "the light differs by 9 %",
            "use one lamp",
            9.0,
            factors=MappingProxyType({"redness absolute": 1.43, "texture absolute": 1.0}),
        ),
        Finding(
            "mouth",
            "blocks",
            "the lips moved",
            "rest",
            1.0,
            attributes=("texture",),
            regions=("perioral",),
        ),
    )
    page = reported(score(), findings=findings)
    listed = [text for text in page.texts("li") if text.startswith(("stops", "widens", "good"))]
    assert [text.split()[0] for text in listed] == ["stops", "widens", "good"]
    assert "Texture is not measured: perioral." in listed[0]
    assert "redness as a whole 1.4 times" in listed[1]
    assert "texture" not in listed[1]
    assert "Use one lamp." in listed[1]


def test_notes_are_said_once_and_limits_always():
    note = "the interval is provisional"
    text = reported(
        score(details={"note": note}), score(region="chin", details={"note": note})
    ).text
    assert text.lower().count(note) == 1
    for page in (text, reported(score(None), comparable=False, reference="none").text):
        assert "Not a medical device." in page
        assert "contact your clinician" in page


def test_versions_and_options_are_listed():
    made = {"skindelta": "1.2.3", "models": ["net@1"], "options": {"close_up": False, "px": None}}
    text = reported(score(), made_with=made).text
    for part in ("1.2.3", "net@1", "close up: no", "px: not given"):
        assert part in text


def test_two_photos_that_do_not_fit_get_their_reasons_and_no_numbers(refused):
    page = Page(comparison_report_html(refused))
    assert "photo.jpg" in page.text
    assert "Before photo: the photo is blurred: 4.1 px, usable up to 2.5." in page.text
    assert "Hold." in page.text
    assert page.all("table") == page.all("img") == page.all("svg") == []
    assert "detect" not in page.text


def test_real_photos_that_do_not_fit(photos):
    pair = [photos / "london" / f"{who}_neutral.jpg" for who in ("001", "002")]
    page = Page(comparison_report_html(compare(*pair)))
    assert page.texts("h2")[0] == "Not measurable"
    assert page.all("img") == []


# ------------------------------------------------------------------ hostile text


def test_text_from_outside_cannot_become_markup(close_up):
    reason = Reason("x", EVIL, EVIL)
    summary = PhotoSummary(f"{EVIL}.jpg", EVIL, None, EVIL, Quality())
    finding = Finding("x", "widens", EVIL, EVIL, 1.0, factors={EVIL: 2.0}, regions=(EVIL,))
    details = {"note": EVIL}
    step = ProtocolStep(EVIL, EVIL, {"redness absolute": (1.0, 0.5)})
    regions = replace(close_up.aligned.regions, names=("skin", EVIL), drawn_names=(EVIL,))
    evil = {
        "before": summary,
        "after": summary,
        "reasons": (reason,),
        "findings": (finding,),
        "made_with": {EVIL: {EVIL: [EVIL]}},
        "protocol": Protocol(0, 4, "none", (step,)),
    }
    scores = (
        score(region="skin", details=details),
        score(2.0, 0.5, region=EVIL),
        score(None, region=EVIL, reason=EVIL),
    )
    aligned = replace(close_up.aligned, regions=regions)
    maps = tuple(replace(m, reason=reason if m.band else None) for m in close_up.maps)
    shown = comparison(*scores, aligned=aligned, maps=maps, **evil)
    for one in (shown, comparison(score(None), comparable=False, **evil)):
        html = comparison_report_html(one)
        page = Page(html)
        assert "alert" in page.text
        assert len(page.all("script")) == 1
        assert "<script>alert" not in html
        assert not any(key.startswith("on") for e in page.elements for key in e if key != "open")


@pytest.mark.parametrize(
    "name", ["<script>.jpg", "a\"b'.jpg", "folder/{{ 7 * 7 }}.jpg", "%s&amp;.jpg"]
)
def test_names_of_files_are_shown_as_they_are(name):
    shown = reported(score(), name=name).texts("p", class_="name")
    assert shown == [name.rpartition("/")[2]] * 2


def test_a_name_that_is_no_text_can_be_written():
    comparison_report_html(comparison(score(), name="a\udcff.jpg")).encode()


def test_a_region_of_ones_own_keeps_its_name(close_up):
    page = Page(comparison_report_html(close_up))
    name = LONG.replace("_", " ")
    assert name in rows(page)["redness-relative"]
    assert name in page.texts("li")


# ----------------------------------------------------------------- the house


def test_a_report_loads_neither_the_page_nor_a_plotting_library():
    code = (
        "import sys, skindelta.report;"
        "print(*{'gradio', 'torch', 'matplotlib', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


# ---------------------------------------------------------------- in a browser


@pytest.fixture(params=[(1280, "light"), (390, "dark")], ids=["desk", "phone"])
def opened(request, browser, close_up, tmp_path):
    """The report in a window of that width, what it asked for, and what the console said."""
    path = tmp_path / "report.html"
    path.write_text(comparison_report_html(close_up), encoding="utf-8")
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 850}, color_scheme=scheme)
    page = context.new_page()
    said = []
    page.on("request", lambda asked: said.append(asked.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path.as_uri())
    yield page, [text for text in said if text != path.as_uri() and not text.startswith("data:")]
    context.close()


@pytest.mark.browser
def test_nothing_is_asked_for_and_nothing_is_wider_than_the_window(opened):
    page, said = opened
    assert said == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    inside = "all => all.every(e => e.getBoundingClientRect().right <= innerWidth + 1)"
    assert page.eval_on_selector_all("main *:not(thead, thead *)", inside)


@pytest.mark.browser
def test_the_slider_moves_by_keyboard(opened):
    page, _ = opened
    read = (
        "e => [e.style.getPropertyValue('--cut'),"
        " getComputedStyle(e.querySelector('.after')).clipPath]"
    )
    before = page.eval_on_selector("[data-slider]", read)
    page.focus("#cut")
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    after = page.eval_on_selector("[data-slider]", read)
    assert before[0] == "50%"
    assert after[0] == "60%"
    assert before[1] != after[1]
    boxes = page.eval_on_selector_all(
        ".pair img",
        "all => all.map(i => { const b = i.getBoundingClientRect();"
        " return [b.x, b.y, b.width, b.height]; })",
    )
    assert boxes[0] == boxes[1]


@pytest.mark.browser
def test_without_script_and_on_paper_both_photos_stand_side_by_side(browser, close_up, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(comparison_report_html(close_up), encoding="utf-8")
    for runs, medium in ((False, "screen"), (True, "print")):
        context = browser.new_context(java_script_enabled=runs)
        page = context.new_page()
        page.goto(path.as_uri())
        page.emulate_media(media=medium)
        first, second = page.locator(".pair img").all()
        assert first.bounding_box()["x"] + 50 < second.bounding_box()["x"]
        assert not page.locator("#cut").is_visible()
        context.close()

"""The page says what the library says, keeps photos to itself, and answers trouble in sentences."""

import re
import subprocess
import sys
from dataclasses import replace

import pytest

from skindelta.plain_words import amount_in_words
from skindelta.types import (
    Comparison,
    Finding,
    PhotoSummary,
    Protocol,
    ProtocolStep,
    Quality,
    Reason,
    Score,
)
from skindelta.web import words

SCORE = Score("redness", "face", "absolute", 0.31, "a*", -0.72, 1.34, 1.1, None, None, "scene")


def score(value=0.31, half=1.03, verdict="no measurable change", **other):
    """A score around `value`; without one, not measurable."""
    if value is None:
        other = {"low": None, "high": None, "sdc": None, "verdict": "not measurable"} | other
        return replace(SCORE, value=None, **({"reason": "the light differs"} | other))
    return replace(
        SCORE, value=value, low=value - half, high=value + half, verdict=verdict, **other
    )


def comparison(*scores, comparable=True, reasons=(), name="a.jpg"):
    """A comparison of nothing but scores."""
    photo = PhotoSummary(name, "0" * 64, None, None, Quality())
    made_with = {"skindelta": "0"}
    return Comparison(
        photo, photo, comparable, reasons, "scene", 0.6, None, (), tuple(scores), made_with
    )


def rows(table):
    """Cells of each row of the score table, by (attribute, region, basis)."""
    found = re.findall(r'<tr data-score="([^"]+)"[^>]*>(.*?)</tr>', table)
    return {
        tuple(key.split()): re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", cells)
        for key, cells in found
    }


def test_importing_the_page_loads_neither_gradio_nor_torch():
    code = "import sys, skindelta.web; print('gradio' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


# ---------------------------------------------------------------------- words


def test_a_change_within_the_noise_is_said_to_be_none():
    assert words.change_sentence(score()) == (
        "no measurable change (+0.31 a*, 95 % from -0.72 to +1.34; 1.10 and more can be detected)"
    )


def test_what_cannot_be_measured_says_why():
    assert words.change_sentence(score(None)) == "not measurable: the light differs"


@pytest.mark.parametrize(
    ("value", "verdict", "said"),
    [
        (-2.0, "improved", "Improved: redness fell by"),
        (2.0, "worse", "Worse: redness rose by"),
        (0.3, "no measurable change", "No measurable change of redness:"),
        (None, "not measurable", "Not measurable"),
    ],
)
def test_every_verdict_is_said_in_plain_words_on_the_card(value, verdict, said):
    card = words.verdict_cards(comparison(score(value, verdict=verdict)))
    assert f'<p class="sd-verdict">{said}</p>' in card


def test_the_card_gives_the_change_with_its_interval_and_from_where_on_one_would_show():
    card = words.verdict_cards(comparison(score(-2.0, half=1.03, verdict="improved")))
    assert '<p class="sd-amount">2.00 ± 1.03 a*</p>' in card
    assert "We can detect 1.10 a* and more" in card


def test_the_card_names_the_one_thing_that_would_have_helped_this_score_most():
    steps = (
        ProtocolStep("grey", "hold a grey card", {"redness absolute": (1.1, 0.9)}),
        ProtocolStep("card", "hold a color card", {"redness absolute": (1.1, 0.6)}),
        ProtocolStep("glare", "dab the skin dry", {"texture absolute": (9.0, 0.1)}),
    )
    protocol = Protocol(2, 4, "scene", steps)
    card = words.verdict_cards(replace(comparison(score()), protocol=protocol))
    assert "Hold a color card: then from 0.60 a*." in card
    assert "grey card" not in card
    assert "skin dry" not in card


def test_advice_that_helps_several_scores_is_not_repeated_on_each_card():
    kinds = {f"redness {basis}": (1.1, 0.9) for basis in ("absolute", "relative")}
    protocol = Protocol(2, 4, "scene", (ProtocolStep("face", "keep a neutral face", kinds),))
    pair = replace(comparison(score(), score(basis="relative")), protocol=protocol)
    assert "eutral face" not in words.verdict_cards(pair)
    status = words.comparison_card(pair)
    assert status.count("eutral face") == 1
    assert status.count("olors matched") == 1
    assert "Protocol level 2 of 4." in status


def test_only_the_whole_region_carries_the_headline():
    cards = words.verdict_cards(comparison(score(1.0), score(7.0, region="chin")))
    assert "1.00" in cards
    assert "7.00" not in cards


@pytest.mark.parametrize(
    ("value", "half", "attribute", "unit", "said"),
    [
        (0.47, 1.32, "hyperpigmentation", "L*", "0.47 ± 1.32 L* darker"),
        (-0.47, 1.32, "hyperpigmentation", "L*", "0.47 ± 1.32 L* lighter"),
        (3.0, 11.0, "texture", "%", "3.0 ± 11.0 % rougher"),
        (0.0, 1.0, "redness", "a*", "0.00 ± 1.00 a*"),
    ],
)
def test_the_card_says_in_a_word_which_way_it_went_where_nothing_measurable_changed(
    value, half, attribute, unit, said
):
    card = words.verdict_cards(comparison(score(value, half, attribute=attribute, unit=unit)))
    assert f'<p class="sd-amount">{said}</p>' in card


def test_an_interval_longer_on_one_side_has_a_word_at_each_end():
    lopsided = replace(score(0.3), low=-0.6, high=1.8)
    assert amount_in_words(lopsided) == "0.30 a* redder (95 % from 0.60 less red to 1.80 redder)"
    assert amount_in_words(score(-2.0, verdict="improved")) == "2.00 ± 1.03 a* less red"
    assert amount_in_words(score(None)) == ""


def test_the_ends_of_a_drawing_are_named_and_a_legend_says_how_to_read_it():
    cards = words.verdict_cards(comparison(score()))
    ends = re.search(r'class="sd-ends"[^>]*>(.*?)</p>', cards)[1]
    assert re.findall(r"<span>(.*?)</span>", ends) == ["← less red", "0", "redder →"]
    assert cards.count("95 % interval. Gray band") == 1
    assert "<strong>As a whole</strong>" in cards
    assert "<strong>Against calm skin</strong>" not in cards  # there is no such score
    assert "Gray band" not in words.verdict_cards(comparison(score(None)))


def test_regions_drawn_by_hand_have_a_card_with_value_interval_and_verdict():
    pigment = score(
        -2.7, half=2.3, verdict="improved", attribute="hyperpigmentation", unit="L*", region="mole"
    )
    cards = words.verdict_cards(
        comparison(score(), score(region="chin"), score(0.5, region="mole"), pigment)
    )
    own = cards.split("Your region</h3>")[1]
    assert "mole</h4>" in own
    redness, spots = re.findall(r"<li[^>]*>(.*?)</li>", own)
    assert "Redness, as a whole" in redness
    assert "no measurable change</strong>, 0.50 ± 1.03 a* redder" in redness
    assert "improved</strong>, 2.70 ± 2.30 L* lighter" in spots
    assert "Your region" not in words.verdict_cards(comparison(score(), score(region="chin")))


def test_the_table_begins_with_what_was_drawn_by_hand_and_says_what_chance_does():
    shown = words.score_table(comparison(score(), score(region="chin"), score(region="mole")))
    assert [region for _, region, _ in rows(shown)] == ["mole", "face", "chin"]
    assert "changed by chance" in shown.split("<table")[0]


def test_the_drawing_puts_the_interval_where_the_numbers_are():
    drawing = words.interval_drawing(score(2.0, half=1.0, verdict="worse"))
    band_start, band_width = map(
        float, re.search(r'x="([\d.]+)".*?width="([\d.]+)"', drawing).groups()
    )
    low, high = map(float, re.search(r'sd-range" x1="([\d.]+)" x2="([\d.]+)"', drawing).groups())
    value = float(re.search(r'cx="([\d.]+)"', drawing)[1])
    per_unit = value - 100  # the middle is 0; the value is 2
    assert band_start == pytest.approx(100 - 1.1 * per_unit / 2, abs=0.2)
    assert band_start + band_width == pytest.approx(100 + 1.1 * per_unit / 2, abs=0.2)
    assert low == pytest.approx(100 + per_unit / 2, abs=0.2)
    assert high == pytest.approx(100 + 3 * per_unit / 2, abs=0.2)
    assert high <= 200


def test_the_table_has_a_row_for_every_score():
    table = rows(words.score_table(comparison(score(), score(-2.0, region="left_cheek"))))
    assert table["redness", "face", "absolute"][:4] == ["face", "+0.31", "-0.72 to +1.34", "1.10"]
    assert table["redness", "left_cheek", "absolute"][0] == "left cheek"


def test_every_head_of_the_table_says_what_it_heads():
    table = words.score_table(comparison(score(), score(None, region="chin")))
    heads = re.findall(r"<th\b([^>]*)>(.*?)</th>", table)
    assert all(text and "scope=" in attributes for attributes, text in heads)
    scopes = [re.search(r'scope="(\w+)"', attributes)[1] for attributes, _ in heads]
    assert scopes == 5 * ["col"] + ["rowgroup", "row", "row"]


def test_headings_follow_each_other_without_a_gap():
    shown = words.verdict_cards(comparison(score()))
    assert re.findall(r"<h(\d)", shown) == ["2", "3"]  # below the title of the page


def test_a_reason_that_repeats_is_printed_once():
    table = words.score_table(comparison(score(None), score(None, region="chin")))
    assert table.count("the light differs") == 1
    assert len(rows(table)) == 2


def test_what_to_know_about_intervals_is_said_once():
    note = "intervals rest on photos"
    shown = words.verdict_cards(
        comparison(score(details={"note": note}), score(details={"note": note}, region="chin"))
    )
    assert shown.lower().count(note) == 1


def test_text_from_outside_cannot_become_markup():
    evil = "<img src=x onerror=alert(1)>"
    reason = Reason("x", evil, evil)
    shown = (
        words.notice(evil),
        words.photo_card(PhotoSummary(evil, "", None, evil, Quality(reasons=(reason,)))),
        words.photo_card(PhotoSummary(evil, "", None, evil, Quality())),
        words.comparison_card(comparison(comparable=False, reasons=(reason,), name=evil)),
        words.details(comparison(name=evil)),
        words.score_table(
            comparison(score(region=evil, details={"note": evil}), score(None, reason=evil))
        ),
        words.verdict_cards(comparison(score(details={"note": evil}), score(None, reason=evil))),
        words.download(evil, evil),
    )
    assert all("<img" not in html for html in shown)


def test_a_flag_of_the_command_line_is_named_as_the_box_of_the_page():
    reason = Reason("no_face", "no face was found", "turn to the camera, or use --close-up")
    card = words.photo_card(PhotoSummary("a", "", None, None, Quality(reasons=(reason,))))
    assert "--" not in card
    assert "Close-up" in card


def test_reasons_are_listed_with_what_to_do():
    blurred = Reason("blur", "the photo is blurred: 4.1 px, usable up to 2.5", "hold still")
    card = words.photo_card(PhotoSummary("a", "", None, None, Quality(reasons=(blurred,))))
    assert "Not usable" in card
    assert "The photo is blurred: 4.1 px, usable up to 2.5." in card
    assert "Hold still." in card


def test_how_the_photos_differ_is_said_once_with_what_it_does():
    findings = (
        Finding(
            "expression",
            "blocks",
            "the expression differs",
            "keep a neutral face",
            0.1,
            attributes=("texture",),
            regions=("perioral",),
        ),
        Finding(
            "expression",
            "widens",
            "the expression differs",
            "keep a neutral face",
            0.1,
            factors={"redness absolute": 1.6},
            attributes=("redness",),
        ),
    )
    shown = words.comparison_card(replace(comparison(score()), findings=findings))
    assert shown.count("expression differs") == 1
    assert "no texture of perioral" in shown
    assert "1.6 times as wide" in shown
    assert '<details class="sd-more" open>' in shown


def test_differences_that_change_no_number_stay_folded():
    told = Finding("light", "informs", "it is darker", "use one lamp", 0.1)
    shown = words.comparison_card(replace(comparison(score()), findings=(told,)))
    assert "it is darker" in shown.lower()
    assert '<details class="sd-more">' in shown


def test_the_same_file_twice_is_told_and_two_files_are_not():
    pair = comparison(score())
    assert "same file" in words.same_file_notice(pair)
    other = replace(pair.after, sha256="1" * 64)
    assert words.same_file_notice(replace(pair, after=other)) == ""

"""The printed card and the guide: what is drawn is what the package finds again, at its size."""

import io

import numpy as np
import pytest

from skindelta.capture import STEPS
from skindelta.card import card_scale, read_card
from skindelta.color import linear_to_srgb8, srgb8_to_linear
from skindelta.printed_card import SHEET_MM
from skindelta.sheets import card_pdf, guide_pdf
from skindelta.synthesis.cards import card_corners, render_printed_card, with_card
from skindelta.types import Photo
from test_cli import run

pypdfium2 = pytest.importorskip("pypdfium2", reason="reads the sheets back; in the extra dev")
PX_PER_MM = 6.0
MM = 72 / 25.4  # points


def rendered(pdf):
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    assert len(document) == 1
    page = document[0]
    picture = page.render(scale=PX_PER_MM / MM, rev_byteorder=True).to_numpy()[..., :3]
    light = 0.8 * srgb8_to_linear(
        np.ascontiguousarray(picture)
    )  # in a photo no paper is pure white
    return linear_to_srgb8(light), page


@pytest.mark.parametrize("paper", ["a4", "letter", "a6"])
def test_the_card_that_is_drawn_is_the_card_that_is_found(paper):
    picture, _ = rendered(card_pdf(paper))
    reading = read_card(Photo(picture))
    assert reading.kind == "printed"
    assert reading.usable
    assert reading.residual_after < 0.5
    assert np.abs(reading.matrix / reading.matrix[0, 0] - np.eye(3)).max() < 0.03
    assert card_scale(reading).value == pytest.approx(PX_PER_MM, rel=0.003)


def test_the_sheet_alone_is_of_a6():
    _, page = rendered(card_pdf("a6"))
    assert page.get_size() == pytest.approx([side * MM for side in SHEET_MM], abs=0.1)


def test_simulated_and_drawn_cards_are_alike():
    """What tests and benchmarks lay into photos has its patches where the sheet has them."""
    drawn = read_card(Photo(rendered(card_pdf("a6"))[0]))
    width = 6 * 17 * PX_PER_MM
    scene = np.full((800, 1000, 3), 0.4, np.float32)
    laid = with_card(scene, render_printed_card(), card_corners((500, 400), width))
    simulated = read_card(Photo(linear_to_srgb8(laid)))
    size = np.linalg.norm(drawn.corners[2] - drawn.corners[0])
    assert np.linalg.norm(simulated.corners[2] - simulated.corners[0]) == pytest.approx(size, 0.01)
    ratio = 0.8 / 0.85  # light on the one, paper of the other
    assert np.abs(drawn.patches - ratio * simulated.patches).max() < 0.01


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_the_guide_says_every_step_and_keeps_to_its_page(paper):
    _, page = rendered(guide_pdf(paper))
    words = page.get_textpage()
    text = " ".join(words.get_text_bounded().split())
    for step in STEPS:
        assert f"{step.title}. {step.what}" in text
        assert step.why in text
    assert "not a medical device" in text
    width, height = page.get_size()
    boxes = np.array([words.get_charbox(n) for n in range(words.count_chars())])
    assert boxes[:, :2].min() > 0
    assert boxes[:, 2].max() < width
    assert boxes[:, 3].max() < height


def test_the_same_sheet_is_the_same_file():
    assert card_pdf() == card_pdf()
    assert guide_pdf() == guide_pdf()


@pytest.mark.parametrize("verb", ["card", "guide"])
def test_verbs_write_a_pdf_and_replace_none_unasked(verb, tmp_path):
    file = tmp_path / "sheet.pdf"
    assert str(file) in run(verb, file)[0]
    assert file.read_bytes().startswith(b"%PDF")
    assert "exists" in run(verb, file, status=1)[1]
    first = file.read_bytes()
    run(verb, file, "--overwrite", "--paper", "letter")
    assert file.read_bytes() != first
    assert "must end in .pdf" in run(verb, tmp_path / "sheet.png", status=2)[1]
    assert "cannot be written" in run(verb, tmp_path / "none" / "sheet.pdf", status=1)[1]

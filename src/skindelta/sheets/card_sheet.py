"""The printed card: on a sheet of A6, or to cut out of a page with how to use it."""

from io import BytesIO
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from ..color import linear_to_srgb8
from ..color_card import MIDDLES, PRINTED
from ..printed_card import (
    MARKER_DICTIONARY,
    MARKER_MM,
    MARKER_NUMBERS,
    MARKERS,
    ORIGIN_MM,
    PATCH_SHARE,
    PITCH_MM,
    RULER_MM,
    SHEET_MM,
)
from .text import BODY, MARGIN, new_page

__all__ = ["Paper", "card_pdf"]

Paper = Literal["a4", "letter", "a6"]
PAPERS = {"a4": A4, "letter": LETTER}
MODULES = 6  # of a marker across, with its black border

HOW = (
    (
        "Print at 100 %.",
        "Not fitted to the page. The ruler on the card must be 100 mm long; if it is not, colors "
        "still work, and millimeters do not.",
    ),
    (
        "Use matte paper.",
        "Heavy matte photo paper is best, plain white paper does. Glossy paper shines. Let the ink "
        "dry for a day, cut along the line, glue it on stiff cardboard.",
    ),
    (
        "Keep to one print.",
        "Every print has colors of its own. The same print tells how the light changed from photo "
        "to photo; two prints do not, and no print gives absolute colors, as a bought card does.",
    ),
    (
        "Hold it beside the cheek.",
        "As far from the camera as the skin, flat towards it, in the same light, without shadow or "
        "finger on patches and corners, in every photo.",
    ),
    (
        "Keep it in the dark.",
        "Inks fade in months of daylight. Before a new print replaces an old one, take photos with "
        "both on the same day, and compare later ones with the photo of the new print.",
    ),
)


def card_pdf(paper: Paper = "a4") -> bytes:
    """Draw the printed card.

    Parameters
    ----------
    paper : {"a4", "letter", "a6"}
        ``"a6"`` is the card alone; the others hold it at its size with how to use it.

    Returns
    -------
    bytes
        A PDF of one page.
    """
    file = BytesIO()
    if paper == "a6":
        width, height = (side * mm for side in SHEET_MM)
        canvas = Canvas(file, pagesize=(width, height), invariant=True)
        _card(canvas, 0, height)
    else:
        page = new_page(file, PAPERS[paper])
        canvas = page.canvas
        page.heading("The skindelta color card")
        page.paragraph(
            "A card to hold into every photo, so that a change of the skin can be told from a "
            "change of the light. It is found by itself."
        )
        left = (page.width - SHEET_MM[0] * mm) / 2
        _card(canvas, left, page.top)
        _cut_line(canvas, left, page.top)
        page.top -= SHEET_MM[1] * mm + MARGIN / 2
        for title, text in HOW:
            page.paragraph(f"<b>{title}</b> {text}", BODY)
    canvas.setTitle("skindelta color card")
    canvas.setAuthor("skindelta")
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def _card(canvas: Canvas, left: float, top: float) -> None:
    """Draw the sheet with its top left corner there, in points."""
    origin = left + ORIGIN_MM[0] * mm, top - ORIGIN_MM[1] * mm
    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, MARKER_DICTIONARY))
    for number, corners in zip(MARKER_NUMBERS, MARKERS, strict=True):
        modules = cv2.aruco.generateImageMarker(dictionary, number, MODULES) == 0
        x, y = origin + corners[0] * PITCH_MM * mm * np.array([1, -1])
        _modules(canvas, float(x), float(y), modules)
    side = PATCH_SHARE * PITCH_MM * mm
    codes = linear_to_srgb8(PRINTED.rgb[None].astype(np.float32))[0] / 255
    for (x, y), color in zip(MIDDLES, codes, strict=True):
        canvas.setFillColorRGB(*(float(c) for c in color))
        corner = origin[0] + x * PITCH_MM * mm - side / 2, origin[1] - y * PITCH_MM * mm - side / 2
        canvas.rect(*corner, side, side, stroke=0, fill=1)
    _ruler(canvas, left, top)


def _modules(canvas: Canvas, x: float, y: float, black: npt.NDArray[np.bool_]) -> None:
    size = MARKER_MM * mm / MODULES
    canvas.setFillGray(0)
    for row, column in np.argwhere(black):
        # A little larger, or viewers leave white hairs between neighbors.
        canvas.rect(x + column * size, y - (row + 1) * size, 1.01 * size, 1.01 * size, 0, 1)


def _ruler(canvas: Canvas, left: float, top: float) -> None:
    start, line, length = RULER_MM
    x, y = left + start * mm, top - line * mm
    canvas.setStrokeGray(0)
    canvas.setFillGray(0)
    canvas.setLineWidth(0.5)
    canvas.line(x, y, x + length * mm, y)
    canvas.setFont("Helvetica", 6)
    for tick in range(int(length) + 1):
        high = 4 if tick % 10 == 0 else 3 if tick % 5 == 0 else 2
        canvas.line(x + tick * mm, y, x + tick * mm, y + high * mm)
        if tick % 10 == 0:
            canvas.drawCentredString(x + tick * mm, y - 2.6 * mm, str(tick))
    canvas.drawString(x + (length + 2) * mm, y - 2.6 * mm, "mm")
    canvas.setFont("Helvetica", 6.5)
    note = "skindelta color card - print at 100 %, one print for all photos - printed on __________"
    canvas.drawString(x, y - 6.5 * mm, note)


def _cut_line(canvas: Canvas, left: float, top: float) -> None:
    canvas.setStrokeGray(0.6)
    canvas.setLineWidth(0.4)
    canvas.setDash(3, 3)
    width, height = (side * mm for side in SHEET_MM)
    canvas.rect(left, top - height, width, height, stroke=1, fill=0)
    canvas.setDash()

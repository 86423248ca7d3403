"""The capture guide on one page: where to stand, what to do, and a line for each session."""

from io import BytesIO

from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from ..capture import STEPS
from .text import ACCENT, BODY, INK, MARGIN, QUIET, Page, new_page

__all__ = ["guide_pdf"]

SMALL = ParagraphStyle("small", BODY, fontSize=8.6, leading=11.2)
WHY = ParagraphStyle("why", BODY, fontSize=7.8, leading=10, textColor=QUIET)
LABEL = ParagraphStyle("label", BODY, fontSize=7.5, leading=9, alignment=TA_CENTER)
COLUMNS = 2
GAP = 8 * mm
NUMBER_MM = 3.2  # radius of the circle with the number
PLAN_MM = 42.0  # height of the plan of the room
LINES = ("Date and time", "Window or lamp", "Distance", "Card no.", "Days since treatment", "Notes")


def guide_pdf(paper: str = "a4") -> bytes:
    """Draw the capture guide.

    Parameters
    ----------
    paper : {"a4", "letter"}

    Returns
    -------
    bytes
        A PDF of one page.
    """
    file = BytesIO()
    page = new_page(file, {"a4": A4, "letter": LETTER}[paper])
    page.heading("Photos that can be compared")
    page.paragraph(
        "The same person, place, light and distance each time: then a small change of the skin can "
        "be told from chance.",
        gap=2 * mm,
    )
    _plan(page)
    _steps(page)
    _table(page)
    _foot(page)
    page.canvas.setTitle("skindelta capture guide")
    page.canvas.setAuthor("skindelta")
    page.canvas.showPage()
    page.canvas.save()
    return file.getvalue()


def _plan(page: Page) -> None:
    """Draw the room from above: wall, person with card, camera, window."""
    canvas, height = page.canvas, PLAN_MM * mm
    bottom, left, right = page.top - height, MARGIN, page.width - MARGIN
    middle = bottom + 0.56 * height
    canvas.setFillColorRGB(0.95, 0.97, 0.97)
    canvas.roundRect(left, bottom, right - left, height, 3 * mm, stroke=0, fill=1)
    wall, person, camera, window = (
        left + share * (right - left) for share in (0.1, 0.24, 0.6, 0.88)
    )
    canvas.setFillColor(QUIET)
    canvas.rect(wall - 1.5 * mm, bottom + 9 * mm, 3 * mm, height - 13 * mm, stroke=0, fill=1)
    canvas.setFillColor(ACCENT)
    canvas.ellipse(person - 6 * mm, middle - 8 * mm, person + 6 * mm, middle + 8 * mm, 0, 1)
    canvas.circle(
        person + 6.2 * mm, middle, 1.5 * mm, stroke=0, fill=1
    )  # the nose: where they look
    canvas.setFillColorRGB(0.85, 0.55, 0.3)
    canvas.rect(person + 4 * mm, middle - 15 * mm, 1.2 * mm, 6.5 * mm, stroke=0, fill=1)
    canvas.setFillColor(INK)
    canvas.roundRect(camera - 1.2 * mm, middle - 4.5 * mm, 2.4 * mm, 9 * mm, 0.8 * mm, 0, 1)
    canvas.setStrokeColorRGB(0.9, 0.7, 0.2)
    canvas.setLineWidth(0.8)
    for off in (-9, -3, 3, 9):
        canvas.line(window - 3 * mm, middle + off * mm, camera + 8 * mm, middle + 0.6 * off * mm)
    canvas.setFillColorRGB(0.98, 0.85, 0.45)
    canvas.rect(window - 1.5 * mm, bottom + 9 * mm, 3 * mm, height - 13 * mm, stroke=0, fill=1)
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(0.5)
    canvas.line(person + 9 * mm, middle, camera - 3 * mm, middle)
    for x, way in ((person + 9 * mm, 1), (camera - 3 * mm, -1)):
        canvas.line(x, middle, x + way * 1.6 * mm, middle + 1 * mm)
        canvas.line(x, middle, x + way * 1.6 * mm, middle - 1 * mm)
    labels = (
        (wall, "plain wall", bottom + 7 * mm),
        (person, "face, straight on", bottom + 7 * mm),
        ((person + camera) / 2 + 3 * mm, "40 to 50 cm", middle + 5.5 * mm),
        (person + 19 * mm, "card beside the cheek", middle - 8.5 * mm),
        (camera, "camera at eye height", bottom + 7 * mm),
        (window, "window or lamp", bottom + 7 * mm),
    )
    for x, text, y in labels:
        page.block(text, LABEL, x - 16 * mm, y, 32 * mm)
    page.top = bottom - 5 * mm


def _steps(page: Page) -> None:
    """Write the steps in two columns, down the first and then down the second."""
    width = (page.width - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS
    rows = -(-len(STEPS) // COLUMNS)
    lowest = page.top
    for column in range(COLUMNS):
        left, top = MARGIN + column * (width + GAP), page.top
        for number, step in list(enumerate(STEPS, start=1))[column * rows : (column + 1) * rows]:
            _number(page.canvas, left + NUMBER_MM * mm, top - 4 * mm, number)
            indent = 2 * NUMBER_MM * mm + 2.5 * mm
            text = f"<b>{step.title}.</b> {step.what}"
            top -= page.block(text, SMALL, left + indent, top, width - indent)
            top -= page.block(step.why, WHY, left + indent, top - 0.5 * mm, width - indent)
            top -= 3.6 * mm
        lowest = min(lowest, top)
    page.top = lowest


def _number(canvas: Canvas, x: float, y: float, number: int) -> None:
    canvas.setFillColor(ACCENT)
    canvas.circle(x, y, NUMBER_MM * mm, stroke=0, fill=1)
    canvas.setFillGray(1)
    canvas.setFont("Helvetica-Bold", 9)
    canvas.drawCentredString(x, y - 1.1 * mm, str(number))


def _table(page: Page) -> None:
    """Draw lines to fill in: what was the same last time."""
    canvas, left, right = page.canvas, MARGIN, page.width - MARGIN
    widths = [1.2, 1.4, 0.8, 0.7, 1.2, 1.7]
    unit = (right - left) / sum(widths)
    row, top = 6.4 * mm, page.top - 1 * mm
    rows = max(2, min(10, int((top - MARGIN) / row) - 1))
    canvas.setStrokeColor(QUIET)
    canvas.setLineWidth(0.4)
    x = left
    for label, share in zip(LINES, widths, strict=True):
        page.block(label, WHY, x + 1 * mm, top - 0.8 * mm, share * unit)
        x += share * unit
    for line in range(rows + 2):
        canvas.line(left, top - line * row, right, top - line * row)
    x = left
    for share in [0.0, *widths]:
        x += share * unit
        canvas.line(x, top, x, top - (rows + 1) * row)
    page.top = top - (rows + 1) * row


def _foot(page: Page) -> None:
    text = "skindelta - not a medical device. If your skin worries you, contact your clinician."
    page.block(text, WHY, MARGIN, MARGIN - 2 * mm, page.width - 2 * MARGIN)

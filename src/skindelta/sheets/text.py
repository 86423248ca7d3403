"""A page of text that is written from the top down."""

from dataclasses import dataclass
from typing import IO

from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from ..print_style import ACCENT, BODY, HEADING, INK, MARGIN, QUIET

__all__ = ["ACCENT", "BODY", "HEADING", "INK", "MARGIN", "QUIET", "Page", "new_page"]


@dataclass
class Page:
    """A page, and how far down it is written, in points from the bottom.

    Attributes
    ----------
    canvas : Canvas
    width, top : float
    """

    canvas: Canvas
    width: float
    top: float

    def heading(self, text: str) -> None:
        """Write a heading."""
        self.paragraph(text, HEADING)

    def paragraph(self, text: str, style: ParagraphStyle = BODY, gap: float = 3 * mm) -> None:
        """Write a paragraph over the width between the margins."""
        self.top -= self.block(text, style, MARGIN, self.top, self.width - 2 * MARGIN) + gap

    def block(
        self, text: str, style: ParagraphStyle, left: float, top: float, width: float
    ) -> float:
        """Write a paragraph anywhere; return its height."""
        paragraph = Paragraph(text, style)
        _, height = paragraph.wrap(width, 10_000)
        paragraph.drawOn(self.canvas, left, top - height)
        return float(height)


def new_page(file: IO[bytes], size: tuple[float, float]) -> Page:
    """Return the first page of a PDF; the same text gives the same bytes."""
    canvas = Canvas(file, pagesize=size, invariant=True)
    return Page(canvas, size[0], size[1] - MARGIN)

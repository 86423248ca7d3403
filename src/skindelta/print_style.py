"""How what is printed looks: sizes of paper, margin, inks and letters of sheets and reports."""

from typing import Literal

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm

__all__ = ["ACCENT", "BODY", "HEADING", "INK", "MARGIN", "PAPERS", "QUIET", "Paper"]

Paper = Literal["a4", "letter"]
PAPERS: dict[Paper, tuple[float, float]] = {"a4": A4, "letter": LETTER}
MARGIN = 18 * mm
INK, ACCENT, QUIET = HexColor("#1d2733"), HexColor("#1f6f78"), HexColor("#5b6770")
BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=9.5, leading=13, textColor=INK)
HEADING = ParagraphStyle(
    "heading", fontName="Helvetica-Bold", fontSize=18, leading=24, textColor=ACCENT
)

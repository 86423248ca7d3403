"""Pages to print: the color card and the capture guide, as PDF."""

from .card_sheet import card_pdf
from .guide_sheet import guide_pdf

__all__ = ["card_pdf", "guide_pdf"]

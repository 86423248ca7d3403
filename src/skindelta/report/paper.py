"""The pages of a PDF: what stands on each of them, and how many there are."""

from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph

from ..plain_words import NOT_A_DEVICE
from ..print_style import MARGIN, PAPERS, QUIET, Paper
from .paper_text import SMALL, markup

__all__ = ["Paper", "made_pdf", "text_width"]

HEAD, FOOT = 11 * mm, 10 * mm  # from the edge of the paper
ABOVE, BELOW = 20 * mm, 19 * mm
MOST_NAME = 60  # characters in the head of a page: one line, or two of the widest letters
BRAND = "skindelta report"


def text_width(paper: Paper) -> float:
    """Return the width between the margins, in points."""
    return float(PAPERS[_known(paper)][0] - 2 * MARGIN)


def made_pdf(
    parts: Callable[[], list[Flowable]], paper: Paper, title: str, about: str = ""
) -> bytes:
    """Set parts on pages; the same parts give the same bytes.

    Parameters
    ----------
    parts : callable
        Makes them anew, as setting uses them up.
    paper : {"a4", "letter"}
    title : str
        For the window of the reader: it names no person and no file.
    about : str
        Whom it is about, for the head of every page.

    Returns
    -------
    bytes
    """
    _, pages = _set(parts(), paper, title, about, 0)
    return _set(parts(), paper, title, about, pages)[0]


def _set(
    parts: list[Flowable], paper: Paper, title: str, about: str, pages: int
) -> tuple[bytes, int]:
    """Return the PDF, and how many pages it has."""
    file = BytesIO()
    document = BaseDocTemplate(
        file,
        pagesize=PAPERS[_known(paper)],
        title=title,
        author="skindelta",
        subject=NOT_A_DEVICE,
        creator="skindelta",
        lang="en",
        invariant=True,
        allowSplitting=True,
    )
    width, height = document.pagesize
    frame = Frame(MARGIN, BELOW, width - 2 * MARGIN, height - ABOVE - BELOW, 0, 0, 0, 0)
    edges = partial(_edges, about=about, pages=pages)
    document.addPageTemplates(PageTemplate("page", [frame], onPage=edges))
    document.afterFlowable = partial(_listed, document)
    document.build(parts)
    return file.getvalue(), document.page


def _edges(canvas: Canvas, document: Any, about: str, pages: int) -> None:
    """Write head and foot of a page."""
    width, height = document.pagesize
    canvas.saveState()
    canvas.setStrokeColor(QUIET)
    canvas.setLineWidth(0.4)
    top, bottom = height - HEAD - 4 * mm, FOOT + 4 * mm
    for y in (top, bottom):
        canvas.line(MARGIN, y, width - MARGIN, y)
    short = about if len(about) <= MOST_NAME else f"{about[: MOST_NAME - 1]}…"
    name = Paragraph(markup(short), SMALL)
    name.wrap(width - 2 * MARGIN - 40 * mm, HEAD)
    name.drawOn(canvas, MARGIN, top + 1.2 * mm)
    base = top + 1.2 * mm + SMALL.leading - SMALL.fontSize
    canvas.setFont(SMALL.fontName, SMALL.fontSize)
    canvas.setFillColor(QUIET)
    canvas.drawRightString(width - MARGIN, base, BRAND)
    canvas.drawString(MARGIN, FOOT, NOT_A_DEVICE)
    canvas.drawRightString(width - MARGIN, FOOT, f"page {document.page} of {pages}")
    canvas.restoreState()


def _listed(document: BaseDocTemplate, part: Flowable) -> None:
    """Put each section into the table of contents that readers show beside the pages."""
    if isinstance(part, Paragraph) and part.style.name == "section":
        text = part.getPlainText()
        key = f"{document.page}-{text}"
        document.canv.bookmarkPage(key)
        document.canv.addOutlineEntry(text, key)


def _known(paper: Paper) -> Paper:
    if paper not in PAPERS:
        raise ValueError(f"expected a paper of {', '.join(PAPERS)}, got {paper!r}")
    return paper

"""Parts of a PDF that both reports consist of: sections, lists, tables, cards, pictures."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    Image,
    KeepTogether,
    Paragraph,
    Spacer,
    TableStyle,
)
from reportlab.platypus import Table as Grid

from ..print_style import INK, QUIET
from .facts import ABOUT_BASES, KEY_BAND, KEY_RANGE
from .images import Picture
from .paper_drawings import BETTER, WORSE, drawn
from .paper_text import CAPTION, CELL, CELL_HEAD, SECTION, SMALL, STRONG, TEXT, markup, paragraph
from .shapes import Drawing, interval_drawing, interval_key
from .tables import Cell, Row, Table
from .verdicts import Line

__all__ = [
    "NARROW_GAP",
    "about_bases",
    "bullets",
    "columns",
    "framed",
    "key",
    "line_parts",
    "numbered",
    "pairs",
    "picture",
    "section",
    "sharp_height",
    "table_parts",
]

RULE, PAPER = HexColor("#dde3e9"), HexColor("#f6f7f9")
NARROW_GAP = 3 * mm
ROOM = 42 * mm  # below a heading, else it moves to the next page
DPI = 110  # of a photo on paper, at the least: below it looks blurred
NAME_MM = 34 * mm  # column of names in a list of facts
BULLET = ParagraphStyle("bullet", TEXT, leftIndent=10, bulletIndent=0, spaceAfter=2.5)
VERDICT_INKS = {"improved": BETTER, "worse": WORSE, "unknown": QUIET}


def about_bases() -> list[Flowable]:
    """Return what the drawings and the words of the verdicts mean."""
    signs = zip(interval_key(), (KEY_RANGE, KEY_BAND), strict=True)
    words = " ".join(f"<b>{markup(word)}</b> {markup(text)}" for word, text in ABOUT_BASES)
    return [key(tuple(signs)), Spacer(0, 3), Paragraph(words, SMALL)]


def key(items: Sequence[tuple[Drawing, str]], count: int = 2) -> Flowable:
    """Return signs with what they mean, in a number of columns."""
    cells: list[list[Any]] = []
    for number, (sign, text) in enumerate(items):
        if number % count == 0:
            cells.append([])
        cells[-1] += [drawn(sign, 0.7 * sign.width), paragraph(text, CELL)]
    cells[-1] += [""] * (2 * count - len(cells[-1]))
    grid = Grid(cells, [10 * mm, 75 * mm] * count, hAlign="LEFT")
    grid.setStyle(_style(padding=1))
    return grid


def section(title: str, *parts: Flowable, whole: bool = False) -> list[Flowable]:
    """Return a heading that never stands alone at the foot of a page, and what follows it.

    Parameters
    ----------
    title : str
    *parts : Flowable
    whole : bool
        The first part cannot go on over two pages.
    """
    heading = paragraph(title, SECTION)
    if whole:
        return [KeepTogether([heading, parts[0]]), *parts[1:]]
    return [CondPageBreak(ROOM), heading, *parts]


def bullets(texts: Iterable[str]) -> list[Flowable]:
    """Return a list."""
    return [paragraph(text, BULLET, "•") for text in texts]


def numbered(notes: Iterable[tuple[int, str]]) -> list[Flowable]:
    """Return the reasons that tables and charts refer to."""
    style = ParagraphStyle(
        "note", SMALL, leftIndent=16, spaceAfter=1, bulletFontSize=SMALL.fontSize
    )
    return [paragraph(text, style, f"{number}.") for number, text in notes]


def pairs(rows: Iterable[tuple[str, str]], width: float) -> Flowable:
    """Return names with what they stand for."""
    cells = [[paragraph(name, CELL_HEAD), paragraph(text, CELL)] for name, text in rows]
    grid = Grid(cells, [NAME_MM, width - NAME_MM], splitInRow=1)
    grid.setStyle(_style(("LEFTPADDING", (0, 0), (0, -1), 0), padding=1.2))
    return grid


def columns(
    cells: Sequence[Sequence[Flowable]], width: float, count: int, boxed: bool = False
) -> Flowable:
    """Return parts beside each other, filled up to a number of columns of one width."""
    row = [list(cell) for cell in cells] + [[] for _ in range(count - len(cells))]
    grid = Grid([row], [width / count] * count)
    style: list[Any] = [
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), NARROW_GAP),
    ]
    if boxed:
        last = len(cells) - 1
        style = [
            ("BOX", (0, 0), (last, 0), 0.6, RULE),
            ("INNERGRID", (0, 0), (last, 0), 0.6, RULE),
            ("BACKGROUND", (0, 0), (last, 0), PAPER),
            ("LEFTPADDING", (0, 0), (-1, -1), NARROW_GAP),
            ("RIGHTPADDING", (0, 0), (-1, -1), NARROW_GAP),
        ]
    grid.setStyle(_style(*style, padding=6 if boxed else 0))
    return grid


def framed(parts: Sequence[Flowable], width: float, color: Any = RULE, bar: float = 2) -> Flowable:
    """Return parts in a box with a bar at its left side."""
    grid = Grid([[list(parts)]], [width])
    grid.setStyle(
        _style(
            ("BOX", (0, 0), (-1, -1), 0.6, color if bar > 3 else RULE),
            ("LINEBEFORE", (0, 0), (0, -1), bar, color),
            ("LEFTPADDING", (0, 0), (-1, -1), 8),
            ("RIGHTPADDING", (0, 0), (-1, -1), 8),
            padding=4,
        )
    )
    return grid


def picture(image: Picture, width: float, height: float) -> Flowable:
    """Return a picture as large as it fits and stays sharp."""
    factor = min(width / image.width, min(height, sharp_height(image)) / image.height)
    size = factor * image.width, factor * image.height
    return Image(BytesIO(image.jpeg), *size, hAlign="LEFT")


def sharp_height(image: Picture) -> float:
    """Return how high a picture may be without looking blurred."""
    return 72 / DPI * image.height


def line_parts(line: Line, width: float) -> list[Flowable]:
    """Return one line of a card: claim, drawing, and from where on a change shows."""
    ink = VERDICT_INKS.get(line.kind, INK) if line.kind != "unknown" else INK
    claim = ParagraphStyle("claim", STRONG, textColor=ink, spaceAfter=4, keepWithNext=0)
    amount = line.amount.replace(" ", "\u00a0")  # a number never leaves its unit
    text = f"{line.claim} {amount}".strip() + "."
    parts = [paragraph(line.basis, CELL_HEAD), paragraph(text, claim)]
    if line.interval is not None:
        parts += [drawn(interval_drawing(line.interval, line.kind), width), Spacer(0, 3)]
    return [*parts, paragraph(line.text, CELL)]


def table_parts(about: Table, width: float) -> list[Flowable]:
    """Return a table that goes on over pages with its heads, or the reason why there is none."""
    if not about.rows:
        return [KeepTogether([paragraph(about.caption, CAPTION), paragraph(about.reason, SMALL)])]
    shares = about.widths or (1.6, *(1.0 for _ in about.heads[1:]))
    caption = [paragraph(about.caption, CAPTION), *([""] * (len(about.heads) - 1))]
    heads = [paragraph(head, CELL_HEAD) for head in about.heads]
    rows = [_row(row, len(about.heads)) for row in about.rows]
    grid = Grid(
        [caption, heads, *rows],
        [width * share / sum(shares) for share in shares],
        repeatRows=2,
        splitInRow=1,
    )
    spans = [
        ("SPAN", (1, number), (-1, number))
        for number, row in enumerate(about.rows, 2)
        if len(row.cells) == 1 and len(about.heads) > 2
    ]
    grid.setStyle(
        _style(
            ("SPAN", (0, 0), (-1, 0)),
            ("LINEBELOW", (0, 1), (-1, 1), 0.8, QUIET),
            ("LINEBELOW", (0, 2), (-1, -1), 0.4, RULE),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 5),
            ("VALIGN", (0, 1), (-1, 1), "BOTTOM"),
            *spans,
            padding=2.4,
        )
    )
    return [grid, Spacer(0, 5 * mm)]


def _row(row: Row, width: int) -> list[Any]:
    cells: list[Any] = [paragraph(row.region, CELL)]
    last = len(row.cells) - 1
    for number, cell in enumerate(row.cells):
        # Where a row has one verdict, it is the last cell that says it.
        kind = cell.kind or (row.kind if number == last else "")
        cells.append(_cell(cell, kind))
    return cells + [""] * (width - len(cells))


def _cell(cell: Cell, kind: str) -> Any:
    ink = VERDICT_INKS.get(kind, INK)
    text = cell.text if cell.note is None else f"{cell.text} ({cell.note})"
    bold = kind in ("improved", "worse")
    style = ParagraphStyle("ink", CELL, textColor=ink)
    strong = ParagraphStyle("strong", style, fontName="Helvetica-Bold") if bold else style
    first = paragraph(text, strong)
    more = ParagraphStyle("more", style, fontSize=7.2, leading=8.8)
    return [first, paragraph(cell.more, more)] if cell.more else first


def _style(*rules: Any, padding: float) -> TableStyle:
    """Return the rules of a table, with one padding above and below each cell."""
    every = (0, 0), (-1, -1)
    return TableStyle(
        [
            ("VALIGN", *every, "TOP"),
            ("TOPPADDING", *every, padding),
            ("BOTTOMPADDING", *every, padding),
            ("LEFTPADDING", *every, 0),
            ("RIGHTPADDING", *every, 0),
            ("LEADING", *every, 1),  # of cells that are empty
            *rules,
        ]
    )

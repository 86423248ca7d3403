"""The PDF of a timeline, for the desk of a clinic or to be handed on."""

from typing import TYPE_CHECKING

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer

from ..plain_words import LIMITS_OF_USE, NOT_A_DEVICE
from ..print_style import QUIET
from ..recovery import NOT_A_DIAGNOSIS
from ..types import Photo
from .course import TITLE, Chart, Course, Shown, about_course
from .course_words import Headline
from .paper import Paper, made_pdf, text_width
from .paper_drawings import WORSE, drawn
from .paper_parts import (
    NARROW_GAP,
    about_bases,
    bullets,
    columns,
    framed,
    key,
    line_parts,
    numbered,
    pairs,
    picture,
    section,
    sharp_height,
    table_parts,
)
from .paper_text import CELL, CELL_HEAD, SMALL, STRONG, paragraph
from .paper_text import TITLE as TITLE_STYLE

if TYPE_CHECKING:
    from ..history import Timeline

__all__ = ["timeline_report_pdf"]

PHOTO_HEIGHT = 52 * mm
LEVELS = {"emergency": (HexColor("#b3001b"), 4.0), "contact": (WORSE, 3.0)}
OTHER_LEVEL = (QUIET, 2.0)


def timeline_report_pdf(
    timeline: "Timeline", first: Photo | None, latest: Photo | None, paper: Paper = "a4"
) -> bytes:
    """Return a timeline as a PDF.

    It says what the HTML report says, and depends on nothing but what is given.

    Parameters
    ----------
    timeline : Timeline
        With or without sessions.
    first, latest : Photo or None
        Of the baseline and of the latest session; it says so where one is missing.
    paper : {"a4", "letter"}

    Returns
    -------
    bytes
    """
    course, width = about_course(timeline, first, latest), text_width(paper)
    about = f"{course.pseudonym}, {course.site}"
    return made_pdf(lambda: _parts(course, width), paper, f"skindelta report: {TITLE}", about)


def _parts(course: Course, width: float) -> list[Flowable]:
    """Return everything in its order."""
    return [
        *_title(course, width),
        *section(course.flags_title, *_flags(course, width)),
        *_photos(course.photos, width),
        *section("What changed", *_headlines(course, width), whole=True),
        *_charts(course, width),
        *_sessions(course, width),
        *section(
            "Treatments and symptoms",
            *table_parts(course.treatments, width),
            *table_parts(course.symptoms, width),
        ),
        *section("What to expect now", *_next(course)),
        *section("How this was measured", *bullets(course.method)),
        *section("What to know", *bullets(course.limits)),
        *(section("Sources", pairs(course.sources, width)) if course.sources else ()),
        *section("Made with", pairs(course.made_with, width)),
        Spacer(0, 4 * mm),
        framed([paragraph(f"{NOT_A_DEVICE} {LIMITS_OF_USE}", CELL)], width),
    ]


def _title(course: Course, width: float) -> list[Flowable]:
    name = f"{course.pseudonym}, {course.site}"
    rows = (("Person and body site", name), *course.facts)
    return [paragraph(TITLE, TITLE_STYLE), pairs(rows, width)]


def _flags(course: Course, width: float) -> list[Flowable]:
    parts: list[Flowable] = []
    for flag in course.flags:
        color, bar = LEVELS.get(flag.level, OTHER_LEVEL)
        about = flag.days + (f"; source: {flag.sources}" if flag.sources else "")
        level = paragraph(flag.urgency.upper(), _inked(color))
        box = framed([level, paragraph(flag.text), paragraph(about, CELL_HEAD)], width, color, bar)
        parts += [box, Spacer(0, 1.6 * mm)]
    return [*(parts or [paragraph(course.no_flag)]), paragraph(NOT_A_DIAGNOSIS, SMALL)]


def _inked(color: Color) -> ParagraphStyle:
    return ParagraphStyle("level", CELL, fontName="Helvetica-Bold", textColor=color)


def _photos(photos: tuple[Shown, ...], width: float) -> list[Flowable]:
    if not photos:
        return []
    pictures = [shown.picture for shown in photos if shown.picture is not None]
    height = min(PHOTO_HEIGHT, *(sharp_height(one) for one in pictures), PHOTO_HEIGHT)
    cells = [_photo(shown, width / 2 - NARROW_GAP, height) for shown in photos]
    return section("Photos", columns(cells, width, 2), whole=True)


def _photo(shown: Shown, width: float, height: float) -> list[Flowable]:
    words = [paragraph(shown.title, STRONG), paragraph(shown.about, CELL)]
    if shown.picture is None:
        return words
    return [picture(shown.picture, width, height), Spacer(0, 4), *words]


def _headlines(course: Course, width: float) -> list[Flowable]:
    if not course.headlines:
        return [paragraph(course.nothing_yet)]
    count = len(course.headlines)
    cells = [_headline(one, width / count - 2 * NARROW_GAP) for one in course.headlines]
    bases = about_bases() if course.has_intervals else []
    return [columns(cells, width, count, boxed=True), Spacer(0, 6), *bases]


def _headline(one: Headline, width: float) -> list[Flowable]:
    return [
        paragraph(one.label, STRONG),
        *line_parts(one.line, width),
        Spacer(0, 4),
        paragraph(one.about, CELL_HEAD),
        Spacer(0, 4),
        paragraph(one.trend, CELL),
    ]


def _charts(course: Course, width: float) -> list[Flowable]:
    if not course.charts:
        return []
    notes = KeepTogether([paragraph("Not measurable, by number:", SMALL), *numbered(course.notes)])
    first, *others = course.charts
    return section(
        "Over time",
        KeepTogether([key(course.key), Spacer(0, 6), *_chart(first, width)]),
        *(KeepTogether(_chart(chart, width)) for chart in others),
        *(paragraph(text, SMALL) for text in course.beside),
        *((notes,) if course.notes else ()),
        whole=True,
    )


def _chart(chart: Chart, width: float) -> list[Flowable]:
    return [paragraph(chart.label, STRONG), drawn(chart.wide, width), Spacer(0, 8)]


def _sessions(course: Course, width: float) -> list[Flowable]:
    if not course.sessions:
        return []
    return section(
        "Sessions", *(part for one in course.sessions for part in table_parts(one, width))
    )


def _next(course: Course) -> list[Flowable]:
    parts = [paragraph(course.now)]
    for name, texts in course.lists:
        parts += [Spacer(0, 4), paragraph(name, STRONG), *bullets(texts)]
    return parts

"""The PDF of a comparison: what the page says of it, without its slider."""

from collections.abc import Sequence
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer

from ..plain_words import ABOUT_MAPS, LIMITS_OF_USE, NOT_A_DEVICE, sentence
from ..print_style import QUIET
from ..types import Comparison, Reason
from .facts import ABOUT_DETAILS, NOT_COMPARABLE, Difference, PhotoFacts
from .images import MapFigure, Pictures, outlined
from .page import about_comparison
from .paper import Paper, made_pdf, text_width
from .paper_drawings import WORSE
from .paper_parts import (
    NARROW_GAP,
    about_bases,
    bullets,
    columns,
    framed,
    line_parts,
    numbered,
    pairs,
    picture,
    section,
    sharp_height,
    table_parts,
)
from .paper_text import CELL, CELL_HEAD, SMALL, STRONG, TITLE, paragraph
from .verdicts import Card

__all__ = ["comparison_report_pdf"]

HEADING = "Change of skin between two photos"
PHOTO_HEIGHT, MAP_HEIGHT = 100 * mm, 80 * mm


def comparison_report_pdf(
    comparison: Comparison, paper: Paper = "a4", beside: Sequence[str] = ()
) -> bytes:
    """Return a comparison as a PDF.

    It says what the HTML report says; nothing in it depends on the time or the machine.

    Parameters
    ----------
    comparison : Comparison
        Comparable or not; without its aligned pair there are no pictures.
    paper : {"a4", "letter"}
    beside : sequence of str
        Sentences on whose photos these are.

    Returns
    -------
    bytes
    """
    about, width = about_comparison(comparison, beside), text_width(paper)
    return made_pdf(lambda: _parts(about, width), paper, f"skindelta report: {HEADING}")


def _parts(about: dict[str, Any], width: float) -> list[Flowable]:
    """Return everything in the order of the page."""
    return [
        paragraph(HEADING, TITLE),
        columns([_photo(photo, width / 2 - NARROW_GAP) for photo in about["photos"]], width, 2),
        Spacer(0, 4),
        *([_box(about["order"], [], width, WORSE)] if about["order"] else []),
        *([paragraph(about["time_between"], SMALL)] if about["time_between"] else []),
        *(_results(about, width) if about["comparable"] else _refused(about["reasons"], width)),
        *_differences(about["differences"], width),
        *(_after(about) if about["comparable"] else ()),
        *section("Made with", pairs(about["made_with"], width)),
        Spacer(0, 4 * mm),
        framed([paragraph(f"{NOT_A_DEVICE} {LIMITS_OF_USE}", CELL)], width),
    ]


def _photo(photo: PhotoFacts, width: float) -> list[Flowable]:
    return [
        paragraph(photo.title, CELL_HEAD),
        paragraph(photo.name, STRONG),
        pairs(photo.facts, width),
    ]


def _refused(reasons: tuple[Reason, ...], width: float) -> list[Flowable]:
    boxes = [_box(sentence(one.message), [one.advice], width, WORSE) for one in reasons]
    return section("Not measurable", paragraph(NOT_COMPARABLE), *boxes)


def _box(text: str, others: list[str], width: float, color: Any) -> Flowable:
    more = [paragraph(sentence(other), CELL_HEAD) for other in others if other]
    return KeepTogether([framed([paragraph(text, CELL), *more], width, color), Spacer(0, 1.5 * mm)])


def _results(about: dict[str, Any], width: float) -> list[Flowable]:
    return [
        *_changed(about["cards"], width),
        *(_pictures(about["pictures"], width) if about["pictures"] else ()),
        *_tables(about, width),
        *section("What the numbers rest on", pairs(about["ground"], width)),
    ]


def _changed(cards: tuple[Card, ...], width: float) -> list[Flowable]:
    count = max(1, len(cards))
    cells = [_card(card, width / count - 2 * NARROW_GAP) for card in cards]
    boxes = columns(cells, width, count, boxed=True)
    return section("What changed", boxes, Spacer(0, 6), *about_bases(), whole=True)


def _card(card: Card, width: float) -> list[Flowable]:
    parts: list[Flowable] = [paragraph(card.label, STRONG)]
    for number, line in enumerate(card.lines):
        parts += [Spacer(0, 8)] if number else []
        parts += line_parts(line, width)
    return parts


def _pictures(shown: Pictures, width: float) -> list[Flowable]:
    half = width / 2 - NARROW_GAP
    photos = shown.before, shown.after
    height = min(PHOTO_HEIGHT, *map(sharp_height, photos))
    sides = [
        [picture(one, half, height), Spacer(0, 3), paragraph(f"{name}. {one.alt}", CELL)]
        for name, one in zip(("Before", "After"), photos, strict=True)
    ]
    aligned = section("Both photos, aligned", columns(sides, width, 2), whole=True)
    maps = [_map(one, width / 3 - NARROW_GAP) for one in shown.maps]
    return [
        *aligned,
        KeepTogether(
            [
                *section("Where it changed", paragraph(ABOUT_MAPS, SMALL)),
                columns(maps, width, max(3, len(maps))),
            ]
        ),
        Spacer(0, 4 * mm),
        KeepTogether([_regions(shown, width)]),
    ]


def _map(one: MapFigure, width: float) -> list[Flowable]:
    parts: list[Flowable] = [paragraph(one.label, STRONG)]
    if one.picture is None:
        return [*parts, paragraph(one.text, CELL)]
    return [
        *parts,
        picture(one.picture, width, MAP_HEIGHT),
        Spacer(0, 3),
        paragraph(one.picture.alt, CELL),
    ]


def _regions(shown: Pictures, width: float) -> Flowable:
    """Return the outlines, with the names of their numbers beside them."""
    image = picture(outlined(shown.regions, shown.outlines), width / 3 - NARROW_GAP, MAP_HEIGHT)
    names = [
        (one.number, one.name + ("" if one.polygons else " (not seen)"))
        for one in shown.outlines
        if one.number
    ]
    words = [paragraph(shown.outline_caption, CELL), Spacer(0, 3), *numbered(names)]
    return columns([[image], words], width, 3)


def _tables(about: dict[str, Any], width: float) -> list[Flowable]:
    tables = (*about["score_tables"], *about["detail_tables"])
    details = [paragraph(ABOUT_DETAILS, SMALL)] if about["detail_tables"] else []
    parts = [part for one in tables for part in table_parts(one, width)]
    return section("Region by region", *parts, *details, *numbered(about["notes"]))


def _differences(found: tuple[Difference, ...], width: float) -> list[Flowable]:
    if not found:
        return []
    inks = {"blocks": WORSE}
    boxes = [
        _box(
            f"{one.effect.capitalize()}: {one.message}",
            [one.factors, one.advice],
            width,
            inks.get(one.kind, QUIET),
        )
        for one in found
    ]
    return section("How these two photos differ", *boxes)


def _after(about: dict[str, Any]) -> list[Flowable]:
    narrower = about["narrower"]
    told = [paragraph(about["level"], SMALL), *bullets(narrower)]
    return [
        *(section("What would have shown smaller changes", *told) if narrower else ()),
        *section("What to know", *bullets(about["limits"])),
    ]

"""What the page Compare says of two photos: verdicts, pictures, tables, files, reports.

Plain functions without Gradio: tests call them as they are. A problem that the user can mend comes
back as a sentence in its place, never as an exception.
"""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import StringIO

from ...both import both
from ...contract import ROW_FIELDS, comparison_rows, comparison_to_dict
from ...errors import SkinDeltaError
from ...outputs import spreadsheet_cell
from ...pipeline import Stage, compare
from ...report import write_report
from ...types import Comparison
from .. import words
from ..serving.visitors import Visit
from ..viewer import viewer_html
from .brought import Asked, Given, options_of, photo_of, trouble_with

__all__ = ["DRAWING", "STAGE_WORDS", "Compared", "compare_photos", "make_report", "recomputed"]

STAGE_WORDS: dict[Stage, str] = {
    "reading": "Reading both photos",
    "finding": "Finding face, skin and color card",
    "aligning": "Laying both photos on each other",
    "measuring": "Measuring redness, pigment and texture",
}
DRAWING = "Drawing what changed"
ABOUT_EXAMPLE = (
    "Example: the redness and the spots of the first photo were painted in, and little of them is "
    "left in the second. This shows how the page tells a change; it is no real treatment"
)


@dataclass(frozen=True)
class Compared:
    """Two photos compared; all but `asked` is HTML.

    Attributes
    ----------
    status : str
        The sentence where nothing could be measured.
    asked : Asked or None
        None where there is nothing more than the status.
    headline : str
        Verdict cards and viewer.
    table, details, downloads : str
    swapped : bool
        By their dates the after photo is the earlier one.
    """

    status: str
    asked: Asked | None = None
    headline: str = ""
    table: str = ""
    details: str = ""
    downloads: str = ""
    swapped: bool = False


def compare_photos(
    visit: Visit, asked: Asked | None, tell: Callable[[str], None] = lambda _: None
) -> Compared:
    """Compare two photos.

    Parameters
    ----------
    visit : Visit
    asked : Asked or None
        None where a photo is missing.
    tell : callable
        Gets what is being done, in words.
    """
    if asked is None:
        return Compared(words.notice("Add both photos first: one from before, one from after"))
    try:
        comparison = recomputed(visit, asked, tell)
        asked = replace(asked, model=comparison.made_with["options"]["model"])
        tell(DRAWING)
        return _shown(visit, asked, comparison)
    except (SkinDeltaError, OSError) as error:
        return Compared(
            words.notice(trouble_with(error, asked.before.path, asked.after.path), "bad")
        )


def recomputed(
    visit: Visit, asked: Asked, tell: Callable[[str], None] = lambda _: None
) -> Comparison:
    """Compare, or compare again: the same photos and options give the same numbers.

    Raises
    ------
    SkinDeltaError
        As :func:`skindelta.compare`; a photo is gone; an option is out of its range.
    """
    options = options_of(asked.choice, asked.marks, asked.before, asked.after)
    options = replace(options, model=asked.model or options.model)
    tell(STAGE_WORDS["reading"])
    photos = both(lambda path: photo_of(visit, path), asked.before.path, asked.after.path)
    return compare(*photos, options, tell=lambda stage: tell(STAGE_WORDS[stage]))


def make_report(visit: Visit, asked: Asked) -> str:
    """Write the report as a page and as a PDF, and return links to both; HTML."""
    try:
        comparison = recomputed(visit, asked)
        links = []
        for suffix, label in ((".pdf", "Report to print (PDF)"), (".html", "Report as a page")):
            kept = visit.place(f"skindelta-report{suffix}")
            write_report(comparison, kept.path)
            links.append(words.download(kept.url, f"{label}: {_pair_name(asked)}"))
    except (SkinDeltaError, OSError) as error:
        return words.notice(trouble_with(error, asked.before.path, asked.after.path), "bad")
    return f'<p class="sd-downloads">{"".join(links)}</p>'


def _shown(visit: Visit, asked: Asked, comparison: Comparison) -> Compared:
    """Everything the page shows of a comparison."""
    order = words.order_notice(comparison)
    shown = Compared(
        words.comparison_card(comparison)
        + words.same_file_notice(comparison)
        + order
        + (words.notice(ABOUT_EXAMPLE) if asked.is_example else ""),
        asked,
        details=words.details(comparison),
        downloads=_downloads(visit, comparison),
        swapped=bool(order),
    )
    if not comparison.comparable:
        return shown
    headline = words.verdict_cards(comparison) + viewer_html(
        visit, comparison, *_labels(asked.before, asked.after)
    )
    return replace(shown, headline=headline, table=words.score_table(comparison))


def _pair_name(asked: Asked) -> str:
    """Tell two reports apart: by the days of the photos, or their names where a day is missing."""
    pair = asked.before, asked.after
    days = [f"{one.taken_at:%Y-%m-%d}" for one in pair if one.taken_at is not None]
    return ", ".join(days if len(days) == len(pair) else [one.name for one in pair])


def _labels(before: Given, after: Given) -> tuple[str, str]:
    """Call the photos over the picture by their days, where those are known."""
    first, second = (
        f"{name}, {given.taken_at:%Y-%m-%d}" if given.taken_at else name
        for name, given in (("Before", before), ("After", after))
    )
    return first, second


def _downloads(visit: Visit, comparison: Comparison) -> str:
    """Links to the result as data."""
    told = json.dumps(comparison_to_dict(comparison), indent=1, ensure_ascii=False)
    rows = StringIO()
    table = csv.DictWriter(rows, ROW_FIELDS, lineterminator="\n")
    table.writeheader()
    for row in comparison_rows(comparison):
        table.writerow({name: spreadsheet_cell(value) for name, value in row.items()})
    links = (
        words.download(visit.keep(text.encode(), f"skindelta-comparison.{kind}"), label)
        for text, kind, label in (
            (told, "json", "Everything as data (JSON)"),
            (rows.getvalue(), "csv", "Scores as a table (CSV)"),
        )
    )
    return f'<p class="sd-downloads">{"".join(links)}</p>'

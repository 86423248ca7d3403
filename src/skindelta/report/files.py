"""A report as a file: whether it may go there, and how it gets there whole."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SkinDeltaError
from ..outputs import replacing
from ..types import Comparison, Photo
from .page import comparison_report_html
from .timeline_page import timeline_report_html

if TYPE_CHECKING:
    from ..history import Timeline
    from .paper import Paper

__all__ = ["check_report_file", "write_report", "write_timeline_report"]

SUFFIXES = (".html", ".htm", ".pdf")


def check_report_file(path: Path, photos: Iterable[Path] = ()) -> None:
    """Make sure that a report can go there; raises SkinDeltaError that says why not.

    Parameters
    ----------
    path : Path
        An older report there is replaced.
    photos : iterable of Path
        What must not be overwritten.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise SkinDeltaError(
            f"{path} ends in neither .html nor .pdf; a report is a page for the browser, or a PDF"
        )
    if path.is_dir():
        raise SkinDeltaError(f"{path} is a folder; name a file in it")
    if not path.parent.is_dir():
        raise SkinDeltaError(f"{path} cannot be written, as {path.parent} is no folder; make it")
    for photo in photos:
        with suppress(OSError):  # one of them does not exist
            if path.samefile(photo):
                raise SkinDeltaError(f"{path} is one of the photos; choose another name")


def write_report(
    comparison: Comparison, path: Path, paper: "Paper" = "a4", beside: Sequence[str] = ()
) -> None:
    """Write the report of a comparison, whole or not at all.

    Parameters
    ----------
    comparison : Comparison
    path : Path
        Its ending says whether it becomes HTML or a PDF.
    paper : {"a4", "letter"}
        Of a PDF.
    beside : sequence of str
        Sentences on whose photos these are.

    Raises
    ------
    SkinDeltaError
        The file cannot be written.
    """
    if _is_pdf(path):
        from .comparison_pdf import comparison_report_pdf

        _write(path, comparison_report_pdf(comparison, paper, beside))
    else:
        _write(path, comparison_report_html(comparison, beside))


def write_timeline_report(
    timeline: "Timeline",
    first: Photo | None,
    latest: Photo | None,
    path: Path,
    paper: "Paper" = "a4",
) -> None:
    """Write the report of a timeline, whole or not at all.

    Parameters
    ----------
    timeline : Timeline
    first, latest : Photo or None
        Of the baseline and of the latest session.
    path : Path
        Its ending says whether it becomes HTML or a PDF.
    paper : {"a4", "letter"}
        Of a PDF.

    Raises
    ------
    SkinDeltaError
        The file cannot be written.
    """
    if _is_pdf(path):
        from .timeline_pdf import timeline_report_pdf

        _write(path, timeline_report_pdf(timeline, first, latest, paper))
    else:
        _write(path, timeline_report_html(timeline, first, latest))


def _is_pdf(path: Path) -> bool:
    return path.suffix.lower() == ".pdf"


def _write(path: Path, report: str | bytes) -> None:
    with replacing(path, binary=isinstance(report, bytes)) as file:
        file.write(report)

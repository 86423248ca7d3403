"""A report as a file: whether it may go there, and how it gets there whole."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ..errors import SkinDeltaError
from ..outputs import replacing
from ..types import Comparison
from .page import comparison_report_html

__all__ = ["check_report_file", "write_report"]

SUFFIXES = (".html", ".htm")


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
        raise SkinDeltaError(f"{path} does not end in .html; a report is a page for the browser")
    if path.is_dir():
        raise SkinDeltaError(f"{path} is a folder; name a file in it")
    if not path.parent.is_dir():
        raise SkinDeltaError(f"{path} cannot be written, as {path.parent} is no folder; make it")
    for photo in photos:
        with suppress(OSError):  # one of them does not exist
            if path.samefile(photo):
                raise SkinDeltaError(f"{path} is one of the photos; choose another name")


def write_report(comparison: Comparison, path: Path) -> None:
    """Write the report of a comparison, whole or not at all.

    Raises
    ------
    SkinDeltaError
        The file cannot be written.
    """
    page = comparison_report_html(comparison)
    with replacing(path) as file:
        file.write(page)

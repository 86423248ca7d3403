"""A comparison, timeline or folder as one file that can be handed on: opened offline, printed.

A file is HTML or PDF, holds everything in itself and asks nobody for anything; a policy in the HTML
forbids the browser to. It is a function of what it tells alone, so the same comparison gives the
same bytes. What makes a PDF is loaded when one is made.
"""

from typing import TYPE_CHECKING, Any

from .files import check_report_file, write_report, write_timeline_report
from .folder_page import folder_report_html
from .folder_results import FolderResults, folder_results
from .page import comparison_report_html
from .timeline_page import timeline_report_html

if TYPE_CHECKING:
    from .comparison_pdf import comparison_report_pdf
    from .timeline_pdf import timeline_report_pdf

__all__ = [
    "FolderResults",
    "check_report_file",
    "comparison_report_html",
    "comparison_report_pdf",
    "folder_report_html",
    "folder_results",
    "timeline_report_html",
    "timeline_report_pdf",
    "write_report",
    "write_timeline_report",
]


def __getattr__(name: str) -> Any:
    if name == "comparison_report_pdf":
        from .comparison_pdf import comparison_report_pdf

        return comparison_report_pdf
    if name == "timeline_report_pdf":
        from .timeline_pdf import timeline_report_pdf

        return timeline_report_pdf
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""A comparison as one HTML file that can be handed on: opened offline, printed, kept.

The file holds everything in itself and asks nobody for anything; a policy in it forbids the browser
to. It is a function of the comparison alone, so the same comparison gives the same bytes.
"""

from .files import check_report_file, write_report
from .page import comparison_report_html

__all__ = ["check_report_file", "comparison_report_html", "write_report"]

"""The HTML of a timeline: one page that holds everything in itself."""

from typing import TYPE_CHECKING

from ..recovery import NOT_A_DIAGNOSIS
from ..types import Photo
from . import facts
from .course import TITLE, about_course
from .page import filled, policy

if TYPE_CHECKING:
    from ..history import Timeline

__all__ = ["timeline_report_html"]


def timeline_report_html(timeline: "Timeline", first: Photo | None, latest: Photo | None) -> str:
    """Return a timeline as one self-contained HTML page.

    The page works offline, has no script, and can be printed. It depends on nothing but what is
    given, the time of the timeline among it.

    Parameters
    ----------
    timeline : Timeline
        With or without sessions.
    first, latest : Photo or None
        Of the baseline and of the latest session; the page says so where one is missing.

    Returns
    -------
    str
        To be written as UTF-8.
    """
    return filled(
        "timeline.html.jinja",
        title=TITLE,
        course=about_course(timeline, first, latest),
        facts=facts,
        not_a_diagnosis=NOT_A_DIAGNOSIS,
        policy=policy(),
    )

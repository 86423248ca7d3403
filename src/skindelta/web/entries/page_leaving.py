"""What leaves the record: a file is made when it is asked for, and then there is a link."""

from typing import Any

import gradio as gr

from ..shared import Shared
from . import leaving
from .in_place import MEASURING, ONCE, answer_box, cleared, in_place, someone
from .whose import about

__all__ = ["build_leaving"]


def build_leaving(
    shared: Shared, person: gr.Dropdown, site: gr.Dropdown, changed: gr.State
) -> None:
    """Lay out the choice, and connect it."""
    what = gr.Radio(leaving.WHAT, value="pdf-a4", label="What to make", elem_id="export-what")
    make = gr.Button("Make the file", variant="primary", elem_id="export-make")
    answer = answer_box("export-answer")

    def export(
        who: str | None,
        where: str,
        chosen: str | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> Any:
        visit = shared.visitors.visit(request)

        def tell(share: float, doing: str) -> None:
            progress(share, desc=doing)

        record = shared.records.of(visit)
        theirs = about(visit, record.subject(someone(who)))
        return leaving.exported(record, someone(who), where, chosen, theirs, tell, shared.options)

    make.click(
        in_place(export, whose=2),
        [person, site, what],
        answer,
        show_progress_on=answer,
        **ONCE,
        **MEASURING,
    )
    # A link to what has changed since would mislead.
    cleared([person.change, site.change, changed.change, what.input], [answer], [""])

"""The page that compares two photos: widgets, and which of them calls what.

Of each photo a state holds what was brought, whether by file, camera or example: it is what
everything else reads. Whatever changes photos, options or marks takes the old result off the page,
in the same answer, and calls off a comparison that is still running.

Traps of Gradio that are closed here, each with a test: uploads are files, so that their bytes
arrive as they are and HEIC works; nothing that is shown goes through Gradio's cache; progress shows
on the status box alone; no event can be called by name.
"""

from typing import Any, NamedTuple

import gradio as gr

from ...normalize import ReferenceChoice
from ...pipeline import Options
from ..events import QUIET, call_off, put_off
from ..shared import Shared
from ..trouble import told
from .answers import TOLD_AT_ONCE, Answers
from .brought import Asked
from .marker import MARKER_EVENTS, marker_html
from .page_photo import LIVE, Side, build_side
from .page_saving import Saving, build_saving

__all__ = ["build_compare"]

REFERENCES: tuple[tuple[str, ReferenceChoice], ...] = (
    ("automatic: the best one found", "auto"),
    ("color card in both photos", "card"),
    ("grey patches of a card, or a grey object", "grey"),
    ("surroundings in both photos", "scene"),
    ("own skin (spots and patches only)", "skin"),
    ("none: same light and settings", "none"),
)
MEASURING, AT_ONCE = "measuring", 2  # comparisons of all visitors wait in one line
# What is being done, and then the answer, come below what is seen of the page: go there.
GO_TO = """() => {
    const place = document.getElementById('status'), box = place.getBoundingClientRect();
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (box.top > 0.55 * innerHeight || box.top < 0)
        place.scrollIntoView({ block: 'start', behavior: still ? 'instant' : 'smooth' });
}"""
INTRO = """Add a photo from before and one from after. A change is called a change only where it is
larger than what two photos of unchanged skin would show. **For a trustworthy answer**: same room
and lamp, same camera, same distance, face straight ahead and relaxed, no make-up, no filter or
portrait mode, skin rested for a quarter of an hour."""
MARKING = """Measure a spot by itself, or show where a color card or a grey object is when it is not
found by itself."""


class _Chosen(NamedTuple):
    """Options and marks."""

    reference: gr.Radio
    close_up: gr.Checkbox
    px_per_mm: gr.Textbox
    card_width_mm: gr.Textbox


class _Results(NamedTuple):
    """Everything below the button."""

    status: gr.HTML
    swap: gr.Button
    column: gr.Column
    asked: gr.State
    headline: gr.HTML
    table: gr.HTML
    scores: gr.Accordion
    details: gr.HTML
    downloads: gr.HTML
    report: gr.Button
    reports: gr.HTML

    @property
    def shown(self) -> list[Any]:
        """What `Answers` gives for a result."""
        return [
            self.status,
            self.swap,
            self.column,
            self.asked,
            self.headline,
            self.table,
            self.scores,
            self.details,
            self.downloads,
            self.reports,
        ]


class _Page(NamedTuple):
    """All of it."""

    before: Side
    after: Side
    chosen: _Chosen
    marks: gr.State
    pending: gr.State
    marker: gr.HTML
    button: gr.Button
    example: gr.Button
    results: _Results
    saving: Saving


def build_compare(shared: Shared) -> None:
    """Lay out the page inside its tab."""
    gr.Markdown(INTRO, elem_id="hints")
    with gr.Row(elem_id="uploads", equal_height=False):
        before, after = build_side("before"), build_side("after")
    chosen, marks, pending, marker = _options()
    with gr.Row(elem_id="go"):
        button = gr.Button("Compare", variant="primary", elem_id="compare", scale=2)
        example = gr.Button("Try an example", elem_id="example", scale=1)
    status = gr.HTML(html_template=LIVE, elem_id="status", padding=False)
    swap = gr.Button("Swap the photos", visible=False, elem_id="swap")
    column, results = _results(status, swap)
    with column:
        saving = build_saving(shared, results.asked)
    page = _Page(before, after, chosen, marks, pending, marker, button, example, results, saving)
    _connect(page, shared)


def _options() -> tuple[_Chosen, gr.State, gr.State, gr.HTML]:
    """Lay out options and marker."""
    defaults = Options()
    with gr.Accordion("Options", open=False, elem_id="options"):
        close_up = gr.Checkbox(
            value=defaults.close_up,
            label="Close-up: skin without a whole face",
            elem_id="close-up",
        )
        reference = gr.Radio(
            REFERENCES, value=defaults.reference, label="Match colors by", elem_id="reference"
        )
        with gr.Row():
            px_per_mm = gr.Textbox(
                label="Pixels per millimeter",
                info="Where you know it, such as with a dermatoscope. A face needs none.",
                max_length=20,
                min_width=260,
                elem_id="px-per-mm",
            )
            card_width = gr.Textbox(
                label="Width of a bought color card, mm",
                info="Over its six patches. The card printed by skindelta needs none.",
                max_length=20,
                min_width=260,
                elem_id="card-width",
            )
    marks, pending = gr.State(()), gr.State(False)
    with gr.Accordion("Mark a spot, a color card or a grey object", open=False, elem_id="marking"):
        gr.HTML(f'<p class="sd-note">{MARKING}</p>', padding=False)
        marker = gr.HTML(
            marker_html(None, None, ()), js_on_load=MARKER_EVENTS, elem_id="marker", padding=False
        )
    return _Chosen(reference, close_up, px_per_mm, card_width), marks, pending, marker


def _results(status: gr.HTML, swap: gr.Button) -> tuple[gr.Column, _Results]:
    """Lay out everything below the status."""
    asked = gr.State(None)
    with gr.Column(visible=False, elem_id="results") as column:
        headline = gr.HTML(elem_id="headline", padding=False)
        with gr.Accordion("All regions", open=False, elem_id="scores") as scores:
            table = gr.HTML(elem_id="table", padding=False)
        with gr.Accordion("What the numbers rest on", open=False, elem_id="about"):
            details = gr.HTML(elem_id="details", padding=False)
        with gr.Accordion("Report and files", open=False, elem_id="files"):
            with gr.Row():
                report = gr.Button("Make the report", elem_id="report", scale=0, min_width=180)
            reports = gr.HTML(html_template=LIVE, elem_id="reports", padding=False)
            downloads = gr.HTML(elem_id="downloads", padding=False)
    results = _Results(
        status, swap, column, asked, headline, table, scores, details, downloads, report, reports
    )
    return column, results


def _connect(page: _Page, shared: Shared) -> None:
    """Say what happens on which event."""
    answers = Answers(shared)
    # Of the pair that is there: another comparison calls it off.
    reporting = page.results.report.click(
        told(answers.report),
        [page.results.asked],
        [page.results.reports],
        show_progress_on=page.results.reports,
        **_measures(),
    )
    for clicked in (page.button.click, page.example.click, page.results.swap.click):
        call_off([clicked], [reporting])
        clicked(None, js=GO_TO, **QUIET)
    comparing = _connect_comparisons(page, answers)
    running = [*comparing, reporting]
    for done in comparing:
        done.then(None, js=GO_TO, **QUIET)
    for side in (page.before, page.after):
        _connect_side(page, side, answers, running)
    _connect_options(page, answers, running)
    _connect_marker(page, answers, running)
    _connect_answer(page, answers)


def _connect_comparisons(page: _Page, answers: Answers) -> list[Any]:
    """Say what compares: both photos, an example, both photos the other way round."""
    given = [page.before.given, page.after.given, page.marks, *page.chosen]
    shown = page.results.shown
    all_shown = [*shown, *page.before.shown, *page.after.shown, page.marks]
    ways = (
        (page.button.click, answers.compare, [*given, page.pending], shown),
        (page.example.click, answers.example, None, all_shown),
        (page.results.swap.click, answers.swap, given, all_shown),
    )
    return [
        clicked(
            told(answer),
            inputs,
            outputs,
            show_progress_on=page.results.status,
            **_measures(),
        )
        for clicked, answer, inputs, outputs in ways
    ]


def _connect_answer(page: _Page, answers: Answers) -> None:
    """Say what happens when another comparison is on the page, or none."""

    def arrived(request: gr.Request, compared: Asked | None, *given: Any) -> list[Any]:
        return [*answers.late(compared, *given), *page.saving.prefilled(request, compared)]

    page.results.asked.change(
        told(arrived),
        [page.results.asked, page.before.given, page.after.given, page.marks, *page.chosen],
        [*page.results.shown, *page.saving.form],
        **QUIET,
    )


def _call_off(page: _Page, triggers: list[Any], running: list[Any]) -> None:
    """Call off what is under way when something happens, and say so at once."""
    for trigger in triggers:
        trigger(None, page.results.status, page.results.status, js=TOLD_AT_ONCE, **QUIET)
    call_off(triggers, running)


def _connect_options(page: _Page, answers: Answers, running: list[Any]) -> None:
    """Say what happens when an option changes."""
    changes = [widget.change for widget in page.chosen]
    _call_off(page, changes, running)
    put_off(changes, told(answers.nothing), None, page.results.shown, **QUIET)
    put_off(
        [page.chosen.close_up.input],
        told(answers.look_again),
        [page.before.given, page.after.given, *page.chosen],
        [page.before.card, page.after.card],
        show_progress_on=page.before.card,
        api_visibility="private",
    )


def _connect_side(page: _Page, side: Side, answers: Answers, running: list[Any]) -> None:
    """Say what happens when a photo is brought or taken away."""
    outputs = [*side.shown, page.marks, *page.results.shown]
    _call_off(page, [side.file.upload, side.camera.input, side.another.click], running)
    for source, brought in ((side.file, side.file.upload), (side.camera, side.camera.input)):
        brought(
            told(answers.taking(side.which)),
            [source, page.marks, *page.chosen],
            outputs,
            show_progress_on=side.card,
            cancels=running,  # what was begun while this one was looked at
            api_visibility="private",
        )
    side.another.click(told(answers.giving_back(side.which)), [page.marks], outputs, **QUIET)


def _connect_marker(page: _Page, answers: Answers, running: list[Any]) -> None:
    """Say what happens when something is marked, or a mark is removed."""
    photos = [page.before.given, page.after.given, page.marks]
    outputs = [page.marks, page.marker, *page.results.shown]
    # Not by those who bring the photos: two that come at once know nothing of each other.
    gr.on(
        [page.before.given.change, page.after.given.change],
        marker_html,
        photos,
        page.marker,
        **QUIET,
    )
    _call_off(page, [page.marker.mark, page.marker.unmark], running)
    page.marker.mark(
        told(answers.mark),
        [*photos, *page.chosen],
        outputs,
        show_progress_on=page.marker,
        cancels=running,  # what was begun while it was looked at
        api_visibility="private",
    )
    page.marker.pending(told(answers.pending), None, page.pending, **QUIET)
    page.marker.unmark(told(answers.unmark), photos, outputs, **QUIET)


def _measures() -> dict[str, Any]:
    """Return how everything is called that compares photos."""
    return {
        "trigger_mode": "once",
        "concurrency_limit": AT_ONCE,
        "concurrency_id": MEASURING,
        "api_visibility": "private",
    }

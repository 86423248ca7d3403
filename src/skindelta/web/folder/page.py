"""The page that scores many photos: upload, check what was understood, score, sort, download."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import gradio as gr

from ...normalize import ReferenceChoice
from ...pipeline import Options, with_model
from ...plain_words import REFERENCE
from ...protocol import LEVELS
from ..events import QUIET, put_off
from ..shared import Shared
from ..trouble import told
from . import folder_words, scoring
from .runs import Run, Runs

__all__ = ["build_folder"]

# Screen readers announce what comes into such a place; the steps of a run would be too many.
LIVE = '<div role="status" aria-live="polite">${value}</div>'
EVERY = 0.3  # seconds between two steps that are shown
HEAD = """## Many photos at once
Every photo is compared with the first of the same person. Add photos named like
`anna_2026-01-05.jpg`, or a zip with a folder for each person: `anna/2026-01-05.jpg`. Whose a
photo is and when it was taken is read from the names, else from the camera; you can correct both
before anything is scored."""
DATES = (
    "One line a photo. Change what is wrong: the person, the date (2026-03-01, or 2026-03-01 "
    "09:30), or whether the photo is used. Click a cell and type; double-click it (tap it twice "
    "on a phone) to change what is there. The earliest photo of a person is what the others are "
    "compared with."
)
AT_ONCE = 2  # runs; a run takes minutes, so it does not stand in the way of single comparisons
QUEUE = "folders"
CALLED_OFF = "Called off, as the table or an option was changed: press Score again"
TAKEN_OFF = "The results were of another table or other options: press Score again"
WAITING = "Starting, or waiting for another run to end …"


class _Inputs(NamedTuple):
    """Uploads, what was understood of them, and how they are to be scored."""

    files: gr.File
    found: gr.HTML
    work: gr.Column
    table: gr.Dataframe
    reference: gr.Radio
    close_up: gr.Checkbox
    score: gr.Button
    stop: gr.Button
    progress: gr.HTML
    photos: gr.State
    left_out: gr.State


class _Results(NamedTuple):
    """What came out, below the status."""

    column: gr.Column
    summary: gr.HTML
    links: gr.HTML
    every_region: gr.Checkbox
    scores: gr.HTML
    rows: gr.State


class _Page(NamedTuple):
    """All widgets."""

    inputs: _Inputs
    status: gr.HTML
    results: _Results


def build_folder(shared: Shared) -> None:
    """Lay out the page inside its tab."""
    gr.Markdown(HEAD, elem_id="folder-head")
    inputs = _inputs()
    status = gr.HTML(html_template=LIVE, elem_id="folder-status", padding=False)
    page = _Page(inputs, status, _results())
    runs = Runs()
    shared.visitors.on_leave.append(runs.leave)
    _connect_uploads(shared, page, runs)
    _connect_run(shared, page, runs)
    page.results.every_region.change(
        told(_rows_again),
        [page.results.rows, page.results.every_region],
        page.results.scores,
        **QUIET,
    )


def _inputs() -> _Inputs:
    """Lay out what comes before the results, from top to bottom."""
    files = gr.File(
        label="Photos, or a zip of photos",
        file_count="multiple",
        height=160,
        elem_id="folder-files",
    )
    found = gr.HTML(html_template=LIVE, elem_id="folder-found", padding=False)
    photos, left_out = gr.State([]), gr.State([])
    with gr.Column(visible=False, elem_id="folder-work") as work:
        gr.HTML(f'<p class="sd-note">{DATES}</p>', padding=False)
        table = gr.Dataframe(
            headers=list(scoring.HEADS),
            datatype=["bool", "str", "str", "str", "str"],
            type="array",
            interactive=True,
            static_columns=[3, 4],
            column_count=len(scoring.HEADS),
            column_widths=["9%", "18%", "24%", "33%", "16%"],
            wrap=True,
            max_height=360,
            show_label=False,
            buttons=[],
            elem_id="folder-table",
        )
        reference, close_up = _options()
        with gr.Row(elem_id="folder-buttons"):
            score = gr.Button("Score", variant="primary", elem_id="folder-score")
            stop = gr.Button("Stop", visible=False, elem_id="folder-stop")
        progress = gr.HTML(elem_id="folder-progress", padding=False)
    return _Inputs(
        files, found, work, table, reference, close_up, score, stop, progress, photos, left_out
    )


def _options() -> tuple[gr.Radio, gr.Checkbox]:
    """Lay out the options, as everywhere."""
    defaults = Options()
    with gr.Accordion("Options", open=False, elem_id="folder-options"):
        reference = gr.Radio(
            _references(),
            value=defaults.reference,
            label="Match colors by",
            elem_id="folder-reference",
        )
        close_up = gr.Checkbox(
            value=defaults.close_up,
            label="Close-up: skin without a whole face",
            elem_id="folder-close-up",
        )
    return reference, close_up


def _results() -> _Results:
    """Lay out the results, hidden until there are any."""
    rows = gr.State("")
    with gr.Column(visible=False, elem_id="folder-results") as column:
        summary = gr.HTML(elem_id="folder-summary", padding=False)
        links = gr.HTML(elem_id="folder-links", padding=False)
        every_region = gr.Checkbox(False, label="Show every region", elem_id="folder-every-region")
        scores = gr.HTML(elem_id="folder-scores", padding=False)
    return _Results(column, summary, links, every_region, scores, rows)


def _connect_uploads(shared: Shared, page: _Page, runs: Runs) -> None:
    """Say what happens when files are added or taken away, and when anything is corrected."""
    inputs = page.inputs
    cleared: list[Any] = [inputs.progress, inputs.score, inputs.stop, page.status]
    cleared += [page.results.column, page.results.rows]
    asked_for = [inputs.table, inputs.reference, inputs.close_up]

    @told
    def _look(
        files: list[str] | None, before: list[scoring.Found], request: gr.Request
    ) -> dict[Any, Any]:
        runs.drop(request.session_hash or "")  # it scores photos that are no longer listed
        scoring.discard(before)
        return _at_rest(page) | _looked(shared, page, files, request)

    @told
    def _change(rows: str, request: gr.Request, *asked: Any) -> dict[Any, Any]:
        session = request.session_hash or ""
        if runs.is_of(session, repr(asked)):  # Score was pressed right after, and came before
            return {inputs.stop: gr.skip()}
        was_running = runs.drop(session)
        if not was_running and not rows:
            return {inputs.stop: gr.skip()}
        said = folder_words.said_html(CALLED_OFF if was_running else TAKEN_OFF)
        return _at_rest(page) | {**_without_results(page), page.status: said}

    inputs.files.change(
        _look,
        [inputs.files, inputs.photos],
        [inputs.found, inputs.work, inputs.table, inputs.photos, inputs.left_out, *cleared],
        api_visibility="private",
        show_progress_on=inputs.found,
    )
    put_off(
        [inputs.table.input],
        told(_found_again),
        [inputs.photos, inputs.left_out, inputs.table],
        inputs.found,
        **QUIET,
    )
    gr.on(
        [inputs.table.input, inputs.reference.input, inputs.close_up.input],
        _change,
        [page.results.rows, *asked_for],
        cleared,
        concurrency_limit=None,
        **QUIET,
    )


def _connect_run(shared: Shared, page: _Page, runs: Runs) -> None:
    """Say what the buttons do. A run is stopped between two photos."""
    inputs = page.inputs
    shown = [inputs.progress, inputs.score, inputs.stop, page.status]
    asked_for = [inputs.table, inputs.reference, inputs.close_up]

    def _begin(request: gr.Request, *asked: Any) -> dict[Any, Any]:
        if not runs.begin(
            request.session_hash or "", repr(asked)
        ):  # the second of two quick clicks
            return {inputs.stop: gr.skip()}
        return _under_way(page) | _without_results(page)

    @told
    def _score(
        photos: list[scoring.Found],
        table: list[list[Any]],
        reference: ReferenceChoice,
        close_up: bool,
        request: gr.Request,
    ) -> Iterator[dict[Any, Any]]:
        options = replace(shared.options, reference=reference, close_up=close_up)
        session = request.session_hash or ""
        run = runs.take(session)
        if run is None:
            yield {inputs.stop: gr.skip()}
            return
        try:
            for answer in _run(shared, page, photos, table, options, run, request):
                if run.dropped:
                    break
                yield answer
        finally:
            runs.end(session, run)
        if run.dropped:  # an answer of it that was on its way may have come after
            yield _at_rest(page) if runs.is_idle(session) else {inputs.stop: gr.skip()}

    def _stop(request: gr.Request) -> Any:
        runs.stop(request.session_hash or "")
        return gr.update(value="Stopping after this photo …", interactive=False)

    inputs.score.click(
        _begin,
        asked_for,
        [*shown, page.results.column, page.results.rows],
        concurrency_limit=None,
        trigger_mode="once",
        **QUIET,
    ).then(
        _score,
        [inputs.photos, *asked_for],
        [*shown, *page.results],
        concurrency_limit=AT_ONCE,
        concurrency_id=QUEUE,
        trigger_mode="multiple",  # a dropped run may still be at its last photo; `runs` counts
        **QUIET,
    )
    inputs.stop.click(_stop, None, inputs.stop, concurrency_limit=None, **QUIET)


def _references() -> list[tuple[str, str]]:
    """Return references and what they are called, the best first."""
    named = [(REFERENCE[level], level) for level in reversed(LEVELS)]
    return [("automatic: the best that both photos share", "auto"), *named]


def _looked(
    shared: Shared, page: _Page, files: Sequence[str] | None, request: gr.Request
) -> dict[Any, Any]:
    """Show what was understood of the uploads."""
    hidden = {**_without_results(page), page.status: ""}
    if not files:
        return {
            page.inputs.found: "",
            page.inputs.work: gr.update(visible=False),
            page.inputs.table: [],
            page.inputs.photos: [],
            page.inputs.left_out: [],
            **hidden,
        }
    understood = scoring.understand(shared.visitors.visit(request), files)
    return {
        page.inputs.found: folder_words.found_html(understood),
        page.inputs.work: gr.update(visible=bool(understood.photos)),
        page.inputs.table: scoring.table_of(understood.photos),
        page.inputs.photos: list(understood.photos),
        page.inputs.left_out: list(understood.left_out),
        **hidden,
    }


def _found_again(
    photos: Sequence[scoring.Found], left_out: Sequence[str], table: Sequence[Sequence[Any]]
) -> str:
    """Say what is understood now that the table was corrected."""
    typed = scoring.as_typed(photos, table)
    return folder_words.found_html(scoring.Understood(typed, tuple(left_out)))


def _at_rest(page: _Page) -> dict[Any, Any]:
    """Show that nothing is being scored."""
    return {
        page.inputs.progress: "",
        page.inputs.score: gr.update(interactive=True),
        page.inputs.stop: gr.update(visible=False),
    }


def _without_results(page: _Page) -> dict[Any, Any]:
    """Take the results off the page: they belong to other photos, dates or options."""
    return {page.results.column: gr.update(visible=False), page.results.rows: ""}


def _under_way(page: _Page) -> dict[Any, Any]:
    """Show that something happens, also while other runs are waited for."""
    return {
        page.inputs.progress: f'<div class="sd-status">{WAITING}</div>',
        page.inputs.score: gr.update(interactive=False),
        page.inputs.stop: gr.update(value="Stop", visible=True, interactive=True),
        page.status: "",
    }


def _run(
    shared: Shared,
    page: _Page,
    photos: Sequence[scoring.Found],
    table: Sequence[Sequence[Any]],
    options: Options,
    run: Run,
    request: gr.Request,
) -> Iterator[dict[Any, Any]]:
    """Score what the table says, and show how far it is, then the results."""
    at_rest = _at_rest(page)
    try:
        visit = shared.visitors.visit(request)
        entries, wrong = scoring.corrected(visit, photos, table)
        if wrong:
            yield {**at_rest, page.status: folder_words.wrong_html(wrong)}
            return
        options = with_model(options)
        began = shown = time.monotonic()
        state = None
        for state in scoring.scored(entries, options, run.stopped.is_set):
            now = time.monotonic()
            if not state.ended and (now - shown > EVERY or state.done == 0):
                shown = now
                yield {page.inputs.progress: folder_words.status_html(state, now - began)}
        assert state is not None  # noqa: S101  # the first state comes before any photo
    except Exception:
        yield at_rest
        raise
    status = folder_words.status_html(state, time.monotonic() - began)
    yield {**at_rest, page.status: status, **_shown(visit, page, state, options)}


def _shown(visit: Any, page: _Page, state: scoring.State, options: Options) -> dict[Any, Any]:
    """Show the results, as far as there are any."""
    if not state.rows:
        return {page.results.column: gr.update(visible=False)}
    beside = list(state.notes)
    if state.done < state.photos:
        beside.append(f"The run was stopped: {state.done} of {state.photos} photos were done.")
    return {
        page.results.column: gr.update(visible=True),
        page.results.summary: folder_words.summary_html(state.rows),
        page.results.links: folder_words.downloads(visit, state.rows, options, beside),
        page.results.every_region: False,
        page.results.scores: folder_words.table_html(state.rows),
        page.results.rows: folder_words.save_rows(visit, state.rows),
    }


def _rows_again(path: str, every_region: bool) -> str:
    """Show the table with every region, or without."""
    return folder_words.table_html(folder_words.read_rows(path), every_region) if path else ""

"""The widgets of the page Timeline, where they lie, and what each says before anybody is chosen."""

from typing import Any, NamedTuple

import gradio as gr

__all__ = ["HINT", "PAIR_HINT", "Example", "Page", "Pressed", "lay_out_empty", "lay_out_reading"]

TELLS = "element.addEventListener('sd-{0}', e => trigger('{0}', e.detail));"
NOBODY = """<div class="sd-empty"><h2>Follow skin over months</h2>
<p>Keep the photos of a person as sessions: each is measured against the first, and redness, spots
and texture become a line, with treatments beside it. Everything stays on this machine.</p>
<p>Add a person to begin, or load an example: five photos with known changes around a
microneedling.</p></div>"""
HINT = "The two photos you choose will lie here, one on the other."
PAIR_HINT = f'<p class="sd-note sd-pair-hint">{HINT}</p>'
PLAIN: dict[str, Any] = {"padding": False, "apply_default_css": False}  # ours alone
LIVE = '<div role="status" aria-live="polite">${value}</div>'


class Pressed(NamedTuple):
    """What lies side by side: the session that was pressed, what it is held against, and when."""

    chosen: gr.State
    against: gr.State
    at: gr.State


class Page(NamedTuple):
    """The widgets that handlers read or fill."""

    person: gr.Dropdown
    site: gr.Dropdown
    changed: gr.State
    shown: gr.State
    pressed: Pressed
    empty: gr.Column
    top: gr.HTML
    adding: gr.Accordion
    reading: gr.Column
    status: gr.HTML
    locked: gr.Row
    passphrase: gr.Textbox
    open: gr.Button
    unscored: gr.Row
    measure: gr.Button
    did: gr.HTML
    flags: gr.HTML
    latest: gr.HTML
    gallery: gr.HTML
    pair: gr.HTML
    charted: gr.Group
    series: gr.Dropdown
    region: gr.Dropdown
    chart: gr.HTML
    sessions: gr.HTML
    now: gr.Accordion
    next: gr.HTML
    large: gr.HTML


class Example(NamedTuple):
    """The state without anybody, and the way to an example."""

    column: gr.Column
    add: gr.Button
    button: gr.Button
    answer: gr.HTML


def lay_out_empty() -> Example:
    """Lay out what stands there while the record holds nobody."""
    with gr.Column(visible=False, elem_id="nobody") as column:
        gr.HTML(NOBODY, padding=False)
        with gr.Row():
            add = gr.Button("Add a person", variant="primary", elem_id="add-first")
            button = gr.Button("Load an example person", elem_id="load-example")
        answer = gr.HTML(html_template=LIVE, elem_id="example-answer", padding=False)
    return Example(column, add, button, answer)


def lay_out_reading() -> tuple[Any, ...]:
    """Lay out everything that is read of one person, in the order of `Page`."""
    status = gr.HTML(elem_id="timeline-status", padding=False)
    with gr.Row(visible=False, elem_id="unlock", equal_height=True) as locked:
        passphrase = gr.Textbox(
            label="Passphrase of the record", type="password", max_lines=1, elem_id="passphrase"
        )
        opens = gr.Button("Open the photos", elem_id="open-photos", scale=0, min_width=180)
    with gr.Row(visible=False, elem_id="unscored") as unscored:
        measure = gr.Button("Measure them now", elem_id="measure-now", scale=0, min_width=200)
    did = gr.HTML(html_template=LIVE, elem_id="timeline-did", padding=False)
    flags = gr.HTML(elem_id="flags", **PLAIN)
    latest = gr.HTML(elem_id="latest", **PLAIN)
    with gr.Accordion("What to expect now, and what to do", open=False, elem_id="next") as now:
        after = gr.HTML(elem_id="next-text", **PLAIN)
    gallery = gr.HTML(
        elem_id="gallery",
        **PLAIN,
        js_on_load="".join(TELLS.format(name) for name in ("choose", "against", "open")),
    )
    pair = gr.HTML(PAIR_HINT, elem_id="pair", padding=False)
    with gr.Group(elem_id="charted") as charted:
        gr.HTML("<h2>Over time</h2>", padding=False)
        with gr.Row():
            series = gr.Dropdown(
                [], label="What", elem_id="chart-what", filterable=False, min_width=240
            )
            region = gr.Dropdown(
                [], label="Where", elem_id="chart-where", filterable=False, min_width=240
            )
        chart = gr.HTML(elem_id="chart", **PLAIN, js_on_load=TELLS.format("choose"))
    with gr.Accordion("All sessions in numbers", open=False, elem_id="sessions"):
        sessions = gr.HTML(elem_id="sessions-table", **PLAIN)
    large = gr.HTML(elem_id="large", **PLAIN, js_on_load=TELLS.format("open"))
    return (
        *(status, locked, passphrase, opens, unscored, measure, did, flags, latest, gallery, pair),
        *(charted, series, region, chart, sessions, now, after, large),
    )

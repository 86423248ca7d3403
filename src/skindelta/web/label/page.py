"""The page Label: widgets, and which of them calls what.

A form says who labels and what; then one element asks question after question. Who reloads the page
goes on: the browser remembers for this tab who labelled what, and all else is in the labels.
"""

import json
from collections.abc import Callable
from html import escape
from typing import Any, NamedTuple

import gradio as gr

from ...attributes import ATTRIBUTES
from ...errors import LabelError, SkinDeltaError
from ...learning.scales import SCALES
from ...plain_words import region_words, sentence
from .. import words
from ..events import QUIET
from ..serving.visitors import Visit
from ..shared import Shared
from ..trouble import sentence_of, told
from .asked import ATTRIBUTE_NAMES, CHOICE, PAGE_SCALES, REGIONS, Asked
from .desk import Desk
from .drawing import LABEL_EVENTS, failed_html

__all__ = ["build_label"]

LIVE = '<div role="status" aria-live="polite">${value}</div>'
HEAD = """## Label photos for a model of your own
Two photos of a person, in any order and on any side, without days or scores: say which shows more,
then how much more. Some pairs come twice. Every answer is saved at once, and the last ones can be
taken back."""
KEYS = (
    "By keyboard: ← and → which photo shows more, ↓ the same, X cannot judge, then a digit how "
    "much more; Z takes the last answer back; + − 0 change the size of both photos, which move "
    "together."
)
WIDE = 240  # px that a field wants
# Scripts of ours may not be there yet when the page looks for the first time.
REMEMBERED = """() => {
    try { return [sessionStorage.getItem("sd-label") ?? ""]; } catch { return [""]; }
}"""
FORGET = "() => { window.sdLabel.forget(); return []; }"
Scene = Callable[[Visit, Asked], str]


class _Form(NamedTuple):
    """Who labels, and what."""

    rater: gr.Textbox
    attributes: gr.CheckboxGroup
    scale: gr.Dropdown
    region: gr.Dropdown
    begin: gr.Button


class _Page(NamedTuple):
    """All of it."""

    form: _Form
    setup: gr.Column
    empty: gr.HTML
    answer: gr.HTML
    work: gr.HTML
    asked: gr.State
    remembered: gr.Textbox


def build_label(shared: Shared, tab: gr.Tab) -> None:
    """Lay out the page inside its tab."""
    gr.Markdown(HEAD, elem_id="label-head")
    empty = gr.HTML(html_template=LIVE, elem_id="label-empty", padding=False)
    with gr.Column(visible=False, elem_id="label-setup") as setup:
        form = _form(shared)
        gr.HTML(f'<p class="sd-note">{KEYS}</p>', padding=False)
    answer = gr.HTML(html_template=LIVE, elem_id="label-answer", padding=False)
    work = gr.HTML(
        elem_id="label-work", padding=False, apply_default_css=False, js_on_load=LABEL_EVENTS
    )
    remembered = gr.Textbox(visible=False)
    page = _Page(form, setup, empty, answer, work, gr.State(None), remembered)
    _connect(shared, Desk(shared), page, tab)


def _form(shared: Shared) -> _Form:
    """Lay out the form, filled with what the command line said."""
    given = shared.labelling
    names = {one.name: one.label for one in ATTRIBUTES}
    rater = gr.Textbox(
        given.rater if given else "",
        label="Who labels",
        info="A pseudonym: it stands beside each label.",
        max_lines=1,
        max_length=100,
        elem_id="label-rater",
    )
    attributes = gr.CheckboxGroup(
        [(names[one], one) for one in ATTRIBUTE_NAMES],
        value=list(given.attributes if given else ATTRIBUTE_NAMES[:1]),
        label="What to label",
        elem_id="label-attributes",
    )
    with gr.Row():
        scale = gr.Dropdown(
            [(_scale_words(one), one) for one in PAGE_SCALES],
            value=given.scale if given else "change",
            label="How much more, on which scale",
            filterable=False,
            min_width=WIDE,
            elem_id="label-scale",
        )
        region = gr.Dropdown(
            [(sentence(_region_words(one))[:-1], one) for one in REGIONS],
            value=given.region if given else "face",
            label="Where",
            info="Left and right are the person’s own. Close-ups of a record: all their skin.",
            filterable=False,
            min_width=WIDE,
            elem_id="label-region",
        )
    begin = gr.Button("Begin", variant="primary", elem_id="label-begin")
    return _Form(rater, attributes, scale, region, begin)


def _connect(shared: Shared, desk: Desk, page: _Page, tab: gr.Tab) -> None:
    """Say what looking at the page does, and the form."""
    shown = [page.empty, page.setup, page.answer, page.work, page.asked]

    def look(held: str, request: gr.Request) -> tuple[Any, ...]:
        visit = shared.visitors.visit(request)
        try:
            trouble, notes = desk.trouble(visit)
        except SkinDeltaError as error:
            trouble, notes = sentence_of(error), ()
        if trouble:
            return words.notice(trouble), gr.update(visible=False), "", "", None
        said = "".join(f'<p class="sd-note">{escape(one)}</p>' for one in notes)
        asked = _remembered(desk, visit, held)
        if asked is None:
            return said, gr.update(visible=True), "", "", None
        return said, *_begun(desk, visit, asked)

    def begin(
        rater: str, attributes: list[str], scale: str, region: str, request: gr.Request
    ) -> tuple[Any, ...]:
        visit = shared.visitors.visit(request)
        try:
            asked = desk.begin(visit, rater, attributes, scale, region)
        except SkinDeltaError as error:
            trouble = words.notice(sentence_of(error), "bad")
            return gr.skip(), gr.update(visible=True), trouble, "", None
        return gr.skip(), *_begun(desk, visit, asked)

    def leave() -> tuple[Any, ...]:
        return "", gr.update(visible=True), "", "", None

    each: dict[str, Any] = QUIET | {"trigger_mode": "multiple"}
    tab.select(told(look), page.remembered, shown, js=REMEMBERED, **each)
    gr.on(
        [page.form.begin.click, page.form.rater.submit],
        told(begin),
        list(page.form[:4]),
        shown,
        show_progress_on=page.answer,
        trigger_mode="once",
        api_visibility="private",
    )
    page.work.leave(leave, None, shown, js=FORGET, **each)
    _connect_answers(shared, desk, page)


def _connect_answers(shared: Shared, desk: Desk, page: _Page) -> None:
    """Say what is done with an answer, and with what else is pressed below the photos."""

    def shown(asked: Asked | None, request: gr.Request, scene: Scene) -> tuple[Any, str]:
        if asked is None:
            return "", words.notice("Say who labels first, then press Begin")
        try:
            return scene(shared.visitors.visit(request), asked), ""
        except Exception as error:  # what stands there stays, and can be answered again
            return gr.skip(), failed_html(sentence_of(error))

    def answer(asked: Asked | None, event: gr.EventData, request: gr.Request) -> tuple[Any, str]:
        given = getattr(event, "_data", None)
        return shown(asked, request, lambda visit, who: desk.answer(visit, who, given))

    def undo(asked: Asked | None, request: gr.Request) -> tuple[Any, str]:
        return shown(asked, request, desk.undo)

    def agree(asked: Asked | None, request: gr.Request) -> tuple[Any, str]:
        return shown(asked, request, desk.agree)

    each: dict[str, Any] = QUIET | {"trigger_mode": "multiple"}
    filled = [page.work, page.answer]
    page.work.answer(answer, page.asked, filled, **each)
    page.work.undo(undo, page.asked, filled, **each)
    page.work.agree(agree, page.asked, filled, **each)


def _begun(desk: Desk, visit: Visit, asked: Asked) -> tuple[Any, ...]:
    """Show the question that is asked now: visibility of the form, answer, element, and who."""
    try:
        return gr.update(visible=False), "", desk.show(visit, asked), asked
    except SkinDeltaError as error:
        return gr.update(visible=True), words.notice(sentence_of(error), "bad"), "", None


def _remembered(desk: Desk, visit: Visit, held: str) -> Asked | None:
    """Return who labelled in this tab before it was loaded anew; None where nobody did."""
    try:
        told_of = json.loads(held or "null")
        if not isinstance(told_of, dict):
            return None
        given = (told_of.get(one) for one in ("rater", "attributes", "scale", "region"))
        return desk.begin(visit, *given)
    except (ValueError, RecursionError, LabelError):
        return None


def _scale_words(name: str) -> str:
    if name == CHOICE:
        return "Only which shows more"
    return f"{SCALES[name].label} ({name})" if SCALES[name].label != name else name


def _region_words(name: str) -> str:
    if name == "face":
        return "all of the face"
    return "close-ups of skin" if name == "skin" else region_words(name)

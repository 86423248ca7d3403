"""The form of treatments, and the checklists before and after one."""

from dataclasses import astuple
from typing import Any, NamedTuple

import gradio as gr

from ...record import Record, Treatment
from ..shared import Shared
from . import course_entries
from .checklists import after_treatment, before_treatment
from .course_entries import KINDS, SETTINGS, TreatmentForm
from .filling import Seen, changed_entry, fills
from .in_place import (
    ALWAYS,
    ONCE,
    WIDE,
    Deleting,
    Following,
    answer_box,
    cleared,
    deleting,
    in_place,
    listed,
    now_changed,
    shown_while,
    someone,
)
from .session_entries import WHEN
from .whose import Answer, brings, owned

__all__ = ["build_treatments"]

NEW = "New treatment"
EMPTY = TreatmentForm(None, None)  # what is not said is asked for, not guessed


class _Form(NamedTuple):
    """Widgets in the order of :class:`TreatmentForm`."""

    kind: gr.Radio
    setting: gr.Radio
    when: gr.Textbox
    depth: gr.Number
    passes: gr.Number
    device: gr.Textbox
    area: gr.Textbox
    topicals: gr.Textbox
    note: gr.Textbox


def build_treatments(
    shared: Shared, person: gr.Dropdown, site: gr.Dropdown, changed: gr.State
) -> list[Following]:
    """Lay out form and checklists, and connect them; return what follows the record."""
    with gr.Accordion("Before a treatment: checklist", open=False, elem_id="before-list"):
        before = gr.HTML(padding=False, elem_id="before-items")
    with gr.Accordion("After the last one: day by day", open=False, elem_id="after-list"):
        after = gr.HTML(padding=False, elem_id="after-items")
    which = gr.Dropdown(
        label="Treatment",
        info="A new one, or one that is there, to change or delete it.",
        choices=[(NEW, "")],
        value="",
        filterable=False,
        elem_id="treatment-which",
    )
    form = _form()
    save = gr.Button("Save the treatment", variant="primary", elem_id="treatment-save")
    with gr.Column(visible=False) as there:
        delete = deleting("Delete this treatment", "treatment")
    answer = answer_box("treatment-answer")

    _connect(shared, (person, site, changed), which, form, (save, delete, answer, there))
    _connect_list(shared, person, form.setting, before)
    return [
        listed(which, course_entries.treatment_choices, NEW),
        Following([form.setting], [before, after], _lists),
    ]


def _form() -> _Form:
    with gr.Row():
        kind = gr.Radio(
            KINDS, value=EMPTY.kind, label="What was done", min_width=WIDE, elem_id="treatment-kind"
        )
        setting = gr.Radio(
            SETTINGS,
            value=EMPTY.setting,
            label="Where",
            min_width=WIDE,
            elem_id="treatment-setting",
        )
    with gr.Row():
        when = gr.Textbox(
            label="When",
            info=f"Best with the hour: {WHEN}",
            min_width=WIDE,
            elem_id="treatment-when",
        )
        depth = gr.Number(
            label="Needle depth in mm",
            info="Of microneedling alone; it says how long redness is usual.",
            value=None,
            step=0.1,
            min_width=WIDE,
            elem_id="treatment-depth",
        )
    with gr.Accordion("More about it", open=False, elem_id="treatment-more"):
        with gr.Row():
            passes = gr.Number(
                label="Passes",
                info="How often over the skin.",
                value=None,
                min_width=WIDE,
                elem_id="passes",
            )
            device = gr.Textbox(
                label="Device", info="And its settings.", min_width=WIDE, elem_id="device"
            )
            area = gr.Textbox(
                label="Area", info="Which part of the site.", min_width=WIDE, elem_id="area"
            )
        with gr.Row():
            topicals = gr.Textbox(
                label="Put on the skin",
                info="With commas between.",
                min_width=WIDE,
                elem_id="topicals",
            )
            note = gr.Textbox(
                label="Note", info="Anything to remember.", min_width=WIDE, elem_id="treatment-note"
            )
    return _Form(kind, setting, when, depth, passes, device, area, topicals, note)


def _connect(
    shared: Shared,
    about: tuple[gr.Dropdown, gr.Dropdown, gr.State],
    which: gr.Dropdown,
    form: _Form,
    parts: tuple[gr.Button, Deleting, gr.HTML, gr.Column],
) -> None:
    person, site, changed = about
    button, deletes, answer, there = parts

    def save(  # as many arguments as the form has fields
        who: str | None,
        where: str,
        held: str | None,
        kind: str | None,
        setting: str | None,
        when: str,
        depth: float | None,
        passes: float | None,
        device: str,
        area: str,
        topicals: str,
        note: str,
        seen: Seen,
        request: gr.Request,
    ) -> list[Any]:
        record = shared.records.of(shared.visitors.visit(request))
        person = someone(who)
        typed = TreatmentForm(kind, setting, when, depth, passes, device, area, topicals, note)
        if not held:
            told = course_entries.saved_treatment(record, person, where, None, typed)
            return [Answer(told.html, astuple(EMPTY), ""), now_changed(), Seen()]
        return changed_entry(
            seen,
            person,
            held,
            lambda old: course_entries.saved_treatment(record, person, where, held, typed, old),
            lambda: course_entries.treatment_of(record, person, held),
            _values,
        )

    def delete(who: str | None, _: str, held: str | None, request: gr.Request) -> list[Any]:
        record = shared.records.of(shared.visitors.visit(request))
        told = course_entries.deleted_treatment(record, someone(who), held)
        return [Answer(told, ["", *astuple(EMPTY)]), now_changed()]

    seen, who = gr.State(Seen()), [person, site]
    read = course_entries.treatment_of
    fills(shared, who, which, read, _values, astuple(EMPTY), (answer, seen, form))
    shown_while(which, there)
    cleared([person.change, site.change], [answer, which, *form], ["", "", *astuple(EMPTY)])
    saved = button.click(
        in_place(save, 2, 2, "the treatment was saved"),
        [person, site, which, *form, seen],
        [answer, changed, seen],
        show_progress_on=answer,
        **ONCE,
    )
    brings(saved, answer, who, form, which)
    deleted = deletes.yes.click(
        in_place(delete, 1, 2, "the treatment was deleted"),
        [person, site, which],
        [answer, changed],
        show_progress_on=answer,
        **ONCE,
    )
    brings(deleted, answer, who, [which, *form])


def _values(one: Treatment) -> tuple[Any, ...]:
    """Return what the fields hold of a treatment."""
    return astuple(TreatmentForm.of(one))


def _lists(record: Record | None, who: str, where: str, setting: str | None) -> list[str]:
    """Fill both checklists."""
    if record is None:
        return ["", ""]
    before = before_treatment(record, who, setting or "clinic")
    after = after_treatment(record, who, where)
    return [owned(before, who), owned(after, who, where)]


def _connect_list(shared: Shared, person: gr.Dropdown, setting: gr.Radio, before: gr.HTML) -> None:
    """Let the list of what to do before follow where it will be done."""

    def show(who: str | None, place: str | None, request: gr.Request) -> str:
        record = shared.records.of(shared.visitors.visit(request))
        return before_treatment(record, someone(who), place or "clinic")

    setting.input(in_place(show, whose=1), [person, setting], before, **ALWAYS)

"""The form of symptoms: what is felt or seen, and at once whether it needs a clinician."""

from typing import Any

import gradio as gr

from ...record import Symptom
from ...recovery import EMERGENCY
from ..shared import Shared
from . import course_entries
from .course_entries import SEVERITY, SYMPTOMS
from .filling import Seen, changed_entry, fills
from .in_place import (
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
from .session_entries import WHEN, written
from .whose import Answer, brings

__all__ = ["build_symptoms"]

NEW = "New symptom"
EMPTY = (None, None, "", "")
FIRST = (
    '<div class="sd-status sd-bad"><strong>Hard to breathe, or lips, tongue or eyes that swell?'
    f"</strong> T{EMERGENCY[1:]}. Do not wait for this page.</div>"
)


def build_symptoms(shared: Shared, person: gr.Dropdown, changed: gr.State) -> list[Following]:
    """Lay out the form, and connect it; return what follows the record."""
    gr.HTML(FIRST, padding=False)
    which = gr.Dropdown(
        label="Symptom",
        info="A new one, or one that is there, to change or delete it.",
        choices=[(NEW, "")],
        value="",
        filterable=False,
        elem_id="symptom-which",
    )
    with gr.Row():
        kind = gr.Dropdown(
            SYMPTOMS,
            value=None,
            label="What is felt or seen",
            min_width=WIDE,
            elem_id="symptom-kind",
        )
        severity = gr.Radio(
            SEVERITY, value=None, label="How severe", min_width=WIDE, elem_id="symptom-severity"
        )
    with gr.Row():
        when = gr.Textbox(
            label="When",
            info=f"Empty: now. Otherwise {WHEN}",
            placeholder="now",
            min_width=WIDE,
            elem_id="symptom-when",
        )
        note = gr.Textbox(
            label="Note",
            info="Where on the skin, since when.",
            min_width=WIDE,
            elem_id="symptom-note",
        )
    save = gr.Button("Save the symptom", variant="primary", elem_id="symptom-save")
    with gr.Column(visible=False) as there:
        delete = deleting("Delete this symptom", "symptom")
    answer = answer_box("symptom-answer")

    def known(record: Any, who: str, _: str) -> list[tuple[str, str]]:
        return course_entries.symptom_choices(record, who)

    _connect(
        shared,
        (person, changed),
        which,
        [kind, severity, when, note],
        (save, delete, answer, there),
    )
    return [listed(which, known, NEW)]


def _connect(
    shared: Shared,
    about: tuple[gr.Dropdown, gr.State],
    which: gr.Dropdown,
    form: list[Any],
    parts: tuple[gr.Button, Deleting, gr.HTML, gr.Column],
) -> None:
    person, changed = about
    button, deletes, answer, there = parts

    def save(
        who: str | None,
        held: str | None,
        kind: str | None,
        severity: int | None,
        when: str,
        note: str,
        seen: Seen,
        request: gr.Request,
    ) -> list[Any]:
        record = shared.records.of(shared.visitors.visit(request))
        person, typed = someone(who), (kind, severity, when, note)
        if not held:
            told = course_entries.saved_symptom(record, person, None, *typed)
            return [Answer(told.html, EMPTY, ""), now_changed(), Seen()]
        return changed_entry(
            seen,
            person,
            held,
            lambda old: course_entries.saved_symptom(record, person, held, *typed, old),
            lambda: course_entries.symptom_of(record, person, held),
            _values,
        )

    def delete(who: str | None, held: str | None, request: gr.Request) -> list[Any]:
        record = shared.records.of(shared.visitors.visit(request))
        told = course_entries.deleted_symptom(record, someone(who), held)
        return [Answer(told, ["", *EMPTY]), now_changed()]

    seen = gr.State(Seen())
    read = course_entries.symptom_of
    fills(shared, [person], which, read, _values, EMPTY, (answer, seen, form))
    shown_while(which, there)
    cleared([person.change], [answer, which, *form], ["", "", *EMPTY])
    saved = button.click(
        in_place(save, 2, 1, "the symptom was saved"),
        [person, which, *form, seen],
        [answer, changed, seen],
        show_progress_on=answer,
        **ONCE,
    )
    brings(saved, answer, [person], form, which)
    deleted = deletes.yes.click(
        in_place(delete, 1, 1, "the symptom was deleted"),
        [person, which],
        [answer, changed],
        show_progress_on=answer,
        **ONCE,
    )
    brings(deleted, answer, [person], [which, *form])


def _values(one: Symptom) -> list[Any]:
    """Return what the fields hold of a symptom."""
    return [one.kind, one.severity, written(one.at), one.note]

"""What is told of a person: changed, another body site, and erasing it all."""

from dataclasses import astuple
from html import escape
from typing import Any

import gradio as gr

from ...record import ChangedMeanwhile, Record
from .. import words
from ..events import QUIET
from ..shared import Shared
from ..trouble import sentence_of
from . import person_entries
from .filling import Seen
from .in_place import (
    ONCE,
    WIDE,
    Following,
    answer_box,
    cleared,
    in_place,
    now_changed,
    someone,
)
from .person_entries import CONSENTS, SKIN_TYPES, PersonForm
from .session_entries import said
from .whose import Answer, brings, owned

__all__ = ["build_person"]

EMPTY = PersonForm("")


def build_person(shared: Shared, person: gr.Dropdown, changed: gr.State) -> list[Following]:
    """Lay out the forms, and connect them; return what follows the record."""
    form, save, answer = _form()
    with gr.Accordion("Add a body site", open=False, elem_id="new-site"):
        site = _site()
    with gr.Accordion("Erase this person", open=False, elem_id="erase"):
        about = gr.HTML(padding=False, elem_id="erase-about")
        typed = gr.Textbox(label="To erase, type the pseudonym", max_lines=1, elem_id="erase-typed")
        erase = gr.Button("Erase for good", variant="stop", elem_id="erase-button")
    erased = answer_box("erase-answer")
    seen = gr.State(Seen())  # what is typed for one stays while they are as the form was filled
    _connect_form(shared, person, changed, (form, seen, save, answer))
    _connect_site(shared, person, changed, site)
    _connect_erasing(shared, person, changed, (typed, erase, erased))
    return [
        Following([seen], [seen, *form], _filled),
        Following([], [about], _counted),
    ]


def _form() -> tuple[list[Any], gr.Button, gr.HTML]:
    """Lay out the fields in the order of :class:`PersonForm`."""
    with gr.Row():
        name = gr.Textbox(
            label="Pseudonym",
            info="Never the real name.",
            max_lines=1,
            min_width=WIDE,
            elem_id="person-name",
        )
        year = gr.Number(
            label="Birth year",
            info="May be empty.",
            value=None,
            min_width=WIDE,
            elem_id="person-year",
        )
        skin = gr.Dropdown(
            SKIN_TYPES,
            value=0,
            label="Skin type (Fitzpatrick)",
            info="Rules after a treatment depend on it.",
            filterable=False,
            min_width=WIDE,
            elem_id="person-skin",
        )
    consents = gr.CheckboxGroup(
        CONSENTS, value=["measuring"], label="This person agreed", elem_id="person-consents"
    )
    note = gr.Textbox(label="Note", elem_id="person-note")
    save = gr.Button("Save changes", variant="primary", elem_id="person-save")
    return [name, year, skin, consents, note], save, answer_box("person-answer")


def _site() -> tuple[list[Any], gr.Button, gr.HTML]:
    with gr.Row():
        name = gr.Textbox(
            label="Name",
            info="Such as left forearm.",
            max_lines=1,
            min_width=WIDE,
            elem_id="site-name",
        )
        scale = gr.Number(
            label="Scale in px/mm",
            info="Of close-ups, where it is known; may be empty.",
            value=None,
            min_width=WIDE,
            elem_id="site-scale",
        )
    close_up = gr.Checkbox(
        value=True, label="Close-up: photos show skin without a face", elem_id="site-close-up"
    )
    save = gr.Button("Add the body site", elem_id="site-save")
    return [name, close_up, scale], save, answer_box("site-answer")


def _connect_form(
    shared: Shared,
    person: gr.Dropdown,
    changed: gr.State,
    parts: tuple[list[Any], gr.State, gr.Button, gr.HTML],
) -> None:
    form, seen, button, answer = parts

    def save(
        who: str | None,
        name: str,
        year: float | None,
        skin: int | None,
        consents: list[str],
        note: str,
        held: Seen,
        request: gr.Request,
    ) -> list[Any]:
        record = shared.records.of(shared.visitors.visit(request))
        told, old = PersonForm(name, year, skin, consents, note), someone(who)
        try:
            new = person_entries.changed_person(record, old, told, held.of(old, old))
        except ChangedMeanwhile as error:  # the form is filled anew then
            return [words.notice(sentence_of(error), "bad"), gr.skip(), gr.skip()]
        answered = said(f"saved: what is told of {new.pseudonym}", "good")
        seen_now = Seen(new.pseudonym, new.pseudonym, new)
        if new.pseudonym == old:
            return [Answer(answered), seen_now, gr.skip()]
        # The server has to know whom the browser may choose; the old one is chosen until then.
        known = gr.update(choices=[*(one.pseudonym for one in record.subjects()), old])
        return [Answer(answered, [new.pseudonym], person=new.pseudonym), seen_now, known]

    cleared([person.input], [answer], [""])  # not after another pseudonym was saved
    saved = button.click(
        in_place(save, 2, 1, "what is told of them was saved"),
        [person, *form, seen],
        [answer, seen, person],
        show_progress_on=answer,
        **ONCE,
    )
    # What is read next is read under the new pseudonym.
    brings(saved, answer, [person], [person]).then(now_changed, None, changed, **QUIET)


def _connect_site(
    shared: Shared,
    person: gr.Dropdown,
    changed: gr.State,
    parts: tuple[list[Any], gr.Button, gr.HTML],
) -> None:
    form, button, answer = parts

    def add(
        who: str | None, name: str, close_up: bool, scale: float | None, request: gr.Request
    ) -> list[Any]:
        record = shared.records.of(shared.visitors.visit(request))
        told = person_entries.saved_site(record, someone(who), name, close_up, scale)
        return [Answer(told, ["", True, None]), now_changed()]

    added = button.click(
        in_place(add, 1, 1, "the body site was saved"),
        [person, *form],
        [answer, changed],
        show_progress_on=answer,
        **ONCE,
    )
    brings(added, answer, [person], form)
    cleared([person.change], [answer, *form], ["", "", True, None])


def _connect_erasing(
    shared: Shared,
    person: gr.Dropdown,
    changed: gr.State,
    parts: tuple[gr.Textbox, gr.Button, gr.HTML],
) -> None:
    typed, button, answer = parts

    def erase(who: str | None, name: str, request: gr.Request) -> Any:
        visit = shared.visitors.visit(request)
        record = shared.records.of(visit)
        gone = record.subject(someone(who))
        told = person_entries.erased_person(record, gone.pseudonym, name)
        visit.drop_about(str(gone.id))
        gr.Info(escape(told), title="Erased")  # nothing of this page stays to say it in
        return Answer("", ["", None])

    cleared([person.change], [typed, answer], ["", ""])
    erased = button.click(
        in_place(erase, whose=1), [person, typed], answer, show_progress_on=answer, **ONCE
    )
    brings(erased, answer, [person], [typed, person]).then(now_changed, None, changed, **QUIET)


def _filled(record: Record | None, who: str, _: str, seen: Seen) -> list[Any]:
    """Fill the form where another person is chosen, or they are told otherwise by now."""
    if record is None:
        return [Seen(), *_values(EMPTY)]
    now = Seen(who, who, record.subject(who))
    if seen == now:
        return [gr.skip()] * 6
    return [now, *_values(person_entries.form_of(now.entry))]


def _counted(record: Record | None, who: str, _: str) -> list[str]:
    """Say what would go."""
    return ["" if record is None else owned(person_entries.about_erasing(record, who), who)]


def _values(form: PersonForm) -> list[Any]:
    *rest, consents, note = astuple(form)
    return [*rest, list(consents), note]

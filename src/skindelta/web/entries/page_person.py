"""What is told of a person: changed, another body site, and erasing it all."""

from dataclasses import astuple
from html import escape
from typing import Any

import gradio as gr

from ...record import Record
from ..shared import Shared
from . import person_entries
from .in_place import ONCE, WIDE, Following, answer_box, cleared, in_place, now_changed, someone
from .person_entries import CONSENTS, SKIN_TYPES, PersonForm
from .session_entries import said

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
    _connect_form(shared, person, changed, form, save, answer)
    _connect_site(shared, person, changed, site)
    _connect_erasing(shared, person, changed, (typed, erase, erased))
    told_of = gr.State("")  # whom the form is filled with: what is typed for them stays
    return [
        Following([told_of], [told_of, *form], _filled),
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
    form: list[Any],
    button: gr.Button,
    answer: gr.HTML,
) -> None:
    def save(
        who: str | None,
        name: str,
        year: float | None,
        skin: int | None,
        consents: list[str],
        note: str,
        request: gr.Request,
    ) -> list[Any]:
        record = shared.records.of(shared.visitors.visit(request))
        told = PersonForm(name, year, skin, consents, note)
        new = person_entries.changed_person(record, someone(who), told)
        renamed: Any = gr.skip()
        if new.pseudonym != who:
            names = [one.pseudonym for one in record.subjects()]
            renamed = gr.Dropdown(choices=names, value=new.pseudonym)
        answered = said(f"saved: what is told of {new.pseudonym}", "good")
        return [answered, renamed, now_changed()]

    cleared([person.input], [answer], [""])  # not after another pseudonym was saved
    button.click(
        in_place(save, 2),
        [person, *form],
        [answer, person, changed],
        show_progress_on=answer,
        **ONCE,
    )


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
        return [told, now_changed(), "", True, None]

    button.click(
        in_place(add, len(form) + 1),
        [person, *form],
        [answer, changed, *form],
        show_progress_on=answer,
        **ONCE,
    )
    cleared([person.change], [answer, *form], ["", "", True, None])


def _connect_erasing(
    shared: Shared,
    person: gr.Dropdown,
    changed: gr.State,
    parts: tuple[gr.Textbox, gr.Button, gr.HTML],
) -> None:
    typed, button, answer = parts

    def erase(who: str | None, name: str, request: gr.Request) -> list[Any]:
        visit = shared.visitors.visit(request)
        record = shared.records.of(visit)
        told = person_entries.erased_person(record, someone(who), name)
        visit.drop_all()
        gr.Info(escape(told), title="Erased")  # nothing of this page stays to say it in
        names = [one.pseudonym for one in record.subjects()]
        return ["", "", gr.Dropdown(choices=names, value=None), now_changed()]

    cleared([person.change], [typed, answer], ["", ""])
    button.click(
        in_place(erase, 3),
        [person, typed],
        [answer, typed, person, changed],
        show_progress_on=answer,
        **ONCE,
    )


def _filled(record: Record | None, who: str, _: str, told_of: str) -> list[Any]:
    """Fill the form where another person is chosen."""
    if record is None:
        return ["", *_values(EMPTY)]
    if who == told_of:
        return [gr.skip()] * 6
    return [who, *_values(person_entries.form_of(record.subject(who)))]


def _counted(record: Record | None, who: str, _: str) -> list[str]:
    """Say what would go."""
    return ["" if record is None else person_entries.about_erasing(record, who)]


def _values(form: PersonForm) -> list[Any]:
    *rest, consents, note = astuple(form)
    return [*rest, list(consents), note]

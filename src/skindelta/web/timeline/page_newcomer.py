"""The form that adds a person."""

from typing import Any

import gradio as gr

from ..entries.in_place import ONCE, WIDE, answer_box, in_place, now_changed
from ..entries.person_entries import SKIN_TYPES
from ..events import QUIET
from ..shared import Shared
from .people import add_person
from .view import people_of

__all__ = ["build_newcomer"]

EMPTY = ("", "", 0, True, False, False, False, "")


def build_newcomer(shared: Shared, person: gr.Dropdown, changed: gr.State) -> None:
    """Lay out the form inside its accordion, and connect it.

    Parameters
    ----------
    shared : Shared
    person : gr.Dropdown
        Gets the new person.
    changed : gr.State
    """
    form = [*_told(), *_agreed(), *_first_site()]
    save = gr.Button("Add this person", variant="primary", elem_id="new-save")
    answer = answer_box("new-answer")
    close_up, name = form[-2:]
    close_up.change(lambda shown: gr.update(visible=shown), close_up, name, **QUIET)

    def add(
        pseudonym: str,
        year: str,
        skin: int | None,
        measuring: bool,
        training: bool,
        showing: bool,
        is_close_up: bool,
        site: str,
        request: gr.Request,
    ) -> list[Any]:
        visit = shared.visitors.visit(request)
        agreed = (measuring, training, showing)
        new = add_person(
            shared.records.of(visit), pseudonym, year, skin or None, agreed, is_close_up, site
        )
        known = list(people_of(shared, visit).choices)
        return ["", gr.update(choices=known, value=new.pseudonym), now_changed(), *EMPTY]

    save.click(
        in_place(add, 2 + len(form)),
        form,
        [answer, person, changed, *form],
        show_progress_on=answer,
        **ONCE,
    )


def _told() -> list[Any]:
    with gr.Row():
        return [
            gr.Textbox(
                label="Pseudonym",
                info="A pseudonym, never a real name: such as P-017.",
                max_lines=1,
                min_width=WIDE,
                elem_id="new-name",
            ),
            gr.Textbox(  # a number that is empty would begin as 0
                label="Birth year",
                info="May be empty.",
                max_lines=1,
                min_width=WIDE,
                elem_id="new-year",
            ),
            gr.Dropdown(
                SKIN_TYPES,
                value=0,
                label="Skin type (Fitzpatrick)",
                info="Rules after a treatment depend on it.",
                filterable=False,
                min_width=WIDE,
                elem_id="new-skin",
            ),
        ]


def _agreed() -> list[Any]:
    return [
        gr.Checkbox(
            value=True,
            label="Agreed to be measured",
            info="Without it, photos cannot be saved.",
            elem_id="new-measuring",
        ),
        gr.Checkbox(
            label="Agreed that the photos may be used to retrain a model on this machine",
            info="Nothing is sent anywhere, and nothing is trained by itself.",
            elem_id="new-training",
        ),
        gr.Checkbox(
            label="Agreed that the photos are shown to others",
            info="In a talk or a publication. Whoever treats this person sees them in any case.",
            elem_id="new-showing",
        ),
    ]


def _first_site() -> list[Any]:
    return [
        gr.Checkbox(
            label="The photos are close-ups of skin without a face",
            info="Otherwise the first body site is the face.",
            elem_id="new-close-up",
        ),
        gr.Textbox(
            label="Name of the body site",
            info="Such as left forearm.",
            visible=False,
            max_lines=1,
            elem_id="new-site-name",
        ),
    ]

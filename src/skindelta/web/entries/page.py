"""What is entered on the page Timeline and what leaves it: one thing open at a time."""

import gradio as gr

from ..shared import Shared
from .in_place import follow, shown_while
from .page_leaving import build_leaving
from .page_person import build_person
from .page_sessions import build_sessions
from .page_symptoms import build_symptoms
from .page_treatments import build_treatments

__all__ = ["build_entries"]


def build_entries(
    shared: Shared, person: gr.Dropdown, site: gr.Dropdown, changed: gr.State
) -> None:
    """Lay out all forms, and say what happens on which click.

    Parameters
    ----------
    shared : Shared
    person, site : gr.Dropdown
        Whose record, and of which body site.
    changed : gr.State
        Gets a new number after each change of the record; the forms follow it too.
    """
    with gr.Column(visible=False, elem_id="entries") as forms:
        gr.HTML("<h2>Add and change</h2>", padding=False)
        with gr.Tabs(elem_id="entry-tabs"):
            with gr.Tab("Photos", elem_id="photos-entry"):
                parts = build_sessions(shared, person, site, changed)
            with gr.Tab("Treatments", elem_id="treatments-entry"):
                parts += build_treatments(shared, person, site, changed)
            with gr.Tab("Symptoms", elem_id="symptoms-entry"):
                parts += build_symptoms(shared, person, changed)
            with gr.Tab("Person", elem_id="person-entry"):
                parts += build_person(shared, person, changed)
            with gr.Tab("Export", elem_id="export-entry"):
                build_leaving(shared, person, site, changed)
    shown_while(person, forms)
    follow(shared, person, site, changed, parts)

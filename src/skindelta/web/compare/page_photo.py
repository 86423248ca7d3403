"""The place for one photo on the page Compare: how it is brought, and what was made of it."""

from typing import Any, NamedTuple

import gradio as gr

from ...formats import PHOTO_SUFFIXES
from .marks import Which

__all__ = ["LIVE", "Side", "build_side"]

FILE_TYPES = ["image", *sorted(PHOTO_SUFFIXES)]  # "image" offers the camera on a phone
# Stands before anything is said: screen readers announce only what comes into such a place.
LIVE = '<div role="status" aria-live="polite">${value}</div>'


class Side(NamedTuple):
    """Place for one photo: what was brought, how it is brought, what was made of it."""

    which: Which
    given: gr.State
    ways: gr.Column
    file: gr.File
    camera: gr.Image
    card: gr.HTML
    another: gr.Button

    @property
    def shown(self) -> list[Any]:
        """What `Answers` gives for a photo."""
        return [self.given, self.ways, self.file, self.camera, self.card, self.another]


def build_side(which: Which) -> Side:
    """Lay out the place for one photo."""
    label = which.capitalize()
    given = gr.State(None)
    with gr.Column(min_width=280, elem_id=f"{which}-side"):
        gr.HTML(f"<h2>{label}</h2>", padding=False)
        with gr.Column(elem_id=f"{which}-ways") as ways:
            file = gr.File(
                label=f"{label} photo",
                show_label=False,
                file_types=FILE_TYPES,
                height=150,
                elem_id=f"{which}-file",
            )
            with gr.Accordion("Use the camera", open=False, elem_id=f"{which}-camera-box"):
                camera = gr.Image(
                    sources=["webcam"],
                    type="filepath",
                    image_mode=None,  # then the file arrives as it is, and is the visitor's own
                    show_label=False,
                    buttons=[],
                    webcam_options=gr.WebcamOptions(mirror=False),
                    elem_id=f"{which}-camera",
                )
        card = gr.HTML(html_template=LIVE, elem_id=f"{which}-check", padding=False)
        another = gr.Button(
            f"Choose another {which} photo", visible=False, size="sm", elem_id=f"{which}-another"
        )
    return Side(which, given, ways, file, camera, card, another)

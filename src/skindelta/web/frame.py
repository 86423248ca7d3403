"""The frame around the pages: a title, a tab for each, and what holds for all of them."""

from typing import Any

import gradio as gr

from . import words
from .about.page import build_about
from .compare.page import build_compare
from .folder.page import build_folder
from .label.page import build_label
from .model.page import build_model
from .shared import Shared
from .timeline.page import build_timeline

__all__ = ["build_frame"]

TITLE = """# skindelta
Did the skin really change, or is it the light? Photos stay on the machine that runs this page."""

SIGN_OUT = (
    '<form method="post" action="/skindelta/logout"><button class="sd-download">Sign out</button> '
    '<span class="sd-note">and delete what this browser added</span></form>'
)


def build_frame(shared: Shared, delete_cache: tuple[int, int]) -> gr.Blocks:
    """Return all pages.

    Parameters
    ----------
    shared : Shared
    delete_cache : tuple of int
        How often Gradio looks for old files, and how old they may get; seconds.
    """
    frame: gr.Blocks
    with gr.Blocks(title="skindelta", analytics_enabled=False, delete_cache=delete_cache) as frame:
        gr.Markdown(TITLE, elem_id="title")
        with gr.Tabs(elem_id="pages"):
            if shared.labelling is None:  # else nothing shall tell a rater days and scores
                with gr.Tab("Compare", id="compare", elem_id="compare-page"):
                    build_compare(shared)
                with gr.Tab("Timeline", id="timeline", elem_id="timeline-page") as timeline:
                    build_timeline(shared, timeline)
                with gr.Tab("Folder", id="folder", elem_id="folder-page"):
                    build_folder(shared)
            with gr.Tab("Label", id="label", elem_id="label-page") as label:
                build_label(shared, label)
            if shared.labelling is None:
                with gr.Tab("Model", id="model", elem_id="model-page") as model:
                    build_model(shared, model)
            with gr.Tab("About", id="about", elem_id="about-page") as about:
                build_about(shared, about)
        gr.HTML(f'<p class="sd-note">{words.LIMITS_OF_USE}</p>', elem_id="limits", padding=False)
        if shared.signs_in:
            gr.HTML(SIGN_OUT, elem_id="sign-out", padding=False)

        def lost(request: gr.Request) -> Any:
            shared.visitors.lost(request.session_hash)

        frame.unload(lost)
    return frame

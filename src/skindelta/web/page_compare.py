"""The page that compares two photos: widgets, and which of them calls what.

Traps of Gradio that are closed here, each with a test: the before/after slider gets a largest
height and never a height (with one, it draws the two photos at different scales); pictures travel
as PNG; uploads are files, so that their bytes arrive as they are and HEIC works, and the preview is
the photo as we decoded it; progress shows on the status box alone; no event can be called by name.
"""

from typing import Any, NamedTuple

import gradio as gr

from ..formats import PHOTO_SUFFIXES
from ..normalize import ReferenceChoice
from ..pipeline import Options
from . import handlers, words

__all__ = ["build_page"]

FILE_TYPES = ["image", *sorted(PHOTO_SUFFIXES)]  # "image" offers the camera on a phone
REFERENCES = (
    ("automatic: the best one found", "auto"),
    ("color card in both photos", "card"),
    ("grey patches of a card", "grey"),
    ("surroundings in both photos", "scene"),
    ("own skin (spots and patches only)", "skin"),
    ("none: same light and settings", "none"),
)
SLIDER_PX = 560
# Stands before anything is said: screen readers announce only what comes into such a place.
LIVE = '<div role="status" aria-live="polite">${value}</div>'

TITLE = """# skindelta
Did the skin really change? Add a photo from before and one from after: redness, hyperpigmentation
and texture are measured, and a change is called a change only where it is larger than what two
photos of unchanged skin would show. Photos stay on this machine."""

HINTS = """**For a trustworthy answer**: same room and lamp, same camera, same distance, face
straight ahead and relaxed, no make-up, no filter or portrait mode, skin rested for a quarter of an
hour."""


class _Upload(NamedTuple):
    """Place for one photo: file, what the check says, preview."""

    file: gr.File
    card: gr.HTML
    preview: gr.Image


def build_page(delete_cache: tuple[int, int]) -> gr.Blocks:
    """Return the page.

    Parameters
    ----------
    delete_cache : tuple of int
        How often to look for old files, and how old they may get; seconds.
    """
    defaults = Options()
    page: gr.Blocks
    with gr.Blocks(title="skindelta", analytics_enabled=False, delete_cache=delete_cache) as page:
        gr.Markdown(TITLE, elem_id="title")
        with gr.Row(elem_id="uploads"):
            before = _upload("Before")
            after = _upload("After")
        gr.Markdown(HINTS, elem_id="hints")
        with gr.Accordion("Options", open=False, elem_id="options"):
            reference = gr.Radio(
                REFERENCES, value=defaults.reference, label="Match colors by", elem_id="reference"
            )
            close_up = gr.Checkbox(
                value=defaults.close_up,
                label="Close-up: skin without a whole face",
                elem_id="close-up",
            )
        button = gr.Button("Compare", variant="primary", elem_id="compare")
        status = gr.HTML(html_template=LIVE, elem_id="status", padding=False)
        results = _results()
        gr.HTML(f'<p class="sd-note">{words.LIMITS_OF_USE}</p>', elem_id="limits", padding=False)

        _connect(before, after, (reference, close_up), button, status, results)
    return page


def _connect(
    before: _Upload,
    after: _Upload,
    options: tuple[gr.Radio, gr.Checkbox],
    button: gr.Button,
    status: gr.HTML,
    results: tuple[Any, ...],
) -> None:
    """Say what happens on which change."""
    reference, close_up = options
    for file, card, preview in (before, after):
        gr.on(
            [file.change, close_up.change],
            _check,
            [file, reference, close_up],
            [card, preview],
            show_progress_on=card,
            api_visibility="private",
        )
    gr.on(
        [before.file.change, after.file.change, reference.change, close_up.change],
        _clear,
        None,
        [status, results[0]],
        show_progress="hidden",
        api_visibility="private",
    )
    button.click(
        _compare,
        [before.file, after.file, reference, close_up],
        [status, *results],
        show_progress_on=status,
        concurrency_limit=1,
        api_visibility="private",
    )


def _upload(label: str) -> _Upload:
    """Lay out the place for one photo."""
    name = label.lower()
    with gr.Column(min_width=280):
        file = gr.File(label=label, file_types=FILE_TYPES, height=140, elem_id=f"{name}-file")
        card = gr.HTML(html_template=LIVE, elem_id=f"{name}-check", padding=False)
        preview = gr.Image(
            format="png",
            show_label=False,
            interactive=False,
            visible=False,
            buttons=[],
            alt_text=f"{label}: the photo as it is measured",
            elem_id=f"{name}-preview",
        )
    return _Upload(file, card, preview)


def _results() -> tuple[Any, ...]:
    """Everything below the status: (column, shown, verdicts, slider, pictures, table, details)."""
    with gr.Column(visible=False, elem_id="results") as column:
        with gr.Column(visible=False) as shown:
            verdicts = gr.HTML(elem_id="verdicts", padding=False)
            slider = gr.ImageSlider(
                format="png",
                max_height=SLIDER_PX,
                label="Aligned: drag the line",
                interactive=False,
                buttons=["fullscreen"],
                elem_id="slider",
            )
            gr.HTML(f'<p class="sd-note">{words.ABOUT_MAPS}</p>', elem_id="about-maps")
            with gr.Row(elem_id="pictures"):
                pictures = [
                    gr.Image(format="png", interactive=False, buttons=["download", "fullscreen"])
                    for _ in handlers.PICTURES
                ]
            with gr.Accordion("All scores", elem_id="scores"):
                table = gr.HTML(elem_id="table")
        with gr.Accordion("What the numbers rest on", open=False, elem_id="about"):
            details = gr.HTML(elem_id="details")
    return column, shown, verdicts, slider, *pictures, table, details


def _check(path: str | None, reference: ReferenceChoice, close_up: bool) -> tuple[str, Any]:
    """Show what one upload is."""
    checked = handlers.check_photo(path, handlers.options_of(reference, close_up))
    return checked.status, gr.update(value=checked.preview, visible=checked.preview is not None)


def _clear() -> tuple[str, Any]:
    """Hide results that belong to other photos or options."""
    return "", gr.update(visible=False)


def _compare(
    before: str | None, after: str | None, reference: ReferenceChoice, close_up: bool
) -> list[Any]:
    """Show what changed."""
    result = handlers.compare_photos(before, after, handlers.options_of(reference, close_up))
    pictures = [
        gr.update(value=picture, label=caption, alt_text=handlers.ALT_TEXTS[caption], visible=True)
        for picture, caption in result.pictures
    ]
    hidden = [gr.update(value=None, visible=False)] * (len(handlers.PICTURES) - len(pictures))
    return [
        result.status,
        gr.update(visible=result.done),
        gr.update(visible=result.pair is not None),
        result.verdicts,
        result.pair,
        *pictures,
        *hidden,
        result.table,
        result.details,
    ]

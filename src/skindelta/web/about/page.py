"""The page About: what is measured and how well, where the data lies, and what is kept."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from ...errors import ModelError, SkinDeltaError
from ...models import list_models
from ...own_models import SHIPPED
from ...types import ModelCard
from ..shared import Shared
from ..trouble import sentence_of, told
from ..words import notice
from . import facts, glossary, texts

__all__ = ["build_about"]

LIVE = '<div role="status" aria-live="polite">${value}</div>'
HEAD = """## About
What the numbers mean and how sure they are, which models read them, and where your photos are."""


def build_about(shared: Shared, tab: gr.Tab) -> None:
    """Lay out the page inside its tab; what it says is put in when somebody looks."""
    cards = _cards()
    gr.Markdown(HEAD, elem_id="about-head")
    measured = _part("What is measured", "about-measures", True)
    limits = _part("What it is not", "about-limits", True)
    data = _part("Your data: where it is, backup, erasing", "about-record", True, None)
    with data[0]:
        record = gr.HTML(elem_id="about-record-facts", padding=False)
        button = gr.Button("Back up now", elem_id="about-back-up")
        backed_up = gr.HTML(html_template=LIVE, elem_id="about-backed-up", padding=False)
    privacy = _part("Privacy", "about-privacy", True)
    _part("Words", "about-words", False, glossary.glossary_html())
    model = _part("The model in use", "about-model", False)
    noise = _part("The smallest change that can be seen", "about-noise", False)
    ladder = _part("What tells skin from light", "about-ladder", False)
    shown: list[Any] = []
    for card in cards:
        title = f"Model card: {card.name} {card.version}"
        part, _ = _part(title, f"about-model-{card.name}", False, None)
        with part:
            shown.append(gr.HTML(padding=False))
            with gr.Accordion("The whole card", open=False):
                shown.append(gr.Markdown(elem_classes="sd-readme"))
    versions = _part("Versions", "about-versions", False)

    def _look(request: gr.Request) -> list[str]:
        said = [
            texts.measures_html(),
            texts.limits_html(),
            _record(shared, request),
            facts.privacy_html(shared.visitors),
            _or_why_not(lambda: texts.model_html(shared.options)),
            _or_why_not(lambda: texts.detectable_html(shared.options)),
            texts.ladder_html(),
            texts.versions_html(),
        ]
        for card in cards:
            said += [texts.card_html(card), texts.readme_of(card)]
        return said

    def _back_up(request: gr.Request) -> str:
        try:
            return facts.back_up(shared.records, shared.visitors.visit(request))
        except Exception as error:
            return notice(sentence_of(error), "bad")

    parts = [measured[1], limits[1], record, privacy[1], model[1], noise[1], ladder[1]]
    parts.append(versions[1])
    tab.select(
        told(_look), None, [*parts, *shown], show_progress="hidden", api_visibility="private"
    )
    button.click(
        _back_up,
        None,
        backed_up,
        show_progress_on=backed_up,
        api_visibility="private",
        trigger_mode="once",
        concurrency_limit=1,
    )


def _part(title: str, name: str, is_open: bool, html: str | None = "") -> tuple[Any, Any]:
    """Lay out one part: its heading, and the place of its text unless `html` is None."""
    with gr.Accordion(title, open=is_open, elem_id=name) as part:
        place = None if html is None else gr.HTML(html, padding=False)
    return part, place


def _cards() -> tuple[ModelCard, ...]:
    """Return the cards of what ships; the user's own are shown when in use, which can change.

    A broken one must not keep the page from starting: scoring tells of it.
    """
    try:
        return tuple(card for card in list_models() if card.name in SHIPPED)
    except ModelError:
        return ()


def _or_why_not(html: Callable[[], str]) -> str:
    """Return a part, or why it cannot be told: the others are shown all the same."""
    try:
        return html()
    except SkinDeltaError as error:
        return notice(sentence_of(error), "bad")


def _record(shared: Shared, request: gr.Request) -> str:
    """Say where the data lies, or why it cannot be looked into."""
    try:
        found = facts.record_facts(shared.records, shared.visitors.visit(request))
    except Exception as error:
        return notice(sentence_of(error), "bad")
    return facts.record_html(found) + facts.care_html(found)

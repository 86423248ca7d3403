"""Answers in their place: what a form says, and questions before something is deleted."""

import functools
import json
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import gradio as gr

from ...errors import SkinDeltaError
from ...plain_words import ended
from ...record import Record
from .. import words
from ..events import QUIET, put_off
from ..shared import Shared
from ..trouble import sentence_of, told
from .whose import owned

__all__ = [
    "ALWAYS",
    "MEASURING",
    "ONCE",
    "WIDE",
    "Deleting",
    "Following",
    "answer_box",
    "cleared",
    "deleting",
    "follow",
    "in_place",
    "listed",
    "now_changed",
    "shown_while",
    "someone",
]

LIVE = '<div role="status" aria-live="polite">${value}</div>'
ALWAYS: dict[str, Any] = QUIET | {"trigger_mode": "always_last"}
ONCE: dict[str, Any] = {"api_visibility": "private", "trigger_mode": "once"}
MEASURING: dict[str, Any] = {"concurrency_limit": 2, "concurrency_id": "measuring"}
WIDE = 240  # px that a field wants: on a phone each has a line of its own
Choices = list[tuple[str, str]]
Handler = TypeVar("Handler", bound=Callable[..., Any])


class Deleting(NamedTuple):
    """A button, and what it asks before anything goes.

    Attributes
    ----------
    ask, yes, no : gr.Button
    question : gr.HTML
    group : gr.Column
        Hidden until it is asked.
    """

    ask: gr.Button
    yes: gr.Button
    no: gr.Button
    question: gr.HTML
    group: gr.Column


class Following(NamedTuple):
    """Widgets that follow the person and the body site that are chosen, and the record.

    Attributes
    ----------
    reads, fills : sequence of widgets
    show : callable
        Gets the record (None where nobody is chosen), person, site and what the widgets of `reads`
        hold; returns what those of `fills` shall.
    """

    reads: Sequence[Any]
    fills: Sequence[Any]
    show: Callable[..., list[Any]]


def in_place(handler: Handler, others: int = 0, whose: int = 0, done: str = "") -> Handler:
    """Wrap a handler so that what it raises is a sentence in its first output.

    The other outputs, so many, stay as they are: nothing that was typed is lost.

    Parameters
    ----------
    handler : callable
        Returns HTML or an :class:`Answer`, and what else there is.
    others : int
        How many outputs there are but the first.
    whose : int
        How many of its first arguments say whose the answer is: person, body site.
    done : str
        What is said of a person who is no longer chosen, such as ``saved``; empty where nothing
        is done that has to be known.
    """

    @functools.wraps(handler)
    def answered(*arguments: Any, **named: Any) -> Any:
        person, site = (*arguments[:whose], "", "")[:2]

        def own(html: Any, sentence: str) -> str:
            if not whose:
                return str(html)
            return owned(html, person, site, f"For {person}: {sentence}" if done else "")

        try:
            answer = handler(*arguments, **named)
        except Exception as error:
            sentence = sentence_of(error)
            told = own(words.notice(sentence, "bad"), sentence)
            return [told, *[gr.skip()] * others] if others else told
        if not others:
            return own(answer, ended(done))
        return [own(answer[0], ended(done)), *answer[1:]]

    return answered  # type: ignore[return-value]


def answer_box(elem_id: str) -> Any:
    """Lay out the place where a form answers; screen readers announce what comes into it."""
    return gr.HTML(html_template=LIVE, elem_id=elem_id, padding=False)


def now_changed() -> float:
    """Return what tells everybody on the page that the record changed: a new number."""
    return time.time()


def deleting(label: str, name: str) -> Deleting:
    """Lay out a button that asks before it deletes; opens and closes its question itself.

    Parameters
    ----------
    label : str
        Of the button, such as ``Delete this session``.
    name : str
        Beginning of the ids.
    """
    ask = gr.Button(label, size="sm", elem_id=f"{name}-delete", elem_classes="sd-delete")
    with gr.Column(visible=False, elem_classes="sd-question") as group:
        question = gr.HTML(
            f'<div class="sd-status sd-bad">{label}? This cannot be taken back.</div>',
            elem_id=f"{name}-question",
            padding=False,
        )
        with gr.Row():
            yes = gr.Button("Yes, delete", variant="stop", elem_id=f"{name}-yes")
            no = gr.Button("No, keep", elem_id=f"{name}-no")
    for clicks, visible in (([ask.click], True), ([yes.click, no.click], False)):
        cleared(clicks, [group], [{"__type__": "update", "visible": visible}])
    return Deleting(ask, yes, no, question, group)


def listed(
    which: gr.Dropdown, known: Callable[[Record, str, str], Choices], new: str = ""
) -> Following:
    """Let a dropdown name the entries of the person and body site that are chosen.

    What is chosen in it stays chosen while it is there.

    Parameters
    ----------
    which : gr.Dropdown
    known : callable
        Gets record, person and site; returns names with ids.
    new : str
        Name of the choice that stands for none, whose value is empty.
    """
    first: Choices = [(new, "")] if new else []
    nothing = "" if new else None

    def show(record: Record | None, who: str, where: str, held: str | None) -> list[Any]:
        found = first + (known(record, who, where) if record is not None else [])
        stays = held in {value for _, value in found}
        return [gr.Dropdown(choices=found, value=held if stays else nothing)]

    return Following([which], [which], show)


def follow(
    shared: Shared,
    person: gr.Dropdown,
    site: gr.Dropdown,
    changed: gr.State,
    parts: Sequence[Following],
) -> None:
    """Fill what follows person, site and record, all of it in one call to the server."""

    def refresh(who: str | None, where: str | None, request: gr.Request, *values: Any) -> list[Any]:
        visit = shared.visitors.visit(request)
        is_there = bool(who and where and shared.records.exists)
        record = shared.records.of(visit) if is_there else None
        filled: list[Any] = []
        for part in parts:
            read, values = values[: len(part.reads)], values[len(part.reads) :]
            try:
                filled += part.show(record, who or "", where or "", *read)
            except SkinDeltaError:  # the reading part of the page says so
                filled += [gr.skip()] * len(part.fills)
        return filled

    # Put off alone: clearing the forms again would take away what was typed since.
    put_off(
        [person.change, site.change, changed.change],
        told(refresh),
        [person, site, *(one for part in parts for one in part.reads)],
        [one for part in parts for one in part.fills],
        **QUIET,
    )


def cleared(triggers: Sequence[Any], places: Sequence[Any], values: Sequence[Any]) -> None:
    """Put fixed values into places when something happens; the browser does so by itself."""
    gr.on(triggers, None, None, list(places), js=f"() => {json.dumps(list(values))}", **QUIET)


def shown_while(which: Any, column: gr.Column) -> None:
    """Show a column while something is chosen; the browser does so by itself."""
    visible = "held => [{__type__: 'update', visible: !!held}]"
    which.change(None, which, column, js=visible, **QUIET)


def someone(who: str | None) -> str:
    """Return whose record is meant; raises SkinDeltaError where nobody is chosen."""
    if not who:
        raise SkinDeltaError("choose a person first")
    return who

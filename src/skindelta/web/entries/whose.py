"""Whose an answer is: what is of one person is never seen under another, however late it comes.

An answer that was asked for of one person may come when another is chosen. So its HTML says whose
it is, and ``static/whose.js`` shows it only while that person and body site are chosen; what it
brings for the fields of a form is put there by the browser, under the same condition.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, NamedTuple

import gradio as gr

from ...record import Subject
from ..events import QUIET
from ..fresh import fresh
from ..serving.visitors import Kept, Visit

__all__ = ["Answer", "TELL_WHO", "about", "brings", "owned"]

# Tells the browser who is chosen: person and body site.
TELL_WHO = "(person, site) => { sdWhose.chosen(person, site); return []; }"


class Answer(NamedTuple):
    """What a form answers.

    Attributes
    ----------
    html : str
    brought : sequence, optional
        Values for the fields of the form; they stay as they are where it is None.
    held : str, optional
        Which entry has to be chosen still for that; any where it is None.
    person : str
        Whose it is, where not of who was asked about: one who was renamed.
    """

    html: str
    brought: Sequence[Any] | None = None
    held: str | None = None
    person: str = ""


def owned(
    html: str | Answer, person: str | None, site: str | None = "", elsewhere: str = ""
) -> str:
    """Return HTML that is seen only while its person and body site are chosen.

    Parameters
    ----------
    html : str or Answer
    person : str
        Pseudonym.
    site : str
        Empty where it is of every body site of the person.
    elsewhere : str
        A sentence that is seen instead while somebody else is chosen.
    """
    answer = html if isinstance(html, Answer) else Answer(html)
    told = {
        "person": answer.person or person or "",
        "was": person if answer.person else None,  # whom the browser knows still
        "site": site or "",
        "brought": None if answer.brought is None else json.dumps(list(answer.brought)),
        "held": answer.held,
    }
    if not (answer.html or told["brought"]):
        return ""
    marks = "".join(
        f' data-{name}="{escape(value)}"' for name, value in told.items() if value is not None
    )
    other = f'<p class="sd-note sd-elsewhere">{escape(elsewhere)}</p>' if elsewhere else ""
    return f"<sd-whose{marks}>{fresh(answer.html)}</sd-whose>{other}"


def brings(
    event: Any,
    answer: gr.HTML,
    who: Sequence[gr.Dropdown],
    fields: Sequence[Any],
    held: gr.Dropdown | None = None,
) -> Any:
    """Put what an answer brought into the fields of a form, if that person is chosen still.

    Parameters
    ----------
    event : dependency
        After it.
    answer : gr.HTML
        Got an :class:`Answer`.
    who : sequence of gr.Dropdown
        Person, and body site where it matters.
    fields : sequence of widgets
    held : gr.Dropdown, optional
        Says which entry is chosen.

    Returns
    -------
    dependency
        What comes after it.
    """
    names = ["person", "site"][: len(who)] + (["held"] if held is not None else [])
    inputs = [answer, *who, *([held] if held is not None else [])]
    return event.success(
        None,
        inputs,
        list(fields),
        js=f"(answer, {', '.join(names)}) => "
        f"sdWhose.brought({len(fields)}, answer, {{{', '.join(names)}}})",
        **QUIET,
    )


def about(visit: Visit, person: Subject) -> Visit:
    """Return the same visit; what it keeps goes when this person is erased."""
    return _About(visit.visitors, visit.visitor, visit.session, str(person.id))


@dataclass(frozen=True)
class _About(Visit):
    """A visit whose files are of one person."""

    person: str = ""

    def place(self, name: str, about: str = "") -> Kept:
        return super().place(name, about or self.person)

    def keep(self, data: bytes, name: str, about: str = "") -> str:
        return super().keep(data, name, about or self.person)

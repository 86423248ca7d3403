"""A question as HTML: ``<sd-label>``, which ``static/label.js`` brings to life.

It tells the page what was answered (``sd-answer``), that an answer is taken back (``sd-undo``), and
what else was pressed (``sd-agree``, ``sd-leave``). Nothing in it says which photo is the earlier.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from typing import NamedTuple

from .. import words
from ..fresh import fresh
from .asked import Asked, question_words, size_words, where_words
from .questions import Question

__all__ = ["LABEL_EVENTS", "Scene", "agreement_html", "failed_html", "scene_html"]

LABEL_EVENTS = "".join(
    f"element.addEventListener('sd-{name}', e => trigger('{name}', e.detail));"
    for name in ("answer", "undo", "agree", "leave")
)
CHOICES = (
    ("left", "Left", "←"),
    ("same", "The same", "↓"),
    ("right", "Right", "→"),
    ("cannot judge", "Cannot judge", "X"),
)
LESS_BLIND = 10  # labels of one's own before one may see how raters agree
DONE = "Thank you: the labels are in {file}, and skindelta train learns from them."
ZOOMS = (("out", "Smaller", "−"), ("whole", "Whole photos", "0"), ("in", "Larger", "+"))


class Scene(NamedTuple):
    """What a rater sees.

    Attributes
    ----------
    asked : Asked
    question : Question or None
        None where all is labelled.
    token : str
        Of this question at this moment.
    showing : str
        The same while one pair is asked about.
    photos : tuple of str
        Addresses, left and right.
    chosen : str
        ``left`` or ``right`` once that is said: now its size is asked for.
    done, left : int
        Answers so far, and to come.
    file : str
        Name of the file of labels.
    trouble : str
        A sentence.
    unsaved : str
        The answer that could not be saved, as it came: it can be sent again.
    agreement : str
        HTML.
    """

    asked: Asked
    question: Question | None
    token: str
    showing: str
    photos: tuple[str, str] = ("", "")
    chosen: str = ""
    done: int = 0
    left: int = 0
    file: str = ""
    trouble: str = ""
    unsaved: str = ""
    agreement: str = ""


def scene_html(scene: Scene) -> str:
    """Return the question, or that all is labelled, always with the same elements in order."""
    stage = "done" if scene.question is None else "size" if scene.chosen else "choice"
    remembered = json.dumps(asdict(scene.asked))
    return (
        f'<sd-label class="sd-labelling" tabindex="-1" data-version="{secrets.token_hex(4)}" '
        f'data-token="{scene.token}" data-stage="{stage}" data-showing="{scene.showing}" '
        f'data-chosen="{scene.chosen}" data-unsaved="{escape(scene.unsaved)}" '
        f'data-asked="{escape(remembered)}">{_head(scene)}{_photos(scene)}{_answers(scene)}'
        f'<div class="sd-label-told" aria-live="polite">{_trouble(scene)}</div>{_foot(scene)}'
        "</sd-label>"
    )


def failed_html(sentence: str) -> str:
    """Say why there is no answer; the question that stands there can be answered again."""
    return fresh(f"<sd-label-failed>{words.notice(sentence, 'bad')}</sd-label-failed>")


def agreement_html(sentences: Sequence[str]) -> str:
    """Return what is known of how raters agree."""
    if not sentences:
        return words.notice("Nothing can be said yet: nobody else labelled these, and none twice")
    items = "".join(f"<li>{escape(one)}</li>" for one in sentences)
    return f'<div class="sd-status"><ul>{items}</ul></div>'


def _head(scene: Scene) -> str:
    """Ask the question, and say how far it is."""
    asked, question = scene.asked, scene.question
    if question is None:
        title, where = "All is labelled", DONE.format(file=scene.file)
    else:
        title = question_words(question.attribute)
        where = f"{where_words(question.region)}."
        if scene.chosen:
            title = f"{scene.chosen.capitalize()} shows more. How much more?"
    progress = f"{asked.rater} · {scene.done} labelled · {scene.left} to go"
    return (
        f'<p class="sd-label-progress">{escape(progress)}</p>'
        f'<div role="status" aria-live="polite"><h2 class="sd-label-question">{escape(title)}</h2>'
        f'<p class="sd-note">{escape(where)}</p></div>'
    )


def _photos(scene: Scene) -> str:
    """Show both photos in windows that move together."""
    windows = "".join(
        f'<div class="sd-label-window" data-side="{side}"><img alt="The {side} photo" '
        f'draggable="false"{_source(url)}></div>'
        for side, url in zip(("left", "right"), scene.photos, strict=True)
    )
    zooms = "".join(
        f'<button type="button" class="sd-button" data-zoom="{name}" aria-label="{label}">'
        f"{label} <kbd>{key}</kbd></button>"
        for name, label, key in ZOOMS
    )
    hidden = " hidden" if scene.question is None else ""
    return (
        f'<div class="sd-label-photos"{hidden}>{windows}<p class="sd-label-wait" role="status"></p>'
        f'</div><div class="sd-label-zoom" role="group" aria-label="Size of both photos"{hidden}>'
        f"{zooms}</div>"
    )


def _source(url: str) -> str:
    return f' src="{escape(url)}"' if url else " hidden"


def _answers(scene: Scene) -> str:
    """Offer the answers of both steps; the step that is not asked is hidden."""
    choices = "".join(_button("choice", value, label, key) for value, label, key in CHOICES)
    sizes = "".join(
        _button("size", str(size), label, str(size))
        for size, label in enumerate(size_words(scene.asked.scale), 1)
    )
    step = "" if scene.question is None else "size" if scene.chosen else "choice"
    return "".join(
        f'<div class="sd-label-answers" data-step="{name}" role="group" aria-label="{about}"'
        f"{'' if name == step else ' hidden'}>{buttons}</div>"
        for name, about, buttons in (
            ("choice", "Which shows more", choices),
            ("size", "How much more", sizes),
        )
    )


def _button(kind: str, value: str, label: str, key: str) -> str:
    return (
        f'<button type="button" class="sd-button" data-{kind}="{value}">'
        f"<span>{escape(label)}</span> <kbd>{key}</kbd></button>"
    )


def _trouble(scene: Scene) -> str:
    """Say what went wrong, with a way to send the answer again."""
    if not scene.trouble:
        return ""
    again = (
        '<button type="button" class="sd-button" data-do="again">Save this answer again</button>'
        if scene.unsaved
        else ""
    )
    return words.notice(scene.trouble, "bad") + again


def _foot(scene: Scene) -> str:
    """Offer what is pressed now and then."""
    may_undo = scene.done > 0 or scene.chosen
    may_see = scene.done >= LESS_BLIND
    return (
        '<div class="sd-label-foot"><button type="button" class="sd-button" data-do="undo"'
        f"{'' if may_undo else ' disabled'}><span>Undo</span> <kbd>Z</kbd></button>"
        '<button type="button" class="sd-button" data-do="agree"'
        f"{'' if may_see else ' hidden'}>How well do raters agree?</button>"
        '<button type="button" class="sd-button" data-do="leave">Somebody else labels</button>'
        f'</div><div class="sd-label-agreement" role="status">{scene.agreement}</div>'
    )

"""The marker: one of the photos with a crosshair, and a list of what is marked already.

It is one HTML element, ``<sd-marker>``, which ``static/marker.js`` brings to life; it tells the
page what was marked (``sd-mark``), which mark is to go (``sd-unmark``), and whether points are set
that are not kept yet (``sd-pending``).
"""

import secrets
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple, get_args

from .. import words
from .brought import Given
from .marks import KIND_WORDS, Mark, MarkKind, Which

__all__ = ["MARKER_EVENTS", "MarkerState", "marker_html", "state_of"]

MARKER_EVENTS = """
element.addEventListener('sd-mark', e => trigger('mark', e.detail));
element.addEventListener('sd-unmark', e => trigger('unmark', e.detail));
element.addEventListener('sd-pending', e => trigger('pending', e.detail));
"""
HINTS: dict[MarkKind, str] = {
    "region": "Click around the skin that you want measured by itself, with 3 points or more, then "
    "give it a name. It is found again in the after photo by itself.",
    "card": "Click the four outer corners of the card's 24 patches, one after the other around it. "
    "Mark it in both photos. A card that is seen well is found without this.",
    "grey": "Click one point on a grey or white object, or several around a part of it. Mark the "
    "same object in both photos.",
}
KEYS = (
    "By keyboard: arrow keys move the cross (with Shift in small steps), Enter sets a point, "
    "Backspace takes the last one back."
)


class MarkerState(NamedTuple):
    """What is chosen in the marker, kept when it is drawn anew.

    Attributes
    ----------
    which : {"before", "after"}
    kind : {"region", "card", "grey"}
    trouble : str
        A sentence on what was marked last; empty where it was taken.
    """

    which: Which = "before"
    kind: MarkKind = "region"
    trouble: str = ""


BEGINNING = MarkerState()


def marker_html(
    before: Given | None,
    after: Given | None,
    marks: Sequence[Mark],
    state: MarkerState = BEGINNING,
) -> str:
    """Return the marker over the photos there are; a hint where there is none."""
    photos: dict[Which, Given | None] = {"before": before, "after": after}
    shown = {which: given for which, given in photos.items() if given is not None}
    if not shown:
        return '<p class="sd-note">Add a photo first, then mark things in it here.</p>'
    which = state.which if state.which in shown else next(iter(shown))
    pictures = "".join(
        f'<img data-which="{name}" src="{given.preview}" draggable="false" '
        f'data-ratio="{given.width / given.height:.5f}" alt="The {name} photo, to mark things in">'
        for name, given in shown.items()
    )
    trouble = ""
    if state.trouble:
        trouble = f'<div class="sd-mark-trouble">{words.notice(state.trouble, "bad")}</div>'
    return (
        f'<sd-marker class="sd-marker" data-version="{secrets.token_hex(4)}" data-which="{which}" '
        f'data-kind="{state.kind}">'
        f'<div class="sd-mark-tools">{_choices("kind", "Mark", KIND_WORDS, state.kind)}'
        f"{_choices('which', 'In the', {name: f'{name} photo' for name in shown}, which)}</div>"
        f'<div aria-live="polite">{_hints()}{trouble}</div>'
        f'{_sizes()}<div class="sd-mark-window"><div class="sd-mark-box" tabindex="0" '
        f'role="application" aria-label="Photo to mark points in. {KEYS}">'
        f"{pictures}{_outlines(marks)}"
        '<svg class="sd-mark-new" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">'
        '<polygon points=""/></svg><div class="sd-mark-points" aria-hidden="true"></div>'
        '<div class="sd-cross" aria-hidden="true" hidden></div></div></div>'
        f'<p class="sd-mark-said" role="status"></p>{_buttons()}{_list(marks)}</sd-marker>'
    )


def state_of(told: Any) -> MarkerState:
    """Return what a visitor had chosen, as far as what came from the browser says it."""
    told = told if isinstance(told, Mapping) else {}
    which, kind = told.get("which"), told.get("kind")
    return MarkerState(
        which if which in get_args(Which) else "before",
        kind if kind in get_args(MarkKind) else "region",
    )


def _choices(name: str, legend: str, choices: Mapping[Any, str], now: str) -> str:
    radios = "".join(
        f'<label><input type="radio" name="sd-mark-{name}" data-choice="{name}" value="{value}"'
        f"{' checked' if value == now else ''}><span>{escape(label)}</span></label>"
        for value, label in choices.items()
    )
    return f'<fieldset class="sd-choice"><legend>{legend}</legend>{radios}</fieldset>'


def _hints() -> str:
    return "".join(
        f'<p class="sd-note sd-mark-hint" data-kind="{kind}">{escape(text)}</p>'
        for kind, text in HINTS.items()
    )


def _outlines(marks: Sequence[Mark]) -> str:
    """Draw what is marked already, of each photo by itself."""
    shapes = "".join(
        f'<polygon data-which="{mark.which}" class="sd-mark-{mark.kind}" points="'
        f'{" ".join(f"{x:.5f},{y:.5f}" for x, y in _around(mark))}"/>'
        for mark in marks
    )
    return (
        '<svg class="sd-mark-old" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">'
        f"{shapes}</svg>{_names(marks)}"
    )


def _around(mark: Mark) -> tuple[tuple[float, float], ...]:
    """Corners of a mark; a point becomes a small square."""
    if len(mark.points) > 1:
        return mark.points
    (x, y), half = mark.points[0], 0.008
    return ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))


def _names(marks: Sequence[Mark]) -> str:
    """Write its name above each region that is marked already."""
    return "".join(
        f'<span class="sd-mark-label" data-which="{mark.which}" aria-hidden="true" '
        f'style="left:{100 * x:.2f}%;top:{100 * y:.2f}%">{escape(mark.name)}</span>'
        for mark in marks
        if mark.kind == "region"
        for x, y in [_top(mark)]
    )


def _top(mark: Mark) -> tuple[float, float]:
    across = [x for x, _ in mark.points]
    return (min(across) + max(across)) / 2, min(y for _, y in mark.points)


def _sizes() -> str:
    """Choose how large the photo is."""
    buttons = "".join(
        f'<button type="button" class="sd-button" data-times="{times}" '
        f'aria-pressed="{str(times == 1).lower()}">{label}</button>'
        for times, label in ((1, "Whole photo"), (2, "Enlarge 2×"), (4, "Enlarge 4×"))
    )
    return f'<div class="sd-mark-sizes" role="group" aria-label="Size of the photo">{buttons}</div>'


def _buttons() -> str:
    return (
        '<div class="sd-mark-tools"><label class="sd-mark-name"><span>Name of the region</span>'
        '<input type="text" maxlength="60" autocomplete="off" placeholder="such as scar"></label>'
        '<button type="button" class="sd-button sd-mark-done" disabled>Keep</button>'
        '<button type="button" class="sd-button sd-mark-undo" disabled>Undo point</button>'
        '<button type="button" class="sd-button sd-mark-clear" disabled>Clear points</button></div>'
        f'<p class="sd-note">{escape(KEYS)}</p>'
    )


def _list(marks: Sequence[Mark]) -> str:
    items = "".join(
        f"<li><span>{escape(mark.label)}{_trouble(mark)}</span>"
        f'<button type="button" class="sd-button sd-unmark" data-index="{index}" '
        f'aria-label="Remove {escape(mark.label)}">Remove</button></li>'
        for index, mark in enumerate(marks)
    )
    return f'<ul class="sd-marks" aria-label="Marked">{items}</ul>' if items else ""


def _trouble(mark: Mark) -> str:
    return f": <em>cannot be used: {escape(mark.trouble)}</em>" if mark.trouble else ""

"""What the widgets of the page Compare call, and how their answers fill it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gradio as gr

from ...errors import SkinDeltaError
from ...normalize import ReferenceChoice
from .. import words
from ..shared import Shared
from ..trouble import sentence_of
from .brought import Asked, Choice, Example, Given, choose, mark_trouble
from .marker import marker_html, state_of
from .marks import Mark, Which, mark_of, turned, with_mark
from .results import DRAWING, STAGE_WORDS, Compared, compare_photos, make_report

__all__ = ["TOLD_AT_ONCE", "Answers"]

STEPS = (*STAGE_WORDS.values(), DRAWING)
CALLED_OFF = "Called off: press Compare again"
# In the browser alone, which knows what is under way; what was said of it stays.
TOLD_AT_ONCE = f"""said => {{
    const calledOff = {json.dumps(words.notice(CALLED_OFF))};
    const shown = "#status [data-testid=status-tracker]:not(.hide)";
    const isUnderWay = document.querySelector(`${{shown}} :is(.progress-text, .progress-level)`);
    return [isUnderWay || said === calledOff ? calledOff : ""];
}}"""
REGIONS_LOST = (
    "The regions that you drew lay on the other photo and were taken away: draw them again where "
    "you need them"
)
NOT_KEPT = (
    "What you are marking is not kept yet and was not measured: press Keep below the marked photo, "
    "then Compare again"
)


class Answers:
    """What the widgets call; each knows who asks by the request."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.tried = Example(shared.visitors.uploads / "example")

    def taking(self, which: Which) -> Callable[..., list[Any]]:
        """Return the handler of a photo that was brought."""

        def take(
            request: gr.Request,
            path: str | None,
            marks: tuple[Mark, ...],
            *options: Any,
        ) -> list[Any]:
            visit = self.shared.visitors.visit(request)
            chosen = choose(visit, path, self._choice(*options), which)
            side = _side_of(chosen.given, chosen.card)
            return [*side, _without(which, marks), *self.nothing()]

        return take

    def giving_back(self, which: Which) -> Callable[..., list[Any]]:
        """Return the handler that takes a photo away."""

        def give_back(marks: tuple[Mark, ...]) -> list[Any]:
            return [*_side_of(None, ""), _without(which, marks), *self.nothing()]

        return give_back

    def look_again(
        self, request: gr.Request, before: Given | None, after: Given | None, *options: Any
    ) -> list[str]:
        """Check both photos under other options."""
        visit = self.shared.visitors.visit(request)
        sides: tuple[tuple[Which, Given | None], ...] = (("before", before), ("after", after))
        return [
            choose(visit, given.path if given else None, self._choice(*options), which).card
            for which, given in sides
        ]

    def compare(
        self,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
        *given: Any,
    ) -> list[Any]:
        """Compare what was brought."""
        before, after, marks, *options, pending = given
        asked = Asked(before, after, self._choice(*options), marks) if before and after else None
        result = compare_photos(self.shared.visitors.visit(request), asked, _telling(progress))
        return _shown(_warned(result) if asked and pending else result)

    def swap(
        self,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
        *given: Any,
    ) -> list[Any]:
        """Compare the photos the other way round."""
        before, after, marks, *options = given
        visit, choice = self.shared.visitors.visit(request), self._choice(*options)
        first = choose(visit, after.path if after else None, choice, "before")
        second = choose(visit, before.path if before else None, choice, "after")
        marks, lost = turned(marks)
        asked = None
        if first.given and second.given:
            asked = Asked(first.given, second.given, choice, marks)
        result = compare_photos(visit, asked, _telling(progress))
        if lost:
            result = replace(result, status=result.status + words.notice(REGIONS_LOST))
        return [
            *_shown(result),
            *_side_of(first.given, first.card),
            *_side_of(second.given, second.card),
            marks,
        ]

    def nothing(self) -> list[Any]:
        """Take the results off the page: they belong to other photos or options.

        The browser knows whether a comparison was called off, and says so: :data:`TOLD_AT_ONCE`.
        """
        return [gr.skip(), *_shown(Compared(""))[1:]]

    def late(self, compared: Asked | None, *given: Any) -> list[Any]:
        """Take off an answer that came although it was called off: it was on its way."""
        before, after, marks, *options = given
        if compared is None or (
            compared.is_of(before, after, self._choice(*options)) and compared.marks == marks
        ):
            return [gr.skip()] * len(_shown(Compared("")))
        return _shown(Compared(words.notice(CALLED_OFF)))

    def example(
        self,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> list[Any]:
        """Compare the example."""
        progress(0.05, desc="Making two photos with a known change")
        visit = self.shared.visitors.visit(request)
        choice = Choice(model=self.shared.options.model)  # those of the page are for other photos
        before, after = (visit.take(path) for path in self.tried.photos())
        first = choose(visit, before, choice, "before")
        second = choose(visit, after, choice, "after")
        asked = None
        if first.given and second.given:
            asked = Asked(first.given, second.given, choice, is_example=True)
        result = compare_photos(visit, asked, _telling(progress))
        return [
            *_shown(result),
            *_side_of(first.given, first.card),
            *_side_of(second.given, second.card),
            (),
        ]

    def report(self, asked: Asked | None, request: gr.Request) -> str:
        """Write the reports."""
        if asked is None:
            return words.notice("Compare two photos first", "bad")
        return make_report(self.shared.visitors.visit(request), asked)

    def mark(
        self,
        request: gr.Request,
        event: gr.EventData,
        before: Given | None,
        after: Given | None,
        marks: tuple[Mark, ...],
        *options: Any,
    ) -> list[Any]:
        """Keep what was marked, or say why not."""
        state = state_of(event._data)
        try:
            mark = mark_of(event._data, marks)
            given = before if mark.which == "before" else after
            if given is None:
                raise SkinDeltaError(f"there is no {mark.which} photo; add it, then mark it")
            visit = self.shared.visitors.visit(request)
            trouble = mark_trouble(visit, given, mark, self._choice(*options))
            marks = with_mark(marks, replace(mark, trouble=trouble))
        except SkinDeltaError as error:
            state = state._replace(trouble=sentence_of(error))
        return [marks, marker_html(before, after, marks, state), *self.nothing()]

    def pending(self, event: gr.EventData) -> bool:
        """Remember whether points are set in the marker that are not kept yet."""
        told = event._data
        return isinstance(told, dict) and told.get("pending") is True

    def unmark(
        self,
        event: gr.EventData,
        before: Given | None,
        after: Given | None,
        marks: tuple[Mark, ...],
    ) -> list[Any]:
        """Take a mark away."""
        index = event._data.get("index") if isinstance(event._data, dict) else None
        kept = tuple(mark for place, mark in enumerate(marks) if place != index)
        marker = marker_html(before, after, kept, state_of(event._data))
        return [kept, marker, *self.nothing()]

    def _choice(
        self,
        reference: ReferenceChoice,
        close_up: bool,
        px_per_mm: str | None,
        card_width_mm: str | None,
    ) -> Choice:
        """Return what the options say."""
        numbers = str(px_per_mm or ""), str(card_width_mm or "")
        return Choice(reference, bool(close_up), *numbers, self.shared.options.model)


def _warned(result: Compared) -> Compared:
    """Say that points which are set in the marker had no part in it."""
    return replace(result, status=result.status + words.notice(NOT_KEPT, "bad"))


def _shown(result: Compared) -> list[Any]:
    """Fill everything below the button."""
    return [
        result.status,
        gr.update(visible=result.swapped),
        gr.update(visible=result.asked is not None),
        result.asked,
        result.headline,
        result.table,
        gr.update(visible=bool(result.table), open=_has_regions(result.asked)),
        result.details,
        result.downloads,
        "",
    ]


def _has_regions(asked: Asked | None) -> bool:
    """Whether the visitor drew a region, and so looks for its row."""
    return asked is not None and any(mark.kind == "region" for mark in asked.marks)


def _side_of(given: Given | None, card: str) -> list[Any]:
    """Fill the place of one photo."""
    return [
        given,
        gr.update(visible=given is None),
        gr.update(value=None),
        gr.update(value=None),
        card,
        gr.update(visible=given is not None),
    ]


def _without(which: Which, marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """Drop the marks of a photo that went."""
    return tuple(mark for mark in marks if mark.which != which)


def _telling(progress: gr.Progress) -> Callable[[str], None]:
    """Show what is being done, and how far that is."""

    def tell(doing: str) -> None:
        progress((STEPS.index(doing) + 0.5) / len(STEPS), desc=doing)

    return tell

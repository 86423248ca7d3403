"""What the page Timeline answers when something is pressed; trouble is a sentence in the answer.

What comes from the browser is looked at as if somebody had made it up.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ...errors import SkinDeltaError
from ...history import Scored, rescore, timeline
from ...record import Record
from .. import words
from ..serving.visitors import Visit
from ..shared import Shared
from ..trouble import sentence_of
from .chart import chart_html
from .people import add_example
from .side_by_side import large_html, pair_of, side_by_side, trouble_html
from .view import series_of

__all__ = ["Answers"]

Who = tuple[str, str]  # pseudonym, body site
SAME = (
    "This is the photo that the others are held against. Press another one to see both side by side"
)
Tell = Callable[..., Any]


class Answers:
    """The answers of one server.

    Parameters
    ----------
    shared : Shared
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    def named(self, event: Any) -> str:
        """Return the id of a session that an event names; empty where it names none."""
        told = getattr(event, "_data", None)
        session = told.get("session") if isinstance(told, Mapping) else None
        return session if isinstance(session, str) and len(session) <= 64 else ""

    def shot(self, event: Any) -> int:
        """Return which shot an event names; the first where it names none."""
        told = getattr(event, "_data", None)
        shot = told.get("shot") if isinstance(told, Mapping) else None
        return shot if isinstance(shot, int) and 0 <= shot < 1000 else 0

    def pair(self, visit: Visit, who: Who, chosen: str, against: str, tell: Tell) -> str:
        """Return two sessions side by side."""
        try:
            record, line = self._open(visit, who)
            if not chosen:
                return words.notice("Press another photo to see both side by side")
            pair = pair_of(line, chosen, against)
            if pair is None:
                return words.notice(SAME)
            return side_by_side(record, visit, line, pair, lambda share, doing: tell(share, doing))
        except SkinDeltaError as error:
            return words.notice(sentence_of(error), "bad")

    def large(self, visit: Visit, who: Who, session: str, shot: int) -> str:
        """Return one photo, large."""
        try:
            record, line = self._open(visit, who)
        except SkinDeltaError as error:
            return trouble_html(error)
        return large_html(record, visit, line, session, shot)

    def chart(self, visit: Visit, who: Who, drawn: Who, pair: tuple[str, str]) -> str:
        """Return another chart: `drawn` is the measure and the region."""
        try:
            _, line = self._open(visit, who)
            return chart_html(line, series_of(line, *drawn), *pair)
        except SkinDeltaError as error:
            return words.notice(sentence_of(error), "bad")

    def unlock(self, visit: Visit, passphrase: str) -> str:
        """Open the photos for this tab; return what went wrong, if anything."""
        if not passphrase:
            return words.notice("Type the passphrase of the record first", "bad")
        try:
            self._shared.records.unlock(visit, passphrase)
        except SkinDeltaError as error:
            return words.notice(sentence_of(error), "bad")
        return ""

    def measure(self, visit: Visit, who: Who, tell: Tell) -> str:
        """Measure what was not measured yet; say what became of it."""
        person, site = who
        done: list[Scored] = []
        try:
            record, line = self._open(visit, who)
            count = max(1, line.unscored)

            def one(scored: Scored) -> None:
                done.append(scored)
                new = sum(shot.is_new or shot.failed for shot in done)
                tell(min(1.0, new / count), f"Measured {new} of {count}")

            tell(0.0, f"Measured 0 of {count}")
            rescore(record, person, site=site, tell=one)
        except SkinDeltaError as error:
            return words.notice(sentence_of(error), "bad")
        return _measured(done)

    def example(self, visit: Visit, tell: Tell) -> tuple[str, str]:
        """Add the example; return who it is, and what went wrong, if anything."""
        try:
            return add_example(self._shared.records.of(visit), tell), ""
        except SkinDeltaError as error:
            return "", words.notice(sentence_of(error), "bad")

    def _open(self, visit: Visit, who: Who) -> tuple[Record, Any]:
        record = self._shared.records.of(visit)
        return record, timeline(record, who[0] or "", who[1] or "face")


def _measured(done: list[Scored]) -> str:
    """Say how many shots were measured, and why others were not."""
    new = sum(shot.is_new and not shot.trouble for shot in done)
    told = f"{new} shot{' was' if new == 1 else 's were'} measured."
    troubles = dict.fromkeys(
        f"{shot.session.taken_at:%Y-%m-%d}, {shot.photo.name}: {shot.trouble}"
        for shot in done
        if shot.trouble and (shot.is_new or shot.failed)
    )
    if not troubles:
        return words.notice(told, "good")
    return words.notice(f"{told} Not all could be: {'; '.join(troubles)}", "bad")

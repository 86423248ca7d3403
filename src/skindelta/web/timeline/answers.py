"""What the page Timeline answers when something is pressed; trouble is a sentence in the answer.

What comes from the browser is looked at as if somebody had made it up.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ...errors import SkinDeltaError
from ...history import Scored, Timeline, rescore, timeline
from ...record import Record
from .. import words
from ..entries.whose import about, owned
from ..serving.visitors import Visit
from ..shared import Shared
from ..trouble import sentence_of
from .chart import chart_html
from .people import add_example
from .side_by_side import large_html, pair_of, side_by_side, trouble_html
from .view import series_of
from .widgets import HINT

__all__ = ["Answers", "marked", "pressed_of"]

Who = tuple[str | None, str | None]  # pseudonym, body site
SAME = (
    "This is the photo that the others are held against. Press another one to see both side by side"
)
Tell = Callable[..., Any]


def marked(who: Who, session: str) -> str:
    """Note a session with whose it is: what was pressed of one is nothing of another."""
    return "\n".join((who[0] or "", who[1] or "", session))  # no name holds such a sign


def pressed_of(who: Who, noted: str) -> str:
    """Return the session that was noted of somebody; empty where it is of somebody else."""
    whose, _, session = (noted or "").rpartition("\n")
    return session if whose == marked(who, "").removesuffix("\n") else ""


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
            shown = self._pair(record, about(visit, line.subject), line, (chosen, against), tell)
        except SkinDeltaError as error:
            shown = words.notice(sentence_of(error), "bad")
        return owned(shown, *who, HINT)

    def large(self, visit: Visit, who: Who, session: str, shot: int) -> str:
        """Return one photo, large."""
        try:
            record, line = self._open(visit, who)
            shown = large_html(record, about(visit, line.subject), line, session, shot)
        except SkinDeltaError as error:
            shown = trouble_html(error)
        return owned(shown, *who)

    def chart(self, visit: Visit, who: Who, drawn: tuple[str, str], pair: tuple[str, str]) -> str:
        """Return another chart: `drawn` is the measure and the region."""
        try:
            _, line = self._open(visit, who)
            shown = chart_html(line, series_of(line, *drawn), *pair)
        except SkinDeltaError as error:
            shown = words.notice(sentence_of(error), "bad")
        return owned(shown, *who)

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
        done: list[Scored] = []
        try:
            record, line = self._open(visit, who)
            count = max(1, line.unscored)

            def one(scored: Scored) -> None:
                done.append(scored)
                new = sum(shot.is_new or shot.failed for shot in done)
                tell(min(1.0, new / count), f"Measured {new} of {count}")

            tell(0.0, f"Measured 0 of {count}")
            options = self._shared.options
            rescore(record, line.subject.pseudonym, options, line.site.name, tell=one)
        except SkinDeltaError as error:
            sentence = sentence_of(error)
            return owned(words.notice(sentence, "bad"), *who, f"For {who[0]}: {sentence}")
        told = _told(done)
        return owned(_measured(done), *who, f"For {who[0]}: {told}")

    def example(self, visit: Visit, tell: Tell) -> tuple[str, str]:
        """Add the example; return who it is, and what went wrong, if anything."""
        try:
            record = self._shared.records.of(visit)
            return add_example(record, tell, self._shared.options), ""
        except SkinDeltaError as error:
            return "", words.notice(sentence_of(error), "bad")

    def _pair(
        self, record: Record, visit: Visit, line: Timeline, pressed: tuple[str, str], tell: Tell
    ) -> str:
        if not pressed[0]:
            return words.notice("Press another photo to see both side by side")
        pair = pair_of(line, *pressed)
        if pair is None:
            return words.notice(SAME)
        options = self._shared.options
        return side_by_side(
            record, visit, line, pair, lambda share, doing: tell(share, doing), options
        )

    def _open(self, visit: Visit, who: Who) -> tuple[Record, Timeline]:
        record = self._shared.records.of(visit)
        options = self._shared.options
        return record, timeline(record, who[0] or "", who[1] or "face", options)


def _told(done: list[Scored]) -> str:
    """Say how many shots were measured."""
    new = sum(shot.is_new and not shot.trouble for shot in done)
    return f"{new} shot{' was' if new == 1 else 's were'} measured."


def _measured(done: list[Scored]) -> str:
    """Say how many shots were measured, and why others were not."""
    told = _told(done)
    troubles = dict.fromkeys(
        f"{shot.session.taken_at:%Y-%m-%d}, {shot.photo.name}: {shot.trouble}"
        for shot in done
        if shot.trouble and (shot.is_new or shot.failed)
    )
    if not troubles:
        return words.notice(told, "good")
    return words.notice(f"{told} Not all could be: {'; '.join(troubles)}", "bad")

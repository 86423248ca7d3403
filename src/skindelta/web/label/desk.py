"""Who labels, what is asked next, and what becomes of an answer.

All of it follows from the file of labels: who reloads the page, or starts the server again, goes on
where the last row is. What comes from the browser is looked at as if somebody had made it up; an
answer names the question that it answers, so none is taken for another that came meanwhile.
"""

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from ...errors import LabelError, SkinDeltaError
from ...learning.label_book import Book
from ...learning.label_imports import PhotoPair
from ...learning.raters import agreement_report
from ...learning.raters import told as agreement_told
from ...learning.scales import CANNOT_JUDGE
from ..serving.visitors import Visit
from ..shared import Labelling, Shared
from ..trouble import sentence_of
from . import order
from .asked import CHOICE, Asked, asked_of
from .doubts import AHEAD, Beside, Doubts
from .drawing import LESS_BLIND, Scene, agreement_html, scene_html
from .pictures import Cache, Shelved, Shown, blinded, put_out
from .questions import (
    SAME,
    Judged,
    Question,
    choice_label,
    judged_of,
    more_of,
    questions_of,
    size_label,
)
from .sources import FolderSource, Gone, RecordSource, Source

__all__ = ["Desk"]

MOST_SITTINGS = 200  # raters with what they label; the oldest begin anew from the file
STALE = "That question was answered already, in another tab or by a second press: this one is next"
NOT_YET = f"This is shown after {LESS_BLIND} labels of your own, so that it does not lead you"
SIDES = ("left", "right")
Clock = Callable[[], datetime]


class _Now(NamedTuple):
    """Where a rater is."""

    judged: Judged
    question: Question | None
    next: Question | None
    left: int
    turned: bool
    token: str
    showing: str


class _Sitting:
    """One rater and what is asked: the questions, and which came when."""

    def __init__(self, asked: Asked, seed: str, questions: tuple[Question, ...]) -> None:
        self.asked, self.seed, self.questions = asked, seed, questions
        # By what was answered before: an undo leads back to the same question.
        self.fixed: dict[int, Question] = {}


class Desk:
    """All who label at one server.

    Parameters
    ----------
    shared : Shared
    clock : callable
        Gives the time in UTC.
    """

    def __init__(self, shared: Shared, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self._shared, self._clock = shared, clock
        self._secret = secrets.token_hex(16)
        self._lock = threading.RLock()
        self._sittings: OrderedDict[Asked, _Sitting] = OrderedDict()
        self._tabs: dict[str, Shelved] = {}
        self._doubts, self._beside, self._cache = Doubts(shared.options), Beside(), Cache()
        given = shared.labelling
        self.book = Book(shared.labels_file)
        self._source = _source_of(shared, given)
        shared.visitors.on_leave.append(self.forget)

    def forget(self, session: str) -> None:
        """Forget what a closed tab was shown."""
        with self._lock:
            self._tabs.pop(session, None)

    # ------------------------------------------------------------ beginning

    def trouble(self, visit: Visit) -> tuple[str, tuple[str, ...]]:
        """Return why there is nothing to label (empty where there is), and what was left out."""
        found = self._source.find(visit)
        return found.trouble, found.notes

    def begin(self, visit: Visit, rater: Any, attributes: Any, scale: Any, region: Any) -> Asked:
        """Take somebody in who labels; raises LabelError that says what is missing."""
        with self._lock:
            labels = self.book.labels()
            known = list(dict.fromkeys(one.rater for one in labels))
            asked = asked_of(
                _text(rater),
                [_text(one) for one in attributes] if isinstance(attributes, list | tuple) else [],
                _text(scale),
                _text(region),
                known,
            )
            self._look_anew(visit, asked)
            return asked

    def _look_anew(self, visit: Visit, asked: Asked) -> _Sitting:
        """Look for what may be labelled now; what was asked already stays in its place."""
        found = self._source.find(visit)
        questions = questions_of(found.pairs, asked)
        if not questions:
            wanted = "close-ups" if asked.region == "skin" else "photos of that kind"
            raise LabelError(found.trouble or f"there are no {wanted} to label")
        seed = f"{asked.rater.casefold()}\n{self.book.file.name}"
        sitting = self._sittings.pop(asked, None)
        if sitting is None or sitting.questions != questions:
            sitting = _Sitting(asked, seed, questions)
        self._sittings[asked] = sitting
        while len(self._sittings) > MOST_SITTINGS:
            self._sittings.popitem(last=False)
        return sitting

    # ------------------------------------------------------------ answers

    def show(
        self, visit: Visit, asked: Asked, trouble: str = "", unsaved: str = "", more: str = ""
    ) -> str:
        """Return the question that is asked now; raises SkinDeltaError where it cannot be shown."""
        sitting, now, shown = self._ready(visit, asked)
        chosen = ""
        if now.judged.half is not None and more_of(now.judged.half) != SAME:
            chosen = _side(more_of(now.judged.half), now.turned)
        photos = ("", "")
        if shown is not None:
            photos = (shown.after, shown.before) if now.turned else (shown.before, shown.after)
        return scene_html(
            Scene(
                asked,
                now.question,
                now.token,
                now.showing,
                photos,
                chosen,
                len(now.judged.whole),
                now.left,
                self.book.file.name,
                trouble,
                unsaved,
                more,
            )
        )

    def answer(self, visit: Visit, asked: Asked, told: Any) -> str:
        """Write an answer down, and return what comes next.

        What cannot be saved stays on the page, and can be sent again.
        """
        told = told if isinstance(told, Mapping) else {}
        given = _text(told.get("answer"))
        try:
            with self._lock:
                now = self._now(self._sitting(visit, asked))
                is_meant = now.question is not None and told.get("token") == now.token
                if is_meant:
                    self._write(asked, now, given)
        except SkinDeltaError as error:
            return self.show(visit, asked, sentence_of(error), given)
        return self.show(visit, asked, "" if is_meant else STALE)

    def undo(self, visit: Visit, asked: Asked) -> str:
        """Take the last answer of this rater back, and ask again."""
        try:
            with self._lock:
                judged = self._now(self._sitting(visit, asked)).judged
                last = judged.half or (judged.whole[-1] if judged.whole else None)
                if last is not None:
                    self.book.take_back(reversed(last.labels))
        except SkinDeltaError as error:
            return self.show(visit, asked, sentence_of(error))
        return self.show(visit, asked)

    def agree(self, visit: Visit, asked: Asked) -> str:
        """Return the question with how raters agree below it."""
        with self._lock:
            done = len(self._now(self._sitting(visit, asked)).judged.whole)
            labels = self.book.labels()
        if done < LESS_BLIND:
            return self.show(visit, asked, NOT_YET)
        sentences = agreement_told(agreement_report(labels))
        return self.show(visit, asked, more=agreement_html(sentences))

    def _write(self, asked: Asked, now: _Now, given: str) -> None:
        """Write the rows of an answer; raises LabelError where it is none, or cannot be written."""
        question, half, at = now.question, now.judged.half, self._clock()
        assert question is not None  # noqa: S101  # the caller looked
        if half is not None and more_of(half) != SAME:
            if not (given.isdecimal() and given.isascii() and 1 <= int(given[:2]) <= asked.sizes):
                raise LabelError(f"say how much more, from 1 to {asked.sizes}")
            self.book.add(size_label(question, asked, more_of(half), int(given), at))
            return
        if given not in (*SIDES, SAME, CANNOT_JUDGE):
            raise LabelError("say which photo shows more: left, right, the same, or cannot judge")
        if half is not None:  # "the same", whose size could not be written
            self.book.take_back(half.labels)
        choice = _photo_at(given, now.turned) if given in SIDES else given
        self.book.add(choice_label(question, asked, choice, at))
        if choice == SAME and asked.scale != CHOICE:
            self.book.add(size_label(question, asked, SAME, 0, at))

    # ------------------------------------------------------------ what is asked

    def _sitting(self, visit: Visit, asked: Asked) -> _Sitting:
        sitting = self._sittings.get(asked)
        return sitting if sitting is not None else self._look_anew(visit, asked)

    def _now(self, sitting: _Sitting) -> _Now:
        """Find out where a rater is, and what comes after."""
        labels = self.book.labels()
        judged = judged_of(labels, sitting.questions, sitting.asked)
        history = judged.questions
        question = self._asked_after(sitting, labels, history)
        if judged.half is not None:
            question = judged.half.question
            sitting.fixed[hash(history)] = question
        following = None
        if question is not None:
            following = self._asked_after(sitting, labels, (*history, question))
        times = history.count(question) if question is not None else 0
        turned = question is not None and order.is_turned(question, times, sitting.seed)
        showing = self._named(sitting.asked, question, len(history))
        token = self._named(showing, "half" if judged.half else "new")
        # Repeats count: else a number that stays would tell that one was.
        left = len(self._coming(sitting, labels, history))
        return _Now(judged, question, following, left, turned, token, showing)

    def _asked_after(
        self, sitting: _Sitting, labels: tuple[Any, ...], history: tuple[Question, ...]
    ) -> Question | None:
        """Return what comes after these answers; the same whenever it is asked."""
        before = hash(history)
        if before not in sitting.fixed:
            found = self._coming(sitting, labels, history)
            if not found:
                return None
            sitting.fixed[before] = found[0]
        return sitting.fixed[before]

    def _coming(
        self, sitting: _Sitting, labels: tuple[Any, ...], history: tuple[Question, ...]
    ) -> list[Question]:
        doubts, tones = self._doubts.known()
        by_attribute, people = order.counts_of(labels)
        known = order.Known(frozenset(history), doubts, tones, by_attribute, people)
        return order.coming(sitting.questions, history, known, sitting.seed)

    def _named(self, *what: object) -> str:
        """Name something so that nobody can tell what it is."""
        text = "\n".join(map(repr, (self._secret, *what)))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]

    # ------------------------------------------------------------ photos

    def _ready(self, visit: Visit, asked: Asked) -> tuple[_Sitting, _Now, Shown | None]:
        """Return where a rater is, with the pictures; what is gone is left out."""
        with self._lock:
            sitting = self._sitting(visit, asked)
            now = self._now(sitting)
        try:
            shown = self._shown(visit, now)
        except Gone:
            with self._lock:
                sitting = self._look_anew(visit, asked)
                now = self._now(sitting)
            shown = self._shown(visit, now)
        self._prepare(visit, sitting, now)
        return sitting, now, shown

    def _shown(self, visit: Visit, now: _Now) -> Shown | None:
        """Return the addresses of the pictures, made where the tab has them not."""
        if now.question is None:
            return None
        pair = now.question.pair
        about = self._source.about(visit, pair)
        with self._lock:
            shelved = self._tabs.setdefault(visit.session, Shelved())
            for key, shown, files in shelved.pairs:
                if key == now.showing and all(one.path.exists() for one in files):
                    return shown
        made = self._cache.take(pair) or self._made(visit, pair)
        with self._lock:
            return put_out(visit, shelved, now.showing, made, about)

    def _made(self, visit: Visit, pair: PhotoPair) -> tuple[bytes, bytes]:
        before, after = (self._source.photo(visit, name) for name in (pair.before, pair.after))
        return blinded(before, after, pair.close_up)

    def _prepare(self, visit: Visit, sitting: _Sitting, now: _Now) -> None:
        """Make the next pictures beside, then measure a few of the pairs that come."""
        work: list[Callable[[], None]] = []
        if now.next is not None and now.next.pair not in self._cache:
            work.append(partial(self._make_ahead, visit, now.next.pair))
        with self._lock:
            history = (*now.judged.questions, *([now.question] if now.question else []))
            following = self._coming(sitting, self.book.labels(), history)[: 2 * AHEAD]
        read = partial(self._source.photo, visit)
        for pair in self._doubts.open_among([one.pair for one in following]):
            work.append(partial(self._doubts.measure, pair, read))
        self._beside.want(work)

    def _make_ahead(self, visit: Visit, pair: PhotoPair) -> None:
        self._cache.put(pair, self._made(visit, pair))


def _source_of(shared: Shared, given: Labelling | None) -> Source:
    if given is None or given.photos is None:
        return RecordSource(shared.records)
    return FolderSource(given.photos, given.file, given.region == "skin")


def _side(photo: str, turned: bool) -> str:
    """Return where ``before`` or ``after`` lies."""
    return SIDES[(photo == "after") != turned]


def _photo_at(side: str, turned: bool) -> str:
    """Return which photo lies at a side."""
    return "after" if (side == "right") != turned else "before"


def _text(told: Any) -> str:
    return told if isinstance(told, str) and len(told) <= 1000 else ""

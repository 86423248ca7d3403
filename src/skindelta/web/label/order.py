"""What is asked next: what teaches most, a share by chance alone, and hidden repeats.

A pair that is clearly changed, or clearly is not, teaches a model little; one near the smallest
change that can be detected teaches much. So do rare skin tones and attributes with few labels. But
labels that were picked by what a model finds hard would be an unfair examination of models: a third
of the picks are by chance alone, whatever is known of them.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from ...learning.label_imports import PhotoPair
from ...learning.label_row import Label
from ...learning.split import person
from .questions import Question

__all__ = ["FAIR_SHARE", "Known", "coming", "counts_of", "is_turned", "order_of"]

FAIR_SHARE = 1 / 3  # of the picks are by chance alone
MIDDLING = 0.5  # doubt about a pair that was not measured yet
RARE = 0.5  # what the rarest tone or attribute counts, beside the doubt of 0 to 1
CHANCE = 0.5  # and by how much chance mixes the others: no two raters see the same order
REPEATED = 8  # of so many pairs one comes again
APART = 5  # pairs between a pair and its repeat, at least
LATER = 5  # and up to so many less one more, so that nobody can count


@dataclass(frozen=True)
class Known:
    """What is known of the questions.

    Attributes
    ----------
    judged : collection of Question
        Answered by this rater.
    doubts : mapping of (PhotoPair, attribute, region) to float
        0 is sure, 1 is near the smallest detectable change, or without a verdict.
    tones : mapping of str to str
        Tone group of each person, by pseudonym, as far as it is known.
    labels : mapping of str to int
        So far, of all raters, by attribute.
    people : mapping of str to int
        Labels so far by person.
    """

    judged: frozenset[Question] = frozenset()
    doubts: Mapping[tuple[PhotoPair, str, str], float] = field(
        default_factory=lambda: MappingProxyType({})
    )
    tones: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    labels: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    people: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


def counts_of(labels: Sequence[Label]) -> tuple[Counter[str], Counter[str]]:
    """Count labels so far, by attribute and by person."""
    by_attribute = Counter(one.attribute for one in labels)
    return by_attribute, Counter(person(one.subject) for one in labels)


def order_of(
    questions: Sequence[Question], known: Known, rng: np.random.Generator
) -> list[Question]:
    """Order what was not answered yet, what teaches most first.

    Parameters
    ----------
    questions : sequence of Question
        All, answered ones too: chance then falls the same way, however many are answered.
    known : Known
    rng : numpy.random.Generator
        New from the same seed each time, for the same order.

    Returns
    -------
    list of Question
        Each that is open, once. About `FAIR_SHARE` of the places are filled by chance alone.
    """
    count = len(questions)
    fair = rng.random(count) < FAIR_SHARE
    drawn, mixed = rng.random(count), rng.random(count)
    rare = _rarity(known.labels, {one.attribute for one in questions})
    tones = _tone_rarity(questions, known)
    worth = {
        one: known.doubts.get((one.pair, one.attribute, one.region), MIDDLING)
        + RARE * (rare[one.attribute] + tones[person(one.pair.subject)])
        + CHANCE * mixed[place]
        for place, one in enumerate(questions)
    }
    by_worth = iter(sorted(range(count), key=lambda at: (-worth[questions[at]], drawn[at])))
    by_chance = iter(sorted(range(count), key=lambda at: drawn[at]))
    taken: dict[int, None] = {}
    for is_fair in fair:
        picks = by_chance if is_fair else by_worth
        taken[next(at for at in picks if at not in taken)] = None
    return [questions[at] for at in taken if questions[at] not in known.judged]


def coming(
    questions: Sequence[Question], judged: Sequence[Question], known: Known, seed: str
) -> list[Question]:
    """Return all that is still asked, hidden repeats among it.

    Parameters
    ----------
    questions : sequence of Question
    judged : sequence of Question
        In the order in which they were answered, repeats included.
    known : Known
    seed : str
        Of the rater and the file.
    """
    rng = np.random.default_rng(_drawn(seed, "order"))
    fresh = order_of(questions, known, rng)
    return list(_walk(judged, fresh, seed))


def is_turned(question: Question, times: int, seed: str) -> bool:
    """Whether the later photo is at the left when a question is asked after so many times."""
    return bool(_drawn(seed, "side", *question.pair, *question[1:], times) & 1)


def _rarity(counts: Mapping[str, int], names: set[str]) -> dict[str, float]:
    """0 for what has most labels, 1 for what has none; 0 where there are no labels."""
    most = max((counts.get(name, 0) for name in names), default=0)
    return {name: 1 - counts.get(name, 0) / most if most else 0.0 for name in names}


def _tone_rarity(questions: Sequence[Question], known: Known) -> dict[str, float]:
    """How rare the skin tone of each person is, among the labels so far and then the people."""
    people = {person(one.pair.subject) for one in questions}
    tones = {person(name): tone for name, tone in known.tones.items()}
    labelled: Counter[str] = Counter()
    for name, tone in tones.items():
        labelled[tone] += 1 + known.people.get(name, 0)
    rare = _rarity(labelled, set(labelled))
    return {one: rare[tones[one]] if one in tones else MIDDLING for one in people}


def _walk(judged: Sequence[Question], fresh: Iterable[Question], seed: str) -> Iterator[Question]:
    """Yield what comes after what was judged: a repeat that is due, else a new question."""
    course, waiting = _Course(seed), list(fresh)
    for one in judged:
        course.note(one)
    while True:
        found = course.due(waits=bool(waiting))
        if found is None and waiting:
            found = next((one for one in waiting if course.is_apart(one)), waiting[0])
            waiting.remove(found)
        if found is None:
            return
        course.note(found)
        yield found


class _Course:
    """What was asked so far, and what of it comes again.

    One of each `REPEATED` questions does, `APART` others later or more. A pair is not asked about
    another attribute at once either, as far as there are others: who has just seen more redness
    expects rougher skin.
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._asked: set[Question] = set()
        self._shown: dict[PhotoPair, int] = {}
        self._count = 0
        self._again: list[Question] = []

    def note(self, one: Question) -> None:
        """One more was asked."""
        if one in self._again:
            self._again.remove(one)
        elif one not in self._asked:
            block, place = divmod(len(self._asked), REPEATED)
            if place == _drawn(self._seed, "repeat", block) % REPEATED:
                self._again.append(one)
        self._asked.add(one)
        self._count += 1
        self._shown[one.pair] = self._count

    def is_apart(self, one: Question, more: int = 0) -> bool:
        """Whether enough others were asked since its pair was shown."""
        return one.pair not in self._shown or (self._count - self._shown[one.pair] >= APART + more)

    def due(self, waits: bool) -> Question | None:
        """Return the repeat whose turn it is; where there is something else it may wait longer."""
        for one in self._again:
            later = _drawn(self._seed, "later", *one.pair, one.attribute) % LATER if waits else 0
            if self.is_apart(one, later):
                return one
        return None


def _drawn(*what: object) -> int:
    """Draw a number that is the same for the same words."""
    digest = hashlib.sha256("\n".join(map(str, what)).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big")

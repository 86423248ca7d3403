"""From the stored comparisons of a session's shots to one value with its interval and verdict."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from math import hypot
from statistics import median
from typing import Any, NamedTuple

from ..attributes import attribute
from ..record import Session
from ..score import verdict_of
from ..types import Verdict
from .statistics import OwnNoise, Z, agreeing, own_noise, robust_mean

__all__ = ["Compared", "Kind", "Point", "Shot", "points_of", "steps_of"]

Document = Mapping[str, Any]


class Kind(NamedTuple):
    """What is followed: an attribute of a region, absolute or relative."""

    attribute: str
    region: str
    basis: str

    @property
    def unit(self) -> str:
        """Of its values."""
        return attribute(self.attribute).unit


@cache
def _kind(name: str, region: str, basis: str) -> Kind:
    """Return a kind, the same each time."""
    return Kind(name, region, basis)


class Shot(NamedTuple):
    """What one shot shows against the baseline; `reason` says why there is no value."""

    value: float | None
    half: float = 0.0
    sdc: float = 0.0
    reason: str = ""
    reference: str = "none"
    source: str = ""


class Point(NamedTuple):
    """What one session shows against another, of one kind.

    Attributes
    ----------
    session : Session
    against : Session
    value, low, high, sdc : float or None
        In the unit of the kind; None with a reason. The baseline itself is 0 without an interval.
    verdict : str
        What became of the skin from the earlier of both sessions to the later.
    reason : str
        Why there is no value; empty otherwise.
    shots, taken : int
        How many shots the value rests on, of how many.
    reference, source : str
        What the colors were matched by, and what measured.
    """

    session: Session
    against: Session
    value: float | None = None
    low: float | None = None
    high: float | None = None
    sdc: float | None = None
    verdict: Verdict = "not measurable"
    reason: str = ""
    shots: int = 0
    taken: int = 0
    reference: str = "none"
    source: str = ""

    @property
    def is_baseline(self) -> bool:
        """Whether this is the session that all are held against."""
        return self.session.id == self.against.id

    @property
    def is_earlier(self) -> bool:
        """Whether it was taken before what it is held against: the verdict then runs forward."""
        return self.session.taken_at < self.against.taken_at

    @property
    def half(self) -> float:
        """Half the width of the interval, 0 where there is none."""
        return 0.0 if self.low is None or self.high is None else (self.high - self.low) / 2


NOT_SCORED = "not scored against this baseline yet"
NONE_BEFORE = "no session before it could be measured"


class Compared(NamedTuple):
    """What a timeline takes from a stored comparison: hundreds of them are held at once.

    Attributes
    ----------
    shots : mapping of Kind to Shot
    reason : str
        Why there are no scores; empty otherwise.
    made_with : mapping
    """

    shots: Mapping[Kind, Shot]
    reason: str
    made_with: Mapping[str, Any]

    @classmethod
    def of(cls, document: Document) -> "Compared":
        """Read a comparison as it is stored."""
        shots = {
            _kind(score["attribute"], score["region"], score["basis"]): _of_score(score)
            for score in document["scores"]
        }
        reasons = document["reasons"]
        return cls(shots, reasons[0]["message"] if reasons else "", document["made_with"])

    def shot(self, kind: Kind) -> Shot:
        """Return one kind of it."""
        if kind in self.shots:
            return self.shots[kind]
        return Shot(None, reason=self.reason or f"these photos show no {kind.region}")


def points_of(
    kind: Kind, baseline: Session, sessions: Sequence[tuple[Session, tuple[Shot, ...]]]
) -> tuple[tuple[Point, ...], OwnNoise | None]:
    """Return one point a session, and how the shots of this person repeat where enough tell.

    Parameters
    ----------
    kind : Kind
    baseline : Session
    sessions : sequence of (Session, tuple of Shot)
        The oldest first; the baseline's shots are not looked at.

    Returns
    -------
    points : tuple of Point
    own : OwnNoise or None
    """
    chosen = [(session, _alike(shots), shots) for session, shots in sessions]
    others = [alike for session, alike, _ in chosen if session.id != baseline.id]
    own = own_noise([[shot.value for shot in alike if shot.value is not None] for alike in others])
    points = tuple(
        Point(session, baseline, 0.0, verdict="no measurable change", taken=len(session.photos))
        if session.id == baseline.id
        else _point(kind, session, baseline, alike, shots, own)
        for session, alike, shots in chosen
    )
    return points, own


def steps_of(kind: Kind, points: Sequence[Point]) -> tuple[Point, ...]:
    """Return what each session shows against the measured one before it.

    Both were held against the baseline. Its error is in both and drops out of their difference,
    which is left out of account: the noise of a step is the root of the sum of both squares.

    Parameters
    ----------
    kind : Kind
    points : sequence of Point
        The oldest first.

    Returns
    -------
    tuple of Point
        One for each session but the first; without a value where the session has none.
    """
    steps: list[Point] = []
    before: Point | None = None
    for point in points:
        if before is not None:
            steps.append(_step(kind, before, point))
        elif steps or point is not points[0]:
            steps.append(Point(point.session, points[0].session, reason=NONE_BEFORE))
        before = point if point.value is not None else before
    return tuple(steps)


def _of_score(score: Document) -> Shot:
    if score["value"] is None:
        return Shot(None, reason=score["reason"], reference=score["reference"])
    half = (score["high"] - score["low"]) / 2
    about = score["reference"], score["source"]
    return Shot(score["value"], half, score["sdc"], "", *about)


def _alike(shots: Sequence[Shot]) -> tuple[Shot, ...]:
    """Return the shots that were measured by the same means, as most were, and agree."""
    measured = [shot for shot in shots if shot.value is not None]
    if not measured:
        return ()
    ways = Counter((shot.reference, shot.source) for shot in measured)
    way = ways.most_common(1)[0][0]
    alike = [shot for shot in measured if (shot.reference, shot.source) == way]
    values = [shot.value for shot in alike if shot.value is not None]
    kept = agreeing(values, median(shot.sdc for shot in alike) / Z)
    return tuple(shot for shot, is_kept in zip(alike, kept, strict=True) if is_kept)


def _point(
    kind: Kind,
    session: Session,
    baseline: Session,
    alike: Sequence[Shot],
    shots: Sequence[Shot],
    own: OwnNoise | None,
) -> Point:
    taken = len(session.photos)
    if not alike:
        why = Counter(shot.reason for shot in shots).most_common(1)
        return Point(session, baseline, reason=why[0][0] if why else NOT_SCORED, taken=taken)
    one = median(shot.sdc for shot in alike)
    sdc = one if own is None else own.sdc(one, len(alike))
    values = [shot.value for shot in alike if shot.value is not None]
    value = robust_mean(values, one / Z)
    half = median(shot.half for shot in alike) * (sdc / one)
    first = alike[0]
    forward = -value if session.taken_at < baseline.taken_at else value
    return Point(
        session,
        baseline,
        *(value, value - half, value + half, sdc),
        verdict_of(forward, half, sdc, attribute(kind.attribute).direction),
        shots=len(alike),
        taken=taken,
        reference=first.reference,
        source=first.source,
    )


def _step(kind: Kind, before: Point, point: Point) -> Point:
    if point.value is None or before.value is None:
        return Point(point.session, before.session, reason=point.reason, taken=point.taken)
    value = point.value - before.value
    half, sdc = hypot(before.half, point.half), hypot(before.sdc or 0.0, point.sdc or 0.0)
    return Point(
        point.session,
        before.session,
        *(value, value - half, value + half, sdc),
        verdict_of(value, half, sdc, attribute(kind.attribute).direction),
        shots=min(point.shots or before.shots, before.shots or point.shots),
        taken=point.taken,
        reference=point.reference,
        source=point.source,
    )

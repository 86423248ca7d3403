"""One body site of one person over time: every session against the baseline and the one before.

A timeline is read from what is stored; nothing is measured for it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from ..attributes import ATTRIBUTES
from ..errors import RecordError
from ..pipeline import Options
from ..record import Record, Session, Site, Subject, Symptom, Treatment
from ..recovery import Flag
from ..types import Basis
from .outlook import Outlook, is_before, is_healing, outlook
from .points import Compared, Kind, Point, Shot, points_of, steps_of
from .scoring import baseline_of, model_name, pairs_of
from .statistics import FEWEST, OwnNoise, Trend, Z, trend_of
from .watch import flags_over_time

__all__ = ["Series", "Timeline", "timeline"]

DAY = 86400.0  # seconds
# What is followed of the whole: the headline of each attribute first.
KINDS: tuple[tuple[str, Basis], ...] = (
    ("redness", "absolute"),
    ("redness", "relative"),
    ("hyperpigmentation", "relative"),
    ("hyperpigmentation", "absolute"),
    ("texture", "absolute"),
)


@dataclass(frozen=True)
class Series:
    """One attribute of one region over the sessions.

    Attributes
    ----------
    kind : Kind
    points : tuple of Point
        Against the baseline, the oldest session first.
    steps : tuple of Point
        Against the measured session before.
    own : OwnNoise or None
        How this person's shots repeat within a session, where enough tell.
    trend : Trend or None
    no_trend : str
        Why none was looked for.
    left_out : int
        Sessions within two weeks of a treatment, which say nothing of a trend.
    otherwise : int
        Sessions measured by another formula or network than most, left out too.
    """

    kind: Kind
    points: tuple[Point, ...]
    steps: tuple[Point, ...]
    own: OwnNoise | None
    trend: Trend | None
    no_trend: str = ""
    left_out: int = 0
    otherwise: int = 0

    @property
    def left_out_words(self) -> str:
        """Which measured sessions no trend rests on, and why; empty where it rests on all."""
        early, other = self.left_out, self.otherwise
        told = [f"{early} within two weeks of a treatment"] if early else []
        told += [f"{other} measured by another formula or network than most"] if other else []
        return ", ".join(told)

    @property
    def measured(self) -> tuple[Point, ...]:
        """The points that have a value, without the baseline."""
        return tuple(p for p in self.points if p.value is not None and not p.is_baseline)

    @property
    def gaps(self) -> tuple[Point, ...]:
        """The points that have none."""
        return tuple(point for point in self.points if point.value is None)

    @property
    def latest(self) -> Point | None:
        """The last session after the baseline that could be measured."""
        later = [point for point in self.measured if not point.is_earlier]
        return later[-1] if later else None


@dataclass(frozen=True)
class Timeline:
    """What is known of one body site of one person.

    Attributes
    ----------
    subject : Subject
    site : Site
    model : str
        Whose results these are: ``NAME@VERSION`` or ``formula``.
    now : datetime
        Until when.
    sessions : tuple of Session
        The oldest first.
    baseline : Session or None
    treatments : tuple of Treatment
        Of this site.
    symptoms : tuple of Symptom
    comparisons : mapping of UUID to tuple of Compared
        Of each session, what was stored of its shots against the baseline.
    """

    subject: Subject
    site: Site
    model: str
    now: datetime
    sessions: tuple[Session, ...]
    baseline: Session | None
    treatments: tuple[Treatment, ...]
    symptoms: tuple[Symptom, ...]
    comparisons: Mapping[UUID, tuple[Compared, ...]] = field(repr=False)

    @property
    def whole(self) -> str:
        """Name of the region that carries the verdict."""
        return "skin" if self.site.close_up else "face"

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of all regions that were measured, the whole first."""
        names = {
            kind.region: None
            for compared in self.comparisons.values()
            for one in compared
            for kind in one.shots
        }
        return tuple(sorted(names, key=lambda name: name != self.whole))

    @property
    def unscored(self) -> int:
        """How many shots were not measured against this baseline under this model yet."""
        if self.baseline is None:
            return 0
        others = [one for one in self.sessions if one.id != self.baseline.id]
        return sum(len(one.photos) - len(self.comparisons.get(one.id, ())) for one in others)

    def series(self, attribute: str, region: str | None = None, basis: str | None = None) -> Series:
        """Follow one attribute of one region.

        Parameters
        ----------
        attribute : str
        region : str, optional
            The whole where not given.
        basis : {"absolute", "relative"}, optional
            That of the headline where not given.

        Returns
        -------
        Series

        Raises
        ------
        ValueError
            An unknown attribute or basis.
        """
        bases = [known for name, known in KINDS if name == attribute]
        if not bases:
            known = ", ".join(one.name for one in ATTRIBUTES)
            raise ValueError(f"expected an attribute ({known}), got {attribute!r}")
        if basis is not None and basis not in bases:
            raise ValueError(f"{attribute}: expected a basis ({', '.join(bases)}), got {basis!r}")
        kind = Kind(attribute, region or self.whole, basis or bases[0])
        return self._series(kind)

    @cached_property
    def all_series(self) -> tuple[Series, ...]:
        """Every attribute and basis of the whole, then of every smaller region."""
        smaller = (name for name in self.regions if name != self.whole)
        kinds = (Kind(name, region, basis) for region in smaller for name, basis in KINDS)
        return (*self.headlines, *map(self._series, kinds))

    @property
    def made_with(self) -> Mapping[str, Any]:
        """Versions and options behind the latest comparison; empty where there is none."""
        for session in reversed(self.sessions):
            for one in self.comparisons.get(session.id, ()):
                return dict(one.made_with)
        return {}

    @cached_property
    def headlines(self) -> tuple[Series, ...]:
        """Every attribute and basis of the whole."""
        return tuple(self._series(Kind(name, self.whole, basis)) for name, basis in KINDS)

    @cached_property
    def flags(self) -> tuple[Flag, ...]:
        """What deserves a second look, emergencies first."""
        smaller = (name for name in self.regions if name != self.whole)
        spots = (self._series(Kind("hyperpigmentation", name, "relative")) for name in smaller)
        series = (*self.headlines, *spots)
        return flags_over_time(self.subject, self.treatments, self.symptoms, series, self.now)

    @cached_property
    def outlook(self) -> Outlook:
        """What is usual now, what to do, and when photos can show a result."""
        return outlook(self.subject, self.treatments, self.now)

    def is_too_early(self, session: Session) -> bool:
        """Tell whether a session shows swelling and healing rather than a result."""
        return session.id in self._healing

    @cached_property
    def _healing(self) -> frozenset[UUID]:
        return frozenset(
            one.id for one in self.sessions if is_healing(one.taken_at, self.treatments)
        )

    def last_treatment(self, session: Session) -> Treatment | None:
        """Return the last treatment before a session, of any kind."""
        past = [one for one in self.treatments if not is_before(session.taken_at, one.at)]
        return max(past, key=lambda one: one.at, default=None)

    @property
    def versions(self) -> tuple[str, ...]:
        """Versions of skindelta that measured: of several, numbers may not go together."""
        told = (one for compared in self.comparisons.values() for one in compared)
        return tuple(sorted({str(one.made_with.get("skindelta", "?")) for one in told}))

    @cached_property
    def _known(self) -> dict[Kind, Series]:
        return {}

    def _series(self, kind: Kind) -> Series:
        """Return a series, read once."""
        if kind not in self._known:
            self._known[kind] = self._read(kind)
        return self._known[kind]

    def _read(self, kind: Kind) -> Series:
        if self.baseline is None:
            return Series(kind, (), (), None, None, "there is no session yet")
        shots: list[tuple[Session, tuple[Shot, ...]]] = [
            (session, tuple(one.shot(kind) for one in self.comparisons.get(session.id, ())))
            for session in self.sessions
        ]
        points, own = points_of(kind, self.baseline, shots)
        measured = [point for point in points if point.value is not None]
        settled = [point for point in measured if not self.is_too_early(point.session)]
        alike = _of_one_source(settled)
        trend, why = _trend(alike)
        left_out = len(measured) - len(settled), len(settled) - len(alike)
        return Series(kind, points, steps_of(kind, points), own, trend, why, *left_out)


def _trend(points: Sequence[Point]) -> tuple[Trend | None, str]:
    """Fit a line, or say why there is none."""
    sdcs = [point.sdc for point in points if point.sdc]
    if len(points) < FEWEST or not sdcs:
        have = f"there are {len(points)}" if sdcs else "none could be measured"
        return None, f"a trend takes {FEWEST} measured sessions, {have}"
    own = sorted(sdcs)[len(sdcs) // 2]  # the baseline is as noisy as the others
    found = trend_of(
        [point.session.taken_at.timestamp() / DAY for point in points],
        [point.value or 0.0 for point in points],
        [(point.sdc or own) / Z for point in points],
    )
    return found, "" if found else "all sessions are of one day"


def _of_one_source(points: Sequence[Point]) -> list[Point]:
    """Return the baseline and what was measured by the same formula or network, most of them."""
    sources = Counter(point.source for point in points if point.source)
    most = {source for source, _ in sources.most_common(1)}
    return [point for point in points if point.is_baseline or point.source in most]


def timeline(
    record: Record,
    pseudonym: str,
    site: str = "face",
    options: Options = Options(),  # noqa: B008
    now: datetime | None = None,
) -> Timeline:
    """Read the timeline of one body site.

    Parameters
    ----------
    record : Record
    pseudonym : str
    site : str
    options : Options
        Its model says whose results.
    now : datetime, optional
        The present where not given.

    Returns
    -------
    Timeline

    Raises
    ------
    RecordError
        There is no such person or site.
    ModelError
        The model cannot be used.
    """
    of_site = {one.name: one for one in record.sites(pseudonym)}
    if site not in of_site:
        known = ", ".join(of_site)
        raise RecordError(f"{pseudonym!r} has no body site {site!r} (there are: {known}); add it")
    sessions, model = record.sessions(pseudonym, site), model_name(options)
    baseline = baseline_of(sessions)
    return Timeline(
        subject=record.subject(pseudonym),
        site=of_site[site],
        model=model,
        now=now or datetime.now(UTC),
        sessions=sessions,
        baseline=baseline,
        treatments=tuple(one for one in record.treatments(pseudonym) if one.site == site),
        symptoms=record.symptoms(pseudonym),
        comparisons=_comparisons(record, pseudonym, sessions, baseline, model),
    )


def _comparisons(
    record: Record,
    pseudonym: str,
    sessions: Sequence[Session],
    baseline: Session | None,
    model: str,
) -> dict[UUID, tuple[Compared, ...]]:
    if baseline is None:
        return {}
    stored = record.comparisons(pseudonym, model, Compared.of)
    found = {}
    for session in sessions:
        if session.id != baseline.id:
            pairs = pairs_of(baseline, session)
            keys = [(before.id, after.id, model) for before, after in pairs]
            found[session.id] = tuple(stored[key] for key in keys if key in stored)
    return found

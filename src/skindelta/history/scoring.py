"""Sessions against their baseline: one comparison a shot, kept, and never made twice."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from ..both import both
from ..contract import comparison_to_dict
from ..errors import RecordError, SkinDeltaError
from ..own_models import SHIPPED
from ..photo import read_photo_bytes
from ..pipeline import FORMULA, Options, check, compare, is_path, model_of, with_model
from ..record import Record, Session, Site, StoredPhoto
from ..types import Comparison, Photo
from .shots import read_shots, save_shots

__all__ = [
    "Scored",
    "add_session",
    "baseline_of",
    "compare_sessions",
    "model_name",
    "pairs_of",
    "rescore",
    "score_session",
]

Pair = tuple[StoredPhoto, StoredPhoto]
_DIGEST = 12  # characters that tell two models of one name apart


class Scored(NamedTuple):
    """What became of one shot.

    Attributes
    ----------
    session : Session
    photo : StoredPhoto
    is_new : bool
        Whether it was measured now, or had been.
    trouble : str
        Why it could not be, or may be of another person; empty otherwise.
    failed : bool
        Whether there is no result at all.
    """

    session: Session
    photo: StoredPhoto
    is_new: bool = False
    trouble: str = ""
    failed: bool = False


def model_name(options: Options) -> str:
    """Return what results of a model are kept under: ``NAME@VERSION``, or ``formula``.

    Models that do not ship carry the beginning of their digest too, as nothing keeps two of them
    from having one name: folders can be deleted and made again.

    Raises
    ------
    ModelError
        It is missing or cannot be used.
    """
    model = model_of(options)
    if model is None:
        return FORMULA
    name = f"{model.card.name}@{model.card.version}"
    is_shipped = model.card.name in SHIPPED and not is_path(options.model)
    return name if is_shipped else f"{name}+{model.digest[:_DIGEST]}"


def baseline_of(sessions: Sequence[Session]) -> Session | None:
    """Return the session of one site that the others are held against."""
    return next((session for session in sessions if session.is_baseline), None)


def pairs_of(baseline: Session, session: Session) -> tuple[Pair, ...]:
    """Return which photos are compared: each shot with one of the baseline's, in turn.

    So the errors of the baseline's shots average out with those of the session's, at one
    comparison a shot.
    """
    before = baseline.photos
    return tuple(
        (before[position % len(before)], shot) for position, shot in enumerate(session.photos)
    )


def add_session(
    record: Record,
    pseudonym: str,
    files: Sequence[str | Path],
    taken_at: datetime | None = None,
    site: str = "face",
    is_baseline: bool = False,
    note: str = "",
    options: Options = Options(),  # noqa: B008
    tell: Callable[[Scored], None] = lambda _: None,
) -> tuple[Session, tuple[Scored, ...]]:
    """Keep photos as a session and measure each against the baseline: one comparison a shot.

    Parameters
    ----------
    record, pseudonym, files, taken_at, site, is_baseline, note
        As :func:`skindelta.history.save_session`.
    options : Options
        As :func:`score_session`.
    tell : callable
        Gets each shot when it is done.

    Returns
    -------
    session : Session
        As it was saved.
    scored : tuple of Scored
        One a shot; of the baseline those against which nothing can be held.

    Raises
    ------
    PhotoError, RecordError
        As :func:`skindelta.history.save_session`; nothing was saved.
    ModelError
        The model cannot be used; nothing was saved.
    """
    options = with_model(options)
    shots = read_shots(files)
    saved = save_shots(record, pseudonym, shots, taken_at, site, is_baseline, note)
    kept = zip(saved.photos, shots, strict=True)
    # What is kept of a comparison names files without their folders.
    seen = {one.id: replace(shot.photo, source=one.name) for one, shot in kept}
    scored = []
    for one in _score(record, pseudonym, [saved], options, seen=seen):
        tell(one)
        scored.append(one)
    return saved, tuple(scored)


def score_session(
    record: Record,
    pseudonym: str,
    session: UUID,
    options: Options = Options(),  # noqa: B008
) -> tuple[Scored, ...]:
    """Measure a session against its baseline, where that was not done yet.

    Parameters
    ----------
    record : Record
    pseudonym : str
    session : UUID
    options : Options
        Close-ups and their scale are those of the body site.

    Returns
    -------
    tuple of Scored
        One a shot; of the baseline those against which nothing can be held.

    Raises
    ------
    RecordError
        There is no such session, or photos cannot be opened.
    ModelError
        The model cannot be used.
    """
    chosen = _own(record, pseudonym, session)
    return tuple(_score(record, pseudonym, [chosen], options))


def rescore(
    record: Record,
    pseudonym: str,
    options: Options = Options(),  # noqa: B008
    site: str | None = None,
    again: bool = False,
    tell: Callable[[Scored], None] = lambda _: None,
) -> tuple[Scored, ...]:
    """Measure a whole history under a model, beside what other models said.

    Parameters
    ----------
    record : Record
    pseudonym : str
    options : Options
    site : str, optional
        One body site; all where not given.
    again : bool
        Replace what this model said before, as after an update of skindelta.
    tell : callable
        Gets each shot when it is done.

    Returns
    -------
    tuple of Scored
        What had been measured under the model is not measured again, unless asked for.

    Raises
    ------
    RecordError, ModelError
        As :func:`score_session`.
    """
    done = []
    chosen = record.sessions(pseudonym, site)
    for scored in _score(record, pseudonym, chosen, options, again):
        tell(scored)
        done.append(scored)
    return tuple(done)


def compare_sessions(
    record: Record,
    pseudonym: str,
    before: UUID,
    after: UUID,
    options: Options = Options(),  # noqa: B008
) -> Comparison:
    """Measure the first shots of any two sessions of one site, with maps; nothing is kept.

    Raises
    ------
    RecordError
        There is no such session, the two are of different body sites, the person did not agree to
        be measured, or photos cannot be opened.
    ModelError
        The model cannot be used.
    """
    first, second = (_own(record, pseudonym, one) for one in (before, after))
    if first.site != second.site:
        raise RecordError(
            f"one session shows the {first.site}, the other the {second.site}: choose two of one "
            "body site"
        )
    _check_allowed(record, pseudonym)
    pair = _Photos(record).pair(first.photos[0], second.photos[0])
    # Who gets the result need not know what the files were called.
    earlier, later = (
        replace(
            photo,
            source=f"{one.taken_at:%Y-%m-%d}{Path(photo.source).suffix}",
            taken_at=one.taken_at,
        )
        for photo, one in zip(pair, (first, second), strict=True)
    )
    site = next(site for site in record.sites(pseudonym) if site.name == first.site)
    return compare(earlier, later, _of_site(site, options))


class _Photos:
    """Photos of a record as they were read: of one baseline, and those at hand."""

    def __init__(self, record: Record, seen: Mapping[UUID, Photo] = MappingProxyType({})) -> None:
        self._record = record
        self._kept: dict[UUID, Photo] = {}
        self._seen = dict(seen)

    def of_baseline(self, baseline: Session) -> None:
        """Keep no others."""
        ids = {photo.id for photo in baseline.photos}
        self._kept = {key: photo for key, photo in self._kept.items() if key in ids}

    def pair(self, before: StoredPhoto, after: StoredPhoto) -> tuple[Photo, Photo]:
        """Read two side by side; the first stays at hand."""
        pair = both(self.read, before, after)
        self._kept[before.id] = pair[0]
        self._seen.pop(after.id, None)
        return pair

    def read(self, photo: StoredPhoto) -> Photo:
        """Read one, if it is not at hand."""
        at_hand = self._kept.get(photo.id) or self._seen.get(photo.id)
        return at_hand or read_photo_bytes(self._record.photo(photo.sha256), photo.name)


def _score(
    record: Record,
    pseudonym: str,
    chosen: Sequence[Session],
    options: Options,
    again: bool = False,
    seen: Mapping[UUID, Photo] = MappingProxyType({}),
) -> Iterator[Scored]:
    options = with_model(options)
    model = model_name(options)
    _check_allowed(record, pseudonym)
    known = set() if again else record.compared(pseudonym, model)
    baselines = {one.site: one for one in record.sessions(pseudonym) if one.is_baseline}
    sites = {site.name: site for site in record.sites(pseudonym)}
    photos = _Photos(record, seen)
    for session in sorted(chosen, key=lambda one: (one.site, one.taken_at)):
        baseline = baselines.get(session.site)
        of_site = _of_site(sites[session.site], options)
        if baseline is None or baseline.id == session.id:
            yield from _unusable(session, photos, of_site)
            continue
        photos.of_baseline(baseline)
        for before, after in pairs_of(baseline, session):
            if (before.id, after.id) in known:
                yield Scored(session, after)
                continue
            try:
                comparison = compare(*photos.pair(before, after), of_site)
            except SkinDeltaError as error:  # one photo does not stop the others
                yield Scored(session, after, False, str(error), True)
                continue
            document = comparison_to_dict(comparison)
            record.add_comparison(pseudonym, before.id, after.id, model, document)
            trouble = "; ".join(str(reason) for reason in comparison.reasons)
            yield Scored(session, after, True, trouble)


def _check_allowed(record: Record, pseudonym: str) -> None:
    """Make sure that a person agreed to be measured, and that their photos can be opened."""
    if not record.subject(pseudonym).consent.measuring:
        raise RecordError(f"{pseudonym!r} did not agree to be measured: nothing was measured")
    if record.is_locked:
        raise RecordError("the photos of this record are encrypted: give its passphrase")


def _unusable(session: Session, photos: _Photos, options: Options) -> Iterator[Scored]:
    """Say of the shots of a baseline why nothing can be held against them, where that is so."""
    for shot in session.photos:
        try:
            reasons = check(photos.read(shot), options).quality.reasons
        except SkinDeltaError as error:
            yield Scored(session, shot, False, str(error), True)
            continue
        if reasons:
            why = "; ".join(str(reason) for reason in reasons)
            told = f"nothing can be held against this photo of the baseline: {why}"
            yield Scored(session, shot, False, told)


def _own(record: Record, pseudonym: str, session: UUID) -> Session:
    for one in record.sessions(pseudonym):
        if one.id == session:
            return one
    raise RecordError(f"{pseudonym!r} has no session {session}: list them first")


def _of_site(site: Site, options: Options) -> Options:
    return replace(options, close_up=site.close_up, px_per_mm=site.px_per_mm)

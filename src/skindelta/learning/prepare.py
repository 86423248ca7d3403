"""From labels to examples: every labelled pair, the same taken anew, and known changes.

Photos take most of the time of a training, so examples are made by two processes and kept by what
they were made from: a run that was stopped goes on, and the next run with more labels makes only
what is new. A photo that cannot be read or compared costs its own labels, never the others'.
"""

import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ..errors import AlignmentError, PhotoError
from ..photo import read_bytes, read_photo_bytes
from ..pipeline import Options
from .examples import Example, Refused, example_of, kept_example, key_of
from .label_row import Find, Label, find_photo
from .replay import one_thread, replayed, replayed_skin, retaken
from .split import part_of, person
from .targets import KNOWN, OWN_PHOTO, Target, targets_of, truths_of

__all__ = ["Amounts", "Prepared", "pair_example", "prepare"]

Source = Path | bytes
WORKERS = 2


@dataclass(frozen=True)
class Amounts:
    """How many examples beside the labelled pairs.

    Attributes
    ----------
    retakes : int
        Of each labelled pair of people to learn from.
    own_photos : int
        Known changes made in photos of these people, at most.
    generated : int
        Known changes made in generated skin.
    """

    retakes: int = 1
    own_photos: int = 40
    generated: int = 60


class Prepared(NamedTuple):
    """What there is to learn from.

    Attributes
    ----------
    examples : tuple of Example
    targets : tuple of Target
        Of all parts.
    unused : tuple of (Label, str)
        Labels that say nothing, each with its reason.
    pairs : Mapping of (before, after) to int
        Which example a labelled pair is.
    origins : Mapping of int to int
        Of a pair that was taken anew, which example it was before.
    """

    examples: tuple[Example, ...]
    targets: tuple[Target, ...]
    unused: tuple[tuple[Label, str], ...]
    pairs: Mapping[tuple[str, ...], int]
    origins: Mapping[int, int]


class _Job(NamedTuple):
    """One example to make: what of, and for whom."""

    what: str  # "pair", "retaken", "own photo", "generated"
    photos: tuple[Source, ...]
    seed: int
    person: str
    names: tuple[str, ...]  # of a pair: as its labels say


def prepare(
    labels: Sequence[Label],
    folder: Path,
    options: Options,
    kept: Path,
    amounts: Amounts = Amounts(),  # noqa: B008
    find: Find | None = None,
    tell: Callable[[int, int], None] = lambda done, of: None,
    workers: int = WORKERS,
) -> Prepared:
    """Make all examples of labels.

    Parameters
    ----------
    labels : sequence of Label
        Of two photos each.
    folder : Path
        That paths of photos are relative to.
    options : Options
        How pairs are compared; its model is the one that retraining starts from.
    kept : Path
        Where examples are kept.
    amounts : Amounts
    find : callable, optional
        Finds a photo of a record by its sha256.
    tell : callable
        Gets how many examples are made, and of how many.
    workers : int
        Processes.

    Returns
    -------
    Prepared
    """
    labels = [label.canonical() for label in labels]
    jobs = _jobs(labels, folder, amounts, find)
    made = _made(jobs, kept, options, tell, workers)
    examples: list[Example] = []
    known: list[Target] = []
    places: dict[tuple[str, ...], int] = {}
    again: list[tuple[_Job, int]] = []
    failed: dict[tuple[str, ...], str] = {}
    for job, result in zip(jobs, made, strict=True):
        if isinstance(result, str):
            failed |= {job.names: result} if job.what == "pair" else {}
            continue
        place = len(examples)
        examples.append(result)
        if job.what == "pair":
            places[job.names] = place
        elif job.what == "retaken":
            again.append((job, place))
        else:
            scale = KNOWN if job.what == "generated" else OWN_PHOTO
            known += truths_of(result, place, scale, job.person)
    targets, unused = targets_of(labels, examples, places)
    more: list[Target] = []
    for job, place in again:
        own = [label for label in labels if label.photos == job.names]
        more += targets_of(own, examples, {job.names: place})[0]
    unused = tuple((label, failed.get(label.photos, reason)) for label, reason in unused)
    origins = {place: places[job.names] for job, place in again if job.names in places}
    return Prepared(tuple(examples), (*targets, *more, *known), unused, places, origins)


def _jobs(labels: Sequence[Label], folder: Path, amounts: Amounts, find: Find | None) -> list[_Job]:
    """Return every example to make: labelled pairs first."""
    pairs: dict[tuple[str, ...], str] = {}
    for label in labels:
        pairs.setdefault(label.photos, label.subject)
    found = {name: find_photo(name, folder, find) for names in pairs for name in names}
    jobs, learnt = [], []
    for names, subject in pairs.items():
        sources = tuple(source for name in names if (source := found[name]) is not None)
        if len(sources) < len(names):
            continue
        job = _Job("pair", sources, 0, person(subject), names)
        jobs.append(job)
        if part_of(subject) == "learn":
            learnt.append(job)
    for number in range(amounts.retakes):
        jobs += [job._replace(what="retaken", seed=number + 1) for job in learnt]
    jobs += _own_photos(learnt, amounts.own_photos)
    skin = [
        _Job("generated", (), seed, f"generated {seed}", ()) for seed in range(amounts.generated)
    ]
    return jobs + skin


def _own_photos(learnt: Sequence[_Job], count: int) -> list[_Job]:
    """Return photos to change by known amounts: of each person in turn, until there are enough."""
    by_person: dict[str, list[_Job]] = {}
    for job in learnt:
        by_person.setdefault(job.person, []).append(job)
    chosen: list[_Job] = []
    turn = 0
    while len(chosen) < count and any(turn < len(own) for own in by_person.values()):
        for own in by_person.values():
            if turn < len(own) and len(chosen) < count:
                job = own[turn]
                photo = job.photos[turn % 2]
                chosen.append(job._replace(what="own photo", photos=(photo,), seed=turn, names=()))
        turn += 1
    return chosen


def _made(
    jobs: Sequence[_Job],
    kept: Path,
    options: Options,
    tell: Callable[[int, int], None],
    workers: int,
) -> list[Example | str]:
    """Make every example; a sentence instead where that is not possible."""
    results: list[Example | str] = []
    tell(0, len(jobs))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=one_thread) as pool:
        futures = [pool.submit(_trouble, job, kept, options) for job in jobs]
        try:
            for number, (job, future) in enumerate(zip(jobs, futures, strict=True), 1):
                results.append(future.result() or _make(job, kept, options))
                tell(number, len(jobs))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return results


def _trouble(job: _Job, kept: Path, options: Options) -> str:
    """Make an example and keep it; why that is not possible, empty where it is."""
    made = _make(job, kept, options)
    return made if isinstance(made, str) else ""


def _make(job: _Job, kept: Path, options: Options) -> Example | str:
    try:
        if job.what == "generated":
            return replayed_skin(job.seed, kept)
        first, last = job.photos[0], job.photos[-1]
        if job.what == "pair":
            return pair_example(first, last, kept, options)
        if job.what == "retaken":
            return retaken(first, last, job.seed, kept, options)
        return replayed(first, job.seed, kept, options)
    except (Refused, PhotoError, AlignmentError) as error:
        return str(error)


def pair_example(before: Source, after: Source, kept: Path, options: Options) -> Example:
    """Return a labelled pair as an example; raises Refused or PhotoError as :func:`example_of`."""
    files = [photo if isinstance(photo, bytes) else read_bytes(photo) for photo in (before, after)]
    names = ["photo of the record" if isinstance(p, bytes) else str(p) for p in (before, after)]

    def make() -> Example:
        photos = [read_photo_bytes(data, name) for data, name in zip(files, names, strict=True)]
        return example_of(photos[0], photos[1], options)

    return kept_example(kept, key_of("pair", repr(options), *files), make)

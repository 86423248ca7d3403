"""Where pairs come from: a folder that was named on the command line, or the record."""

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from ...errors import LabelError, PhotoError, SkinDeltaError
from ...learning.label_imports import PhotoPair, pairs_from_record
from ...learning.label_row import BY_SHA256
from ...photo import read_photo, read_photo_bytes
from ...photo_folder import find_photos, taken_when
from ...types import Photo
from ..serving.records import Records
from ..serving.visitors import Visit

__all__ = ["Found", "FolderSource", "Gone", "RecordSource", "Source", "pairs_of_folder"]


class Gone(LabelError):
    """Photos that may no longer be labelled."""


class Found(NamedTuple):
    """Pairs that may be labelled.

    Attributes
    ----------
    pairs : tuple of PhotoPair
    trouble : str
        A sentence on why there are none; empty where there are.
    notes : tuple of str
        Sentences on what was left out.
    """

    pairs: tuple[PhotoPair, ...]
    trouble: str = ""
    notes: tuple[str, ...] = ()


class Source(Protocol):
    """Pairs, and the photos of them."""

    def find(self, visit: Visit) -> Found:
        """Return the pairs that this visitor may label now."""

    def photo(self, visit: Visit, name: str) -> Photo:
        """Read a photo by how labels name it; raises SkinDeltaError."""

    def about(self, visit: Visit, pair: PhotoPair) -> str:
        """Return whom a pair shows, for what is kept of it.

        Raises
        ------
        Gone
            It may not be labelled any more.
        """


class FolderSource:
    """Photos as ``PERSON/DATE.jpg``.

    Parameters
    ----------
    folder : Path
    file : Path
        Of the labels: photos are named as seen from there.
    close_up : bool
        They show skin without a face.
    """

    def __init__(self, folder: Path, file: Path, close_up: bool = False) -> None:
        self._folder, self._file, self._close_up = folder, file, close_up

    def find(self, visit: Visit) -> Found:
        """Return the pairs in the folder, read anew."""
        return pairs_of_folder(self._folder, self._file, self._close_up)

    def photo(self, visit: Visit, name: str) -> Photo:
        """Read a photo."""
        return read_photo(self._file.resolve().parent / name)

    def about(self, visit: Visit, pair: PhotoPair) -> str:
        """Nobody of the record."""
        return ""


class RecordSource:
    """Photos of the people in the record who agreed that they are learnt from.

    Parameters
    ----------
    records : Records
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    def find(self, visit: Visit) -> Found:
        """Return each session against the baseline of its body site."""
        if not self._records.exists:
            return Found((), NO_RECORD)
        record = self._records.of(visit)
        found = pairs_from_record(record)
        agreed = len(record.subjects()) - len(found.left_out)
        if not agreed:
            return Found((), NOBODY_AGREED if found.left_out else NO_RECORD)
        if not found.pairs:
            return Found((), ONE_SESSION)
        if self._records.is_locked(visit):
            return Found((), LOCKED)
        return Found(found.pairs, notes=_left_out(len(found.left_out)))

    def photo(self, visit: Visit, name: str) -> Photo:
        """Open a photo of the record."""
        data = self._records.of(visit).photo(name.removeprefix(BY_SHA256))
        return read_photo_bytes(data, "a photo of the record")

    def about(self, visit: Visit, pair: PhotoPair) -> str:
        """Return the id of the person; erasing it deletes what was shown."""
        if self._records.is_locked(visit):
            raise Gone(LOCKED)
        for one in self._records.of(visit).subjects():
            if one.pseudonym == pair.subject and one.consent.training:
                return str(one.id)
        raise Gone("somebody was erased, or no longer agrees")


NO_RECORD = (
    "There is nothing to label yet: nobody is in the record. Add people and sessions on the page "
    "Timeline, and note there that their photos may be used to retrain a model; or label photos "
    "of a folder with: skindelta label LABELS.csv --photos FOLDER --rater NAME"
)
NOBODY_AGREED = (
    "There is nothing to label yet: nobody in the record has agreed that their photos are learnt "
    "from. Who has can be noted on the page Timeline, under Person: “They may be used to retrain a "
    "model on this machine”"
)
ONE_SESSION = (
    "There is nothing to label yet: whoever agreed has one session only, and a change needs two. "
    "Add a later session on the page Timeline"
)
LOCKED = (
    "The photos of the record are encrypted: open them on the page Timeline by the passphrase, or "
    "start with --passphrase-file"
)


def pairs_of_folder(folder: Path, file: Path, close_up: bool = False) -> Found:
    """Pair the photos of each person in a folder: with the first one, and with the one before.

    With the first alone, a photo that comes again and again would be known as the earliest.

    Parameters
    ----------
    folder : Path
        ``PERSON/DATE.jpg``; where a name has no date, the camera's clock counts.
    file : Path
        Of the labels: photos are named as seen from there.
    close_up : bool
        They show skin without a face.
    """
    try:
        people, strays = find_photos(folder)
        base = file.resolve().parent
        pairs: list[PhotoPair] = []
        undated = 0
        for person, photos in people.items():
            dated, without = _by_time(photos)
            undated += without
            names = [_relative(path, base) for path in dated]
            held = {(0, later) for later in range(1, len(names))}
            held |= {(later - 1, later) for later in range(1, len(names))}
            pairs += [
                PhotoPair(person, names[one], names[other], close_up=close_up)
                for one, other in sorted(held)
            ]
    except SkinDeltaError as error:
        return Found((), str(error))
    notes = []
    if undated:
        notes.append(f"{_photos(undated)} without a date left out: name them YYYY-MM-DD.")
    if strays:
        notes.append(f"{_photos(len(strays))} beside the folders of people left out.")
    if pairs:
        return Found(tuple(pairs), notes=tuple(notes))
    wanted = "put two or more of each person into PERSON/2026-01-05.jpg"
    why = "no photos of people" if not people else "nobody with two photos of different days"
    return Found((), " ".join((f"{folder.name or folder} holds {why}; {wanted}.", *notes)))


def _by_time(photos: Sequence[Path]) -> tuple[list[Path], int]:
    """Return one photo of each moment, the earliest first, and how many have no date."""
    at: dict[datetime, Path] = {}
    without = 0
    for path in photos:
        try:
            at.setdefault(_moment(taken_when(path)), path)
        except PhotoError:
            without += 1
    return [at[moment] for moment in sorted(at)], without


def _moment(when: date | datetime) -> datetime:
    """Return a time; of a day its first moment."""
    if isinstance(when, datetime):
        return when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return datetime(when.year, when.month, when.day, tzinfo=UTC)


def _relative(path: Path, base: Path) -> str:
    """Name a photo as seen from the folder of the labels."""
    try:
        return Path(os.path.relpath(path.resolve(), base)).as_posix()
    except ValueError:  # another drive of Windows
        raise LabelError(
            f"{path} is on another drive than the labels; put them on the same one"
        ) from None


def _left_out(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    who = (
        "1 person is left out, who has" if count == 1 else f"{count} people are left out, who have"
    )
    return (f"{who} not agreed that their photos are learnt from.",)


def _photos(count: int) -> str:
    return "1 photo" if count == 1 else f"{count} photos"

"""Photos into the record: read, dated, and kept as sessions.

Here the stages that read photos and the record meet; neither knows the other.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from ..copies import thumbnail
from ..errors import RecordError
from ..photo import read_bytes, read_photo_bytes
from ..record import NewPhoto, Record, Session, StoredPhoto
from ..types import Photo

__all__ = ["Taken", "read_shots", "save_session", "save_shots"]

# Shots of one session are taken within minutes; a camera whose clock is set meanwhile, or a flight
# home, may still move them by hours.
WITHIN = timedelta(hours=12)


class Taken(NamedTuple):
    """A photo as it will be kept, and as it was read."""

    new: NewPhoto
    photo: Photo


def save_session(
    record: Record,
    pseudonym: str,
    files: Sequence[str | Path],
    taken_at: datetime | None = None,
    site: str = "face",
    is_baseline: bool = False,
    note: str = "",
) -> Session:
    """Keep photos as one session.

    Parameters
    ----------
    record : Record
    pseudonym : str
        Of a person that the record knows.
    files : sequence of path
        Three shots are recommended.
    taken_at : datetime, optional
        When; the time of the earliest photo where not given.
    site : str
        Name of a body site of this person.
    is_baseline : bool
        Later sessions are held against it. The first session of a site always is.
    note : str

    Returns
    -------
    Session
        As it was saved.

    Raises
    ------
    PhotoError
        A file cannot be read as a photo.
    RecordError
        No photo says when it was taken, the photos are of different days, or they cannot be saved.
        Whatever is raised, nothing was saved.
    """
    return save_shots(record, pseudonym, read_shots(files), taken_at, site, is_baseline, note)


def read_shots(files: Sequence[str | Path]) -> tuple[Taken, ...]:
    """Read photos for their dates and cameras, and make sure that they are photos.

    Raises
    ------
    PhotoError
        A file cannot be read as a photo.
    """
    return tuple(map(_read, files))


def save_shots(
    record: Record,
    pseudonym: str,
    shots: Sequence[Taken],
    taken_at: datetime | None = None,
    site: str = "face",
    is_baseline: bool = False,
    note: str = "",
) -> Session:
    """Keep photos that were read as one session; as :func:`save_session`."""
    new = [shot.new for shot in shots]
    session = Session(taken_at or _time_of(new), site, is_baseline=is_baseline, note=note)
    return record.add_session(pseudonym, session, new)


def _read(file: str | Path) -> Taken:
    data = read_bytes(file)
    photo = read_photo_bytes(data, str(file))
    name = Path(file).name
    stored = StoredPhoto(photo.sha256, name, len(data), photo.taken_at, photo.camera)
    return Taken(NewPhoto(stored, data, thumbnail(photo)), photo)


def _time_of(photos: Sequence[NewPhoto]) -> datetime:
    """Return when the earliest photo was taken; raises where that is not the time of all."""
    times = sorted(one.photo.taken_at for one in photos if one.photo.taken_at is not None)
    if not times:
        names = ", ".join(one.photo.name for one in photos) or "there is no photo"
        raise RecordError(f"no photo says when it was taken ({names}): say the date of the session")
    if times[-1] - times[0] > WITHIN:
        raise RecordError(
            f"the photos are of different days ({times[0]:%Y-%m-%d} to {times[-1]:%Y-%m-%d}): save "
            "them as sessions of their own, or say the date"
        )
    return times[0]

"""Photos into the record: read, dated, and kept as sessions.

Here the stages that read photos and the record meet; neither knows the other.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from .errors import RecordError
from .photo import read_photo
from .record import Record, Session, StoredPhoto

__all__ = ["save_session"]

# Shots of one session are taken within minutes; a camera whose clock is set meanwhile, or a flight
# home, may still move them by hours.
WITHIN = timedelta(hours=12)


class _Read(NamedTuple):
    """A photo as it will be stored, and what is in its file."""

    stored: StoredPhoto
    data: bytes


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
    photos = [_read(Path(file)) for file in files]
    when = taken_at or _time_of(photos)
    session = Session(when, site, is_baseline=is_baseline, note=note)
    return record.add_session(pseudonym, session, [(one.stored, one.data) for one in photos])


def _read(path: Path) -> _Read:
    """Read a photo for its date and camera, and make sure that it is one."""
    photo = read_photo(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RecordError(f"{path} cannot be read: {error.strerror}; nothing was saved") from error
    stored = StoredPhoto(photo.sha256, path.name, len(data), photo.taken_at, photo.camera)
    return _Read(stored, data)


def _time_of(photos: Sequence[_Read]) -> datetime:
    """Return when the earliest photo was taken; raises where that is not the time of all."""
    times = sorted(one.stored.taken_at for one in photos if one.stored.taken_at is not None)
    if not times:
        names = ", ".join(one.stored.name for one in photos) or "there is no photo"
        raise RecordError(f"no photo says when it was taken ({names}): say the date of the session")
    if times[-1] - times[0] > WITHIN:
        raise RecordError(
            f"the photos are of different days ({times[0]:%Y-%m-%d} to {times[-1]:%Y-%m-%d}): save "
            "them as sessions of their own, or say the date"
        )
    return times[0]

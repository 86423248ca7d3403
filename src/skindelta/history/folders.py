"""A folder of photos into the record: whose they are by folder, which session by time."""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

from ..errors import PhotoError, RecordError, SkinDeltaError
from ..photo import read_taken_at
from ..photo_folder import find_photos, photos_below, taken_when
from ..record import Record, Session, Subject
from .shots import save_session

__all__ = ["Imported", "import_folder"]

# Shots of one session follow each other; the next session is hours away, or days.
WITHIN = timedelta(hours=3)
NOON = time(12, tzinfo=UTC)  # of a day whose hour is not known
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Imported(NamedTuple):
    """What became of one session, or of one photo that could not be read.

    Attributes
    ----------
    pseudonym : str
    session : Session or None
    known : tuple of str
        Names of photos that this person had already, or twice in the folder; they are left out.
    trouble : str
        Why a photo or session was left out; empty otherwise.
    """

    pseudonym: str
    session: Session | None = None
    known: tuple[str, ...] = ()
    trouble: str = ""


class _Shot(NamedTuple):
    path: Path
    at: datetime


def import_folder(
    record: Record, folder: str | Path, pseudonym: str | None = None, site: str = "face"
) -> Iterator[Imported]:
    """Keep the photos of a folder as sessions.

    Everything that can be wrong with the folder as a whole is found before anything is saved. Each
    session is then saved whole or not at all, and what is there already is left out, so an import
    can be repeated.

    Parameters
    ----------
    record : Record
    folder : str or Path
        ``SUBJECT/DATE.jpg`` or ``SUBJECT/SESSION/*.jpg``; people the record does not know are
        added. With `pseudonym`, the photos of that one person, or folders of them by date.
    pseudonym : str, optional
        Of a person that the record knows.
    site : str
        Name of a body site.

    Yields
    ------
    Imported
        As each is done.

    Raises
    ------
    RecordError
        The folder holds no photos, photos that belong to nobody, or those of several people.
    SkinDeltaError
        It cannot be listed.
    """
    folder = Path(folder)
    if pseudonym is not None:
        record.subject(pseudonym)
    people = _people(folder, pseudonym)
    known = {one.pseudonym for one in record.subjects()}
    for name, paths in people.items():
        _check_names(folder, name, paths, known | set(people))
        Subject(name)  # a name that cannot be a pseudonym is told before anything is saved
    return _imported(record, people, known, site)


def _people(folder: Path, pseudonym: str | None) -> dict[str, list[Path]]:
    if pseudonym is None:
        found, strays = find_photos(folder)
        if strays:
            raise RecordError(
                f"{_named(strays)} to nobody: put photos into folders of people, such as "
                f"{folder / 'PERSON' / '2026-01-05.jpg'}, or say with --subject whose they all are"
            )
    else:
        inner, _ = find_photos(folder)
        undated = sorted(name for name in inner if not _DAY.match(name))
        if len(undated) > 1:
            raise RecordError(
                f"{folder} holds the folders {', '.join(undated)}: of several people? Import each "
                "with its own --subject, or name folders of sessions YYYY-MM-DD"
            )
        paths = photos_below(folder)
        found = {pseudonym: paths} if paths else {}
    if not found:
        raise RecordError(
            f"{folder} holds no photos; put them into {folder / 'PERSON' / '2026-01-05.jpg'}"
        )
    return found


def _named(strays: Sequence[Path]) -> str:
    """Name the first photos that lie beside the folders."""
    names = ", ".join(path.name for path in strays[:5])
    more = f" and {len(strays) - 5} more" if len(strays) > 5 else ""
    return f"{names}{more} belong{'s' if len(strays) == 1 else ''}"


def _check_names(
    folder: Path, pseudonym: str, paths: Iterable[Path], known: Collection[str]
) -> None:
    """Refuse photos whose name, or folder, is that of somebody else."""
    own = pseudonym.casefold()
    others = [re.escape(name) for name in known if len(name) > 1 and name.casefold() != own]
    if not others:
        return
    named = re.compile(rf"(?<![^\W_])(?:{'|'.join(others)})(?![^\W_])", re.IGNORECASE)
    for path in paths:
        below = path.relative_to(folder)
        inside = below.parts[1:] if below.parts[0] == pseudonym else below.parts
        found = next((match for part in inside if (match := named.search(part))), None)
        if found is not None:
            raise RecordError(
                f"{path} lies among the photos of {pseudonym} and carries the name of "
                f"{found.group()}: put the photos of two people into two folders; nothing was saved"
            )


def _imported(
    record: Record, people: dict[str, list[Path]], known: Collection[str], site: str
) -> Iterator[Imported]:
    owners = _owners(record)
    for pseudonym, paths in people.items():
        shots: list[_Shot] = []
        doubled: list[str] = []
        for path in paths:
            try:
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                owner = owners.get(digest)
                if owner == pseudonym:
                    doubled.append(path.name)
                    continue
                if owner is not None:
                    raise PhotoError(f"{path} is a photo of {owner} too: whose is it? Left out")
                shots.append(_Shot(path, _time_of(path)))
                owners[digest] = pseudonym
            except OSError as error:
                yield Imported(pseudonym, trouble=f"{path} cannot be read ({error.strerror})")
            except PhotoError as error:
                yield Imported(pseudonym, trouble=str(error))
        if doubled:
            yield Imported(pseudonym, known=tuple(doubled))
        if shots and pseudonym not in known:
            record.add_subject(Subject(pseudonym))
        for group in _sessions(shots):
            yield from _saved(record, pseudonym, group, site)


def _owners(record: Record) -> dict[str, str]:
    """Whose photo each sha256 is."""
    return {
        photo.sha256: one.pseudonym
        for one in record.subjects()
        for session in record.sessions(one.pseudonym)
        for photo in session.photos
    }


def _saved(record: Record, pseudonym: str, shots: Sequence[_Shot], site: str) -> Iterator[Imported]:
    """Save a session; a photo that cannot be read does not keep the others out."""
    files = [shot.path for shot in shots]
    while files:
        try:
            yield Imported(pseudonym, save_session(record, pseudonym, files, shots[0].at, site))
            return
        except PhotoError as error:
            bad = next((file for file in files if str(file) in str(error)), files[0])
            files.remove(bad)
            yield Imported(pseudonym, trouble=str(error))
        except SkinDeltaError as error:
            yield Imported(pseudonym, trouble=f"{files[0]}: {error}")
            return


def _time_of(path: Path) -> datetime:
    """When a photo was taken: the day its name or folder says, the hour its camera says.

    Raises
    ------
    PhotoError
        None of them says so, or the file cannot be read.
    """
    when = _day_of_folder(path) or taken_when(path)
    if isinstance(when, datetime):
        return when
    by_camera = read_taken_at(path)
    if by_camera is not None and by_camera.date() == when:
        return by_camera
    return datetime.combine(when, NOON)


def _day_of_folder(path: Path) -> date | None:
    """Day that the folder of a photo is named by, where its own name has none."""
    named = _DAY.match(path.parent.name)
    if named is None or _DAY.match(path.name):
        return None
    try:
        return date.fromisoformat(named.group())
    except ValueError:
        raise PhotoError(
            f"{path.parent} is named by a date that does not exist; name it YYYY-MM-DD"
        ) from None


def _sessions(shots: Iterable[_Shot]) -> list[list[_Shot]]:
    """Put shots together that were taken within three hours of the first."""
    found: list[list[_Shot]] = []
    for shot in sorted(shots, key=lambda one: (one.at, one.path)):
        if found and shot.at - found[-1][0].at <= WITHIN:
            found[-1].append(shot)
        else:
            found.append([shot])
    return found

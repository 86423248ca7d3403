"""Labels from elsewhere: folders of graded photos, and the photos of a record.

A record holds no grades. What it gives is pairs to be labelled, of people who agreed that their
photos are learnt from.
"""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ..errors import LabelError, SkinDeltaError
from ..photo_folder import find_photos, read_names
from ..record import Record, Session
from .label_checks import suggestion, troubles
from .label_row import BY_SHA256, Find, Label
from .labels import Labels, pairs_of_levels
from .scales import SCALES

__all__ = ["PhotoPair", "RecordPairs", "labels_from_folders", "pairs_from_record"]


class PhotoPair(NamedTuple):
    """Two photos of a body site that somebody may label.

    Attributes
    ----------
    subject : str
        Pseudonym.
    before, after : str
        ``sha256:`` and a hash, the earlier one first.
    site : str
        Name of the body site.
    close_up : bool
        The photos show skin without a face.
    """

    subject: str
    before: str
    after: str
    site: str = "face"
    close_up: bool = False


class RecordPairs(NamedTuple):
    """Pairs of a record, and whom it may not give.

    Attributes
    ----------
    pairs : tuple of PhotoPair
    left_out : tuple of str
        Pseudonyms of people who did not agree that their photos are learnt from.
    """

    pairs: tuple[PhotoPair, ...]
    left_out: tuple[str, ...]


def labels_from_folders(
    folder: str | Path,
    attribute: str,
    scale: str,
    region: str = "face",
    rater: str = "import",
    grades: Mapping[str, float] | None = None,
) -> Labels:
    """Make labels of photos that were sorted into one folder a grade.

    Parameters
    ----------
    folder : str or Path
        ``GRADE/SUBJECT_ANY.jpg`` or ``GRADE/SUBJECT/ANY.jpg``: a person is the folder of a photo,
        or its name up to the first ``_``.
    attribute, scale, region, rater : str
        Of all labels; the scale grades one photo.
    grades : mapping of str to float, optional
        Which grade each folder is, where their names are no numbers.

    Returns
    -------
    Labels
        Grades of people with one photo are set aside.

    Raises
    ------
    LabelError
        No photo, a folder whose grade is unknown or not on the scale, a photo whose person is not
        told, or an attribute, scale or region that there is not.
    """
    root = Path(folder)
    try:
        classes, strays = find_photos(root)
    except SkinDeltaError as error:
        raise LabelError(str(error)) from None
    if not classes:
        raise LabelError(f"{root} holds no folders of photos; sort them into GRADE/SUBJECT_1.jpg")
    if strays:
        raise LabelError(f"{strays[0]} has no grade; move it into the folder of one")
    of_class = _grades(classes, grades, root)
    labels = [
        Label(
            before=path.relative_to(root).as_posix(),
            after="",
            attribute=attribute,
            region=region,
            value=of_class[name],
            choice="",
            scale=scale,
            rater=rater,
            labelled_at=None,
            subject=_subject(path.relative_to(root / name), path),
            row=row,
        )
        for row, (name, path) in enumerate(
            ((name, path) for name, paths in classes.items() for path in paths), 1
        )
    ]
    _check(labels, root)
    aside = pairs_of_levels(labels)[1]
    alone = {one.label.row for one in aside}
    kept = tuple(label for label in labels if label.row not in alone)
    return Labels(kept, aside, folder=root, source=str(folder))


def pairs_from_record(record: Record, subjects: Iterable[str] | None = None) -> RecordPairs:
    """List the pairs of a record that may be labelled to learn from.

    Each session is held against the baseline of its body site; of each, the first photo counts.

    Parameters
    ----------
    record : Record
    subjects : iterable of str, optional
        Pseudonyms; everybody where not given.

    Raises
    ------
    RecordError
        There is no such person.
    """
    people = record.subjects() if subjects is None else [*map(record.subject, subjects)]
    pairs: list[PhotoPair] = []
    left_out: list[str] = []
    for one in people:
        if one.consent.training:
            pairs += _pairs_of_person(record, one.pseudonym)
        else:
            left_out.append(one.pseudonym)
    return RecordPairs(tuple(pairs), tuple(left_out))


def photos_to_learn_from(record: Record) -> Find:
    """Return what finds the photos of everybody who agreed to be learnt from, and nobody else's.

    Parameters
    ----------
    record : Record
        Stays open as long as photos are looked for.

    Returns
    -------
    callable
        Gets a sha256, gives the file; None for a photo that is not there or must not be used.
    """
    allowed = {
        photo.sha256
        for one in record.subjects()
        if one.consent.training
        for session in record.sessions(one.pseudonym)
        for photo in session.photos
    }
    return lambda sha256: record.photo(sha256) if sha256 in allowed else None


def _grades(
    classes: Iterable[str], grades: Mapping[str, float] | None, root: Path
) -> dict[str, float]:
    """Return the grade of each folder."""
    told = {name.casefold(): float(grade) for name, grade in (grades or {}).items()}
    found, unknown = {}, []
    for name in classes:
        grade = told.get(name.casefold()) if grades else _number(name)
        if grade is None:
            unknown.append(name)
        else:
            found[name] = grade
    if unknown:
        raise LabelError(
            f"{root} has folders whose grade is unknown: {', '.join(unknown)}; rename them to "
            "their grades, such as 0 and 1, say which grade each is, or move them away"
        )
    return found


def _number(name: str) -> float | None:
    try:
        number = float(name.replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _subject(path: PurePosixPath | Path, whole: Path) -> str:
    """Whose a photo is, from its path below the folder of its grade."""
    if len(path.parts) > 1:
        return path.parts[0]
    name, underscore, _ = path.stem.partition("_")
    # "IMG_0001.jpg" would make one person of all that a camera took.
    by_camera = name.isalpha() and not read_names([f"{name}.jpg"])[f"{name}.jpg"].subject
    if not name or not underscore or by_camera:
        raise LabelError(
            f"{whole} does not say whose photo it is; call it SUBJECT_{path.name}, or move it into "
            "a folder SUBJECT"
        )
    return name


def _check(labels: Iterable[Label], root: Path) -> None:
    for label in labels:
        wrong = next(troubles(label), None)
        if wrong is None:
            continue
        column, message = wrong
        if column == "after":
            levels = [name for name, scale in SCALES.items() if scale.kind == "level"]
            column, message = "scale", f"{label.scale} is of two photos; {suggestion('', levels)}"
        raise LabelError(f"{root / label.before}: {column} {message}")


def _pairs_of_person(record: Record, pseudonym: str) -> list[PhotoPair]:
    pairs = []
    for site in record.sites(pseudonym):
        sessions = [one for one in record.sessions(pseudonym, site.name) if one.photos]
        baseline = next((one for one in sessions if one.is_baseline), None)
        for session in sessions:
            if baseline is not None and session is not baseline:
                first, second = sorted((baseline, session), key=lambda one: one.taken_at)
                pairs.append(
                    PhotoPair(pseudonym, _first(first), _first(second), site.name, site.close_up)
                )
    return pairs


def _first(session: Session) -> str:
    return BY_SHA256 + session.photos[0].sha256

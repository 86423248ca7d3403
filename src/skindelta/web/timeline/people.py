"""A person is added: from what was typed, or the example with its photos."""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from ...demo import SUBJECT, make_demo
from ...errors import RecordError
from ...history import add_session
from ...pipeline import Options
from ...record import Consent, Record, Site, Subject, Treatment

__all__ = ["EXAMPLE", "add_example", "add_person"]

EXAMPLE = SUBJECT
NEEDLED = datetime(2026, 1, 12, 14, tzinfo=UTC)  # after the photo of that morning, as demo.COURSE
Tell = Callable[[float, str], None]


def add_person(
    record: Record,
    pseudonym: str,
    birth_year: str,
    fitzpatrick: int | None,
    agreed: tuple[bool, bool, bool],
    close_up: bool = False,
    site: str = "",
) -> Subject:
    """Add a person from what was typed.

    Parameters
    ----------
    record : Record
    pseudonym : str
    birth_year : str
        As typed; may be empty.
    fitzpatrick : int, optional
        Skin type, 1 to 6.
    agreed : (bool, bool, bool)
        To be measured, that models learn, that others are shown.
    close_up : bool
        The first body site is skin without a face.
    site : str
        Its name.

    Returns
    -------
    Subject

    Raises
    ------
    RecordError
        Something typed cannot be right, or there is such a person.
    """
    name = (pseudonym or "").strip()
    if not name:
        raise RecordError("give the person a pseudonym, such as P-017; never the real name")
    year = (birth_year or "").strip()
    if year and not (year.isascii() and year.isdigit() and len(year) == len("1984")):
        raise RecordError(f"birth year: expected a year such as 1984, got {year!r}")
    if close_up and not site.strip():
        raise RecordError("a close-up needs a name, such as left forearm")
    subject = Subject(name, int(year) if year else None, fitzpatrick, Consent(*agreed))
    first = Site(site.strip(), close_up=True) if close_up else Site()
    return record.add_subject(subject, first)


def add_example(
    record: Record,
    tell: Tell = lambda share, doing: None,
    options: Options = Options(),  # noqa: B008
) -> str:
    """Add the example: five sessions of a portrait with known changes, around a microneedling.

    Parameters
    ----------
    record : Record
    tell : callable
        Gets how much is done (0 to 1), and what is done now.
    options : Options
        Its model measures them.

    Returns
    -------
    str
        Pseudonym.

    Raises
    ------
    RecordError
        There is a person of that name, or the photos cannot be saved; then nothing of it stays.
    """
    if EXAMPLE in {one.pseudonym for one in record.subjects()}:
        raise RecordError(
            f"the example is there already: choose {EXAMPLE!r} above, or erase it to begin anew"
        )
    tell(0.0, "Making the photos")
    with tempfile.TemporaryDirectory(prefix="skindelta-") as folder:
        sessions = make_demo(Path(folder))
        made = record.add_subject(Subject(EXAMPLE, note="The example, with known changes"))
        saved: list[UUID] = []
        try:
            for number, one in enumerate(sessions):
                share = 0.3 + 0.7 * number / len(sessions)
                tell(share, f"Measuring photo {number + 1} of {len(sessions)}")
                about = record, EXAMPLE, [one.path], one.taken_at
                new, _ = add_session(*about, note=one.story, options=options)
                saved.append(new.id)
            record.add_treatment(EXAMPLE, Treatment(NEEDLED, "microneedling"))
        except BaseException:
            _take_back(record, made, saved)
            raise
    return EXAMPLE


def _take_back(record: Record, made: Subject, saved: list[UUID]) -> None:
    """Delete the half of an example, but nothing that was added to it meanwhile."""
    now = next((one for one in record.subjects() if one.id == made.id), None)
    if now is None:  # erased meanwhile
        return
    for one in saved:
        with suppress(RecordError):  # deleted meanwhile
            record.delete_session(now.pseudonym, one)
    more = record.sessions, record.treatments, record.symptoms
    if not any(entries(now.pseudonym) for entries in more):
        record.erase_subject(now.pseudonym)

"""Where the data lies on this machine, how long what is kept, how to copy and how to delete it."""

from datetime import UTC, datetime
from html import escape
from math import ceil
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from ...record import has_key
from ..serving.records import Records
from ..serving.visitors import Visit, Visitors
from ..tables import pairs

__all__ = ["RecordFacts", "back_up", "care_html", "privacy_html", "record_facts", "record_html"]

UNITS = ("bytes", "kB", "MB", "GB", "TB")


class RecordFacts(NamedTuple):
    """What is known of the record.

    Attributes
    ----------
    folder : Path
    database : str
        Without a password.
    exists : bool
        Anything was ever saved.
    encrypted : bool
    people, sessions, photos : int
    size : int
        Of the folder, in bytes.
    """

    folder: Path
    database: str
    exists: bool
    encrypted: bool = False
    people: int = 0
    sessions: int = 0
    photos: int = 0
    size: int = 0


def record_facts(records: Records, visit: Visit) -> RecordFacts:
    """Count what a record holds; looking begins none.

    Raises
    ------
    RecordError
        The record cannot be opened.
    """
    database = _database(records)
    if not records.exists:
        return RecordFacts(records.folder, database, False)
    record = records.of(visit)
    people = record.subjects()
    sessions = [one for person in people for one in record.sessions(person.pseudonym)]
    return RecordFacts(
        records.folder,
        database,
        True,
        has_key(records.folder),
        len(people),
        len(sessions),
        sum(len(one.photos) for one in sessions),
        _size(records.folder),
    )


def record_html(facts: RecordFacts) -> str:
    """Say where the record lies, what is in it, and how to copy, encrypt and delete it."""
    if not facts.exists:
        lead = (
            "<p>Nothing is saved yet. What you save on the page Timeline goes into one folder of "
            "this machine:</p>"
        )
        rows = [("Folder", str(facts.folder)), ("Database", facts.database)]
        return lead + pairs(rows)
    rows = [
        ("Folder", str(facts.folder)),
        ("Database", facts.database),
        ("People", str(facts.people)),
        ("Sessions", f"{facts.sessions}, with {facts.photos} photos"),
        ("Size", size_words(facts.size)),
        ("Photos encrypted", _encrypted(facts.encrypted)),
    ]
    return pairs(rows)


def care_html(facts: RecordFacts) -> str:
    """Say how to restore, encrypt and erase."""
    encrypt = (
        "They are; <code>skindelta record passphrase</code> changes the passphrase."
        if facts.encrypted
        else "<code>skindelta record encrypt</code> asks for a passphrase and encrypts all photos. "
        "Whoever loses the passphrase loses the photos."
    )
    more = "" if facts.database.startswith("SQLite") else ", and the tables of the database"
    items = [
        (
            "Back up",
            "The button below, or <code>skindelta record backup FILE.zip</code>. Keep the "
            "file on another disk: it holds names, notes and numbers as plain text.",
        ),
        (
            "Restore",
            "<code>skindelta record restore FILE.zip</code> brings a backup into a record "
            "that holds nobody.",
        ),
        ("Encrypt", encrypt),
        (
            "Erase one person",
            "On the page Timeline, or <code>skindelta record subject delete</code>. "
            "Backups made before still hold that person.",
        ),
        (
            "Erase everything",
            f"End skindelta, then delete the folder "
            f"<code>{escape(str(facts.folder))}</code>{more}.",
        ),
    ]
    cells = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in items)
    return f'<dl class="sd-details">{cells}</dl>'


def privacy_html(visitors: Visitors) -> str:
    """Say what is kept, for how long, and that nothing leaves."""
    minutes = visitors.keep_seconds / 60
    items = (
        "Nothing leaves the machine that runs this page: it asks no other address for "
        "anything, and has no analytics.",
        "Photos that you add, and results, are kept in a private folder of the server. They are "
        f"deleted {_soon(visitors)} after the page is closed, or after {minutes:.0f} minutes, "
        "and when skindelta ends.",
        "They are shown to the browser alone that added them; a cookie that ends with the browser "
        "tells browsers apart.",
        "What you save on the page Timeline is kept until you erase it.",
        "Where a person agreed that photos may be used to retrain a model, that means a model on "
        "this machine, by somebody who starts the training there: nothing is trained by itself, "
        "and nothing is sent anywhere.",
        "Photos that you download from the timeline carry no place, owner or serial number.",
    )
    listed = "".join(f"<li>{escape(text)}</li>" for text in items)
    return f'<ul class="sd-list">{listed}</ul>'


def _soon(visitors: Visitors) -> str:
    """Say how soon after closing files go: the page is looked for now and then, so it is rounded.

    Longer waits than half a minute are said in minutes.
    """
    seconds = visitors.grace_seconds
    if seconds <= 30:
        return "within about half a minute"
    minutes = ceil(seconds / 60)
    return f"within about {minutes} minute{'' if minutes == 1 else 's'}"


def back_up(records: Records, visit: Visit, now: datetime | None = None) -> str:
    """Back the record up into a file that this visitor may fetch; return the link.

    Raises
    ------
    RecordError
        There is nothing to back up, or a photo is missing or damaged.
    """
    if not records.exists:
        return _box("Nothing is saved yet, so there is nothing to back up.")
    day = (now or datetime.now(UTC)).strftime("%Y-%m-%d")
    kept = visit.place(f"skindelta-backup-{day}.zip")
    done = records.of(visit).back_up(kept.path)
    people = "1 person" if done.people == 1 else f"{done.people} people"
    held = f"{people}, {done.sessions} sessions, {done.photos} photos"
    size = size_words(kept.path.stat().st_size)
    return (
        f'<div class="sd-status sd-good"><strong>Backed up:</strong> {held}, {size}.'
        f'<p><a class="sd-download" href="{escape(kept.url)}" download>Save the backup</a></p>'
        "Save it now: here it is deleted when the page is closed, or after an hour.</div>"
    )


def size_words(size: float) -> str:
    """Return a size as people read it."""
    for unit in UNITS[:-1]:
        if size < 1000:
            return f"{size:.0f} {unit}" if unit in UNITS[:2] else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} {UNITS[-1]}"


def _database(records: Records) -> str:
    if records.url is None:
        return "SQLite, a file in the folder"
    try:
        url = make_url(records.url).set(query={})  # a query may hold a password too
        return url.render_as_string(hide_password=True)
    except ArgumentError:
        return "at an address that cannot be read"


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # it went meanwhile
            continue
    return total


def _encrypted(yes: bool) -> str:
    return "yes (names, notes and numbers are not)" if yes else "no"


def _box(text: str) -> str:
    return f'<div class="sd-status">{escape(text)}</div>'

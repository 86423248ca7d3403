"""What leaves the record by the page: reports, the table of scores, everything of one person."""

from collections.abc import Callable
from datetime import UTC, datetime
from html import escape
from typing import Literal

from ...errors import SkinDeltaError
from ...export import export_person, write_person_report, write_table
from ...history import timeline, timeline_rows
from ...pipeline import Options
from ...record import Record
from ..serving.visitors import Kept, Visit
from .session_entries import said

__all__ = ["WHAT", "What", "exported"]

What = Literal["pdf-a4", "pdf-letter", "html", "csv", "zip"]
WHAT: tuple[tuple[str, What], ...] = (
    ("Report to print, A4 (PDF)", "pdf-a4"),
    ("Report to print, US Letter (PDF)", "pdf-letter"),
    ("Report as one page for the browser (HTML)", "html"),
    ("Table of all scores (CSV)", "csv"),
    ("Everything of this person: photos, tables, reports (ZIP)", "zip"),
)
NOT_SHOWN = (
    "photos of this person are not to be shown to others: this is for them, and for those who "
    "treat them"
)


def exported(
    record: Record,
    person: str,
    site: str,
    what: str | None,
    visit: Visit,
    tell: Callable[[float, str], None] = lambda *_: None,
    options: Options = Options(),  # noqa: B008
) -> str:
    """Make a file for this visitor, and return the link to it, as HTML.

    Parameters
    ----------
    record : Record
    person, site : str
    what : str
        One of :data:`WHAT`.
    visit : Visit
        Keeps the file; nobody else can fetch it.
    tell : callable
        Gets the share that is done, and what is done next.
    options : Options
        Its model says whose results are shown.
    """
    if what not in {value for _, value in WHAT}:
        raise SkinDeltaError("choose what to make first")
    tell(0.1, "Collecting the sessions")
    kept, missing = (
        _everything(record, person, visit, options)
        if what == "zip"
        else (_of_site(record, person, site, what, visit, tell, options), ())
    )
    size = kept.path.stat().st_size
    link = (
        f'<p><a class="sd-download" href="{escape(kept.url)}" download="{escape(kept.path.name)}">'
        f"Download {escape(kept.path.name)} ({_size(size)})</a></p>"
    )
    told = [said(one, "bad") for one in missing]
    if what != "zip" and what != "csv" and record.is_locked:
        told.append(
            said("the photos are not in it: they are encrypted, and the passphrase was not given")
        )
    if what != "csv" and not record.subject(person).consent.showing:
        told.append(said(NOT_SHOWN))
    return link + "".join(told)


def _everything(
    record: Record, person: str, visit: Visit, options: Options
) -> tuple[Kept, tuple[str, ...]]:
    kept = visit.place(_name(person, "", "zip"))
    done = export_person(record, person, kept.path, overwrite=True, options=options)
    return kept, done.missing


def _of_site(
    record: Record,
    person: str,
    site: str,
    what: str,
    visit: Visit,
    tell: Callable[[float, str], None],
    options: Options,
) -> Kept:
    line = timeline(record, person, site, options)
    if not line.sessions:
        raise SkinDeltaError(f"there is no session of the {site} of {person} yet: add one first")
    tell(0.4, "Writing")
    kind, _, paper = what.partition("-")
    kept = visit.place(_name(person, site, kind))
    if kind == "csv":
        write_table(kept.path, timeline_rows(line), overwrite=True)
    else:
        write_person_report(record, line, kept.path, "letter" if paper == "letter" else "a4")
    return kept


def _name(person: str, site: str, ending: str) -> str:
    """Name a file so that every system takes it."""
    parts = ("skindelta", person, site, f"{datetime.now(UTC):%Y-%m-%d}")
    plain = ("".join(s if s.isalnum() else "-" for s in part) for part in parts if part)
    return f"{'_'.join(plain)}.{ending}"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{max(1, round(count / 1e3))} kB"

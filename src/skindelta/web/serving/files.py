"""Files in the folder of the page: what is kept there, and how it goes."""

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["DISK_FULL", "SPARE_BYTES", "Kept", "delete_file", "delete_strays", "free_bytes"]

SPARE_BYTES = 500_000_000  # left free on the disk: a full one stops the whole machine
DISK_FULL = "The disk of the machine that serves this page is full: make room, then try again."

STRAY_SECONDS = 60.0  # without a byte: nobody is sending this file any more


@dataclass(frozen=True)
class Kept:
    """A file that one visitor may fetch.

    Attributes
    ----------
    path : Path
        Where it lies, or where it is to be written.
    url : str
        Where the visitor fetches it.
    visitor, session : str
        Whose it is, and for which tab.
    at : float
        When it was made.
    about : str
        Whom it shows, where that is known.
    shown : bool
        It is a picture or a download of a page, and no folder to work in.
    """

    path: Path
    url: str
    visitor: str
    session: str
    at: float
    about: str = ""
    shown: bool = False


def delete_file(path: Path, inside: Path) -> None:
    """Delete a file, and the folder it was alone in; nothing outside `inside` is touched."""
    if inside not in path.parents:
        return
    path.unlink(missing_ok=True)
    if path.parent != inside:
        with suppress(OSError):  # another file with the same content has another name
            path.parent.rmdir()


def delete_strays(folder: Path, now: float, under_way: bool) -> None:
    """Delete halves of files: Gradio leaves them when an upload is broken off.

    Parameters
    ----------
    folder : Path
        Of uploads; whole ones lie in folders of their own.
    now : float
    under_way : bool
        An upload is coming in: only what got no byte for a minute is a stray.
    """
    for one in folder.iterdir() if folder.is_dir() else ():
        with suppress(OSError):
            if one.is_file() and (not under_way or now - one.stat().st_mtime > STRAY_SECONDS):
                one.unlink()


def free_bytes(folder: Path) -> int:
    """Return how many bytes still fit onto the disk of a folder."""
    return shutil.disk_usage(folder).free

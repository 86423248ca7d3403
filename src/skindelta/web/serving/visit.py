"""One open tab of one visitor: what a handler asks for files."""

import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import SkinDeltaError
from .files import DISK_FULL, SPARE_BYTES, Kept, free_bytes

if TYPE_CHECKING:
    from .visitors import Visitors

__all__ = ["GONE", "Visit"]

GONE = "the photo is no longer here: photos are deleted after an hour; add it again"


@dataclass(frozen=True)
class Visit:
    """One open tab of one visitor: what a handler asks for files.

    Attributes
    ----------
    visitors : Visitors
    visitor, session : str
    """

    visitors: "Visitors" = field(repr=False)
    visitor: str
    session: str

    def own(self, path: str | Path) -> Path:
        """Return an upload of this visitor, as it may be read.

        Raises
        ------
        SkinDeltaError
            It is somebody else's, or was deleted.
        """
        try:
            found = Path(path).resolve()
        except (OSError, ValueError):
            raise SkinDeltaError(GONE) from None
        if not self.visitors.used(self.visitor, self.session, found) or not found.is_file():
            raise SkinDeltaError(GONE)
        return found

    def take(self, path: str | Path) -> str:
        """Copy a file of ours, such as the example, among the uploads; return its path."""
        folder = self.visitors.uploads / secrets.token_hex(16)
        folder.mkdir(parents=True, mode=0o700)
        copied = Path(shutil.copy(path, folder / Path(path).name))
        self.visitors.uploaded(self.visitor, [str(copied)])
        return str(self.own(copied))

    def place(self, name: str, about: str = "") -> Kept:
        """Return where to write a file for this visitor, and the address to fetch it by.

        Parameters
        ----------
        name : str
            What it is called when it is saved; without a folder.
        about : str
            Whom it shows: erasing that person deletes it.

        Raises
        ------
        SkinDeltaError
            The disk is nearly full.
        """
        if free_bytes(self.visitors.uploads) < SPARE_BYTES:
            raise SkinDeltaError(DISK_FULL)
        return self.visitors.shelf.place(
            self.visitor, self.session, Path(name).name or "file", about
        )

    def keep(self, data: bytes, name: str, about: str = "") -> str:
        """Keep bytes for this visitor, and return the address to fetch them by.

        The same bytes of the same name have one address in a tab.

        Parameters
        ----------
        data : bytes
        name : str
            What they are called when they are saved; without a folder.
        about : str
            Whom they show: erasing that person deletes them.
        """
        called = Path(name).name or "file"
        return self.visitors.shelf.keep(self.visitor, self.session, data, called, about).url

    def drop_about(self, about: str) -> None:
        """Delete what any tab was shown of one person, who was erased."""
        self.visitors.shelf.drop_about(about)

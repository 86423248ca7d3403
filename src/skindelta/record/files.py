"""Files of the record: each under the sha256 of what is in it, encrypted once there is a key.

A file is written beside its place, flushed to the disk, then renamed, so that it is there whole or
not at all. Encrypted files are AES-256-GCM with a nonce of their own; the name of a file is bound
to its content, so that none can be put in another's place.
"""

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..errors import RecordError

__all__ = ["FileStore", "is_name", "is_sealed"]

_SEALED = b"skindelta sealed 1\n"
_NONCE = 12  # bytes, as NIST SP 800-38D recommends
_WRITING = ".part"


class FileStore:
    """Files in a folder.

    Parameters
    ----------
    folder : Path
        Made where it is missing, readable by this user alone.
    key : bytes, optional
        Of 32 bytes; new files are encrypted with it.
    """

    def __init__(self, folder: Path, key: bytes | None = None) -> None:
        self.folder = folder
        self._cipher = None if key is None else AESGCM(key)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise RecordError(f"{folder} cannot be made: {_reason(error)}") from error

    def put(self, data: bytes) -> str:
        """Keep a file.

        Parameters
        ----------
        data : bytes

        Returns
        -------
        str
            Sha256 of `data`, by which it is found again. What is there already stays.

        Raises
        ------
        RecordError
            The disk is full, or the folder cannot be written; nothing half-written stays.
        """
        name = hashlib.sha256(data).hexdigest()
        if not self._path(name).exists():
            self._write(name, self._closed(name, data))
        return name

    def get(self, name: str) -> bytes:
        """Return what a file holds.

        Raises
        ------
        RecordError
            It is missing, damaged, or encrypted and the key is not given or another one.
        """
        return self._checked(name, self._opened(name, self._read(name)))

    def get_raw(self, name: str) -> bytes:
        """Return a file as it lies on the disk, encrypted where it is.

        Raises
        ------
        RecordError
            It is missing or damaged; what is encrypted is looked into only with the key.
        """
        raw = self._read(name)
        if self._cipher is not None or not is_sealed(raw):
            self._checked(name, self._opened(name, raw))
        return raw

    def put_raw(self, name: str, raw: bytes) -> None:
        """Keep a file as :meth:`get_raw` gave it; raises RecordError as :meth:`put` does."""
        self._write(name, raw)

    def delete(self, names: Iterable[str]) -> None:
        """Remove files; those that are gone already count as removed.

        Only while nobody else writes.
        """
        for name in names:
            with suppress(FileNotFoundError):
                self._path(name).unlink()
        self._remove_empty()

    def names(self) -> frozenset[str]:
        """Return the names of all files."""
        return frozenset(path.name for path in self.folder.glob("??/*") if is_name(path.name))

    def sweep(self, known: Iterable[str]) -> int:
        """Remove what no entry names, and what was being written when a process died.

        Only while nobody else writes.

        Parameters
        ----------
        known : iterable of str
            Names that entries hold.

        Returns
        -------
        int
            How many were removed.
        """
        kept, removed = frozenset(known), 0
        for path in self.folder.glob("??/*"):
            if path.name not in kept:
                path.unlink()
                removed += 1
        self._remove_empty()
        return removed

    def _remove_empty(self) -> None:
        """Remove folders without a file: their names are the beginnings of what was erased."""
        for folder in self.folder.glob("??"):
            with suppress(OSError):  # it holds files
                folder.rmdir()

    def seal(self) -> int:
        """Encrypt every file that is not yet; return how many.

        Raises
        ------
        RecordError
            One is damaged or the disk is full; as many as can be are encrypted all the same.
        """
        sealed, failure = 0, None
        for name in sorted(self.names()):
            try:
                if not self._is_sealed(name):
                    self._write(name, self._closed(name, self.get(name)))
                    sealed += 1
            except RecordError as error:
                failure = error
        if failure is not None:
            raise failure
        return sealed

    def has_sealed(self) -> bool:
        """Tell whether any file is encrypted."""
        return any(map(self._is_sealed, self.names()))

    def _path(self, name: str) -> Path:
        if not is_name(name):
            raise ValueError(f"expected 64 hexadecimal digits, got {name!r}")
        return self.folder / name[:2] / name

    def _is_sealed(self, name: str) -> bool:
        return is_sealed(self._read(name, len(_SEALED)))

    def _read(self, name: str, size: int = -1) -> bytes:
        path = self._path(name)
        try:
            with path.open("rb") as file:
                return file.read(size)
        except OSError as error:
            raise RecordError(
                f"{path} cannot be read: {_reason(error)}; restore the record from a backup"
            ) from error

    def _checked(self, name: str, data: bytes) -> bytes:
        if hashlib.sha256(data).hexdigest() != name:
            raise RecordError(f"{self._path(name)} is damaged: restore the record from a backup")
        return data

    def _write(self, name: str, raw: bytes) -> None:
        path = self._path(name)
        part = path.with_name(f"{name}{_WRITING}")
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
            _flush_folder(path.parent)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            raise RecordError(
                f"{path} cannot be written: {_reason(error)}; nothing was saved. Make room, or "
                "choose another folder"
            ) from error

    def _closed(self, name: str, data: bytes) -> bytes:
        if self._cipher is None:
            return data
        nonce = os.urandom(_NONCE)
        return _SEALED + nonce + self._cipher.encrypt(nonce, data, name.encode())

    def _opened(self, name: str, raw: bytes) -> bytes:
        if not is_sealed(raw):
            return raw
        if self._cipher is None:
            raise RecordError(
                "the photos of this record are encrypted: give its passphrase; where its key.json "
                "is missing, put that back from a backup"
            )
        start = len(_SEALED)
        try:
            return self._cipher.decrypt(
                raw[start : start + _NONCE], raw[start + _NONCE :], name.encode()
            )
        except (InvalidTag, ValueError) as error:
            raise RecordError(
                f"{self._path(name)} cannot be decrypted: it is damaged, or was encrypted with "
                "another key; restore the record from a backup"
            ) from error


def is_name(text: str) -> bool:
    """Tell whether a text can be the name of a file."""
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def is_sealed(raw: bytes) -> bool:
    """Tell whether the bytes of a file are encrypted, by their beginning."""
    return raw.startswith(_SEALED)


def _flush_folder(folder: Path) -> None:
    """Make a rename last through a loss of power; not every system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)

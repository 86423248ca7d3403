"""The key of a record: 32 random bytes, wrapped by a passphrase, in ``key.json``.

The passphrase itself is kept nowhere. Whoever loses it loses the photos, not the numbers. A new
passphrase wraps the same key anew, so that no photo has to be encrypted again.
"""

import base64
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from ..errors import RecordError

__all__ = [
    "KEY_FILE",
    "change_passphrase",
    "create_key",
    "has_key",
    "open_key",
    "read_key_file",
    "unless_it_fails",
    "write_key_file",
]

KEY_FILE = "key.json"
_VERSION = 1
# RFC 7914; 64 MB and 0.2 s a try.
_COST = {"n": 2**16, "r": 8, "p": 1}
_MOST_COST = 2**20  # a changed file must not take all memory
_LEAST_PASSPHRASE = 8
_BOUND = b"skindelta record key 1"


def has_key(folder: Path) -> bool:
    """Tell whether the photos of a record are encrypted."""
    return (folder / KEY_FILE).exists()


def create_key(folder: Path, passphrase: str) -> bytes:
    """Make the key of a record and keep it wrapped.

    Parameters
    ----------
    folder : Path
        Of the record.
    passphrase : str
        At least 8 characters.

    Returns
    -------
    bytes
        32 of them.

    Raises
    ------
    RecordError
        There is a key already, or the passphrase is too short.
    """
    if has_key(folder):
        raise RecordError(f"{folder} has a key already; change its passphrase instead")
    key = AESGCM.generate_key(bit_length=256)
    _save(folder, key, passphrase)
    return key


def open_key(folder: Path, passphrase: str) -> bytes:
    """Unwrap the key of a record.

    Raises
    ------
    RecordError
        The passphrase is wrong, or the key file is damaged or of a newer version.
    """
    file = folder / KEY_FILE
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        if told["version"] != _VERSION:
            raise RecordError(f"{file} is of another version: install the newest skindelta")
        cost = {name: int(told[name]) for name in _COST}
        if not 2 <= cost["n"] <= _MOST_COST or cost["r"] != _COST["r"] or cost["p"] != 1:
            raise ValueError(f"cost {cost}")
        salt, nonce, wrapped = (base64.b64decode(told[n]) for n in ("salt", "nonce", "wrapped"))
        return AESGCM(_derived(passphrase, salt, cost)).decrypt(nonce, wrapped, _BOUND)
    except InvalidTag as error:
        raise RecordError(f"that is not the passphrase of {folder}: try again") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordError(
            f"{file} cannot be used ({error}): restore it from a backup of the record; without it "
            "no photo can be opened"
        ) from error


def change_passphrase(folder: Path, old: str, new: str) -> None:
    """Wrap the key anew; raises RecordError as :func:`open_key` and :func:`create_key` do."""
    if not has_key(folder):
        raise RecordError(f"the photos of {folder} are not encrypted: encrypt them first")
    _save(folder, open_key(folder, old), new)


def read_key_file(folder: Path) -> bytes | None:
    """Return the wrapped key as it lies on the disk; None where there is none."""
    try:
        return (folder / KEY_FILE).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RecordError(f"{folder / KEY_FILE} cannot be read: {error.strerror}") from error


def write_key_file(folder: Path, wrapped: bytes) -> None:
    """Put a wrapped key in its place, whole or not at all."""
    part = folder / f"{KEY_FILE}.part"
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(wrapped)
            file.flush()
            os.fsync(file.fileno())
        part.replace(folder / KEY_FILE)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise RecordError(f"{folder / KEY_FILE} cannot be written: {error.strerror}") from error


@contextmanager
def unless_it_fails(folder: Path) -> Iterator[None]:
    """Put the wrapped key back as it was where the block does not end well."""
    before = read_key_file(folder)
    try:
        yield
    except BaseException:
        if before is not None and before != read_key_file(folder):
            write_key_file(folder, before)
        raise


def _save(folder: Path, key: bytes, passphrase: str) -> None:
    if len(passphrase) < _LEAST_PASSPHRASE:
        raise RecordError(f"the passphrase is too short: {_LEAST_PASSPHRASE} characters or more")
    salt, nonce = os.urandom(16), os.urandom(12)
    wrapped = AESGCM(_derived(passphrase, salt, _COST)).encrypt(nonce, key, _BOUND)
    texts = {"salt": salt, "nonce": nonce, "wrapped": wrapped}
    told: dict[str, Any] = {"version": _VERSION, "kdf": "scrypt", **_COST}
    told |= {name: base64.b64encode(value).decode() for name, value in texts.items()}
    write_key_file(folder, json.dumps(told, indent=1).encode())


def _derived(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    return Scrypt(salt=salt, length=32, **cost).derive(passphrase.encode())

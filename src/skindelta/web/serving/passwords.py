"""The password of the page, and how often a wrong one may be tried."""

import ipaddress
import threading
import time

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import Argon2Error, InvalidHashError

from ...errors import SkinDeltaError

__all__ = ["LONGEST", "Password", "Tries"]

SHORTEST, LONGEST = 12, 1024  # characters
TRIES, LOCKED_SECONDS = 5, 900.0
ALL_TRIES, ALL_SECONDS = 50, 3600.0  # of all addresses together: many of them do not help


class Password:
    """A password, held as its argon2 hash.

    Parameters
    ----------
    told : str
        Itself, of at least 12 characters, or its hash ``$argon2id$...``.

    Raises
    ------
    SkinDeltaError
        It is too short, or no hash.
    """

    def __init__(self, told: str) -> None:
        self._hasher = PasswordHasher()
        if told.startswith("$argon2"):
            try:
                extract_parameters(told)
            except InvalidHashError:
                raise SkinDeltaError(
                    "the password begins like an argon2 hash and is none: copy the whole line, or "
                    "choose a password that does not begin with $argon2"
                ) from None
            self._hash = told
        elif SHORTEST <= len(told) <= LONGEST:
            self._hash = self._hasher.hash(told)
        else:
            raise SkinDeltaError(
                f"the password has {len(told)} characters; choose one of {SHORTEST} to {LONGEST}, "
                "such as five words"
            )

    def is_right(self, given: str) -> bool:
        """Tell whether this is the password; takes as long for a wrong one (about 50 ms, 64 MB)."""
        try:
            return self._hasher.verify(self._hash, given)
        except Argon2Error:
            return False


class Tries:
    """Counts tries: five wrong ones of an address lock it for 15 minutes, 50 in an hour everybody.

    A try counts as wrong from its beginning, so that many at once are no way around.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: dict[str, list[float]] = {}
        self._all: list[float] = []

    def begin(self, address: str, now: float | None = None) -> float:
        """Count a try, or return how many seconds to wait before the next one may be made."""
        now = time.monotonic() if now is None else now
        with self._lock:
            self._forget(now)
            own = self._of.get(_network(address), [])
            waits = [
                own[-1] + LOCKED_SECONDS - now if len(own) >= TRIES else 0.0,
                self._all[0] + ALL_SECONDS - now if len(self._all) >= ALL_TRIES else 0.0,
            ]
            if max(waits) > 0:
                return max(waits)
            self._of.setdefault(_network(address), []).append(now)
            self._all.append(now)
            return 0.0

    def right(self, address: str) -> None:
        """Take back what was counted: somebody who knows the password mistyped it before."""
        with self._lock:
            for one in self._of.pop(_network(address), []):
                if one in self._all:
                    self._all.remove(one)

    def _forget(self, now: float) -> None:
        self._all = [one for one in self._all if now - one < ALL_SECONDS]
        self._of = {
            address: own for address, own in self._of.items() if now - own[-1] < LOCKED_SECONDS
        }


def _network(address: str) -> str:
    """Return whose tries are counted together: an IPv6 customer has 2^64 addresses."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return address
    return str(ipaddress.ip_network((int(found), 64), strict=False))

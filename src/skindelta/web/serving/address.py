"""Where the page is reached: the address it listens on, and the names it answers to."""

import ipaddress
import re
import socket
from dataclasses import dataclass

from ...errors import SkinDeltaError
from .origin import is_loopback

__all__ = ["Address", "listen"]

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
UNPROTECTED = (
    "Without TLS the password and the photos travel through the network so that others in it can "
    "read them. Put a server with TLS in front: docs/serving.md says how, in three lines."
)
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


@dataclass(frozen=True)
class Address:
    """Where the page listens, and what it is called.

    Attributes
    ----------
    host : str
        Address of this machine, or a name of it.
    port : int
    name : str, optional
        By which a server with TLS on this machine passes requests on.
    """

    host: str
    port: int
    name: str | None = None

    @classmethod
    def of(cls, host: str, port: int, name: str | None, has_password: bool) -> "Address":
        """Return an address at which nobody gets in without a password who is not let in.

        Raises
        ------
        SkinDeltaError
            Other machines would get in, or the name is none.
        """
        near = is_loopback(_one_address(host, port))
        if name is not None:
            name = name.strip().lower()
            if not _NAME.fullmatch(name):
                raise SkinDeltaError(
                    f"--name {name!r} is no name of a server: give it without https:// and port, "
                    "such as skin.example.org"
                )
            if not near:
                raise SkinDeltaError(
                    f"--name is for a server with TLS on this machine, and --host {host} lets "
                    "others reach the page past it: leave --host out"
                )
        if not has_password and not (near and name is None):
            raise SkinDeltaError(
                "other machines would reach the page and its photos without a password: name a "
                "file that holds one with --password-file, or set SKINDELTA_PASSWORD"
            )
        return cls(host, port, name)

    @property
    def shown(self) -> str:
        """The host as browsers write it."""
        return f"[{self.host}]" if ":" in self.host and self.host[:1] != "[" else self.host

    @property
    def names(self) -> list[str]:
        """Every name that is answered to; any other is that of a page elsewhere."""
        return sorted({*LOCAL_NAMES, self.shown, *([self.name] if self.name else [])})

    def told(self) -> str:
        """Return what to print once it can be opened."""
        stays = "(stop with Ctrl+C); photos stay on this machine"
        if self.name is not None:
            return (
                f"skindelta is at https://{self.name} {stays}\nThe server with TLS passes requests "
                f"on to {self.shown}:{self.port}: docs/serving.md says how"
            )
        said = f"skindelta is at http://{self.shown}:{self.port} {stays}"
        return said if is_loopback(_resolved(self.host, self.port)) else f"{said}\n{UNPROTECTED}"


def listen(address: Address) -> socket.socket:
    """Listen at one address; the page answers to no other name, so every address is refused.

    Raises
    ------
    SkinDeltaError
        Nothing can listen there.
    """
    host = _one_address(address.host, address.port)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, address.port), family=family)
    except OSError as error:
        raise _cannot(address.host, address.port, error) from None
    # asyncio sends small messages at once only where the socket says it is TCP; others wait 40 ms.
    return socket.socket(family, bound.type, socket.IPPROTO_TCP, fileno=bound.detach())


def _one_address(host: str, port: int) -> str:
    found = _resolved(host, port)
    if ipaddress.ip_address(found).is_unspecified:
        raise SkinDeltaError(
            f"{host or 'an empty --host'} stands for every address of this machine at once; name "
            "the one that the page is opened by, such as 192.168.1.5"
        )
    return found


def _resolved(host: str, port: int) -> str:
    """Return the address behind a host, without asking anybody about one that is an address."""
    bare = host.strip("[]")
    try:
        return str(ipaddress.ip_address(bare or "0.0.0.0"))  # noqa: S104  # refused by listen
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(bare, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _cannot(host, port, error) from None
    return str(found[0][4][0])


def _cannot(host: str, port: int, error: Exception) -> SkinDeltaError:
    told = getattr(error, "strerror", None) or error
    reason = str(told).partition(" (")[0]  # the rest names the address again
    return SkinDeltaError(
        f"{host}:{port} cannot be listened on ({reason}); choose another --port, or an "
        "address of this machine as --host"
    )

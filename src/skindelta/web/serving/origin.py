"""Who sent a request, as far as that can be known: the page itself or another, which machine."""

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["ForwardedHeaders", "SameOrigin", "is_loopback"]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OURS = frozenset({"same-origin", "none"})  # of Sec-Fetch-Site; none: typed by a person
ELSEWHERE = "This was sent by another page than this one."
FORWARDED = (b"forwarded", b"x-real-ip", b"x-original-url", b"x-rewrite-url")


def is_loopback(address: str) -> bool:
    """Tell whether an address is this machine's own, seen from itself."""
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


class SameOrigin:
    """Middleware: what changes anything must be sent by a page of this server.

    A page elsewhere can make a browser send uploads and forms here, though it never sees an answer.

    Parameters
    ----------
    app : ASGI application
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is safe or of this origin."""
        if scope["type"] == "http" and scope["method"] not in SAFE and not _is_ours(scope):
            await PlainTextResponse(ELSEWHERE, 403)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _is_ours(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host", ""):
        return False
    return headers.get("sec-fetch-site", "none") in OURS


class ForwardedHeaders:
    """Middleware: what a proxy says about a request counts only where a proxy is expected.

    Parameters
    ----------
    app : ASGI application
    trusted : bool
        A proxy on this machine passes requests on; it puts the address it heard from last.
    """

    def __init__(self, app: ASGIApp, trusted: bool) -> None:
        self.app, self.trusted = app, trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on as it came to the proxy, without what anybody may have made up."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        told = Headers(scope=scope)
        own = [(name, value) for name, value in scope["headers"] if not _is_forwarded(name)]
        passed = {**scope, "headers": own}
        client = scope.get("client")
        if self.trusted and client is not None and is_loopback(client[0]):
            passed |= _as_told(told)
        await self.app(passed, receive, send)


def _as_told(told: Headers) -> Scope:
    """Return scheme and client as the proxy nearest to us says."""
    heard: Scope = {}
    if told.get("x-forwarded-proto", "").rpartition(",")[2].strip() == "https":
        heard["scheme"] = "https"
    nearest = told.get("x-forwarded-for", "").rpartition(",")[2].strip()
    if nearest:
        heard["client"] = (nearest, 0)
    return heard


def _is_forwarded(name: bytes) -> bool:
    return name.startswith(b"x-forwarded-") or name in FORWARDED

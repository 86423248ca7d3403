"""The login: without it nothing of the page is reached but a form that asks for the password.

Whoever knows the password has a signed cookie that names an entry here. Signing out, 12 hours
without use, and the end of the server delete the entry, and a copied cookie is then worth nothing.
"""

import asyncio
import secrets
import threading
import time
from collections.abc import Callable
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from .bodies import body_of
from .guard import VISITOR
from .passwords import Password, Tries

__all__ = ["LOGIN", "LOGOUT", "LoginGate", "SignedIn"]

LOGIN, LOGOUT = "/skindelta/login", "/skindelta/logout"
IDLE_SECONDS = 12 * 3600.0
ENTRY = "login"  # in the cookie
MOST_FORM = 8192  # bytes
FORM_SECONDS = 5.0  # for it to arrive
MOST_WAITING = 4  # each check of a password takes 64 MB and a core, one after the other
MOST_SIGNED_IN = 1000
WRONG = "That is not the password."
SLOW = "The password did not arrive: send it again."
BUSY = "Many people are signing in just now: try again in a moment."
SIGN_IN = "Sign in first: reload the page."


class SignedIn:
    """Who is signed in.

    Parameters
    ----------
    idle_seconds : float
        Without use for so long, somebody is signed out.
    """

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        self.idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._seen: dict[str, float] = {}

    def enter(self, now: float | None = None) -> str:
        """Sign somebody in; return the name of the entry."""
        now = time.monotonic() if now is None else now
        entry = secrets.token_urlsafe(32)
        with self._lock:
            self._seen = {one: at for one, at in self._seen.items() if self._is_used(at, now)}
            while len(self._seen) >= MOST_SIGNED_IN:
                del self._seen[min(self._seen, key=self._seen.__getitem__)]
            self._seen[entry] = now
        return entry

    def is_in(self, entry: object, now: float | None = None) -> bool:
        """Tell whether an entry holds, and note that it was used."""
        now = time.monotonic() if now is None else now
        with self._lock:
            if not isinstance(entry, str) or not self._is_used(self._seen.get(entry), now):
                return False
            self._seen[entry] = now
            return True

    def leave(self, entry: object) -> None:
        """Sign somebody out."""
        with self._lock:
            if isinstance(entry, str):
                self._seen.pop(entry, None)

    def _is_used(self, at: float | None, now: float) -> bool:
        return at is not None and now - at < self.idle_seconds


class LoginGate:
    """Middleware; needs Starlette's ``SessionMiddleware`` around it, and goes around all else.

    Parameters
    ----------
    app : ASGI application
    password : Password
    forget : callable
        Told which visitor signed out: deletes what it brought.
    signed_in : SignedIn, optional
    tries : Tries, optional
    form_seconds : float
        How long the form may take to arrive.
    """

    def __init__(
        self,
        app: ASGIApp,
        password: Password,
        forget: Callable[[str], None],
        signed_in: SignedIn | None = None,
        tries: Tries | None = None,
        form_seconds: float = FORM_SECONDS,
    ) -> None:
        self.app, self.password, self.forget = app, password, forget
        self.signed_in, self.tries = signed_in or SignedIn(), tries or Tries()
        self.form_seconds = form_seconds
        self._waiting = 0
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the requests of whoever is signed in."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"] == LOGIN:
            await (await self._login(Request(scope, receive)))(scope, receive, send)
        elif not self.signed_in.is_in(scope["session"].get(ENTRY)):
            await _refusal(scope)(scope, receive, send)
        elif scope["path"] == LOGOUT:
            await (await self._logout(Request(scope, receive)))(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _login(self, request: Request) -> Response:
        if request.method in ("GET", "HEAD"):
            known = self.signed_in.is_in(request.session.get(ENTRY))
            return RedirectResponse("/", 303) if known else _form()
        if request.method != "POST":
            return _refusal(request.scope)
        try:
            given = await asyncio.wait_for(_password_in(request), self.form_seconds)
        except (TimeoutError, ClientDisconnect):
            return _form(SLOW, 408, {"Connection": "close"})
        if given is None:
            return _form(WRONG, 400)
        if self._waiting >= MOST_WAITING:  # only now: whoever sends nothing keeps nobody out
            return _form(BUSY, 503, {"Retry-After": "5"})
        self._waiting += 1
        try:
            return await self._tried(request, given)
        finally:
            self._waiting -= 1

    async def _tried(self, request: Request, given: str) -> Response:
        """Answer a password that somebody sent."""
        address = request.client.host if request.client else ""
        async with self._one_at_a_time:
            wait = self.tries.begin(address)
            if wait > 0:
                return _form(_wait_sentence(wait), 429, {"Retry-After": str(int(wait) + 1)})
            if not await run_in_threadpool(self.password.is_right, given):
                return _form(WRONG, 401)
        self.tries.right(address)
        self._renew(request)
        return RedirectResponse("/", 303)

    def _renew(self, request: Request) -> None:
        """Begin anew: no cookie from before the login is worth anything after it."""
        self.signed_in.leave(request.session.get(ENTRY))
        request.session.clear()
        request.session[ENTRY] = self.signed_in.enter()
        request.session[VISITOR] = secrets.token_urlsafe(32)

    async def _logout(self, request: Request) -> Response:
        if request.method != "POST":  # a picture elsewhere could ask for it by GET
            return PlainTextResponse("Send the form to sign out.", 405, {"Allow": "POST"})
        self.signed_in.leave(request.session.get(ENTRY))
        visitor = request.session.get(VISITOR)
        request.session.clear()
        if visitor is not None:
            await run_in_threadpool(self.forget, visitor)
        return RedirectResponse(LOGIN, 303)


async def _password_in(request: Request) -> str | None:
    body = await body_of(request, MOST_FORM)
    try:
        told = parse_qs((body or b"").decode("ascii"), max_num_fields=4).get("password", [])
    except ValueError:
        return None
    return told[0] if len(told) == 1 else None


def _refusal(scope: Scope) -> Response:
    """Lead a person to the form; tell a script no."""
    wants = Headers(scope=scope).get("accept", "")
    if scope["method"] == "GET" and "text/html" in wants:
        return RedirectResponse(LOGIN, 303)
    return PlainTextResponse(SIGN_IN, 401)


def _form(trouble: str = "", status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return the form, and above it what went wrong."""
    page = Template(files(__package__).joinpath("login.html").read_text(encoding="utf-8"))
    told = f'<p class="trouble" id="trouble" role="alert">{escape(trouble)}</p>' if trouble else ""
    described = 'aria-describedby="trouble" aria-invalid="true"' if trouble else ""
    return HTMLResponse(
        page.substitute(trouble=told, described=described),
        status,
        {"Cache-Control": "no-store", **(headers or {})},
    )


def _wait_sentence(seconds: float) -> str:
    minutes = max(int(seconds / 60 + 0.999), 1)
    unit = "minute" if minutes == 1 else "minutes"
    return f"Too many wrong passwords: wait {minutes} {unit}, then try again."

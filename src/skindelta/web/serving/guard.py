"""Middleware that lets each visitor reach its own uploads, sessions and results, and no others.

What the pages need of Gradio is listed here; whatever else it offers (calls by name, run history,
monitoring, proxies, streams, component servers, links into a state) is not there at all. What a
page sends as an event is read, and only what was understood goes on: Gradio would open a file, or
fetch an address, that a forged event names.
"""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Container
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlencode

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ...plain_words import ended, sentence
from .bodies import TOO_LONG, again, body_of
from .streams import Streams
from .uploading import Uploading
from .visitors import GONE, KEPT, Visitors

__all__ = ["VISITOR", "VisitorGuard"]

API = "/gradio_api/"
# Of Gradio's interface, all that the pages use.
OPEN = frozenset({"startup-events", "theme.css", "info", "login_check"})
HERE, LEAVE = "/skindelta/here", "/skindelta/leave"  # told by static/leaving.js
PAGES = frozenset({"/", "/config", "/theme.css", "/favicon.ico", "/manifest.json"})
FOLDERS = ("/assets/", "/static/", "/skindelta/static/")
EVENT = ("data", "event_data", "fn_index", "trigger_id", "session_hash")  # of a queue/join
CANCEL = ("event_id", "fn_index", "session_hash")
MOST_BODY = 8_000_000  # bytes; tables and marks are smaller, photos come by /upload
MOST_NAME = 64  # bytes, of a tab
VISITOR = "visitor"
SHOWN = {".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}
NOT_HERE = "There is nothing here."
AWAY = "This page was away for too long, and what it showed was deleted: reload it."
UNKNOWN = "The server does not know this page, and may have been started anew since: reload it."
OPENS_SECONDS = 3.0  # a new page tells that it is open and asks for its first event at once


class VisitorGuard:
    """Middleware; needs Starlette's ``SessionMiddleware`` around it.

    Parameters
    ----------
    app : ASGI application
        Gradio's, in FastAPI.
    visitors : Visitors
    most_bytes : int
        Of one uploaded file.
    events : collection of int
        What the pages can ask for.
    opens_seconds : float
        How long the first event of a page waits until the page tells that it is open.
    """

    def __init__(
        self,
        app: ASGIApp,
        visitors: Visitors,
        most_bytes: int,
        events: Container[int] = (),
        opens_seconds: float = OPENS_SECONDS,
    ) -> None:
        self.app, self.visitors, self.events = app, visitors, events
        self.opens_seconds = opens_seconds
        self._uploading = Uploading(app, visitors, most_bytes)
        self._streams = Streams(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if it asks for nothing of another visitor."""
        if scope["type"] == "websocket":  # the pages use none
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] != "http":
            await self.app(scope, receive, send)
        else:
            with suppress(ClientDisconnect):
                await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        visitor = scope["session"].get(VISITOR)
        if visitor is None:
            visitor = scope["session"][VISITOR] = secrets.token_urlsafe(32)
        path = scope["path"]
        if _is_odd(path) or b"deep_link" in scope["query_string"]:
            await _refused()(scope, receive, send)
        elif path.startswith(f"{KEPT}/"):
            await self._kept(visitor, path)(scope, receive, send)
        elif path.startswith(API):
            await self._guarded(visitor, path.removeprefix(API), scope, receive, send)
        elif path in (HERE, LEAVE) and scope["method"] == "POST":
            told = await self._told(visitor, path, Request(scope, receive))
            await told(scope, receive, send)
        elif path in PAGES or path.startswith(FOLDERS):
            await self.app(scope, receive, send)
        else:
            await _refused()(scope, receive, send)

    async def _guarded(
        self, visitor: str, name: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if name in ("queue/join", "cancel"):
            await self._event(visitor, name, scope, receive, send)
        elif name == "upload":
            await self._uploading(visitor, _own_progress(visitor, scope), receive, send)
        elif name == "upload_progress":
            await self.app(_own_progress(visitor, scope), receive, send)
        elif name == "reset":  # of no use to Gradio itself; its page asks for it
            await JSONResponse({"success": True})(scope, receive, send)
        elif name == "queue/data":
            await self._stream(visitor, scope, receive, send)
        elif name.startswith("heartbeat/"):
            await self._heartbeat(visitor, name.removeprefix("heartbeat/"), scope, receive, send)
        elif self._may(visitor, name, scope):
            await self.app(scope, receive, send)
        else:
            await _refused()(scope, receive, send)

    def _may(self, visitor: str, name: str, scope: Scope) -> bool:
        if name.startswith("file="):
            return self.visitors.may_read(visitor, name.removeprefix("file="))
        return name in OPEN

    async def _stream(self, visitor: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the answers to a tab's events."""
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [])
        if len(asked) == 1 and self.visitors.owns(visitor, asked[0]):
            await self._streams(asked[0], scope, receive, send)
        else:
            await _refused()(scope, receive, send)

    async def _told(self, visitor: str, path: str, request: Request) -> Response:
        """Hear from a page that it is still there, or that it goes."""
        session = (await body_of(request, MOST_NAME) or b"").decode("latin-1")
        if not self.visitors.owns(visitor, session):
            return _refused()
        if path == LEAVE:
            self.visitors.leave(session)
        return Response(status_code=204)

    async def _heartbeat(
        self, visitor: str, session: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer a connection that a tab holds for as long as it is open."""
        if not self.visitors.claim(visitor, session):
            await _refused()(scope, receive, send)
            return
        with self.visitors.being_open(session):
            await self.app(scope, receive, send)

    async def _event(
        self, visitor: str, name: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Pass on an event that is the visitor's, if the files it names are too."""
        body = await body_of(Request(scope, receive), MOST_BODY)
        if body is None:
            await PlainTextResponse(TOO_LONG, 413)(scope, receive, send)
            return
        told = _understood(body, EVENT if name == "queue/join" else CANCEL)
        refusal = _refused() if told is None else await self._refusal(visitor, told)
        if told is None or refusal is not None:
            await (refusal or _refused())(scope, receive, send)
        else:
            answer = self._streams.after_the_close(told["session_hash"], send)
            await self.app(scope, again(orjson.dumps(told), receive), answer)

    async def _refusal(self, visitor: str, told: dict[str, Any]) -> Response | None:
        """Return why an event is refused; a page shows the sentence that is in it."""
        session, event = told.get("session_hash"), told.get("fn_index")
        if type(event) is not int or event not in self.events or not isinstance(session, str):
            return _refused()
        if not self.visitors.is_name(session):
            return _refused()
        if self.visitors.was_forgotten(session):
            return JSONResponse({"detail": AWAY}, 410)
        if not await self._is_open(session):
            return JSONResponse({"detail": UNKNOWN}, 410)
        if not self.visitors.owns(visitor, session):
            return _refused()
        if not all(self.visitors.may_read(visitor, path) for path in _paths_in(told)):
            return JSONResponse({"detail": ended(sentence(GONE))}, 404)
        return None

    async def _is_open(self, session: str) -> bool:
        """Tell whether a page told that it is open; its first event may be here before that."""
        end = time.monotonic() + self.opens_seconds
        while not self.visitors.knows(session):
            if time.monotonic() > end:
                return False
            await asyncio.sleep(0.02)
        return True

    def _kept(self, visitor: str, path: str) -> Response:
        token = path.removeprefix(f"{KEPT}/").partition("/")[0]
        kept = self.visitors.shelf.found(visitor, token)
        if kept is None or not kept.path.is_file():
            return _refused()
        shown = SHOWN.get(kept.path.suffix.lower())
        return FileResponse(
            kept.path,
            media_type=shown or "application/octet-stream",
            filename=kept.path.name,
            content_disposition_type="inline" if shown else "attachment",
            headers={"Cache-Control": "private, no-store"},
        )


def _is_odd(path: str) -> bool:
    """Tell whether an address is written as no page of ours writes it."""
    steps = path.split("/")[1:]
    return ".." in steps or "." in steps or "" in steps[:-1] or "\0" in path


def _own_progress(visitor: str, scope: Scope) -> Scope:
    """Make the name of an upload the visitor's own: its progress tells what a photo is called."""
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("upload_id", [])[:1]
    names = [hashlib.sha256(f"{visitor} {name}".encode()).hexdigest() for name in asked]
    query = urlencode([("upload_id", name) for name in names])
    return {**scope, "query_string": query.encode()}


def _understood(body: bytes, fields: tuple[str, ...]) -> dict[str, Any] | None:
    """Read an object of JSON, with the fields that the page sends and no others."""
    try:
        told = orjson.loads(body)
        if not isinstance(told, dict):
            return None
        known = {name: told[name] for name in fields if name in told}
        orjson.dumps(known)  # what is nested too deep to be written is no event of a page
    except (orjson.JSONDecodeError, TypeError, RecursionError):
        return None
    return known


def _paths_in(told: Any) -> list[str]:
    """Return every path of a file that is named anywhere in an event."""
    found, left = [], [told]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            if isinstance(one.get("path"), str) and one["path"]:
                found.append(one["path"])
            left.extend(one.values())
        elif isinstance(one, list):
            left.extend(one)
    return found


def _refused() -> Response:
    return PlainTextResponse(NOT_HERE, 404)

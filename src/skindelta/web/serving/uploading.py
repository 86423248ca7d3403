"""Uploads: whether there is room, whose they are, and a sentence where they cannot be taken."""

import errno
import logging

import orjson
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .visitors import DISK_FULL, Visitors

__all__ = ["Uploading"]

AGAIN = "The upload was cut short: send the photo again."
UNREADABLE = "The upload could not be read: send the photo again."

_log = logging.getLogger("skindelta.web")


class Uploading:
    """Lets Gradio take an upload, and notes whose it is before anybody knows its name.

    Parameters
    ----------
    app : ASGI application
    visitors : Visitors
    most_bytes : int
        Of one file.
    """

    def __init__(self, app: ASGIApp, visitors: Visitors, most_bytes: int) -> None:
        self.app, self.visitors = app, visitors
        megabytes = max(round(most_bytes / 1e6), 1)
        self.too_large = f"The file is larger than {megabytes} MB: choose a smaller one."

    async def __call__(self, visitor: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one upload."""
        told = Headers(scope=scope).get("content-length", "")
        if not told.isdecimal():  # every browser says how much comes
            await PlainTextResponse(UNREADABLE, 411)(scope, receive, send)
            return
        size = int(told)
        refusal = self.visitors.room_for(visitor, size)
        if refusal is not None:
            await PlainTextResponse(refusal, 507)(scope, receive, send)
            return
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        full = False
        with self.visitors.arriving(visitor, size):
            try:
                await self.app(scope, receive, hold)
            except ClientDisconnect:
                return
            except OSError as error:
                full = error.errno in (errno.ENOSPC, errno.EDQUOT)
                if not full:
                    raise
                _log.error("an upload did not fit onto the disk")
            sentence = PlainTextResponse(DISK_FULL, 507) if full else self._sentence(visitor, held)
        if sentence is not None:
            await sentence(scope, receive, send)
            return
        for message in held:
            await send(message)

    def _sentence(self, visitor: str, held: list[Message]) -> Response | None:
        """Return what to say in place of what Gradio answered, or None where that is well."""
        if not held:  # the browser went away
            return PlainTextResponse(AGAIN, 400)
        status = held[0]["status"]
        if status == 413:
            return PlainTextResponse(self.too_large, 413)
        if status != 200:
            return PlainTextResponse(UNREADABLE, status)
        paths = _paths_in(b"".join(message.get("body", b"") for message in held[1:]))
        return None if self.visitors.uploaded(visitor, paths) else PlainTextResponse(AGAIN, 503)


def _paths_in(body: bytes) -> list[str]:
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return []
    return [path for path in told if isinstance(path, str)] if isinstance(told, list) else []

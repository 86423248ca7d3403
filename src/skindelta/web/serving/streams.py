"""Streams of answers, and the one moment at which Gradio's page can lose an answer.

A page opens a stream for the answers to its events, and the server closes it with a message once
none is left. A page that learns of a new event between the sending of that message and its arrival
trusts a stream that is about to close, and never fetches the answer. So whoever asks for an event
is answered only after the page has heard of the close: it then drops the connection of the stream,
which is held open for that.

A page that has begun an upload meanwhile drops the stream of that instead: it remembers one
connection, the newest. It hears of the close all the same, so it is waited for, but not for long.
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["HEARD_SECONDS", "UPLOADING_SECONDS", "Streams"]

HEARD_SECONDS = 5.0  # at most, for what never drops the connection; a page does in milliseconds
UPLOADING_SECONDS = 0.3  # for a page that hears of the close, but drops another connection
_CLOSE = b'"close_stream"'
_LONGEST_CLOSE = 200  # bytes; longer messages hold what a page shows


class Streams:
    """The streams of all tabs that are being closed.

    Parameters
    ----------
    app : ASGI application
        What streams.
    seconds, uploading : float
        How long a page may take to hear of a close, and one that has begun an upload.
    """

    def __init__(
        self,
        app: ASGIApp,
        seconds: float = HEARD_SECONDS,
        uploading: float = UPLOADING_SECONDS,
    ) -> None:
        self.app, self.seconds, self.uploading = app, seconds, uploading
        self._closing: dict[str, set[asyncio.Event]] = {}
        self._open: dict[str, set[asyncio.Event]] = {}  # by visitor; set once an upload has begun

    def upload_begins(self, visitor: str) -> None:
        """Know that pages of this visitor drop another connection than that of their stream."""
        for uploading in self._open.get(visitor, ()):
            uploading.set()

    async def __call__(
        self, visitor: str, session: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Pass a stream on; what closes it goes out once it has ended in the server.

        A stream that is broken off while it waits for answers takes them with it.
        """
        held: list[Message] = []
        heard, uploading = asyncio.Event(), asyncio.Event()
        self._open.setdefault(visitor, set()).add(uploading)

        async def hold_the_close(message: Message) -> None:
            if held or _closes(message):
                self._closing.setdefault(session, set()).add(heard)
                held.append(message)
            else:
                await send(message)

        try:
            await self.app(scope, receive, hold_the_close)
            if held:
                await send(held[0])
                await self._until_dropped(receive, uploading)
        finally:
            _forget(self._open, visitor, uploading)
            _forget(self._closing, session, heard)
            heard.set()
        for message in held[1:]:
            await send(message)

    def after_the_close(self, session: str, send: Send) -> Send:
        """Return how to answer an event: not while the tab is told that its stream closes."""

        async def answer(message: Message) -> None:
            while closing := self._closing.get(session):
                await next(iter(closing)).wait()
            await send(message)

        return answer

    async def _until_dropped(self, receive: Receive, uploading: asyncio.Event) -> None:
        async def dropped() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        drops, begins = asyncio.create_task(dropped()), asyncio.create_task(uploading.wait())
        try:
            first = asyncio.FIRST_COMPLETED
            await asyncio.wait({drops, begins}, timeout=self.seconds, return_when=first)
            if not drops.done() and begins.done():
                await asyncio.wait({drops}, timeout=self.uploading)
        finally:
            drops.cancel()
            begins.cancel()


def _forget(known: dict[str, set[asyncio.Event]], name: str, one: asyncio.Event) -> None:
    known.get(name, set()).discard(one)
    if not known.get(name):
        known.pop(name, None)


def _closes(message: Message) -> bool:
    body = message.get("body", b"")
    return len(body) <= _LONGEST_CLOSE and _CLOSE in body

"""Streams of answers, and the one moment at which Gradio's page can lose an answer.

A page opens a stream for the answers to its events, and the server closes it with a message once
none is left. A page that learns of a new event between the sending of that message and its arrival
trusts a stream that is about to close, and never fetches the answer. So whoever asks for an event
is answered only after the page has heard of the close: it then drops the connection of the stream,
which is held open for that. A page that has begun an upload meanwhile would drop the connection of
that instead, because Gradio remembers only the newest; ``static/leaving.js`` sees to the stream.
"""

import asyncio
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["HEARD_SECONDS", "Streams"]

HEARD_SECONDS = 5.0  # at most, for what never drops the connection; a page does in milliseconds
_CLOSE = b'"close_stream"'
_LONGEST_CLOSE = 200  # bytes; longer messages hold what a page shows


class Streams:
    """The streams of all tabs that are being closed.

    Parameters
    ----------
    app : ASGI application
        What streams.
    seconds : float
        How long a page may take to hear of a close.
    """

    def __init__(self, app: ASGIApp, seconds: float = HEARD_SECONDS) -> None:
        self.app, self.seconds = app, seconds
        self._closing: dict[str, set[asyncio.Event]] = {}

    async def __call__(self, session: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a stream on; what closes it goes out once it has ended in the server.

        A stream that is broken off while it waits for answers takes them with it.
        """
        held: list[Message] = []
        heard = asyncio.Event()

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
                await self._until_dropped(receive)
        finally:
            self._end(session, heard)
        for message in held[1:]:
            await send(message)

    def after_the_close(self, session: str, send: Send) -> Send:
        """Return how to answer an event: not while the tab is told that its stream closes."""

        async def answer(message: Message) -> None:
            while closing := self._closing.get(session):
                await next(iter(closing)).wait()
            await send(message)

        return answer

    async def _until_dropped(self, receive: Receive) -> None:
        async def dropped() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(dropped(), self.seconds)

    def _end(self, session: str, heard: asyncio.Event) -> None:
        closing = self._closing.get(session)
        if closing is not None:
            closing.discard(heard)
            if not closing:
                del self._closing[session]
        heard.set()


def _closes(message: Message) -> bool:
    body = message.get("body", b"")
    return len(body) <= _LONGEST_CLOSE and _CLOSE in body

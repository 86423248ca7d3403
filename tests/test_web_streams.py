"""No answer to an event is lost while the stream of answers closes; no server, no browser."""

import asyncio

import pytest

from skindelta.web.serving.streams import Streams

CLOSE = b'data: {"msg":"close_stream","event_id":null}\n\n'
DONE = b'data: {"msg":"process_completed","output":{"data":["a \\"close_stream\\" in a text"]}}\n\n'
START = {"type": "http.response.start", "status": 200, "headers": []}


class Stream:
    """One connection of a page: what arrived, and when the page drops it."""

    def __init__(self):
        self.sent, self.ended = [], asyncio.Event()
        self.dropped, self.at_its_end = asyncio.Event(), None

    async def app(self, scope, receive, send):
        await send(START)
        for body in (DONE, CLOSE):
            await send({"type": "http.response.body", "body": body, "more_body": True})
        self.at_its_end = list(self.sent)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        self.ended.set()

    async def receive(self):
        await self.dropped.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.sent.append(message.get("body", "start"))


async def joined(streams, session, told):
    """Answer a queue/join; what the page gets of it is told at once."""

    async def note(message):
        told.append(message["type"])

    await streams.after_the_close(session, note)(START)


async def a_moment():
    for _ in range(20):
        await asyncio.sleep(0)


def test_an_event_is_answered_only_once_the_page_has_heard_of_the_close():
    async def story():
        one, told, other = Stream(), [], []
        streams = Streams(one.app, seconds=60)
        stream = asyncio.ensure_future(streams("tab", {}, one.receive, one.send))
        await one.ended.wait()
        await a_moment()
        assert one.sent == ["start", DONE, CLOSE]  # the end is held, so that the page drops it
        joins = [asyncio.ensure_future(joined(streams, "tab", told)) for _ in range(2)]
        await joined(streams, "another", other)
        await a_moment()
        assert (told, other) == ([], ["http.response.start"])
        one.dropped.set()
        await asyncio.gather(stream, *joins)
        assert told == ["http.response.start"] * 2
        await asyncio.wait_for(joined(streams, "tab", told), 1)

    asyncio.run(story())


def test_the_page_hears_of_the_close_once_the_server_has_ended_the_stream():
    async def story():
        one = Stream()
        one.dropped.set()
        await Streams(one.app)("tab", {}, one.receive, one.send)
        assert one.at_its_end == ["start", DONE]
        assert one.sent == ["start", DONE, CLOSE, b""]

    asyncio.run(story())


def test_what_never_drops_the_stream_waits_a_while_and_no_longer():
    async def story():
        one, told = Stream(), []
        streams = Streams(one.app, seconds=0.05)
        stream = asyncio.ensure_future(streams("tab", {}, one.receive, one.send))
        await one.ended.wait()
        await asyncio.wait_for(joined(streams, "tab", told), 10)
        await stream
        assert one.sent[-1] == b""

    asyncio.run(story())


@pytest.mark.parametrize("trouble", [RuntimeError, asyncio.CancelledError])
def test_a_stream_that_breaks_holds_nothing_back(trouble):
    async def story():
        one, told = Stream(), []

        async def breaks(scope, receive, send):
            await send({"type": "http.response.body", "body": CLOSE, "more_body": True})
            raise trouble

        streams = Streams(breaks, seconds=60)
        with pytest.raises(trouble):
            await streams("tab", {}, one.receive, one.send)
        await asyncio.wait_for(joined(streams, "tab", told), 1)

    asyncio.run(story())

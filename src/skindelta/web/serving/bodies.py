"""Bodies of requests, read before they are passed on."""

from starlette.requests import Request
from starlette.types import Message, Receive

__all__ = ["TOO_LONG", "again", "body_of"]

TOO_LONG = "That is more than this page sends."


async def body_of(request: Request, most: int) -> bytes | None:
    """Read a whole body, or None of one that is longer than `most` bytes."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:  # the rest is not read: whoever sends more than a page does may wait
            return None
        parts.append(part)
    return b"".join(parts)


def again(body: bytes, receive: Receive) -> Receive:
    """Hand a body on that was read already."""
    given = False

    async def once_more() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once_more

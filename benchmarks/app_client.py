"""One visitor of the page with one open tab, without a browser: speaks as its scripts do.

Tests and the load test use it. Components are found by the names that the pages give them
(``elem_id``), never by number.
"""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

__all__ = ["Tab"]

API = "/gradio_api"
SECONDS = 120.0


class Tab:
    """An open tab.

    Parameters
    ----------
    url : str
        Of the page.
    client : httpx.Client, optional
        The browser: another tab's client is the same visitor. A new one where not said.
    """

    def __init__(self, url: str, client: httpx.Client | None = None) -> None:
        self._owns_client = client is None
        self.client = client or httpx.Client(base_url=url, trust_env=False, timeout=SECONDS)
        self.session = secrets.token_hex(6)
        self.client.get("/")
        self.config = self.client.get("/config").json()
        self.components = {one["id"]: one for one in self.config["components"]}
        self._beat: httpx.Response | None = None
        self._beats: Iterator[bytes] = iter(())

    def open(self) -> "Tab":
        """Hold the connection by which the server knows that the tab is open."""
        asked = self.client.build_request("GET", f"{API}/heartbeat/{self.session}")
        self._beat = self.client.send(asked, stream=True)
        self._beat.raise_for_status()
        self._beats = self._beat.iter_raw()  # dropping it would close the connection
        next(self._beats)
        return self

    def close(self) -> None:
        """Close the tab; the browser stays open."""
        if self._beat is not None:
            self.client.post("/skindelta/leave", content=self.session)
            self.lose()

    def lose(self) -> None:
        """Lose the connection by which the server knows that the tab is open."""
        if self._beat is not None:
            self._beat.close()
            self._beat = None

    def __enter__(self) -> "Tab":
        """Open the tab."""
        return self.open()

    def __exit__(self, *error: object) -> None:
        """Close the tab, and the browser where it is this tab's own."""
        self.close()
        if self._owns_client:
            self.client.close()

    def upload(self, path: Path) -> dict[str, Any]:
        """Send a file; return what the page's scripts keep of it."""
        answer = self.client.post(
            f"{API}/upload", files={"files": (path.name, path.read_bytes(), "image/jpeg")}
        )
        answer.raise_for_status()
        return file_data(answer.json()[0], path.name)

    def id_of(self, name: str) -> int:
        """Return the number of a component."""
        return next(n for n, one in self.components.items() if one["props"].get("elem_id") == name)

    def events(self, name: str, event: str) -> list[dict[str, Any]]:
        """Return what the server does on an event of a component."""
        target = [self.id_of(name), event]
        found = [one for one in self.config["dependencies"] if target in one["targets"]]
        return [one for one in found if one["backend_fn"]]

    def fire(
        self, name: str, event: str, given: dict[str, Any] | None = None, told: Any = None
    ) -> list[dict[str, Any]]:
        """Let an event happen, and return what it changed: for each handler component: value.

        Parameters
        ----------
        name, event : str
        given : dict
            What widgets hold, by name; others hold what they begin with.
        told : any
            What the event itself says.
        """
        return [self.run(one, given or {}, told) for one in self.events(name, event)]

    def run(self, dependency: dict[str, Any], given: dict[str, Any], told: Any = None) -> Any:
        """Run one handler; raises RuntimeError where the page would show trouble."""
        joined = self.join(dependency["id"], self._data(dependency, given), told)
        joined.raise_for_status()
        event = joined.json()["event_id"]
        for message in self.messages():
            if message.get("msg") == "process_completed" and message["event_id"] == event:
                if not message["success"]:
                    raise RuntimeError(str(message["output"].get("error")))
                return self._by_name(dependency, message["output"]["data"])
        raise RuntimeError("the stream ended before the answer")

    def join(self, index: int, data: list[Any], told: Any = None, **more: Any) -> httpx.Response:
        """Ask for an event; `more` replaces what a page would say."""
        body = {
            "data": data,
            "event_data": told,
            "fn_index": index,
            "trigger_id": None,
            "session_hash": self.session,
        }
        return self.client.post(f"{API}/queue/join", json=body | more)

    def messages(self) -> Iterator[dict[str, Any]]:
        """Read what the server tells about this tab's events."""
        asked = {"session_hash": self.session}
        with self.client.stream("GET", f"{API}/queue/data", params=asked) as stream:
            stream.raise_for_status()
            for line in stream.iter_lines():
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))

    def _data(self, dependency: dict[str, Any], given: dict[str, Any]) -> list[Any]:
        values = []
        for number in dependency["inputs"]:
            props = self.components[number]["props"]
            values.append(given.get(props.get("elem_id"), props.get("value")))
        return values

    def _by_name(self, dependency: dict[str, Any], data: list[Any]) -> dict[str, Any]:
        """Return what came back by the names of components; the rest by their numbers."""
        names = (
            self.components[n]["props"].get("elem_id") or str(n) for n in dependency["outputs"]
        )
        return dict(zip(names, data, strict=True))


def file_data(path: str, name: str) -> dict[str, Any]:
    """Return how scripts write down a file."""
    return {"path": path, "orig_name": name, "meta": {"_type": "gradio.FileData"}}

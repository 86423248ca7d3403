"""A page in a process of its own, as a user starts it."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

# Writes down every address that the server looks up or connects to.
CODE = """
import socket, sys
called = open({called!r}, "a", buffering=1)
look_up, connect = socket.getaddrinfo, socket.socket.connect
def noting_look_up(host, *args, **kwargs):
    print(host, file=called)
    return look_up(host, *args, **kwargs)
def noting_connect(self, address):
    print(address[0] if isinstance(address, tuple) else "local", file=called)
    return connect(self, address)
socket.getaddrinfo, socket.socket.connect = noting_look_up, noting_connect
from pathlib import Path
from skindelta.photo import PhotoLimits
from skindelta.web import Records
from skindelta.web import launch
{before}
launch(Records(Path({record!r})), port={port}{more})
"""


class Server(NamedTuple):
    """A running page: where, its temporary folder, what it called and what it wrote."""

    url: str
    folder: Path
    called: Path
    errors: Path
    process: subprocess.Popen

    def client(self, **more):
        """A browser that nobody else uses."""
        return httpx.Client(base_url=self.url, trust_env=False, timeout=60, **more)

    @property
    def uploads(self):
        return next(self.folder.glob("skindelta-web-*"))


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def serving(folder, more="", before=""):
    """Serve until left; `more` are further arguments of launch, `before` runs before it."""
    port = free_port()
    called, errors = folder / "called.txt", folder / "errors.txt"
    before = before.replace("{called!r}", repr(str(called)))
    code = CODE.format(
        called=str(called),
        record=str(folder / "record"),
        port=port,
        more=f", {more}" if more else "",
        before=before,
    )
    with errors.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, "TMPDIR": str(folder)},
            stderr=written,
            stdout=written,
        )
    server = Server(f"http://127.0.0.1:{port}", folder, called, errors, process)
    try:
        wait_for(server)
        yield server
    finally:
        process.terminate()
        process.wait(30)
    assert not list(folder.glob("skindelta-web-*")), "the uploads outlived the server"


def wait_for(server, seconds=90):
    """Return once the server answers."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.process.poll() is None:
        try:
            httpx.get(server.url, trust_env=False, timeout=seconds)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the page did not start within {seconds} s: {server.errors.read_text()[-3000:]}")


def eventually(claim, seconds=30):
    """Return once a claim holds; ask again and again until then."""
    end = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > end:
            pytest.fail(f"it did not come true within {seconds} s")
        time.sleep(0.05)

"""Slow, lost and closed connections of a real browser: no answer is lost, and photos go in time."""

import os
import subprocess
import sys

import pytest

from serving import Server, eventually, free_port, serving, wait_for

pytestmark = pytest.mark.browser

WAIT = 60_000  # ms; machines are busy
BYTES_PER_SECOND = 300_000
# A page with an answer that a slow connection needs a second for, behind our protection.
LONG_ANSWER = """
import os, secrets, sys
from skindelta.web.server import _keep_to_ourselves, protect
folder = _keep_to_ourselves()
import gradio as gr, uvicorn
from fastapi import FastAPI
from skindelta.photo import PhotoLimits
from skindelta.web.serving.address import Address
from skindelta.web.serving.visitors import Visitors
port = int(sys.argv[1])
private = {"api_visibility": "private", "show_progress": "hidden"}
with gr.Blocks() as page:
    asked, answer = gr.Number(0, elem_id="asked"), gr.Textbox(elem_id="answer")
    long, short = gr.Button("long", elem_id="long"), gr.Button("short", elem_id="short")
    long.click(lambda n: (n + 1, secrets.token_hex(150_000)), asked, [asked, answer], **private)
    short.click(lambda n: f"short {n}", asked, answer, **private)
    page.unload(lambda: None)
page.queue(api_open=False)
app = FastAPI()
protect(app, Visitors(folder), Address("127.0.0.1", port), PhotoLimits(), None, frozenset(page.fns))
app = gr.mount_gradio_app(app, page, path="/", ssr_mode=False, enable_monitoring=False)
uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1)
"""


@pytest.fixture
def page(browser):
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(WAIT)
    yield page
    context.close()


@pytest.fixture
def long_answers(tmp_path):
    """Address of a page whose answers are long."""
    port = free_port()
    errors = tmp_path / "errors.txt"
    with errors.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-c", LONG_ANSWER, str(port)],
            env={**os.environ, "TMPDIR": str(tmp_path)},
            stderr=written,
            stdout=written,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(Server(url, tmp_path, tmp_path / "called.txt", errors, process))
        yield url
    finally:
        process.terminate()
        process.wait(30)


def test_what_is_asked_for_while_an_answer_is_on_its_way_is_answered(page, long_answers):
    """The message that closes the stream is behind the answer, on its way for a second."""
    page.goto(long_answers)
    page.wait_for_selector("#long")
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    slow = {"downloadThroughput": BYTES_PER_SECOND, "uploadThroughput": BYTES_PER_SECOND}
    line.send("Network.emulateNetworkConditions", {"offline": False, "latency": 0, **slow})
    for number, after in enumerate((200, 300, 400, 500, 600)):
        page.evaluate(
            """after => {
                document.querySelector("#long").click();
                setTimeout(() => document.querySelector("#short").click(), after);
            }""",
            after,
        )
        page.wait_for_function(
            """number => document.querySelector("#asked input").value === String(number + 1)
                && document.querySelector("#answer textarea").value === `short ${number}`""",
            arg=number,
        )


def test_photos_go_soon_after_a_page_is_closed_and_not_when_its_connection_is_lost(
    page, photos, tmp_path
):
    photo = photos / "london" / "001_neutral.jpg"
    with serving(tmp_path, "grace_seconds=0.5, away_seconds=600.0") as server:
        page.goto(server.url)
        page.set_input_files("#before-file input[type=file]", str(photo))
        page.wait_for_selector("#before-check .sd-status")

        def there():
            return list(server.uploads.rglob(photo.name))

        assert there()
        page.goto("about:blank")
        eventually(lambda: not there())


def test_a_page_whose_photos_were_deleted_says_so(page, photos, tmp_path):
    photo = photos / "london" / "001_neutral.jpg"
    with serving(tmp_path, "grace_seconds=0.5, away_seconds=0.5") as server:
        page.goto(server.url)
        page.set_input_files("#before-file input[type=file]", str(photo))
        page.wait_for_selector("#before-check .sd-status")
        name = page.evaluate(
            """() => { let name; const send = navigator.sendBeacon;
                navigator.sendBeacon = (_, told) => { name = told; return true; };
                dispatchEvent(new Event("pagehide")); navigator.sendBeacon = send; return name; }"""
        )
        assert page.request.post(f"{server.url}/skindelta/here", data=name).status == 204
        page.evaluate("name => navigator.sendBeacon('/skindelta/leave', name)", name)
        page.evaluate("stop()")  # as a connection that is lost: the page itself stays
        eventually(lambda: not list(server.uploads.rglob(photo.name)))
        page.click("#compare")
        page.wait_for_function(
            "[...document.querySelectorAll('.toast-body')].some(one => "
            "one.innerText.includes('away for too long'))"
        )

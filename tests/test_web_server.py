"""The page as it is served: what it gives to whom, what it refuses, and that it calls nobody."""

import json
import re
import socket
import stat
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

import pytest

from serving import eventually, serving
from skindelta.errors import SkinDeltaError
from skindelta.normalize import ReferenceChoice
from skindelta.pipeline import Options
from skindelta.web.trouble import sentence_of

import sys  # isort: skip

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from app_client import Tab  # noqa: E402

LIMIT = 2_000_000
PAIR = ("001_neutral.jpg", "001_smiling.jpg")
NO_SPACE = b"no space is left for this"
NAME = "Zoe Smith 1987.jpg"
# A disk that is full while a certain photo arrives.
FULL_DISK = f"""
import errno, os, starlette.datastructures
write = starlette.datastructures.UploadFile.write
async def full(self, data):
    if {NO_SPACE!r} in data:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return await write(self, data)
starlette.datastructures.UploadFile.write = full
"""
# Writes down again and again which tabs Gradio remembers.
REMEMBERED = """
import threading, time
def write_down():
    from gradio.state_holder import StateHolder
    holders = []
    begin = StateHolder.__init__
    StateHolder.__init__ = lambda self: (begin(self), holders.append(self))[0]
    file = Path({called!r}).parent / "remembered.txt"
    while True:
        draft = file.with_suffix(".new")
        draft.write_text(" ".join(s for h in holders for s in list(h.session_data)))
        draft.replace(file)
        time.sleep(0.2)
import os
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
import gradio.state_holder
threading.Thread(target=write_down, daemon=True).start()
time.sleep(0.5)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A page that forgets a tab after a second; its folder must be gone at the end."""
    more = f"limits=PhotoLimits(bytes={LIMIT}), grace_seconds=1.0"
    with serving(tmp_path_factory.mktemp("server"), more, FULL_DISK + REMEMBERED) as server:
        yield server


@pytest.fixture
def client(server):
    with server.client() as client:
        yield client


@pytest.fixture
def anna(server):
    """A visitor with an open tab."""
    with Tab(server.url) as tab:
        yield tab


@pytest.fixture
def ben(server):
    """Another one."""
    with Tab(server.url) as tab:
        yield tab


@pytest.fixture(scope="module")
def components(server):
    """Each component of the page: (kind, its properties)."""
    with server.client() as client:
        return [(c["type"], c["props"]) for c in client.get("/config").json()["components"]]


def brings(tab, side, photo):
    """Bring a photo to one side of the page Compare; return what the page then shows."""
    given = tab.upload(photo)
    (shown,) = tab.fire(f"{side}-file", "upload", {f"{side}-file": given})
    return given, shown


# ---------------------------------------------------- headers and names


@pytest.mark.parametrize(
    "path", ["/", "/config", "/theme.css", "/nowhere", "/gradio_api/info", "/skindelta/kept/x/y"]
)
def test_every_answer_forbids_framing_sniffing_and_other_origins(client, path):
    headers = client.get(path).headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert "*" not in policy
    assert "server" not in headers


@pytest.mark.parametrize("path", ["/", "/config", "/nowhere", "/gradio_api/info"])
def test_a_browser_keeps_no_answer(client, path):
    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_a_browser_keeps_no_stream_which_it_could_ask_for_twice(anna):
    (compare,) = anna.events("compare", "click")
    joined = anna.join(compare["id"], [None] * len(compare["inputs"]))
    assert joined.headers["Cache-Control"] == "no-store"
    asked = {"session_hash": anna.session}
    with anna.client.stream("GET", "/gradio_api/queue/data", params=asked) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        assert stream.headers["Cache-Control"] == "no-store"


def test_a_browser_keeps_no_photo_that_was_uploaded(anna, photos):
    given = anna.upload(photos / "london" / PAIR[0])
    answer = anna.client.get(f"/gradio_api/file={given['path']}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_browser_keeps_the_files_of_the_program_and_asks_whether_they_changed(client):
    (asset, *_) = re.findall(r'"(?:\./)?(assets/[^"]+\.js)"', client.get("/").text)
    headers = client.get(f"/{asset}").headers
    assert headers["ETag"]
    assert "no-store" not in headers.get("Cache-Control", "")


def test_a_page_elsewhere_cannot_reach_the_server_under_its_own_name(client):
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_page_elsewhere_cannot_make_a_browser_upload(server, client, headers):
    files = {"files": ("a.jpg", b"from elsewhere")}
    assert client.post("/gradio_api/upload", files=files, headers=headers).status_code == 403
    assert not any(p.read_bytes() == b"from elsewhere" for p in server.uploads.glob("*/a.jpg"))


def test_what_a_proxy_might_say_is_not_believed(client):
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert "evil.example" not in client.get("/config", headers=headers).text


def test_the_cookie_is_for_this_page_alone(client):
    flags = client.get("/").headers["set-cookie"].lower()
    assert "httponly" in flags
    assert "samesite=strict" in flags


# --------------------------------------------- what Gradio offers beside


@pytest.mark.parametrize(
    "path",
    [
        "/docs",
        "/redoc",
        "/openapi.json",
        "/gradio_api/openapi.json",
        "/monitoring",
        "/monitoring/summary",
        "/gradio_api/runs",
        "/gradio_api/run-history/records",
        "/gradio_api/deep_link?session_hash=x",
        "/?deep_link=x",
        "/login",
        "/logout",
        "/gradio_api/proxy=https://example.org/",
        "/gradio_api/stream/a/b/1/playlist.m3u8",
        "/gradio_api/custom_component/a/b/c/d.js",
        "/gradio_api/queue/status",
        "/gradio_api/token",
        "/gradio_api/app_id",
        "/gradio_api/user",
        "/gradio_api/dev/reload",
        "/gradio_api/profiling/traces",
        "/gradio_api/vibe-code",
        "/gradio_api/call/compare/x",
        "/gradio_api/mcp/",
        "/gradio_api/file/etc/passwd",
        "/svelte/x.js",
        "/robots.txt",
        "/pwa_icon",
        "/skindelta/login",
        "/skindelta/logout",
    ],
)
def test_what_the_pages_do_not_need_is_not_there(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/run/compare",
        "/run/0",
        "/api/compare",
        "/call/compare",
        "/call/v2/compare",
        "/component_server",
        "/component_server/",
        "/process_recording",
        "/vibe-edit",
        "/vibe-edit/",
        "/undo-vibe-edit/",
        "/vibe-starter-queries/",
        "/stream/x",
        "/stream/x/close",
        "/run-history/connect",
        "/profiling/clear",
    ],
)
def test_nothing_is_called_but_by_the_events_of_the_page(client, path):
    assert client.post(f"/gradio_api{path}", json={"data": []}).status_code == 404


def test_nothing_can_be_called_by_name(client):
    info = client.get("/gradio_api/info").json()
    assert info["named_endpoints"] == {}
    assert info["unnamed_endpoints"] == {}


def test_the_page_keeps_no_runs_tells_nobody_and_shows_no_footer(client):
    config = client.get("/config").json()
    assert not config["run_history"]
    assert not config["analytics_enabled"]
    assert not config["show_error"]
    assert not config["vibe_mode"]
    assert not config["mcp_server"]
    assert config["footer_links"] == []
    assert all(one["api_visibility"] == "private" for one in config["dependencies"])


@pytest.fixture(scope="module")
def hearing(server):
    """What hears each event of a widget, in the order in which the browser goes through it."""
    with server.client() as client:
        config = client.get("/config").json()
    states = {one["id"] for one in config["components"] if one["type"] == "state"}  # each by itself
    found = defaultdict(list)
    for one in config["dependencies"]:
        for target, event in one["targets"]:
            if target is not None and target not in states:
                found[target, event].append(one)
    return found


def test_nothing_that_is_put_off_repeats_what_else_hears_the_same_event(hearing):
    """Gradio dispatches the whole event again for one call that had to wait: fields are cleared."""
    shared = [heard for heard in hearing.values() if len(heard) > 1]
    assert shared
    put_off = [
        one["targets"]
        for heard in shared
        for one in heard
        if one["backend_fn"] and one["trigger_mode"] == "always_last"
    ]
    assert put_off == []


def test_what_the_browser_does_by_itself_does_not_wait_for_the_server(hearing):
    """Gradio runs what hears one event in turn, and waits for each: the server comes last.

    What calls something off may come once more afterwards.
    """
    orders = [
        [bool(one["backend_fn"]) for one in heard if not one["cancels"]]
        for heard in hearing.values()
    ]
    assert [True, False] not in orders
    assert [False, True] in orders
    assert all(order == sorted(order) for order in orders)


def test_sockets_are_refused(server):
    where = urlsplit(server.url)
    asked = (
        f"GET /gradio_api/queue/join HTTP/1.1\r\nHost: {where.netloc}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with socket.create_connection((where.hostname, where.port), timeout=20) as line:
        line.sendall(asked.encode())
        assert b" 101 " not in line.recv(4096).split(b"\r\n")[0]


# ------------------------------------------------ files of other people


@pytest.mark.parametrize(
    "path",
    [
        "file=/etc/passwd",
        f"file={Path(__file__).resolve()}",
        "file=../../../etc/passwd",
        "file=%2e%2e/%2e%2e/etc/passwd",
        "file=%2Fetc%2Fpasswd",
        "file%3D/etc/passwd",
        "/file=/etc/passwd",
        "file=//etc/passwd",
        "file=/etc/passwd/",
        "FILE=/etc/passwd",
        "file=https://example.org/",
        "file=/etc/passwd%00.jpg",
        "file=~/.ssh/id_rsa",
        "../gradio_api/file=/etc/passwd",
        "./file=/etc/passwd",
    ],
)
def test_no_file_of_the_machine_is_served(server, path):
    """Sent as written: a client library would tidy the path up first."""
    assert status_of(server, f"/gradio_api/{path}") == 404


@pytest.mark.parametrize(
    "path",
    [
        "//gradio_api/file=/etc/passwd",
        "/%67radio_api/file=/etc/passwd",
        "/GRADIO_API/file=/etc/passwd",
        "/static/../../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/static/..%2f..%2f..%2fetc/passwd",
        "/assets//etc/passwd",
        "/skindelta/static/..%2fserver.py",
        "/skindelta/static/../../server.py",
        "/skindelta/kept/..%2f..%2fetc/passwd",
    ],
)
def test_no_way_of_writing_an_address_leads_elsewhere(server, path):
    assert status_of(server, path) == 404


def status_of(server, path):
    """The status of an address that is sent byte by byte as it is written."""
    where = urlsplit(server.url)
    asked = f"GET {path} HTTP/1.1\r\nHost: {where.netloc}\r\nConnection: close\r\n\r\n"
    with socket.create_connection((where.hostname, where.port), timeout=20) as line:
        line.sendall(asked.encode())
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    assert b"root:" not in answer
    return int(answer.split(b" ", 2)[1])


def test_an_upload_is_read_by_whoever_brought_it_and_nobody_else(anna, ben, photos):
    given = anna.upload(photos / "london" / PAIR[0])
    address = f"/gradio_api/file={given['path']}"
    assert anna.client.get(address).status_code == 200
    assert ben.client.get(address).status_code == 404
    ben.client.cookies.clear()
    assert ben.client.get(address).status_code == 404


def test_what_was_measured_is_read_by_whoever_asked_and_nobody_else(anna, ben, photos):
    for side, name in zip(("before", "after"), PAIR, strict=True):
        brings(anna, side, photos / "london" / name)
    (shown,) = anna.fire("compare", "click")
    assert "sd-good" in shown["status"]
    addresses = set(re.findall(r"/skindelta/kept/[^\"' )]+", json.dumps(shown)))
    assert len(addresses) > 3
    for address in addresses:
        mine = anna.client.get(address)
        assert mine.status_code == 200
        assert mine.headers["cache-control"] == "private, no-store"
        is_picture = mine.headers["content-type"].startswith("image/")
        kind = "inline" if is_picture else "attachment"
        assert mine.headers["content-disposition"].startswith(kind)
        assert ben.client.get(address).status_code == 404
        assert ben.client.head(address).status_code == 404


def test_nothing_that_is_shown_comes_from_gradios_cache(anna, photos):
    """What a handler returned as a picture or file of Gradio would be served by its cache."""
    shown = [
        brings(anna, side, photos / "london" / name)[1]
        for side, name in zip(("before", "after"), PAIR, strict=True)
    ]
    shown += anna.fire("compare", "click")
    text = json.dumps(shown)
    assert "/gradio_api/" not in text
    assert '"path"' not in text


def test_no_widget_shows_pictures_by_itself(components):
    kinds = {kind for kind, _ in components}
    ours = {"file", "image"}  # to bring photos: a file chooser and the camera
    theirs = {"imageslider", "gallery", "plot", "annotatedimage", "imageeditor", "video", "chatbot"}
    assert not kinds & (theirs | {"downloadbutton", "model3d", "audio", "fileexplorer", "dataset"})
    for kind, props in components:
        if kind in ours:
            assert props.get("value") is None
            assert kind != "image" or props["sources"] == ["webcam"]


@pytest.mark.parametrize("told", [{}, {"meta": {"_type": "gradio.FileData"}}])
@pytest.mark.parametrize(
    "path", ["hers", "/etc/passwd", "/proc/self/environ", "https://example.org/a.jpg"]
)
def test_an_event_that_names_a_file_of_somebody_else_is_refused(anna, ben, photos, path, told):
    hers = anna.upload(photos / "london" / PAIR[0])["path"]
    (check,) = ben.events("before-file", "upload")
    forged = {"path": hers if path == "hers" else path} | told
    data = [forged, *[None] * (len(check["inputs"]) - 1)]
    answer = ben.join(check["id"], data)
    assert answer.status_code == 404
    assert answer.json()["detail"] == (
        "The photo is no longer here: photos are deleted after an hour; add it again."
    )
    assert ben.join(check["id"], [None] * len(data), told={"deep": [forged]}).status_code == 404


def test_the_check_itself_reads_only_what_is_the_visitors(anna, ben, photos):
    """Should a path ever get past the guard, the handler asks again whose it is."""
    hers = anna.upload(photos / "london" / PAIR[0])["path"]
    (check,) = ben.events("before-file", "upload")
    answer = ben.join(check["id"], [hers, *[None] * (len(check["inputs"]) - 1)])
    assert answer.status_code == 200
    done = next(m for m in ben.messages() if m["msg"] == "process_completed")
    assert not done["success"] or "no longer here" in json.dumps(done["output"])
    assert "kept" not in json.dumps(done["output"])


def test_another_visitors_tab_cannot_be_listened_to_or_spoken_for(anna, ben):
    anna.fire("compare", "click")
    name = anna.session
    assert (
        ben.client.get("/gradio_api/queue/data", params={"session_hash": name}).status_code == 404
    )
    assert ben.client.get(f"/gradio_api/heartbeat/{name}").status_code == 404
    (compare,) = ben.events("compare", "click")
    data = [None] * len(compare["inputs"])
    assert ben.join(compare["id"], data, session_hash=name).status_code == 404
    forged = {"session_hash": name, "fn_index": compare["id"], "event_id": "x"}
    assert ben.client.post("/gradio_api/cancel", json=forged).status_code == 404
    assert anna.fire("compare", "click")


@pytest.mark.parametrize("name", ["x" * 65, "", "a/b", "a b", "é", None, 5, ["x"], {"a": 1}])
def test_odd_names_of_tabs_are_refused(anna, name):
    (compare,) = anna.events("compare", "click")
    data = [None] * len(compare["inputs"])
    assert anna.join(compare["id"], data, session_hash=name).status_code == 404


@pytest.mark.parametrize("index", [99999, -1, None, "0", True, 1.0, [0]])
def test_there_are_no_events_but_those_of_the_page(anna, index):
    assert anna.join(index, []).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 404),
        (b"[]", 404),
        (b"{", 404),
        (b"null", 404),
        (b"\xff\xfe{", 404),
        (b'{"session_hash": "a", "fn_index": 0, "data": ' + b"[" * 100_000, 404),
        (b'{"fn_index": 0, "data": ' + b"[" * 400 + b"]" * 400 + b"}", 404),
        (b'{"data": "' + b"x" * 9_000_000 + b'"}', 413),
    ],
)
def test_bodies_that_no_page_sends_are_refused(client, body, status):
    kind = {"Content-Type": "application/json"}
    answer = client.post("/gradio_api/queue/join", content=body, headers=kind)
    assert answer.status_code == status


def test_the_progress_of_an_upload_is_seen_by_whoever_sends_it(anna, ben, photos):
    files = {"files": (NAME, (photos / "london" / PAIR[0]).read_bytes())}
    anna.client.post("/gradio_api/upload", params={"upload_id": "guessed"}, files=files)
    told = "/gradio_api/upload_progress?upload_id=guessed"
    assert ben.client.get(told).status_code == 404
    assert "done" in anna.client.get(told).text


# ---------------------------------------------------------------- uploads


def test_a_file_over_the_limit_is_refused_with_a_sentence(client):
    small = client.post("/gradio_api/upload", files={"files": ("a.jpg", b"x" * (LIMIT - 1000))})
    large = client.post("/gradio_api/upload", files={"files": ("b.jpg", b"x" * (LIMIT + 1000))})
    assert small.status_code == 200
    assert large.status_code == 413
    assert large.text == "The file is larger than 2 MB: choose a smaller one."


def test_a_full_disk_is_a_sentence_and_leaves_no_half_of_a_photo(server, client):
    answer = client.post("/gradio_api/upload", files={"files": ("a.jpg", NO_SPACE)})
    assert answer.status_code == 507
    assert answer.text.startswith("The disk of the machine that serves this page is full")
    eventually(lambda: not halves(server))
    assert client.post("/gradio_api/upload", files={"files": ("a.jpg", b"x")}).status_code == 200


def test_what_is_no_upload_is_refused_with_a_sentence(client):
    unmeasured = client.post("/gradio_api/upload", content=iter([b"x"]))
    assert unmeasured.status_code == 411
    answer = client.post("/gradio_api/upload", content=b"x")
    assert answer.status_code == 400
    assert answer.text == "The upload could not be read: send the photo again."


def test_an_upload_that_is_broken_off_leaves_nothing(server):
    where = urlsplit(server.url)
    head = (
        f"POST /gradio_api/upload HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: 900000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\nContent-Disposition: "
        'form-data; name="files"; filename="half.jpg"\r\n\r\n'
    )
    with socket.create_connection((where.hostname, where.port), timeout=20) as line:
        line.sendall(head.encode() + b"half of a face" * 20_000)
        eventually(lambda: halves(server))
    eventually(lambda: not halves(server))


def halves(server):
    """Files that are still coming in lie by themselves in the folder; whole ones have a folder."""
    return [path for path in server.uploads.iterdir() if path.is_file()]


def test_uploads_are_kept_where_only_this_user_can_read(server, client):
    answer = client.post("/gradio_api/upload", files={"files": ("c.jpg", b"x" * 100)})
    folder = Path(answer.json()[0]).parents[1]
    assert folder.parent == server.folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_bytes_arrive_as_they_are(client, photos):
    data = (photos / "london" / PAIR[0]).read_bytes()
    answer = client.post("/gradio_api/upload", files={"files": ("d.jpg", data)})
    assert Path(answer.json()[0]).read_bytes() == data


def test_photos_and_pictures_go_when_the_tab_is_closed(server, photos):
    with Tab(server.url) as tab:
        given, shown = brings(tab, "before", photos / "london" / PAIR[0])
        address = re.search(r"/skindelta/kept/[^\"]+", shown["before-check"])[0]
        assert tab.client.get(address).status_code == 200
        assert Path(given["path"]).exists()
        tab.close()
        eventually(lambda: not Path(given["path"]).exists())
        eventually(lambda: tab.client.get(address).status_code == 404)


def test_photos_stay_for_a_tab_that_lost_its_connection(server, photos):
    with Tab(server.url) as lost, Tab(server.url) as closed:
        given, gone = (
            brings(tab, "before", photos / "london" / PAIR[0])[0] for tab in (lost, closed)
        )
        lost.lose()
        closed.close()
        there = f"/gradio_api/file={gone['path']}"
        eventually(lambda: closed.client.get(there).status_code == 404)
        assert Path(given["path"]).exists()
        assert lost.client.post("/skindelta/here", content=lost.session).status_code == 204
        (shown,) = lost.fire("before-file", "upload", {"before-file": given})
        assert "sd-status" in shown["before-check"]


def test_a_page_that_was_away_for_too_long_is_told_and_shows_nothing_untrue(server):
    with Tab(server.url) as tab:
        tab.fire("compare", "click")
        eventually(lambda: tab.session in remembered(server))
        tab.close()
        eventually(lambda: tab.session not in remembered(server))
        (compare,) = tab.events("compare", "click")
        answer = tab.join(compare["id"], [None] * len(compare["inputs"]))
        assert answer.status_code == 410
        assert "away for too long" in answer.json()["detail"]
        assert tab.client.get(f"/gradio_api/heartbeat/{tab.session}").status_code == 404


def test_a_page_of_a_server_that_has_ended_is_told_to_reload(server):
    with Tab(server.url) as tab:
        (compare,) = tab.events("compare", "click")
        data = [None] * len(compare["inputs"])
        answer = tab.join(compare["id"], data, session_hash="unheard")
        assert answer.status_code == 410
        assert answer.json()["detail"].endswith("reload it.")
        asked = {"session_hash": "unheard"}
        assert tab.client.get("/gradio_api/queue/data", params=asked).status_code == 404


def test_nobody_closes_the_tab_of_somebody_else(anna, ben):
    assert ben.client.post("/skindelta/leave", content=anna.session).status_code == 404
    assert ben.client.post("/skindelta/here", content=anna.session).status_code == 404
    assert ben.client.post("/skindelta/leave", content="x" * 99).status_code == 404
    assert ben.client.get("/skindelta/leave").status_code == 404
    assert anna.fire("compare", "click")


def test_a_page_that_calls_an_event_off_is_not_told_that_it_may_not(anna):
    asked = {"event_id": None}
    assert anna.client.post("/gradio_api/reset", json=asked).json() == {"success": True}


def test_the_same_photo_stays_for_the_second_visitor_when_the_first_goes(server, ben, photos):
    with Tab(server.url) as anna:
        hers, _ = brings(anna, "before", photos / "london" / PAIR[0])
        his, _ = brings(ben, "before", photos / "london" / PAIR[0])
        assert hers["path"] == his["path"]
        anna.close()
        eventually(lambda: anna.client.get(f"/gradio_api/file={hers['path']}").status_code == 404)
    assert ben.client.get(f"/gradio_api/file={his['path']}").status_code == 200


def test_a_second_tab_of_a_visitor_sees_its_photos(anna, photos):
    given = anna.upload(photos / "london" / PAIR[0])
    with Tab(str(anna.client.base_url), anna.client) as second:
        (shown,) = second.fire("before-file", "upload", {"before-file": given})
    assert "sd-status" in shown["before-check"]


def test_gradio_remembers_nothing_of_a_closed_tab(server):
    """It would keep the values of widgets, results among them, until it knew 10 000 tabs."""
    with Tab(server.url) as tab:
        tab.fire("compare", "click")
        eventually(lambda: tab.session in remembered(server))
        tab.close()
        eventually(lambda: tab.session not in remembered(server))


def remembered(server):
    return (server.folder / "remembered.txt").read_text()


# ------------------------------------------------------------ the page


def test_the_widgets_start_with_the_default_options(components):
    values = {props.get("elem_id"): props.get("value") for _, props in components}
    assert values["reference"] == Options().reference
    assert values["close-up"] == Options().close_up


def test_every_reference_can_be_chosen(components):
    choices = next(p["choices"] for _, p in components if p.get("elem_id") == "reference")
    assert {value for _, value in choices} == set(get_args(ReferenceChoice))


# -------------------------------------------------- last: what it left behind


def test_no_name_of_a_photo_is_in_what_the_server_writes(server, anna, tmp_path):
    (tmp_path / NAME).write_text("no photo")
    anna.fire("before-file", "upload", {"before-file": anna.upload(tmp_path / NAME)})
    (one,) = anna.events("compare", "click")
    data = [f"{NAME}: chosen by nobody"] * len(one["inputs"])
    assert anna.join(one["id"], data).status_code == 200
    done = next(m for m in anna.messages() if m["msg"] == "process_completed")
    assert not done["success"]
    written = server.errors.read_text()
    assert "skindelta is at" in written
    assert "Gradio could not run a handler" in written
    assert "an upload did not fit onto the disk" in written
    assert "Zoe" not in written


@pytest.mark.parametrize("log", ["uvicorn.error", "asyncio", "skindelta.web"])
def test_no_log_repeats_the_words_of_an_error(log):
    code = f"""
import logging
from skindelta.web.trouble import log_to_the_window
log_to_the_window()
try:
    raise ValueError("Zoe is not in the list")
except ValueError:
    logging.getLogger({log!r}).exception("Exception in ASGI application")
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stderr.count("Exception in ASGI application") == 1
    assert "ValueError" in told.stderr
    assert "Zoe" not in told.stderr.replace("raise ValueError(", "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("half.zip is damaged", "half.zip is damaged."),
        ("a/b: not here", "a/b: not here."),
        ("the photo is dark", "The photo is dark."),
        ("wait. then go", "Wait. then go."),
    ],
)
def test_a_sentence_begins_with_a_capital_unless_with_the_name_of_a_file(text, told):
    assert sentence_of(SkinDeltaError(text)) == told


def test_the_server_called_nobody(server):
    here = {"127.0.0.1", "localhost", "::1", "local", "None"}
    assert set(server.called.read_text().split()) <= here

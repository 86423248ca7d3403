"""Who does not know the password reaches nothing but the form; who guesses is slowed down."""

import asyncio
import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI, Request
from starlette.middleware.sessions import SessionMiddleware

from skindelta.errors import SkinDeltaError
from skindelta.photo import PhotoLimits
from skindelta.web.server import protect
from skindelta.web.serving import login as login_module
from skindelta.web.serving.address import Address, listen
from skindelta.web.serving.login import LoginGate, SignedIn
from skindelta.web.serving.passwords import Password, Tries
from skindelta.web.serving.visitors import Visitors

SECRET = "correct horse battery"
HERE = "http://127.0.0.1:7860"


class Fake:
    """A password that can be held up while it is checked; counts how many are at once."""

    def __init__(self):
        self.going = threading.Event()
        self.going.set()
        self.now = self.most = 0

    def is_right(self, given):
        self.now += 1
        self.most = max(self.most, self.now)
        self.going.wait(10)
        self.now -= 1
        return given == SECRET


def site(tmp_path, password=None, name=None):
    """Our protection around a page that says whose it is."""
    app = FastAPI(docs_url=None, openapi_url=None, redoc_url=None)
    visitors = Visitors(tmp_path)
    address = Address("127.0.0.1", 7860, name)
    protect(app, visitors, address, PhotoLimits(), password or Fake())

    @app.get("/config")
    def page(request: Request):
        return {"client": request.client.host, "url": str(request.url)}

    return app, visitors


@pytest.fixture
def browse(tmp_path):
    """Open a browser at a site: browse(site, ...) -> client; all its requests are sync."""
    return lambda app, base=HERE, client=("127.0.0.1", 1): Browser(app, base, client)


class Browser:
    """A client with cookies, over ASGI."""

    def __init__(self, app, base=HERE, client=("127.0.0.1", 1)):
        self.transport = httpx.ASGITransport(app, client=client)
        self.base, self.cookies = base, httpx.Cookies()

    def ask(self, method, path, **more):
        async def asked():
            async with httpx.AsyncClient(
                transport=self.transport, base_url=self.base, cookies=self.cookies
            ) as client:
                answer = await client.request(method, path, **more)
                self.cookies = client.cookies
                return answer

        return asyncio.run(asked())

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, **more):
        return self.ask("POST", path, **more)

    def sign_in(self, password=SECRET, **more):
        return self.post("/skindelta/login", data={"password": password}, **more)


# ------------------------------------------------------------- passwords


def test_the_right_password_is_right_and_others_are_not():
    password = Password(SECRET)
    assert password.is_right(SECRET)
    assert not password.is_right(SECRET.upper())
    assert not password.is_right("")


def test_a_hash_stands_for_its_password():
    password = Password(PasswordHasher(time_cost=1, memory_cost=64).hash(SECRET))
    assert password.is_right(SECRET)
    assert not password.is_right("something else")


@pytest.mark.parametrize("told", ["", "eleven char", "x" * 1025, "$argon2id$v=19$broken"])
def test_a_password_that_is_too_short_or_a_broken_hash_is_a_sentence(told):
    with pytest.raises(SkinDeltaError, match="choose"):
        Password(told)


def test_the_fifth_wrong_password_locks_an_address_for_a_quarter_of_an_hour():
    tries = Tries()
    assert [tries.begin("10.0.0.1", now) for now in range(5)] == [0] * 5
    assert tries.begin("10.0.0.1", 5) == pytest.approx(899)
    assert tries.begin("10.0.0.2", 5) == 0
    assert tries.begin("10.0.0.1", 903) > 0
    assert tries.begin("10.0.0.1", 905) == 0


def test_waiting_is_not_made_longer_by_trying():
    tries = Tries()
    for now in range(5):
        tries.begin("10.0.0.1", now)
    for now in range(5, 800):
        tries.begin("10.0.0.1", now)
    assert tries.begin("10.0.0.1", 904.5) == 0


def test_many_addresses_together_are_slowed_down_too():
    tries = Tries()
    assert all(tries.begin(f"10.0.{n}.1", n) == 0 for n in range(50))
    assert tries.begin("10.0.99.1", 50) == pytest.approx(3550)
    assert tries.begin("10.0.99.1", 3601) == 0


def test_the_addresses_of_one_ipv6_customer_count_together():
    tries = Tries()
    for n in range(5):
        tries.begin(f"2001:db8:1:2::{n:x}", n)
    assert tries.begin("2001:db8:1:2:ffff::1", 5) > 0
    assert tries.begin("2001:db8:1:3::1", 5) == 0


def test_who_knows_the_password_begins_anew():
    tries = Tries()
    for now in range(4):
        tries.begin("10.0.0.1", now)
    tries.right("10.0.0.1")
    assert [tries.begin("10.0.0.1", now) for now in range(4, 9)] == [0] * 5


# ------------------------------------------------------------ who is in


def test_twelve_hours_without_use_sign_out():
    signed_in = SignedIn()
    entry = signed_in.enter(now=0.0)
    assert signed_in.is_in(entry, 12 * 3600 - 1)
    assert signed_in.is_in(entry, 24 * 3600 - 2)
    assert not signed_in.is_in(entry, 36 * 3600)


@pytest.mark.parametrize("entry", [None, "", "made up", 5, ["x"]])
def test_what_nobody_was_given_is_nobody(entry):
    signed_in = SignedIn()
    signed_in.enter()
    assert not signed_in.is_in(entry)


# ----------------------------------------------------------------- the gate


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/config",
        "/theme.css",
        "/assets/index.js",
        "/static/x.js",
        "/skindelta/static/base.css",
        "/skindelta/kept/x/y.png",
        "/skindelta/logout",
        "/skindelta/login/",
        "/skindelta//login",
        "/gradio_api/info",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/queue/data?session_hash=x",
        "/gradio_api/heartbeat/x",
        "/monitoring",
    ],
)
def test_without_signing_in_there_is_nothing_but_the_form(browse, tmp_path, path):
    browser = browse(site(tmp_path)[0])
    assert browser.get(path).status_code == 401
    shown = browser.get(path, headers={"Accept": "text/html"})
    assert (shown.status_code, shown.headers["location"]) == (303, "/skindelta/login")


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/gradio_api/queue/join", "/", "/config"])
def test_without_signing_in_nothing_can_be_sent(browse, tmp_path, path):
    assert browse(site(tmp_path)[0]).post(path, content=b"x").status_code == 401


def test_the_form_asks_for_the_password_and_says_what_this_is(browse, tmp_path):
    form = browse(site(tmp_path)[0]).get("/skindelta/login")
    assert form.status_code == 200
    assert 'autocomplete="current-password"' in form.text
    assert "skindelta" in form.text
    assert "<script" not in form.text
    assert form.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in form.headers["content-security-policy"]


def test_signing_in_opens_the_page_and_signing_out_closes_it(browse, tmp_path):
    app, visitors = site(tmp_path)
    gone = []
    visitors.on_leave.append(gone.append)
    browser = browse(app)
    assert browser.sign_in().headers["location"] == "/"
    assert browser.get("/config").status_code == 200
    assert browser.get("/skindelta/login").status_code == 303
    stolen = httpx.Cookies(browser.cookies)
    assert browser.post("/skindelta/logout").headers["location"] == "/skindelta/login"
    browser.cookies = stolen
    assert browser.get("/config").status_code == 401, "a copied cookie outlived signing out"


def test_a_wrong_password_is_told_and_opens_nothing(browse, tmp_path):
    browser = browse(site(tmp_path)[0])
    answer = browser.sign_in("something else")
    assert answer.status_code == 401
    assert "That is not the password." in answer.text
    assert 'aria-describedby="trouble"' in answer.text
    assert browser.get("/config").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"password",
        b"password=a&password=b",
        b"\xff" * 9,
        b"password=" + b"x" * 9000,
        b"&" * 99,
    ],
)
def test_a_form_that_is_none_of_ours_is_refused(browse, tmp_path, body):
    browser = browse(site(tmp_path)[0])
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert browser.post("/skindelta/login", content=body, headers=kind).status_code == 400


def test_the_sixth_try_is_turned_away_even_with_the_right_password(browse, tmp_path):
    app, _ = site(tmp_path)
    browser = browse(app)
    assert [browser.sign_in("something else").status_code for _ in range(5)] == [401] * 5
    answer = browser.sign_in()
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 900
    assert "wait 15 minutes" in answer.text
    assert browse(app, client=("10.0.0.7", 1)).sign_in().status_code == 303


def test_signing_in_renews_the_cookie(browse, tmp_path):
    app, _ = site(tmp_path)
    browser = browse(app)
    browser.sign_in()
    first = browser.cookies["skindelta"]
    browser.sign_in()
    assert browser.cookies["skindelta"] != first
    old = browse(app)
    old.cookies.set("skindelta", first)
    assert old.get("/config").status_code == 401


def test_a_forged_cookie_is_nobodys(browse, tmp_path):
    app, _ = site(tmp_path)
    browser = browse(app)
    browser.sign_in()
    data, *rest = browser.cookies["skindelta"].split(".")
    forged = browse(app)
    forged.cookies.set("skindelta", ".".join([data[:-2] + "AA", *rest]))
    assert forged.get("/config").status_code == 401


def test_the_cookie_is_for_this_page_alone(browse, tmp_path):
    flags = browse(site(tmp_path)[0]).sign_in().headers["set-cookie"].lower()
    assert "httponly" in flags
    assert "samesite=strict" in flags
    assert "secure" not in flags
    named = browse(site(tmp_path, name="skin.example.org")[0])
    assert "secure" in named.sign_in().headers["set-cookie"].lower()


def test_a_flood_of_passwords_is_checked_one_by_one_and_most_are_turned_away(tmp_path):
    password = Fake()
    password.going.clear()
    app, _ = site(tmp_path, password)

    async def flood():
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(n)) for n in range(20)]
            await asyncio.sleep(0.5)
            password.going.set()
        return [task.result() for task in tasks]

    async def one(n):
        transport = httpx.ASGITransport(app, client=(f"10.0.{n}.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            answer = await client.post("/skindelta/login", data={"password": "wrong"})
            return answer.status_code

    codes = asyncio.run(flood())
    assert codes.count(401) == login_module.MOST_WAITING
    assert codes.count(503) == 20 - login_module.MOST_WAITING
    assert password.most == 1


def test_tries_at_once_are_no_way_around_the_lock():
    tries = Tries()
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: tries.begin("10.0.0.1"), range(40)))
    assert sum(wait == 0 for wait in waits) == 5


def test_sockets_are_closed(tmp_path):
    gate = LoginGate(None, Fake(), print)
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(gate({"type": "websocket", "path": "/"}, None, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


# ---------------------------------------------------- who sent a request


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Origin": HERE, "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": HERE, "Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_no_other_page_can_make_the_browser_send_something(browse, tmp_path, headers, status):
    assert browse(site(tmp_path)[0]).sign_in(headers=headers).status_code == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:7860", 200),
        ("localhost", 200),
        ("[::1]:7860", 200),
        ("skin.example.org", 200),
        ("SKIN.example.org", 200),
        ("evil.example", 400),
        ("x.skin.example.org", 400),
        ("skin.example.org.evil.example", 400),
        ("", 400),
    ],
)
def test_only_its_own_names_are_answered_to(browse, tmp_path, host, status):
    browser = browse(site(tmp_path, name="skin.example.org")[0])
    assert browser.get("/skindelta/login", headers={"Host": host}).status_code == status


FORWARDED = {
    "Host": "skin.example.org",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "1.1.1.1, 203.0.113.9",
    "X-Forwarded-Host": "evil.example",
}


def test_behind_a_proxy_on_this_machine_its_word_counts(browse, tmp_path):
    browser = browse(site(tmp_path, name="skin.example.org")[0], "https://skin.example.org")
    browser.sign_in(headers=FORWARDED)
    told = browser.get("/config", headers=FORWARDED).json()
    assert told == {"client": "203.0.113.9", "url": "https://skin.example.org/config"}


@pytest.mark.parametrize(
    ("name", "peer"), [(None, "127.0.0.1"), ("skin.example.org", "192.168.1.9")]
)
def test_nobody_elses_word_counts(browse, tmp_path, name, peer):
    app, _ = site(tmp_path, name=name)
    headers = FORWARDED | {"Host": "127.0.0.1:7860"}
    base = HERE if name is None else "https://127.0.0.1:7860"  # a Secure cookie needs it
    browser = browse(app, base, (peer, 1))
    browser.sign_in(headers=headers)
    told = browser.get("/config", headers=headers).json()
    assert told["client"] == peer
    assert "evil" not in told["url"]


def test_the_lock_is_of_the_address_that_the_proxy_saw(browse, tmp_path):
    browser = browse(site(tmp_path, name="skin.example.org")[0], "https://skin.example.org")
    for n in range(5):  # whatever the browser itself puts before it
        made_up = FORWARDED | {"X-Forwarded-For": f"10.0.0.{n}, 203.0.113.9"}
        assert browser.sign_in("something else", headers=made_up).status_code == 401
    assert browser.sign_in(headers=FORWARDED).status_code == 429
    other = FORWARDED | {"X-Forwarded-For": "203.0.113.10"}
    assert browser.sign_in(headers=other).status_code == 303


# --------------------------------------------------------- where it listens


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.8.8"])
def test_this_machine_alone_needs_no_password(host):
    assert Address.of(host, 7860, None, has_password=False).host == host


@pytest.mark.parametrize("host", ["192.168.1.5", "10.0.0.1", "2001:db8::1"])
def test_other_machines_get_in_by_password_alone(host):
    with pytest.raises(SkinDeltaError, match="--password-file"):
        Address.of(host, 7860, None, has_password=False)
    assert Address.of(host, 7860, None, has_password=True).host == host


def test_a_public_name_needs_a_password_and_a_server_that_only_this_machine_reaches():
    with pytest.raises(SkinDeltaError, match="password"):
        Address.of("127.0.0.1", 7860, "skin.example.org", has_password=False)
    with pytest.raises(SkinDeltaError, match="leave --host out"):
        Address.of("192.168.1.5", 7860, "skin.example.org", has_password=True)


@pytest.mark.parametrize("name", ["*", "*.org", "https://x.org", "x.org:443", "a b", "", "-x.org"])
def test_a_name_is_a_name(name):
    with pytest.raises(SkinDeltaError, match="no name of a server"):
        Address.of("127.0.0.1", 7860, name, has_password=True)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])
def test_no_address_stands_for_all(host):
    with pytest.raises(SkinDeltaError, match="every address"):
        listen(Address(host, 7860))
    with pytest.raises(SkinDeltaError, match="every address"):
        Address.of(host, 7860, None, has_password=True)


def test_an_address_of_another_machine_is_a_sentence():
    with pytest.raises(SkinDeltaError, match="--host"):
        listen(Address("192.0.2.1", 7860))


def test_what_is_answered_is_sent_at_once():
    """Nagle's algorithm would hold a small message back until the one before it is acknowledged."""

    async def accepted():
        told = asyncio.get_running_loop().create_future()

        def at_hand(reader, writer):
            known = writer.get_extra_info("socket")
            told.set_result(known.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listening = listen(Address("127.0.0.1", 0))
        async with await asyncio.start_server(at_hand, sock=listening):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            no_delay = await asyncio.wait_for(told, 10)
            writer.close()
        return no_delay

    assert asyncio.run(accepted()) != 0


def test_without_tls_it_is_said_that_everybody_can_read_along():
    assert "Without TLS" in Address("192.168.1.5", 7860).told()
    assert "Without TLS" not in Address("127.0.0.1", 7860).told()
    told = Address("127.0.0.1", 7860, "skin.example.org").told()
    assert "https://skin.example.org" in told
    assert re.search(r"127\.0\.0\.1:7860", told)


def test_who_sends_half_a_form_keeps_nobody_out(tmp_path):
    app, _ = site(tmp_path)
    gate = LoginGate(app, Fake(), lambda visitor: None, form_seconds=0.2)
    wrapped = SessionMiddleware(gate, secret_key="x" * 32)

    async def never():
        await asyncio.sleep(60)

    async def gone():
        return {"type": "http.disconnect"}

    async def half(receive):
        sent = []
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/skindelta/login",
            "headers": [],
            "query_string": b"",
            "client": ("127.0.0.1", 1),
        }

        async def send(message):
            sent.append(message)

        await wrapped(scope, receive, send)
        return sent[0]["status"]

    async def all_at_once():
        idle = [asyncio.ensure_future(half(never)) for _ in range(9)]
        await asyncio.sleep(0.05)
        transport = httpx.ASGITransport(wrapped)
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            answer = await client.post("/skindelta/login", data={"password": SECRET})
        assert not any(one.done() for one in idle)
        return answer.status_code, await asyncio.gather(*idle), await half(gone)

    assert asyncio.run(all_at_once()) == (303, [408] * 9, 408)

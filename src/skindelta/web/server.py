"""Serve the pages: on this machine, to this machine, and nothing leaves it.

Photos of skin are nobody else's business, so the server listens on loopback, answers only to names
of this machine (a page elsewhere that points its own name here gets nothing), keeps uploads in a
folder that only this user can read and that goes when the server ends, and calls nobody: analytics,
sharing and monitoring are off before Gradio is even imported. Where other machines are let in, a
password is asked for first.
"""

import atexit
import os
import secrets
import shutil
import signal
import tempfile
import threading
from collections.abc import AsyncIterator, Container
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import Response
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount

from ..photo import PhotoLimits
from ..pipeline import Options
from .serving.address import Address, listen
from .serving.guard import VisitorGuard
from .serving.headers import SecurityHeaders
from .serving.login import LoginGate
from .serving.origin import ForwardedHeaders, SameOrigin
from .serving.passwords import Password
from .serving.records import Records
from .serving.visitors import AWAY_SECONDS, GRACE_SECONDS, KEEP_SECONDS, Visitors
from .serving.warm import few_arenas, give_back_memory, warm_up
from .shared import Labelling, Shared
from .theme import STATIC, head, static_file, theme
from .trouble import log_to_the_window, quiet_gradio, quiet_server_log

__all__ = ["build", "forget_state", "launch", "protect"]

HOST = "127.0.0.1"
PORT = 7860
COOKIE = "skindelta"
QUEUE_SIZE = 64  # waiting events of all visitors
AT_ONCE = 2  # comparisons; each uses both cores
END_SECONDS = 2  # for answers under way when the server is told to end; tabs hold theirs for ever
LIMITS = PhotoLimits()  # the page takes what every other way in takes


def build(
    records: Records,
    address: Address | None = None,
    limits: PhotoLimits = LIMITS,
    password: Password | None = None,
    grace_seconds: float = GRACE_SECONDS,
    away_seconds: float = AWAY_SECONDS,
    options: Options = Options(),  # noqa: B008
    labelling: Labelling | None = None,
    labels: Path | None = None,
) -> FastAPI:
    """Return the whole application, ready to be served.

    Parameters
    ----------
    records : Records
        Where sessions are saved.
    address : Address, optional
        Where it will be reached; this machine where not said.
    limits : PhotoLimits
        Largest upload.
    password : Password, optional
        Asked for before anything else.
    grace_seconds, away_seconds : float
        How long a closed tab, and one that lost its connection, may come back before its photos go.
    options : Options
        What holds where a visitor chooses nothing else: by which model photos are measured.
    labelling : Labelling, optional
        What is to be labelled: then there is no other page.
    labels : Path, optional
        File of labels that a model may learn from; one in the folder of the record where not said.
    """
    address = address or Address(HOST, PORT)
    visitors = Visitors(
        _keep_to_ourselves(), grace_seconds=grace_seconds, away_seconds=away_seconds
    )
    page = _page(Shared(visitors, records, password is not None, options, labelling, labels))
    quiet_gradio()
    visitors.on_leave.append(records.forget)
    visitors.on_sweep.append(give_back_memory)
    app = FastAPI(
        title="skindelta",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lambda _: _living(visitors, records, options),
    )
    protect(app, visitors, address, limits, password, frozenset(page.fns))
    app.get(f"{STATIC}/{{name}}")(_static)
    mounted, gradio_app = _mounted(app, page, address, limits)
    visitors.on_leave.append(lambda session: forget_state(gradio_app.state_holder, session))
    return mounted


def launch(
    records: Records,
    host: str = HOST,
    port: int = PORT,
    limits: PhotoLimits = LIMITS,
    password: str | None = None,
    name: str | None = None,
    grace_seconds: float = GRACE_SECONDS,
    away_seconds: float = AWAY_SECONDS,
    options: Options = Options(),  # noqa: B008
    labelling: Labelling | None = None,
    labels: Path | None = None,
) -> None:
    """Serve the page until interrupted.

    Parameters
    ----------
    records : Records
        Where sessions are saved.
    host : str
        Address to listen on; anything but loopback lets other machines in.
    port : int
    limits : PhotoLimits
        Largest upload.
    password : str, optional
        Of at least 12 characters, or its argon2 hash; needed where other machines are let in.
    name : str, optional
        The name under which a server with TLS on this machine passes requests on to this one.
    grace_seconds, away_seconds : float
        How long a closed tab, and one that lost its connection, may come back before its photos go.
    options : Options
        What holds where a visitor chooses nothing else: by which model photos are measured.
    labelling : Labelling, optional
        What is to be labelled: then there is no other page.
    labels : Path, optional
        File of labels that a model may learn from; one in the folder of the record where not said.

    Raises
    ------
    SkinDeltaError
        Nothing can listen at this address and port, or other machines would get in without a
        password.
    """
    import uvicorn

    address = Address.of(host, port, name, has_password=password is not None)
    secret = None if password is None else Password(password)
    listening = listen(address)
    few_arenas()
    log_to_the_window()
    app = build(
        records, address, limits, secret, grace_seconds, away_seconds, options, labelling, labels
    )
    print(address.told(), flush=True)
    # Being told to end is as good as Ctrl+C: Python then ends in order, and the uploads go.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    config = uvicorn.Config(
        app,
        log_config=quiet_server_log(),
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=END_SECONDS,
    )
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])


def _page(shared: Shared) -> Any:
    from .frame import build_frame

    age = int(KEEP_SECONDS)
    page = build_frame(shared, delete_cache=(age, age))
    page.queue(api_open=False, max_size=QUEUE_SIZE, default_concurrency_limit=AT_ONCE)
    return page


def protect(
    app: FastAPI,
    visitors: Visitors,
    address: Address,
    limits: PhotoLimits,
    password: Password | None,
    events: Container[int] = (),
) -> None:
    """Put around the pages what a request has to pass; what is added last sees it first.

    Parameters
    ----------
    app : FastAPI
    visitors : Visitors
    address : Address
    limits : PhotoLimits
    password : Password or None
    events : collection of int
        What the pages can ask for.
    """
    app.add_middleware(VisitorGuard, visitors=visitors, most_bytes=limits.bytes, events=events)
    if password is not None:
        app.add_middleware(LoginGate, password=password, forget=visitors.forget)
    app.add_middleware(
        SessionMiddleware,
        secret_key=secrets.token_urlsafe(32),
        session_cookie=COOKIE,
        max_age=None,
        same_site="strict",
        https_only=address.name is not None,
    )
    app.add_middleware(SameOrigin)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=address.names, www_redirect=False)
    app.add_middleware(ForwardedHeaders, trusted=address.name is not None)
    app.add_middleware(SecurityHeaders)


def _mounted(app: FastAPI, page: Any, address: Address, limits: PhotoLimits) -> tuple[FastAPI, Any]:
    """Put the pages into the application; return it, and Gradio's own inside it."""
    import gradio as gr

    mounted: FastAPI = gr.mount_gradio_app(
        app,
        page,
        path="/",
        server_name=address.host,
        theme=theme(),
        head=head(),
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        max_file_size=limits.bytes,
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
    )
    inside = [route.app for route in mounted.routes if isinstance(route, Mount)]
    return mounted, inside[-1]


def forget_state(holder: Any, session: str) -> None:
    """Drop what Gradio remembers of a closed tab: values of widgets, and with them results.

    Gradio itself drops it only once it knows 10 000 tabs.
    """
    with holder.lock:
        holder.session_data.pop(session, None)
        holder.time_last_used.pop(session, None)


@asynccontextmanager
async def _living(visitors: Visitors, records: Records, options: Options) -> AsyncIterator[None]:
    """While the server runs, delete what closed tabs and an hour leave behind."""
    stopped = threading.Event()
    threading.Thread(target=visitors.sweeping, args=(stopped,), daemon=True).start()
    threading.Thread(target=warm_up, args=(stopped, options), daemon=True).start()
    try:
        yield
    finally:
        stopped.set()
        records.close()


def _static(name: str) -> Response:
    try:
        data, kind = static_file(name)
    except KeyError:
        return Response("There is nothing here.", 404)
    return Response(data, media_type=kind, headers={"Cache-Control": "no-cache"})


def _keep_to_ourselves() -> Path:
    """Switch off every call home, and give uploads a private folder that goes at the end."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["GRADIO_SHARE"] = "False"
    folder = Path(tempfile.mkdtemp(prefix="skindelta-web-"))  # mode 0700
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder

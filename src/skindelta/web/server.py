"""Serve the pages: on this machine, to this machine, and nothing leaves it.

Photos of skin are nobody else's business, so the server listens on loopback, answers only to names
of this machine (a page elsewhere that points its own name here gets nothing), keeps uploads in a
folder that only this user can read and that goes when the server ends, and calls nobody: analytics,
sharing and monitoring are off before Gradio is even imported. The headers forbid the page to load
or send anything outside its own origin.
"""

import atexit
import ipaddress
import os
import shutil
import signal
import socket
import tempfile
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import SkinDeltaError
from ..photo import PhotoLimits

__all__ = ["HEADERS", "build", "launch"]

HOST = "127.0.0.1"
PORT = 7860
LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
KEEP_SECONDS = 3600  # uploads and pictures older than an hour are deleted while the server runs
QUEUE_SIZE = 20
LIMITS = PhotoLimits()  # the page takes what every other way in takes

# Gradio's pages need inline scripts and eval; nothing may come from or go to another origin.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SecurityHeaders:
    """Middleware that adds HEADERS to every answer, streams included.

    Parameters
    ----------
    app : ASGI application
        What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the answer back with the headers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def build(host: str = HOST, limits: PhotoLimits = LIMITS) -> FastAPI:
    """Return the whole application, ready to be served.

    Parameters
    ----------
    host : str
        The name or address it will be reached at, besides the names of this machine.
    limits : PhotoLimits
        Largest upload.
    """
    _keep_to_ourselves()
    import gradio as gr

    from .page_compare import build_page

    app = FastAPI(title="skindelta", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=sorted({*LOCAL_NAMES, host}))
    app.add_middleware(SecurityHeaders)
    page = build_page(delete_cache=(KEEP_SECONDS, KEEP_SECONDS))
    page.queue(api_open=False, max_size=QUEUE_SIZE, default_concurrency_limit=2)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        page,
        path="/",
        server_name=host,
        theme=_theme(gr),
        head=_style(),
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        max_file_size=limits.bytes,
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
    )
    return mounted


def launch(host: str = HOST, port: int = PORT, limits: PhotoLimits = LIMITS) -> None:
    """Serve the page until interrupted.

    Parameters
    ----------
    host : str
        Address to listen on; anything but loopback lets other machines in, without a login.
    port : int
    limits : PhotoLimits
        Largest upload.

    Raises
    ------
    SkinDeltaError
        Nothing can listen at this address and port.
    """
    import uvicorn

    listening = _listen(host, port)
    name = f"[{host}]" if ":" in host and not host.startswith("[") else host  # as browsers write it
    app = build(name, limits)
    print(f"skindelta is at http://{name}:{port} (stop with Ctrl+C); photos stay on this machine")
    # Being told to end is as good as Ctrl+C: Python then ends in order, and the uploads go.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False))
        server.run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    """Listen at one address; the page answers to no other name, so every address is refused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host.strip("[]"), port), family=family)
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]  # the rest names the address again
        raise SkinDeltaError(
            f"{host}:{port} cannot be listened on ({reason}); choose another --port, or an "
            "address of this machine as --host"
        ) from None
    if ipaddress.ip_address(listening.getsockname()[0]).is_unspecified:
        listening.close()
        raise SkinDeltaError(
            f"{host or 'an empty --host'} stands for every address of this machine at once; name "
            "the one that the page is opened by, such as 192.168.1.5"
        )
    return listening


def _keep_to_ourselves() -> None:
    """Switch off every call home, and give uploads a private folder that goes at the end."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["GRADIO_SHARE"] = "False"
    folder = Path(tempfile.mkdtemp(prefix="skindelta-web-"))  # mode 0700
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def _style() -> str:
    """Style sheet as it stands; given as `css` it would lose the rules for the page's own frame."""
    sheet = files(__package__).joinpath("style.css").read_text(encoding="utf-8")
    return f"<style>{sheet}</style>"


def _theme(gr: Any) -> Any:
    """Quiet theme in the fonts of the system."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.blue,
        neutral_hue=gr.themes.colors.slate,
        radius_size=gr.themes.sizes.radius_lg,
        text_size=gr.themes.sizes.text_md,
        font=("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"),
        font_mono=("ui-monospace", "Consolas", "monospace"),
    )

"""Trouble becomes a sentence on the page, and what is behind it a line in the log."""

import errno
import functools
import inspect
import logging
import sys
import traceback
from collections.abc import Callable
from html import escape
from typing import Any, TypeVar

from ..errors import SkinDeltaError
from ..plain_words import ended, sentence

__all__ = ["log_to_the_window", "quiet_gradio", "quiet_server_log", "sentence_of", "told"]

OURS = (
    "Something went wrong that is our fault, not yours. Nothing that was saved is lost: try again, "
    "and if it stays, report what the window says in which skindelta was started"
)
FULL = "The disk of the machine that serves this page is full: make room, then try again"
Handler = TypeVar("Handler", bound=Callable[..., Any])

_log = logging.getLogger("skindelta.web")


def sentence_of(error: Exception) -> str:
    """Return what a user can do about it; what nobody foresaw goes to the log with its place."""
    if isinstance(error, SkinDeltaError):
        return _told_of_a_file(str(error)) or sentence(str(error))
    _log.error("a handler of the page failed", exc_info=error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ended(FULL)
    return ended(OURS)


def told(handler: Handler) -> Handler:
    """Wrap a handler of the page so that what it raises is shown as a sentence, above the page.

    What can be foreseen belongs into the place where it happened, by :func:`sentence_of`.
    """

    def shown(error: Exception) -> Exception:
        import gradio as gr

        if isinstance(error, gr.Error):
            return error
        return gr.Error(
            escape(sentence_of(error)), title="That did not work", print_exception=False
        )

    @functools.wraps(handler)
    def once(*arguments: Any, **named: Any) -> Any:
        try:
            return handler(*arguments, **named)
        except Exception as error:
            raise shown(error) from None

    @functools.wraps(handler)
    def in_steps(*arguments: Any, **named: Any) -> Any:
        try:
            yield from handler(*arguments, **named)
        except Exception as error:
            raise shown(error) from None

    return in_steps if inspect.isgeneratorfunction(handler) else once  # type: ignore[return-value]


def log_to_the_window() -> None:
    """Write what goes wrong to the error stream, for whoever started the page, without names.

    Ours, and what the libraries below say: they write down what somebody typed or chose.
    """
    root = logging.getLogger()
    if any(isinstance(handler.formatter, _WithoutNames) for handler in root.handlers):
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_WithoutNames("%(asctime)s %(levelname)s %(message)s"))
    for log, level in ((root, logging.WARNING), (_log, logging.INFO)):
        log.addHandler(handler)
        log.setLevel(level)
    _log.propagate = False


def quiet_server_log() -> dict[str, Any]:
    """Return how Uvicorn is to log: through what :func:`log_to_the_window` set up."""
    return {"version": 1, "disable_existing_loggers": False}


def quiet_gradio() -> None:
    """Let Gradio write what a handler raised to our log; by itself it prints it, with all values.

    Its modules call ``traceback.print_exc``; each of them gets a stand-in for the module.
    """
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "gradio" and getattr(module, "traceback", None) is traceback:
            module.traceback = _Quiet()  # type: ignore[attr-defined]


class _Quiet:
    """Stands in for the module ``traceback``."""

    def print_exc(self, *_: Any, **__: Any) -> None:
        """Log what is being handled."""
        _log.error("Gradio could not run a handler of the page", exc_info=True)

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)


def _told_of_a_file(text: str) -> str | None:
    """Return a sentence that begins with the name of a file, as it is written; None of others."""
    first = text.partition(" ")[0].rstrip(".:,")
    return ended(text) if "." in first or "/" in first else None


class _WithoutNames(logging.Formatter):
    """Tells where something failed and of what kind, but not the words: they name photos."""

    def formatException(self, ei: Any) -> str:  # noqa: N802  # the name is logging's
        kind, error, places = ei
        lines = traceback.format_tb(places)
        reason = getattr(error, "strerror", None)
        return "".join(lines) + (f"{kind.__name__}: {reason}" if reason else kind.__name__)

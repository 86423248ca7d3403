"""Events that several things hear, so that none of them waits for another or repeats it.

Gradio's page runs what hears one event one after the other: what the browser does by itself waits
for the server wherever it is connected later. And where a call had to wait for one under way, it
dispatches the whole event again: all that hears it runs twice, at a moment nobody asked for.
"""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import gradio as gr

__all__ = ["QUIET", "call_off", "picked", "put_off"]

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_numbers = count()


def put_off(
    triggers: Sequence[Any], handler: Callable[..., Any], inputs: Any, outputs: Any, **how: Any
) -> Any:
    """Call the server after events; while it is still at it, once more when that went well.

    Only the call itself is repeated, not what else hears the events, and events that come together
    are one. The handler is not told what came with them.

    Parameters
    ----------
    triggers : sequence of events
        Such as ``dropdown.change``.
    handler, inputs, outputs
        As of any event.
    **how
        Passed on.

    Returns
    -------
    dependency
        The call.
    """
    together = f"() => sdEvents.together({next(_numbers)})"
    heard = gr.on(triggers, None, None, None, js=together, **QUIET)
    return heard.then(handler, inputs, outputs, trigger_mode="always_last", **how)


def picked(which: gr.Dropdown, handler: Callable[..., Any], inputs: Any, outputs: Any) -> Any:
    """Call the server when something is picked from a list.

    A list tells of an input also when it only loses the focus. What it holds already is picked
    again where somebody presses it: that fills a form anew.

    Parameters
    ----------
    which : gr.Dropdown
    handler, inputs, outputs
        As of any event.

    Returns
    -------
    dependency
        The call.
    """
    number = next(_numbers)
    which.select(None, which, None, js=f"now => sdEvents.pressed({number}, now)", **QUIET)
    which.focus(None, which, None, js=f"held => sdEvents.holds({number}, held)", **QUIET)
    heard = which.input(None, which, None, js=f"now => sdEvents.picked({number}, now)", **QUIET)
    return heard.then(handler, inputs, outputs, trigger_mode="always_last", **QUIET)


def call_off(triggers: Sequence[Any], running: Sequence[Any]) -> None:
    """Call off what is under way, before anything that is connected to the same events later.

    Parameters
    ----------
    triggers : sequence of events
    running : sequence of dependencies
        What they call off.
    """
    for trigger in triggers:  # not gr.on, which does not know the events of own elements
        trigger(None, cancels=list(running), **QUIET)

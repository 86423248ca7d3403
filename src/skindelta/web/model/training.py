"""The process that trains: started from the page, and on its own from then on.

It is the verb ``skindelta train``: closing the tab, or ending the server, does not end it. How far
it is stands in the folder of its run, where every page and the command line read the same.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ...errors import ModelError
from ...learning.enough import check_enough
from ...learning.labels import Labels
from ...learning.runs import (
    Status,
    ask_to_stop,
    curve_of,
    is_asked_to_stop,
    latest_run,
    read_status,
    run_folder,
)
from ...outputs import make_folder
from ...own_models import check_model_name

__all__ = ["BUSY", "INSTALL", "Now", "Trainer", "has_extra", "train_command"]

State = Literal["none", "starting", "running", "stopping", "stopped", "failed", "done"]
BUSY: tuple[State, ...] = ("starting", "running", "stopping")
INSTALL = (
    "Training needs the extra “train”, which is not installed (it is large). On the machine that "
    "runs skindelta: pip install 'skindelta[train]', then start skindelta again"
)
LOG = "train.log"
MOST_LOG = 4000  # bytes that are looked at for the last line
NO_WORD = "the training ended without a word"


class Now(NamedTuple):
    """How the training is that is under way, or the last one that was.

    Attributes
    ----------
    state : str
    name : str
        Of the model.
    status : Status or None
        What the process wrote; None before it did.
    message : str
        Why it failed.
    checks : sequence of mapping
        Its curves.
    """

    state: State
    name: str = ""
    status: Status | None = None
    message: str = ""
    checks: Sequence[Mapping[str, Any]] = ()


class _Child(NamedTuple):
    """A process that this server started."""

    name: str
    process: "subprocess.Popen[bytes]"
    began: float
    stopped: threading.Event


def has_extra() -> bool:
    """Whether what trains is installed."""
    return find_spec("torch") is not None


def train_command(labels: Path, name: str) -> list[str]:
    """Return the command that trains; ``-P``: nothing is imported from where the server stands."""
    given = [str(labels.absolute()), "-o", name]
    return [sys.executable, "-P", "-m", "skindelta", "train", *given]


class Trainer:
    """Starts and stops trainings, one at a time, and says how they are.

    Parameters
    ----------
    variables : mapping of str to str
        Of the environment of the process, beside those of the server.
    """

    command: Callable[[Path, str], list[str]] = staticmethod(train_command)

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self._variables = dict(variables or {})
        self._lock = threading.RLock()
        self._child: _Child | None = None

    def look(self) -> Now:
        """Return how the training is that is under way, or the last one that was."""
        with self._lock:
            own = self._of_child()
            if own is not None and own.state in BUSY:
                return own
            latest = latest_run()
            if own is None or (latest is not None and latest.state == "running"):
                return _of_run(latest)
            return own

    def start(self, name: str, file: Path, labels: Labels) -> None:
        """Begin to train, or go on with a training of that name that was stopped.

        Parameters
        ----------
        name : str
            Of the new model.
        file : Path
            Of the labels.
        labels : Labels
            What is in it.

        Raises
        ------
        SkinDeltaError
            The name is none, another training is under way, labels are wrong or too few, the extra
            is missing, or the process cannot be started.
        """
        if not has_extra():
            raise ModelError(INSTALL)
        if not name.strip():
            raise ModelError("give the new model a name first, such as my-clinic")
        check_model_name(name.strip())
        labels.check()
        check_enough(labels.pairs)
        with self._lock:
            now = self.look()
            if now.state in BUSY:
                raise ModelError(f"{now.name} is being trained; wait for its end, or stop it first")
            self._child = self._begun(name.strip(), file)

    def stop(self) -> None:
        """Wish that the training stops; it can go on later."""
        with self._lock:
            now = self.look()
            if now.state == "starting" and self._child is not None:  # it would not hear the wish
                self._child.stopped.set()
                self._child.process.terminate()
            elif now.state in BUSY:
                ask_to_stop(run_folder(now.name))

    def _begun(self, name: str, file: Path) -> _Child:
        run = make_folder(run_folder(name))
        began = time.time()
        try:
            with (run / LOG).open("wb") as log:
                process = subprocess.Popen(  # noqa: S603  # our own command; the name was checked
                    self.command(file, name),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **self._variables},
                    start_new_session=True,  # Ctrl+C in the window of the server is not for it
                )
        except OSError as error:
            raise ModelError(
                f"the training cannot be started ({error.strerror or error}); make room or memory, "
                "then try again"
            ) from None
        return _Child(name, process, began, threading.Event())

    def _of_child(self) -> Now | None:
        """Return how the process is that was started here; None once its run says it all."""
        child = self._child
        if child is None:
            return None
        run, code = run_folder(child.name), child.process.poll()
        status = read_status(run)
        if status is not None and status.at >= child.began:
            if code is not None and status.state != "running":
                self._child = None
            return _of_run(status)
        if code is None:
            return Now("starting", child.name)
        if child.stopped.is_set():
            return Now("stopped", child.name)
        return Now("failed", child.name, None, _last_line(run / LOG))


def _of_run(status: Status | None) -> Now:
    """Return how a run is, by what its process wrote."""
    if status is None:
        return Now("none")
    checks: Sequence[Mapping[str, Any]] = ()
    state: State = status.state
    with suppress(ModelError, OSError):
        run = run_folder(status.name)
        checks = curve_of(run)
        if state == "running" and is_asked_to_stop(run):
            state = "stopping"
    return Now(state, status.name, status, status.message, checks)


def _last_line(log: Path) -> str:
    """Return what a process said last."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - MOST_LOG))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return NO_WORD
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else NO_WORD

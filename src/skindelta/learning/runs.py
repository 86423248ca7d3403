"""The folder of a training run, as others see it: one process writes it, pages and verbs read it.

``status.json`` is written whole at every event: what is done, by which process, and how it ended.
``stop`` is a wish that the process looks for. One process at a time works in a folder: it holds
``lock``.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Literal

from ..errors import ModelError
from ..outputs import make_folder, replacing
from ..own_models import check_model_name, user_models

__all__ = [
    "Status",
    "Stopped",
    "ask_to_stop",
    "curve_of",
    "is_asked_to_stop",
    "latest_run",
    "read_status",
    "run_folder",
    "working",
]

State = Literal["running", "stopped", "failed", "done"]
_RUNS = ".training"  # beside the models; what begins with a dot is none
_PATIENCE = 0.5  # seconds: whoever only looks has the lock for an instant
_STATUS, _STOP, _LOCK = "status.json", "stop", "lock"


class Stopped(Exception):  # noqa: N818  # it is no error
    """Somebody asked the run to stop; it goes on with the same command."""


@dataclass(frozen=True)
class Status:
    """How a run is.

    Attributes
    ----------
    name : str
        Of the model.
    labels : str
        File of the labels.
    state : {"running", "stopped", "failed", "done"}
    pid : int
        Of the process that works on it, or did.
    stage : str
    done, of : int
    since, at : float
        Seconds since 1970: when it began, and when this was written.
    message : str
        Why it failed.
    model : str
        ``NAME@VERSION`` of what came out.
    log : tuple of str
        Warnings about labels.
    """

    name: str
    labels: str
    state: State = "running"
    pid: int = 0
    stage: str = ""
    done: int = 0
    of: int = 0
    since: float = 0.0
    at: float = 0.0
    message: str = ""
    model: str = ""
    log: tuple[str, ...] = field(default=())


def run_folder(name: str) -> Path:
    """Return where the run of a model's name lies; raises ModelError for a name that none has."""
    check_model_name(name)
    return user_models() / _RUNS / name


def latest_run() -> Status | None:
    """Return how the run is that is under way, else the last one that was; None without any."""
    found = [read_status(file.parent) for file in (user_models() / _RUNS).glob(f"*/{_STATUS}")]
    runs = [one for one in found if one is not None]
    return max(runs, key=lambda one: (one.state == "running", one.at), default=None)


def read_status(run: Path) -> Status | None:
    """Return how a run is; None where there is none. One whose process is gone was stopped."""
    try:
        told = json.loads((run / _STATUS).read_text(encoding="utf-8"))
        status = Status(**told | {"log": tuple(told.get("log", ()))})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError):
        return Status(run.name, "", "failed", message=f"{run / _STATUS} cannot be read")
    if status.state == "running" and not _is_locked(run):
        return replace(status, state="stopped")
    return status


def ask_to_stop(run: Path) -> None:
    """Wish that a run stops at its next event; it can go on later."""
    with suppress(OSError):
        (run / _STOP).touch()


def is_asked_to_stop(run: Path) -> bool:
    """Whether somebody wished that a run stops."""
    return (run / _STOP).exists()


def curve_of(run: Path) -> list[dict[str, Any]]:
    """Return the checks of the latest training in a run, in order."""
    files = sorted(run.glob("curves-*.jsonl"), key=lambda f: f.stat().st_mtime)
    if not files:
        return []
    by_step: dict[int, dict[str, Any]] = {}
    for line in files[-1].read_text(encoding="utf-8").splitlines():
        with suppress(ValueError):  # the last line may be half written
            told = json.loads(line)
            by_step[int(told["step"])] = told
    return [by_step[step] for step in sorted(by_step)]


class Working:
    """What the process of a run writes."""

    def __init__(self, run: Path, status: Status) -> None:
        self.run, self.status = run, status
        self.write()

    def tell(self, stage: str, done: int, of: int) -> None:
        """Write how far it is.

        Raises
        ------
        Stopped
            Somebody asked for it.
        """
        self.status = replace(self.status, stage=stage, done=done, of=of)
        self.write()
        if (self.run / _STOP).exists():
            raise Stopped

    def end(self, state: State, message: str = "", model: str = "") -> None:
        """Write how it ended."""
        self.status = replace(self.status, state=state, message=message, model=model)
        self.write()

    def write(self) -> None:
        """Write the status as it is."""
        self.status = replace(self.status, at=time.time(), pid=os.getpid())
        with replacing(self.run / _STATUS) as file:
            json.dump(asdict(self.status), file)


@contextmanager
def working(run: Path, name: str, labels: str, log: tuple[str, ...] = ()) -> Iterator[Working]:
    """Work on a run: alone, and with how it ends written down.

    Raises
    ------
    ModelError
        Another process works on it, or the folder cannot be written.
    """
    make_folder(run)
    with _locked(run):
        with suppress(OSError):
            (run / _STOP).unlink(missing_ok=True)
        work = Working(run, Status(name, labels, since=time.time(), log=log))
        try:
            yield work
        except (Stopped, KeyboardInterrupt, SystemExit):
            work.end("stopped")
            raise
        except BaseException as error:
            work.end("failed", str(error) or type(error).__name__)
            raise


@contextmanager
def _locked(run: Path) -> Iterator[None]:
    with (run / _LOCK).open("a") as file:
        end = time.monotonic() + _PATIENCE
        while not _lock(file):
            if time.monotonic() < end:
                time.sleep(0.02)
                continue
            raise ModelError(
                f"{run} is being worked on by another process; wait for it, or stop it first"
            )
        yield


def _is_locked(run: Path) -> bool:
    try:
        with (run / _LOCK).open("a") as file:
            return not _lock(file)
    except OSError:
        return False


def _lock(file: IO[str]) -> bool:
    """Take a lock that ends with the process; whether that was possible."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt  # type: ignore[unused-ignore]

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

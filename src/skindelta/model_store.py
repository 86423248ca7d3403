"""Which model is in use: a pointer, and a way back.

``current.json`` beside the user's models names the model in use and those before it; where it
names none, the one that ships is in use. It is written whole or not at all, by one process at a
time. A model that is gone or was altered is told: nothing else takes its place in silence, or
numbers would change without a word.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, NamedTuple

from .errors import ModelError, SkinDeltaError
from .models import Model, digest_of, find_card, load_model, verify_model
from .network import check_network
from .outputs import make_folder, replacing
from .own_models import SHIPPED, check_model_name, own_folders, user_models

__all__ = [
    "CURRENT",
    "DEFAULT_MODEL",
    "Used",
    "current_model",
    "history",
    "load_current",
    "new_version",
    "previous_model",
    "step_back",
    "use_model",
]

CURRENT = "current"
"""What stands for the model in use."""
DEFAULT_MODEL = "skindelta-base@1.0.0"
"""The model that is in use until another is chosen."""

_SCHEMA = 1
_FILE = "current.json"
_IN_SPITE = "## Used in spite of"


class Used(NamedTuple):
    """A model that was put to use.

    Attributes
    ----------
    model : str
        ``NAME@VERSION``.
    digest : str
        Of the model as it was then.
    since : datetime
        UTC.
    reason : str
        The user's words, where there were any.
    """

    model: str
    digest: str
    since: datetime
    reason: str = ""


def current_model() -> str:
    """Return the model in use as ``NAME@VERSION``; loads no weights.

    Raises
    ------
    ModelError
        ``current.json`` is broken, or the model is gone or another one than was chosen.
    """
    past = history()
    if not past:
        return DEFAULT_MODEL
    with _saying_how_to_go_back(past):
        _check_digest(digest_of(find_card(*_parts(past[-1].model))), past[-1])
    return past[-1].model


def load_current() -> Model:
    """Return the model in use, ready to run.

    Raises
    ------
    ModelError
        As :func:`current_model`, or it cannot be loaded.
    """
    past = history()
    if not past:
        return load_model(*_parts(DEFAULT_MODEL))
    with _saying_how_to_go_back(past):
        model = load_model(*_parts(past[-1].model))
        _check_digest(model.digest, past[-1])
    return model


def use_model(name: str, reason: str = "", against: Sequence[str] = ()) -> str:
    """Put a model to use, after its files, its answers and its kind were checked.

    Parameters
    ----------
    name : str
        ``NAME@VERSION``, or ``NAME`` for its newest version.
    reason : str
        Why, in the user's words; kept.
    against : sequence of str
        What speaks against using it. Then it needs a reason, and both are added to the model's
        own card (``README.md``, which is no part of what is verified).

    Returns
    -------
    str
        ``NAME@VERSION``.

    Raises
    ------
    ModelError
        It is missing, altered or no change network; something speaks against it and no reason was
        given; or the choice cannot be kept. Then the one before stays in use.
    """
    reason = " ".join(reason.split())
    card = verify_model(*_parts(name))
    model = load_model(card.name, card.version)
    check_network(model)
    chosen = Used(f"{card.name}@{card.version}", model.digest, datetime.now(UTC), reason)
    if against and not reason:
        raise ModelError(
            f"{chosen.model} is not put to use: {'; '.join(against)}. Keep the model in use, train "
            "on more labels, or use it in spite of that with --force and a reason"
        )
    with _alone():
        past = history()
        if _is_in_use(chosen, past):
            return chosen.model
        if against and card.name not in SHIPPED:
            _note_in_card(model.folder / "README.md", against, chosen)
        _write([*past, chosen])
    return chosen.model


def previous_model() -> str:
    """Return the model that was in use before the one that is.

    Raises
    ------
    ModelError
        There was none, or ``current.json`` is broken.
    """
    past = history()
    if not past:
        raise ModelError(f"there is nothing to go back to: {DEFAULT_MODEL} was always in use")
    return past[-2].model if len(past) > 1 else DEFAULT_MODEL


def step_back() -> str:
    """Go back to the model before the one in use; what was in use is forgotten, not deleted.

    Returns
    -------
    str
        The model that is in use now.

    Raises
    ------
    ModelError
        There was none before, it cannot be used any more, or ``current.json`` is broken. Then
        nothing changes.
    """
    with _alone():
        before, past = previous_model(), history()[:-1]
        try:
            model = load_model(*_parts(before))
            if past:
                _check_digest(model.digest, past[-1])
            check_network(model)
        except ModelError as error:
            raise ModelError(
                f"{before}, which was in use before, cannot be used: {error}. Choose another: "
                f"skindelta models use {DEFAULT_MODEL}"
            ) from error
        _write(past)
    return before


def history() -> tuple[Used, ...]:
    """Return the models that were put to use and not taken back; the last is in use.

    Empty where the one that ships was never replaced.

    Raises
    ------
    ModelError
        ``current.json`` is broken.
    """
    file = user_models() / _FILE
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        if told["schema"] != _SCHEMA:
            raise ValueError(f"schema {told['schema']!r}, this version knows {_SCHEMA}")
        return tuple(map(_used, told["history"]))
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        raise ModelError(
            f"{file} cannot be read ({error.strerror}), so it is not known which model is in use: "
            "make it readable for this user"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{file} does not say which model is in use ({error!r}): put it back from a backup, or "
            f"delete it to use {DEFAULT_MODEL}, then choose with skindelta models use"
        ) from error


def new_version(name: str) -> str:
    """Return the version that the next model of a name gets: one that was never there.

    Raises
    ------
    ModelError
        No model may have the name, or ``current.json`` is broken.
    """
    check_model_name(name)
    known = [f"{name}@{folder.name}" for folder in own_folders(name)]
    known += [one.model for one in history()]
    found = (re.fullmatch(rf"{re.escape(name)}@(\d+)\.(\d+)\.\d+", one) for one in known)
    major, minor = max(((int(one[1]), int(one[2])) for one in found if one), default=(1, -1))
    return f"{major}.{minor + 1}.0"


def _parts(model: str) -> tuple[str, str | None]:
    """Take ``NAME`` or ``NAME@VERSION`` apart."""
    name, _, version = model.partition("@")
    return name, version or None


def _used(told: dict[str, str]) -> Used:
    """Read one entry; raises ValueError, KeyError or TypeError where it is none."""
    model, digest, reason = told["model"], told["digest"], told["reason"]
    if not all(isinstance(one, str) for one in (model, digest, reason)):
        raise TypeError(f"not text: {told}")
    if None in _parts(model) or not model.partition("@")[0]:
        raise ValueError(f"no NAME@VERSION: {model!r}")
    return Used(model, digest, datetime.fromisoformat(told["since"]).astimezone(UTC), reason)


def _check_digest(digest: str, chosen: Used) -> None:
    if digest != chosen.digest:
        raise ModelError(
            f"it is not the model that was put to use on {chosen.since:%Y-%m-%d}: weights or "
            "calibration are others"
        )


@contextmanager
def _saying_how_to_go_back(past: Sequence[Used]) -> Iterator[None]:
    """Say of a model in use that cannot be used how to use another."""
    try:
        yield
    except ModelError as error:
        before = past[-2].model if len(past) > 1 else DEFAULT_MODEL
        raise ModelError(
            f"the model in use, {past[-1].model}, cannot be used: {error}. To go back to {before}: "
            "skindelta models back"
        ) from error


def _is_in_use(chosen: Used, past: Sequence[Used]) -> bool:
    if not past:
        return chosen.model == DEFAULT_MODEL
    return (past[-1].model, past[-1].digest) == (chosen.model, chosen.digest)


def _note_in_card(file: Path, against: Sequence[str], chosen: Used) -> None:
    """Write into a model's card that it is used in spite of something, the latest first."""
    try:
        told = file.read_text(encoding="utf-8") if file.exists() else f"# {chosen.model}\n"
    except (OSError, UnicodeError) as error:
        raise ModelError(f"{file} cannot be read ({error}); the model in use stays") from error
    if f"\n{_IN_SPITE}\n\n" not in told:
        told = f"{told.rstrip()}\n\n{_IN_SPITE}\n\n"
    line = f"- {chosen.since:%Y-%m-%d}: {'; '.join(against)}. Why: {chosen.reason}\n"
    _replace(file, told.replace(f"\n{_IN_SPITE}\n\n", f"\n{_IN_SPITE}\n\n{line}", 1))


def _write(past: Sequence[Used]) -> None:
    entries = [one._asdict() | {"since": f"{one.since:%Y-%m-%dT%H:%M:%SZ}"} for one in past]
    told = {"schema": _SCHEMA, "history": entries}
    _replace(user_models() / _FILE, json.dumps(told, indent=1) + "\n")


def _replace(file: Path, text: str) -> None:
    """Write a file whole or not at all; also when the machine stops right after."""
    try:
        with replacing(file) as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
    except SkinDeltaError as error:
        raise ModelError(f"{error}; the model in use stays as it was") from error


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process at a time change what is in use; the lock goes when the process does."""
    try:
        lock = (make_folder(user_models()) / ".lock").open("ab")
    except (SkinDeltaError, OSError) as error:
        raise ModelError(
            f"{user_models()} cannot be written ({error}); make it writable for this user, or name "
            "another folder by SKINDELTA_MODELS"
        ) from error
    with lock:
        _lock(lock)
        yield


def _lock(file: IO[bytes]) -> None:
    """Wait for the lock; closing the file gives it back."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)

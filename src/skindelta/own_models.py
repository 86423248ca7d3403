"""Where the models lie that a user made, and what they may be called.

They are folders ``NAME/VERSION/`` like those that skindelta ships, beside the user's record. New
weights are always a new version: what is there is never written over. No model of a user can stand
in the place of a shipped one.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from .errors import ModelError

__all__ = ["SHIPPED", "check_model_name", "check_place", "own_folders", "user_models"]

SHIPPED = ("face-finder", "face-landmarks", "skindelta-base")
"""Names that skindelta gives itself."""

FOLDER = "SKINDELTA_MODELS"
_WORDS = ("current", "formula")  # what --model takes beside names
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_VERSION = re.compile(r"\d{1,6}\.\d{1,6}\.\d{1,6}")


def user_models() -> Path:
    """Folder of this user's models; the variable ``SKINDELTA_MODELS`` names another."""
    from platformdirs import user_data_path

    named = os.environ.get(FOLDER)
    if named:
        return Path(named).absolute()
    return user_data_path("skindelta", appauthor=False) / "models"


def check_model_name(name: str) -> None:
    """Make sure that a model of a user may be called so.

    Raises
    ------
    ModelError
        It holds other characters than letters, digits, - and _, is longer than 64, begins with -
        or _, is the name of a shipped model, or a word that chooses a model.
    """
    if not _NAME.fullmatch(name):
        raise ModelError(
            f"{name!r} is no name for a model: use up to 64 letters (a to z), digits, - and _, a "
            "letter or digit first"
        )
    if name.casefold() in SHIPPED:
        raise ModelError(f"{name} is the name of a model that skindelta ships; choose another name")
    if name.casefold() in _WORDS:
        raise ModelError(f"{name} means something else after --model; choose another name")


def check_place(folder: Path, name: str, version: str) -> None:
    """Make sure that a model of the user is what its folder says.

    Otherwise a copy of a model, with weights of its own, would give results in the name of the
    first.

    Raises
    ------
    ModelError
        Name or version of the card are not those of the folder, or no model may have them.
    """
    try:
        check_model_name(folder.parent.name)
    except ModelError as error:
        raise ModelError(f"{folder} is left out: {error}") from None
    if not _VERSION.fullmatch(folder.name):
        raise ModelError(f"{folder} is left out: {folder.name!r} is no version such as 1.0.0")
    if (name, version) != (folder.parent.name, folder.name):
        raise ModelError(
            f"{folder} is left out: its card says {name}@{version}; name the folder or the card "
            "after the other"
        )


def own_folders(name: str | None = None) -> Iterator[Path]:
    """Find the folders of the user's models, of one name or of all, those without a card too.

    What begins with a dot is not there yet: it gets its name when it is complete.
    """
    if name is not None and (not _NAME.fullmatch(name) or name.casefold() in SHIPPED):
        return
    for folder in sorted(user_models().glob(f"{name or '*'}/*")):
        hidden = folder.name.startswith(".") or folder.parent.name.startswith(".")
        if not hidden and (_VERSION.fullmatch(folder.name) or (folder / "model.toml").is_file()):
            yield folder

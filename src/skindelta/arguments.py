"""Arguments that several verbs share, and what they say as values."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from .pipeline import Options
    from .types import OwnRegion

__all__ = [
    "CloseUpOption",
    "JsonOption",
    "PhotoArgument",
    "ReferenceOption",
    "RegionOption",
    "ScaleOption",
    "options_of",
    "own_regions_of",
]

Reference = Literal["auto", "scene", "skin", "none"]
PhotoArgument = Annotated[
    Path, typer.Argument(metavar="PHOTO", help="JPEG, PNG, WebP, AVIF, TIFF, HEIC or RAW.")
]
ReferenceOption = Annotated[
    Reference,
    typer.Option(
        help="What tells a change of the skin from one of the light: the scene around it, the "
        "skin itself (spots and patches only), none, or the best that both photos share."
    ),
]
CloseUpOption = Annotated[
    bool, typer.Option("--close-up", help="The photos show skin without a face.")
]
ScaleOption = Annotated[
    float | None,
    typer.Option(min=0.1, max=1000, metavar="N", help="Pixels per millimeter, where known."),
]
RegionOption = Annotated[
    list[str],
    typer.Option(
        metavar="NAME=WHERE",
        help="A region of your own on the (before) photo: NAME=mask.png of the photo's size, white "
        "inside, black or transparent outside; or NAME='x,y x,y x,y', its corners in pixels. Can "
        "be repeated.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def options_of(**chosen: Any) -> "Options":
    """Return Options of what was chosen; the rest keeps its default."""
    from .pipeline import Options

    return Options(**chosen)


def own_regions_of(texts: list[str]) -> "tuple[OwnRegion, ...]":
    """Read the regions that were given; raises PhotoError for a mask that cannot be read."""
    return tuple(_region(text) for text in texts)


def _region(text: str) -> "OwnRegion":
    """Read ``NAME=mask.png`` or ``NAME=x,y x,y x,y``."""
    import numpy as np

    from .photo import read_mask
    from .types import OwnRegion

    name, _, where = (part.strip() for part in text.partition("="))
    if not name or not where:
        raise typer.BadParameter(f"{text!r} is neither NAME=mask.png nor NAME='x,y x,y x,y'")
    number = r"[-+]?\d+(?:\.\d+)?"
    if not re.fullmatch(rf"{number},{number}(?:\s+{number},{number})*", where):
        return OwnRegion(name, mask=read_mask(where))
    corners = np.array([corner.split(",") for corner in where.split()], np.float32)
    if len(corners) < 3:
        raise typer.BadParameter(f"region {name!r} has {len(corners)} corners; give at least 3")
    return OwnRegion(name, polygon=corners)

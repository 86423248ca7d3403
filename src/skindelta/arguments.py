"""Arguments that several verbs share, and what they say as values."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from .pipeline import Options
    from .types import Corners, FloatArray, OwnRegion

__all__ = [
    "CardOption",
    "CardWidthOption",
    "CURRENT",
    "CloseUpOption",
    "GreyOption",
    "JsonOption",
    "ModelOption",
    "OverwriteOption",
    "Paper",
    "PhotoArgument",
    "ReferenceOption",
    "RegionOption",
    "ScaleOption",
    "marks_of",
    "options_of",
    "own_regions_of",
]

CURRENT = "current"  # the model in use
MAX_PX = 1e6  # no photo is as long, and float32 still tells a sixteenth of a pixel

_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_CORNER = f"{_NUMBER},{_NUMBER}"
_LIKE_NUMBER = r"[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+|nan|inf)"
# Two numbers in a row: meant as corners, whatever stands between or around them.
_LIKE_CORNERS = re.compile(rf"[(\[]*\s*{_LIKE_NUMBER}[\s,;:x]+{_LIKE_NUMBER}", re.IGNORECASE)
_FORMS = "NAME=mask.png nor NAME='x,y x,y x,y'"

Reference = Literal["auto", "card", "grey", "scene", "skin", "none"]
PhotoArgument = Annotated[
    Path, typer.Argument(metavar="PHOTO", help="JPEG, PNG, WebP, AVIF, TIFF, HEIC or RAW.")
]
ReferenceOption = Annotated[
    Reference,
    typer.Option(
        help="What tells a change of the skin from one of the light: a color card, a grey or white "
        "object, the scene around the skin, the skin itself (spots and patches only), none, or the "
        "best that both photos share. Cards narrower than a tenth of the photo are looked for with "
        "card alone."
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
CardOption = Annotated[
    list[str],
    typer.Option(
        metavar="[WHICH=]WHERE",
        help="Where a bought color card is, if it is not found by itself: before='x,y x,y x,y x,y' "
        "and after=..., the outer corners of its 24 patches in pixels, one after the other "
        "around it. WHICH is not needed for a single photo.",
    ),
]
CardWidthOption = Annotated[
    float | None,
    typer.Option(
        min=5,
        max=2000,
        metavar="MM",
        help="Width of the six patches of a bought card: gives the scale. Cards come in many "
        "sizes; the printed one is known.",
    ),
]
GreyOption = Annotated[
    list[str],
    typer.Option(
        metavar="[WHICH=]WHERE",
        help="A grey or white object, the same in both photos: before='x,y' and after='x,y', a "
        "point on it, or the corners of a polygon within it, in pixels.",
    ),
]
ModelOption = Annotated[
    str,
    typer.Option(
        metavar="NAME[@VERSION]",
        help="Change network (see 'skindelta models list'), the folder of one, current for the one "
        "in use (see 'skindelta models use'), or formula for the formulas alone.",
    ),
]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace FILE if it exists.")]
Paper = Literal["a4", "letter", "a6"]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def options_of(**chosen: Any) -> "Options":
    """Return Options of what was chosen; the rest keeps its default."""
    from .pipeline import Options

    return Options(**chosen)


def marks_of(
    option: str, texts: list[str], counts: str, single: bool = False
) -> "tuple[Corners | None, Corners | None]":
    """Read what was marked in the before and the after photo, or in a single one.

    Parameters
    ----------
    option : str
        For messages.
    texts : list of str
        ``before=x,y x,y`` and ``after=x,y x,y``, or ``x,y x,y`` for a single photo.
    counts : str
        How many points there may be: ``"4"``, or ``"1 3+"``.
    single : bool
        There is one photo.
    """
    found: dict[str, Corners] = {}
    for text in texts:
        which, _, where = (part.strip() for part in text.rpartition("="))
        which = which or ("before" if single else "")
        if which not in (("before",) if single else ("before", "after")):
            forms = "x,y x,y ..." if single else "before='x,y x,y ...' or after='x,y x,y ...'"
            raise typer.BadParameter(f"{option}: {text!r} is not {forms}")
        if which in found:
            raise typer.BadParameter(f"{option}: the {which} photo was marked twice")
        found[which] = _points(option, where, counts)
    return found.get("before"), found.get("after")


def _points(option: str, where: str, counts: str) -> "Corners":
    if not re.fullmatch(rf"{_CORNER}(?:\s+{_CORNER})*", where):
        raise typer.BadParameter(f"{option}: {where!r} is not x,y x,y ... in pixels")
    pairs = (corner.split(",") for corner in where.split())
    points = tuple((float(x), float(y)) for x, y in pairs)
    if any(abs(number) > MAX_PX for point in points for number in point):
        raise typer.BadParameter(f"{option}: a point lies beyond every photo; give pixels")
    fits = len(points) == 4 if counts == "4" else len(points) == 1 or len(points) >= 3
    if not fits:
        wanted = "4 corners" if counts == "4" else "a point, or 3 corners and more"
        raise typer.BadParameter(f"{option}: give {wanted}; there are {len(points)} in {where!r}")
    return points


def own_regions_of(texts: list[str]) -> "tuple[OwnRegion, ...]":
    """Read the regions that were given; raises PhotoError for a mask that cannot be read."""
    return tuple(_region(text) for text in texts)


def _region(text: str) -> "OwnRegion":
    """Read ``NAME=mask.png`` or ``NAME=x,y x,y x,y``."""
    from .photo import read_mask
    from .types import OwnRegion

    name, _, where = (part.strip() for part in text.partition("="))
    if not name or not where:
        raise typer.BadParameter(f"{text!r} is neither {_FORMS}")
    if re.fullmatch(rf"{_CORNER}(?:\s+{_CORNER})*", where):
        return OwnRegion(name, polygon=_corners(name, where))
    if _LIKE_CORNERS.match(where) and not os.path.exists(where):
        raise typer.BadParameter(f"{text!r} is neither an existing {_FORMS}")
    return OwnRegion(name, mask=read_mask(where))


def _corners(name: str, where: str) -> "FloatArray":
    """Read ``x,y x,y x,y``; wrong where it is no polygon that a photo can hold."""
    import numpy as np

    corners = np.array([corner.split(",") for corner in where.split()], np.float64)
    if len(corners) < 3:
        raise typer.BadParameter(f"region {name!r} has {len(corners)} corners; give at least 3")
    if np.abs(corners).max() > MAX_PX:
        raise typer.BadParameter(
            f"a corner of region {name!r} lies beyond every photo; give pixels"
        )
    if np.linalg.matrix_rank(corners - corners[0]) < 2:
        raise typer.BadParameter(f"the corners of region {name!r} enclose nothing; move them apart")
    return corners.astype(np.float32)

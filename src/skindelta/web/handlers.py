"""What a widget calls: read what was given, call the public API, hand back values for display.

Plain functions without Gradio: tests call them as they are. A problem that the user can mend comes
back as a sentence, never as an exception.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from ..color import linear_to_srgb8
from ..contract import comparison_to_dict
from ..errors import SkinDeltaError
from ..normalize import ReferenceChoice
from ..photo import read_photo
from ..pictures import comparison_pictures
from ..pipeline import Options, check, compare
from ..types import AlignedPair, ByteArray, Comparison, Photo
from . import words

__all__ = ["Checked", "Compared", "check_photo", "compare_photos", "options_of"]

PREVIEW_PX = 640  # longest side; twice the width a preview has on the page
DISPLAY_PX = 1200  # longest side of slider and maps: sharp on a dense screen, PNG in 0.3 s
PICTURES = {
    "redness": "Redness",
    "hyperpigmentation": "Hyperpigmentation",
    "texture-mid": "Texture",
    "regions": "Regions",
}
ALT_TEXTS = {
    caption: f"Map of the change: {caption.lower()}, drawn on the photo"
    for caption in PICTURES.values()
} | {"Regions": "The regions that were measured, drawn on the photo"}


@dataclass(frozen=True, eq=False)
class Checked:
    """One upload: what we made of it.

    Attributes
    ----------
    status : str
        HTML.
    preview : uint8 array of shape (h, w, 3) or None
        The photo as we decoded it, upright, sRGB.
    """

    status: str
    preview: ByteArray | None = None


@dataclass(frozen=True, eq=False)
class Compared:
    """Two uploads compared.

    Attributes
    ----------
    status : str
        HTML; the sentence where nothing could be measured.
    done : bool
        Whether there is anything more than the status.
    verdicts, table, details : str
        HTML.
    pair : two uint8 arrays of shape (h, w, 3), or None
        Both photos on the midpoint grid.
    pictures : tuple of (uint8 array of shape (h, w, 3), caption)
        Change maps, then the regions.
    """

    status: str
    done: bool = False
    verdicts: str = ""
    table: str = ""
    details: str = ""
    pair: tuple[ByteArray, ByteArray] | None = None
    pictures: tuple[tuple[ByteArray, str], ...] = ()


def options_of(reference: ReferenceChoice, close_up: bool) -> Options:
    """Options as the widgets say them; all others keep their default."""
    return replace(Options(), reference=reference, close_up=close_up)


def check_photo(path: str | None, options: Options) -> Checked:
    """Read one upload, and say whether it can be used."""
    if not path:
        return Checked("")
    try:
        photo = _read(path)
        summary = check(photo, options)
    except SkinDeltaError as error:
        return Checked(words.notice(_message(error, path), "bad"))
    return Checked(words.photo_card(summary), shrink(photo.pixels, PREVIEW_PX))


def compare_photos(before: str | None, after: str | None, options: Options) -> Compared:
    """Compare two uploads."""
    if not before or not after:
        missing = "both photos" if not before and not after else "the other photo"
        return Compared(words.notice(f"Add {missing} first."))
    try:
        comparison = compare(_read(before), _read(after), options)
    except SkinDeltaError as error:
        return Compared(words.notice(_message(error, before, after), "bad"))
    return show(comparison)


def show(comparison: Comparison) -> Compared:
    """Everything the page shows of a comparison."""
    facts = words.details(comparison) + words.download_link(comparison_to_dict(comparison))
    status = words.comparison_card(comparison)
    if not comparison.comparable:
        return Compared(status, True, details=facts)
    return Compared(
        status,
        True,
        words.verdict_cards(comparison),
        words.score_table(comparison),
        facts,
        _pair(comparison.aligned),
        _pictures(comparison),
    )


def shrink(picture: ByteArray, longest: int) -> ByteArray:
    """Reduce a picture until its longest side fits; a smaller one stays as it is."""
    factor = longest / max(picture.shape[:2])
    if factor >= 1:
        return picture
    size = (round(picture.shape[1] * factor), round(picture.shape[0] * factor))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _read(path: str) -> Photo:
    """Read an upload; it goes by its own name, not by where the server keeps it."""
    return replace(read_photo(path), source=Path(path).name)


def _message(error: SkinDeltaError, *paths: str) -> str:
    """Text of an error, with the names of the uploads instead of where the server keeps them."""
    text = str(error)
    for path in paths:
        text = text.replace(path, Path(path).name)
    return text


def _pair(aligned: AlignedPair | None) -> tuple[ByteArray, ByteArray] | None:
    """Both photos on the midpoint grid, for the eye."""
    if aligned is None:
        return None
    before, after = linear_to_srgb8(aligned.before), linear_to_srgb8(aligned.after)
    return shrink(before, DISPLAY_PX), shrink(after, DISPLAY_PX)


def _pictures(comparison: Comparison) -> tuple[tuple[ByteArray, str], ...]:
    """Pictures that `skindelta compare --maps` would write, as far as the page shows them."""
    drawn = comparison_pictures(comparison)
    return tuple(
        (shrink(drawn[name], DISPLAY_PX), caption)
        for name, caption in PICTURES.items()
        if name in drawn
    )

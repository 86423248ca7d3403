"""Photos as they are brought to the page, and the options and marks that belong to them.

Plain functions without Gradio: tests call them as they are. A problem that the user can mend comes
back as a sentence in its place, never as an exception.
"""

import threading
from dataclasses import dataclass, field, replace
from datetime import datetime
from html import escape
from math import nan
from pathlib import Path

import cv2

from ...demo import make_demo
from ...errors import SkinDeltaError
from ...normalize import ReferenceChoice
from ...photo import read_bytes, read_photo_bytes
from ...pipeline import Options, check
from ...types import ByteArray, Photo
from .. import words
from ..serving.visitors import Visit
from ..trouble import sentence_of
from ..viewer import shrink
from .marks import Mark, Which, marked

__all__ = [
    "Asked",
    "Choice",
    "Chosen",
    "Example",
    "Given",
    "choose",
    "mark_trouble",
    "options_of",
    "photo_of",
    "trouble_with",
]

PREVIEW_PX = 1000  # longest side: sharp on the page, and fine enough to mark things on
PREVIEW_QUALITY = 90
SCALES, CARD_WIDTHS = (0.1, 1000.0), (5.0, 2000.0)  # what Options takes


@dataclass(frozen=True)
class Given:
    """One photo that was brought: where it is, and what is shown of it.

    Attributes
    ----------
    path : str
        Among the visitor's uploads.
    preview : str
        Address of a small picture of it, upright.
    width, height : int
        Of the photo itself, upright, px.
    taken_at : datetime or None
    """

    path: str
    preview: str
    width: int
    height: int
    taken_at: datetime | None = None

    @property
    def name(self) -> str:
        """What the file is called."""
        return Path(self.path).name


@dataclass(frozen=True)
class Chosen:
    """What became of one photo: it, or nothing where it cannot be read; HTML in any case."""

    given: Given | None
    card: str


@dataclass(frozen=True)
class Choice:
    """Options as the widgets say them, numbers as they were typed, empty where none was.

    The model is that of the server.
    """

    reference: ReferenceChoice = Options().reference
    close_up: bool = Options().close_up
    px_per_mm: str = ""
    card_width_mm: str = ""
    model: str = Options().model


@dataclass(frozen=True)
class Asked:
    """What was compared: enough to do it again.

    Attributes
    ----------
    before, after : Given
    choice : Choice
    marks : tuple of Mark
    is_example : bool
        Compared by its own options, whatever the page says.
    model : str
        What it was compared by, where it was: comparing again takes the same, whatever is in use.
    """

    before: Given
    after: Given
    choice: Choice = Choice()
    marks: tuple[Mark, ...] = ()
    is_example: bool = False
    model: str = ""

    def is_of(self, before: Given | None, after: Given | None, choice: Choice) -> bool:
        """Whether it is of these photos and options."""
        same_photos = (self.before, self.after) == (before, after)
        return same_photos and (self.is_example or self.choice == choice)


@dataclass
class Example:
    """Two photos to try the page with, made once.

    Attributes
    ----------
    folder : Path
        Where they are made.
    """

    folder: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _made: tuple[Path, Path] | None = None

    def photos(self) -> tuple[Path, Path]:
        """Return the first session of the demo, and its last: treated, and healed."""
        with self._lock:
            if self._made is None or not all(path.is_file() for path in self._made):
                sessions = make_demo(self.folder)
                self._made = sessions[0].path, sessions[-1].path
            return self._made


def options_of(
    choice: Choice,
    marks: tuple[Mark, ...] = (),
    before: Given | None = None,
    after: Given | None = None,
) -> Options:
    """Return what the widgets and the marks say; all else keeps its default.

    Raises
    ------
    SkinDeltaError
        A number is out of its range.
    """
    plain = Options(
        reference=choice.reference,
        close_up=choice.close_up,
        px_per_mm=_typed("pixels per millimeter", choice.px_per_mm, *SCALES),
        card_width_mm=_typed("width of the color card in mm", choice.card_width_mm, *CARD_WIDTHS),
        model=choice.model,
    )
    sizes = [None if given is None else (given.width, given.height) for given in (before, after)]
    return replace(plain, **marked(marks, *sizes))


def choose(visit: Visit, path: str | None, choice: Choice, which: Which = "before") -> Chosen:
    """Read one photo that was brought, and say whether it can be used."""
    if not path:
        return Chosen(None, "")
    try:
        photo = photo_of(visit, path)
        preview = visit.keep(_preview(photo.pixels), "preview.jpg")
    except (SkinDeltaError, OSError) as error:
        return Chosen(None, words.notice(trouble_with(error, path), "bad"))
    height, width = photo.pixels.shape[:2]
    given = Given(path, preview, width, height, photo.taken_at)
    try:
        said = words.photo_card(check(photo, options_of(choice)))
    except SkinDeltaError as error:  # of the options: the photo stays
        said = words.notice(trouble_with(error, path), "bad")
    return Chosen(given, _figure(given, which) + said)


def mark_trouble(visit: Visit, given: Given, mark: Mark, choice: Choice) -> str:
    """Say why something that was marked in a photo cannot be used; empty where it can.

    Raises
    ------
    SkinDeltaError
        It does not fit the photo, or the photo is gone.
    """
    options = options_of(choice, (replace(mark, which="before"),), given)
    summary = check(photo_of(visit, given.path), options)
    reading = {"card": summary.card, "grey": summary.grey}.get(mark.kind)
    return "; ".join(str(reason) for reason in reading.reasons) if reading is not None else ""


def photo_of(visit: Visit, path: str) -> Photo:
    """Read a photo of this visitor; it goes by its own name, not by where the server keeps it."""
    own = visit.own(path)
    return read_photo_bytes(read_bytes(own), own.name)


def trouble_with(error: Exception, *paths: str) -> str:
    """Return what to do about an error, with the names of uploads in the place of their paths."""
    if not isinstance(error, SkinDeltaError):
        return sentence_of(error)
    text = str(error)  # may begin with the name of a file, which stays as it is
    for path in paths:
        text = text.replace(path, Path(path).name)
    return text


def _figure(given: Given, which: Which) -> str:
    """Show a photo with its name."""
    return (
        f'<figure class="sd-given"><img src="{given.preview}" width="{given.width}" '
        f'height="{given.height}" alt="The {which} photo as it is measured">'
        f"<figcaption>{escape(given.name)}</figcaption></figure>"
    )


def _preview(pixels: ByteArray) -> bytes:
    small = shrink(pixels, PREVIEW_PX)
    done, data = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, PREVIEW_QUALITY])
    if not done:
        raise ValueError(f"a picture of shape {small.shape} could not be written as JPEG")
    return data.tobytes()


def _typed(what: str, text: str, low: float, high: float) -> float | None:
    """Read a number, with a point or a comma; None where nothing was typed."""
    told = text.strip().replace(",", ".")
    if not told:
        return None
    try:
        value = float(told)
    except ValueError:
        value = nan
    if low <= value <= high:
        return value
    raise SkinDeltaError(
        f"{what}: expected a number from {low:g} to {high:g}, got {text.strip()!r}; correct it in "
        "the options, or leave it empty"
    )

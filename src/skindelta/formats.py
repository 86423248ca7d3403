"""Open photo files of every kind: header first, upright sRGB pixels when asked.

The kind of a file is told by its first bytes, never by its name. Plain 8-bit JPEG is decoded by
libjpeg-turbo, in less than half of Pillow's time with the same pixels; the rest goes through
Pillow, which knows profiles, alpha and palettes. Sixteen bits are rounded to eight (Pillow would
cut them off). HEIC comes from libheif, RAW from LibRaw behind the extra ``raw``.

Transparent photos are laid on white, as a page shows them, and masks on black. GIF (256 colors),
floating point and HDR have values that stand for no display color and are refused.
"""

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from typing import Any, NamedTuple

import cv2
import numpy as np
import pi_heif
from PIL import AvifImagePlugin, Image, ImageFile, JpegImagePlugin, PngImagePlugin
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from . import exif, icc
from .channels import (
    Refused,
    as_bytes,
    laid_on,
    quiet,
    split_channels,
    split_deep_channels,
    turned,
)
from .jpeg import decode_jpeg
from .types import ByteArray

__all__ = ["DAMAGED", "PHOTO_SUFFIXES", "Opened", "open_photo"]

_RAW_SUFFIXES = frozenset(
    ".3fr .arw .cr2 .cr3 .crw .dng .erf .iiq .kdc .mos .mrw .nef .nrw .orf .pef .raf .raw .rw2 "
    ".rwl .sr2 .srf .srw .x3f".split()
)
PHOTO_SUFFIXES = _RAW_SUFFIXES | frozenset(
    ".jpg .jpeg .jpe .jfif .png .webp .avif .tif .tiff .heic .heif .hif".split()
)
"""File name endings, in lower case, of the formats that can be read."""

_RAW_MAGIC = (b"FUJIFILMCCD-RAW", b"IIU\0", b"IIRO", b"IIRS", b"MMOR", b"FOVb", b"\0MRM")
_MAGIC = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"GIF8": "GIF",
    **dict.fromkeys(_RAW_MAGIC, "RAW"),
}
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
_PILLOW: dict[str, Callable[[Any], ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,  # not the opener of Pillow: it hands out 3-D pairs
    "PNG": PngImagePlugin.PngImageFile,
    "WEBP": WebPImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
}
# TIFF tags: kind of page, bits per sample, meaning of a sample, its number format, smaller pages
# inside, DNG. The values of _PHOTOMETRIC: black is 0 or 1, or the color filters of a sensor.
_PAGE, _BITS, _PHOTOMETRIC, _SAMPLE_FORMAT, _SUB_PAGES, _DNG = 254, 258, 262, 339, 330, 50706
_BLACK_IS_ONE, _SENSOR = 0, 32803
# ITU-T H.273: primaries wider than sRGB (BT.2020, P3) and HDR transfers (PQ, HLG).
_WIDE, _HDR = (9, 12), (16, 18)

DAMAGED = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    LookupError,
    TypeError,
    OverflowError,
    RuntimeError,
    struct.error,
    cv2.error,
)
"""What decoders raise on damaged files."""


class Opened(NamedTuple):
    """A file whose header is known and whose pixels are not decoded yet."""

    width: int
    height: int
    frames: int
    pixels: Callable[[int], ByteArray]  # from a background code to upright sRGB, (H, W, 3)
    exif: Callable[[], Image.Exif]


def open_photo(data: bytes, suffix: str = "") -> Opened:
    """Open the bytes of a file.

    Parameters
    ----------
    data : bytes
    suffix : str
        How the name ends; only used to tell RAW files from TIFF.

    Raises
    ------
    Refused
        The file is no photo that can be measured.
    """
    kind = _kind(data)
    if kind == "TIFF":
        tags = _first_page(data)
        return _open_raw(data) if _is_raw(tags, data, suffix) else _open_tiff(data, tags)
    if kind == "HEIF":
        return _open_heif(data)
    if kind == "RAW":
        return _open_raw(data)
    if kind == "GIF":
        raise Refused("is a GIF, an animation or 256 colors; use the photo it was made from")
    if kind is None:
        raise Refused("is not a photo of a known format; use JPEG, PNG, WebP, AVIF, TIFF or HEIC")
    return _open_pillow(data, kind)


def _kind(data: bytes) -> str | None:
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        end = min(int.from_bytes(data[:4], "big"), 256)
        brands = {data[i : i + 4] for i in range(8, end, 4)}
        if b"crx " in brands:
            return "RAW"
        return "AVIF" if brands & _AVIF_BRANDS else "HEIF" if brands & _HEIF_BRANDS else None
    return None


# -- JPEG, PNG, WebP, AVIF, TIFF ------------------------------------------------------------------


def _open_pillow(data: bytes, kind: str) -> Opened:
    """JPEG, PNG, WebP, AVIF."""
    image = _PILLOW[kind](BytesIO(data))
    if kind == "AVIF" and (at := data.find(b"colrnclx")) >= 0:
        primaries, transfer = (int.from_bytes(data[at + i : at + i + 2], "big") for i in (8, 10))
        _refuse_hdr(primaries, transfer, image.info)
    is_deep = kind == "PNG" and data[24] == 16  # bits per channel
    decode = partial(_decode, image, data if is_deep else None, False)
    if kind == "JPEG" and image.mode in ("L", "RGB"):
        decode = partial(_decode_jpeg, image, data)
    frames = getattr(image, "n_frames", 1)
    return Opened(image.width, image.height, frames, decode, image.getexif)


def _first_page(data: bytes) -> ImageFileDirectory_v2:
    """Tags of the first page of a TIFF."""
    tags, stream = ImageFileDirectory_v2(data[:8]), BytesIO(data)
    start = tags.next
    stream.seek(start)
    tags.load(stream)
    if tags.next == start:  # it did not come as far as the place of the second page
        raise ValueError("the list of tags is cut off")
    return tags


def _open_tiff(data: bytes, tags: ImageFileDirectory_v2) -> Opened:
    bits, number_format = (int(np.max(tags.get(tag, 1))) for tag in (_BITS, _SAMPLE_FORMAT))
    if bits > 16 or number_format != 1:
        raise Refused("is a TIFF of floating-point or 32-bit numbers; save it with 8 or 16 bits")
    image = TiffImageFile(BytesIO(data))
    pages = 0
    for page in range(image.n_frames):
        image.seek(page)
        pages += not image.tag_v2.get(_PAGE, 0) & 1  # 1 = smaller copy of another page
    image.seek(0)
    # Pillow turns pages whose black is 1 at 8 bits and leaves them at 16.
    is_negative = bits == 16 and tags.get(_PHOTOMETRIC) == _BLACK_IS_ONE
    decode = partial(_decode, image, data if bits == 16 else None, is_negative)
    return Opened(image.width, image.height, pages, decode, image.getexif)


def _decode_jpeg(image: ImageFile.ImageFile, data: bytes, background: int) -> ByteArray:
    """Plain JPEG: Pillow's header, libjpeg-turbo's pixels; it has no transparency."""
    pixels = as_bytes(decode_jpeg(data, image.mode == "L"))
    return _upright(icc.to_srgb(pixels, image.info.get("icc_profile")), image)


def _decode(
    image: ImageFile.ImageFile, deep: bytes | None, is_negative: bool, background: int
) -> ByteArray:
    """Decode what Pillow opened; `deep` are the bytes of a file with 16 bits per channel."""
    image.load()  # raises where the file is cut off; turns TIFF upright
    color, alpha = split_channels(image) if deep is None else split_deep_channels(image, deep)
    color = 255 - color if is_negative else color
    color = icc.to_srgb(color, image.info.get("icc_profile"))
    return _upright(laid_on(background, color, alpha), image)


def _upright(pixels: ByteArray, image: Image.Image) -> ByteArray:
    with quiet():
        orientation = exif.orientation(image.getexif())
    return turned(pixels, orientation)


# -- HEIC and RAW ---------------------------------------------------------------------------------


def _open_heif(data: bytes) -> Opened:
    """HEIC: libheif turns it upright by itself, whatever its EXIF says."""
    file = pi_heif.open_heif(BytesIO(data))
    color = file.info.get("nclx_profile") or {}
    _refuse_hdr(color.get("color_primaries"), color.get("transfer_characteristics"), file.info)

    def pixels(background: int) -> ByteArray:
        channels, alpha = split_channels(file.to_pillow())
        return laid_on(background, icc.to_srgb(channels, file.info.get("icc_profile")), alpha)

    width, height = file.size
    return Opened(width, height, len(file), pixels, lambda: _exif(file.info.get("exif")))


def _refuse_hdr(primaries: int | None, transfer: int | None, info: dict[Any, Any]) -> None:
    """Refuse what is neither sRGB nor has a profile that says how to make it sRGB."""
    if info.get("icc_profile") is None and (primaries in _WIDE or transfer in _HDR):
        raise Refused("is an HDR or wide-color photo without a profile; export it as JPEG")


def _is_raw(tags: ImageFileDirectory_v2, data: bytes, suffix: str) -> bool:
    """Whether a TIFF file is a camera's RAW file, whose first page is often a small preview."""
    has_preview = bool(tags.get(_PAGE, 0) & 1) and _SUB_PAGES in tags
    is_sensor = _DNG in tags or tags.get(_PHOTOMETRIC) == _SENSOR
    return has_preview or is_sensor or suffix.lower() in _RAW_SUFFIXES or data[8:10] == b"CR"


def _open_raw(data: bytes) -> Opened:
    """RAW: LibRaw develops it with the camera's white balance and turns it upright."""
    try:
        import rawpy
    except ImportError:
        raise Refused(
            "is a RAW photo; run `pip install 'skindelta[raw]'`, or export it as JPEG"
        ) from None

    @contextmanager
    def developing() -> Iterator[Any]:
        try:
            with rawpy.imread(BytesIO(data)) as raw:
                yield raw
        except rawpy.LibRawError as error:
            raise ValueError(f"LibRaw: {error}") from error

    def pixels(background: int) -> ByteArray:
        with developing() as raw:
            developed: ByteArray = raw.postprocess(
                use_camera_wb=True,
                no_auto_bright=True,  # brightness of its own for each photo would be a change
                output_color=rawpy.ColorSpace.sRGB,
                gamma=(2.4, 12.92),
            )
        return developed

    with developing() as raw:
        width, height = raw.sizes.width, raw.sizes.height
    return Opened(width, height, 1, pixels, lambda: _exif(data))


def _exif(data: bytes | None) -> Image.Exif:
    """Tags of an EXIF block or of a TIFF file; none where they make no sense."""
    tags = Image.Exif()
    try:
        tags.load(data or b"")
    except DAMAGED:
        return Image.Exif()
    return tags

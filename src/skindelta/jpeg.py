"""Decode plain JPEG files, and refuse damaged ones.

OpenCV and Pillow fill what is damaged with invented pixels and at best mention it. libjpeg-turbo in
strict mode raises instead, but on whole photos with odd headers too. So where it raises, what is
harmless is mended and the file decoded strictly again: only damage of the picture itself is left.
"""

from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO

import numpy as np
import simplejpeg
from PIL import Image

from .types import ByteArray

__all__ = ["decode_jpeg"]

_EOI, _SOS, _APP0 = 0xD9, 0xDA, 0xE0
_SEQUENTIAL = (0xC0, 0xC1)
OWN_ZEROS = 4
_RARE_SUBSAMPLING = "subsampling level"  # what libjpeg-turbo's simple interface says of it


def decode_jpeg(data: bytes, is_gray: bool) -> ByteArray:
    """Decode a JPEG file of 8 bits, gray or in color.

    Parameters
    ----------
    data : bytes
    is_gray : bool
        The file holds one channel.

    Returns
    -------
    uint8 array of shape (H, W), or (H, W, 3) as RGB
        As stored, not turned upright.

    Raises
    ------
    ValueError or OSError
        The picture is damaged or cut off.
    """
    try:
        return _strictly(data, is_gray)
    except ValueError as error:
        if _RARE_SUBSAMPLING in str(error):
            with Image.open(BytesIO(data), formats=["JPEG"]) as image:
                return np.asarray(image)
        for mended in _mended(data):
            with suppress(ValueError):
                return _strictly(mended, is_gray)
        raise


def _strictly(data: bytes, is_gray: bool) -> ByteArray:
    pixels: ByteArray = simplejpeg.decode_jpeg(data, "GRAY" if is_gray else "RGB")
    return pixels[..., 0] if is_gray else pixels


def _mended(data: bytes) -> Iterator[bytes]:
    """Leave out what decoders warn of though the picture is fine with it.

    Bytes between segments, unknown versions of JFIF, a scan of some Samsung phones that claims to
    be part of a progressive one; then also zeros between the last scan and the end.
    """
    parts, at, is_sequential = [data[:2]], 2, False
    while (at := data.find(b"\xff", at)) >= 0 and at + 4 <= len(data):
        marker = data[at + 1]
        if marker in (0x00, 0xFF, _EOI):
            at += 1
            continue
        after = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        segment, at = bytearray(data[at:after]), after
        is_sequential |= marker in _SEQUENTIAL
        if marker == _APP0 and segment[4:9] == b"JFIF\0" and len(segment) > 9:
            segment[9] = 1
        if marker == _SOS:
            if is_sequential and len(segment) > 8:
                segment[-3:] = b"\x00\x3f\x00"  # all 64 coefficients at once
            end = data.find(bytes((0xFF, _EOI)), at)
            end = len(data) if end < 0 else end
            header, scan = b"".join((*parts, segment)), data[at:end]
            yield header + scan + data[end:]
            if scan.endswith(b"\0"):  # of which a few may be its own
                for own in range(OWN_ZEROS):
                    yield header + scan.rstrip(b"\0") + bytes(own) + data[end:]
            return
        parts.append(bytes(segment))

"""Photos of every kind come out upright, in sRGB, with their facts, or are refused."""

import hashlib
import io
import os
import struct
import sys
import threading
import zlib
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
import simplejpeg
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import icc_profiles as icc
from skindelta.errors import PhotoError
from skindelta.photo import PhotoLimits, read_mask, read_photo

GOLDEN = Path(__file__).parent / "golden"
ORIENTATIONS = range(1, 9)
# JPEG, WebP and AVIF at quality 95 move flat color by up to 4 codes (4:2:0, far from edges 2).
LOSSY = 4.0


@pytest.fixture
def picture():
    """Four flat quarters, all different, wider than high: no turn leaves it as it was."""
    pixels = np.empty((64, 96, 3), np.uint8)
    pixels[:32, :48], pixels[:32, 48:] = (220, 150, 130), (120, 180, 120)
    pixels[32:, :48], pixels[32:, 48:] = (90, 110, 190), (60, 60, 60)
    return pixels


def as_stored(upright, orientation):
    """Pixels as a camera stores them, so that the orientation makes them upright (EXIF 2.32)."""
    stored = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: lambda a: a.swapaxes(0, 1),
        6: np.rot90,
        7: lambda a: np.rot90(a, 2).swapaxes(0, 1),
        8: lambda a: np.rot90(a, -1),
    }
    return np.ascontiguousarray(stored[orientation](upright))


def exif_with(tags=(), ifd=()):
    exif = Image.Exif()
    exif.update(tags)
    if ifd:
        exif.get_ifd(0x8769).update(ifd)
    return exif.tobytes()


def quarters(pixels):
    """Median color of the four quarters."""
    h, w = pixels.shape[0] // 2, pixels.shape[1] // 2
    parts = (pixels[:h, :w], pixels[:h, w:], pixels[h:, :w], pixels[h:, w:])
    return np.array([np.median(p.reshape(-1, 3), axis=0) for p in parts])


def assert_same_picture(got, want, tolerance):
    assert got.shape == want.shape
    assert np.abs(quarters(got) - quarters(want)).max() <= tolerance


FORMATS = {
    "jpeg": ("JPEG", {"quality": 95}),
    "progressive jpeg": ("JPEG", {"quality": 95, "progressive": True}),
    "png": ("PNG", {}),
    "webp": ("WEBP", {"quality": 95}),
    "avif": ("AVIF", {"quality": 95}),
    "tiff": ("TIFF", {}),
    "lzw tiff": ("TIFF", {"compression": "tiff_lzw"}),
    "jpeg tiff": ("TIFF", {"compression": "jpeg", "quality": 95}),
}


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("kind", FORMATS)
def test_every_orientation_of_every_format_comes_out_upright(tmp_path, picture, kind, orientation):
    name, options = FORMATS[kind]
    exif = exif_with({0x0112: orientation})
    Image.fromarray(as_stored(picture, orientation)).save(
        tmp_path / "photo", name, exif=exif, **options
    )
    assert_same_picture(read_photo(tmp_path / "photo").pixels, picture, LOSSY)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("photometric", ["rgb", "minisblack", "miniswhite"])
def test_sixteen_bit_tiff_is_upright_and_rounded(tmp_path, picture, photometric, orientation):
    codes = picture.astype(np.uint16) * 257 + 100  # + 0.39 of an 8-bit code: rounds back
    if photometric != "rgb":
        codes = codes[..., 0]
    stored = as_stored(65535 - codes if photometric == "miniswhite" else codes, orientation)
    extra = [(274, 3, 1, orientation, True), (65000, "s", 0, "private", True)]
    tifffile.imwrite(
        tmp_path / "photo.tif", stored, photometric=photometric, extratags=extra, metadata=None
    )
    want = picture if photometric == "rgb" else np.repeat(picture[..., :1], 3, axis=2)
    np.testing.assert_array_equal(read_photo(tmp_path / "photo.tif").pixels, want)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_sixteen_bit_png_is_rounded_not_cut_off(tmp_path, picture, channels):
    codes = picture.astype(np.uint16) * 257 + 65  # 0.25 of an 8-bit code up: rounds back
    codes[codes > 256] -= 130  # 0.25 down: cutting off would lose one
    if channels == 3:
        encoded = codes[..., ::-1]
    elif channels == 4:
        encoded = np.dstack([codes[..., ::-1], np.full(codes.shape[:2], 65535, np.uint16)])
    else:
        encoded = codes[..., 0]
    if channels == 2:
        path = tmp_path / "photo.png"
        path.write_bytes(_grey_alpha_png(codes[..., 0]))
    else:
        path = tmp_path / "photo.png"
        assert cv2.imwrite(str(path), encoded)
    want = picture if channels >= 3 else np.repeat(picture[..., :1], 3, axis=2)
    np.testing.assert_array_equal(read_photo(path).pixels, want)


def _grey_alpha_png(codes):
    height, width = codes.shape
    rows = np.dstack([codes, np.full_like(codes, 65535)]).astype(">u2")
    raw = b"".join(b"\0" + row.tobytes() for row in rows)

    def chunk(name, data):
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 16, 4, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(raw))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate"])
def test_compressed_sixteen_bit_tiff_can_be_read(tmp_path, picture, compression):
    codes = np.ascontiguousarray(picture[..., ::-1]).astype(np.uint16) * 257
    scheme = {"tiff_lzw": 5, "tiff_adobe_deflate": 8}[compression]
    path = str(tmp_path / "photo.tif")
    assert cv2.imwrite(path, codes, [cv2.IMWRITE_TIFF_COMPRESSION, scheme])
    np.testing.assert_array_equal(read_photo(path).pixels, picture)


MODES = {
    "RGB": lambda p: Image.fromarray(p),
    "RGBA": lambda p: Image.fromarray(p).convert("RGBA"),
    "P": lambda p: Image.fromarray(p).convert("P", palette=Image.Palette.ADAPTIVE),
}


@pytest.mark.parametrize("mode", MODES)
def test_pixel_modes_become_rgb(tmp_path, picture, mode):
    MODES[mode](picture).save(tmp_path / "photo.png")
    assert_same_picture(read_photo(tmp_path / "photo.png").pixels, picture, 1)


@pytest.mark.parametrize(
    ("mode", "name"), [("L", "PNG"), ("LA", "PNG"), ("L", "JPEG"), ("1", "PNG")]
)
def test_grey_becomes_three_equal_channels(tmp_path, picture, mode, name):
    grey = Image.fromarray(picture).convert("L")
    grey.convert(mode).save(tmp_path / "photo", name)
    pixels = read_photo(tmp_path / "photo").pixels
    assert (pixels == pixels[..., :1]).all()
    if mode != "1":
        assert_same_picture(pixels, np.dstack([np.asarray(grey)] * 3), 1)
    else:
        assert set(np.unique(pixels)) == {0, 255}


def test_transparency_is_laid_on_white(tmp_path, picture):
    alpha = np.full(picture.shape[:2], 255, np.uint8)
    alpha[:32, :48], alpha[32:, 48:] = 0, 128
    Image.fromarray(np.dstack([picture, alpha])).save(tmp_path / "photo.png")
    found = quarters(read_photo(tmp_path / "photo.png").pixels)
    want = quarters(picture)
    want[0], want[3] = 255, 60 * 128 / 255 + 255 * 127 / 255
    assert np.abs(found - want).max() <= 0.5


def test_transparent_palette_is_laid_on_white(tmp_path, picture):
    image = Image.fromarray(picture).convert("P", palette=Image.Palette.ADAPTIVE, colors=4)
    hidden = image.getpixel((5, 5))
    image.save(tmp_path / "photo.png", transparency=hidden)
    pixels = read_photo(tmp_path / "photo.png").pixels
    assert (pixels[:32, :48] == 255).all()
    assert_same_picture(pixels[:, 48:], picture[:, 48:], 1)


def test_cmyk_without_profile_is_the_plain_complement(tmp_path, picture):
    Image.fromarray(picture).convert("CMYK").save(tmp_path / "photo.jpg", quality=95)
    assert_same_picture(read_photo(tmp_path / "photo.jpg").pixels, picture, LOSSY)


SPACES = {
    "srgb": ("srgb", None),
    "display-p3": ("display-p3", None),
    "adobe-rgb": ("adobe-rgb", 563 / 256),
    "prophoto": ("prophoto", 461 / 256),
}


@pytest.mark.parametrize("name", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
@pytest.mark.parametrize("space", SPACES)
def test_color_profiles_become_srgb_as_the_closed_form_says(tmp_path, picture, space, name):
    options = {"WEBP": {"lossless": True}, "AVIF": {"quality": 100, "subsampling": "4:4:4"}}
    Image.fromarray(picture).save(
        tmp_path / "photo",
        name,
        icc_profile=icc.rgb_profile(*SPACES[space]),
        **options.get(name, {"quality": 98, "subsampling": 0} if name == "JPEG" else {}),
    )
    found = quarters(read_photo(tmp_path / "photo").pixels)
    off = np.abs(found - 255 * icc.to_srgb(quarters(picture) / 255, *SPACES[space])).max(axis=1)
    # The first quarter is skin; near the edge of sRGB one code of AVIF becomes several.
    assert off[0] <= (3 if name in ("JPEG", "AVIF") else 1)
    assert off.max() <= (14 if name in ("JPEG", "AVIF") else 1)


def test_an_srgb_profile_leaves_every_pixel_as_it_was(tmp_path):
    pixels = np.random.default_rng(3).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    profile = icc.rgb_profile("srgb")
    Image.fromarray(pixels).save(tmp_path / "photo.png", icc_profile=profile)
    np.testing.assert_array_equal(read_photo(tmp_path / "photo.png").pixels, pixels)


def test_all_of_display_p3_is_within_one_code(tmp_path):
    pixels = np.random.default_rng(4).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "p3.png", icc_profile=icc.rgb_profile("display-p3"))
    want = 255 * icc.to_srgb(pixels / 255, "display-p3")
    assert np.abs(read_photo(tmp_path / "p3.png").pixels - want).max() <= 1


def test_grey_profile_becomes_srgb(tmp_path):
    ramp = np.tile(np.arange(256, dtype=np.uint8), (40, 1))
    Image.fromarray(ramp).save(tmp_path / "grey.png", icc_profile=icc.grey_profile(1.8))
    want = 255 * icc.encode_srgb((ramp / 255) ** 1.8)
    assert np.abs(read_photo(tmp_path / "grey.png").pixels - want[..., None]).max() <= 1


def test_cmyk_profile_becomes_srgb(tmp_path):
    """Paper Lab (100, 0, 0); magenta ink 20 % darker and redder; the corners are the truth."""

    def lab(c, m, y, k):
        return (100 - 20 * (c + m + y) - 30 * k, 40 * (m - c) * (1 - k), 0)

    image = Image.new("CMYK", (64, 64), (0, 0, 0, 0))
    image.paste((0, 255, 0, 0), (0, 32, 64, 64))
    image.save(tmp_path / "photo.tif", icc_profile=icc.cmyk_profile(lab))
    pixels = read_photo(tmp_path / "photo.tif").pixels
    paper, magenta = pixels[10, 10], pixels[50, 10].astype(float)
    np.testing.assert_array_equal(paper, 255)
    fy = (80 + 16) / 116  # Lab (80, 40, 0) to XYZ to sRGB, D50 throughout
    xyz = icc.D50 * np.array([(fy + 40 / 500) ** 3, fy**3, fy**3])
    want = 255 * icc.encode_srgb(np.linalg.inv(icc.rgb_to_xyz("srgb")) @ xyz)
    assert np.abs(magenta - want).max() <= 3


@pytest.mark.parametrize(
    "profile",
    [
        b"junk",
        icc.rgb_profile("display-p3")[:200],
        icc.grey_profile(1.0),
        icc.cmyk_profile(lambda *_: (50, 0, 0)),
    ],
    ids=["junk", "cut off", "grey for color", "cmyk for color"],
)
def test_profile_that_does_not_fit_counts_as_srgb(tmp_path, picture, profile):
    Image.fromarray(picture).save(tmp_path / "photo.png", icc_profile=profile)
    np.testing.assert_array_equal(read_photo(tmp_path / "photo.png").pixels, picture)


def test_grey_pixels_with_a_color_profile_are_converted(tmp_path):
    grey = np.tile(np.arange(256, dtype=np.uint8), (40, 1))
    profile = icc.rgb_profile("prophoto", 461 / 256)
    Image.fromarray(grey).save(tmp_path / "grey.png", icc_profile=profile)
    want = 255 * icc.encode_srgb((grey / 255) ** (461 / 256))
    assert np.abs(read_photo(tmp_path / "grey.png").pixels - want[..., None]).max() <= 2


def test_jpeg_pixels_are_those_of_pillow(photos):
    path = photos / "london" / "001_neutral.jpg"
    with Image.open(path) as image:
        want = np.asarray(image.convert("RGB")).astype(int)
    assert np.abs(read_photo(path).pixels - want).max() <= 3


# -- HEIC and RAW


def test_heic_with_thumbnail_is_upright_converted_and_dated(picture):
    """The file says orientation 6 in its EXIF too: turning by it would turn twice."""
    photo = read_photo(GOLDEN / "portrait.heic")
    want = np.rint(255 * icc.to_srgb(picture / 255, "display-p3"))
    assert_same_picture(photo.pixels, want, LOSSY)
    assert photo.camera == "Apple iPhone 15"
    assert photo.taken_at == datetime(2026, 3, 1, 7, 30, 0, 250_000, tzinfo=UTC)


def test_heic_cutout_is_laid_on_white(picture):
    want = picture * (128 / 255) + 255 * (127 / 255)
    assert_same_picture(read_photo(GOLDEN / "cutout.heic").pixels, want, LOSSY)


def test_heic_burst_is_refused():
    with pytest.raises(PhotoError, match=r"burst\.heic holds 2 pictures .*; export the one"):
        read_photo(GOLDEN / "burst.heic")


def test_raw_without_its_extra_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rawpy", None)
    write_dng(tmp_path / "photo.dng")
    with pytest.raises(
        PhotoError, match=r"photo\.dng is a RAW photo; run `pip install 'skindelta\[raw\]'`"
    ):
        read_photo(tmp_path / "photo.dng")


def test_raw_named_tif_is_not_taken_for_its_preview(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rawpy", None)
    write_dng(tmp_path / "photo.tif")
    with pytest.raises(PhotoError, match="is a RAW photo"):
        read_photo(tmp_path / "photo.tif")


def test_raw_is_developed_with_its_extra(tmp_path):
    pytest.importorskip("rawpy", reason="needs the extra `raw`")
    write_dng(tmp_path / "photo.dng")
    photo = read_photo(tmp_path / "photo.dng")
    assert photo.pixels.shape == (128, 192, 3)
    left, right = photo.pixels[40:90, 20:80].mean(), photo.pixels[40:90, 110:170].mean()
    assert left > 1.5 * right  # the left half of the sensor got four times the light
    assert photo.camera == "Maker Model"


def write_dng(path):
    """Smallest DNG: an uncompressed RGGB sensor, its left half lit four times as much."""
    sensor = np.full((128, 192), 2000, np.uint16)
    sensor[:, :96] = 8000
    matrix = np.rint(np.linalg.inv(icc.rgb_to_xyz("srgb")) * 10000).astype(int).ravel()
    matrix = [n for value in matrix for n in (int(value), 10000)]
    tags = [
        (271, "s", 0, "Maker", True),
        (272, "s", 0, "Model", True),
        (33421, 3, 2, (2, 2), True),  # pattern 2 x 2
        (33422, 1, 4, (0, 1, 1, 2), True),  # red green green blue
        (50706, 1, 4, (1, 4, 0, 0), True),
        (50708, "s", 0, "Maker Model", True),
        (50721, 10, 9, matrix, True),
        (50728, 5, 3, (1, 1, 1, 1, 1, 1), True),
        (50778, 3, 1, 21, True),
        (50717, 4, 1, 16000, True),
    ]
    tifffile.imwrite(path, sensor, photometric=32803, extratags=tags, metadata=None)


# -- facts


@pytest.mark.parametrize(
    ("tags", "taken_at"),
    [
        ({36867: "2026:03:01 09:30:00"}, datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        (
            {36867: "2026:03:01 09:30:00", 36881: "+02:00", 37521: "25"},
            datetime(2026, 3, 1, 7, 30, 0, 250_000, tzinfo=UTC),
        ),
        (
            {36867: "2026:01:01 00:10:00", 36881: "+05:30"},
            datetime(2025, 12, 31, 18, 40, tzinfo=UTC),
        ),
        ({36867: "2026:01:01 00:10:00", 36881: "   :  "}, datetime(2026, 1, 1, 0, 10, tzinfo=UTC)),
        ({36868: "2026:03:01 09:30:00"}, datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        (
            {36867: "0000:00:00 00:00:00", 36868: "2026:03:01 09:30:00"},
            datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
        ),
        ({36867: "0001:01:01 00:00:00", 36881: "+14:00"}, None),
        ({36867: "yesterday"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_time_is_utc_and_without_offset_taken_as_utc(tmp_path, picture, name, tags, taken_at):
    Image.fromarray(picture).save(tmp_path / "photo", name, exif=exif_with(ifd=tags))
    assert read_photo(tmp_path / "photo").taken_at == taken_at


def test_time_of_the_last_edit_is_not_the_time_of_the_photo(tmp_path, picture):
    exif = exif_with({306: "2026:03:01 09:30:00"})
    Image.fromarray(picture).save(tmp_path / "photo.jpg", exif=exif)
    assert read_photo(tmp_path / "photo.jpg").taken_at is None


@pytest.mark.parametrize(
    ("maker", "model", "camera"),
    [
        ("Apple", "iPhone 15", "Apple iPhone 15"),
        ("Canon", "Canon EOS 5D", "Canon EOS 5D"),
        ("NIKON\0\0 ", None, "NIKON"),
        (None, "X100 ", "X100"),
        (None, None, None),
    ],
)
def test_camera_is_maker_and_model_once(tmp_path, picture, maker, model, camera):
    tags = {tag: value for tag, value in ((271, maker), (272, model)) if value}
    Image.fromarray(picture).save(tmp_path / "photo.jpg", exif=exif_with(tags))
    assert read_photo(tmp_path / "photo.jpg").camera == camera


@given(st.binary(max_size=200), st.integers(0, 100))
def test_made_up_exif_never_stops_a_photo(tmp_path_factory, noise, at):
    path = tmp_path_factory.getbasetemp() / "noise.jpg"
    exif = exif_with({271: "Maker", 0x0112: 6}, {36867: "2026:03:01 09:30:00"})
    exif = exif[: 6 + at] + noise + exif[6 + at + len(noise) :]
    Image.new("RGB", (48, 48), (200, 150, 130)).save(path, exif=b"Exif\0\0" + exif[6:])
    assert read_photo(path).pixels.shape == (48, 48, 3)


def test_hash_is_that_of_the_file_and_pixels_are_read_only(tmp_path, picture):
    path = tmp_path / "photo.png"
    Image.fromarray(picture).save(path)
    photo = read_photo(path)
    assert photo.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert photo.source == str(path)
    assert not photo.pixels.flags.writeable


def test_wrong_name_with_right_content_is_read(tmp_path, picture):
    Image.fromarray(picture).save(tmp_path / "photo.txt", "PNG")
    np.testing.assert_array_equal(read_photo(tmp_path / "photo.txt").pixels, picture)


# -- what is refused


def frames(picture, count=3):
    return [Image.fromarray(np.roll(picture, 7 * i, axis=1)) for i in range(count)]


@pytest.mark.parametrize("name", ["GIF", "PNG", "WEBP", "AVIF", "TIFF"])
def test_animations_and_pages_are_refused(tmp_path, picture, name):
    first, *rest = frames(picture)
    first.save(tmp_path / "photo", name, save_all=True, append_images=rest)
    refusal(tmp_path / "photo", "is a GIF" if name == "GIF" else "holds 3 pictures")


def test_small_copy_of_a_page_is_no_second_page(tmp_path, picture):
    with tifffile.TiffWriter(tmp_path / "photo.tif") as file:
        file.write(picture, photometric="rgb", metadata=None)
        file.write(picture[::2, ::2].copy(), photometric="rgb", subfiletype=1, metadata=None)
    np.testing.assert_array_equal(read_photo(tmp_path / "photo.tif").pixels, picture)


def test_second_picture_inside_a_jpeg_is_left_alone(tmp_path, picture):
    first, second = frames(picture, 2)
    first.save(tmp_path / "photo.mpo", save_all=True, append_images=[second], quality=95)
    assert_same_picture(read_photo(tmp_path / "photo.mpo").pixels, picture, LOSSY)


def refusal(path, *parts, limits=None):
    """Read a photo that must be refused; the sentence names the file and says what to do."""
    with pytest.raises(PhotoError) as caught:
        read_photo(path, limits or PhotoLimits())
    sentence = str(caught.value)
    assert sentence.startswith(str(path))
    assert "; " in sentence
    assert "\n" not in sentence
    for part in parts:
        assert part in sentence
    return sentence


def test_missing_folder_empty_and_text(tmp_path):
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("dear diary, " * 99)
    refusal(tmp_path / "missing.jpg", "does not exist")
    refusal(tmp_path, "is a folder")
    refusal(tmp_path / "empty.jpg", "is empty")
    refusal(tmp_path / "text.jpg", "not a photo of a known format")
    refusal(tmp_path / ("x" * 300), "cannot be read")
    refusal(Path("a\0b"), "cannot be read")


def test_pipe_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    refusal(tmp_path / "pipe.jpg", "no ordinary file")


def test_unreadable_file(tmp_path, picture, monkeypatch):
    path = tmp_path / "secret.jpg"
    Image.fromarray(picture).save(path)
    path.chmod(0)
    if os.access(path, os.R_OK):  # an administrator may read everything

        def denied(*_):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", denied)
    refusal(path, "may not be read", "permissions")


def test_too_many_bytes_or_pixels_or_too_few(tmp_path, picture):
    path = tmp_path / "photo.png"
    Image.fromarray(picture).save(path)
    refusal(path, "larger than 0 MB", limits=PhotoLimits(bytes=100))
    refusal(path, "96 x 64 pixels, more than 0 million", limits=PhotoLimits(pixels=6143))
    refusal(path, "fewer than 65", limits=PhotoLimits(side=65))
    assert read_photo(path, PhotoLimits(pixels=6144, side=64)).pixels.shape == (64, 96, 3)


@pytest.mark.parametrize("name", ["PNG", "WEBP", "JPEG", "TIFF"])
def test_bomb_is_refused_before_it_is_unpacked(tmp_path, name):
    """A header that promises 16383 x 16383 pixels, and hardly any bytes behind it."""
    path = tmp_path / "bomb"
    Image.new("RGB", (64, 96)).save(path, name)
    data = bytearray(path.read_bytes())
    if name == "PNG":
        data[16:24] = struct.pack(">II", 16383, 16383)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    elif name == "JPEG":
        at = data.index(b"\xff\xc0") + 5
        data[at : at + 4] = struct.pack(">HH", 16383, 16383)
    elif name == "WEBP":
        at = data.index(b"\x9d\x01\x2a") + 3
        data[at : at + 4] = struct.pack("<HH", 16383, 16383)
    else:
        for tag in (256, 257):
            at = data.index(struct.pack("<HH", tag, 4)) + 8
            data[at : at + 4] = struct.pack("<I", 16383)
    path.write_bytes(data)
    refusal(path, "16383 x 16383 pixels, more than 120 million")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("kind", FORMATS)
def test_cut_off_files_are_refused_quietly(tmp_path, kind, share, capfd):
    name, options = FORMATS[kind]
    pixels = np.random.default_rng(5).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    whole = io.BytesIO()
    Image.fromarray(pixels).save(whole, name, **options)
    data = whole.getvalue()
    path = tmp_path / "cut.jpg"
    path.write_bytes(data[: int(len(data) * share)])
    refusal(path, "damaged or cut off")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", FORMATS)
def test_the_first_bytes_alone_are_refused_quietly(tmp_path, kind, capfd):
    name, options = FORMATS[kind]
    pixels = np.random.default_rng(5).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    whole = io.BytesIO()
    Image.fromarray(pixels).save(whole, name, **options)
    for length in range(1, 65):
        for path in (tmp_path / "cut.jpg", tmp_path / "cut.tif", tmp_path / "cut.dng"):
            path.write_bytes(whole.getvalue()[:length])
            refusal(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("magic", [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"])
def test_headers_of_tiff_with_nothing_behind_are_refused(tmp_path, magic):
    for rest in (b"", b"\0" * 2, b"\x08", b"\xff" * 4, b"\x08\0\0\0" * 3, b"\0" * 40):
        (tmp_path / "a.tif").write_bytes(magic + rest)
        refusal(tmp_path / "a.tif", "a.tif")


@pytest.mark.parametrize("magic", [b"FUJIFILMCCD-RAW", b"IIRO", b"\0\0\0\x18ftypcrx "])
def test_raw_that_the_extra_cannot_read_is_refused(tmp_path, magic):
    pytest.importorskip("rawpy", reason="needs the extra raw")
    for length in (0, 1, 40, 400):
        (tmp_path / "a.raf").write_bytes(magic + bytes(length))
        refusal(tmp_path / "a.raf", "damaged or cut off")


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_jpeg_damaged_in_the_middle_is_refused_quietly(tmp_path, mode, capfd):
    pixels = np.random.default_rng(7).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    whole = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(whole, "JPEG", quality=90)
    data = bytearray(whole.getvalue())
    middle = len(data) // 2
    data[middle : middle + 64] = bytes(64)
    (tmp_path / "photo.jpg").write_bytes(data)
    assert cv2.imread(str(tmp_path / "photo.jpg")) is not None  # others look the other way
    capfd.readouterr()
    refusal(tmp_path / "photo.jpg", "damaged or cut off")
    assert capfd.readouterr() == ("", "")


def _scan_of(data):
    """Where the header of the only scan of a JPEG without thumbnail begins, and where it ends."""
    start = data.index(b"\xff\xda")
    return start, start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")


def _odd(data, kind):
    """JPEG with a header or an end that decoders warn of, and a whole picture."""
    odd = bytearray(data)
    if kind == "part of a progressive scan":  # as some Samsung phones write
        odd[_scan_of(data)[1] - 2] = 0
    elif kind == "unknown version":
        odd[data.index(b"JFIF\0") + 5] = 2
    elif kind == "bytes between segments":
        odd[20:20] = b"\0\0"  # behind the first, JFIF's
    else:
        odd[-2:-2] = bytes(64)
    return bytes(odd)


ODD = (
    "part of a progressive scan",
    "unknown version",
    "bytes between segments",
    "zeros before the end",
)


@pytest.mark.parametrize("kind", ODD)
def test_jpeg_with_an_odd_header_and_a_whole_picture_is_read(tmp_path, picture, kind):
    whole = io.BytesIO()
    Image.fromarray(picture).save(whole, "JPEG", quality=95)
    (tmp_path / "odd.jpg").write_bytes(_odd(whole.getvalue(), kind))
    with pytest.raises(ValueError, match="JPEG|JFIF|SOS"):
        simplejpeg.decode_jpeg((tmp_path / "odd.jpg").read_bytes())
    want = np.asarray(Image.open(whole))
    np.testing.assert_array_equal(read_photo(tmp_path / "odd.jpg").pixels, want)


@pytest.mark.parametrize("kind", ODD)
def test_damage_behind_an_odd_header_is_seen(tmp_path, kind):
    pixels = np.random.default_rng(7).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    whole = io.BytesIO()
    Image.fromarray(pixels).save(whole, "JPEG", quality=90)
    data = bytearray(_odd(whole.getvalue(), kind))
    middle = len(data) // 2
    data[middle : middle + 64] = bytes(64)
    (tmp_path / "odd.jpg").write_bytes(data)
    refusal(tmp_path / "odd.jpg", "damaged or cut off")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["mask.png", "mask.tif"])
def test_a_mask_is_upright_and_black_where_it_is_transparent(tmp_path, name, orientation):
    alpha = np.zeros((40, 60), np.uint8)
    alpha[5:15, 10:50] = 255
    layers = np.dstack([np.full((40, 60, 3), 255, np.uint8), alpha])
    stored = Image.fromarray(as_stored(layers, orientation))
    stored.save(tmp_path / name, exif=exif_with([(0x0112, orientation)]))
    np.testing.assert_array_equal(read_mask(tmp_path / name), alpha > 0)


def test_a_mask_in_heic_is_black_where_it_is_transparent():
    assert read_photo(GOLDEN / "cutout.heic").pixels.max(axis=-1).min() > 140  # on white
    assert not read_mask(GOLDEN / "cutout.heic").any()  # half of (220, 190, 130, 60) on black


def test_a_mask_that_is_white_all_over_is_refused(tmp_path):
    Image.new("L", (60, 40), 255).save(tmp_path / "mask.png")
    with pytest.raises(PhotoError, match="white all over; paint white"):
        read_mask(tmp_path / "mask.png")


def test_jpeg_with_rare_subsampling_is_read(photos):
    path = photos / "color_cards" / "color_chip2.jpg"
    with Image.open(path) as image:
        np.testing.assert_array_equal(read_photo(path).pixels, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])  # the last tenth of the HEIC is its thumbnail
def test_cut_off_heic_and_deep_files_are_refused(tmp_path, share):
    deep = np.random.default_rng(6).integers(0, 65536, (64, 96, 3), dtype=np.uint16)
    tifffile.imwrite(tmp_path / "deep.tif", deep, photometric="rgb")
    assert cv2.imwrite(str(tmp_path / "deep.png"), deep)
    (tmp_path / "photo.heic").write_bytes((GOLDEN / "portrait.heic").read_bytes())
    for path in (tmp_path / "deep.tif", tmp_path / "deep.png", tmp_path / "photo.heic"):
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        refusal(path, "damaged or cut off")


@pytest.mark.parametrize("dtype", ["float32", "uint32", "int16", "float64"])
@pytest.mark.parametrize("channels", [1, 3])
def test_floating_point_and_32_bit_tiff_are_refused(tmp_path, dtype, channels):
    pixels = np.ones((64, 96, channels), dtype).squeeze()
    photometric = "rgb" if channels == 3 else "minisblack"
    tifffile.imwrite(tmp_path / "photo.tif", pixels, photometric=photometric)
    refusal(tmp_path / "photo.tif", "save it")


@pytest.mark.parametrize(("primaries", "transfer"), [(9, 16), (12, 13), (1, 18)])
def test_hdr_without_profile_is_refused(tmp_path, picture, primaries, transfer):
    Image.fromarray(picture).save(tmp_path / "plain.avif")
    data = bytearray((tmp_path / "plain.avif").read_bytes())
    at = data.index(b"colrnclx") + 8
    data[at : at + 4] = primaries.to_bytes(2, "big") + transfer.to_bytes(2, "big")
    (tmp_path / "hdr.avif").write_bytes(data)
    refusal(tmp_path / "hdr.avif", "HDR or wide-color")


def test_odd_headers_leave_the_screen_clean(tmp_path, picture, capfd):
    deep = picture.astype(np.uint16) * 257
    tags = [(65000, "s", 0, "private", True)]
    tifffile.imwrite(tmp_path / "deep.tif", deep, photometric="rgb", extratags=tags)
    Image.fromarray(picture).save(tmp_path / "odd.jpg", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff\0")
    for name in ("deep.tif", "odd.jpg"):
        read_photo(tmp_path / name)
    assert capfd.readouterr() == ("", "")


def test_photos_can_be_read_in_several_threads(tmp_path, picture):
    path = tmp_path / "photo.tif"
    profile = icc.rgb_profile("display-p3")
    Image.fromarray(picture).save(path, icc_profile=profile)
    want = read_photo(path).pixels
    wrong = []

    def read():
        for _ in range(20):
            if not np.array_equal(read_photo(path).pixels, want):
                wrong.append(path)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []

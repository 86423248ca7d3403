"""Copies have the pixels, time and camera of a photo, and nothing else of it."""

import io
import struct
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import IFD, Base

import icc_profiles as icc
from skindelta.copies import clean_copy, thumbnail
from skindelta.errors import PhotoError
from skindelta.photo import read_photo_bytes
from skindelta.types import Photo

GOLDEN = Path(__file__).parent / "golden"
ICC, MPF = b"ICC_PROFILE\0", b"MPF\0"
BODY_SERIAL, LENS_SERIAL, OWNER, UNIQUE_ID = 0xA431, 0xA435, 0xA430, 0xA420

SECRETS = {
    "description": "Jane in her bedroom",
    "artist": "Jane Artist",
    "software": "Janes own build",
    "behind the NUL of the maker": "Jane behind",
    "maker note": "MakerNote of Jane",
    "body serial": "SN-0815-4711",
    "lens serial": "LSN-2323",
    "owner": "Jane Owner",
    "unique id": "unique-id-9999",
    "comment in exif": "Jane comments",
    "gps": "Janes street 7",
    "gps of the thumbnail": "thumbnail street 8",
    "xmp": "xmp street 9",
    "extended xmp": "extended street 10",
    "iptc": "iptc street 11",
    "comment": "com street 12",
    "mpf": "mpf street 13",
    "unknown app": "app5 street 14",
    "jfif thumbnail": "jfif street 15",
    "adobe": "adobe street 16",
    "profile of a screen": "screen serial 17",
    "behind the profile": "profile street 18",
    "between scans": "between street 19",
    "film behind": "film street 20",
}


@pytest.fixture
def pixels():
    """Noise on four quarters that all differ, wider than high: no turn leaves it as it was."""
    return noisy(64, 96)


def noisy(height, width):
    quarters = np.repeat(np.repeat(np.array([[40, 90], [140, 190]]), height // 2, 0), width // 2, 1)
    noise = np.random.default_rng(3).integers(0, 30, (height, width, 3))
    return (quarters[..., None] + noise + np.array([30, 10, 0])).astype(np.uint8)


def saved(pixels, kind="JPEG", **options):
    file = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(file, kind, **options)
    return file.getvalue()


def exif_with(tags=(), ifd=(), gps=()):
    exif = Image.Exif()
    exif.update(tags)
    exif.get_ifd(IFD.Exif).update(ifd)
    exif.get_ifd(IFD.GPSInfo).update(gps)
    return exif.tobytes()


FACTS = {Base.Make: "Apple", Base.Model: "iPhone 15"}
PICTURE = {
    Base.DateTimeOriginal: "2026:03:01 09:30:00",
    Base.SubsecTimeOriginal: "25",
    Base.OffsetTimeOriginal: "+02:00",
    Base.LensModel: "iPhone 15 back camera 5.96mm f/1.6",
    Base.CustomRendered: 3,
    Base.SceneCaptureType: 3,
}
GPS = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0), 28: SECRETS["gps"].encode()}


def assert_same_photo(copy, original, name="photo"):
    got, want = read_photo_bytes(copy, name), read_photo_bytes(original, name)
    np.testing.assert_array_equal(got.pixels, want.pixels)
    facts = ("taken_at", "camera", "lens", "mode")
    assert [getattr(got, fact) for fact in facts] == [getattr(want, fact) for fact in facts]


def assert_copied(data, suffix, name="photo"):
    """Copy; the copy reads the same, and a copy of it is the same file."""
    copy, kind = clean_copy(data, name)
    assert kind == suffix
    assert_same_photo(copy, data, name)
    assert clean_copy(copy, name) == (copy, suffix)
    return copy


# -- the same pixels


JPEG = {
    "baseline": {},
    "4:4:4": {"subsampling": 0},
    "progressive": {"progressive": True},
    "restart markers": {"restart_marker_blocks": 2},
    "progressive with restart markers": {"progressive": True, "restart_marker_rows": 1},
    "no color transform": {"keep_rgb": True},
    "profile": {"icc_profile": icc.rgb_profile("display-p3")},
}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", JPEG)
def test_jpeg_is_copied_as_it_is_compressed(pixels, kind, orientation):
    exif = exif_with({0x0112: orientation} | FACTS, PICTURE)
    data = saved(pixels, quality=90, exif=exif, **JPEG[kind])
    copy = assert_copied(data, ".jpg")
    assert scans(data) == scans(copy)
    with Image.open(io.BytesIO(copy)) as image:
        assert image.getexif()[0x0112] == orientation


def scans(data):
    return data[data.index(b"\xff\xda") :]


@pytest.mark.parametrize("progressive", [False, True])
def test_gray_jpeg_is_copied_as_it_is_compressed(pixels, progressive):
    gray = Image.fromarray(pixels).convert("L")
    data = saved(gray, progressive=progressive, icc_profile=icc.grey_profile(1.8))
    assert scans(assert_copied(data, ".jpg")) == scans(data)


def test_jpeg_without_any_exif_or_jfif_is_copied(pixels):
    data = saved(pixels)
    assert data[2:4] == b"\xff\xe0"
    assert_copied(data[:2] + data[20:], ".jpg")


@pytest.mark.parametrize(
    "odd",
    [
        lambda d: d[:20] + b"\xff" * 9 + d[20:],
        lambda d: d[:20] + b"\0\0\0" + d[20:],
        lambda d: d[:-2] + b"\xff\xff" + d[-2:],
        lambda d: d[:-2] + bytes(40) + d[-2:],
        lambda d: d.replace(b"JFIF\0\1", b"JFIF\0\2"),
        lambda d: d[:20] + segment(0xE2, ICC + b"\1\1" + b"junk") + d[20:],
        lambda d: d[:20] + segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\xff\xff\0") + d[20:],
    ],
    ids=["fill", "bytes between", "fill at the end", "zeros", "version", "profile", "exif"],
)
def test_jpeg_with_odd_but_harmless_parts_is_copied(pixels, odd):
    assert_copied(odd(saved(pixels)), ".jpg")


def test_photos_of_cameras_are_copied(photos):
    cards = photos / "color_cards"
    for path in (photos / "london" / "001_neutral.jpg", cards / "colorchecker-classic-mini.jpg"):
        assert_copied(path.read_bytes(), ".jpg", path.name)
    assert_copied((cards / "color_chip2.jpg").read_bytes(), ".png")  # whatever its name says


OTHERS = {
    "png": lambda p, e: saved(p, "PNG", exif=e),
    "palette": lambda p, e: saved(Image.fromarray(p).quantize(16), "PNG", exif=e),
    "transparent": lambda p, e: saved(np.dstack([p, p[..., 0]]), "PNG", exif=e),
    "png with profile": lambda p, e: saved(
        p, "PNG", exif=e, icc_profile=icc.rgb_profile("prophoto", 461 / 256)
    ),
    "webp": lambda p, e: saved(p, "WEBP", exif=e),
    "avif": lambda p, e: saved(p, "AVIF", exif=e),
    "tiff": lambda p, e: saved(p, "TIFF", exif=e),
    "cmyk jpeg": lambda p, e: saved(Image.fromarray(p).convert("CMYK"), "JPEG", exif=e),
}


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("kind", OTHERS)
def test_other_kinds_become_png_in_srgb(pixels, kind, orientation):
    exif = exif_with({0x0112: orientation} | FACTS, PICTURE | {OWNER: "Jane Owner"}, GPS)
    data = OTHERS[kind](pixels, exif)
    assert b"Janes street 7" in data
    copy = assert_copied(data, ".png")
    assert b"Jane" not in copy
    with Image.open(io.BytesIO(copy)) as image:
        assert image.info["srgb"] == 1
        assert "icc_profile" not in image.info
        assert not image.getexif().get_ifd(IFD.GPSInfo)


def test_sixteen_bits_become_png(pixels):
    file = io.BytesIO()
    tifffile.imwrite(file, pixels.astype(np.uint16) * 257, photometric="rgb", metadata=None)
    assert_copied(file.getvalue(), ".png")
    done, data = cv2.imencode(".png", pixels.astype(np.uint16) * 257)
    assert done
    assert_copied(data.tobytes(), ".png")


@pytest.mark.parametrize("name", ["portrait.heic", "cutout.heic"])
def test_heic_becomes_png(name):
    assert_copied((GOLDEN / name).read_bytes(), ".png", name)


# -- nothing else


def segment(marker, content):
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def with_thumbnail(exif, thumb):
    """EXIF of Pillow ("MM") with a second list of tags, which points to a thumbnail."""
    tiff = bytearray(exif[6:])
    (count,) = struct.unpack_from(">H", tiff, 8)
    at = len(tiff)
    struct.pack_into(">I", tiff, 10 + 12 * count, at)
    place = at + 2 + 2 * 12 + 4
    entries = ((0x0201, 4, 1, place), (0x0202, 4, 1, len(thumb)))
    second = struct.pack(">H", 2) + b"".join(struct.pack(">HHII", *e) for e in entries) + bytes(4)
    return exif[:6] + bytes(tiff) + second + thumb


def screen_profile():
    """Profile with a private tag, as macOS writes the serial number of a screen, and a tail."""
    profile = icc.rgb_profile("display-p3")
    (count,) = struct.unpack_from(">I", profile, 128)
    table = [struct.unpack_from(">4sII", profile, 132 + 12 * i) for i in range(count)]
    note = b"mmod\0\0\0\0" + SECRETS["profile of a screen"].encode()
    table = [(name, start + 12, size) for name, start, size in table]
    table.append((b"mmod", len(profile) + 12, len(note)))
    head = profile[4:128] + struct.pack(">I", count + 1)
    head += b"".join(struct.pack(">4sII", *entry) for entry in table)
    whole = head + profile[132 + 12 * count :] + note
    return struct.pack(">I", len(whole) + 4) + whole + SECRETS["behind the profile"].encode()


def index_of_pictures(small):
    """Content of the segment that says where in the file a second picture is."""
    image = Image.open(io.BytesIO(small))
    data = saved(image, "MPO", save_all=True, append_images=[image])
    at = data.index(MPF)
    (length,) = struct.unpack_from(">H", data, at - 2)
    return data[at : at + length - 2]


def telltale(pixels, **options):
    """JPEG with a secret in every place that people and cameras use."""
    secret = {place: text.encode() for place, text in SECRETS.items()}
    small = saved(pixels[::2, ::2], exif=exif_with(gps={28: secret["gps of the thumbnail"]}))
    tags = FACTS | {
        Base.Make: "Apple\0" + SECRETS["behind the NUL of the maker"],
        Base.ImageDescription: SECRETS["description"],
        Base.Artist: SECRETS["artist"],
        Base.Software: SECRETS["software"],
        0x0112: 6,
    }
    ifd = PICTURE | {
        Base.MakerNote: secret["maker note"],
        Base.UserComment: secret["comment in exif"],
        BODY_SERIAL: SECRETS["body serial"],
        LENS_SERIAL: SECRETS["lens serial"],
        OWNER: SECRETS["owner"],
        UNIQUE_ID: SECRETS["unique id"],
    }
    plain = saved(pixels, quality=90, **options)
    jfif = b"JFIF\0\1\2\0\0\1\0\1\3\2" + secret["jfif thumbnail"].ljust(18)
    head = [
        segment(0xE0, jfif),
        segment(0xE1, with_thumbnail(exif_with(tags, ifd, GPS), small)),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + secret["xmp"]),
        segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + secret["extended xmp"]),
        segment(0xE2, ICC + b"\1\1" + screen_profile()),
        segment(0xE2, index_of_pictures(small) + secret["mpf"]),
        segment(0xE5, secret["unknown app"]),
        segment(0xED, b"Photoshop 3.0\0" + secret["iptc"]),
        segment(0xEE, b"Adobe\0\x64\0\0\0\0\1" + secret["adobe"]),
        segment(0xFE, secret["comment"]),
    ]
    between = segment(0xFE, secret["between scans"])
    last = plain.rindex(b"\xff\xda")
    body = plain[20:last] + between + plain[last:]
    return plain[:2] + b"".join(head) + body + small + b"ftypmp42" + secret["film behind"]


@pytest.mark.parametrize("progressive", [False, True])
def test_nothing_that_was_planted_is_in_the_copy(pixels, progressive):
    data = telltale(pixels, progressive=progressive)
    with Image.open(io.BytesIO(data)) as image:  # the secrets are where programs look for them
        exif = image.getexif()
        assert exif.get_ifd(IFD.GPSInfo)[28].decode() == SECRETS["gps"]
        assert exif.get_ifd(IFD.Exif)[BODY_SERIAL] == SECRETS["body serial"]
        assert 0x0201 in exif.get_ifd(IFD.IFD1)
    copy = assert_copied(data, ".jpg")
    for place, secret in SECRETS.items():
        assert secret.encode() in data, place
        assert secret.encode() not in copy, place
    assert copy.count(b"\xff\xd8\xff") == 1
    assert copy.endswith(b"\xff\xd9")


def test_programs_find_few_tags_and_no_place_in_the_copy(pixels):
    copy, _ = clean_copy(telltale(pixels), "photo.jpg")
    with Image.open(io.BytesIO(copy)) as image:
        exif = image.getexif()
        assert not exif.get_ifd(IFD.GPSInfo)
        assert not exif.get_ifd(IFD.IFD1)
        assert dict(exif) == FACTS | {0x0112: 6, IFD.Exif: exif[IFD.Exif]}
        assert exif.get_ifd(IFD.Exif) == PICTURE
        assert set(image.info) <= {
            "exif", "icc_profile", "adobe", "adobe_transform", "jfif", "jfif_version",
            "jfif_unit", "jfif_density", "dpi",
        }  # fmt: skip


def test_the_profile_of_a_copy_converts_as_before(pixels):
    """The pixels of a copy are compared in sRGB; they differ from those without a profile."""
    data = saved(pixels, icc_profile=screen_profile())
    copy = assert_copied(data, ".jpg")
    plain = read_photo_bytes(saved(pixels), "plain").pixels
    assert (read_photo_bytes(copy, "copy").pixels != plain).any()


def test_a_profile_in_several_pieces_is_kept(pixels):
    profile = icc.rgb_profile("adobe-rgb", 563 / 256)
    pieces = profile[:100], profile[100:200], profile[200:]
    segments = [segment(0xE2, ICC + bytes((i, 3)) + p) for i, p in enumerate(pieces, 1)]
    data = saved(pixels)
    copy = assert_copied(data[:20] + b"".join(reversed(segments)) + data[20:], ".jpg")
    with Image.open(io.BytesIO(copy)) as image:
        assert image.info["icc_profile"][:8] == profile[:8]


@pytest.mark.parametrize(
    ("tags", "written"),
    [
        ({36867: "2026:03:01 09:30:00"}, {36867: "2026:03:01 09:30:00"}),
        (
            {36868: "2026:03:01 09:30:00", 36882: "-03:00"},
            {36867: "2026:03:01 09:30:00", 36881: "-03:00"},
        ),
        (
            {36867: "2026:3:1 9:30:0", 36881: "+0200"},
            {36867: "2026:03:01 07:30:00", 37521: "000000", 36881: "+00:00"},
        ),
        ({36867: "2026:03:01 09:30:00", 36881: "home"}, {36867: "2026:03:01 09:30:00"}),
        ({36867: "yesterday at Janes"}, {}),
        ({0xA434: "R\xfcckkamera"}, {0xA434: "R\xfcckkamera"}),
        ({0xA401: 6}, {0xA401: 6}),
    ],
)
def test_time_lens_and_mode_are_written_as_they_were_read(pixels, tags, written):
    data = saved(pixels, exif=latin_exif(tags))
    copy = assert_copied(data, ".jpg")
    with Image.open(io.BytesIO(copy)) as image:
        assert image.getexif().get_ifd(IFD.Exif) == written


def latin_exif(tags):
    """EXIF whose text may have letters beyond ASCII, which Pillow does not write."""
    text = "R\xfcckkamera"
    return exif_with(ifd={k: "R?ckkamera" if v == text else v for k, v in tags.items()}).replace(
        b"R?ckkamera", text.encode("latin-1")
    )


# -- what is refused


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.99])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_what_is_cut_off_is_refused(pixels, kind, share):
    data = saved(pixels, kind)
    with pytest.raises(PhotoError, match=r"cut\.jpg is (damaged or cut off|empty)"):
        clean_copy(data[: int(len(data) * share)], "cut.jpg")


def test_what_is_no_single_photo_is_refused():
    with pytest.raises(PhotoError, match="not a photo of a known format"):
        clean_copy(b"dear diary, " * 99, "diary.jpg")
    with pytest.raises(PhotoError, match="holds 2 pictures"):
        clean_copy((GOLDEN / "burst.heic").read_bytes(), "burst.heic")


def check_whatever_it_is(data):
    try:
        copy, suffix = clean_copy(data, "photo.jpg")
    except PhotoError:
        return
    assert_same_photo(copy, data)
    assert clean_copy(copy, "photo.jpg") == (copy, suffix)


WHOLE = {
    "telltale": telltale(noisy(48, 64)),
    "progressive": telltale(noisy(32, 48), progressive=True),
    "restart markers": telltale(noisy(32, 48), restart_marker_blocks=1),
    "flat": saved(Image.new("L", (40, 40), 128)),
}
EDIT = st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 8), st.binary(max_size=8))


@given(st.binary(max_size=300))
@example(b"\xff\xd8\xff")
@example(b"\xff\xd8\xff\xd9")
@example(b"\xff\xd8\xff\xda\0\2")
def test_garbage_is_refused(data):
    check_whatever_it_is(data)
    check_whatever_it_is(b"\xff\xd8\xff" + data)
    check_whatever_it_is(WHOLE["flat"][:20] + data + WHOLE["flat"][20:])


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # `jpeg` opens rare kinds with Pillow
@given(st.sampled_from(sorted(WHOLE)), st.lists(EDIT, min_size=1, max_size=4))
def test_altered_jpeg_is_refused_or_copied_as_it_reads(kind, edits):
    data = WHOLE[kind]
    for share, gone, new in edits:
        at = int(share * len(data))
        data = data[:at] + new + data[at + gone :]
    check_whatever_it_is(data)


# -- thumbnails


@pytest.mark.parametrize(("height", "width"), [(480, 640), (640, 480), (40, 60), (2000, 32)])
def test_a_thumbnail_is_small_and_has_nothing_but_pixels(height, width):
    photo = Photo(np.full((height, width, 3), (220, 150, 130), np.uint8))
    data = thumbnail(photo)
    small = Image.open(io.BytesIO(data))
    assert max(small.size) == min(320, max(height, width))
    assert abs(small.width / small.height - width / height) < 0.05 * width / height
    assert np.abs(np.asarray(small) - np.array([220.0, 150, 130])).max() <= 2
    assert not {"exif", "icc_profile", "xmp", "comment"} & set(small.info)


def test_a_thumbnail_is_upright(pixels):
    data = saved(pixels, exif=exif_with({0x0112: 6}))
    photo = read_photo_bytes(data, "photo.jpg")
    with Image.open(io.BytesIO(thumbnail(photo))) as small:
        assert small.size == (64, 96)
    shorter = thumbnail(replace(photo), longest=48)
    with Image.open(io.BytesIO(shorter)) as small:
        assert small.size == (32, 48)


def test_a_thumbnail_of_no_pixels_is_a_mistake_of_the_caller(pixels):
    with pytest.raises(ValueError, match="expected at least 1 pixel, got 0"):
        thumbnail(Photo(pixels), longest=0)

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest
from pytest import approx
from skimage import data

from skindelta.color import linear_to_srgb8, srgb8_to_linear
from skindelta.defects import edge_blur, flattened_share
from skindelta.quality import check_quality
from skindelta.regions import find_regions
from skindelta.types import Box, Photo

LONDON_DARK = ("042", "061", "062", "082", "096", "099", "114", "137")
SEVERAL = ("london/061_neutral", "london/008_neutral", "london/013_neutral", "zoom/45cm")


@cache
def read(path):
    return np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])


def quality_of(pixels, **options):
    photo = Photo(np.ascontiguousarray(pixels))
    return check_quality(photo, find_regions(photo, **options))


def codes(quality):
    return {reason.code for reason in quality.reasons}


def saved(pixels, jpeg_quality):
    options = [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality]
    data = cv2.imencode(".jpg", pixels[..., ::-1], options)[1]
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])


def exposed(pixels, stops):
    """More or less light."""
    return linear_to_srgb8(srgb8_to_linear(pixels) * np.float32(2.0**stops))


def reduced(pixels, regions, px_per_mm):
    scale = px_per_mm / regions.px_per_mm.value
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def side_lit(pixels, box, ratio):
    """The person's right edge of the face gets `ratio` times the light of the left edge."""
    x = (np.arange(pixels.shape[1]) - box.left) / box.width
    gain = ratio ** -x.clip(0, 1)
    return linear_to_srgb8(srgb8_to_linear(pixels) * gain[:, None].astype(np.float32))


def underexposed(pixels, regions):
    """So little light that the darkest channel of the skin falls to code 9."""
    light = np.median(srgb8_to_linear(pixels)[regions.labels > 0], axis=0).min()
    return exposed(pixels, np.log2(9 / 255 / 12.92 / light))


def shining(pixels, regions, share):
    """White light of a lamp, three times the green of the skin, over the innermost part of it."""
    skin = (regions.labels > 0).astype(np.uint8)
    depth = cv2.distanceTransform(skin, cv2.DIST_L2, 5)
    field = depth > np.quantile(depth[skin > 0], 1 - share)
    soft = cv2.GaussianBlur(field.astype(np.float32), (0, 0), 2)
    light = srgb8_to_linear(pixels)
    return linear_to_srgb8(0.3 * (light + 3 * light[..., 1:2] * soft[..., None]))


@pytest.mark.parametrize(
    "name",
    [
        *SEVERAL,
        "london/092_neutral",
        "london/172_smiling",
        "canada/003f",
        "canada/119m",
        "zoom/15cm",
        "lisa/lisa1",
        "lisa/lisa2",  # dim, 87 px between the pupils, and yet good enough for color
    ],
)
def test_ordinary_photos_are_usable(photos, name):
    quality = quality_of(read(photos / f"{name}.jpg"))
    assert quality.reasons == ()
    assert quality.usable


@pytest.mark.parametrize("person", LONDON_DARK)
def test_dark_skin_is_no_dark_photo_and_not_clipped(photos, person):
    assert quality_of(read(photos / "london" / f"{person}_neutral.jpg")).reasons == ()


@pytest.mark.parametrize("name", SEVERAL)
@pytest.mark.parametrize(
    ("code", "worsen"),
    [
        ("blur", lambda x, at: cv2.GaussianBlur(x, (0, 0), 2.6 * at.px_per_mm.value)),
        ("dark", underexposed),
        ("compression", lambda x, at: saved(x, 12)),
        ("uneven_light", lambda x, at: side_lit(x, at.box, 40)),
        ("small", lambda x, at: reduced(x, at, 0.5)),
    ],
)
def test_each_fault_is_found_and_named(photos, name, code, worsen):
    pixels = read(photos / f"{name}.jpg")
    quality = quality_of(worsen(pixels, find_regions(Photo(pixels))))
    assert code in codes(quality)
    reason = next(reason for reason in quality.reasons if reason.code == code)
    assert reason.advice
    assert reason.value is not None
    assert reason.limit is not None


@pytest.mark.parametrize("name", ["london/008_neutral", "london/013_neutral", "canada/003f"])
def test_overexposed_skin_is_found(photos, name):
    assert "clipping" in codes(quality_of(exposed(read(photos / f"{name}.jpg"), 1.3)))


@pytest.mark.parametrize("name", SEVERAL)
def test_shine_is_found(photos, name):
    pixels = read(photos / f"{name}.jpg")
    regions = find_regions(Photo(pixels))
    dull = check_quality(Photo(pixels), regions)
    shiny = quality_of(shining(pixels, regions, 0.3))
    assert dull.glare < 0.08
    assert 0.15 < shiny.glare < 0.4  # less than was lit: red skin under shine is still red
    assert "glare" in codes(shiny)


@pytest.mark.parametrize("name", SEVERAL)
def test_a_little_of_a_fault_is_no_reason(photos, name):
    pixels = read(photos / f"{name}.jpg")
    found = find_regions(Photo(pixels))
    for mild in (
        cv2.GaussianBlur(pixels, (0, 0), 0.6 * found.px_per_mm.value),
        exposed(pixels, -1),
        side_lit(pixels, found.box, 3),
        saved(pixels, 60),
        reduced(pixels, found, 1.0),
    ):
        assert quality_of(mild).reasons == ()


def test_a_reason_is_a_sentence_with_number_limit_and_advice(photos):
    pixels = cv2.GaussianBlur(read(photos / "london" / "013_neutral.jpg"), (0, 0), 9)
    (reason,) = quality_of(pixels).reasons
    assert reason.value > reason.limit
    assert f"{reason.value:.1f} px" in reason.message
    assert f"{reason.limit:.1f} px" in reason.message
    assert str(reason).startswith("the photo is blurred: edges are blurred by")
    assert "tap the face to focus" in str(reason)


def test_no_face_says_what_to_do():
    quality = quality_of(np.full((200, 200, 3), 128, dtype=np.uint8))
    (reason,) = quality.reasons
    assert reason.code == "no_face"
    assert "--close-up" in reason.advice
    assert quality.sharpness is None


def cut(pixels, regions, side, where):
    """Cut away what is beyond a line, `where` pupil distances off the middle of the pupils."""
    right, left = regions.landmarks[:2]
    x, y = (right + left) / 2 + where * np.hypot(*(left - right))
    top, start, bottom = {"top": (y, 0, None), "left": (0, x, None), "bottom": (0, 0, y)}[side]
    return pixels[round(top) : bottom and round(bottom), round(start) :]


@pytest.mark.parametrize("person", ["001", "061"])
@pytest.mark.parametrize(
    ("side", "where"),
    [("top", 0.0), ("top", 0.1), ("top", 0.3), ("left", -0.2), ("bottom", 0.5), ("bottom", 0.8)],
)
def test_a_face_that_is_cut_off_is_told(photos, person, side, where):
    pixels = read(photos / "london" / f"{person}_neutral.jpg")
    quality = quality_of(cut(pixels, find_regions(Photo(pixels)), side, where))
    if (person, side) == ("061", "left"):  # too little is left to find the face at all
        assert codes(quality) == {"no_face"}
    else:
        assert "cut_off" in codes(quality)
        assert "outside the photo" in str(quality.reasons[0])


@pytest.mark.parametrize(("side", "where"), [("top", -0.4), ("bottom", 1.5)])
def test_a_face_without_its_forehead_or_chin_is_usable(photos, side, where):
    pixels = read(photos / "london" / "001_neutral.jpg")
    assert quality_of(cut(pixels, find_regions(Photo(pixels)), side, where)).reasons == ()


def test_a_face_that_lies_outside_the_photo_is_told(photos):
    pixels = read(photos / "london" / "001_neutral.jpg")
    regions = find_regions(Photo(pixels))
    height, width = pixels.shape[:2]
    beyond = replace(
        regions,
        landmarks=regions.landmarks + np.float32(2 * width),
        labels=np.zeros((height, width), dtype=np.uint8),
        box=Box(width, height, width, height),
    )
    assert codes(check_quality(Photo(pixels), beyond)) == {"cut_off", "no_skin"}


def test_a_face_of_a_few_pixels_is_small_and_not_covered(photos):
    pixels = read(photos / "london" / "001_neutral.jpg")
    regions = find_regions(Photo(pixels))
    y, x = np.argwhere(cv2.erode((regions.labels > 0).astype(np.uint8), np.ones((19, 19))))[0]
    tiny = replace(regions, box=Box(int(x) - 4, int(y) - 4, int(x) + 5, int(y) + 5))
    (reason,) = check_quality(Photo(pixels), tiny).reasons
    assert (reason.code, reason.value, reason.limit) == ("small", 81, 100)
    assert "no bare skin" not in reason.message


def test_two_faces_are_told(photos):
    pixels = read(photos / "london" / "013_neutral.jpg")
    both = np.concatenate([pixels, pixels[:, ::-1]], axis=1)
    assert codes(quality_of(both)) == {"several_faces"}


def test_a_gray_picture_has_no_skin():
    gray = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2GRAY)
    assert codes(quality_of(np.repeat(gray[..., None], 3, axis=-1))) == {"no_skin"}


def test_the_small_face_of_the_astronaut_is_usable():
    quality = quality_of(data.astronaut())
    assert quality.reasons == ()
    assert quality.px_per_mm.value == approx(0.68, abs=0.05)


@pytest.mark.parametrize("person", ["061", "008", "013"])
def test_a_close_up_is_judged_like_a_face(photos, person):
    pixels = read(photos / "london" / f"{person}_neutral.jpg")
    x, y, right, bottom = find_regions(Photo(pixels)).box
    middle = pixels[(y + bottom) // 2 :, x + 30 :][:170, :170]
    cheek = cv2.resize(middle, (510, 510), interpolation=cv2.INTER_CUBIC)
    assert quality_of(cheek, close_up=True).reasons == ()
    assert "dark" in codes(quality_of(exposed(cheek, -6), close_up=True))
    assert "compression" in codes(quality_of(saved(cheek, 20), close_up=True))
    assert "small" in codes(quality_of(middle[:100, :100], close_up=True))
    blurred = quality_of(cv2.GaussianBlur(cheek, (0, 0), 24), close_up=True)
    assert "blur" in codes(blurred)


@pytest.mark.parametrize("sigma", [1.0, 2.0, 4.0, 8.0])
@pytest.mark.parametrize("contrast", [120, 25])
def test_the_blur_of_an_edge_is_measured_in_pixels(sigma, contrast):
    x, y = np.arange(2048), np.arange(2048)[:, None]
    fine = np.where(x + 0.2 * y > 1200, 60.0 + contrast, 60.0).astype(np.float32)
    edge = cv2.resize(fine, (512, 512), interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng(0).normal(0, 0.5, edge.shape)
    blurred = np.rint(cv2.GaussianBlur(edge, (0, 0), sigma) + noise).clip(0, 255)

    def halved(times):
        size = (512 >> times, 512 >> times)
        return [cv2.resize(blurred.astype(np.uint8), size, interpolation=cv2.INTER_AREA)]

    for sharp in (True, False):
        assert edge_blur(halved, 4, has_sharp_edges=sharp) == approx(sigma, rel=0.15)


def test_the_blur_of_a_face_grows_with_the_blur_that_is_added(photos):
    for name in SEVERAL:
        pixels = read(photos / f"{name}.jpg")
        regions = find_regions(Photo(pixels))
        found = [
            check_quality(Photo(cv2.GaussianBlur(pixels, (0, 0), s)), regions).sharpness
            for s in (0.5, 1.5, 3, 5)
        ]
        assert found == sorted(found)
        assert found[2] == approx(3, rel=0.35)


def test_compression_is_seen_on_its_grid_wherever_the_photo_is_cut(photos):
    pixels = saved(read(photos / "london" / "013_neutral.jpg"), 15)
    light = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[400:900, 420:900]
    skin = np.ones(light.shape, dtype=bool)
    whole = flattened_share(light, skin)
    assert whole > 0.3
    cut = flattened_share(np.ascontiguousarray(light[3:, 5:]), skin[3:, 5:])
    assert cut == approx(whole, abs=0.03)


def test_smooth_skin_is_not_taken_for_compressed():
    y, x = np.mgrid[:400, :400]
    smooth = (120 + x / 30 + y / 40).astype(np.uint8)
    assert flattened_share(smooth, np.ones(smooth.shape, dtype=bool)) < 0.05

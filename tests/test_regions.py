from functools import cache

import cv2
import numpy as np
import pytest
from pytest import approx
from skimage import data

from skindelta import regions as regions_module
from skindelta.color import (
    individual_typology_angle,
    linear_to_lab,
    linear_to_srgb8,
    srgb8_to_linear,
    unmixing,
)
from skindelta.errors import AlignmentError
from skindelta.landmarks import MIRROR, find_face
from skindelta.regions import find_regions
from skindelta.types import Box, FaceLandmarks, OwnRegion, Photo, Scale

DARK, MEDIUM, LIGHT = ("061", "137", "114"), ("008", "038", "024"), ("013", "105", "172")

# Of the 189 hand-placed points of a template.
RIGHT_EYE = [18, 19, 20, 21, 22, 30, 29, 28]
LEFT_EYE = [23, 24, 25, 26, 27, 33, 32, 31]
LIPS = [*range(87, 94), *range(108, 103, -1)]
RIGHT_BROW, LEFT_BROW = [71, 72, 73, 74, 75, 76, 84, 83], [77, 78, 79, 80, 81, 82, 86, 85]
JAW = [111, *range(125, 134), 114]
HAIRLINE = range(134, 145)


@cache
def read(path):
    return np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])


@cache
def regions_of(path):
    return find_regions(Photo(read(path)))


def london(photos, person):
    return photos / "london" / f"{person}_neutral.jpg"


def template(path):
    lines = path.with_suffix(".tem").read_text().splitlines()
    return np.array([line.split()[:2] for line in lines[1:190]], dtype=np.float64)


def polygon(corners, shape):
    mask = np.zeros(shape[:2], dtype=np.uint8)
    cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 1)
    return mask > 0


def middle(mask):
    return np.argwhere(mask).mean(axis=0)[::-1]


def disks(shape, centers, radius):
    """1 inside, falling to 0 over a quarter of the radius."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    distance = np.min([np.hypot(x - cx, y - cy) for cx, cy in centers], axis=0)
    return np.clip(2.5 - distance / (0.25 * radius) + 2, 0, 1).astype(np.float32)


def tinted(pixels, field, chromophore, strength):
    """More of one chromophore where the field is; strength in optical density."""
    linear = srgb8_to_linear(pixels)
    color = np.median(linear[field > 0.5], axis=0)[None]
    rows = unmixing(float(individual_typology_angle(linear_to_lab(color))[0]))
    direction = rows.u_hb if chromophore == "blood" else rows.u_mel
    return linear_to_srgb8(linear * np.exp(-strength * field[..., None] * direction))


def spread_points(mask, count, margin, seed=0):
    """Points inside a mask, away from its edge and from each other."""
    inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=int(margin))
    candidates = np.random.default_rng(seed).permutation(np.argwhere(inner)[:, ::-1])
    chosen = []
    for point in candidates:
        if all(np.hypot(*(point - other)) > 3 * margin for other in chosen):
            chosen.append(point)
        if len(chosen) == count:
            break
    return chosen


@pytest.mark.parametrize("person", DARK + MEDIUM + LIGHT)
def test_cheeks_are_covered_on_every_skin_tone(photos, person):
    path = london(photos, person)
    marked = template(path)
    # A disk below each eye, halfway to the mouth, where nobody has a beard.
    for eye, mouth in ((0, 87), (1, 93)):
        center = 0.5 * marked[eye] + 0.5 * marked[mouth] + (marked[eye] - marked[1 - eye]) * 0.1
        disk = disks(read(path).shape, [center], 0.15 * np.hypot(*(marked[1] - marked[0]))) > 0.5
        covered = (regions_of(path).labels[disk] > 0).mean()
        assert covered > 0.9


@pytest.mark.parametrize("person", ["061", "008", "105"])
def test_each_region_lies_where_its_name_says(photos, person):
    path = london(photos, person)
    found, marked = regions_of(path), template(path)
    at = {name: middle(found.mask(name)) for name in found.names}
    eyes, nose, mouth = marked[:2].mean(axis=0), marked[55], marked[LIPS].mean(axis=0)
    for name in ("cheek", "periorbital"):  # the person's right is on the left of the photo
        assert at[f"right_{name}"][0] < eyes[0] < at[f"left_{name}"][0]
    assert at["forehead"][1] < eyes[1] < at["right_periorbital"][1] < at["right_cheek"][1]
    assert eyes[1] < at["nose"][1] < nose[1] < at["chin"][1]
    assert abs(at["perioral"][1] - mouth[1]) < abs(at["chin"][1] - mouth[1])
    assert found.whole == "face"
    assert found.mask("face").sum() >= sum(found.mask(name).sum() for name in found.names[1:])


@pytest.mark.parametrize("person", ["061", "114", "008", "136", "092"])
def test_no_label_lies_on_eyes_brows_lips_or_below_the_jaw(photos, person):
    path = london(photos, person)
    labels, marked = regions_of(path).labels, template(path)
    for part in (RIGHT_EYE, LEFT_EYE, RIGHT_BROW, LEFT_BROW, LIPS):
        inside = polygon(marked[part], labels.shape)
        assert (labels[inside] > 0).mean() < 0.02
    center = marked[JAW].mean(axis=0)
    jaw = center + (marked[JAW] - center) * 1.03  # the marks err by that much themselves
    below = ~polygon([*jaw, (jaw[-1, 0], 0), (jaw[0, 0], 0)], labels.shape)
    below[: int(jaw[[0, -1], 1].max())] = False
    assert (labels[below] > 0).sum() < 0.005 * (labels > 0).sum()


@pytest.mark.parametrize("person", ["137", "114", "006", "131", "004", "013"])
def test_hair_above_the_hairline_is_no_forehead(photos, person):
    path = london(photos, person)
    labels, marked = regions_of(path).labels, template(path)
    line = marked[list(HAIRLINE)]
    center = marked[:2].mean(axis=0)
    wider = center + 1.03 * (line - center)
    face = polygon(np.concatenate([wider, [[line[-1, 0], 1e4], [line[0, 0], 1e4]]]), labels.shape)
    above = np.arange(len(labels))[:, None] < center[1]
    assert (labels[above & ~face] > 0).sum() < 0.02 * (labels[above & face] > 0).sum()


@pytest.mark.parametrize(("person", "kept"), [("092", 0.35), ("041", 0.45), ("013", 1.0)])
def test_a_beard_is_no_chin(photos, person, kept):
    path = london(photos, person)
    marked = template(path)
    chin = polygon(
        [*marked[[126, 127, 128, 129, 130, 131]], marked[93], marked[106], marked[87]],
        read(path).shape,
    )
    chin &= ~polygon(marked[LIPS], chin.shape)
    share = (regions_of(path).labels[chin] > 0).mean()
    assert share < kept
    if kept == 1.0:
        assert share > 0.6  # the same area without a beard


@pytest.mark.parametrize("person", ["061", "114", "008", "038", "013", "105"])
@pytest.mark.parametrize(
    ("chromophore", "strength", "radius_mm", "count", "kept"),
    [
        ("blood", 0.6, 12, 2, 0.95),  # inflamed cheeks, a* + 9 on light skin
        ("blood", 0.6, 3, 6, 0.95),  # papules
        ("melanin", 0.5, 12, 2, 0.95),  # melasma
        ("melanin", 0.8, 2, 6, 0.80),  # spots
    ],
)
def test_what_is_measured_stays_in_the_mask(
    photos, person, chromophore, strength, radius_mm, count, kept
):
    path = london(photos, person)
    before = regions_of(path)
    radius = radius_mm * before.px_per_mm.value
    points = spread_points(before.labels > 0, count, min(radius, 6 * before.px_per_mm.value))
    field = disks(before.labels.shape, points, radius)
    after = find_regions(Photo(tinted(read(path), field, chromophore, strength)))
    lesion = (field > 0.5) & (before.labels > 0)
    assert (after.labels[lesion] > 0).mean() > kept
    rest = (field == 0) & (before.labels > 0)
    assert (after.labels[rest] > 0).mean() > 0.93


def test_mirroring_the_photo_swaps_left_and_right(photos, monkeypatch):
    path = london(photos, "008")
    pixels, face, labels = read(path), find_face(read(path)), regions_of(path).labels
    points = face.points.copy()
    points[:, 0] = pixels.shape[1] - 1 - points[:, 0]
    box = face.box
    mirrored_face = FaceLandmarks(
        points[MIRROR],
        face.confidence,
        Box(pixels.shape[1] - box.right, box.top, pixels.shape[1] - box.left, box.bottom),
    )
    monkeypatch.setattr(regions_module, "find_face", lambda _: mirrored_face)
    mirrored = find_regions(Photo(np.ascontiguousarray(pixels[:, ::-1])))
    names = mirrored.names
    twins = [
        names.index(n.replace("left", "@").replace("right", "left").replace("@", "right")) + 1
        for n in names
    ]
    back = np.array([0, *twins])[mirrored.labels[:, ::-1]]
    assert (back == labels)[(labels > 0) | (back > 0)].mean() > 0.97


def test_a_turned_photo_keeps_its_regions(photos):
    path = london(photos, "038")
    pixels = read(path)
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 15, 1.0)
    turned = find_regions(Photo(cv2.warpAffine(pixels, turn, (width, height))))
    upright = cv2.warpAffine(regions_of(path).labels, turn, (width, height), flags=0)
    both = (upright > 0) | (turned.labels > 0)
    assert (upright == turned.labels)[both].mean() > 0.85


def test_an_enlarged_photo_keeps_its_regions(photos):
    path = london(photos, "137")
    small = regions_of(path)
    large = find_regions(Photo(cv2.resize(read(path), None, fx=2, fy=2)))
    same = cv2.resize(large.labels, small.labels.shape[::-1], interpolation=cv2.INTER_NEAREST)
    assert (same == small.labels)[(same > 0) | (small.labels > 0)].mean() > 0.93
    assert large.px_per_mm.value == approx(2 * small.px_per_mm.value, rel=0.02)


def test_the_scale_comes_from_the_pupils_unless_the_user_knows_it():
    pixels = data.astronaut()
    found = find_regions(Photo(pixels))
    apart = np.hypot(*(found.landmarks[1] - found.landmarks[0]))
    value, low, high = found.px_per_mm
    assert value == approx(apart / 63.36)
    assert (apart / low, apart / high) == approx((70.87, 55.85), abs=0.01)
    known = Scale(0.7, 0.7, 0.7)
    assert find_regions(Photo(pixels), px_per_mm=known).px_per_mm == known


def test_the_astronaut_has_all_regions():
    found = find_regions(Photo(data.astronaut()))
    assert all(found.mask(name).any() for name in found.names)
    assert (found.faces_found, found.is_close_up) == (1, False)


@pytest.mark.parametrize("person", ["061", "008", "013"])
def test_a_close_up_is_skin_without_its_background(photos, person):
    path = london(photos, person)
    marked = template(path)
    apart = np.hypot(*(marked[1] - marked[0]))
    x, y = (0.5 * (marked[0] + marked[87]) - (0.1 * apart, 0)).astype(int)
    half = int(0.22 * apart)
    cheek = np.ascontiguousarray(read(path)[y - half : y + half, x - half : x + half])
    found = find_regions(Photo(cheek), close_up=True)
    assert (found.names, found.confidence, found.faces_found) == (("skin",), 1.0, 0)
    assert found.is_close_up
    assert found.px_per_mm is None
    assert found.box == Box(0, 0, 2 * half, 2 * half)
    assert (found.labels > 0).mean() > 0.85
    wall = np.full_like(cheek, (206, 209, 207))
    wall[:, : int(1.4 * half)] = cheek[:, : int(1.4 * half)]
    with_wall = find_regions(Photo(wall), close_up=True).labels > 0
    assert with_wall[:, int(1.5 * half) :].mean() < 0.02
    assert with_wall[:, : int(1.2 * half)].mean() > 0.8


def test_no_face_gives_an_empty_map():
    found = find_regions(Photo(np.full((90, 120, 3), 128, dtype=np.uint8)))
    assert not found.labels.any()
    assert (found.whole, found.confidence, found.faces_found) == ("face", 0.0, 0)
    assert (found.box, found.px_per_mm) == (Box(0, 0, 120, 90), None)


def test_a_drawn_region_lies_beside_the_regions_of_the_face():
    pixels = data.astronaut()
    plain = find_regions(Photo(pixels))
    corners = np.array([(215, 130), (235, 130), (235, 150), (215, 150)], dtype=np.float32)
    mask = np.zeros(pixels.shape[:2], dtype=bool)
    mask[110:118, 200:230] = True
    own = (OwnRegion("scar", polygon=corners), OwnRegion("patch", mask=mask))
    found = find_regions(Photo(pixels), own=own)
    assert found.names == (*plain.names, "scar", "patch")
    assert (found.mask("patch") == mask).all()
    assert found.mask("scar").sum() == approx(21 * 21, abs=2 * 21)
    assert (found.labels == plain.labels).all()  # it takes nothing from them
    assert (found.measured == ((plain.labels > 0) | mask | found.mask("scar"))).all()


def test_a_drawn_region_needs_no_face():
    skin = np.full((200, 300, 3), (150, 105, 85), dtype=np.uint8)
    skin[:, 220:] = 200
    corners = np.array([(40, 40), (90, 40), (90, 90), (40, 90)], dtype=np.float32)
    own = (OwnRegion("mole", polygon=corners),)
    found = find_regions(Photo(skin), own=own)
    assert found.names == ("skin", "mole")
    assert (found.confidence, found.faces_found) == (1.0, 0)
    assert found.mask("skin")[20:180, 20:200].mean() > 0.95
    assert not found.mask("skin")[:, 230:].any()


@pytest.mark.parametrize(
    ("own", "says"),
    [
        ([OwnRegion("face", mask=np.ones((90, 120), bool))], "choose another name"),
        ([OwnRegion(" ", mask=np.ones((90, 120), bool))], "give it one"),
        ([OwnRegion("a", mask=np.ones((90, 120), bool))] * 2, "its own name"),
        ([OwnRegion("a", mask=np.ones((120, 90), bool))], "90 x 120 pixels.*has 120 x 90"),
        ([OwnRegion("a", mask=np.zeros((90, 120), bool))], "holds no pixel"),
        ([OwnRegion(str(k), mask=np.eye(90, 120, dtype=bool)) for k in range(17)], "at most 16"),
        ([OwnRegion("a", polygon=np.array([(1, 1), (5, 5)], np.float32))], "at least 3"),
        ([OwnRegion("a", polygon=np.full((3, 2), 500, np.float32))], "draw it inside"),
        ([OwnRegion("a", polygon=np.full((3, 2), np.nan, np.float32))], "is no number"),
    ],
)
def test_a_region_that_does_not_fit_is_told_so(own, says):
    photo = Photo(np.full((90, 120, 3), 128, dtype=np.uint8))
    with pytest.raises(AlignmentError, match=says):
        find_regions(photo, close_up=True, own=tuple(own))


@pytest.mark.parametrize("far", [1e4, 1e9, 1e30, np.inf])
def test_corners_far_outside_the_photo_cut_it_where_they_should(far):
    photo = Photo(np.full((90, 120, 3), (150, 105, 85), dtype=np.uint8))
    corners = np.array([(-far, 30), (far, 30), (far, far), (-far, far)], dtype=np.float32)
    found = find_regions(photo, close_up=True, own=(OwnRegion("low", polygon=corners),))
    assert found.mask("low")[30:].all()
    assert not found.mask("low")[:29].any()


def test_a_small_region_drawn_on_a_large_photo_says_what_skin_is():
    pixels = np.full((1500, 2000, 3), (60, 110, 60), dtype=np.uint8)
    pixels[:, :700] = (150, 105, 85)
    corners = np.array([(350, 700), (351, 700), (351, 701), (350, 701)], dtype=np.float32)
    found = find_regions(Photo(pixels), own=(OwnRegion("mole", polygon=corners),))
    assert found.mask("skin")[50:-50, 50:650].mean() > 0.95
    assert not found.mask("skin")[:, 750:].any()


def test_labels_of_a_face_at_the_edge_stay_inside_the_photo():
    pixels = np.ascontiguousarray(data.astronaut()[100:, 190:])
    found = find_regions(Photo(pixels))
    assert found.labels.shape == pixels.shape[:2]

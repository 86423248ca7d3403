"""The pair gate: what differs between two photos is found, whatever their order, and acts."""

import numpy as np
import pytest
from pytest import approx

from builders import pair, skin
from skindelta.change import change_maps
from skindelta.gate import blocked_maps, differences, find_differences, skin_tone
from skindelta.noise import Differences, tone_group
from skindelta.pipeline import compare
from skindelta.types import Box, Quality, RegionMap


def close_up(both):
    """What the photos of a synthetic pair are by themselves."""
    height, width = both.trust.shape
    region = RegionMap(
        labels=np.ones((height, width), np.uint8),
        names=("skin",),
        landmarks=np.zeros((0, 2), np.float32),
        confidence=1.0,
        px_per_mm=both.regions.px_per_mm,
        box=Box(0, 0, width, height),
    )
    return region, region


def measured(before, after, qualities=None):
    both = pair(before, after)
    maps = change_maps(both)
    return differences(both, maps, close_up(both), qualities or (Quality(), Quality()))


def test_the_same_photo_differs_in_nothing():
    assert measured(skin(), skin()) == Differences()


def test_light_from_another_side_is_found_in_either_order():
    before = skin()
    tilt = np.exp(0.4 * np.linspace(-1, 1, before.shape[1], dtype=np.float32))[None, :, None]
    there, back = measured(before, before * tilt), measured(before * tilt, before)
    assert there.light_direction == approx(0.4, abs=0.05)
    assert back.light_direction == approx(there.light_direction)


def test_a_red_side_is_not_light_from_that_side():
    field = np.linspace(0, 0.3, 480, dtype=np.float32)[None, :].repeat(400, axis=0)
    assert measured(skin(), skin(haemoglobin=field)).light_direction < 0.03


def test_light_from_another_side_blocks_texture_and_says_why():
    before = skin()
    tilt = np.exp(0.4 * np.linspace(-1, 1, before.shape[1], dtype=np.float32))[None, :, None]
    both = pair(before, before * tilt)
    found = find_differences(both, measured(before, before * tilt), "light")
    assert found[0].code == "light_direction"
    assert found[0].effect == "blocks"
    maps = {(m.attribute, m.band): m for m in blocked_maps(change_maps(both), found)}
    assert "another side" in maps["texture", "mid"].reason.message
    assert maps["redness", ""].reason is None


@pytest.mark.parametrize(
    ("one", "other", "name", "size"),
    [
        ({"glare": 0.01}, {"glare": 0.06}, "glare", 0.05),
        ({"compression": 0.02}, {"compression": 0.1}, "compression", 0.1),
        ({"sharpness": 1.0}, {"sharpness": 2.0}, "focus", np.sqrt(3) / 4),  # 4 px/mm
    ],
)
def test_differences_of_quality_are_symmetric(one, other, name, size):
    for qualities in ((Quality(**one), Quality(**other)), (Quality(**other), Quality(**one))):
        assert getattr(measured(skin(), skin(), qualities), name) == approx(size)


def test_every_difference_that_is_large_is_told():
    both = pair(skin(), skin())
    for name in Differences._fields:
        large = Differences(**{name: 30.0 if name in ("turn", "nod") else 2.0})
        found = find_differences(both, large, "light")
        assert {f.code for f in found} == {name}, name
        assert all(str(f) and f.advice for f in found)


def test_findings_that_widen_say_by_how_much():
    both = pair(skin(), skin(), reference="scene")
    found = find_differences(both, Differences(light_color=2.0), "light")
    widens = next(f for f in found if f.effect == "widens")
    assert widens.factors["redness absolute"] > 1.2
    assert "redness relative" not in widens.factors


def test_tone_groups_of_skin():
    assert [tone_group(ita) for ita in (60, 41, 25, 10, 9, -50)] == [
        "light",
        "medium",
        "medium",
        "medium",
        "dark",
        "dark",
    ]
    light = skin_tone(pair(skin(), skin()))
    assert skin_tone(pair(skin(melanin=0.5), skin(melanin=0.5))) < light - 5


def test_smiling_is_told_and_blocks_texture_around_mouth_and_eyes(photos):
    result = compare(photos / "london/001_neutral.jpg", photos / "london/001_smiling.jpg")
    effects = {(f.code, f.effect): f for f in result.findings}
    blocks = effects["expression", "blocks"]
    assert set(blocks.regions) == {"perioral", "left_periorbital", "right_periorbital"}
    assert ("expression", "widens") in effects
    blind = [s for s in result.scores if s.attribute == "texture" and s.region in blocks.regions]
    assert all(s.value is None and "expression" in s.reason for s in blind)


def test_photos_from_another_distance_say_so(photos):
    result = compare(photos / "zoom/15cm.jpg", photos / "zoom/60cm.jpg")
    found = {f.code: f for f in result.findings}
    assert found["distance"].value > 0.4
    absolute = {(s.attribute, s.basis): s for s in result.scores if s.region == "face"}[
        "redness", "absolute"
    ]
    assert absolute.verdict in ("no measurable change", "not measurable")


def test_the_gate_is_the_same_in_either_order(photos):
    paths = photos / "london/001_neutral.jpg", photos / "london/001_smiling.jpg"
    there, back = compare(*paths), compare(*reversed(paths))
    assert there.findings == back.findings
    assert [s.sdc for s in there.scores] == [s.sdc for s in back.scores]

"""Photos that were not taken alike are found out, and fair ones are not."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from builders import pair, skin
from skindelta import signs
from skindelta.change import change_maps
from skindelta.color import linear_to_srgb8, srgb8_to_linear
from skindelta.findings import FINDINGS
from skindelta.photo import read_photo
from skindelta.pipeline import Options, check, compare
from skindelta.regions import find_regions
from skindelta.signs import bent_tones
from skindelta.synthesis import Injection, inject
from skindelta.synthesis.cards import card_corners, render_card, render_printed_card, with_card
from skindelta.types import Photo


class Face:
    """A real face, and ways to take it anew."""

    def __init__(self, path):
        self.photo = read_photo(path)
        self.regions = find_regions(self.photo)
        self.rgb = srgb8_to_linear(self.photo.pixels)
        self.mm = self.regions.nominal_px_per_mm

    def taken(self, rgb=None, **about):
        """As a photo of its own, with the grain of a sensor."""
        rgb = self.rgb if rgb is None else rgb
        grain = np.random.default_rng(1).normal(0, 0.003, rgb.shape).astype(np.float32)
        codes = linear_to_srgb8(np.clip(rgb * (1 + grain), 0, 1))
        return Photo(codes, sha256="taken", source="taken.jpg", **about)

    def edited(self, attribute, amplitude, kind):
        masks = {name: self.regions.mask(name) for name in self.regions.names}
        change = Injection(attribute, amplitude, kind, "face", 5)
        return self.taken(inject(self.rgb, [change], masks, self.mm).rgb)


@pytest.fixture(scope="module")
def face(photos):
    return Face(photos / "london" / "014_neutral.jpg")


def codes(result):
    assert result.comparable, result.reasons
    return {finding.code for finding in result.findings}


def blocked(result, code):
    return {
        (attribute, basis)
        for f in result.findings
        if f.code == code and f.effect == "blocks"
        for attribute in f.attributes
        for basis in f.bases or ("absolute", "relative")
    }


def test_a_fair_photo_is_not_suspected(face):
    assert codes(compare(face.photo, face.taken())) == set()


@pytest.mark.parametrize("power", [0.8, 1.25])
def test_bent_tones_are_told_from_a_change_of_the_skin(face, power):
    table = np.rint(255 * (np.arange(256) / 255) ** power).astype(np.uint8)
    bent = replace(face.taken(), pixels=table[face.taken().pixels])
    result = compare(face.photo, bent)
    assert ("redness", "absolute") in blocked(result, "tone_curve")
    there = next(f for f in result.findings if f.code == "tone_curve")
    back = next(f for f in compare(bent, face.photo).findings if f.code == "tone_curve")
    assert there.value == back.value
    assert there.value == pytest.approx(abs(np.log(power)), rel=0.35)


def test_swapped_photos_are_bent_alike_to_the_last_digit(face, monkeypatch):
    result = compare(face.photo, face.taken())
    rng = np.random.default_rng(3)
    monkeypatch.setattr(signs, "_texture_change", lambda *_: None)
    for _ in range(50):
        contrast, factor = rng.uniform(0.05, 0.5, 3), rng.uniform(0.8, 1.25, 3)
        there, back = [], []
        for values, order in ((there, (1, factor)), (back, (factor, 1))):
            spreads = iter([tuple(contrast * one) for one in order])
            monkeypatch.setattr(signs, "_spreads", lambda *_, given=spreads: next(given))
            values.append(signs.bent_tones(result.aligned, result.maps))
        assert there == back


@pytest.mark.parametrize("change", [("redness", 6, "diffuse"), ("texture", -40, "diffuse")])
def test_a_change_of_the_skin_is_no_bent_tone_and_no_filter(face, change):
    assert not codes(compare(face.photo, face.edited(*change))) & {"tone_curve", "smoothing"}


def test_close_ups_tell_no_tone_curve():
    both = pair(skin(), skin() ** 1.3)
    assert bent_tones(both, change_maps(both)) == 0


def test_a_beauty_filter_is_told_and_stops_everything(face):
    codes_ = face.taken().pixels
    smooth = cv2.bilateralFilter(codes_, int(4 * face.mm) | 1, 35, 1.2 * face.mm)
    mask = cv2.GaussianBlur((face.regions.labels > 0).astype(np.float32), (0, 0), face.mm)
    mixed = codes_ * (1 - mask[..., None]) + smooth * mask[..., None]
    result = compare(face.photo, replace(face.taken(), pixels=np.rint(mixed).astype(np.uint8)))
    assert len(blocked(result, "smoothing")) == 6
    assert all(score.value is None for score in result.scores)


def test_blur_is_blur_and_no_filter(face):
    blurred = cv2.GaussianBlur(face.rgb, (0, 0), 0.8 * face.mm)
    found = codes(compare(face.photo, face.taken(blurred)))
    assert "focus" in found
    assert "smoothing" not in found


def test_a_lamp_from_the_side_is_told(face):
    box = face.regions.box
    x = (np.arange(face.rgb.shape[1]) - (box.left + box.right) / 2) / (box.width / 2)
    lit = face.rgb * np.exp(0.3 * x).astype(np.float32)[None, :, None]
    assert ("texture", "absolute") in blocked(
        compare(face.photo, face.taken(lit)), "light_direction"
    )


@pytest.mark.parametrize(
    ("attribute", "kind", "found"),
    [
        ("redness", "half", True),
        ("hyperpigmentation", "half", True),
        ("redness", "patches", False),
        ("redness", "diffuse", False),
        ("hyperpigmentation", "spots", False),
    ],
)
def test_half_a_face_that_flushed_leaves_no_calm_skin(face, attribute, kind, found):
    result = compare(face.photo, face.edited(attribute, 5, kind))
    assert (f"calm_{attribute}" in codes(result)) == found
    if found:
        assert blocked(result, f"calm_{attribute}") == {(attribute, "relative")}
        relative = [s for s in result.scores if (s.attribute, s.basis) == (attribute, "relative")]
        assert all(s.value is None for s in relative)
        absolute = [s for s in result.scores if (s.attribute, s.basis) == (attribute, "absolute")]
        assert absolute[0].value is not None


def test_stubble_is_told(face):
    rng = np.random.default_rng(3)
    hairs = np.zeros(face.rgb.shape[:2], np.float32)
    rows, columns = np.nonzero(face.regions.mask("chin") | face.regions.mask("perioral"))
    for place in rng.integers(len(rows), size=int(0.3 * len(rows) / face.mm**2)):
        angle, half = rng.uniform(0, np.pi), rng.uniform(0.25, 0.75) * face.mm
        step = np.array([np.cos(angle), np.sin(angle)]) * half
        ends = [np.array([columns[place], rows[place]]) + sign * step for sign in (-1, 1)]
        cv2.line(
            hairs, *(tuple(np.rint(e).astype(int).tolist()) for e in ends), 0.3, 1, cv2.LINE_AA
        )
    result = compare(face.photo, face.taken(face.rgb * (1 - 0.85 * hairs[..., None])))
    assert "stubble" in codes(result)


def test_a_cropped_forehead_is_told(face):
    top = face.regions.box.top + round(0.02 * face.regions.box.height)
    cropped = Photo(np.ascontiguousarray(face.photo.pixels[top:]), sha256="cropped")
    assert "crop" in codes(compare(face.photo, cropped))


def test_another_camera_lens_or_mode_is_told(face):
    first = replace(face.photo, camera="Maker One", lens="back")
    for about, words in (
        ({"camera": "Maker Two"}, "Maker One before, Maker Two after"),
        ({"lens": "front"}, "back before, front after"),
        ({"mode": "portrait mode"}, "no special mode before, portrait mode after"),
    ):
        other = face.taken(**({"camera": "Maker One", "lens": "back"} | about))
        told = {f.code: f.message for f in compare(first, other).findings}
        assert words in told["camera"]
    for about in ({}, {"camera": "Maker One"}, {"camera": "Maker One", "lens": "back"}):
        assert "camera" not in codes(compare(first, face.taken(**about)))


def held(face, card, turn=0.0):
    middle, width = (face.regions.box.right + 0.55 * face.regions.box.width, 700), 210
    corners = card_corners((float(middle[0]), float(middle[1])), width, 0.2, 1.0, turn)
    return face.taken(with_card(face.rgb, card, corners))


def test_cards_are_used_where_both_photos_show_the_same_kind(face):
    bought, printed = held(face, render_card()), held(face, render_printed_card())
    assert compare(bought, held(face, render_card(), 0.2)).reference == "card"
    assert compare(printed, held(face, render_printed_card(), 0.2)).reference == "card"
    mixed = compare(bought, printed)
    assert mixed.reference == "scene"
    assert "card_kinds" in codes(mixed)


@pytest.mark.parametrize("first", [True, False])
def test_a_card_in_one_photo_only_is_told_and_the_lower_rung_taken(face, first):
    photos = [held(face, render_card()), face.photo]
    result = compare(*(photos if first else photos[::-1]), Options(reference="card"))
    assert result.reference == "scene"
    finding = next(f for f in result.findings if f.code == "card_in_one")
    assert finding.effect == "informs"
    assert "in one photo only" in finding.message
    assert result.protocol.level == 2


def test_a_card_that_cannot_be_used_is_told_with_its_reason(face):
    card = render_card()
    shaded = card.rgb.copy()
    shaded[:, : shaded.shape[1] // 2] *= 0.7
    result = compare(held(face, card), held(face, card._replace(rgb=shaded)))
    assert result.reference == "scene"  # what shades the patches shades the greys
    finding = next(f for f in result.findings if f.code == "card_unusable")
    assert "after photo: a shadow or shine lies on the color card" in finding.message


def test_a_reference_that_was_asked_for_and_is_in_neither_photo_is_told(face):
    for reference in ("card", "grey"):
        result = compare(face.photo, face.taken(), Options(reference=reference))
        assert result.reference == "scene"
        assert "reference_missing" in codes(result)
    assert not codes(compare(face.photo, face.taken(), Options(reference="scene")))


def test_a_card_in_one_photo_does_not_hide_that_no_grey_was_marked(face):
    result = compare(held(face, render_card()), face.photo, Options(reference="grey"))
    assert {"card_in_one", "reference_missing"} <= codes(result)
    only_card = compare(held(face, render_card()), face.photo, Options(reference="card"))
    assert "reference_missing" not in codes(only_card)  # said once


def test_a_wall_alone_whose_color_moved_is_told(face):
    """The clothes are other ones, and the light of the whole picture is warmer."""
    warm = face.rgb * np.array([1.1, 1.0, 0.88], dtype=np.float32)
    below = face.regions.box.bottom + round(0.4 * face.regions.box.height)
    warm[below:] = (0.02, 0.1, 0.2)
    result = compare(face.photo, face.taken(warm), Options(reference="scene"))
    assert result.reference == "skin"
    assert result.protocol.level == 1
    finding = next(f for f in result.findings if f.code == "reference_missing")
    assert "does not tell the light" in finding.message
    absolute = [s for s in result.scores if (s.attribute, s.basis) == ("redness", "absolute")]
    assert {score.verdict for score in absolute} == {"not measurable"}
    assert all("wall and clothes" in score.reason for score in absolute)


def test_a_cropped_forehead_is_no_hair(face):
    top = face.regions.box.top + round(0.05 * face.regions.box.height)
    cropped = Photo(np.ascontiguousarray(face.photo.pixels[top:]), sha256="cropped")
    found = codes(compare(face.photo, cropped))
    assert "crop" in found
    assert "hair" not in found


def test_a_card_on_a_close_up_is_no_skin_and_no_shine(face):
    box = face.regions.box
    cheek = np.ascontiguousarray(face.photo.pixels[box.top + 150 : box.bottom, box.left :])
    cheek = cv2.resize(cheek[:300, 60:360], (1200, 1200), interpolation=cv2.INTER_CUBIC)
    for card in (render_card(), render_printed_card()):
        corners = card_corners((600, 700), 420, 0.1, 1.0, 0.2)
        laid = with_card(srgb8_to_linear(cheek), card, corners)
        photo = Photo(linear_to_srgb8(np.clip(laid, 0, 1)), sha256="close")
        plain = check(Photo(cheek), Options(close_up=True)).quality
        found = check(photo, Options(close_up=True))
        assert found.card is not None
        assert found.quality.glare == pytest.approx(plain.glare, abs=0.02)
    assert found.quality.px_per_mm.value == pytest.approx(420 / 102, rel=0.02)


def test_a_grey_object_is_used_where_it_is_marked_in_both(face):
    place = ((1200.0, 300.0),)
    both = compare(face.photo, face.taken(), Options(grey=(place, place)))
    assert both.reference == "grey"
    one = compare(face.photo, face.taken(), Options(grey=(place, None)))
    assert one.reference == "scene"
    assert "grey_unusable" in codes(one)


def test_every_finding_says_what_it_is_and_what_to_do():
    for code, kind in FINDINGS.items():
        assert kind.about, code
        assert kind.advice, code
        kind.message.format(value=1.0, ratio=2.7, percent=100.0, where="here")
        assert all(block.limit >= kind.told_from for block in kind.blocks), code

"""Known changes are the changes that were asked for, and the camera does what it says."""

import time

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tolerances as tol
from skindelta.card_finder import find_card
from skindelta.color import (
    individual_typology_angle,
    linear_to_a,
    linear_to_lab,
    linear_to_lightness,
    optical_density,
    srgb8_to_linear,
)
from skindelta.photo import read_photo
from skindelta.regions import find_regions
from skindelta.synthesis import (
    CASUAL,
    CONTROLLED,
    Camera,
    Injection,
    Look,
    Shot,
    Skin,
    inject,
    invert_skin,
    photograph,
    scenery_of,
    skin_rgb,
    truth,
)
from skindelta.synthesis.camera import SENSOR_TO_SRGB
from skindelta.synthesis.cards import hold_card, render_card
from skindelta.synthesis.fields import KINDS, field_of
from skindelta.synthesis.relief import RELIEFS, relief_of

# The published table of the two-layer model: ITA, f_mel, L* a* b*, and the directions of
# d(-ln RGB) per melanin and per blood; blood 0.5 %.
TONES = [
    (60, 0.016, (66.8, 5.4, 9.7), (0.315, 0.495, 0.810), (0.303, 0.811, 0.500)),
    (48, 0.025, (63.6, 5.8, 12.3), (0.331, 0.503, 0.798), (0.309, 0.821, 0.480)),
    (35, 0.036, (60.2, 6.3, 14.6), (0.344, 0.509, 0.789), (0.314, 0.831, 0.459)),
    (19, 0.054, (55.9, 6.9, 17.1), (0.356, 0.515, 0.780), (0.320, 0.844, 0.430)),
    (-10, 0.104, (46.3, 8.5, 20.9), (0.375, 0.531, 0.760), (0.333, 0.878, 0.343)),
    (-45, 0.250, (29.5, 11.3, 20.5), (0.475, 0.630, 0.614), (0.365, 0.931, 0.031)),
]
PX_PER_MM = 4.0
FACE = {"face": np.pad(np.ones((220, 220), bool), 20)}
PIGMENTS = ("redness", "hyperpigmentation")
EVEN = ("diffuse", "half", "flush", "tan")  # kinds without places
NEW_RELIEF = tuple(RELIEFS)


def skin_photo(f_mel=0.03, f_blood=0.006, relief=0.03, seed=0):
    """Six and a half centimeters of evenly pigmented skin with relief, linear."""
    noise = np.random.default_rng(seed).standard_normal((260, 260)).astype(np.float32)
    fine = cv2.GaussianBlur(noise, (0, 0), 0.25 * PX_PER_MM)
    light = np.exp(relief * fine / fine.std())[..., None]
    return (light * skin_rgb(f_mel, f_blood)).astype(np.float32)


def mean_of(values, mask=FACE["face"]):
    return float(values[mask].mean())


@pytest.mark.parametrize(("ita", "f_mel", "lab", "u_mel", "u_hb"), TONES)
def test_skin_model_gives_the_published_tones(ita, f_mel, lab, u_mel, u_hb):
    color = linear_to_lab(skin_rgb(f_mel, 0.005).astype(np.float32))
    assert color == pytest.approx(np.array(lab), abs=tol.MODEL_LAB)
    assert individual_typology_angle(color) == pytest.approx(ita, abs=tol.MODEL_ITA)
    step = 1e-5
    for direction, more, less in (
        (u_mel, skin_rgb(f_mel + step, 0.005), skin_rgb(f_mel - step, 0.005)),
        (u_hb, skin_rgb(f_mel, 0.005 + step), skin_rgb(f_mel, 0.005 - step)),
    ):
        change = np.log(less) - np.log(more)
        assert change / np.linalg.norm(change) == pytest.approx(direction, abs=tol.MODEL_DIRECTION)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.007, 0.3), st.floats(0.0015, 0.045), st.floats(0.85, 2.4))
def test_pigments_are_found_again_at_any_exposure(f_mel, f_blood, shading):
    found = invert_skin(Skin(f_mel, f_blood, shading).rgb)
    assert found.f_mel == pytest.approx(f_mel, rel=tol.INVERSION)
    assert found.f_blood == pytest.approx(f_blood, rel=tol.INVERSION)
    assert found.shading == pytest.approx(shading, rel=tol.INVERSION)


def test_dark_skin_under_glare_is_not_taken_for_light_skin_in_shade():
    with_glare = Skin(0.2, 0.006).rgb + 0.02
    assert invert_skin(with_glare).f_mel > 0.1


@pytest.mark.parametrize("rgb", [(0.5, 0.3), (0.5, 0.0, 0.2)])
def test_color_that_is_no_color_is_refused(rgb):
    with pytest.raises(ValueError, match="three linear values"):
        invert_skin(rgb)


@pytest.mark.parametrize("f_mel", [0.016, 0.036, 0.104, 0.2])
@pytest.mark.parametrize("amplitude", [-1.5, 1.0, 2.0])
@pytest.mark.parametrize("pigment", PIGMENTS)
def test_injected_amplitude_is_what_was_asked(pigment, amplitude, f_mel):
    before = skin_photo(f_mel)
    after = inject(before, [Injection(pigment, amplitude)], FACE, PX_PER_MM)
    inner = FACE["face"].copy()
    inner[:30], inner[-30:], inner[:, :30], inner[:, -30:] = (False,) * 4
    read = linear_to_a if pigment == "redness" else lambda rgb: -linear_to_lightness(rgb)
    assert mean_of(read(after.rgb) - read(before), inner) == pytest.approx(
        amplitude, rel=tol.INJECTED
    )
    assert after.truth(pigment, inner) == pytest.approx(amplitude, rel=tol.INJECTED)


def test_same_blood_shows_less_on_dark_skin():
    def most(f_mel):
        changed = inject(skin_photo(f_mel), [Injection("redness", 30)], FACE, PX_PER_MM)
        return changed.truth("redness", FACE["face"])

    assert most(0.25) < 0.6 * most(0.03)


def test_each_truth_is_of_its_own_pigment_when_both_change():
    before = skin_photo()
    blood, melanin = Injection("redness", 3), Injection("hyperpigmentation", 2, "patches", seed=4)
    both = inject(before, [blood, melanin], FACE, PX_PER_MM)
    for injection in (blood, melanin):
        alone = inject(before, [injection], FACE, PX_PER_MM)
        name = injection.attribute
        np.testing.assert_allclose(both.fields[name], alone.fields[name], atol=1e-5)


def test_blood_darkens_and_melanin_yellows_but_neither_counts_as_the_other():
    before = skin_photo()
    red = inject(before, [Injection("redness", 3)], FACE, PX_PER_MM)
    assert mean_of(linear_to_lightness(red.rgb) - linear_to_lightness(before)) < -1
    assert red.truth("hyperpigmentation", FACE["face"]) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_amplitude_zero_changes_nothing(kind):
    before = skin_photo()
    same = inject(before, [Injection(a, 0, kind) for a in (*PIGMENTS, "texture")], FACE, PX_PER_MM)
    np.testing.assert_array_equal(same.rgb, before)
    assert same.truth("texture", FACE["face"]) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_change_stays_in_its_mask_and_repeats_with_its_seed(kind):
    before = skin_photo()
    cheek = {"cheek": np.zeros((260, 260), bool)}
    cheek["cheek"][60:200, 80:240] = True
    one, again, other = (
        inject(before, [Injection("redness", 3, kind, "cheek", seed)], cheek, PX_PER_MM)
        for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(one.rgb, again.rgb)
    np.testing.assert_array_equal(one.rgb[~cheek["cheek"]], before[~cheek["cheek"]])
    assert one.truth("redness", cheek["cheek"]) > 0
    if kind not in EVEN:
        assert not np.array_equal(one.rgb, other.rgb)


@pytest.mark.parametrize("kind", KINDS)
def test_fields_are_shares_within_the_mask(kind):
    mask = FACE["face"]
    for seed in range(3):
        field = field_of(kind, mask, PX_PER_MM, np.random.default_rng(seed))
        assert field.dtype == np.float32
        assert field[~mask].max() == 0
        assert 0 <= field.min()
        assert 0.02 < field.max() <= 1


def test_melasma_is_alike_on_both_sides():
    wide = np.pad(np.ones((200, 400), bool), 20)
    field = field_of("melasma", wide, PX_PER_MM, np.random.default_rng(3))
    sides = np.corrcoef(field[20:-20, 20:-20].ravel(), field[20:-20, -21:19:-1].ravel())
    assert sides[0, 1] > 0.3


def test_mottling_is_color_and_no_texture():
    before = skin_photo()
    mottled = inject(before, [Injection("redness", 6, "mottling")], FACE, PX_PER_MM)
    assert mottled.truth("texture", FACE["face"]) == 0
    assert mottled.fields["redness"][FACE["face"]].std() > 0.3


@pytest.mark.parametrize("kind", NEW_RELIEF)
def test_new_relief_has_unit_strength_and_is_texture_alone(kind):
    mask = FACE["face"]
    light = relief_of(kind, mask, PX_PER_MM, np.random.default_rng(1))
    assert light[mask].mean() == pytest.approx(0, abs=1e-4)
    assert light[mask].std() == pytest.approx(1, abs=1e-3)
    before = skin_photo()
    rougher = inject(before, [Injection("texture", 100, kind, seed=4)], FACE, PX_PER_MM)
    density = optical_density(rougher.rgb) - optical_density(before)
    np.testing.assert_allclose(density[..., 0], density[..., 1], atol=1e-5)
    assert rougher.truth("redness", mask) == rougher.truth("hyperpigmentation", mask) == 0
    if kind in ("wrinkles", "pores"):  # of the size that texture is read from
        assert rougher.truth("texture", mask) > 3


def test_new_relief_is_no_kind_of_pigment():
    with pytest.raises(ValueError, match="expected one of"):
        Injection("redness", 1.0, "pores")


def test_spots_are_one_to_six_millimeters_wide():
    spots = inject(
        skin_photo(relief=0), [Injection("hyperpigmentation", 5, "spots")], FACE, PX_PER_MM
    )
    marked = (spots.fields["hyperpigmentation"] > 1.5).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(marked)
    width_mm = np.sqrt(stats[1:, cv2.CC_STAT_AREA] * 4 / np.pi) / PX_PER_MM
    assert 5 <= len(width_mm)
    assert np.median(width_mm) == pytest.approx(2.5, abs=1.5)
    assert np.quantile(width_mm, 0.8) < 7  # some touch each other


def test_relative_truth_of_patches_is_their_mean_over_clear_skin():
    patches = inject(skin_photo(), [Injection("hyperpigmentation", 3, "patches")], FACE, PX_PER_MM)
    mask = FACE["face"]
    absolute = patches.truth("hyperpigmentation", mask)
    assert patches.truth("hyperpigmentation", mask, mask) == pytest.approx(absolute, abs=0.05)
    diffuse = inject(skin_photo(), [Injection("hyperpigmentation", 3)], FACE, PX_PER_MM)
    assert diffuse.truth("hyperpigmentation", mask, mask) == pytest.approx(0, abs=0.15)


def test_truth_is_the_mean_minus_the_median_of_control_skin():
    field = np.array([[1.0, 3.0], [10.0, 0.5]], np.float32)
    top, bottom = np.array([[1, 1], [0, 0]], bool), np.array([[0, 0], [1, 1]], bool)
    assert truth(field, top) == 2
    assert truth(field, top, bottom) == 2 - 5.25


@pytest.mark.parametrize("percent", [-40, 25])
def test_relief_is_scaled_and_color_is_not(percent):
    before = skin_photo()
    rougher = inject(before, [Injection("texture", percent)], FACE, PX_PER_MM)
    inner = FACE["face"].copy()
    inner[:40], inner[-40:], inner[:, :40], inner[:, -40:] = (False,) * 4
    assert rougher.truth("texture", inner) == pytest.approx(percent, abs=tol.INJECTED_RELIEF)
    density = optical_density(rougher.rgb) - optical_density(before)
    np.testing.assert_allclose(density[..., 0], density[..., 1], atol=1e-5)
    assert mean_of(density[..., 0], inner) == pytest.approx(0, abs=1e-3)


def test_relief_change_of_half_a_face_is_between_none_and_all():
    half = inject(skin_photo(), [Injection("texture", 40, "half")], FACE, PX_PER_MM)
    assert 10 < half.truth("texture", FACE["face"]) < 35


def test_shine_is_not_edited():
    before = skin_photo(relief=0)
    before[120:130, 120:130] = 0.95
    after = inject(before, [Injection("redness", 4)], FACE, PX_PER_MM)
    np.testing.assert_allclose(after.rgb[125, 125], before[125, 125], rtol=1e-3)
    assert after.fields["redness"][60, 60] > 3


@pytest.mark.parametrize(
    "wrong", [dict(attribute="wrinkles"), dict(attribute="redness", kind="stripes")]
)
def test_unknown_change_is_a_mistake_of_the_caller(wrong):
    with pytest.raises(ValueError, match="expected one of"):
        Injection(amplitude=1.0, **wrong)


def test_a_phone_makes_a_photo_prettier():
    rng = np.random.default_rng(0)
    rgb = skin_photo() * (1 + 0.03 * rng.standard_normal((260, 260, 1), dtype=np.float32))

    def look(**how):
        return photograph(rgb, Shot(look=Look(**how)), np.random.default_rng(0)).pixels / 255

    def detail(**how):
        return look(**how)[..., 1].std()

    plain = look()
    assert detail(contrast=0.3) > 1.1 * detail()
    paler, richer = (np.ptp(look(saturation=s).mean((0, 1))) for s in (-0.2, 0.2))
    assert paler < np.ptp(plain.mean((0, 1))) < richer
    assert detail(denoise=0.6) < 0.9 * detail()
    assert detail(sharpen=0.5) > 1.1 * detail()


def test_a_camera_that_does_nothing_more_draws_nothing_more():
    shots = [
        Camera(noise=0.01, look=look).shot(np.random.default_rng(3)) for look in (Look(), Look(0.2))
    ]
    assert shots[0].look == Look()
    assert shots[0].quality == shots[1].quality
    assert 0 < abs(shots[1].look.contrast) < 0.2


def test_real_face_is_edited_in_half_a_second(photos):
    pixels = cv2.imread(str(photos / "london" / "001_neutral.jpg"))[..., ::-1]
    rgb = srgb8_to_linear(np.ascontiguousarray(pixels))
    mask = cv2.ellipse(np.zeros(rgb.shape[:2], np.uint8), (675, 750), (220, 300), 0, 0, 360, 1, -1)
    injections = [Injection("redness", 3, "patches"), Injection("hyperpigmentation", 3, "spots")]
    inject(rgb, injections, {"face": mask > 0}, 3.4)
    start = time.process_time()
    inject(rgb, injections, {"face": mask > 0}, 3.4)
    assert time.process_time() - start < 1.0  # 0.1 s when the machine is idle


def test_plain_shot_gives_the_codes_back():
    codes = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    photo = photograph(srgb8_to_linear(codes), Shot(), np.random.default_rng(0))
    np.testing.assert_array_equal(photo.pixels, codes)


def test_exposure_and_white_balance_are_gains_of_linear_light():
    grey = np.full((8, 8, 3), 0.2, np.float32)
    shot = Shot(exposure_ev=0.5, white_balance=(1.1, 1.0, 0.9))
    photo = photograph(grey, shot, np.random.default_rng(0))
    expected = 0.2 * 2**0.5 * np.array([1.1, 1.0, 0.9])
    codes = 255 * (1.055 * expected ** (1 / 2.4) - 0.055)
    assert photo.pixels[4, 4] == pytest.approx(codes, abs=tol.CODE)


def test_a_camera_balances_in_the_colors_of_its_sensor():
    """White moves as by gains of sRGB; the color of skin moves otherwise."""
    colors = np.array([[[0.5, 0.5, 0.5], [0.5, 0.3, 0.22]]], np.float32).repeat(8, 0).repeat(8, 1)
    gains = (1.1, 1.0, 0.9)
    plain, sensor = (
        srgb8_to_linear(
            photograph(
                colors, Shot(white_balance=gains, on_sensor=on), np.random.default_rng(0)
            ).pixels
        )
        for on in (False, True)
    )
    assert plain[4, 2] == pytest.approx(0.5 * np.array(gains), rel=0.01)
    grey = SENSOR_TO_SRGB @ (np.array(gains) * (np.linalg.inv(SENSOR_TO_SRGB) @ np.full(3, 0.5)))
    assert sensor[4, 2] == pytest.approx(grey, rel=0.01)
    assert np.abs(np.log(sensor[4, 12] / plain[4, 12])).max() > 0.01


def test_a_card_in_the_hand_is_lit_as_the_face(photos):
    picture = read_photo(photos / "london" / "014_neutral.jpg")
    box = find_regions(picture).box
    rgb, where = srgb8_to_linear(picture.pixels), scenery_of(picture.pixels, box)
    rng = np.random.default_rng(0)
    held, bare, corners = hold_card(rgb, where, box, render_card(), rng)
    assert corners.min() >= 0
    assert (corners < picture.pixels.shape[1::-1]).all()
    x, y = np.rint(corners.mean(axis=0)).astype(int)
    assert bare.wall[y, x] == bare.shirt[y, x] == 0
    assert np.array_equal(
        held[box.top : box.bottom, box.left : box.right],
        rgb[box.top : box.bottom, box.left : box.right],
    )
    codes = photograph(held, Shot(exposure_ev=-0.3), rng).pixels
    found = find_card(codes)
    assert np.abs(found.corners - corners).max() < 4


@pytest.mark.parametrize("size", [1.0, 0.5])
def test_points_go_where_the_matrix_says(size):
    scene = np.full((300, 400, 3), 0.1, np.float32)
    x, y = 150, 210
    cv2.circle(scene, (x, y), 6, (0.9, 0.9, 0.9), -1)
    shot = Shot(shift=(0.03, -0.02), scale=1.05, rotation=3, perspective=(0.02, -0.01), size=size)
    photo = photograph(scene, shot, np.random.default_rng(0))
    bright = srgb8_to_linear(photo.pixels)[..., 1] - 0.1
    bright[bright < 0.02] = 0
    rows, columns = np.mgrid[: bright.shape[0], : bright.shape[1]]
    found = np.array([(columns * bright).sum(), (rows * bright).sum()]) / bright.sum()
    expected = photo.matrix @ (x, y, 1)
    assert found == pytest.approx(expected[:2] / expected[2], abs=tol.POINT_PX)


@pytest.mark.parametrize("camera", [CONTROLLED, CASUAL])
def test_shots_repeat_with_their_seed_and_stay_in_range(camera):
    def shots(seed):
        rng = np.random.default_rng(seed)
        return [camera.shot(rng) for _ in range(200)]

    assert shots(1) == shots(1)
    assert shots(1) != shots(2)
    exposures = np.array([shot.exposure_ev for shot in shots(1)])
    gains = np.array([shot.white_balance for shot in shots(1)])
    assert 0.9 * camera.exposure_ev < np.abs(exposures).max() <= camera.exposure_ev
    assert 0.9 * camera.white_balance < np.abs(gains - 1).max() <= camera.white_balance


def test_noise_grows_with_the_root_of_the_light():
    rng = np.random.default_rng(0)
    dim, bright = (
        srgb8_to_linear(
            photograph(np.full((200, 200, 3), v, np.float32), Shot(noise=0.02), rng).pixels
        ).std()
        for v in (0.16, 0.64)
    )
    assert bright / dim == pytest.approx(2, rel=0.1)


def test_jpeg_of_the_stated_quality_reads_back(photos):
    pixels = cv2.imread(str(photos / "london" / "001_neutral.jpg"))[300:700, 400:800, ::-1]
    rgb = srgb8_to_linear(np.ascontiguousarray(pixels))
    rng = np.random.default_rng(0)
    low, high = (photograph(rgb, Shot(quality=q), rng).jpeg() for q in (60, 95))
    assert len(low) < 0.6 * len(high)
    back = cv2.imdecode(np.frombuffer(high, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert np.abs(back.astype(float) - pixels).mean() < 2

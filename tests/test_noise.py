"""The noise table: it is whole, and what is looked up in it behaves as noise does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from skindelta.noise import NORMAL, Differences, measured_kinds, noise_of, noise_table
from skindelta.score import KINDS

REGIONS = (
    "face forehead left_cheek right_cheek nose chin perioral left_periorbital right_periorbital"
).split()
TONES = ("light", "medium", "dark")
sizes = st.floats(0, 1)


def kinds_of(reference):
    return [(a, b) for a, b in KINDS if reference == "scene" or b == "relative" or a == "texture"]


@pytest.mark.parametrize("reference", ["scene", "skin", "none"])
@pytest.mark.parametrize("tone", TONES)
def test_every_score_of_a_face_has_its_noise(reference, tone):
    for attribute, basis in kinds_of(reference):
        for region in REGIONS:
            noise = noise_of(attribute, basis, reference, region, tone, Differences())
            assert noise.base > 0, (attribute, basis, region)
            assert 0 < noise.sdc < 100
            assert 1 < noise.sdc_quantile < 8
            assert noise.group in (tone, "all")


@pytest.mark.parametrize("reference", ["skin", "none"])
def test_close_ups_have_their_noise(reference):
    for attribute, basis in kinds_of(reference):
        assert noise_of(attribute, basis, reference, "skin", "light", Differences()).sdc > 0


@pytest.mark.parametrize("reference", ["card", "grey", "scene"])
def test_references_in_both_photos_have_noise_of_their_own_for_every_score(reference):
    assert set(measured_kinds(reference)) == set(KINDS)


def test_absolute_color_of_a_close_up_is_taken_as_that_of_a_drawn_region():
    """It was never measured: a patch of skin is noisier than a face."""
    for name in ("redness", "hyperpigmentation"):
        rest = (name, "absolute", "card")
        patch, face = (noise_of(*rest, of, "light", Differences()) for of in ("skin", "face"))
        assert patch.sdc > face.sdc


@settings(deadline=None)
@given(st.builds(Differences, *[sizes] * len(Differences._fields)))
def test_differences_only_ever_widen(differences):
    for attribute, basis in KINDS:
        still = noise_of(attribute, basis, "scene", "face", "light", Differences())
        noise = noise_of(attribute, basis, "scene", "face", "light", differences)
        assert noise.sigma >= still.sigma
        assert noise.without(*Differences._fields).sigma == approx(still.base)


def test_without_one_difference_the_others_stay():
    noise = noise_of(
        "redness",
        "absolute",
        "scene",
        "face",
        "light",
        Differences(light_color=1.0, expression=0.1),
    )
    left = noise.without("light_color")
    assert left.sigma**2 + noise.parts["light_color"] ** 2 == approx(noise.sigma**2)


def drawn(attribute, basis, **places):
    return noise_of(attribute, basis, "scene", "my mark", "light", Differences(), places)


def test_smaller_drawn_regions_are_noisier():
    for attribute, basis in KINDS:
        noises = [drawn(attribute, basis, left_cheek=a).sdc for a in (10, 30, 100, 300, 1000)]
        assert np.all(np.diff(noises) <= 0)


def test_marks_all_over_the_face_are_steadier_than_one_of_their_size():
    for attribute, basis in KINDS:
        one = drawn(attribute, basis, left_cheek=300.0)
        several = drawn(attribute, basis, left_cheek=100.0, right_cheek=100.0, chin=100.0)
        assert several.sdc < 1.5 * one.sdc
        spread = drawn(attribute, basis, left_cheek=300.0, right_cheek=300.0)
        assert spread.base < one.base or attribute == "texture"


def test_a_region_of_which_little_shows_is_noisier():
    rest = ("scene", "forehead", "light", Differences())
    for attribute, basis in KINDS:
        seen, hidden = (
            noise_of(attribute, basis, *rest, {"forehead": area}).sdc for area in (3000.0, 40.0)
        )
        assert hidden >= seen


def test_a_region_drawn_beside_the_skin_has_its_noise():
    assert drawn("redness", "relative", elsewhere=200.0).sdc > 0


def test_an_interval_grows_with_the_change_and_the_sdc_does_not():
    noise = noise_of("redness", "absolute", "scene", "face", "light", Differences())
    assert noise.half_width(10.0) >= noise.half_width(0.0)
    assert noise.half_width(-3.0) == noise.half_width(3.0)


def test_no_change_is_too_large_to_be_certain_of():
    """Where an interval grew as fast as the change, no change could ever be told."""
    assert all(NORMAL * kind["gain"] < 0.5 for kind in noise_table()["kinds"].values())


def test_another_distance_widens_what_a_phone_shades_even_where_the_light_is_known():
    for attribute in ("redness", "hyperpigmentation", "texture"):
        far = noise_of(attribute, "absolute", "scene", "face", "light", Differences(distance=0.5))
        near = noise_of(attribute, "absolute", "scene", "face", "light", Differences())
        assert far.sdc > 2 * near.sdc


def test_the_regions_are_asked_together():
    """One of eight regions is called changed by chance more often than the face alone."""
    for attribute, basis in KINDS:
        of = noise_table()["kinds"][f"{attribute} {basis} scene"]["quantiles"]
        for tone in of["regions"]:
            assert of["regions"][tone]["sdc"] >= of["regions"][tone]["interval"]


def test_groups_with_few_people_take_the_upper_limit_of_all():
    table = noise_table()
    people = table["made_from"]["people"]
    for kind in table["kinds"].values():
        for quantiles in kind["quantiles"].values():
            for tone in TONES:
                assert (tone in quantiles) <= (people[tone] >= 19)


def test_the_table_says_what_it_was_made_from():
    made = noise_table()["made_from"]
    assert made["people"]["all"] == sum(made["people"][tone] for tone in TONES)
    assert made["pairs"]["real"] == 5 * made["people"]["all"]  # by five references
    assert "locked test set" in made["photos"]

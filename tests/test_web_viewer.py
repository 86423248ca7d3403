"""The viewer lays both photos on each other and the maps over them, without loss."""

import re
from dataclasses import replace

import cv2
import numpy as np
import pytest

from skindelta.color import linear_to_srgb8
from skindelta.pictures import comparison_layers, comparison_pictures
from skindelta.pipeline import compare
from skindelta.types import Reason
from skindelta.web.serving.visitors import KEPT, Visit, Visitors
from skindelta.web.viewer import shrink, viewer_html


@pytest.fixture(scope="module")
def visit(tmp_path_factory):
    """One open tab."""
    visitors = Visitors(tmp_path_factory.mktemp("uploads"))
    assert visitors.claim("visitor", "session")
    return Visit(visitors, "visitor", "session")


@pytest.fixture(scope="module")
def comparison(photos):
    """The same person, neutral and smiling."""
    return compare(*(photos / "london" / f"001_{name}.jpg" for name in ("neutral", "smiling")))


@pytest.fixture(scope="module")
def html(visit, comparison):
    return viewer_html(visit, comparison, "5 January", "6 April")


def pictures(visit, html):
    """Every picture of the viewer by its name, BGR or BGRA."""
    found = {}
    for url in re.findall(r'src="([^"]+)"', html):
        token, name = url.removeprefix(f"{KEPT}/").split("/")
        data = visit.visitors.shelf.found(visit.visitor, token).path.read_bytes()
        found[name] = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    return found


def test_both_photos_are_the_aligned_ones_to_the_last_bit(visit, comparison, html):
    shown = pictures(visit, html)
    for name in ("before", "after"):
        pixels = linear_to_srgb8(getattr(comparison.aligned, name))
        assert max(pixels.shape) <= 1200
        np.testing.assert_array_equal(shown[f"{name}.png"][..., ::-1], pixels)


def test_every_layer_has_the_size_of_the_photos_and_lets_them_through(visit, html):
    shown = pictures(visit, html)
    layers = {name: one for name, one in shown.items() if one.shape[2] == 4}
    assert set(layers) == {
        "redness.png",
        "hyperpigmentation.png",
        "texture-mid.png",
        "regions.png",
    }
    for one in layers.values():
        assert one.shape[:2] == shown["after.png"].shape[:2]
        assert one[..., 3].min() == 0


def test_layers_and_pictures_are_of_the_same_maps(comparison):
    drawn = set(comparison_pictures(comparison)) - {"before-after", "regions"}
    assert set(comparison_layers(comparison)) == drawn


def test_a_map_that_may_not_be_read_cannot_be_chosen(visit, comparison):
    blocked = tuple(
        replace(m, reason=Reason("x", "the light differs")) if m.attribute == "texture" else m
        for m in comparison.maps
    )
    shown = viewer_html(visit, replace(comparison, maps=blocked))
    assert 'value="texture-mid"' not in shown
    assert 'value="redness"' in shown


def test_every_picture_is_described_and_every_scale_has_numbers_and_words(html):
    alts = re.findall(r'<img[^>]* alt="([^"]*)"', html)
    assert len(alts) == 6
    assert all(alts)
    legend = html.split('class="sd-legend" data-layer="redness"')[1]
    assert re.search(r"−[\d.]+ a\*", legend)
    assert "Less red" in legend
    assert "Redder" in legend
    assert "Hatched: not measured" in legend
    assert "Without color: within the noise" in legend
    assert "Faint" not in html


def test_photos_are_called_by_the_names_that_were_given(html):
    assert "5 January" in html
    assert "6 April" in html


def test_names_cannot_become_markup(visit, comparison):
    shown = viewer_html(visit, comparison, '"><img src=x>', "<b>")
    assert "<img src=x" not in shown
    assert "<b>" not in shown


def test_what_could_not_be_compared_has_no_viewer(visit, comparison):
    assert viewer_html(visit, replace(comparison, aligned=None)) == ""


def test_only_the_visitor_may_fetch_the_pictures(visit, html):
    token = re.search(rf"{KEPT}/([^/]+)/", html)[1]
    assert visit.visitors.shelf.found("visitor", token)
    assert visit.visitors.shelf.found("stranger", token) is None


def test_a_large_picture_is_reduced_and_a_small_one_stays():
    large, small = np.zeros((900, 2400, 3), np.uint8), np.zeros((9, 24, 3), np.uint8)
    assert shrink(large, 1200).shape == (450, 1200, 3)
    assert shrink(small, 1200) is small

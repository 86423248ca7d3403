"""Scenes with a color card in them: tilted, in perspective, partly shadowed, among other squares.

    python benchmarks/card_scenes.py [--scenes N]

Prints how many of the cards are found, bought and printed ones, how far off their corners are, and
what looking for both kinds costs beside decoding a 12-megapixel photo.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import gettempdir
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from skindelta.card_finder import FoundCard, find_card
from skindelta.color import linear_to_srgb8
from skindelta.marker_finder import find_printed_card
from skindelta.synthesis.cards import card_corners, render_card, render_printed_card, with_card

SIZES = ((1200, 1600), (1600, 1200), (900, 1200), (1500, 2000))
WIDTHS_PX = (120.0, 900.0)
MAX_TILT = np.radians(45)
FOUND_WITHIN = 0.02  # of the card's width
MIN_PRINTED_PX = 200.0  # markers are then 28 px


class Scene(NamedTuple):
    """A photo, where the corners of the block of patches are, px, and how wide it is."""

    pixels: npt.NDArray[np.uint8]
    corners: npt.NDArray[np.float64]
    width: float


def scene(seed: int, printed: bool = False) -> Scene:
    """Make the scene of a seed: walls, clutter, card, light, lens, sensor, JPEG."""
    rng = np.random.default_rng(seed)
    height, width = SIZES[rng.integers(len(SIZES))]
    rgb = _background(rng, height, width)
    for _ in range(rng.integers(0, 25)):
        _square(rgb, rng)
    if rng.random() < 0.3:
        _window(rgb, rng)
    corners, size = _placed(rng, height, width)
    margin = float(rng.uniform(0.15, 0.8))
    card = render_card(float(rng.uniform(0.78, 0.88)), float(rng.uniform(0.02, 0.06)), margin)
    if printed:
        card = render_printed_card()
    rgb = _lit(with_card(rgb, card, corners), corners, rng)
    return Scene(_photographed(rgb, size, rng), corners, size)


def _background(rng: np.random.Generator, height: int, width: int) -> npt.NDArray[np.float32]:
    rgb = np.full((height, width, 3), rng.uniform(0.05, 0.8, 3), np.float32)
    clouds = rng.normal(0, 0.25, (8, 8, 3)).astype(np.float32)
    grain = rng.normal(0, rng.uniform(0, 0.15), (height // 4, width // 4)).astype(np.float32)
    rgb *= np.exp(cv2.resize(clouds, (width, height), interpolation=cv2.INTER_CUBIC))
    return rgb * np.exp(cv2.resize(grain, (width, height)))[..., None]


def _square(rgb: npt.NDArray[np.float32], rng: np.random.Generator) -> None:
    middle = rng.uniform((0, 0), rgb.shape[1::-1])
    side = rng.uniform(15, 200)
    box = ((middle[0], middle[1]), (side, side * rng.uniform(0.7, 1.4)), rng.uniform(0, 180))
    color = rng.uniform(0.02, 0.8, 3).tolist()
    cv2.fillPoly(rgb, [cv2.boxPoints(box).astype(np.int32)], color, lineType=cv2.LINE_AA)


def _window(rgb: npt.NDArray[np.float32], rng: np.random.Generator) -> None:
    """Grey panes in six rows and eight columns."""
    pitch = int(rng.uniform(20, 80))
    left, top = (int(rng.uniform(0, 0.6 * n)) for n in rgb.shape[1::-1])
    for row in range(6):
        for column in range(8):
            y, x = top + row * pitch, left + column * pitch
            rgb[y : y + int(0.85 * pitch), x : x + int(0.85 * pitch)] = rng.uniform(0.02, 0.9)


def _placed(
    rng: np.random.Generator, height: int, width: int
) -> tuple[npt.NDArray[np.float64], float]:
    """Corners of a card that is whole in the picture, and its width."""
    largest = min(WIDTHS_PX[1], 0.8 * width, 0.85 * height)
    size = float(np.exp(rng.uniform(np.log(WIDTHS_PX[0]), np.log(largest))))
    upright = rng.normal(0, 0.15) + (np.pi if rng.random() < 0.3 else 0)
    roll = float(rng.uniform(0, 2 * np.pi) if rng.random() < 0.5 else upright)
    tilt, axis = float(rng.uniform(0, MAX_TILT)), float(rng.uniform(0, 2 * np.pi))
    corners = card_corners((0.0, 0.0), size, tilt, axis, roll)
    low, high = corners.min(axis=0), corners.max(axis=0)
    factor = min(1.0, float(((width, height) - np.full(2, 20)).min() / (high - low).max()))
    low, high = factor * low - 10, factor * high + 10
    return factor * corners + rng.uniform(-low, (width, height) - high), factor * size


def _lit(
    rgb: npt.NDArray[np.float32], corners: npt.NDArray[np.float64], rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Light that falls off, the edge of a shadow over the card in half of the scenes, a tint."""
    height, width = rgb.shape[:2]
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    light = np.exp(rng.normal(0, 0.15) * x + rng.normal(0, 0.15) * y)
    if rng.random() < 0.5:
        angle, soft = rng.uniform(0, 2 * np.pi), rng.uniform(0.002, 0.1)
        over = corners.mean(axis=0) / (width, height) * 2 - 1 + rng.normal(0, 0.03, 2)
        along = (x - over[0]) * np.cos(angle) + (y - over[1]) * np.sin(angle)
        depth = 1 - rng.uniform(0.35, 0.9)
        light *= 1 - depth / (1 + np.exp(-np.clip(along / soft, -30, 30)))
    tint = np.exp(rng.normal(0, 0.12, 3) + rng.uniform(-0.9, 0.2))
    return (rgb * light[..., None] * tint).astype(np.float32)


def _photographed(
    rgb: npt.NDArray[np.float32], card_px: float, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    blur = rng.uniform(0, 1) * min(1.6, card_px / 250)
    if blur > 0.2:
        rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), blur))
    noise = rng.normal(0, rng.uniform(0.002, 0.012), rgb.shape)
    rgb = (rgb + noise * np.sqrt(np.clip(rgb, 0.01, 1))).astype(np.float32)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(75, 95))]
    codes = linear_to_srgb8(rgb)[..., ::-1]
    data = cv2.imencode(".jpg", codes, quality)[1]
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])


def off(card: FoundCard | None, made: Scene) -> float:
    """How far the worst corner is off, in widths of the card; infinite where none was found."""
    return np.inf if card is None else float(np.abs(card.corners - made.corners).max() / made.width)


def _report_found(
    name: str, find: Callable[[npt.NDArray[np.uint8]], FoundCard | None], scenes: list[Scene]
) -> None:
    errors = [off(find(made.pixels), made) for made in scenes]
    for number, (made, error) in enumerate(zip(scenes, errors, strict=True)):
        if error > FOUND_WITHIN:
            print(f"{name}, {number}: card of {made.width:.0f} px missed, off by {error:.3f}")
    found = sum(error <= FOUND_WITHIN for error in errors)
    median = float(np.median(errors))
    print(f"{name}: found {found} of {len(scenes)}; worst corner, median {median:.4f} of the width")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=200)
    count = parser.parse_args().scenes
    _report_found("bought", find_card, [scene(seed) for seed in range(count)])
    printed = [scene(seed, printed=True) for seed in range(count // 2)]
    _report_found(
        f"printed, {MIN_PRINTED_PX:.0f} px and wider",
        find_printed_card,
        [made for made in printed if made.width >= MIN_PRINTED_PX],
    )
    from speed import benchmark_pair

    data = benchmark_pair(Path(gettempdir()) / "skindelta-speed")[0].read_bytes()
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    decoding, thorough, quick = [], [], []
    for _ in range(15):
        start = time.perf_counter()
        cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        decoding.append(time.perf_counter() - start)
        for times, how in ((thorough, True), (quick, False)):
            start = time.perf_counter()
            find_printed_card(pixels, how) or find_card(pixels, how)
            times.append(time.perf_counter() - start)
    decode = statistics.median(decoding)
    for name, times in (("thorough", thorough), ("quick", quick)):
        print(f"looking / decoding, {name}: {statistics.median(times) / decode:.2f} times")


if __name__ == "__main__":
    main()

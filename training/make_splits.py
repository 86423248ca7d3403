"""Who is in which split: London and Canada dealt by person, the rest written by hand.

Writes the London and Canada rows of ``splits.csv`` and keeps all other rows as they are::

    python training/make_splits.py ../shared/photos

Within a dataset and tone group people are sorted by skin tone (ITA of the cheeks) and dealt along
that order, so that every split holds the whole range. The deal depends on nothing but the photos
and the seed. Tone is measured against the studio wall behind the head, because exposure differs
between people and the Canada photos have a pink cast that would shift ITA by tens of degrees.
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from skimage.color import rgb2lab

from skindelta.landmarks import GROUPS
from templates import read_template

SPLITS = Path(__file__).with_name("splits.csv")
FIELDS = ("dataset", "person", "tone_group", "ita", "split")
SEED = 20
# People per split: the test people are locked for every later model and table. London shows nine
# people whose cheeks are dark or who call themselves black; four are test, or its tables would
# say nothing about dark skin.
TEST_DARK = 4
DEAL = {
    "london": {"train": 36, "calibration": 24, "test": 20},
    "canada": {"train": 26, "calibration": 4, "test": 10},
}
WALL = 191 / 255  # sRGB of the wall in the median London photo, taken as neutral


def main(photos: Path) -> None:
    rows = [row for row in read_splits() if row["dataset"] not in DEAL]
    dealt = [row for dataset in DEAL for row in deal(photos, dataset)]
    with SPLITS.open("w", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(dealt + rows)


def read_splits() -> list[dict[str, str]]:
    """Return the rows of ``splits.csv``; none where it does not exist yet."""
    if not SPLITS.exists():
        return []
    with SPLITS.open(newline="") as file:
        return list(csv.DictReader(file))


def deal(photos: Path, dataset: str) -> Iterator[dict[str, str]]:
    """Deal the people of one dataset, stratified by skin tone."""
    people = sorted(photos.joinpath(dataset).glob("*.tem"), key=lambda path: path.stem)
    names = [path.stem.removesuffix("_neutral") for path in people]
    tones = [round(cheek_ita(path), 1) for path in people]
    black = black_people(photos / dataset / "people.csv")
    strata = ["dark" if n in black else tone_group(t) for n, t in zip(names, tones, strict=True)]
    order = sorted(range(len(people)), key=lambda index: tones[index])
    splits = dealt_splits([strata[index] for index in order], DEAL[dataset])
    for index, split in zip(order, splits, strict=True):
        yield {
            "dataset": dataset,
            "person": names[index],
            "tone_group": tone_group(tones[index]),
            "ita": str(tones[index]),
            "split": split,
        }


def black_people(path: Path) -> set[str]:
    """Return who calls themselves black in ``people.csv``; nobody where there is no such file."""
    if not path.exists():
        return set()
    with path.open(newline="") as file:
        return {row["person"] for row in csv.DictReader(file) if "black" in row["ethnicity"]}


def dealt_splits(strata: list[str], counts: dict[str, int]) -> list[str]:
    """Return one split per person; people come in order of tone.

    Along the people of a stratum each split is due when its share so far lags furthest behind;
    within a block of ten the order is then shuffled, so that no split gets the lighter end.
    """
    rng = np.random.default_rng(SEED)
    left = dict(counts)
    splits = [""] * len(strata)
    for stratum in ("dark", "medium", "light"):
        members = [index for index, name in enumerate(strata) if name == stratum]
        share = {name: left[name] * len(members) / sum(left.values()) for name in left}
        if stratum == "dark" and members:
            rest = (len(members) - TEST_DARK) / (len(members) - share["test"])
            share = {name: TEST_DARK if name == "test" else share[name] * rest for name in share}
        due: list[str] = []
        for position in range(1, len(members) + 1):
            late = {
                name: share[name] * position / len(members) - due.count(name)
                for name in share
                if due.count(name) < left[name]
            }
            due.append(max(late, key=lambda name: late[name]))
        for start in range(0, len(members), 10):
            block = members[start : start + 10]
            for index, name in zip(block, rng.permutation(due[start : start + 10]), strict=True):
                splits[index] = str(name)
        left = {name: left[name] - due.count(name) for name in left}
    return splits


def cheek_ita(template: Path) -> float:
    """Return the individual typology angle of both cheeks, degrees, against the wall."""
    points = read_template(template)
    pixels = cv2.imread(str(template.with_suffix(".jpg")))[..., ::-1]
    wall = wall_color(pixels)
    pupils = float(np.linalg.norm(points[0] - points[1]))
    half = round(0.12 * pupils)
    patches = []
    for eye, wing in (("right_eye", slice(0, 7)), ("left_eye", slice(8, 15))):
        # Below the middle of the eye, at the height between nose bridge and nose wing.
        x = points[GROUPS[eye]][:, 0].mean()
        y = (
            0.45 * points[GROUPS[eye]][:, 1].max()
            + 0.55 * points[GROUPS["nose_base"]][wing, 1].max()
        )
        column, row = round(float(x)), round(float(y))
        patches.append(
            pixels[row - half : row + half, column - half : column + half].reshape(-1, 3)
        )
    skin = to_linear(np.median(np.concatenate(patches), axis=0) / 255.0)
    L, _, b = rgb2lab(to_srgb(skin / wall * to_linear(np.array(WALL))))
    return float(np.degrees(np.arctan2(L - 50, b)))


def wall_color(pixels: np.ndarray) -> np.ndarray:
    """Return the median linear RGB of both upper corners, shape (3,)."""
    size = pixels.shape[1] // 10
    near, far = slice(size // 3, size), slice(-size, -size // 3)
    corners = [pixels[near, near].reshape(-1, 3), pixels[near, far].reshape(-1, 3)]
    return to_linear(np.median(np.concatenate(corners), axis=0) / 255.0)


def to_linear(srgb: np.ndarray) -> np.ndarray:
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def to_srgb(linear: np.ndarray) -> np.ndarray:
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def tone_group(ita: float) -> str:
    """Return light, medium or dark for an individual typology angle in degrees."""
    return "light" if ita > 41 else "medium" if ita >= 10 else "dark"


if __name__ == "__main__":
    main(Path(sys.argv[1]))

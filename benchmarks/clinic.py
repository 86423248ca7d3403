"""A simulated clinic: labels by noisy graders, a camera that the base never saw, the truth known.

    python benchmarks/clinic.py [--split calibration|test] [--pairs 100] [--shuffled 60]

People that the base was not trained on come twice. Between the visits their skin changes by known
amounts, and a camera with a tone curve and a cast of its own takes both photos. Three graders, each
with an ICC of 0.6, write the change they see. The package retrains on that, and is then held
against the injected truth on people of whom it saw nothing. Then the same with shuffled labels,
many times, and with eight labels.

Develop with ``--split calibration``, where half of the people are the clinic's and half are new;
with ``test`` the calibration people are the clinic's and the locked ones are new.
"""

import argparse
import csv
import json
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from injections import LARGER_REGIONS, ROOT, Face, Person, _truth, people
from skindelta.learning.scales import SCALES
from skindelta.learning.split import part_of
from skindelta.synthesis import Camera, Injection, Regime, Room, inject, photograph_pair

RUN = ROOT / "runs" / "clinic"
ICC, GRADERS, REGIONS = 0.6, 3, 2  # regions graded beside the face
UNITS = {"redness": "a*", "hyperpigmentation": "L*", "texture": "%"}
SPREAD = {"redness": 1.3, "hyperpigmentation": 1.0, "texture": 10.0}  # of the true changes
SHARES = {"redness": 0.9, "hyperpigmentation": 0.8, "texture": 0.3}
AMPLITUDES = {"redness": (-4, 6), "hyperpigmentation": (-3, 5), "texture": (-40, 40)}
CAMERA = Camera(
    white_balance=0.03,
    exposure_ev=0.25,
    pose=0.02,
    perspective=0.006,
    shading=0.03,
    blur_px=0.2,
    noise=0.004,
    quality=(88, 96),
)
GAMMAS = (0.88, 1.0, 1.15)  # of the codes of R, G, B: a cast that depends on the light
CONTRAST, SATURATION = 0.35, 0.3
Key = tuple[str, str, str]


class Visit(NamedTuple):
    """Two photos of a person, and what changed between them."""

    person: str
    tone: str
    before: Path
    after: Path
    truth: dict[Key, float]


def developed(codes: np.ndarray) -> np.ndarray:
    """Finish a photo as the clinic's camera does: a tone curve for each color, and vivid."""
    image = (codes.astype(np.float32) / 255) ** np.array(GAMMAS, np.float32)
    image += np.float32(CONTRAST) * (image * image * (3 - 2 * image) - image)
    grey = (image @ np.array([0.299, 0.587, 0.114], np.float32))[..., None]
    image = grey + np.float32(1 + SATURATION) * (image - grey)
    return np.asarray(np.rint(255 * np.clip(image, 0, 1)), np.uint8)


def visit(person: Person, number: int, folder: Path) -> Visit:
    """Take both photos, unless they are there."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng([77, zlib.crc32(f"{person.name}/{number}".encode())])
    face = Face(person.neutral)
    changed = inject(face.rgb, list(_changes(list(face.masks), rng)), face.masks, face.px_per_mm)
    scenes, sceneries = (face.rgb, changed.rgb), (face.scenery, face.scenery)
    shots = photograph_pair(scenes, sceneries, Regime(CAMERA, Room()), rng)
    swapped = bool(rng.random() < 0.5)
    own = folder / person.name
    own.mkdir(parents=True, exist_ok=True)
    paths = [own / f"{number:02d}_{when}.jpg" for when in ("first", "second")]
    for path, shot in zip(paths, reversed(shots) if swapped else shots, strict=True):
        options = [cv2.IMWRITE_JPEG_QUALITY, shot.quality]
        cv2.imwrite(str(path), developed(shot.pixels)[..., ::-1], options)
    truth = _truth(changed, face.masks, -1 if swapped else 1)
    return Visit(person.name, person.tone, *paths, truth)


def _changes(regions: list[str], rng: np.random.Generator) -> Iterator[Injection]:
    larger = [name for name in regions if name in LARGER_REGIONS]
    for attribute, share in SHARES.items():
        if rng.random() > share:
            continue
        for _ in range(int(rng.integers(1, 3))):
            region = "face" if rng.random() < 0.4 else str(rng.choice(larger))
            kind = str(rng.choice(["diffuse", "patches", "spots", "diffuse"]))
            amplitude = float(rng.uniform(*AMPLITUDES[attribute]))
            kind = "diffuse" if attribute == "texture" else kind
            yield Injection(attribute, amplitude, kind, region, int(rng.integers(2**31)))  # type: ignore[arg-type]


def visits(chosen: list[Person], count: int, folder: Path) -> list[Visit]:
    """Return as many visits, people in turn."""
    tasks = [(chosen[n % len(chosen)], n // len(chosen), folder) for n in range(count)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        return list(pool.map(visit, *zip(*tasks, strict=True)))


def write_labels(file: Path, found: list[Visit], seed: int, shuffled: bool = False) -> int:
    """Write what the graders say; how many labels."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for one in found:
        names = sorted({region for _, _, region in one.truth if region != "face"})
        for region in ("face", *rng.choice(names, REGIONS, replace=False)):
            for attribute, unit in UNITS.items():
                true = one.truth[attribute, "absolute", str(region)]
                for grader in range(GRADERS):
                    noise = rng.normal() * SPREAD[attribute] * np.sqrt((1 - ICC) / ICC)
                    rows.append(
                        {
                            "before": os.path.relpath(one.before, file.parent),
                            "after": os.path.relpath(one.after, file.parent),
                            "attribute": attribute,
                            "region": region,
                            "value": round(SCALES[unit].written(float(true + noise)), 3),
                            "scale": unit,
                            "rater": f"grader {grader + 1}",
                            "labelled_at": "",
                            "subject": one.person,
                        }
                    )
    if shuffled:
        values = rng.permutation([row["value"] for row in rows])
        rows = [row | {"value": value} for row, value in zip(rows, values, strict=True)]
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)

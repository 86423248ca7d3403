"""The light ladder: what each color reference is worth, and what the gate finds out.

    python benchmarks/accuracy.py --ladder [--split calibration] [--people N]

- *Simulated sessions*: the same skin under two lights, as each reference tells it (sessions.py).
- *Same room*: the frozen known changes of that regime, without and with a color card in the hand,
  read as a card or by its grey patch.
- *Re-shoots*: one photo taken twice, fairly, or unfair on purpose.
"""

import argparse
import multiprocessing
import tempfile
import zlib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from scipy.stats import beta

from agreement import Row, agreement
from injections import Benchmark, Face, Person, pairs, people
from sessions import report_sessions
from skindelta.color import linear_to_srgb8, srgb8_to_linear
from skindelta.photo import read_photo
from skindelta.pipeline import DEFAULT_MODEL, Options, compare
from skindelta.synthesis.camera import CONTROLLED, SAME_ROOM, Camera, photograph
from skindelta.types import Comparison

REGIME = "same room"
RUNGS = ("scene", "grey", "card")
GOALS = {"scene": 0.92, "grey": 0.95, "card": 0.95}
FALSE_VERDICTS, FLAGGED, FALSELY_FLAGGED = 0.05, 0.90, 0.05
SUSPICIONS = ("light_direction", "focus", "smoothing", "tone_curve")
WORKERS = 2
SEED = 41


def report_ladder(options: argparse.Namespace) -> dict[str, Any]:
    """Print all tables of the ladder; return their figures."""
    chosen = people(options.split, options.dataset, options.people)
    result: dict[str, Any] = {"people": {person.name: person.tone for person in chosen}}
    result["sessions"] = report_sessions()
    print(f"\n{len(chosen)} people ({options.dataset}, {options.split})")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, mp_context=context, initializer=_one_thread) as pool:
        known = [pool.submit(same_room, person, options.seed) for person in chosen]
        shots = [pool.submit(reshoots, person) for person in chosen]
        rows = [row for future in known for row in future.result()]
        found = [row for future in shots for row in future.result()]
    return result | {"same_room": _report_rungs(rows), "reshoots": _report_reshoots(found)}


def _one_thread() -> None:
    cv2.setNumThreads(1)


def same_room(person: Person, seed: int) -> list[Row]:
    """Score every case of the regime by each rung."""
    benchmark = Benchmark()
    cases = [case for case in benchmark.cases() if case.regime == REGIME]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for holding in (False, True):
            for pair in pairs(person, cases, Path(folder), benchmark, seed, holding):
                for rung in ("grey", "card") if holding else ("scene",):
                    grey = tuple((place,) for place in pair.grey) if rung == "grey" else (None,) * 2
                    options = Options(reference=rung, grey=grey, model=DEFAULT_MODEL)
                    comparison = compare(pair.before, pair.after, options)
                    rows += _rows(person, rung, comparison, pair)
    return rows


def _rows(person: Person, rung: str, comparison: Comparison, pair: Any) -> list[Row]:
    about = {"person": person.name, "tone": person.tone, "rung": rung, "case": pair.case.name}
    about |= {"used": comparison.reference, "changed": pair.changed}
    return [
        about
        | {
            "kind": f"{score.attribute} {score.basis}",
            "value": score.value,
            "low": score.low,
            "high": score.high,
            "sdc": score.sdc,
            "verdict": score.verdict,
            "truth": pair.truth[score.attribute, score.basis, "face"],
        }
        for score in comparison.scores
        if score.region == "face"
    ]


def _report_rungs(rows: list[Row]) -> dict[str, Any]:
    print(f"\nSAME ROOM, redness as a whole by each rung ({REGIME} cases of the frozen benchmark)")
    print(
        f"{'':7}{'used':>10} measured  r                        slope                    "
        "RMSE   SDC median  false verdicts"
    )
    tables = {}
    for rung in RUNGS:
        of_rung = [row for row in rows if row["rung"] == rung]
        absolute = [row for row in of_rung if row["kind"] == "redness absolute"]
        changed = [row for row in absolute if "redness" in row["changed"]]
        found = agreement(changed)
        if found is None:
            print(f"{rung:7} too few pairs were measured")
            continue
        used = sum(row["used"] == rung for row in absolute)
        asked = [
            row
            for row in of_rung
            if row["kind"].split()[0] not in row["changed"] and row["value"] is not None
        ]
        wrong = sum(row["verdict"] in ("improved", "worse") for row in asked)
        sdc = float(np.median([row["sdc"] for row in absolute if row["sdc"]]))
        print(
            f"{rung:7}{used:6}/{len(absolute)} {found['measured']:4}/{found['pairs']}  "
            f"{found['r']}  {found['slope']}  {found['rmse'].value:5.2f}  {sdc:10.2f}  "
            f"{wrong}/{len(asked)} {_percent(wrong, len(asked))}"
            f"{_missed(found['r'].value >= GOALS[rung])}"
            f"{_missed(wrong <= FALSE_VERDICTS * len(asked))}"
        )
        tables[rung] = found | {"used": used, "sdc": sdc, "false": [wrong, len(asked)]}
    return tables


class Shot(NamedTuple):
    """A way to take a photo anew: what is done to it, by which camera, what must be found."""

    name: str
    change: Callable[[Face, np.random.Generator], np.ndarray]
    camera: Camera
    sign: str  # empty: fair


def _as_it_is(face: Face, _: np.random.Generator) -> np.ndarray:
    return face.rgb


def _lamp(face: Face, rng: np.random.Generator) -> np.ndarray:
    """Light that falls from one side of the face to the other by 1.5 to 2.2 times."""
    height, width = face.rgb.shape[:2]
    half, angle = face.box.width / 2, rng.uniform(0, 2 * np.pi)
    x = (np.arange(width) - (face.box.left + face.box.right) / 2) / half
    y = ((np.arange(height) - (face.box.top + face.box.bottom) / 2) / half)[:, None]
    tilt = rng.uniform(0.2, 0.4) * (np.cos(angle) * x + np.sin(angle) * y)
    return (face.rgb * np.exp(tilt)[..., None]).astype(np.float32)


def _blur(face: Face, rng: np.random.Generator) -> np.ndarray:
    sigma = rng.uniform(0.6, 1.0) * face.px_per_mm
    return np.asarray(cv2.GaussianBlur(face.rgb, (0, 0), float(sigma)))


def _beauty(face: Face, rng: np.random.Generator) -> np.ndarray:
    """Smooth skin, keep edges, as beauty modes do."""
    codes = linear_to_srgb8(np.clip(face.rgb, 0, 1))
    smooth = cv2.bilateralFilter(codes, int(4 * face.px_per_mm) | 1, 35, 1.2 * face.px_per_mm)
    mask = face.masks["face"].astype(np.float32)
    share = rng.uniform(0.75, 1) * cv2.GaussianBlur(mask, (0, 0), face.px_per_mm)[..., None]
    mixed = codes * (1 - share) + smooth * share
    return srgb8_to_linear(np.rint(mixed).astype(np.uint8))


def _tones(face: Face, rng: np.random.Generator) -> np.ndarray:
    """Bend the tones: a power, or an S."""
    codes = linear_to_srgb8(np.clip(face.rgb, 0, 1)) / 255
    if rng.random() < 0.5:
        bent = codes ** float(rng.choice([rng.uniform(0.75, 0.85), rng.uniform(1.18, 1.35)]))
    else:
        bent = codes + rng.uniform(0.3, 0.5) * (codes - 0.5) * (1 - np.abs(2 * codes - 1))
    return srgb8_to_linear(np.rint(255 * np.clip(bent, 0, 1)).astype(np.uint8))


SHOTS = (
    Shot("fair, a studio", _as_it_is, CONTROLLED, ""),
    Shot("fair, same room", _as_it_is, SAME_ROOM, ""),
    Shot("lamp from a side", _lamp, SAME_ROOM, "light_direction"),
    Shot("strong blur", _blur, SAME_ROOM, "focus"),
    Shot("beauty filter", _beauty, SAME_ROOM, "smoothing"),
    Shot("tone curve", _tones, SAME_ROOM, "tone_curve"),
)
FAIR_EACH, UNFAIR_EACH = 5, 3


def reshoots(person: Person) -> list[Row]:
    """Take one photo twice in each way; which suspicions arise."""
    face = Face(person.neutral)
    original = read_photo(person.neutral)
    rows = []
    for shot in SHOTS:
        for number in range(UNFAIR_EACH if shot.sign else FAIR_EACH):
            words = f"{person.dataset}/{person.name}/{shot.name}/{number}"
            rng = np.random.default_rng([SEED, zlib.crc32(words.encode())])
            scenes = (face.rgb, shot.change(face, rng))
            photos = [
                replace(original, pixels=_decoded(photograph(rgb, shot.camera.shot(rng), rng)))
                for rgb in scenes
            ]
            photos[1] = replace(photos[1], sha256=words)
            comparison = compare(*photos, Options(model=DEFAULT_MODEL))
            flags = {finding.code for finding in comparison.findings}
            refused = {reason.code for reason in comparison.reasons}
            found = sorted((flags & set(SUSPICIONS)) | refused)
            rows.append({"person": person.name, "tone": person.tone, "shot": shot, "found": found})
    return [row | {"shot": row["shot"].name, "sign": row["shot"].sign} for row in rows]


def _decoded(shot: Any) -> np.ndarray:
    pixels = cv2.imdecode(np.frombuffer(shot.jpeg(), np.uint8), cv2.IMREAD_COLOR_RGB)
    return np.ascontiguousarray(pixels)


def _report_reshoots(rows: list[Row]) -> dict[str, Any]:
    print("\nRE-SHOOTS of one photo: flagged with the right reason; fair ones, with any of these")
    tables = {}
    for shot in SHOTS:
        of_shot = [row for row in rows if row["shot"] == shot.name]
        right = sum(
            bool(row["found"]) if not shot.sign else _is_right(shot.sign, row["found"])
            for row in of_shot
        )
        share = right / len(of_shot)
        reached = share >= FLAGGED if shot.sign else share <= FALSELY_FLAGGED
        others = sorted({code for row in of_shot for code in row["found"]} - {shot.sign})
        print(
            f"{shot.name:18}{right:4} of {len(of_shot):3} {_percent(right, len(of_shot))}"
            f"{_missed(reached)}   also: {', '.join(others) or '-'}"
        )
        tables[shot.name] = {"flagged": right, "of": len(of_shot), "also": others}
    return tables


def _is_right(sign: str, found: list[str]) -> bool:
    """Whether the reason was given: a photo that is too blurred by itself is refused as such."""
    return sign in found or (sign == "focus" and "blur" in found)


def _percent(count: int, total: int) -> str:
    """Share with its exact 95 % interval (Clopper-Pearson); pairs of a person count singly."""
    low = float(beta.ppf(0.025, count, total - count + 1)) if count else 0.0
    high = float(beta.ppf(0.975, count + 1, total - count)) if count < total else 1.0
    return f"{100 * count / total:5.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def _missed(reached: bool) -> str:
    return "" if reached else "  MISSED"

"""How fast and how large a comparison is, on one fixed pair of 12-megapixel photos.

    python benchmarks/speed.py [--runs N] [--model MODEL] [--json FILE] [--folder FOLDER]
    python benchmarks/speed.py --app [--minutes N] [--json FILE] [--folder FOLDER]

The pair is made from two real photos of one person (neutral, smiling), enlarged to 12 megapixels,
with the grain of a sensor, saved at 3 to 4 MB. Everything is measured in one run on one machine, so
that only ratios are held against limits: comparing against decoding both with OpenCV, ``skindelta
--help`` against importing numpy. Memory is read in a fresh process. ``--app`` measures the page
instead: its start, what a person waits for in a browser, and eight visitors at once.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from injections import PHOTOS
from skindelta.align import align_pair
from skindelta.change import change_maps
from skindelta.models import Model
from skindelta.net_input import net_input
from skindelta.normalize import normalize_pair
from skindelta.photo import read_photo
from skindelta.pipeline import DEFAULT_MODEL, FORMULA, Options, compare, model_of
from skindelta.quality import check_quality
from skindelta.regions import find_regions
from skindelta.report import comparison_report_html
from skindelta.score import score_changes
from skindelta.types import AlignedPair

SOURCES = ("001_neutral.jpg", "001_smiling.jpg")
SIDE_PX = 3464  # squared: 12.0 megapixels
FILE_MB = (3.0, 4.0)
GRAIN = 2.2  # σ in 8-bit codes, of a phone's sensor in a room
MAX_TIMES_DECODING = 3.0  # with its page: 4
MAX_TIMES_WITH_PAGE = 4.0
MAX_RSS_MB = 700
MAX_TIMES_NUMPY = 2.0
MOST_NETWORK_MS = 80.0
NETWORK_INPUTS = ("before", "after", "shared", "context", "levels")
NOT_LOADED = ("torch", "gradio")

FRESH_PROCESS = """
import json, pathlib, resource, sys
from skindelta.pipeline import Options, compare
compare(sys.argv[1], sys.argv[2], Options(model=sys.argv[3]))
status = pathlib.Path("/proc/self/status")
if status.exists():  # ru_maxrss of a Linux child starts at the peak of its parent
    peak = next(int(line.split()[1]) for line in status.open() if line.startswith("VmHWM")) / 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
loaded = [name for name in sys.argv[4:] if name in sys.modules]
print(json.dumps({"peak_mb": peak, "loaded": loaded}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=21)
    parser.add_argument("--model", default=DEFAULT_MODEL, help="network: a name or a folder")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "skindelta-speed"
    )
    parser.add_argument("--app", action="store_true", help="measure the page instead")
    parser.add_argument("--minutes", type=float, default=3.0, help="with --app: of the load")
    options = parser.parse_args()
    pair = benchmark_pair(options.folder)
    if options.app:
        page(pair, options.minutes, options.json)
        return
    chosen = Options(model=options.model)
    model = model_of(chosen)
    result = {
        "model_digest": None if model is None else model.digest,
        **time_compare(pair, options.runs, chosen),
        **time_network(pair, options.runs, model),
        **fresh_process(pair, chosen),
        **time_help(options.runs),
        "stages_ms": time_stages(pair, options.runs),
    }
    report_limits(result)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")


def page(pair: tuple[Path, Path], minutes: float, json_file: Path | None) -> None:
    """Measure the page; needs Chromium and Playwright."""
    from app_speed import measure_app, report_app  # its parts import this module

    result = measure_app(pair, minutes)
    kept = report_app(result)
    if json_file:
        json_file.write_text(json.dumps(result, indent=1) + "\n")
    sys.exit(0 if kept else 1)


def report_limits(result: dict[str, Any]) -> None:
    """Print which limits are kept."""
    limits = [
        ("compare / decoding both", result["times_decoding"], MAX_TIMES_DECODING, "times"),
        (
            "compare and the page as HTML / decoding both",
            result["times_decoding_with_page"],
            MAX_TIMES_WITH_PAGE,
            "times",
        ),
        ("peak memory", result["peak_mb"], MAX_RSS_MB, "MB"),
        ("skindelta --help / import numpy", result["times_numpy"], MAX_TIMES_NUMPY, "times"),
    ]
    if result["network_ms"] is not None:
        limits.append(("network alone", result["network_ms"], MOST_NETWORK_MS, "ms"))
    print()
    for what, value, limit, unit in limits:
        kept = "kept" if value <= limit else "MISSED"
        print(f"{kept:6}: {what:33} {value:7.2f} {unit}, limit {limit:g}")
    loaded = result["loaded"]
    print(f"{'MISSED' if loaded else 'kept':6}: not loaded: {', '.join(NOT_LOADED)} {loaded or ''}")


def benchmark_pair(folder: Path) -> tuple[Path, Path]:
    """Make the fixed pair, or take what an earlier run made."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for seed, name in enumerate(SOURCES):
        path = folder / f"{SIDE_PX}_{name}"
        if not path.exists():
            path.write_bytes(_twelve_megapixels(PHOTOS / "london" / name, seed))
        paths.append(path)
    for path in paths:
        megabytes = path.stat().st_size / 1e6
        if not FILE_MB[0] <= megabytes <= FILE_MB[1]:
            raise SystemExit(f"{path}: {megabytes:.2f} MB, expected {FILE_MB}; delete it")
        print(f"{path.name}: {SIDE_PX} x {SIDE_PX}, {megabytes:.2f} MB")
    return paths[0], paths[1]


def _twelve_megapixels(source: Path, seed: int) -> bytes:
    """Enlarge, add grain, and save at the quality that gives 3 to 4 MB."""
    pixels = cv2.imread(str(source))
    large = cv2.resize(pixels, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(seed).standard_normal(large.shape, dtype=np.float32)
    grain = cv2.GaussianBlur(grain, (0, 0), 0.6)  # demosaicing correlates neighbours
    grainy = np.clip(large + GRAIN / grain.std() * grain, 0, 255).astype(np.uint8)
    low, high = 60, 99
    while low < high:
        quality = (low + high) // 2
        data = cv2.imencode(".jpg", grainy, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if FILE_MB[0] <= len(data) / 1e6 <= FILE_MB[1]:
            return data
        low, high = (quality + 1, high) if len(data) / 1e6 < FILE_MB[0] else (low, quality)
    raise SystemExit(f"no JPEG quality gives {FILE_MB} MB for {source}")


def time_network(
    pair: tuple[Path, Path], runs: int, model: Model | None
) -> dict[str, float | None]:
    """Time the network by itself, on what it is given of this pair, beside one decoding."""
    if model is None:
        return {"network_ms": None}
    data = np.frombuffer(pair[0].read_bytes(), np.uint8)
    aligned = compare(*pair, Options(model=FORMULA)).aligned
    given = net_input(aligned, change_maps(aligned))
    inputs = {name: getattr(given, name)[None] for name in NETWORK_INPUTS}
    decoding, running = [], []
    for _ in range(runs):
        decoding.append(_seconds(lambda: cv2.imdecode(data, cv2.IMREAD_COLOR)))
        running.append(_seconds(lambda: model.run(inputs)))
    one, own = (1e3 * statistics.median(times) for times in (decoding, running))
    print(f"network {own:.0f} ms, decoding one photo {one:.0f} ms")
    return {"network_ms": own, "decode_one_ms": one}


def time_compare(pair: tuple[Path, Path], runs: int, options: Options) -> dict[str, Any]:
    """Warm comparison against decoding, in turns."""
    data = [np.frombuffer(path.read_bytes(), np.uint8) for path in pair]
    comparison = compare(*pair, options)
    if not comparison.comparable:
        raise SystemExit(f"the benchmark pair is not comparable: {comparison.reasons}")
    comparison_report_html(comparison)
    decoding, comparing, reporting = [], [], []
    for _ in range(runs):
        decoding += [_seconds(lambda: [cv2.imdecode(d, cv2.IMREAD_COLOR) for d in data])]
        comparing += [_seconds(lambda: compare(*pair, options))]
        reporting += [_seconds(lambda: comparison_report_html(comparison))]
    decode, whole, report = (statistics.median(n) for n in (decoding, comparing, reporting))
    print(
        f"decoding both {1e3 * decode:.0f} ms, compare {1e3 * whole:.0f} ms, its page as HTML "
        f"{1e3 * report:.0f} ms (medians of {runs})"
    )
    return {
        "decode_ms": 1e3 * decode,
        "compare_ms": 1e3 * whole,
        "report_ms": 1e3 * report,
        "times_decoding": whole / decode,
        "times_decoding_with_page": (whole + report) / decode,
    }


def _seconds(function: Callable[[], Any]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def time_stages(pair: tuple[Path, Path], runs: int) -> dict[str, float]:
    """Each stage by itself, one photo after the other (compare runs two at a time)."""
    times: dict[str, list[float]] = {}

    def timed(name: str, function: Callable[..., Any], *arguments: Any) -> Any:
        start = time.perf_counter()
        value = function(*arguments)
        times.setdefault(name, []).append(1e3 * (time.perf_counter() - start))
        return value

    for _ in range(runs):
        photos = [timed("read_photo", read_photo, path) for path in pair]
        regions = [timed("find_regions", find_regions, photo) for photo in photos]
        for photo, found in zip(photos, regions, strict=True):
            timed("check_quality", check_quality, photo, found)
        before, after = timed(
            "normalize_pair", normalize_pair, photos[0], regions[0], photos[1], regions[1]
        )
        aligned = timed("align_pair", align_pair, before, after)
        if not isinstance(aligned, AlignedPair):
            raise SystemExit(f"the benchmark pair was not aligned: {aligned}")
        maps = timed("change_maps", change_maps, aligned)
        timed("score_changes", score_changes, aligned, maps)
    medians = {name: statistics.median(values) for name, values in times.items()}
    print("\nstage by stage, ms (read, regions and quality: per photo)")
    for name, value in medians.items():
        print(f"  {name:15} {value:7.1f}")
    return medians


def fresh_process(pair: tuple[Path, Path], options: Options) -> dict[str, Any]:
    """Peak memory of one comparison, and what it loaded."""
    given = [*map(str, pair), options.model]
    command = [sys.executable, "-c", FRESH_PROCESS, *given, *NOT_LOADED]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return dict(json.loads(output.splitlines()[-1]))


def time_help(runs: int) -> dict[str, float]:
    """Wall time of ``skindelta --help`` against importing numpy, in turns."""
    script = Path(sys.executable).with_name("skindelta")
    verb = [str(script)] if script.exists() else [sys.executable, "-m", "skindelta.cli"]
    times: dict[str, list[float]] = {"help": [], "numpy": []}
    for _ in range(runs + 1):
        times["help"].append(_seconds(lambda: _run([*verb, "--help"])))
        times["numpy"].append(_seconds(lambda: _run([sys.executable, "-c", "import numpy"])))
    shown, numpy = (statistics.median(values[1:]) for values in times.values())
    print(f"skindelta --help {1e3 * shown:.0f} ms, import numpy {1e3 * numpy:.0f} ms")
    return {"help_ms": 1e3 * shown, "numpy_ms": 1e3 * numpy, "times_numpy": shown / numpy}


def _run(command: list[str]) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    main()

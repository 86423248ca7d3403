"""How long the page takes: to start, to be ready in a browser, to show a result and a timeline.

Everything is measured in one run on one machine, beside what it cannot be faster than: importing
Gradio, and a warm comparison by the library.
"""

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

import app_load
import history as history_benchmark
from skindelta.contract import comparison_to_dict
from skindelta.pipeline import compare
from skindelta.record import Record

__all__ = ["measure_app", "report_app"]

STARTS = 3
RUNS = 5
LONGEST_MS = 120_000
CHROMIUM = os.environ.get("SKINDELTA_CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
MAX_TIMES_GRADIO = 2.0
MAX_READY_SECONDS = 2.0
MAX_VERDICT_SECONDS = 1.5  # on top of the comparison itself
MAX_TIMELINE_SECONDS = 1.5

Pair = tuple[Path, Path]


def measure_app(pair: Pair, minutes: float) -> dict[str, Any]:
    """Measure start, browser and load; seconds where nothing else is said."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        result = {"gradio": importing_gradio(), "start": statistics.median(starts(folder))}
        result["compare"] = warm_comparison(pair)
        _fill(folder / "record", pair)
        with serving(folder) as (url, _, _):
            result |= in_browser(url, pair)
        with serving(folder) as (url, process, _):
            result["load"] = app_load.load(url, process.pid, minutes)
    return result


def report_app(result: dict[str, Any]) -> bool:
    """Print everything beside each other; tell whether the limits are kept."""
    times_gradio = result["start"] / result["gradio"]
    on_top = result["verdict"] - result["compare"]
    print("\nthe page, seconds (medians)")
    for name, value in (
        ("import gradio", result["gradio"]),
        ("skindelta app: start to first answer", result["start"]),
        ("page ready, first browser after the start", result["ready_first"]),
        ("page ready", result["ready"]),
        ("comparison by the library, warm", result["compare"]),
        ("click to verdict shown", result["verdict"]),
        ("click to verdict less the comparison", on_top),
        ("timeline of 60 sessions: click to chart", result["timeline"]),
    ):
        print(f"  {name:50} {value:7.2f}")
    kept = {
        f"start / import gradio {times_gradio:.2f}, limit {MAX_TIMES_GRADIO:g}": times_gradio
        <= MAX_TIMES_GRADIO,
        f"page ready {result['ready']:.2f} s, limit {MAX_READY_SECONDS:g} s": result["ready"]
        <= MAX_READY_SECONDS,
        f"verdict less the comparison {on_top:.2f} s, limit {MAX_VERDICT_SECONDS:g} s": on_top
        <= MAX_VERDICT_SECONDS,
        f"chart {result['timeline']:.2f} s, limit {MAX_TIMELINE_SECONDS:g} s": result["timeline"]
        <= MAX_TIMELINE_SECONDS,
        "load": app_load.report(result["load"]),
    }
    for what, is_kept in kept.items():
        print(f"{'kept' if is_kept else 'MISSED':6}: {what}")
    return all(kept.values())


def importing_gradio() -> float:
    """Time a fresh process that imports Gradio and does no more."""
    code = "from time import time; start = time(); import gradio; print(time() - start)"
    command = [sys.executable, "-c", code]
    runs = [
        subprocess.run(command, capture_output=True, text=True, check=True).stdout
        for _ in range(STARTS)
    ]
    return statistics.median(map(float, runs))


def starts(folder: Path) -> list[float]:
    """Start the page again and again; seconds from the command to the first answer."""
    taken = []
    for _ in range(STARTS):
        with serving(folder) as (_, _, seconds):
            taken.append(seconds)
    return taken


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes], float]]:
    """Run ``skindelta app``; give its address, its process and how long it took to answer."""
    port = _free_port()
    verb = Path(sys.executable).with_name("skindelta")
    command = [str(verb), "app", "--port", str(port)]
    start = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--record", str(folder / "record")],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process)
        yield url, process, time.perf_counter() - start
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def warm_comparison(pair: Pair) -> float:
    """Time the library on the pair."""
    compare(*pair)
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        compare(*pair)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def in_browser(url: str, pair: Pair) -> dict[str, float]:
    """Measure what a person waits for, in Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        ready = [_ready(browser, url) for _ in range(RUNS + 1)]
        verdicts = [_verdict(browser, url, pair) for _ in range(RUNS + 1)][1:]
        timeline = statistics.median(_timeline(browser, url) for _ in range(STARTS))
        browser.close()
    return {
        "ready_first": ready[0],
        "ready": statistics.median(ready[1:]),
        "verdict": statistics.median(verdicts),
        "timeline": timeline,
    }


def _ready(browser: Any, url: str) -> float:
    """Open the page in a browser without anything in its cache, until its button can be pressed."""
    context = browser.new_context()
    page = context.new_page()
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector("#compare:enabled", timeout=LONGEST_MS)
    taken = time.perf_counter() - start
    context.close()
    return taken


def _verdict(browser: Any, url: str, pair: Pair) -> float:
    """Time from the click to the verdict, in the browser's own clock, on a page of its own."""
    page = browser.new_page()
    page.goto(url)
    for side, photo in zip(("before", "after"), pair, strict=True):
        page.set_input_files(f"#{side}-file input[type=file]", str(photo), timeout=LONGEST_MS)
        page.wait_for_selector(f"#{side}-check .sd-status", timeout=LONGEST_MS)
    taken = page.evaluate(CLICK_TO_VERDICT, LONGEST_MS) / 1000
    page.close()
    return float(taken)


CLICK_TO_VERDICT = """(longest) => new Promise((done, failed) => {
    const start = performance.now();
    const look = () => {
        const taken = performance.now() - start;
        if (document.querySelector('.sd-verdict')?.offsetHeight > 0) done(taken);
        else if (taken > longest) failed(new Error('no verdict'));
        else requestAnimationFrame(look);
    };
    document.querySelector('#compare').click();
    look();
})"""


def _timeline(browser: Any, url: str) -> float:
    """Open the page of the only person, who has 60 sessions, until the chart is there."""
    page = browser.new_page()
    page.goto(url)
    page.wait_for_selector("#compare:enabled", timeout=LONGEST_MS)
    start = time.perf_counter()
    page.get_by_role("tab", name="Timeline").click(timeout=LONGEST_MS)
    page.wait_for_selector("#chart svg", timeout=LONGEST_MS)
    taken = time.perf_counter() - start
    page.close()
    return taken


def _fill(folder: Path, pair: Pair) -> None:
    with Record(folder) as record:
        history_benchmark.fill(record, pair, comparison_to_dict(compare(*pair)))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        try:
            httpx.get(url, trust_env=False, timeout=60)
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return
    raise SystemExit("the page ended before it answered")

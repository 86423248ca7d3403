"""Eight visitors of the page at once: mistakes, mixed-up results, comparisons a minute, memory.

Each visitor has a browser of its own and photos of another person. Again and again it opens a tab,
uploads two photos, compares them, fetches the result as data, holds it against the library's, and
closes the tab. Memory is that of the server, from the system's own count.
"""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app_client import Tab
from injections import PHOTOS
from skindelta.contract import comparison_to_dict
from skindelta.pipeline import compare

__all__ = ["Outcome", "expected_of", "load", "pairs", "rss_mb"]

VISITORS = 8
EVERY_SECONDS = 0.25
SWEPT_SECONDS = 60.0  # a closed tab may come back for 20 s, and memory goes back every 30 s
MOST_LEFT = 1.2  # times the memory after warming up

Pair = tuple[Path, Path]


@dataclass
class Outcome:
    """What the visitors met with."""

    done: int = 0
    errors: list[str] = field(default_factory=list)
    mixed_up: int = 0
    seconds: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def load(url: str, pid: int, minutes: float, visitors: int = VISITORS) -> dict[str, Any]:
    """Let visitors compare for some minutes; return counts and memory."""
    chosen = pairs(visitors)
    expected = [expected_of(pair) for pair in chosen]
    outcome = Outcome()
    _all_at_once(url, chosen, expected, outcome, lambda done: done < 1)
    _settle(pid)
    before = rss_mb(pid)
    warm, peak, stopped = outcome.done, [before], threading.Event()
    watching = threading.Thread(target=_watch, args=(pid, peak, stopped))
    watching.start()
    start = time.monotonic()
    _all_at_once(url, chosen, expected, outcome, lambda _: time.monotonic() - start < 60 * minutes)
    lasted = time.monotonic() - start
    stopped.set()
    watching.join()
    _settle(pid)
    times = sorted(outcome.seconds[warm:])
    return {
        "visitors": visitors,
        "minutes": lasted / 60,
        "comparisons": outcome.done - warm,
        "comparisons_per_minute": 60 * (outcome.done - warm) / lasted,
        "errors": len(outcome.errors),
        "first_errors": outcome.errors[:3],
        "mixed_up": outcome.mixed_up,
        "median_seconds": times[len(times) // 2] if times else None,
        "longest_seconds": times[-1] if times else None,
        "rss_before_mb": before,
        "rss_peak_mb": max(peak),
        "rss_after_mb": rss_mb(pid),
    }


def pairs(count: int) -> list[Pair]:
    """Return photos of so many people, neutral and smiling."""
    folder = PHOTOS / "london"
    neutral = sorted(folder.glob("*_neutral.jpg"))[:count]
    return [(one, one.with_name(one.name.replace("neutral", "smiling"))) for one in neutral]


def expected_of(pair: Pair) -> list[Any]:
    """Return the scores that the library gives a pair."""
    return list(comparison_to_dict(compare(*pair))["scores"])


def rss_mb(pid: int) -> float:
    """Return the resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def report(result: dict[str, Any]) -> bool:
    """Print what came out; tell whether it is as it must be."""
    print(
        f"\nload: {result['visitors']} visitors for {result['minutes']:.1f} minutes: "
        f"{result['comparisons']} comparisons ({result['comparisons_per_minute']:.0f} a minute), "
        f"{result['errors']} errors, {result['mixed_up']} mixed up; one took "
        f"{result['median_seconds']:.1f} s (median), {result['longest_seconds']:.1f} s at most"
    )
    print(
        f"memory of the server: {result['rss_before_mb']:.0f} MB after warming up, "
        f"{result['rss_peak_mb']:.0f} MB at most, {result['rss_after_mb']:.0f} MB after all left"
    )
    for error in result["first_errors"]:
        print(f"  {error}")
    left = result["rss_after_mb"] / result["rss_before_mb"]
    return not result["errors"] and not result["mixed_up"] and left <= MOST_LEFT


def _all_at_once(
    url: str,
    chosen: list[Pair],
    expected: list[list[Any]],
    outcome: Outcome,
    goes_on: Callable[[int], bool],
) -> None:
    threads = [
        threading.Thread(target=_visitor, args=(url, pair, scores, outcome, goes_on))
        for pair, scores in zip(chosen, expected, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _visitor(
    url: str, pair: Pair, scores: list[Any], outcome: Outcome, goes_on: Callable[[int], bool]
) -> None:
    """One person, who compares until it is enough."""
    done = 0
    with Tab(url) as browser:
        while goes_on(done):
            start = time.monotonic()
            try:
                with Tab(url, browser.client) as tab:
                    found = compared(tab, pair)
            except Exception as error:  # every one is counted, whatever it is
                with outcome.lock:
                    outcome.errors.append(f"{type(error).__name__}: {error}")
            else:
                with outcome.lock:
                    outcome.mixed_up += found != scores
                    outcome.done += 1
                    outcome.seconds.append(time.monotonic() - start)
            done += 1


def compared(tab: Tab, pair: Pair) -> list[Any]:
    """Bring two photos, compare them, and return the scores that can be downloaded."""
    for side, photo in zip(("before", "after"), pair, strict=True):
        tab.fire(f"{side}-file", "upload", {f"{side}-file": tab.upload(photo)})
    (shown,) = tab.fire("compare", "click")
    address = re.search(r'href="(/skindelta/kept/[^"]+\.json)"', shown["downloads"])
    if address is None:
        raise RuntimeError(f"no result: {shown['status'][:300]}")
    answer = tab.client.get(address[1])
    answer.raise_for_status()
    return list(answer.json()["scores"])


def _watch(pid: int, peak: list[float], stopped: threading.Event) -> None:
    while not stopped.wait(EVERY_SECONDS):
        peak[0] = max(peak[0], rss_mb(pid))


def _settle(pid: int) -> None:
    """Wait until what closed tabs left is gone."""
    time.sleep(SWEPT_SECONDS)

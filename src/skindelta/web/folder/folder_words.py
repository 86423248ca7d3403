"""The page Folder in words: how far a run is, its summary, its table, its downloads, as HTML."""

import json
from collections.abc import Iterable, Sequence
from html import escape
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ...attributes import ATTRIBUTES
from ...batch import Row
from ...contract import ROW_FIELDS
from ...export import write_table
from ...pipeline import Options
from ...plain_words import (
    BASIS_IN_SHORT,
    REFERENCE,
    VERDICT_CLASS,
    ended,
    region_words,
    sentence,
)
from ...report import FolderResults, folder_report_html, folder_results
from ...terminal import figures
from ...types import Score
from ..fresh import fresh
from ..serving.visitors import Visit
from .scoring import State, Understood

__all__ = [
    "downloads",
    "found_html",
    "read_rows",
    "said_html",
    "save_rows",
    "status_html",
    "summary_html",
    "table_html",
    "wrong_html",
]

MOST_SHOWN = 4000  # rows of the table: a browser still sorts them at once
MOST_NAMES = 8  # of photos that failed for one reason
VERDICTS = tuple(VERDICT_CLASS)
LABELS = {about.name: about.label for about in ATTRIBUTES}
PAGE_WORDS = {
    "use --close-up": 'tick "Close-up" in the options',
    "move it away": "take its tick away",
    "name it YYYY-MM-DD": "type its date into the table",
}
NO_PARQUET = "A table as Parquet needs the extra “parquet” where skindelta is installed."


def found_html(understood: Understood) -> str:
    """Say what was understood of the uploads."""
    many = len(understood.photos)
    people = len({one.subject for one in understood.photos})
    kind = "good" if many else "bad"
    title = ""
    if many:
        who = f"{people} {'person' if people == 1 else 'people'}"
        title = f"<strong>{_many(many, 'photo')} of {who}.</strong> "
        title += "Check whose they are and when they were taken, then score them."
    return _box(kind, title, understood.sentences)


def said_html(text: str) -> str:
    """Say one sentence."""
    return f'<div class="sd-status">{escape(ended(text))}</div>'


def wrong_html(sentences: Sequence[str]) -> str:
    """Say what is wrong in the table."""
    return _box("bad", "<strong>Nothing was scored yet.</strong>", sentences)


def status_html(state: State, seconds: float) -> str:
    """Say how far a run is."""
    failed = f", {state.failures} could not be scored" if state.failures else ""
    if state.ended:
        if state.done < state.photos:
            text = f"Stopped: {state.done} of {_many(state.photos, 'photo')} done"
        else:
            text = f"Done: {_many(state.photos, 'photo')} in {_duration(seconds)}"
        kind = "good" if state.done > state.failures else "bad"
        return _box(kind, f"<strong>{text}{failed}.</strong>", map(_sentence, state.notes))
    rate = ""
    if state.done and seconds > 0:
        speed = state.done / seconds
        left = (state.photos - state.done) / speed
        rate = f" · {speed:.1f} photos a second · about {_duration(left)} left"
    return (
        f'<div class="sd-status"><label class="sd-run">{state.done} of '
        f"{_many(state.photos, 'photo')}{failed}{rate}"
        f'<progress value="{state.done}" max="{max(state.photos, 1)}"></progress></label></div>'
    )


def summary_html(rows: Sequence[Row]) -> str:
    """How many photos have each verdict, and which could not be scored and why."""
    results = folder_results(rows)
    head = "".join(f'<th scope="col">{verdict}</th>' for verdict in VERDICTS)
    lines = []
    for label, counts in results.counts:
        cells = "".join(
            f'<td data-head="{verdict}" class="{VERDICT_CLASS[verdict] if count else "sd-none"}">'
            f"{count}</td>"
            for verdict, count in zip(VERDICTS, counts, strict=True)
        )
        lines.append(f'<tr><th scope="row">{escape(label)}</th>{cells}</tr>')
    table = (
        '<table class="sd-counts"><caption>Photos by verdict of the whole face or close-up, each '
        "against the first of the same person</caption>"
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    )
    compared = table if results.compared else '<p class="sd-note">No two photos were compared.</p>'
    return f"<h2>Results</h2>{compared}{_lone(results)}{_failures(results)}"


def table_html(rows: Sequence[Row], every_region: bool = False) -> str:
    """Return the scores as a table that can be sorted and filtered.

    Parameters
    ----------
    rows : sequence of dict
    every_region : bool
        False: one line a photo and attribute, what the whole says.
    """
    lines = []
    for subject in folder_results(rows).subjects:
        for photo in subject.photos:
            for score in photo.scores if every_region else photo.headlines:
                lines.append(_line(subject.name, photo.name, photo.taken_at, score))
    if not lines:
        return ""
    captions = [
        ("person", "text"),
        ("photo", "text"),
        ("attribute", "text"),
        ("change", "number"),
        ("95 % interval", ""),
        ("detectable from", "number"),
        ("verdict", "text"),
    ]
    head = "".join(
        f'<th scope="col" data-sort="{kind}"{" aria-sort=none" if kind else ""}>{name}</th>'
        for name, kind in captions
    )
    cut = ""
    if len(lines) > MOST_SHOWN:
        cut = (
            f'<p class="sd-note">The first {MOST_SHOWN} of {len(lines)} lines are shown; the '
            "downloads hold all of them.</p>"
        )
    return fresh(
        f'<sd-scores><div class="sd-scroll" tabindex="0" role="region" aria-label="Scores">'
        f'<table class="sd-scores"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines[:MOST_SHOWN])}</tbody></table></div></sd-scores>{cut}"
    )


def save_rows(visit: Visit, rows: Sequence[Row]) -> str:
    """Keep rows for the next click, and return where."""
    kept = visit.place("rows.json")
    kept.path.write_text(json.dumps(list(rows), allow_nan=False), encoding="utf-8")
    return str(kept.path)


def read_rows(path: str) -> list[Row]:
    """Read kept rows; none once they were deleted."""
    try:
        rows: list[Row] = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return rows


def downloads(
    visit: Visit, rows: Sequence[Row], options: Options, beside: Sequence[str] = ()
) -> str:
    """Write the tables and the report, and return links to them.

    Parameters
    ----------
    visit : Visit
    rows : sequence of dict
    options : Options
    beside : sequence of str
        What the report says of the run.
    """
    csv = visit.place("skindelta-scores.csv")
    write_table(csv.path, [dict(row) for row in rows] or [dict.fromkeys(ROW_FIELDS)])
    page = folder_report_html(rows, _made_with(options), beside)
    report = visit.keep(page.encode(), "skindelta-folder-report.html")
    links = [_link(csv.url, "Scores (CSV)"), _link(report, "Report (HTML)")]
    note = "Save what you need: it is deleted here when the page is closed, or after an hour."
    if find_spec("pyarrow") is None:
        note = f"{note} {NO_PARQUET}"
    else:
        links.insert(1, _link(_parquet(visit, rows), "Scores (Parquet)"))
    return f'<p class="sd-links">{" ".join(links)}</p><p class="sd-note">{note}</p>'


def _parquet(visit: Visit, rows: Sequence[Row]) -> str:
    import pandas as pd  # type: ignore[import-untyped]

    numbers = ("value", "low", "high", "sdc", "protocol_level")
    table = pd.DataFrame([dict(row) for row in rows], columns=list(ROW_FIELDS))
    kinds = {name: "float64" if name in numbers else "string" for name in ROW_FIELDS}
    kept = visit.place("skindelta-scores.parquet")
    table.astype(kinds).to_parquet(kept.path, index=False)
    return kept.url


def _made_with(options: Options) -> dict[str, Any]:
    colors = "the best that both photos share"
    if options.reference != "auto":
        colors = REFERENCE[options.reference]
    return {
        "skindelta": version("skindelta"),
        "model": options.model,
        "colors matched by": colors,
        "close-up": options.close_up,
    }


def _line(subject: str, photo: str, taken_at: str, score: Score) -> str:
    """One score as a row; what is sorted by stands in `data-value`."""
    numbers = figures(score)
    verdict = score.verdict or "not measurable"
    told: str = verdict
    if score.value is None:
        told = f"{verdict}: {_sentence(score.reason or '')}"
    what = LABELS.get(score.attribute, score.attribute)
    where = f"{region_words(score.region)}, {BASIS_IN_SHORT[score.basis]}"
    unit = f" {escape(score.unit)}"
    cells = (
        _cell("photo", f"{escape(taken_at[:10])} {_soft(photo)}", f"{taken_at} {photo}"),
        _cell("attribute", f"{escape(what)} {_soft(where)}", f"{what} {where}"),
        _cell("change", numbers.change and numbers.change + unit, _plain(score.value)),
        _cell("95 % interval", escape(numbers.interval)),
        _cell(
            "detectable from", numbers.detectable and numbers.detectable + unit, _plain(score.sdc)
        ),
        _cell("verdict", escape(told), verdict),
    )
    return (
        f'<tr class="sd-{VERDICT_CLASS[verdict]}" data-attribute="{escape(what)}" '
        f'data-verdict="{verdict}"><th scope="row" data-value="{escape(subject)}">'
        f"{escape(subject)}</th>{''.join(cells)}</tr>"
    )


def _cell(head: str, html: str, value: str | None = None) -> str:
    sorted_by = "" if value is None else f' data-value="{escape(value)}"'
    return f'<td data-head="{head}"{sorted_by}>{html}</td>'


def _soft(text: str) -> str:
    return f'<span class="sd-soft">{escape(text)}</span>'


def _plain(value: float | None) -> str:
    return "" if value is None else repr(float(value))


def _lone(results: FolderResults) -> str:
    alone = [one.name for one in results.subjects if one.lone]
    if not alone:
        return ""
    told = f"Only one photo so far, nothing to compare: {', '.join(alone)}."
    return f'<p class="sd-note">{escape(told)}</p>'


def _failures(results: FolderResults) -> str:
    """Why photos failed, each reason once."""
    if not results.failures:
        return ""
    items = []
    for reason, names in results.failures_by_reason:
        more = len(names) - MOST_NAMES
        listed = ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
        items.append(
            f"<li><strong>{_many(len(names), 'photo')}</strong>: {escape(_sentence(reason))} "
            f'<span class="sd-soft">{escape(listed)}</span></li>'
        )
    return (
        '<div class="sd-status sd-bad sd-failures"><strong>Could not be scored</strong>'
        f"<ul>{''.join(items)}</ul></div>"
    )


def _box(kind: str, title: str, sentences: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(ended(text))}</li>" for text in sentences)
    listed = f"<ul>{items}</ul>" if items else ""
    return f'<div class="sd-status sd-{kind}">{title}{listed}</div>'


def _sentence(text: str) -> str:
    """Say by the words of the page what is said of options and folders elsewhere."""
    for theirs, ours in PAGE_WORDS.items():
        text = text.replace(theirs, ours)
    return sentence(text)


def _link(url: str, text: str) -> str:
    return f'<a class="sd-download" href="{escape(url)}" download>{text}</a>'


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _duration(seconds: float) -> str:
    return f"{max(seconds, 1):.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"

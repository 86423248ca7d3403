"""What the latest session says, what deserves a second look, and what is usual now."""

from html import escape

from ...history import Timeline
from ...plain_words import sentence
from ...recovery import NOT_A_DIAGNOSIS
from ...report.course import ONE_SESSION, no_flag_words
from ...report.course_words import (
    FlagWords,
    Headline,
    cited,
    flag_words,
    flags_title,
    headline,
    next_words,
    shown_series,
)
from ...report.shapes import interval_drawing
from ..drawings import svg

__all__ = ["flags_html", "latest_html", "next_html"]

NO_SESSION = (
    "There is no session yet. Add the first photos below: later sessions are held against them."
)


def latest_html(timeline: Timeline) -> str:
    """Return one card an attribute: the latest session against the baseline, and the trend."""
    if not timeline.sessions:
        return f'<div class="sd-status">{NO_SESSION}</div>'
    found = (headline(timeline, series) for series in shown_series(timeline))
    cards = "".join(map(_card, (one for one in found if one is not None)))
    if not cards:
        return f'<h2>Latest</h2><div class="sd-status">{ONE_SESSION}</div>'
    return f'<h2>Latest</h2><div class="sd-cards">{cards}</div>'


def flags_html(timeline: Timeline) -> str:
    """Return what was noticed, the most urgent first."""
    if not timeline.sessions and not timeline.symptoms and not timeline.treatments:
        return ""
    flags = flag_words(timeline)
    title = flags_title(flags)
    told = f'<p class="sd-note">{NOT_A_DIAGNOSIS}</p>'
    if not flags:
        return f"<h2>{title}</h2><p>{no_flag_words(timeline)}</p>{told}"
    items = "".join(map(_flag, flags))
    return f'<h2>{title}</h2><ul class="sd-noticed-all">{items}</ul>{told}'


def next_html(timeline: Timeline) -> str:
    """Return what is usual now, what to do, when photos can show a result, and the sources."""
    now, lists = next_words(timeline)
    parts = [f"<p>{escape(now)}</p>"]
    for title, texts in lists:
        items = "".join(f"<li>{escape(text)}</li>" for text in texts)
        parts.append(f"<section><h3>{escape(title)}</h3><ul>{items}</ul></section>")
    sources = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(about)}</dd>" for name, about in cited(timeline)
    )
    if sources:
        parts.append(f'<h3>Sources</h3><dl class="sd-details">{sources}</dl>')
    return f'<div class="sd-next">{"".join(parts)}</div>'


def _card(one: Headline) -> str:
    line = one.line
    drawn = "" if line.interval is None else svg(interval_drawing(line.interval, line.kind), "")
    amount = f" {line.amount}" if line.amount else ""
    return (
        f'<section class="sd-card"><h3>{escape(one.label)}</h3><div class="sd-line sd-{line.kind}">'
        f'<p class="sd-basis">{escape(line.basis)}</p>'
        f'<p class="sd-verdict">{escape(sentence(line.claim + amount))}</p>{drawn}'
        f'<p class="sd-numbers">{escape(line.text)}</p></div>'
        f'<p class="sd-note">{escape(one.about)}</p><p class="sd-note">{escape(one.trend)}</p>'
        "</section>"
    )


def _flag(flag: FlagWords) -> str:
    source = f" · source: {escape(flag.sources)}" if flag.sources else ""
    return (
        f'<li class="sd-noticed sd-{flag.level}"><p><strong>{flag.urgency}</strong> '
        f'{escape(flag.text)}</p><p class="sd-note">{flag.days}{source}</p></li>'
    )

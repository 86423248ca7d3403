"""A model as HTML: whose it is, what it gives, and whether it is better than what it came from.

Everything is read from the card, which the user may have written: what is odd in it is left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from html import escape
from typing import Any

from ...attributes import ATTRIBUTES
from ...learning.evaluate import WHOLE
from ...learning.scales import SCALES
from ...learning.verdicts import Gain
from ...pipeline import CURRENT, FORMULA, Options
from ...plain_words import BASIS_IN_SHORT, REFERENCE, sentence
from ..tables import fact_table, pairs
from ..words import notice
from .choosing import InUse, Known
from .curves import learning_curve_html

__all__ = [
    "against_html",
    "card_html",
    "comparison_html",
    "gives",
    "in_use_html",
    "label_of",
    "who_may_html",
]

SHORT = 12  # characters of a digest: enough to tell models apart
LABELS = {about.name: about.label for about in ATTRIBUTES}
VERDICTS = {
    "better": "better",
    "not distinguishable": "no difference can be told",
    "worse": "worse",
    "too few labels": "too few labels to tell",
}
HEADLINES = {
    "better": "It reads people it never learnt from nearer to their labels than before.",
    "not distinguishable": "It cannot be told from the model that it came from: using it would "
    "move numbers for nothing.",
    "worse": "It is worse than the model that it came from.",
    "too few labels": "Whether it is better cannot be told: too few labels are of people that "
    "were held out.",
}
BOX = {"better": "sd-good", "worse": "sd-bad"}
STYLES = {"better": "sd-improved", "worse": "sd-worse"}
HEADS = (
    "what is read",
    "error before",
    "error now",
    "nearer by [95 % interval]",
    "from",
    "verdict",
)
ABOUT_ERRORS = (
    "How far readings are off, before and after retraining; smaller is better. Errors on labels "
    "count in how far the old model was off on the people learnt from: 1 is as far as that. "
    "“Nearer by” above 0 means that the new one is nearer; only where the whole interval is above "
    "or below 0 do we say better or worse."
)
ABOUT_FROZEN = (
    "The frozen benchmark is generated skin with known changes, the same for everybody: a model "
    "that got worse there has forgotten something. It shows no faces."
)
PARTS = {"learn": "to learn from", "stop": "to stop by", "held out": "held out"}


def in_use_html(now: InUse, known: Iterable[Known], options: Options) -> str:
    """Say which model measures, whose it is and since when."""
    told = []
    if options.model == FORMULA:
        told.append(notice("This page was started with --model formula: no network measures here"))
    elif options.model != CURRENT:
        told.append(
            notice(
                f"This page was started with --model {options.model}, and measures by that, "
                "whatever is in use"
            )
        )
    if now.trouble:
        return "".join(told) + notice(sentence(now.trouble), "bad")
    rows = [("Model", now.model.replace("@", " "))]
    for one in known:
        if one.model == now.model:
            rows += [
                ("From", _origin(one)),
                ("Digest", f"{one.digest[:SHORT]}, which tells it from any other"),
            ]
    if now.since is not None:
        rows.append(("In use since", f"{now.since:%Y-%m-%d}"))
    if now.reason:
        rows.append(("Used because", now.reason))
    return "".join(told) + pairs(rows)


def card_html(one: Known) -> str:
    """Show a model: whose, what it gives, what it learnt from, and how it compares."""
    card = one.card
    rows = [
        ("Model", f"{card.name} {card.version}"),
        ("From", _origin(one)),
        ("Digest", f"{one.digest[:SHORT]}, which tells it from any other"),
        *_learnt_from(card.data),
    ]
    parts = [pairs(rows), _gives_html(one)]
    if _is_retrained(one):
        parts.append(comparison_html(card.metrics))
    elif one.is_own:
        parts.append(_note("Its card does not say how it compares with what it came from."))
    else:
        parts.append(_note("What it learnt from, and its figures, are on the page About."))
    parts.append(_note(f"Limits: {card.limits}"))
    return "".join(parts)


def comparison_html(metrics: Mapping[str, Any]) -> str:
    """Show how a retrained model does beside the one it came from, with intervals."""
    held_out, tones, frozen = (_gains(metrics.get(k)) for k in ("held_out", "tones", "benchmark"))
    if WHOLE not in held_out or WHOLE not in frozen:
        return notice("It was never held against the model that it came from")
    verdict = str(metrics.get("verdict", held_out[WHOLE].verdict))
    groups = {
        "People it never learnt from": [*_rows(held_out, "people", "all their labels")],
        "The same, by skin tone": [*_rows(tones, "people", "")],
        "Frozen benchmark": [*_rows(frozen, "scenes", "all of it")],
    }
    curve = metrics.get("curve")
    return (
        f'<div class="sd-status {BOX.get(verdict, "")}"><strong>Is it better?</strong> '
        f"{escape(HEADLINES.get(verdict, verdict))}</div>"
        f"{fact_table(HEADS, {k: rows for k, rows in groups.items() if rows}, _styles(groups))}"
        f"{_note(ABOUT_ERRORS)}{_note(ABOUT_FROZEN)}"
        f"{learning_curve_html(curve) if isinstance(curve, list) else ''}"
    )


def against_html(reasons: Iterable[str]) -> str:
    """Say what speaks against using a model; nothing where nothing does."""
    items = "".join(f"<li>{escape(sentence(one))}</li>" for one in reasons)
    if not items:
        return ""
    return (
        f'<div class="sd-status sd-bad"><strong>Better keep what is in use.</strong><ul>{items}'
        "</ul></div>"
    )


def who_may_html(signs_in: bool) -> str:
    """Say who chooses and trains, and for whom."""
    who = "Whoever is signed in" if signs_in else "Whoever sits at this machine"
    return _note(
        f"{who} can train and choose. One model is in use for everybody; what was measured before "
        "keeps the model that measured it, and nothing is deleted."
    )


def label_of(one: Known, used: str) -> str:
    """Return how a model is called in a list."""
    told = [f"{one.card.name} {one.card.version}"]
    told.append("your own" if one.is_own else "comes with skindelta")
    verdict = VERDICTS.get(str(one.card.metrics.get("verdict", ""))) if one.is_own else None
    told += [verdict] if verdict else []
    return " · ".join([*told, *(["in use"] if one.model == used else [])])


def gives(output: Mapping[str, Any]) -> list[str]:
    """Return what a network gives, by attribute, in words."""
    found: dict[tuple[str, str], list[str]] = {}
    for kind in output.get("scores", ()):
        name, basis, reference = [*str(kind).split(), "", "", ""][:3]
        if name in LABELS and basis in BASIS_IN_SHORT and reference in REFERENCE:
            found.setdefault((name, basis), []).append(reference)
    return [
        f"{LABELS[name]} {BASIS_IN_SHORT[basis]}, "  # type: ignore[index]
        f"colors matched by {_or([_matched(one) for one in references])}"
        for (name, basis), references in found.items()
    ]


def _gives_html(one: Known) -> str:
    told = gives(one.card.output)
    items = "".join(f"<li>{escape(text)}</li>" for text in told)
    return (
        '<details class="sd-model-gives"><summary>What it gives: '
        f"{_count(len(told), 'kind')} of score</summary>"
        f'<ul class="sd-list">{items}</ul><p class="sd-note">All others come from formulas.</p>'
        "</details>"
    )


def _matched(reference: str) -> str:
    return REFERENCE[reference].partition(" (")[0].partition(":")[0]  # type: ignore[index]


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _origin(one: Known) -> str:
    if not one.is_own:
        return "comes with skindelta"
    base = one.card.data.get("base")
    if not base:
        return "your own"
    at = str(one.card.data.get("trained_at", ""))[:10]
    return f"your own, retrained from {str(base).replace('@', ' ')}" + (f" on {at}" if at else "")


def _learnt_from(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    parts = data.get("parts")
    if isinstance(parts, Mapping):
        told = [
            f"{part.get('labels')} of {_count(part.get('people'), 'person', 'people')} {words}"
            for name, words in PARTS.items()
            if isinstance(part := parts.get(name), Mapping)
        ]
        yield "Labels", "; ".join(told)
    if "raters" in data:
        yield "Labelled by", _count(data["raters"], "rater")


def _is_retrained(one: Known) -> bool:
    return one.is_own and "base" in one.card.data


def _gains(told: Any) -> dict[str, Gain]:
    """Read gains from a card: TOML leaves out what is not known."""
    if not isinstance(told, Mapping):
        return {}
    names = [one.name for one in fields(Gain)]
    found = {}
    for key, of in told.items():
        if isinstance(of, Mapping) and of.get("verdict") in VERDICTS:
            found[str(key)] = Gain(**{name: of.get(name) for name in names})  # type: ignore[arg-type]
    return found


def _rows(gains: Mapping[str, Gain], who: str, whole: str) -> Iterator[list[str]]:
    for name, gain in gains.items():
        if gain.rows:
            yield [whole if name == WHOLE else _named(name), *_cells(gain, who)]


def _named(name: str) -> str:
    """Return what is read in words: a map, a scale for an attribute, or a group of skin tone."""
    first, _, rest = name.partition(" ")
    if first in LABELS and rest in BASIS_IN_SHORT:
        return f"{LABELS[first]} {BASIS_IN_SHORT[rest]}"  # type: ignore[index]
    scale, _, last = name.rpartition(" ")
    if last in LABELS:
        return f"{LABELS[last]}: {SCALES[scale].label if scale in SCALES else scale}"
    return name


def _cells(gain: Gain, who: str) -> list[str]:
    nearer = "–"
    if gain.gain is not None and gain.low is not None and gain.high is not None:
        nearer = f"{gain.gain:+.2f} [{gain.low:+.2f}, {gain.high:+.2f}]"
    each = "changes" if who == "scenes" else "labels"
    return [
        _number(gain.base),
        _number(gain.new),
        nearer,
        f"{gain.rows} {each}, {gain.people} {who}",
        _verdict(gain, who),
    ]


def _verdict(gain: Gain, who: str) -> str:
    said = VERDICTS[gain.verdict]
    if gain.verdict in STYLES or not gain.more_people:
        return said
    return f"{said}; about {gain.more_people} {who} more would"


def _styles(groups: Mapping[str, Iterable[list[str]]]) -> dict[str, str]:
    """Return the style of each verdict that is one."""
    said = {row[-1] for rows in groups.values() for row in rows}
    return {VERDICTS[v]: style for v, style in STYLES.items() if VERDICTS[v] in said}


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _count(number: Any, one: str, more: str = "") -> str:
    return f"{number} {one if number == 1 else more or f'{one}s'}"


def _note(text: str) -> str:
    return f'<p class="sd-note">{escape(text)}</p>'

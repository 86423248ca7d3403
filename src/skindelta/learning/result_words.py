"""An evaluation in plain words: for the terminal, the page and the card."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .evaluate import WHOLE, Evaluation
from .verdicts import Gain

__all__ = ["headline", "readme_of", "sentences_of"]

_VERDICTS = {
    "better": "The new model reads held-out people nearer than the one it came from.",
    "not distinguishable": "The new model is not distinguishable from the one it came from.",
    "worse": "The new model is worse than the one it came from.",
    "too few labels": "There are too few labels of held-out people to tell.",
}


def headline(evaluation: Evaluation) -> str:
    """Return the verdict in one sentence."""
    return _VERDICTS[evaluation.verdict]


def sentences_of(evaluation: Evaluation) -> Iterator[str]:
    """Say what both models read, of which people, and what would tell more."""
    yield headline(evaluation)
    yield f"Held-out people: {told(evaluation.held_out[WHOLE])}"
    for link, gain in evaluation.held_out.items():
        if link != WHOLE:
            yield f"  {link}: {told(gain)}"
    for tone, gain in evaluation.tones.items():
        yield f"  {tone} skin: {told(gain)}"
    yield f"Frozen benchmark, generated skin: {told(evaluation.benchmark[WHOLE], 'scenes')}"
    for name, gain in evaluation.benchmark.items():
        if name != WHOLE and gain.verdict == "worse":
            yield f"  {name}: {told(gain, 'scenes')}"


def told(gain: Gain, who: str = "people") -> str:
    """Return one gain with its figures."""
    if gain.rows == 0:
        return "no labels"
    figures = f"error {gain.base:.3g} before, {gain.new:.3g} now"
    count = f"{gain.rows} labels of {gain.people} {who}"
    if gain.gain is None:
        return f"too few to tell ({count}; about {gain.more_people} {who} more); {figures}"
    more = ""
    if gain.verdict == "not distinguishable" and gain.low is not None and gain.low > 0:
        more = f'; but "no change" for everybody is as near (error {gain.nothing:.3g})'
    elif gain.verdict == "not distinguishable":
        more = (
            f"; about {gain.more_people} {who} more would tell"
            if gain.more_people
            else "; no number of labels would tell a gain this small"
        )
    interval = f"nearer by {gain.gain:.3g} [{gain.low:.3g}, {gain.high:.3g}]"
    return f"{gain.verdict}; {figures}; {interval}, {count}{more}"


def readme_of(
    card: Mapping[str, Any], evaluation: Evaluation, curve: Sequence[tuple[int, float, float]]
) -> str:
    """Return the human half of the card of a retrained model."""
    data = card["data"]
    parts = ", ".join(
        f"{count['labels']} labels of {count['people']} people {_PARTS[part]}"
        for part, count in data["parts"].items()
    )
    lines = [
        f"# {card['name']} {card['version']}",
        "",
        f"Retrained from {data['base']} on labelled photos of one user: {parts}; "
        f"{_raters(data['raters'])}. {headline(evaluation)}",
        "",
        "Made for the camera, the people and the question of these labels, and for nothing else. "
        "Not a medical device.",
        "",
        "## Is it better?",
        "",
        "Errors count in the noise of the labels (of what the base is off by on people learnt "
        "from); each person has one vote; intervals are 95 %. Both models were given links of "
        "their own from units to grades, from the same people.",
        "",
        *(f"- {line.strip()}" for line in list(sentences_of(evaluation))[1:]),
        "",
        "The frozen benchmark is generated skin: no faces, no hair, no expression, one surface.",
        "",
    ]
    if curve:
        lines += [
            "## With fewer labels",
            "",
            "| labels | error before | error now |",
            "|---|---|---|",
        ]
        lines += [f"| {count} | {base:.3g} | {new:.3g} |" for count, base, new in curve]
        lines += [""]
    lines += ["## What it gives", "", *(f"- {kind}" for kind in card["output"]["scores"]), ""]
    return "\n".join(lines)


_PARTS = {"learn": "to learn from", "stop": "to stop by", "held out": "held out"}


def _raters(count: int) -> str:
    return f"{count} rater" + ("" if count == 1 else "s")

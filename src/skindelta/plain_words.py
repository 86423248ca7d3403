"""Results in plain words: the sentences that the page and the report share, as text without markup.

A number is printed as the command line prints it, with its interval and the smallest change that
could have been detected; inside the noise the sentence says so.
"""

from collections.abc import Mapping
from math import isclose
from typing import Any

from .attributes import attribute
from .terminal import Figures, figures
from .types import Basis, Comparison, Reference, Score, Verdict

__all__ = [
    "ABOUT_MAPS",
    "BASIS",
    "BASIS_IN_SHORT",
    "LESS_AND_MORE",
    "LIMITS_OF_USE",
    "NOT_A_DEVICE",
    "REFERENCE",
    "VERDICT_CLASS",
    "amount_in_words",
    "change_sentence",
    "detectable_sentence",
    "ended",
    "headline_scores",
    "notes",
    "on_one_line",
    "region_words",
    "sentence",
    "verdict_claim",
]

NOT_A_DEVICE = "Not a medical device."
LIMITS_OF_USE = (
    "skindelta measures what two photos show; it does not "
    "diagnose, and it cannot tell why skin changed. If your skin worries you, hurts, or heals "
    "badly, contact your clinician, whatever is printed here."
)
ABOUT_MAPS = (
    "The maps show every point by itself, and so also noise, expression and shadows. What counts "
    "is the verdict above: it weighs all points against what unchanged skin shows."
)
BASIS: Mapping[Basis, str] = {
    "absolute": "as a whole",
    "relative": "spots and patches, against the person's own calm skin",
}
BASIS_IN_SHORT: Mapping[Basis, str] = {
    "absolute": "as a whole",
    "relative": "against calm skin",
}
LESS_AND_MORE: Mapping[str, tuple[str, str]] = {
    "redness": ("less red", "redder"),
    "hyperpigmentation": ("lighter", "darker"),
    "texture": ("smoother", "rougher"),
}
VERDICT_CLASS: Mapping[Verdict, str] = {
    "improved": "improved",
    "worse": "worse",
    "no measurable change": "unchanged",
    "not measurable": "unknown",
}
REFERENCE: Mapping[Reference, str] = {
    "card": "a color card",
    "grey": "a grey object",
    "scene": "the surroundings that both photos share",
    "skin": "the skin itself (spots and patches only)",
    "none": "nothing: the colors are as the camera wrote them",
}

# What less and more of each are called, and what it is that did not change.
_WORDS: Mapping[tuple[str, Basis], tuple[str, str, str]] = {
    ("redness", "absolute"): ("redness fell by", "redness rose by", "redness"),
    ("redness", "relative"): (
        "the redness of spots and patches fell by",
        "the redness of spots and patches rose by",
        "the redness of spots and patches",
    ),
    ("hyperpigmentation", "absolute"): (
        "the skin as a whole became lighter by",
        "the skin as a whole became darker by",
        "the tone of the skin as a whole",
    ),
    ("hyperpigmentation", "relative"): (
        "spots and patches became lighter by",
        "spots and patches became darker by",
        "spots and patches",
    ),
    ("texture", "absolute"): (
        "texture became smoother by",
        "texture became rougher by",
        "texture",
    ),
}


def change_sentence(score: Score) -> str:
    """Say one score in plain words.

    ``no measurable change (+0.31 a*, 95 % from -0.72 to +1.34; 1.10 and more can be detected)``
    """
    if score.value is None:
        return f"not measurable: {score.reason}"
    numbers = figures(score)
    text = f"{numbers.change} {score.unit}"
    if numbers.interval:
        text += f", 95 % from {numbers.interval}"
    if numbers.detectable:
        text += f"; {numbers.detectable} and more can be detected"
    return f"{score.verdict} ({text})"


def verdict_claim(score: Score) -> tuple[str, str]:
    """Say verdict and direction of one score, and its size with the 95 % interval.

    ``Improved: redness fell by`` and ``2.10 ± 1.04 a*``, ``No measurable change of texture:`` and
    ``+3.0 ± 11.0 %``, ``Not measurable`` and nothing. Where the interval is longer on one side, its
    ends take the place of the ±.
    """
    if score.value is None:
        return "Not measurable", ""
    less, more, what = _words(score)
    numbers = figures(score)
    if score.verdict not in ("improved", "worse"):
        return f"No measurable change of {what}:", _amount(score, numbers)
    direction = less if score.value < 0 else more
    amount = _amount(score, _without_signs(score, numbers))
    return f"{score.verdict.capitalize()}: {direction}", amount


def amount_in_words(score: Score) -> str:
    """Say how large a change is, its direction in a word where other places have a sign.

    ``0.47 ± 1.32 L* lighter``; where the interval is longer on one side, ``0.30 a* redder (95 %
    from 0.60 less red to 1.80 redder)``. Of what has no value, nothing.
    """
    if score.value is None:
        return ""
    numbers = figures(score)
    if score.verdict in ("improved", "worse"):
        told = _amount(score, _without_signs(score, numbers))
        return f"{told} {_direction(score, numbers.change)}".rstrip()
    half = _half_width(score, numbers)
    if half:
        told = f"{numbers.change.lstrip('+-')} ± {half} {score.unit}"
        return f"{told} {_direction(score, numbers.change)}".rstrip()
    change, low, high = (
        f"{text.lstrip('+-')}{unit} {_direction(score, text)}".rstrip()
        for text, unit in (
            (numbers.change, f" {score.unit}"),
            (numbers.low, ""),
            (numbers.high, ""),
        )
    )
    return f"{change} (95 % from {low} to {high})" if numbers.interval else change


def detectable_sentence(score: Score) -> str:
    """Say from where on these photos show a change, or why they cannot show one."""
    if score.value is None:
        return sentence(score.reason or "")
    detectable = figures(score).detectable
    if not detectable:
        return ""
    return f"We can detect {detectable} {score.unit} and more with these photos."


def headline_scores(comparison: Comparison) -> tuple[Score, ...]:
    """Scores of the whole region, which alone carry the headline."""
    whole = next((s.region for s in comparison.scores if s.region in ("face", "skin")), None)
    return tuple(s for s in comparison.scores if s.region == whole)


def notes(comparison: Comparison) -> tuple[str, ...]:
    """Sentences to know about the scores that were measured, each once."""
    told = ("about_region", "note")
    known = [s.details[key] for key in told for s in comparison.scores if key in s.details]
    return tuple(dict.fromkeys(known))


def region_words(name: str) -> str:
    """Name of a region for people."""
    return name.replace("_", " ")


def on_one_line(value: Any) -> str:
    """Value of ``made_with`` on one line, for people."""
    if value is None or isinstance(value, bool):
        return {None: "not given", True: "yes", False: "no"}[value]
    if isinstance(value, Mapping):
        parts = (f"{region_words(k)}: {on_one_line(v)}" for k, v in value.items())
        return ", ".join(parts) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(on_one_line(v) for v in value) or "none"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def sentence(text: str) -> str:
    """Capital at the start, full stop at the end."""
    return ended(text[:1].upper() + text[1:])


def ended(text: str) -> str:
    """Full stop at the end; the start may be the name of a file and stays as it is."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _words(score: Score) -> tuple[str, str, str]:
    """Words for less and more of a score, and for the score itself."""
    label = attribute(score.attribute).label.lower()
    plain = (f"{label} fell by", f"{label} rose by", label)
    return _WORDS.get((score.attribute, score.basis), plain)


def _direction(score: Score, number: str) -> str:
    """Word for the sign of a printed number; none for a plain 0."""
    less, more = LESS_AND_MORE.get(score.attribute, ("less", "more"))
    return {"-": less, "+": more}.get(number[:1], "")


def _without_signs(score: Score, numbers: Figures) -> Figures:
    """Sizes of a change that has one direction over its whole interval."""
    if (score.low or 0.0) * (score.high or 0.0) <= 0:
        return numbers._replace(change=numbers.change.lstrip("+-"))
    small, large = sorted((numbers.low.lstrip("+-"), numbers.high.lstrip("+-")), key=float)
    return Figures(numbers.change.lstrip("+-"), small, large, numbers.detectable)


def _amount(score: Score, numbers: Figures) -> str:
    """Change with its unit and interval: ``2.10 ± 1.04 a*``."""
    half = _half_width(score, numbers)
    if half:
        return f"{numbers.change} ± {half} {score.unit}"
    between = f" (95 % between {numbers.low} and {numbers.high})" if numbers.interval else ""
    return f"{numbers.change} {score.unit}{between}"


def _half_width(score: Score, numbers: Figures) -> str:
    """Half of an interval that is as long on both sides, else nothing.

    Nothing also where rounding would turn what the interval says of 0.
    """
    if score.value is None or score.low is None or score.high is None:
        return ""
    decimals = len(numbers.change.partition(".")[2])
    half, lopsided = (score.high - score.low) / 2, score.high + score.low - 2 * score.value
    if abs(lopsided) > 10**-decimals / 2:
        return ""
    # The same number must not be rounded to two.
    is_detectable = score.sdc is not None and isclose(half, score.sdc, rel_tol=1e-6)
    text = numbers.detectable if is_detectable else f"{half:.{decimals}f}"
    excludes_zero = score.low * score.high > 0
    return text if (abs(float(numbers.change)) > float(text)) == excludes_zero else ""

"""What stands behind the numbers of a report: photos, reference, findings, limits, versions."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ..plain_words import (
    BASIS_IN_SHORT,
    REFERENCE,
    notes,
    on_one_line,
    region_words,
    sentence,
)
from ..terminal import network_sentences
from ..types import Comparison, Effect, Finding, PhotoSummary, Reference

__all__ = [
    "ABOUT_BASES",
    "ABOUT_DETAILS",
    "CANNOT_TELL",
    "KEY_BAND",
    "KEY_RANGE",
    "NOT_COMPARABLE",
    "Difference",
    "PhotoFacts",
    "differences",
    "ground",
    "limits",
    "made_with",
    "photo_facts",
    "photo_name",
    "time_between",
]

SMALLEST_FACTOR = 1.05  # what is less rounds to nothing
SHORT_HASH = 12  # characters: enough to tell a person's photos apart

_BOTH = (
    "It tells a change of the skin from one of the light, so both can be measured: the skin as a "
    "whole, and spots and patches against calm skin."
)
ALLOWS: Mapping[Reference, str] = {
    "card": _BOTH,
    "grey": _BOTH,
    "scene": _BOTH,
    "skin": "It tells what changed against the person's own calm skin. Whether all of the skin "
    "changed alike cannot be told from a change of the light, and is not measurable.",
    "none": "What changed against the person's own calm skin can be measured; whether all of the "
    "skin changed alike cannot be told from a change of the light.",
}
EFFECT: Mapping[Effect, str] = {
    "blocks": "stops a measurement",
    "widens": "widens intervals",
    "informs": "good to know",
}
NOT_COMPARABLE = "These two photos could not be measured against each other:"
# What a word of the headline means: the word, and the rest of the sentence.
ABOUT_BASES = (
    (
        "As a whole",
        "is what changed everywhere: for color it needs something else in both photos that did not "
        "change, for texture light from the same side.",
    ),
    (
        "Against calm skin",
        "is what spots and patches did compared with the person’s own calm skin in the same photo, "
        "so the light cancels. Changes are after minus before.",
    ),
)
KEY_RANGE = "change and its 95 % interval"
KEY_BAND = "too small to tell from no change with these photos"
ABOUT_DETAILS = (
    "Sizes of texture and counts of spots stand without an interval; the verdicts do not rest on "
    "them."
)
CANNOT_TELL = (
    "It cannot tell why skin changed, whether a change is healthy, or anything that the photos do "
    "not show. Make-up, filters and a fresh treatment change skin in a photo too.",
    "“No measurable change” does not prove that nothing changed: it says that a change, if there "
    "is one, is smaller than these photos can show.",
    "With several regions, one of them looks changed by chance now and then. What counts is the "
    "verdict of the whole.",
)


class PhotoFacts(NamedTuple):
    """One photo as the report names it."""

    title: str
    name: str
    facts: tuple[tuple[str, str], ...]


class Difference(NamedTuple):
    """One way in which the photos differ."""

    kind: str
    effect: str
    message: str
    advice: str
    factors: str


def photo_facts(title: str, summary: PhotoSummary) -> PhotoFacts:
    """Say of a photo what is known of it."""
    taken = f"{summary.taken_at:%Y-%m-%d %H:%M} UTC" if summary.taken_at else "date not known"
    facts = [("Taken", taken)]
    facts += [("Camera", summary.camera)] if summary.camera else []
    facts += [("SHA-256", f"{summary.sha256[:SHORT_HASH]}…")] if summary.sha256 else []
    return PhotoFacts(title, photo_name(summary), tuple(facts))


def photo_name(summary: PhotoSummary) -> str:
    """Name of the file alone: a report is handed on, and folders say more than it should."""
    name = Path(summary.path).name or "unnamed photo"
    return name.encode("utf-8", "backslashreplace").decode()  # names may be no text


def time_between(comparison: Comparison) -> str:
    """Say how far apart the photos were taken, where both dates are known."""
    first, second = comparison.before.taken_at, comparison.after.taken_at
    if first is None or second is None:
        return ""
    days = abs(second - first).days
    return f"{days} day{'' if days == 1 else 's'} apart." if days else "Taken within one day."


def ground(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Say what the colors were matched by, and how well the photos lie on each other."""
    allows = ALLOWS[comparison.reference]
    yield "Color reference", f"{sentence(REFERENCE[comparison.reference])} {allows}"
    if comparison.protocol is not None:
        level = comparison.protocol.level, comparison.protocol.highest
        yield (
            "Protocol level",
            "{} of {}: the more the photos themselves tell of the light, the higher.".format(
                *level
            ),
        )
    pair = comparison.aligned
    if pair is not None and pair.residual_de00 is not None:
        yield (
            "What it leaves open",
            f"The color of the skin may be off by ΔE00 {pair.residual_de00:.2f} (1 σ; about 1 can "
            "just be seen).",
        )
    if comparison.residual_px is not None:
        text = f"within {comparison.residual_px:.1f} px of the working grid"
        scale = pair.regions.px_per_mm if pair is not None else None
        if scale is not None:
            text += f", {max(0.1, comparison.residual_px / scale.value):.1f} mm"
        yield "Both photos lie on each other", sentence(text)
    sources = dict.fromkeys(score.source for score in comparison.scores)
    yield "Measured by", ", ".join(sources) or "nothing"
    for text in network_sentences(comparison):
        yield "The formulas beside it", text


def differences(comparison: Comparison) -> tuple[Difference, ...]:
    """Return the findings of the pair, what stops a measurement first."""
    order = list(EFFECT)
    findings = sorted(comparison.findings, key=lambda finding: order.index(finding.effect))
    return tuple(
        Difference(
            finding.effect,
            EFFECT[finding.effect],
            sentence(finding.message),
            sentence(finding.advice) if finding.advice else "",
            _factors(finding),
        )
        for finding in findings
    )


def limits(comparison: Comparison) -> tuple[str, ...]:
    """Sentences to know: about these numbers, then about all."""
    return (*(sentence(note) for note in notes(comparison)), *CANNOT_TELL)


def made_with(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    """Versions and options that explain the numbers."""
    return tuple((name, on_one_line(value)) for name, value in comparison.made_with.items())


def _factors(finding: Finding) -> str:
    """Say what a finding stops and where, or by how much it widens which interval."""
    if finding.effect == "blocks":
        where = f": {', '.join(map(region_words, finding.regions))}" if finding.regions else ""
        basis = f" {BASIS_IN_SHORT[finding.bases[0]]}" if len(finding.bases) == 1 else ""
        are = "is" if len(finding.attributes) == 1 else "are"
        return sentence(f"{' and '.join(finding.attributes)}{basis} {are} not measured{where}")
    wider = {key: factor for key, factor in finding.factors.items() if factor >= SMALLEST_FACTOR}
    told = ", ".join(f"{_kind(key)} {factor:.1f} times" for key, factor in wider.items())
    return f"Wider intervals of the whole: {told}." if told else ""


def _kind(key: str) -> str:
    """Return words for ``"redness absolute"``."""
    name, _, basis = key.partition(" ")
    short = {str(k): v for k, v in BASIS_IN_SHORT.items()}
    return f"{name} {short.get(basis, basis)}".strip()

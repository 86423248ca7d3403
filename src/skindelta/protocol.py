"""How well two photos were taken, as a level, and what a better protocol would have shown.

The level is the rung of the light ladder that both photos share. What each better rung, and each
difference that widens or blocks, costs is looked up in the noise table: the smallest change that
could have been detected without it.
"""

from collections.abc import Mapping
from types import MappingProxyType

from .findings import FINDINGS
from .noise import Differences, Noise, measured_kinds, noise_of
from .types import AlignedPair, Finding, Protocol, ProtocolStep, Reference

__all__ = ["LEVELS", "protocol_of"]

LEVELS: tuple[Reference, ...] = ("none", "skin", "scene", "grey", "card")
"""Rungs of the light ladder; their place is the level."""

ADVICE: Mapping[Reference, str] = MappingProxyType(
    {
        "skin": "leave the skin itself to tell the light",
        "scene": "keep the same wall and clothes in view, under the same lamps",
        "grey": "hold the same grey or white object beside the skin",
        "card": "hold a color card beside the skin",
    }
)
WORTH = 0.95  # of the smallest detectable change: what gains less is not worth a word


def protocol_of(
    pair: AlignedPair, measured: Differences, tone: str, findings: tuple[Finding, ...]
) -> Protocol:
    """Tell the level of a pair, and what would have made smaller changes detectable.

    Parameters
    ----------
    pair : AlignedPair
    measured : Differences
    tone : {"light", "medium", "dark"}
    findings : tuple of Finding

    Returns
    -------
    Protocol
        For the whole; steps in order of what they gain.
    """
    level = LEVELS.index(pair.reference)
    now = _detectable(pair.reference, pair, measured, tone, findings)
    steps = []
    before: Mapping[str, float] = now
    for reference in LEVELS[max(level, 1) + 1 :]:
        known = measured._replace(light_color=0.0)
        others = tuple(f for f in findings if f.code != "light_color")
        then = _detectable(reference, pair, known, tone, others)
        if _gains(before, then):
            steps.append(ProtocolStep(reference, ADVICE[reference], _gains(now, then)))
            before = then
    for code in dict.fromkeys(f.code for f in findings if f.effect != "informs"):
        rest = tuple(f for f in findings if f.code != code)
        fields = {code: 0.0} if code in Differences._fields else {}
        then = _detectable(pair.reference, pair, measured._replace(**fields), tone, rest)
        if gains := _gains(now, then):
            steps.append(ProtocolStep(code, FINDINGS[code].advice, gains))
    return Protocol(level, len(LEVELS) - 1, pair.reference, tuple(steps))


def _detectable(
    reference: Reference,
    pair: AlignedPair,
    measured: Differences,
    tone: str,
    findings: tuple[Finding, ...],
) -> dict[str, float]:
    """Look up what can be detected of the whole, by ``"attribute basis"``, but what is blocked."""
    found = {}
    for attribute, basis in measured_kinds(reference):
        blocked = any(
            f.effect == "blocks"
            and attribute in f.attributes
            and (not f.bases or basis in f.bases)
            and not f.regions
            for f in findings
        )
        if not blocked:
            noise: Noise = noise_of(attribute, basis, reference, pair.regions.whole, tone, measured)
            found[f"{attribute} {basis}"] = noise.sdc
    return found


def _gains(
    now: Mapping[str, float], then: Mapping[str, float]
) -> Mapping[str, tuple[float | None, float]]:
    """Return what could be detected now and then, where that is worth a word."""
    return MappingProxyType(
        {
            kind: (now.get(kind), sdc)
            for kind, sdc in then.items()
            if kind not in now or sdc < WORTH * now[kind]
        }
    )

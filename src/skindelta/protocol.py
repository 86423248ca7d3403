"""How well two photos were taken, as a level, and what a better protocol would have shown.

The level is the rung of the light ladder that both photos share. What each better rung, and each
difference that widens or blocks, costs is looked up in the noise table: the smallest change that
could have been detected without it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from .findings import FINDINGS
from .noise import Differences, measured_kinds, noise_of
from .types import AlignedPair, Finding, Protocol, ProtocolStep, Reference

__all__ = ["LEVELS", "protocol_of"]

LEVELS: tuple[Reference, ...] = ("none", "skin", "scene", "grey", "card")
"""Rungs of the light ladder; their place is the level."""

ADVICE: Mapping[Reference, str] = MappingProxyType(
    {
        "scene": "keep the same wall and clothes in view, under the same lamps",
        "grey": "hold the same grey or white object beside the skin",
        "card": "hold a color card beside the skin",
    }
)
# What the color of the light is known within at best on each rung, ΔE00: skindelta.light, and
# photos of one face in one room.
AT_BEST: Mapping[Reference, float] = MappingProxyType({"scene": 0.1, "grey": 0.3, "card": 0.15})
WORTH = 0.95  # of the smallest detectable change: what gains less is not worth a word
NO_FAULT_OF_THE_PHOTOS = ("calm_redness", "calm_hyperpigmentation")  # skin did that


def protocol_of(
    pair: AlignedPair,
    measured: Differences,
    tone: str,
    findings: tuple[Finding, ...],
    asked: str = "auto",
    noise: Mapping[str, Any] | None = None,
) -> Protocol:
    """Tell the level of a pair, and what would have made smaller changes detectable.

    Parameters
    ----------
    pair : AlignedPair
    measured : Differences
    tone : {"light", "medium", "dark"}
    findings : tuple of Finding
    asked : str
        Reference that was asked for: a higher one is not advised.
    noise : mapping, optional
        Noise table, if not the formulas'.

    Returns
    -------
    Protocol
        For the whole: rungs of the light ladder from the lowest, then what differs.
    """
    level = LEVELS.index(pair.reference)

    def detectable(
        reference: Reference, measured: Differences, findings: tuple[Finding, ...]
    ) -> dict[str, float]:
        return _detectable(reference, pair, measured, tone, findings, noise)

    now = detectable(pair.reference, measured, findings)
    steps = []
    for reference in _higher(pair, level, asked):
        known = measured._replace(light_color=AT_BEST[reference])
        then = detectable(reference, known, findings)
        if gains := _gains(now, {kind: sdc for kind, sdc in then.items() if "absolute" in kind}):
            gains = MappingProxyType({k: v for k, v in gains.items() if "texture" not in k})
            steps += [ProtocolStep(reference, ADVICE[reference], gains)] if gains else []
    told = {"light_color"} if steps else set()
    for code in dict.fromkeys(f.code for f in findings if f.effect != "informs"):
        if code in told or code in NO_FAULT_OF_THE_PHOTOS:
            continue
        rest = tuple(f for f in findings if f.code != code)
        fields = {code: 0.0} if code in Differences._fields else {}
        then = detectable(pair.reference, measured._replace(**fields), rest)
        if gains := _gains(now, then):
            steps.append(ProtocolStep(code, FINDINGS[code].advice, gains))
    return Protocol(level, len(LEVELS) - 1, pair.reference, tuple(steps))


def _higher(pair: AlignedPair, level: int, asked: str) -> list[Reference]:
    """Rungs above that these photos could have had, up to the one that was asked for."""
    highest = len(LEVELS) - 1 if asked == "auto" else LEVELS.index(asked)
    rungs = LEVELS[max(level, 1) + 1 : highest + 1]
    return [rung for rung in rungs if rung != "scene" or not pair.regions.is_close_up]


def _detectable(
    reference: Reference,
    pair: AlignedPair,
    measured: Differences,
    tone: str,
    findings: tuple[Finding, ...],
    table: Mapping[str, Any] | None,
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
            whole = pair.regions.whole
            noise = noise_of(attribute, basis, reference, whole, tone, measured, table=table)
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

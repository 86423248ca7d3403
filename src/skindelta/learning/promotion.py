"""May a retrained model be used? What speaks against it, from its own card.

A model that is worse than the base, on held-out people or on the frozen benchmark, would make
numbers worse in silence; one that is not better would move them for nothing. Both are refused. Who
wants it in spite of that says why, and the words stay in the card (``skindelta.model_store``).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ..models import find_card
from ..own_models import SHIPPED
from ..types import ModelCard
from .evaluate import WHOLE

__all__ = ["reasons_against", "speaks_against"]


def reasons_against(model: str) -> list[str]:
    """Return what speaks against using a model; nothing where it ships or is better.

    Parameters
    ----------
    model : str
        ``NAME`` or ``NAME@VERSION``.

    Returns
    -------
    list of str
        Sentences.

    Raises
    ------
    ModelError
        There is no such model.
    """
    name, _, version = model.partition("@")
    return list(speaks_against(find_card(name, version or None)))


def speaks_against(card: ModelCard) -> Iterator[str]:
    """Say what speaks against the model of a card."""
    if card.name in SHIPPED or "base" not in card.data:  # not made by retraining: nothing is known
        return
    metrics: Mapping[str, Any] = card.metrics
    if "held_out" not in metrics or "benchmark" not in metrics:
        yield "it was never held against the model it came from"
        return
    for place, gains in (
        ("held-out people", metrics["held_out"]),
        ("the frozen benchmark", metrics["benchmark"]),
    ):
        for name, gain in gains.items():
            if gain.get("verdict") == "worse":
                of = "" if name == WHOLE else f"{name}: "
                yield f"{of}it is worse on {place} ({_figures(gain)})"
    verdict = metrics["held_out"].get(WHOLE, {}).get("verdict")
    if verdict == "not distinguishable":
        gain = metrics["held_out"][WHOLE]
        yield f"it is not distinguishable from the model it came from ({_figures(gain)})"
    elif verdict not in ("better", "worse"):
        yield "too few labels of held-out people to tell whether it is better"


def _figures(gain: Mapping[str, Any]) -> str:
    """Return errors, and the gain with its interval."""
    told = f"error {gain['base']:.3g} before, {gain['new']:.3g} now"
    if "gain" not in gain:
        return told
    return f"{told}; nearer by {gain['gain']:.3g} [{gain['low']:.3g}, {gain['high']:.3g}]"

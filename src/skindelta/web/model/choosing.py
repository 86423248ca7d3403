"""Which change networks there are, which is in use, what speaks against one, use it, go back."""

from datetime import datetime
from typing import NamedTuple

from ...errors import ModelError
from ...learning.promotion import reasons_against
from ...model_store import current_model, history, previous_model, step_back, use_model
from ...models import broken_models, digest_of, find_card, list_models
from ...network import CONTRACT
from ...own_models import SHIPPED
from ...types import ModelCard

__all__ = ["InUse", "Known", "against", "go_back", "in_use", "known_models", "troubles", "use"]

SAY_WHY = "say why in the field above: the words are kept in the card of the model"


class Known(NamedTuple):
    """A network that can be chosen.

    Attributes
    ----------
    model : str
        ``NAME@VERSION``.
    card : ModelCard
    is_own : bool
        Made by this user.
    """

    model: str
    card: ModelCard
    is_own: bool

    @property
    def digest(self) -> str:
        """Of all that its answers come from."""
        return digest_of(self.card)


class InUse(NamedTuple):
    """What is in use.

    Attributes
    ----------
    model : str
        ``NAME@VERSION``; empty where it cannot be told or used.
    since : datetime or None
        None where the one that ships was never replaced.
    reason : str
        The words with which it was put to use.
    before : str
        What one step back leads to; empty where there is nothing.
    trouble : str
        Why it cannot be used.
    """

    model: str
    since: datetime | None = None
    reason: str = ""
    before: str = ""
    trouble: str = ""


def in_use() -> InUse:
    """Return what is in use, and what was before; trouble is part of the answer."""
    try:
        past = history()
    except ModelError as error:
        return InUse("", trouble=str(error))
    before = previous_model() if past else ""
    last = past[-1] if past else None
    since, reason = (last.since, last.reason) if last else (None, "")
    try:
        return InUse(current_model(), since, reason, before)
    except ModelError as error:
        return InUse("", since, reason, before, str(error))


def known_models() -> tuple[Known, ...]:
    """Return all change networks, what ships first, then the newest versions of the user's own.

    Raises
    ------
    ModelError
        A model that ships is broken.
    """
    cards = [card for card in list_models() if card.input.get("contract") == CONTRACT]
    found = [Known(f"{c.name}@{c.version}", c, c.name not in SHIPPED) for c in reversed(cards)]
    return tuple(sorted(found, key=lambda one: (one.is_own, one.card.name)))


def troubles() -> tuple[str, ...]:
    """Return a sentence on each of the user's models that cannot be used."""
    return tuple(one.trouble for one in broken_models())


def against(model: str) -> tuple[str, ...]:
    """Return what speaks against using a model; raises ModelError where there is none."""
    return tuple(reasons_against(model))


def use(model: str, reason: str = "") -> str:
    """Put a model to use, for everybody.

    Parameters
    ----------
    model : str
        ``NAME@VERSION``.
    reason : str
        Why, in the user's words; needed where something speaks against it.

    Returns
    -------
    str
        What is in use now.

    Raises
    ------
    ModelError
        It is missing, altered or none that can be used, or the words are missing.
    """
    name, _, version = model.partition("@")
    find_card(name, version)
    said = against(model)
    if said and not reason.strip():
        raise ModelError(f"{model} is not put to use: {'; '.join(said)}. To use it all the same, "
                         f"{SAY_WHY}")  # fmt: skip
    return use_model(model, reason if said else "", said)


def go_back() -> str:
    """Go one step back, and return what is in use now; raises ModelError where nothing was."""
    return step_back()

"""What a training was worth, written into the card of its model, and its way into the store."""

import json
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import ModelError
from ..own_models import user_models
from .card import as_toml
from .evaluate import Evaluation
from .links import Link
from .result_words import readme_of

__all__ = ["publish", "write_result"]

Curve = Sequence[tuple[int, float, float]]


def write_result(
    folder: Path,
    evaluation: Evaluation,
    links: Mapping[str, Link],
    curve: Curve,
    cost: Mapping[str, float],
) -> None:
    """Write metrics and README of a candidate; its weights stay as they are.

    Parameters
    ----------
    folder : Path
    evaluation : Evaluation
    links : mapping of str to Link
        Of the new model.
    curve : sequence of (int, float, float)
    cost : mapping of str to float
        Seconds, and steps of the base that take as long.
    """
    card: dict[str, Any] = tomllib.loads((folder / "model.toml").read_text(encoding="utf-8"))
    card["output"]["links"] = {link: of.to_dict() for link, of in links.items()}
    card["metrics"] = evaluation.to_dict() | {"curve": [list(point) for point in curve], **cost}
    card["metrics"] = _known(json.loads(json.dumps(card["metrics"])))
    (folder / "model.toml").write_text(as_toml(card), encoding="utf-8")
    (folder / "README.md").write_text(readme_of(card, evaluation, curve), encoding="utf-8")


def _known(told: Any) -> Any:
    """Return what a card holds without what is not known: TOML has no word for it."""
    if isinstance(told, dict):
        return {key: _known(value) for key, value in told.items() if value is not None}
    return [_known(value) for value in told] if isinstance(told, list) else told


def publish(candidate: Path, name: str, version: str) -> Path:
    """Put a candidate among the user's models; raises ModelError where that cannot be done.

    Nothing is written over: a version that is there by now is refused.
    """
    place = user_models() / name / version
    part = place.with_name(f".{version}.part")
    if place.exists():
        raise ModelError(f"{name}@{version} is there by now; train again for the next version")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(candidate, part)
        part.rename(place)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise ModelError(
            f"{place} cannot be written ({error.strerror or error}); make room and train again: it "
            "goes on where it was"
        ) from error
    return place

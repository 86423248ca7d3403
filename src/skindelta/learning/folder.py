"""The folder of a retrained model: weights, graph, golden answers, noise, both halves of the card.

It is written beside its place and renamed when it is whole, so a training that is stopped, or a
disk that is full, leaves nothing that could be taken for a model.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import save

from ..errors import ModelError
from ..models import Model, verify_model_folder
from ..net_input import MAPS
from ..noise import noise_table
from .card import as_toml, sha256
from .head import REFERENCES, Adapted
from .intervals import noise_with
from .onnx_graph import contract, write_golden, write_onnx

__all__ = ["Told", "kinds_of", "noise_of_model", "write_candidate"]

FILES = ("model.onnx", "model.safetensors", "golden.json", "noise.json")
LIMITS = (
    "Retrained from {base} on labels of one user: made for the camera, people and question of "
    "those labels. Close-ups are left to the formulas. Not a medical device."
)


@dataclass(frozen=True)
class Told:
    """What a card says beside the weights.

    Attributes
    ----------
    data : mapping
        Labels, people, raters, hash, seed, settings.
    excess : mapping of str to float
        How many times the noise of the model it came from, by kind of score.
    """

    data: Mapping[str, Any]
    excess: Mapping[str, float]


def kinds_of(head_opened: Any, base: Model) -> list[str]:
    """Return the kinds of score that a new model gives: those of the base, and those it learnt."""
    scores = list(base.card.output["scores"])
    known = set(noise_table()["kinds"])
    for row, name in enumerate(MAPS):
        for column, reference in enumerate(REFERENCES):
            for kind in _like(name, reference):
                if float(head_opened[row, column]) and kind in known and kind not in scores:
                    scores.append(kind)
    return scores


def _like(name: str, reference: str) -> tuple[str, ...]:
    """Return the kinds that one flag of the context stands for: own skin is skin or nothing."""
    return tuple(
        f"{name} {of}" for of in ((reference, "none") if reference == "skin" else (reference,))
    )


def write_candidate(
    folder: Path, name: str, version: str, adapted: Adapted, base: Model, told: Told
) -> Path:
    """Write a model folder; what was there of that name goes.

    Returns
    -------
    Path
        `folder`, whole and verified.

    Raises
    ------
    ModelError
        It cannot be written, or does not answer as it must.
    """
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        _write(part, name, version, adapted, base, told)
        verify_model_folder(part)
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    except OSError as error:
        raise ModelError(
            f"{folder} cannot be written ({error.strerror or error}); make room, then go on"
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def _write(
    folder: Path, name: str, version: str, adapted: Adapted, base: Model, told: Told
) -> None:
    adapted.eval()
    state = adapted.state_dict().items()
    weights = {n: w.contiguous() for n, w in state if "num_batches" not in n}
    (folder / "model.safetensors").write_bytes(save(weights))  # a full disk is an OSError here
    write_onnx(adapted, folder / "model.onnx")
    write_golden(folder)
    scores = kinds_of(adapted.head.opened, base)
    noise = noise_of_model(base, scores, told.excess)
    (folder / "noise.json").write_text(json.dumps(noise, indent=1) + "\n", encoding="utf-8")
    from_base = f"{base.card.name}@{base.card.version}"
    card: dict[str, Any] = {"name": name, "version": version, "schema": 1} | contract()
    card |= {"licence": "as its labels and photos", "limits": LIMITS.format(base=from_base)}
    card["output"] |= {"factors": dict.fromkeys(scores, 1.0), "scores": scores}
    card["sha256"] = {file: sha256(folder / file) for file in FILES}
    card["data"] = dict(told.data) | {"base": from_base, "base_digest": base.digest}
    card["data"]["noise_of_base_times"] = {k: round(v, 3) for k, v in told.excess.items()}
    card["metrics"] = {}
    (folder / "model.toml").write_text(as_toml(card), encoding="utf-8")


def noise_of_model(base: Model, scores: list[str], excess: Mapping[str, float]) -> dict[str, Any]:
    """Return the noise table: the base's where it ships, else the formula's, each multiplied."""
    own = json.loads((base.folder / "noise.json").read_text(encoding="utf-8"))
    formula = noise_table()["kinds"]
    shipped = base.card.output["scores"]
    tables = {kind: own["kinds"][kind] if kind in shipped else formula[kind] for kind in scores}
    return {**own, "kinds": noise_with(tables, excess)}

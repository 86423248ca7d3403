"""The network that retraining starts from: weights of a model folder, in its own architecture."""

from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor

from ..errors import ModelError
from ..models import Model
from .head import Head, shipping_of
from .net import ChangeNet

__all__ = ["begin", "net_of"]

WEIGHTS = "model.safetensors"


def begin(model: Model) -> tuple[ChangeNet, Head]:
    """Return the network of a model, ready to answer, and a head that adds nothing to it.

    Raises
    ------
    ModelError
        Its weights are missing or are those of another architecture.
    """
    return net_of(model.folder), Head(shipping_of(model.card.output)).eval()


def net_of(folder: Path) -> ChangeNet:
    """Return the change network of a model folder; raises ModelError as :func:`begin`."""
    file = folder / WEIGHTS
    try:
        weights: dict[str, Any] = load_file(file)
        net = _empty(weights)
        missing, unexpected = net.load_state_dict(weights, strict=False)
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"{file} is not the weights of a base network ({error!r}); retraining starts from "
            "skindelta-base"
        ) from error
    if unexpected or any("num_batches" not in name for name in missing):
        raise ModelError(
            f"{file} is not the weights of a base network (missing {missing}, too many "
            f"{unexpected}); retraining starts from skindelta-base"
        )
    return net.eval()


def _empty(weights: dict[str, Tensor]) -> ChangeNet:
    """Return a network of the size of the weights."""
    own = weights["own.0.0.weight"].shape[0]
    sides = sorted(name for name in weights if name.startswith("reader.side.") and "weight" in name)
    widths = tuple(int(weights[name].shape[1]) for name in sides)
    return ChangeNet(int(own), widths, int(weights[sides[0]].shape[0]))

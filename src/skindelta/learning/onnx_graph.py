"""From a trained network to the files that run: graph, golden answers, the contract of both."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import nn

from ..models import golden_input
from ..net_input import CHANNELS, CONTEXT, MAPS, PX_PER_MM
from ..network import CONTRACT

__all__ = ["INPUTS", "contract", "write_golden", "write_onnx"]

INPUTS = ("before", "after", "shared", "context", "levels")
SIZE = (48, 32)  # of the golden maps
OPSET = 18


def contract() -> dict[str, Any]:
    """Return what goes in and comes out, for the card."""
    return {
        "input": {
            "contract": CONTRACT,
            "channels": list(CHANNELS),
            "context": list(CONTEXT),
            "px_per_mm": PX_PER_MM,
            "shapes": {
                "before": ["1", str(len(CHANNELS)), "h", "w"],
                "after": ["1", str(len(CHANNELS)), "h", "w"],
                "shared": ["1", "2", "h", "w"],
                "context": ["1", str(len(CONTEXT))],
                "levels": ["1", "2"],
            },
            "dtype": "float32",
            "meaning": "skindelta.net_input: both photos by channel, skin and trust, the pair's "
            "numbers; h and w are multiples of 16",
        },
        "output": {
            "maps": list(MAPS),
            "shape": ["1", str(len(MAPS)), "h", "w"],
            "units": ["a*", "L*", "%", "a*", "L*"],
            "meaning": "change, after - before; swapping the photos changes its sign exactly",
        },
    }


def write_onnx(net: nn.Module, file: Path) -> None:
    """Write the graph, for any size; names of weights stay."""
    height, width = SIZE
    example = (
        torch.rand(1, len(CHANNELS), height, width),
        torch.rand(1, len(CHANNELS), height, width),
        torch.rand(1, 2, height, width),
        torch.rand(1, len(CONTEXT)),
        torch.rand(1, 2),
    )
    sides = {2: "h", 3: "w"}
    torch.onnx.export(
        net,
        example,
        str(file),
        input_names=list(INPUTS),
        output_names=["maps"],
        dynamic_axes={"before": sides, "after": sides, "shared": sides, "maps": sides},
        opset_version=OPSET,
        dynamo=False,
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
    )
    onnx.checker.check_model(onnx.load(file), full_check=True)


def golden_inputs() -> list[dict[str, Any]]:
    """Describe the inputs of golden.json, which `skindelta.models` makes."""
    height, width = SIZE

    def waves(channels: int, scale: float) -> dict[str, Any]:
        return {"kind": "waves", "shape": [1, channels, height, width], "scale": scale}

    count = len(CHANNELS)
    return [
        {
            "before": waves(count, before),
            "after": waves(count, after),
            "shared": waves(2, 1.0),
            "context": {"kind": "numbers", "numbers": numbers},
            "levels": {"kind": "numbers", "numbers": [0.3, -0.5]},
        }
        for before, after, numbers in (
            (1.0, 2.0, [0, 0, 1, 0, 0.3, 1.0, 0.0, 0]),
            (3.0, 0.5, [0, 0, 0, 1, 0.0, -0.5, 0.4, 1]),
        )
    ]


def write_golden(folder: Path) -> None:
    """Write the golden inputs and the answers of the network just exported."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    cases = []
    for described in golden_inputs():
        given = {name: golden_input(text) for name, text in described.items()}
        maps = session.run(["maps"], given)[0]
        cases.append({"input": described, "output": {"maps": np.round(maps, 4).tolist()}})
    (folder / "golden.json").write_text(json.dumps({"cases": cases}) + "\n")

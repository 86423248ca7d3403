"""Write a trained change network as a model folder: a candidate that gives no score yet.

    python -m change.export --run ../runs/change --version 1.0.0

The folder is RUN/candidate; until `change.calibrate` its noise table is the formulas', and all
scores are theirs. The release gate decides what ships.
"""

import argparse
import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from safetensors.torch import load_file, save_file

from change.card import write_card
from change.net import ChangeNet
from change.train import CONFIG, build
from skindelta.net_input import CHANNELS, CONTEXT, MAPS, PX_PER_MM
from skindelta.network import CONTRACT
from skindelta.noise import noise_table

NAME = "skindelta-base"
INPUTS = ("before", "after", "shared", "context", "levels")
SIZE = (48, 32)  # of the golden maps
OPSET = 18


def trained(run: Path) -> ChangeNet:
    """Return the averaged weights of a run, ready to answer."""
    config = tomllib.loads(CONFIG.read_text())
    state = torch.load(run / "last.pt", map_location="cpu", weights_only=True)["mean"]
    net = build(config)
    weights = {n.removeprefix("module."): w for n, w in state.items() if n != "n_averaged"}
    net.load_state_dict(weights)
    return net.eval()


def from_safetensors(file: Path) -> ChangeNet:
    """Return the network with the weights of a model folder; training may start here."""
    net = build(tomllib.loads(CONFIG.read_text()))
    missing, unexpected = net.load_state_dict(load_file(file), strict=False)
    if unexpected or any("num_batches" not in name for name in missing):
        raise ValueError(f"{file}: missing {missing}, unexpected {unexpected}")
    return net.eval()


def write_folder(net: ChangeNet, folder: Path, version: str) -> None:
    """Write weights, graph, golden answers and the machine half of the card."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {n: w.contiguous() for n, w in net.state_dict().items() if "num_batches" not in n}
    save_file(weights, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)
    write_onnx(net, folder / "model.onnx")
    write_golden(folder)
    card = {"name": NAME, "version": version, "schema": 1} | contract()
    (folder / "contract.json").write_text(json.dumps(card, indent=1) + "\n")
    (folder / "noise.json").write_text(json.dumps(noise_table(), indent=1) + "\n")
    write_card(folder, factors={}, scores=[])


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


def write_onnx(net: ChangeNet, file: Path) -> None:
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

    from skindelta.models import _golden_input

    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    cases = []
    for described in golden_inputs():
        given = {name: _golden_input(text) for name, text in described.items()}
        maps = session.run(["maps"], given)[0]
        cases.append({"input": described, "output": {"maps": np.round(maps, 4).tolist()}})
    (folder / "golden.json").write_text(json.dumps({"cases": cases}) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--version", default="1.0.0")
    options = parser.parse_args()
    write_folder(trained(options.run), options.run / "candidate", options.version)


if __name__ == "__main__":
    main()

"""Write a trained change network as a model folder: a candidate that gives no score yet.

    python -m change.export --run ../runs/change --version 1.0.0

The folder is RUN/candidate; until `change.calibrate` its noise table is the formulas', and all
scores are theirs. The release gate decides what ships.
"""

import argparse
import json
import tomllib
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from change.card import write_card
from change.train import CONFIG, build
from skindelta.learning.net import ChangeNet
from skindelta.learning.onnx_graph import contract, write_golden, write_onnx
from skindelta.noise import noise_table

NAME = "skindelta-base"


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--version", default="1.0.0")
    options = parser.parse_args()
    write_folder(trained(options.run), options.run / "candidate", options.version)


if __name__ == "__main__":
    main()

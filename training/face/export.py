"""Write a trained network as a model folder: what runs, what is retrained, and their hashes.

    python -m face.export landmarks ../runs/landmarks-2/last.pt ../models/face-landmarks/1.0.0

`model.onnx` keeps the name of every weight and folds nothing, so that anybody can hold it against
`model.safetensors` without torch. The hashes in an existing ``model.toml`` are renewed; the rest of
the card is written by hand and by ``benchmarks/landmark_accuracy.py --card``.
"""

import argparse
import hashlib
import json
import re
from pathlib import Path

import numpy as np
import onnx
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from face.samples import COARSE_SIZE, FINE_SIZE
from face.train import build

CONTRACT = {
    "landmarks": ("crop", ("points", "spread", "face"), FINE_SIZE),
    "finder": ("photo", ("maps",), COARSE_SIZE),
}
# A wave pattern without a face, and the face that scikit-image ships (see skindelta.models).
GOLDEN = {
    "landmarks": (
        {"kind": "waves", "size": FINE_SIZE},
        {"kind": "astronaut", "size": FINE_SIZE, "top": 40, "left": 145, "step": 1},
    ),
    "finder": (
        {"kind": "waves", "size": COARSE_SIZE},
        {"kind": "astronaut", "size": COARSE_SIZE, "top": 0, "left": 60, "step": 2},
    ),
}


def trained(network: str, checkpoint: Path) -> nn.Module:
    """Return the averaged weights of a run, ready to answer."""
    state = torch.load(checkpoint)["mean"]
    net = build(network)
    net.load_state_dict(
        {name.removeprefix("module."): w for name, w in state.items() if name != "n_averaged"}
    )
    return net.eval()


def export(network: str, checkpoint: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    net = trained(network, checkpoint)
    weights = {n: w.contiguous() for n, w in net.state_dict().items() if "num_batches" not in n}
    save_file(weights, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)  # it is written readable by its owner alone
    write_onnx(network, net, folder / "model.onnx")
    write_golden(network, folder)
    renew_hashes(folder)


def from_safetensors(network: str, file: Path) -> nn.Module:
    """Return the network with the weights of a model folder; training may start here."""
    net = build(network)
    missing, unexpected = net.load_state_dict(load_file(file), strict=False)
    if unexpected or any("num_batches" not in name for name in missing):
        raise ValueError(f"{file}: missing {missing}, unexpected {unexpected}")
    return net.eval()


def write_onnx(network: str, net: nn.Module, file: Path) -> None:
    given, made, size = CONTRACT[network]
    example = torch.rand(1, 3, size, size)
    torch.onnx.export(
        net,
        (example,),
        str(file),
        input_names=[given],
        output_names=list(made),
        opset_version=18,
        dynamo=False,
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
    )
    onnx.checker.check_model(onnx.load(file), full_check=True)


def write_golden(network: str, folder: Path) -> None:
    """Write the golden inputs and the answers of the network just exported."""
    import onnxruntime

    from skindelta.models import golden_input

    given, made, _ = CONTRACT[network]
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    cases = []
    for description in GOLDEN[network]:
        answers = session.run(list(made), {given: golden_input(description)})
        output = {
            name: np.round(answer.astype(float), 4).tolist()
            for name, answer in zip(made, answers, strict=True)
        }
        cases.append({"input": {given: description}, "output": output})
    (folder / "golden.json").write_text(json.dumps({"cases": cases}) + "\n")


def renew_hashes(folder: Path) -> None:
    """Put the hashes of the files into ``model.toml``, where there is one."""
    card = folder / "model.toml"
    if not card.exists():
        return
    text = card.read_text()
    for name in ("model.onnx", "model.safetensors", "golden.json"):
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        text = re.sub(rf'("{re.escape(name)}" = )"[0-9a-f]*"', rf'\1"{digest}"', text)
    card.write_text(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", choices=sorted(CONTRACT))
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    export(options.network, options.checkpoint, options.folder)


if __name__ == "__main__":
    main()

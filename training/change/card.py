"""The machine half of the change network's card (``model.toml``): contract, data, what ships."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from skindelta.learning.card import as_toml, sha256

__all__ = ["sha256", "write_card"]

FILES = ("model.onnx", "model.safetensors", "golden.json", "noise.json")
LIMITS = (
    "Redness, hyperpigmentation and texture of aligned pairs of photos of skin, as skindelta makes "
    "them. Trained on known changes made in photos, not on treated patients; few dark people; no "
    "real skin over 55. Not a medical device."
)
CC_BY_4 = "CC BY 4.0"
DATA = (
    {
        "name": "Face Research Lab London Set, train people, neutral and smiling",
        "count": 36,
        "licence": CC_BY_4,
        "credit": "DeBruine & Jones 2017, doi 10.6084/m9.figshare.5047666.v5",
    },
    {
        "name": "Young Adult White Faces, train people",
        "count": 26,
        "licence": "CC BY",
        "credit": "DeBruine & Jones 2017, doi 10.6084/m9.figshare.4220517.v1",
    },
    {
        "name": "Young adult composite faces, color alone",
        "count": 10,
        "licence": "CC BY",
        "credit": "DeBruine 2016, doi 10.6084/m9.figshare.4055130.v1",
    },
    {"name": "generated adult faces, dark, color alone", "count": 24, "licence": "MIT"},
)
CALIBRATION = {
    "name": "Face Research Lab London Set, calibration people",
    "count": 24,
    "licence": CC_BY_4,
    "credit": "DeBruine & Jones 2017, doi 10.6084/m9.figshare.5047666.v5",
}


def write_card(
    folder: Path,
    factors: Mapping[str, float],
    scores: Sequence[str],
    excess: Mapping[str, float] | None = None,
    shares: Mapping[str, float] | None = None,
) -> None:
    """Write ``model.toml`` beside the files that it names; metrics come with the release.

    `excess` is how many times unchanged skin of people it was trained on counts in the noise,
    `shares` how much of what the network adds to the formula counts where that is not all.
    """
    told: dict[str, Any] = json.loads((folder / "contract.json").read_text())
    told["licence"], told["limits"] = "Apache-2.0", LIMITS
    told["sha256"] = {name: sha256(folder / name) for name in FILES}
    told["output"] |= {"factors": dict(factors), "scores": list(scores)}
    if shares:
        told["output"]["shares"] = dict(shares)
    told["data"] = {"training": list(DATA), "calibration": [CALIBRATION], "split": "by person"}
    if excess:
        told["data"]["noise_of_training_people_times"] = dict(excess)
    told.setdefault("metrics", {})
    (folder / "model.toml").write_text(as_toml(told), encoding="utf-8")

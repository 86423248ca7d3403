"""A pair that was kept reads as the pair itself does, to the last digit."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from builders import pair, skin
from skindelta.change import change_maps
from skindelta.models import Model
from skindelta.net_input import CHANNELS, CONTEXT, MAPS, PX_PER_MM
from skindelta.network import CONTRACT, read_by_network
from skindelta.noise import noise_table
from skindelta.score import score_by_network, score_changes
from skindelta.types import Comparison, ModelCard, PhotoSummary, Quality

sys.path.insert(0, str(Path(__file__).parents[1] / "training"))
from change.card import sha256  # noqa: E402
from noise import kept, read  # noqa: E402
from noise.measure import is_kept  # noqa: E402


class Bent(Model):
    """Answers a bent form of the formula's maps, so that nothing cancels."""

    def run(self, inputs):
        step = (inputs["after"] - inputs["before"])[:, [0, 1, CHANNELS.index("mid"), 0, 1]]
        step[:, 2] *= 100
        return {"maps": (1.3 * step + 0.2 * step * np.abs(step)).astype(np.float32)}


@pytest.fixture
def model(tmp_path):
    card = ModelCard(
        name="net",
        version="1.2.3",
        sha256={"noise.json": ""},
        input={
            "contract": CONTRACT,
            "channels": list(CHANNELS),
            "context": list(CONTEXT),
            "px_per_mm": PX_PER_MM,
        },
        output={"maps": list(MAPS), "scores": [], "factors": {"redness absolute scene": 1.1}},
        data={},
        metrics={},
        limits="",
        licence="",
    )
    (tmp_path / "noise.json").write_text(json.dumps(noise_table()))
    return Bent(card, None, tmp_path)


def compared(aligned, maps, scores):
    summary = PhotoSummary("a.jpg", "0" * 64, None, None, Quality())
    return Comparison(
        before=summary,
        after=summary,
        comparable=True,
        reasons=(),
        reference=aligned.reference,
        residual_px=aligned.residual_px,
        aligned=aligned,
        maps=maps,
        scores=scores,
        made_with={},
    )


def test_a_kept_pair_reads_as_the_pair_itself(tmp_path, model):
    aligned = pair(skin(), skin(haemoglobin=0.1, relief=1.3))
    trust = np.linspace(0.3, 1, aligned.trust.size, dtype=np.float32).reshape(aligned.trust.shape)
    aligned = replace(aligned, trust=trust)
    maps = change_maps(aligned)
    formula = score_changes(aligned, maps)
    name = kept.keep(compared(aligned, maps, formula), tmp_path / "pairs")
    found = kept.read(tmp_path / "pairs" / name, model)

    reading = read_by_network(aligned, maps, model, every_kind=True)
    scores = score_by_network(aligned, reading, formula)
    assert len(scores) >= 5
    for score in scores:
        assert found["network"][f"{score.attribute} {score.basis} {score.region}"] == score.value
    assert set(found["ridge"]) <= set(found["network"])
    assert found["ridge"]


def test_what_could_not_be_aligned_is_not_kept(tmp_path):
    aligned = pair(skin(), skin())
    nothing = replace(compared(aligned, (), ()), aligned=None)
    assert kept.keep(nothing, tmp_path) == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("rows", "whole"),
    [
        ([{"values": {}, "kept": "a"}, {"reasons": ["too dark"]}], True),
        ([{"values": {}, "kept": "a"}, {"values": {}}], False),
        ([{"values": {}, "kept": ""}], False),
    ],
)
def test_a_file_is_kept_where_every_pair_with_values_is(tmp_path, rows, whole):
    file = tmp_path / "person.json"
    file.write_text(json.dumps(rows))
    assert is_kept(file) == whole


def test_what_a_network_reads_is_put_beside_the_formulas_values(tmp_path, model, monkeypatch):
    (tmp_path / "model.onnx").write_bytes(b"weights")
    monkeypatch.setattr(read, "load_model_folder", lambda _: model)
    monkeypatch.setattr(
        read.kept, "read", lambda *_: {"network": {"a": 2.0, "b": 3.0}, "ridge": {}}
    )
    rows = [{"values": {"a": 1.0}, "kept": "pair"}, {"reasons": ["too dark"]}]
    first, second = read.with_readings(tmp_path, rows)
    assert first["network"] == {"a": 2.0}  # what could not be measured is left out
    assert first["read_by"] == sha256(tmp_path / "model.onnx")
    assert "network" not in second

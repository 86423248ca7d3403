import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from skindelta import models
from skindelta.errors import ModelError
from skindelta.models import list_models, load_model, verify_model

ROOT = Path(__file__).parents[1]
NAMES = [(card.name, card.version) for card in list_models()]


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """Let the models be found in a folder that a test may spoil."""
    shutil.copytree(ROOT / "models", tmp_path / "models")
    monkeypatch.setattr(models, "_ROOTS", (tmp_path / "models",))
    return tmp_path / "models" / "face-landmarks" / "1.0.0"


def test_the_shipped_models_are_listed():
    assert ("face-finder", "1.0.0") in NAMES
    assert ("face-landmarks", "1.0.0") in NAMES


@pytest.mark.parametrize(("name", "version"), NAMES)
def test_files_and_answers_are_those_of_the_card(name, version):
    card = verify_model(name, version)
    assert (card.name, card.version) == (name, version)
    assert card.licence == "Apache-2.0"
    measured = {"noise.json"} if name == "skindelta-base" else set()  # what its intervals rest on
    assert set(card.sha256) == {"model.onnx", "model.safetensors", "golden.json"} | measured
    assert card.data["training"]
    assert card.metrics


@pytest.mark.parametrize(("name", "version"), NAMES)
def test_a_model_folder_is_whole(name, version):
    files = {path.name for path in (ROOT / "models" / name / version).iterdir()}
    named = set(load_model(name, version).card.sha256)
    assert files == named | {"model.toml", "README.md"}


def test_an_altered_file_is_told_by_name(copied):
    with (copied / "model.onnx").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ModelError, match=r"model\.onnx is not the file"):
        verify_model("face-landmarks")


def test_a_missing_file_is_told_by_name_and_what_to_do(copied):
    (copied / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"model\.safetensors is missing; install skindelta again"):
        verify_model("face-landmarks")


def test_a_card_that_cannot_be_read_is_told(copied):
    (copied / "model.toml").write_text("name = ")
    with pytest.raises(ModelError, match="no card of a model"):
        list_models()


def test_a_network_that_cannot_be_loaded_is_told(copied):
    onnx = copied / "model.onnx"
    onnx.write_bytes(b"nothing")
    with pytest.raises(ModelError, match="not the file that its card names"):
        load_model("face-landmarks")
    card = copied / "model.toml"
    digest = models.hashlib.sha256(b"nothing").hexdigest()
    lines = card.read_text().splitlines()
    card.write_text(
        "\n".join(f'"model.onnx" = "{digest}"' if "model.onnx" in x else x for x in lines)
    )
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_model("face-landmarks")
    onnx.unlink()
    with pytest.raises(ModelError, match="is missing"):
        load_model("face-landmarks")


def test_a_card_of_a_newer_schema_is_told(copied):
    card = copied / "model.toml"
    card.write_text("schema = 2\n" + card.read_text())
    with pytest.raises(ModelError, match="of schema 2, this version knows 1"):
        load_model("face-landmarks")


def test_other_weights_give_other_answers_and_are_told(copied):
    golden = copied / "golden.json"
    held = json.loads(golden.read_text())
    held["cases"][0]["output"]["face"][0] += 7
    golden.write_text(json.dumps(held))
    named_anew(copied, "golden.json")
    with pytest.raises(ModelError, match="gives another face"):
        verify_model("face-landmarks")


def named_anew(folder, name):
    """Let the card name an altered file."""
    card = folder / "model.toml"
    digest = models.hashlib.sha256((folder / name).read_bytes()).hexdigest()
    lines = [
        f'"{name}" = "{digest}"' if line.startswith(f'"{name}"') else line
        for line in card.read_text().splitlines()
    ]
    card.write_text("\n".join(lines) + "\n")


def test_every_map_is_held_against_its_own_size(copied):
    """Maps of color are of a few units, texture of hundreds of %: one limit would not see them."""
    folder = copied.parents[1] / "skindelta-base" / "1.0.0"
    held = json.loads((folder / "golden.json").read_text())
    for case in held["cases"]:
        maps = np.array(case["output"]["maps"])
        maps[:, 3] *= 0.95
        case["output"]["maps"] = maps.tolist()
    (folder / "golden.json").write_text(json.dumps(held))
    named_anew(folder, "golden.json")
    with pytest.raises(ModelError, match="gives another maps"):
        verify_model("skindelta-base")


@pytest.mark.parametrize(
    ("text", "message"),
    [('{"cases": []}', "no case"), ("{}", "cases"), ("[", "cannot be used"), ("[1]", "cannot be")],
)
def test_golden_answers_that_hold_nothing_are_told(copied, text, message):
    (copied / "golden.json").write_text(text)
    named_anew(copied, "golden.json")
    with pytest.raises(ModelError, match=message):
        verify_model("face-landmarks")


@pytest.mark.parametrize("name", ["model.onnx", "model.safetensors", "golden.json"])
def test_a_card_that_leaves_a_file_out_is_told(copied, name):
    card = copied / "model.toml"
    lines = [line for line in card.read_text().splitlines() if not line.startswith(f'"{name}"')]
    card.write_text("\n".join(lines) + "\n")
    with pytest.raises(ModelError, match=f"no sha256 of {name}"):
        verify_model("face-landmarks")
    if name == "model.onnx":
        with pytest.raises(ModelError, match="no sha256 of"):
            load_model("face-landmarks")


@pytest.mark.parametrize("table", ["input", "sha256", "metrics"])
def test_a_card_whose_table_is_none_is_told(copied, table):
    card = (copied / "model.toml").read_text()
    head = f'{table} = "x"\n'
    (copied / "model.toml").write_text(head + card.replace(f"[{table}]", f"[other_{table}]"))
    with pytest.raises(ModelError, match="no card of a model"):
        load_model("face-landmarks")
    told = (
        card.split("\n[")[0]
        + "\n"
        + "\n".join(
            f'{name} = "x"' if name == table else f"{name} = {{}}"
            for name in ("sha256", "input", "output", "data", "metrics")
        )
    )
    (copied / "model.toml").write_text(told)
    with pytest.raises(ModelError, match=f"not a table: {table}"):
        load_model("face-landmarks")


def test_a_digest_tells_weights_and_calibration_apart(copied):
    folder = copied.parents[1] / "skindelta-base" / "1.0.0"
    first = load_model("skindelta-base").digest
    again = copied.parents[1] / "skindelta-base" / "1.0.1"
    shutil.copytree(folder, again)
    assert load_model("skindelta-base", "1.0.1").digest == first
    other = copied.parents[1] / "skindelta-base" / "1.0.2"
    shutil.copytree(folder, other)
    card = other / "model.toml"
    factor = '"redness absolute scene" = 1.0183'
    assert factor in card.read_text()
    card.write_text(card.read_text().replace(factor, factor + "1"))
    assert load_model("skindelta-base", "1.0.2").digest != first


def test_an_unknown_model_is_told_with_those_there_are():
    with pytest.raises(ModelError, match=r"no model face-nose .*face-landmarks@1\.0\.0"):
        load_model("face-nose")
    with pytest.raises(ModelError, match=r"face-landmarks@9\.9\.9"):
        load_model("face-landmarks", "9.9.9")


def test_the_newest_version_is_taken_by_number(copied):
    for version in ("1.9.0", "1.10.0"):
        shutil.copytree(copied, copied.parent / version)
        card = copied.parent / version / "model.toml"
        card.write_text(card.read_text().replace('version = "1.0.0"', f'version = "{version}"'))
    assert load_model("face-landmarks").card.version == "1.10.0"
    assert load_model("face-landmarks", "1.0.0").card.version == "1.0.0"


def test_threads_share_one_model_and_get_the_same_answers():
    crops = np.random.default_rng(0).random((8, 1, 3, 160, 160), dtype=np.float32)

    def run(crop):
        model = load_model("face-landmarks")
        return model, model.run({"crop": crop})["points"]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(run, crops))
    assert len({id(model) for model, _ in answers}) == 1
    for crop, (_, points) in zip(crops, answers, strict=True):
        np.testing.assert_array_equal(points, run(crop)[1])


@pytest.mark.parametrize(("name", "version"), NAMES)
def test_the_file_that_runs_holds_the_weights_for_retraining(name, version):
    onnx = pytest.importorskip("onnx", reason="needs onnx (extra dev)")
    numpy = pytest.importorskip("safetensors.numpy", reason="needs safetensors (extra dev)")
    folder = ROOT / "models" / name / version
    weights = numpy.load_file(folder / "model.safetensors")
    runs = {
        tensor.name: onnx.numpy_helper.to_array(tensor)
        for tensor in onnx.load(folder / "model.onnx").graph.initializer
    }
    assert set(runs) == set(weights)
    for key, values in weights.items():
        np.testing.assert_array_equal(runs[key], values, err_msg=key)


def test_both_networks_together_have_at_most_a_million_weights():
    numpy = pytest.importorskip("safetensors.numpy", reason="needs safetensors (extra dev)")
    total = sum(
        values.size
        for name, version in NAMES
        if name.startswith("face-")
        for values in numpy.load_file(
            ROOT / "models" / name / version / "model.safetensors"
        ).values()
    )
    assert total <= 1_000_000


@pytest.mark.torch
@pytest.mark.parametrize(("network", "given"), [("landmarks", "crop"), ("finder", "photo")])
def test_torch_and_the_runtime_give_the_same_answer(monkeypatch, network, given):
    torch = pytest.importorskip("torch", reason="needs torch (extra train)")
    pytest.importorskip("onnx", reason="needs onnx (extra train)")
    monkeypatch.syspath_prepend(ROOT / "training")
    from face.export import CONTRACT, from_safetensors

    name = f"face-{network}"
    _, made, size = CONTRACT[network]
    net = from_safetensors(network, ROOT / "models" / name / "1.0.0" / "model.safetensors")
    pixels = np.random.default_rng(1).random((1, 3, size, size), dtype=np.float32)
    with torch.no_grad():
        wanted = net(torch.from_numpy(pixels))
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    outputs = load_model(name).run({given: pixels})
    for key, want in zip(made, wanted, strict=True):
        limit = 2e-3 * max(1.0, float(want.abs().max()))  # as for golden answers
        np.testing.assert_allclose(outputs[key], want.numpy(), rtol=0, atol=limit, err_msg=key)


@pytest.mark.torch
def test_torch_and_the_runtime_give_the_same_maps():
    torch = pytest.importorskip("torch", reason="needs torch (extra train)")
    for name in ("onnx", "torchvision", "tensorboard"):
        pytest.importorskip(name, reason="needs the extra train")
    from skindelta.learning.base import net_of
    from skindelta.learning.onnx_graph import INPUTS
    from skindelta.net_input import CHANNELS, CONTEXT

    rng = np.random.default_rng(0)
    shapes = [(len(CHANNELS), 64, 48)] * 2 + [(2, 64, 48), (len(CONTEXT),), (2,)]
    made = [rng.random((1, *shape), dtype=np.float32) for shape in shapes]
    net = net_of(ROOT / "models" / "skindelta-base" / "1.0.0")
    with torch.no_grad():
        wanted = net(*map(torch.from_numpy, made)).numpy()
    got = load_model("skindelta-base").run(dict(zip(INPUTS, made, strict=True)))["maps"]
    for plane, want in zip(got[0], wanted[0], strict=True):
        assert np.abs(plane - want).max() <= 2e-3 * max(1.0, np.abs(want).max())

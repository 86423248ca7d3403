"""Model folders: list them, load them, check them, run them.

A model is a folder ``models/<name>/<version>/``: ``model.onnx`` is what runs, ``model.safetensors``
are the same weights for retraining, ``model.toml`` is the machine half of the card, ``README.md``
the human half, and ``golden.json`` holds inputs and the outputs they must give. Nothing is ever
overwritten: new weights are a new version. Models that a user made lie in a folder of theirs
(:mod:`skindelta.own_models`) and are found beside those that ship.

This is the only module that knows the inference runtime, and it loads it when the first model
runs. Nothing is fetched from anywhere.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .errors import ModelError
from .own_models import SHIPPED, check_place, own_folders, user_models
from .types import ModelCard

if TYPE_CHECKING:
    import onnxruntime

__all__ = [
    "BrokenModel",
    "Model",
    "broken_models",
    "digest_of",
    "find_card",
    "golden_input",
    "list_models",
    "load_model",
    "load_model_folder",
    "verify_model",
    "verify_model_folder",
]

# Of what ships: installed in the wheel; in a checkout the folders lie beside `src`.
_ROOTS = (Path(__file__).parent / "model_data", Path(__file__).parents[2] / "models")
# A second thread gains nothing on networks this small (landmarks: 1.8 ms on one, 1.9 ms on two;
# finder: 1.3 and 1.4 ms), and two photos already run beside each other.
_THREADS = 1
_ADVICE = "install skindelta again, or put the folder back from its release"
_OWN_ADVICE = "put the folder back from a backup, or use another model"
# Largest difference between runtimes and processors, as a share of an output's largest value.
_GOLDEN_TOLERANCE = 2e-3

_SCHEMA = 1  # of model.toml
_RUN = "model.onnx"
_NOT_RUN = ("model.safetensors", "golden.json")  # of no use to scoring: verify looks at them
_TABLES = ("sha256", "input", "output", "data", "metrics")  # of a card

Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Model:
    """A loaded model.

    Attributes
    ----------
    card : ModelCard
    session : onnxruntime.InferenceSession
        Safe to run from several threads at once.
    folder : Path
        Where its files are.
    """

    card: ModelCard
    session: "onnxruntime.InferenceSession"
    folder: Path

    @property
    def digest(self) -> str:
        """Sha256 of all that its answers come from, see :func:`digest_of`."""
        return digest_of(self.card)

    def run(self, inputs: Arrays) -> dict[str, npt.NDArray[Any]]:
        """Run the network.

        Parameters
        ----------
        inputs : mapping of str to ndarray
            As ``card.input`` says.

        Returns
        -------
        outputs : dict of str to ndarray
            As ``card.output`` says.
        """
        names = [output.name for output in self.session.get_outputs()]
        return dict(zip(names, self.session.run(names, dict(inputs)), strict=True))


class BrokenModel(NamedTuple):
    """A model of the user that cannot be used.

    Attributes
    ----------
    name, version : str
        As its folder says.
    trouble : str
        Why, and what to do.
    """

    name: str
    version: str
    trouble: str


def digest_of(card: ModelCard) -> str:
    """Return the sha256 of what answers come from: weights, noise table, factors, what it gives.

    Two folders with the same weights that were calibrated otherwise have different digests.
    """
    files = {name: sha for name, sha in card.sha256.items() if name not in _NOT_RUN}
    told = json.dumps([files, card.output], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def list_models() -> tuple[ModelCard, ...]:
    """Return the cards of all models, by name and version.

    Those of the user that are broken are left out, see :func:`broken_models`.

    Raises
    ------
    ModelError
        A model that ships is broken.
    """
    folders = {}
    for root in reversed(_ROOTS):
        for file in root.glob("*/*/model.toml"):
            folders[file.parent.parent.name, file.parent.name] = file.parent
    cards = [_read_card(folder) for folder in folders.values()]
    cards += [found for found in _own_cards() if isinstance(found, ModelCard)]
    return tuple(sorted(cards, key=lambda card: _order((card.name, card.version))))


def broken_models() -> tuple[BrokenModel, ...]:
    """Return the models of the user that have no card, a broken one, or one of another model."""
    return tuple(found for found in _own_cards() if isinstance(found, BrokenModel))


def find_card(name: str, version: str | None = None) -> ModelCard:
    """Return the card of one model, the newest version where none is named; loads nothing.

    Raises
    ------
    ModelError
        If the model is missing or its card is broken.
    """
    return _read_card(_folder(name, version))


def load_model(name: str, version: str | None = None) -> Model:
    """Return a model ready to run; later calls return the same object.

    Parameters
    ----------
    name : str
    version : str, optional
        The newest where not given.

    Raises
    ------
    ModelError
        If the model is missing, is not the one that its card describes, or cannot be loaded.
    """
    return load_model_folder(_folder(name, version))


def load_model_folder(folder: Path) -> Model:
    """Return the model of a folder that lies anywhere: one that is not shipped yet.

    It is loaded again where its card was written anew.

    Raises
    ------
    ModelError
        If it is not the one that its card describes, or cannot be loaded.
    """
    with _LOCK:
        return _load(folder, _stamp(folder))


def verify_model(name: str, version: str | None = None) -> ModelCard:
    """Check the files of a model against its card, and its answers against ``golden.json``.

    Raises
    ------
    ModelError
        If a file is missing or altered, or an answer differs.
    """
    return verify_model_folder(_folder(name, version))


def verify_model_folder(folder: Path) -> ModelCard:
    """Check the files of a model folder that lies anywhere; as :func:`verify_model`."""
    card = _read_card(folder)
    missing = sorted({_RUN, *_NOT_RUN} - set(card.sha256))
    if missing:
        raise ModelError(
            f"{folder / 'model.toml'} has no sha256 of {', '.join(missing)}; {_advice(folder)}"
        )
    for file in card.sha256:
        _check_hash(folder, card, file)
    model = load_model_folder(folder)
    try:
        cases = json.loads((folder / "golden.json").read_text(encoding="utf-8"))["cases"]
        if not cases:
            raise ValueError("no case in it")
        for case in cases:
            _check_case(model, case)
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{folder / 'golden.json'} cannot be used: {error!r}; {_advice(folder)}"
        ) from error
    return card


_LOCK = Lock()


@lru_cache(maxsize=16)
def _load(folder: Path, stamp: int) -> Model:
    import onnxruntime

    card = _read_card(folder)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _THREADS
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    onnxruntime.disable_telemetry_events()
    file = folder / _RUN
    if _RUN not in card.sha256:
        raise ModelError(f"{folder / 'model.toml'} has no sha256 of {_RUN}; {_advice(folder)}")
    for name in (n for n in card.sha256 if n not in _NOT_RUN):
        _check_hash(folder, card, name)
    try:
        session = onnxruntime.InferenceSession(
            str(file), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # the runtime raises its own types, which differ by version
        raise ModelError(f"{file} cannot be loaded: {error}; {_advice(folder)}") from error
    return Model(card, session, folder)


def _stamp(folder: Path) -> int:
    """When the card was written; 0 where there is none, which is told when it is read."""
    try:
        return (folder / "model.toml").stat().st_mtime_ns
    except OSError:
        return 0


def _check_hash(folder: Path, card: ModelCard, file: str) -> None:
    """Hold a file against its card; raises ModelError where it is missing or another one."""
    try:
        digest = hashlib.sha256((folder / file).read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(f"{folder / file} is missing; {_advice(folder)}") from error
    if digest != card.sha256[file]:
        raise ModelError(f"{folder / file} is not the file that its card names; {_advice(folder)}")


def _folder(name: str, version: str | None) -> Path:
    """Return the folder of a model, the newest version where none is named."""
    shipped = [[file.parent for file in (root / name).glob("*/model.toml")] for root in _ROOTS]
    for folders in (*shipped, list(own_folders(name))):
        for folder in sorted(folders, key=lambda f: _order((name, f.name)), reverse=True):
            if version in {None, folder.name}:
                return folder
    wanted = name if version is None else f"{name}@{version}"
    known = ", ".join(f"{card.name}@{card.version}" for card in list_models()) or "none"
    advice = _ADVICE if name in SHIPPED else "choose one of these"
    raise ModelError(f"there is no model {wanted} (there are: {known}); {advice}")


def _advice(folder: Path) -> str:
    """Say what to do about a model that is not whole."""
    return _OWN_ADVICE if _is_own(folder) else _ADVICE


def _is_own(folder: Path) -> bool:
    """Whether a model folder lies among the models of this user."""
    root = user_models()
    return root in folder.absolute().parents[1:2] and root not in _ROOTS


def _order(key: tuple[str, str]) -> tuple[str, list[int]]:
    """Sort versions as numbers: 1.10.0 comes after 1.9.0."""
    name, version = key
    return name, [int(part) if part.isdigit() else -1 for part in version.split(".")]


def _own_cards() -> Iterator[ModelCard | BrokenModel]:
    """Read the cards of the user's models, or say why not: none must stand in others' way."""
    for folder in own_folders() if user_models() not in _ROOTS else ():
        try:
            yield _read_card(folder)
        except ModelError as error:
            yield BrokenModel(folder.parent.name, folder.name, str(error))


def _read_card(folder: Path) -> ModelCard:
    """Read ``model.toml``; raises ModelError where it is missing, broken or incomplete.

    Of a model of the user also where it is that of another one.
    """
    file = folder / "model.toml"
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
        if told.get("schema", _SCHEMA) != _SCHEMA:
            raise ModelError(
                f"{file} is of schema {told['schema']}, this version knows {_SCHEMA}: it was made "
                "for another version of skindelta; install that, or another model"
            )
        card = ModelCard(**told)
        wrong = [name for name in _TABLES if not isinstance(getattr(card, name), dict)]
        if wrong:
            raise ValueError(f"not a table: {', '.join(wrong)}")
    except FileNotFoundError as error:
        raise ModelError(f"{file} is missing; {_advice(folder)}") from error
    except OSError as error:
        raise ModelError(f"{file} cannot be read ({error.strerror}); {_advice(folder)}") from error
    except (TypeError, ValueError) as error:  # TOMLDecodeError is a ValueError
        raise ModelError(f"{file} is no card of a model: {error}; {_advice(folder)}") from error
    if _is_own(folder):
        check_place(folder, card.name, card.version)
    return card


def _check_case(model: Model, case: Mapping[str, Any]) -> None:
    """Hold one golden answer; raises ModelError if the network gives another."""
    inputs = {name: golden_input(text) for name, text in case["input"].items()}
    outputs = model.run(inputs)
    for name, wanted in case["output"].items():
        want = np.array(wanted, dtype=np.float64)
        got = np.asarray(outputs[name], dtype=np.float64)
        # Of maps, (1, channels, h, w), each by itself: they are of different units.
        axes = (0, 2, 3) if want.ndim == 4 else None
        limits = _GOLDEN_TOLERANCE * np.maximum(1.0, np.abs(want).max(axes))
        off = limit = float("inf")
        if got.shape == want.shape:
            offs = np.abs(got - want).max(axes)
            worst = np.argmax(np.where(np.isfinite(offs), offs / limits, np.inf))
            off, limit = float(np.ravel(offs)[worst]), float(np.ravel(limits)[worst])
        if got.shape != want.shape or not off <= limit:
            raise ModelError(
                f"{model.card.name}@{model.card.version} gives another {name} than it must for "
                f"{case['input']}: off by {off:.3g}, limit {limit:.3g}; {_advice(model.folder)}"
            )


def golden_input(description: Mapping[str, Any]) -> npt.NDArray[np.float32]:
    """Make the input that ``golden.json`` describes, float32.

    ``waves``: a sum of two plane waves per channel, (1, 3, S, S) in 0..1; with a *shape*, of that
    shape, times *scale*. ``astronaut``: a square of the photo that scikit-image ships, every
    `step`-th pixel, so that no resampling can differ. ``numbers``: these, as one row.
    """
    kind = description["kind"]
    if kind == "numbers":
        return np.array([description["numbers"]], dtype=np.float32)
    if kind == "waves":
        shape = description.get("shape") or (1, 3, description["size"], description["size"])
        channel, y, x = np.meshgrid(*(np.arange(n) for n in shape[1:]), indexing="ij")
        pixels = 0.5 + 0.25 * np.sin(0.11 * x + channel) + 0.25 * np.cos(0.07 * y - 0.05 * x)
        pixels = np.moveaxis(pixels * float(description.get("scale", 1.0)), 0, -1)
    elif kind == "astronaut":
        from skimage import data

        size = int(description["size"])
        top, left, step = (int(description[key]) for key in ("top", "left", "step"))
        pixels = data.astronaut()[top::step, left::step][:size, :size] / 255.0
    else:
        raise ModelError(f"golden.json asks for an unknown kind of input: {kind}; {_ADVICE}")
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], dtype=np.float32)

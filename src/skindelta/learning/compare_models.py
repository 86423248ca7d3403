"""Any two models on any labels: what `skindelta evaluate` prints. Needs no torch."""

from dataclasses import replace
from pathlib import Path

from ..errors import LabelError, ModelError
from ..models import Model
from ..own_models import user_models
from ..photo_folder import has_photo_name
from ..pipeline import DEFAULT_MODEL, Options, model_of
from .benchmark import benchmark_examples
from .evaluate import WHOLE, Evaluation, evaluate, evaluate_benchmark, links_of, read_targets
from .examples import Example, Refused
from .label_row import Find
from .labels import Labels
from .prepare import Amounts, prepare
from .replay import replayed
from .verdicts import Gain

__all__ = ["benchmark_folder", "compare_models"]

NOTHING_BESIDE = Amounts(retakes=0, own_photos=0, generated=0)
MOST_PHOTOS = 200


def benchmark_folder() -> Path:
    """Where examples of the frozen benchmark are kept."""
    return user_models() / ".training" / "benchmark"


def compare_models(
    labels: Labels,
    model: str,
    against: str,
    photos: Path | None = None,
    find: Find | None = None,
) -> tuple[Evaluation, Gain | None]:
    """Hold a model against another.

    Parameters
    ----------
    labels : Labels
    model, against : str
        As ``--model`` names them; networks, not the formulas.
    photos : Path, optional
        Folder of photos to make known changes in.
    find : callable, optional
        Finds a photo of a record by its sha256.

    Returns
    -------
    tuple of Evaluation and Gain or None
        The second of known changes in `photos`.

    Raises
    ------
    ModelError
        A model is missing, or is none.
    LabelError
        No photo of the labels can be used, or none is in `photos`.
    """
    new, base = _network(model), _network(against)
    options = Options(model=DEFAULT_MODEL)
    kept = benchmark_folder().with_name("compared")
    prepared = prepare(labels.pairs, labels.folder, options, kept, NOTHING_BESIDE, find)
    if not prepared.targets:
        reasons = sorted({reason for _, reason in prepared.unused})
        raise LabelError("none of the labels can be used: " + "; ".join(reasons[:5]))
    read = [read_targets(prepared.targets, prepared.examples, one) for one in (base, new)]
    links = links_of(prepared.targets, read[0]), links_of(prepared.targets, read[1])
    frozen = evaluate_benchmark(benchmark_examples(benchmark_folder()), base, new)
    found = evaluate(prepared.targets, prepared.examples, read[0], read[1], links, frozen)
    return found, None if photos is None else _on_photos(photos, base, new, kept)


def _network(name: str) -> Model:
    model = model_of(Options(model=name))
    if model is None:
        raise ModelError("the formulas are part of every model; name a network")
    return model


def _on_photos(folder: Path, base: Model, new: Model, kept: Path) -> Gain:
    """Make known changes in the photos of a folder, and read them by both models."""
    files = sorted(f for f in folder.rglob("*") if f.is_file() and has_photo_name(f.name))
    examples: list[Example] = []
    options = replace(Options(), model=DEFAULT_MODEL)
    for number, file in enumerate(files[:MOST_PHOTOS]):
        try:
            examples.append(replayed(file, number, kept, options))
        except Refused:
            continue
    if not examples:
        raise LabelError(f"{folder} holds no photo that known changes can be made in")
    return evaluate_benchmark(examples, base, new)[WHOLE]

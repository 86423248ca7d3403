"""One training: labels in, a model in the user's own folder and an honest result out.

::

    labels ─prepare→ examples ─base network→ features ─fit→ head ─export→ candidate
                                                        └─ evaluate: base against new ─→ card

Everything that takes long is kept in the folder of the run and found again: a run that was killed
goes on where it was and ends with the same model. The model in use is never touched, and the new
one is put in its place only when it is whole.
"""

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch

from ..errors import LabelError, ModelError
from ..model_store import new_version
from ..models import Model, load_model_folder
from ..pipeline import DEFAULT_MODEL, Options, model_of
from .base import begin
from .benchmark import benchmark_examples
from .compare_models import benchmark_folder
from .enough import FEWEST_LABELS, check_enough
from .evaluate import (
    Evaluation,
    evaluate,
    evaluate_benchmark,
    links_of,
    read_targets,
)
from .examples import key_of
from .features import Features, batch_of, of_examples
from .fit import Progress, Settings, fit, rows_of
from .folder import Told, write_candidate
from .head import ATTRIBUTES, CAMERA, Adapted, Head
from .label_row import Find, Label
from .labels import Labels, labels_hash
from .learning_curve import learning_curve
from .links import Link
from .net import ChangeNet
from .prepare import Amounts, Prepared, prepare
from .recalibrate import excess_with
from .result import publish, write_result
from .split import PARTS
from .targets import KNOWN, OWN_PHOTO, UNITS, Target

__all__ = ["Event", "Trained", "train"]

Stage = Literal["photos", "features", "learning", "writing", "checking"]
MEASURED_STEPS = 3
FEWEST_GENERATED = 20  # with none of them 0.6 of an a* was left, with 20 within 3 %
BATCH = 8


class Event(NamedTuple):
    """How far a training is.

    Attributes
    ----------
    stage : {"photos", "features", "learning", "writing", "checking"}
    done, of : int
    progress : Progress or None
        While it learns.
    """

    stage: Stage
    done: int
    of: int
    progress: Progress | None = None


@dataclass(frozen=True)
class Trained:
    """What came out.

    Attributes
    ----------
    name, version : str
    folder : Path
    evaluation : Evaluation
    curve : tuple of (int, float, float)
        Labels learnt from, and root mean square errors of the base and of the new model on held-out
        people, in the noise of the labels.
    unused : tuple of (Label, str)
        Labels that said nothing, each with its reason.
    seconds : float
    base_steps : float
        The same time, counted in steps of the base's own training on this machine.
    """

    name: str
    version: str
    folder: Path
    evaluation: Evaluation
    curve: tuple[tuple[int, float, float], ...]
    unused: tuple[tuple[Label, str], ...]
    seconds: float
    base_steps: float


def train(
    labels: Labels,
    name: str,
    run: Path,
    options: Options = Options(model=DEFAULT_MODEL),  # noqa: B008
    settings: Settings = Settings(),  # noqa: B008
    amounts: Amounts = Amounts(),  # noqa: B008
    find: Find | None = None,
    tell: Callable[[Event], None] = lambda _: None,
) -> Trained:
    """Retrain the base on labels, and say honestly what that is worth.

    Parameters
    ----------
    labels : Labels
    name : str
        Of the new model; its version is the next one.
    run : Path
        Folder of this run; go on with the same one after it was stopped.
    options : Options
        How pairs are compared; its model is what retraining starts from.
    settings : Settings
    amounts : Amounts
    find : callable, optional
        Finds a photo of a record by its sha256.
    tell : callable
        Gets every event, in the thread of the caller; what it raises stops the run.

    Returns
    -------
    Trained

    Raises
    ------
    LabelError
        Rows that cannot be used, or too few.
    ModelError
        The base is missing, the name is not allowed, or the model cannot be written.
    """
    try:
        return _trained(labels, name, run, options, settings, amounts, find, tell)
    except OSError as error:
        reason = error.strerror or error
        raise ModelError(f"{run} cannot be written ({reason}); make room, then go on") from error
    except BrokenExecutor as error:
        raise ModelError(
            "a process that prepares photos was ended from outside, most likely for lack of "
            "memory; close other programs, then go on with the same command"
        ) from error


def _trained(
    labels: Labels,
    name: str,
    run: Path,
    options: Options,
    settings: Settings,
    amounts: Amounts,
    find: Find | None,
    tell: Callable[[Event], None],
) -> Trained:
    started = time.monotonic()
    labels.check()
    version = new_version(name)
    base = model_of(options)
    if base is None:
        raise ModelError("the formulas cannot be retrained; start from a network")
    net, head = begin(base)
    check_enough(labels.pairs)
    run.mkdir(parents=True, exist_ok=True)
    prepared = prepare(
        labels.pairs, labels.folder, options, run / "examples", amounts, find,
        lambda done, of: tell(Event("photos", done, of)),
    )  # fmt: skip
    own = [t for t in prepared.targets if t.scale not in (KNOWN, OWN_PHOTO)]
    _check_used(own, prepared, amounts)
    features = _features(net, head, prepared, lambda done, of: tell(Event("features", done, of)))
    step_seconds = _seconds_of_a_step(net, prepared)
    key = _key(labels, options, base, settings, amounts)
    _learn(head, features, prepared, settings, run, key, tell)
    tell(Event("writing", 0, 1))
    excess = excess_with(base, own, prepared, features, head)
    told = Told(_data(labels, own, settings, amounts, head), excess)
    candidate = run / "candidate"
    write_candidate(candidate, name, version, Adapted(net, head), base, told)
    evaluation, links = _judged(base, load_model_folder(candidate), own, prepared, tell)
    curve = learning_curve(
        base, features, prepared, own, settings, lambda done, of: tell(Event("checking", done, of))
    )
    seconds = time.monotonic() - started
    cost = {"seconds": round(seconds, 1), "base_steps": round(seconds / step_seconds, 1)}
    write_result(candidate, evaluation, links, curve, cost)
    folder = publish(candidate, name, version)
    return Trained(
        name, version, folder, evaluation, curve, prepared.unused, seconds, seconds / step_seconds
    )


def _learn(
    head: Head,
    features: Features,
    prepared: Prepared,
    settings: Settings,
    run: Path,
    key: str,
    tell: Callable[[Event], None],
) -> None:
    """Learn the head in place, with curves; goes on where a run of the same key was stopped."""
    torch.manual_seed(settings.seed)
    with _Curves(run, key) as curves:

        def learning(progress: Progress) -> None:
            curves.add(progress)
            tell(Event("learning", progress.step, progress.steps, progress))

        rows = rows_of(prepared.targets)
        fit(head, features, rows, settings, run / f"state-{key}.pt", learning)


def _judged(
    base: Model,
    new: Model,
    own: Sequence[Target],
    prepared: Prepared,
    tell: Callable[[Event], None],
) -> tuple[Evaluation, dict[str, Link]]:
    """Hold the new model against the base; return that, and the links of the new one."""
    tell(Event("checking", 0, 1))
    read = [read_targets(own, prepared.examples, model) for model in (base, new)]
    links = links_of(own, read[0]), links_of(own, read[1])
    frozen = evaluate_benchmark(benchmark_examples(benchmark_folder()), base, new)
    return evaluate(own, prepared.examples, read[0], read[1], links, frozen), links[1]


def _check_used(own: Sequence[Target], prepared: Prepared, amounts: Amounts) -> None:
    if not any(t.scale in UNITS for t in own) and amounts.generated < FEWEST_GENERATED:
        raise LabelError(
            "no label is in a*, L* or %, so only known changes in generated skin hold what a unit "
            f"is; at least {FEWEST_GENERATED} of them are needed (--generated)"
        )
    learn = [t for t in own if t.part == "learn"]
    if len(learn) < FEWEST_LABELS:
        reasons = sorted({reason for _, reason in prepared.unused})
        raise LabelError(
            f"only {len(learn)} labels can be learnt from, {len(prepared.unused)} say nothing: "
            + "; ".join(reasons[:5])
        )


def _features(
    net: ChangeNet, head: Head, prepared: Prepared, tell: Callable[[int, int], None]
) -> Features:
    """Let the base network answer for every example, on an accelerator where there is one."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_flush_denormal(True)  # weights near 0 take a third of the time otherwise
    try:
        found = of_examples(net.to(device), head.to(device), prepared.examples, BATCH, device, tell)
    finally:
        torch.set_flush_denormal(False)
        net.cpu(), head.cpu()
    return Features(*(tensor.cpu() for tensor in found))


def _seconds_of_a_step(net: ChangeNet, prepared: Prepared) -> float:
    """Time of one step of the base's own training, forward and back over a batch of eight."""
    batch = batch_of(prepared.examples[:BATCH])
    times = []
    for _ in range(MEASURED_STEPS):
        begin_at = time.monotonic()
        net(*batch.inputs).square().mean().backward()
        times.append(time.monotonic() - begin_at)
    net.zero_grad()
    return max(sorted(times)[MEASURED_STEPS // 2], 1e-6)


def _key(
    labels: Labels, options: Options, base: Model, settings: Settings, amounts: Amounts
) -> str:
    """Name a run by all that decides what it ends with."""
    return key_of(
        labels_hash(labels.rows), repr(options), base.digest, asdict(settings), asdict(amounts)
    )[:12]


def _data(
    labels: Labels, own: Sequence[Target], settings: Settings, amounts: Amounts, head: Head
) -> dict[str, Any]:
    """Return what a card tells of what was learnt from."""
    parts = {}
    for part in PARTS:
        rows = [t for t in own if t.part == part]
        parts[part] = {"labels": len(rows), "people": len({t.person for t in rows})}
    return {
        "labels_sha256": labels_hash(labels.rows),
        "parts": parts,
        "raters": len({label.rater for label in labels.rows}),
        "scales": sorted({t.link for t in own}),
        "split": "by person, by a hash of the name",
        "settings": asdict(settings),
        "examples": asdict(amounts),
        "gains": {
            name: round(float(gain), 4)
            for name, gain in zip(ATTRIBUTES, head.camera[:, 0].detach() * CAMERA, strict=True)
        },
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


class _Curves:
    """Curves of a run: lines of JSON, and TensorBoard where it is installed."""

    def __init__(self, run: Path, key: str) -> None:
        self._file = run / f"curves-{key}.jsonl"
        self._board: Any = None
        with suppress(ImportError):
            from torch.utils.tensorboard import SummaryWriter

            self._board = SummaryWriter(str(run / "curves" / key))

    def __enter__(self) -> "_Curves":
        return self

    def __exit__(self, *_: object) -> None:
        if self._board is not None:
            self._board.close()

    def add(self, progress: Progress) -> None:
        """Add one check."""
        told = asdict(progress)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(told) + "\n")
        if self._board is not None:
            for name in ("learn", "stop", "replay"):
                if told[name] is not None:
                    self._board.add_scalar(name, told[name], progress.step)

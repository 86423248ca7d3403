"""A pair of photos as the network sees it: what retraining learns from and is judged by.

An example holds the network's input, where the regions are on its raster, and what the model in use
reads of them (*read*). Of known changes it also holds the truth. Examples are kept as files named
after what they were made from, so that a run that was stopped goes on where it was.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

import cv2
import numpy as np
import numpy.typing as npt

from ..change import change_maps
from ..errors import SkinDeltaError
from ..net_input import NetInput, net_input
from ..pipeline import Options, compare
from ..types import Basis, Comparison, Photo, RegionMap

__all__ = ["Example", "Key", "Refused", "example_of", "kept_example", "key_of", "of_comparison"]

Key = tuple[str, Basis, str]  # attribute, basis, region
PhotoSource = Photo | str | Path
_VERSION = 2  # of what an example holds: files of another are made anew
_KEYED = "/"  # between the parts of a key in a file


class Refused(SkinDeltaError):
    """Two photos that nothing can be learnt from; says why."""


@dataclass(frozen=True, eq=False)
class Example:
    """One pair.

    Attributes
    ----------
    given : NetInput
    labels : uint8 array of shape (h, w)
        Regions on the raster of the input, numbered from 1 in the order of `names`; 0 is no skin.
    names : tuple of str
        The whole first.
    whole : str
        ``"face"``, or ``"skin"`` of a close-up.
    reference : str
        Color reference of the pair.
    tone : str
        Group of skin tone: light, medium or dark.
    read : mapping of (attribute, basis, region) to float
        Scores of the model that the pair was measured with, in a*, L* and %.
    truth : mapping of the same keys to float
        Of known changes; empty for photos of which nobody knows.
    differences : mapping of str to float
        How the photos differ beside the skin (:class:`skindelta.noise.Differences`).
    """

    given: NetInput
    labels: npt.NDArray[np.uint8]
    names: tuple[str, ...]
    whole: str
    reference: str
    tone: str
    read: Mapping[Key, float]
    truth: Mapping[Key, float] = field(default_factory=dict)
    differences: Mapping[str, float] = field(default_factory=dict)

    def region(self, name: str) -> int:
        """Return the place of a region in `names`; its label is one more, the whole is all labels.

        Raises
        ------
        KeyError
            There is no region of that name.
        """
        if name not in self.names:
            raise KeyError(name)
        return self.names.index(name)

    def with_truth(self, truth: Mapping[Key, float]) -> "Example":
        """Return the same pair with what was done to the skin."""
        return replace(self, truth=dict(truth))


def example_of(before: PhotoSource, after: PhotoSource, options: Options) -> Example:
    """Take two photos through the whole road.

    Parameters
    ----------
    before, after : Photo or path
    options : Options
        The model among them: the one whose readings are kept.

    Returns
    -------
    Example

    Raises
    ------
    Refused
        They cannot be compared, or no skin is left.
    PhotoError, AlignmentError, ModelError
        As :func:`skindelta.compare`.
    """
    return of_comparison(compare(before, after, options))


def of_comparison(comparison: Comparison) -> Example:
    """Return what the network was given of a comparison; raises Refused where there is nothing."""
    pair = comparison.aligned
    given = None if pair is None else net_input(pair, change_maps(pair))
    if pair is None or given is None:
        reasons = "; ".join(reason.message for reason in comparison.reasons)
        raise Refused(reasons or "no skin is left that both photos show")
    read = {
        (s.attribute, s.basis, s.region): s.value for s in comparison.scores if s.value is not None
    }
    return Example(
        given=given,
        labels=_on_raster(pair.regions, given),
        names=pair.regions.names,
        whole=pair.regions.whole,
        reference=pair.reference,
        tone=str(comparison.made_with["noise"]["tone"]),
        read=read,
        differences=dict(comparison.made_with["noise"]["differences"]),
    )


def _on_raster(regions: RegionMap, given: NetInput) -> npt.NDArray[np.uint8]:
    """Return the labels of a region map on the raster of an input, padded as it is."""
    small = cv2.resize(regions.labels, given.size[::-1], interpolation=cv2.INTER_NEAREST)
    top, left, height, width = given.box
    padded = np.zeros(given.shared.shape[1:], np.uint8)
    padded[:height, :width] = small[top : top + height, left : left + width]
    return padded


# -- files


def key_of(*parts: object) -> str:
    """Return a name for what is made from these: words, numbers, bytes, mappings of them."""
    told = hashlib.sha256(f"example {_VERSION}".encode())
    for part in parts:
        as_bytes = part if isinstance(part, bytes) else json.dumps(part, sort_keys=True).encode()
        told.update(len(as_bytes).to_bytes(8, "big") + as_bytes)
    return told.hexdigest()[:32]


def kept_example(folder: Path, key: str, make: Callable[[], Example]) -> Example:
    """Return an example from its file, or make and keep it; whole or not at all.

    Parameters
    ----------
    folder : Path
    key : str
        From :func:`key_of`.
    make : callable
        Of no arguments, gives the example; raises Refused where there is none, which is kept too.

    Returns
    -------
    Example

    Raises
    ------
    Refused
        As `make`, now or when it was tried before.
    """
    file, refused = folder / f"{key}.npz", folder / f"{key}.refused"
    if file.exists():
        return _read(file)
    if refused.exists():
        raise Refused(refused.read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        example = make()
    except Refused as error:
        with _whole(refused) as stream:
            stream.write(str(error).encode())
        raise
    _write(file, example)
    return _read(file)  # as whoever finds it: a run that goes on sees the same numbers


@contextmanager
def _whole(file: Path) -> Iterator[BinaryIO]:
    """Write a file whole or not at all; several processes may make the same one at once."""
    part = file.with_name(f".{file.stem}.{uuid4().hex}.part")
    try:
        with part.open("wb") as stream:
            yield stream
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _write(file: Path, example: Example) -> None:
    given = example.given
    about = {
        "names": example.names,
        "whole": example.whole,
        "reference": example.reference,
        "tone": example.tone,
        "box": given.box,
        "size": given.size,
        "read": _told(example.read),
        "truth": _told(example.truth),
        "differences": dict(example.differences),
    }
    with _whole(file) as stream:
        np.savez_compressed(
            stream,
            before=given.before.astype(np.float16),
            after=given.after.astype(np.float16),
            shared=given.shared.astype(np.float16),
            context=given.context,
            levels=given.levels,
            labels=example.labels,
            about=np.array(json.dumps(about)),
        )


def _read(file: Path) -> Example:
    with np.load(file) as arrays:
        about = json.loads(str(arrays["about"]))
        before, after, shared = (
            arrays[name].astype(np.float32) for name in ("before", "after", "shared")
        )
        context, levels = arrays["context"], arrays["levels"]
        box, size = tuple(about["box"]), tuple(about["size"])
        given = NetInput(before, after, shared, context, levels, box, size)
        labels = arrays["labels"]
    return Example(
        given=given,
        labels=labels,
        names=tuple(about["names"]),
        whole=about["whole"],
        reference=about["reference"],
        tone=about["tone"],
        read=_keys(about["read"]),
        truth=_keys(about["truth"]),
        differences=about["differences"],
    )


def _told(values: Mapping[Key, float]) -> dict[str, float]:
    return {_KEYED.join(key): float(value) for key, value in values.items()}


def _keys(told: Mapping[str, Any]) -> Mapping[Key, float]:
    return {tuple(key.split(_KEYED)): value for key, value in told.items()}  # type: ignore[misc]

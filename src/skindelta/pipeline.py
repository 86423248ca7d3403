"""The one way through: photos in, results out. The only place that knows the order of stages.

::

    file ─read_photo→ Photo ─find_regions→ RegionMap ─check_quality→ Quality      (each by itself)
    both ─normalize_pair→ NormalizedPhoto ─align_pair→ AlignedPair ─change_maps→ ChangeMap…
         ─score_changes→ Comparison
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .align import align_pair, pair_with_itself
from .both import both
from .card import read_card
from .change import change_maps
from .gate import blocked_maps, differences, find_differences, skin_tone
from .levels import score_levels
from .models import list_models
from .noise import noise_table, tone_group
from .normalize import ReferenceChoice, normalize_pair
from .photo import read_photo
from .quality import check_quality
from .regions import find_regions
from .score import score_changes, score_nothing
from .types import (
    AlignedPair,
    Assessment,
    ByteArray,
    Comparison,
    OwnRegion,
    Photo,
    PhotoSummary,
    Quality,
    Reason,
    RegionMap,
    Scale,
)

__all__ = ["Options", "assess", "check", "compare"]


@dataclass(frozen=True)
class Options:
    """What a user may choose; every way in takes its defaults from here.

    Attributes
    ----------
    reference : {"auto", "scene", "skin", "none"}
        What tells the change of the light: ``"auto"`` takes the best that both photos share.
    close_up : bool
        The photos show skin without a face.
    own_regions : tuple of OwnRegion
        Drawn on the before photo.
    px_per_mm : float or None
        Scale of both photos where it is known.
    """

    reference: ReferenceChoice = "auto"
    close_up: bool = False
    own_regions: tuple[OwnRegion, ...] = ()
    px_per_mm: float | None = None

    def __post_init__(self) -> None:
        if self.reference not in ("auto", "scene", "skin", "none"):
            raise ValueError(
                f"Options.reference: expected auto, scene, skin or none, got {self.reference!r}"
            )
        if self.px_per_mm is not None and not 0.1 <= self.px_per_mm <= 1000:
            raise ValueError(
                f"Options.px_per_mm: expected 0.1 to 1000 pixels per mm, got {self.px_per_mm}"
            )


@dataclass(frozen=True, eq=False)
class _Examined:
    """One photo with what was found in it by itself."""

    photo: Photo
    regions: RegionMap
    quality: Quality

    def summary(self) -> PhotoSummary:
        photo = self.photo
        return PhotoSummary(photo.source, photo.sha256, photo.taken_at, photo.camera, self.quality)


def check(photo: Photo | str | Path, options: Options = Options()) -> PhotoSummary:  # noqa: B008
    """Tell whether a photo can be used, and why not.

    Parameters
    ----------
    photo : Photo or path
    options : Options

    Returns
    -------
    PhotoSummary
        Usable where ``quality.reasons`` is empty; with what a color card in it tells.

    Raises
    ------
    PhotoError
        The file cannot be read as a photo.
    """
    seen = _examine(photo, options, options.own_regions)
    return replace(seen.summary(), card=read_card(seen.photo))


def assess(photo: Photo | str | Path, options: Options = Options()) -> Assessment:  # noqa: B008
    """Read the levels of one photo, with what they cannot tell.

    Parameters
    ----------
    photo : Photo or path
    options : Options

    Returns
    -------
    Assessment
        Without scores where the photo is not usable.

    Raises
    ------
    PhotoError
        The file cannot be read as a photo.
    AlignmentError
        A region does not fit the photo.
    """
    seen = _examine(photo, options, options.own_regions)
    if not seen.quality.usable:
        return Assessment(seen.summary(), seen.regions, (), _made_with(options))
    same = (seen.photo, seen.regions)
    pair = pair_with_itself(normalize_pair(*same, *same, reference="none")[0])
    scores = score_levels(pair, change_maps(pair))
    return Assessment(seen.summary(), seen.regions, scores, _made_with(options))


def compare(
    before: Photo | str | Path,
    after: Photo | str | Path,
    options: Options = Options(),  # noqa: B008
) -> Comparison:
    """Measure what changed between two photos.

    Parameters
    ----------
    before, after : Photo or path
    options : Options

    Returns
    -------
    Comparison
        Not comparable, with reasons, where a photo is not usable or the two do not fit.

    Raises
    ------
    PhotoError
        A file cannot be read as a photo.
    AlignmentError
        A region does not fit the before photo.
    """
    first, second = both(
        lambda given: _examine(given[0], options, given[1]),
        (before, options.own_regions),
        (after, ()),
    )
    if first.regions.is_close_up and first.regions.measured.any() and not options.close_up:
        # A drawn region needs no face: where the before photo has none, none is looked for.
        second = _examine(second.photo, replace(options, close_up=True), ())
    reasons = _named(first, "before") + _named(second, "after")
    if reasons:
        return _not_comparable(first, second, reasons, options)
    pair = _aligned(first, second, options)
    if isinstance(pair, Reason):
        return _not_comparable(first, second, (pair,), options)
    measured = differences(pair, (first.regions, second.regions), (first.quality, second.quality))
    ita = skin_tone(pair)
    tone = tone_group(ita)
    findings = find_differences(pair, measured, tone)
    maps = blocked_maps(change_maps(pair), findings)
    about_noise = {"tone": tone, "ita": ita, "differences": measured._asdict()}
    return Comparison(
        before=first.summary(),
        after=second.summary(),
        comparable=True,
        reasons=(),
        reference=pair.reference,
        residual_px=pair.residual_px,
        aligned=pair,
        maps=maps,
        scores=score_changes(pair, maps, measured, tone, findings),
        made_with=_made_with(options, about_noise),
        findings=findings,
    )


def _examine(
    photo: Photo | str | Path, options: Options, own_regions: tuple[OwnRegion, ...]
) -> _Examined:
    """Read one photo, find its regions and judge it."""
    seen = photo if isinstance(photo, Photo) else read_photo(photo)
    known = options.px_per_mm
    scale = Scale(known, known, known) if known is not None else None
    regions = find_regions(seen, close_up=options.close_up, own=own_regions, px_per_mm=scale)
    return _Examined(seen, regions, check_quality(seen, regions))


def _aligned(first: _Examined, second: _Examined, options: Options) -> AlignedPair | Reason:
    """Bring both photos onto one grid, in an order that their content decides.

    The stages are symmetric but for the last digits of their arithmetic; with a fixed order
    swapping the photos changes the sign of every number and nothing else.
    """
    if _comes_later(first.photo.pixels, second.photo.pixels):
        swapped = _aligned(second, first, options)
        return swapped if isinstance(swapped, Reason) else swapped.swapped()
    return align_pair(
        *normalize_pair(first.photo, first.regions, second.photo, second.regions, options.reference)
    )


def _comes_later(pixels: ByteArray, others: ByteArray) -> bool:
    """Whether pixels come after others in the order of their codes: of a few, else of all."""
    few, other_few = (p[:: max(1, p.shape[0] // 64), ::16].tobytes() for p in (pixels, others))
    return few > other_few if few != other_few else pixels.tobytes() > others.tobytes()


def _named(seen: _Examined, which: str) -> tuple[Reason, ...]:
    """Reasons of one photo, each saying which photo it is about."""
    return tuple(
        replace(reason, message=f"{which} photo: {reason.message}")
        for reason in seen.quality.reasons
    )


def _not_comparable(
    first: _Examined, second: _Examined, reasons: tuple[Reason, ...], options: Options
) -> Comparison:
    return Comparison(
        before=first.summary(),
        after=second.summary(),
        comparable=False,
        reasons=reasons,
        reference="none",
        residual_px=None,
        aligned=None,
        maps=(),
        scores=score_nothing(first.regions.names, reasons[0]),
        made_with=_made_with(options),
    )


def _made_with(
    options: Options, noise: Mapping[str, Any] = MappingProxyType({})
) -> Mapping[str, Any]:
    """Versions, options, and what the intervals were looked up with: what explains the numbers."""
    chosen = asdict(replace(options, own_regions=()))
    chosen["own_regions"] = [region.name for region in options.own_regions]
    return MappingProxyType(
        {
            "skindelta": _version(),
            "models": list(_models()),
            "options": chosen,
            "noise": {"table": noise_table()["version"], **noise},
        }
    )


@cache
def _version() -> str:
    return version("skindelta")


@cache
def _models() -> tuple[str, ...]:
    return tuple(f"{card.name}@{card.version}" for card in list_models())

"""The one way through: photos in, results out. The only place that knows the order of stages.

::

    file ─read_photo→ Photo ─find_regions→ RegionMap ─check_quality→ Quality      (each by itself)
                      Photo ─read_card, read_grey→ LightReading
    both ─normalize_pair→ NormalizedPhoto ─align_pair→ AlignedPair ─change_maps→ ChangeMap…
         ─net_input, read_input→ NetworkReading ─score_changes, score_by_network→ Comparison
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import version
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, get_args

import cv2
import numpy as np

from .align import align_pair, pair_with_itself
from .both import both, side_by_side
from .card import both_scales, card_outline, card_scale, read_card
from .change import change_maps
from .gate import blocked_maps, differences, find_differences, skin_tone
from .grades import graded
from .grey import read_grey
from .landmarks import FACE_MODELS
from .levels import score_levels
from .model_store import CURRENT, DEFAULT_MODEL, load_current
from .models import Model, find_card, load_model, load_model_folder
from .net_input import net_input
from .network import check_network, read_input
from .noise import Differences, noise_table, tone_group
from .normalize import LADDER, ReferenceChoice, normalize_pair
from .photo import read_photo
from .protocol import protocol_of
from .quality import check_quality
from .regions import find_regions
from .score import score_by_network, score_changes, score_nothing
from .signs import Sign, signs_of
from .types import (
    AlignedPair,
    Assessment,
    Basis,
    ByteArray,
    CardReading,
    ChangeMap,
    Comparison,
    Corners,
    LightReading,
    NetworkReading,
    OwnRegion,
    Photo,
    PhotoSummary,
    Quality,
    Reason,
    Reference,
    RegionMap,
    Scale,
    Score,
)

__all__ = [
    "CURRENT",
    "DEFAULT_MODEL",
    "FORMULA",
    "STAGES",
    "Options",
    "Stage",
    "assess",
    "check",
    "compare",
    "is_path",
    "model_of",
    "with_model",
]

FORMULA = "formula"
Stage = Literal["reading", "finding", "aligning", "measuring"]
STAGES: tuple[Stage, ...] = get_args(Stage)
"""What :func:`compare` does, in order: it reads, finds faces and references, aligns, measures."""


@dataclass(frozen=True)
class Options:
    """What a user may choose; every way in takes its defaults from here.

    Attributes
    ----------
    reference : {"auto", "card", "grey", "scene", "skin", "none"}
        What tells the change of the light: ``"auto"`` takes the best that both photos share.
    close_up : bool
        The photos show skin without a face.
    own_regions : tuple of OwnRegion
        Drawn on the before photo.
    px_per_mm : float or None
        Scale of both photos where it is known.
    card_corners : tuple of two
        Where the color card is in the before and the after photo: the outer corners of its patches,
        four (x, y) px one after the other around it; None where it shall be searched for.
    card_width_mm : float or None
        Of a bought card, from the left end of the first patch to the right end of the sixth: gives
        the scale.
    grey : tuple of two
        A grey or white object in the before and the after photo: a point on it, or the corners of a
        polygon within it, px; or None.
    model : str
        Change network: ``"current"`` for the one in use (:mod:`skindelta.model_store`), ``"NAME"``
        (its newest version), ``"NAME@VERSION"``, or the path of a model folder; ``"formula"`` for
        the formulas alone. Results name the one that was taken.
    """

    reference: ReferenceChoice = "auto"
    close_up: bool = False
    own_regions: tuple[OwnRegion, ...] = ()
    px_per_mm: float | None = None
    card_corners: tuple[Corners | None, Corners | None] = (None, None)
    card_width_mm: float | None = None
    grey: tuple[Corners | None, Corners | None] = (None, None)
    model: str = CURRENT

    def __post_init__(self) -> None:
        choices = ("auto", *LADDER, "none")
        if self.reference not in choices:
            raise ValueError(
                f"Options.reference: expected one of {', '.join(choices)}, got {self.reference!r}"
            )
        for name, counts in (("card_corners", (4,)), ("grey", (1, *range(3, 1000)))):
            for corners in getattr(self, name):
                if corners is not None and not _are_points(corners, counts):
                    raise ValueError(
                        f"Options.{name}: expected {'4' if counts == (4,) else '1, 3 or more'} "
                        f"finite points (x, y), got {corners}"
                    )
        if self.card_width_mm is not None and not 5 <= self.card_width_mm <= 2000:
            raise ValueError(
                f"Options.card_width_mm: expected 5 to 2000 mm, got {self.card_width_mm}"
            )
        if self.px_per_mm is not None and not 0.1 <= self.px_per_mm <= 1000:
            raise ValueError(
                f"Options.px_per_mm: expected 0.1 to 1000 pixels per mm, got {self.px_per_mm}"
            )


def _are_points(points: Corners, counts: tuple[int, ...]) -> bool:
    finite = all(len(point) == 2 and all(isfinite(n) for n in point) for point in points)
    return finite and len(points) in counts


@dataclass(frozen=True, eq=False)
class _Examined:
    """One photo with what was found in it by itself."""

    photo: Photo
    regions: RegionMap
    quality: Quality
    light: LightReading = LightReading()

    def summary(self) -> PhotoSummary:
        photo = self.photo
        return PhotoSummary(
            photo.source, photo.sha256, photo.taken_at, photo.camera, self.quality, *self.light
        )


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
    AlignmentError
        What was marked in it does not fit.
    """
    return _examine(_before(photo, options, thorough=True), options).summary()


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
        What was marked in it does not fit.
    """
    options = replace(options, model=FORMULA)  # levels come from no network
    seen = _examine(_before(photo, options), options)
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
    *,
    tell: Callable[[Stage], None] = lambda _: None,
) -> Comparison:
    """Measure what changed between two photos.

    Parameters
    ----------
    before, after : Photo or path
    options : Options
    tell : callable
        Gets each of `STAGES` when it begins, in the thread of the caller; where the photos turn
        out not to be comparable the last ones never begin. What it raises ends the comparison.

    Returns
    -------
    Comparison
        Not comparable, with reasons, where a photo is not usable or the two do not fit.

    Raises
    ------
    PhotoError
        A file cannot be read as a photo.
    AlignmentError
        What was marked in a photo does not fit it.
    ModelError
        The network that was chosen is missing or cannot be used.
    """
    model = model_of(options)
    options = replace(options, model=_told(options, model))
    thorough = options.reference == "card"
    # Of both, the before photo is worked on by the thread of the caller.
    earlier = _before(before, options, thorough)._replace(was_read=lambda: tell("finding"))
    later = _Given(after, (), options.card_corners[1], options.grey[1], _looks(options, thorough))
    tell("reading")
    first, second = both(lambda given: _examine(given, options), earlier, later)
    if first.regions.is_close_up and first.regions.measured.any() and not options.close_up:
        # A drawn region needs no face: where the before photo has none, none is looked for.
        given = _Given(second.photo, (), None, options.grey[1], "not")
        again = _examine(given, replace(options, close_up=True))
        second = _with_card(again, second.light.card, options)
    first, second = _one_scale(*_looked_again(first, second, options))
    reasons = _named(first, "before") + _named(second, "after")
    if reasons:
        return _not_comparable(first, second, reasons, options)
    tell("aligning")
    pair = _aligned(first, second, options)
    if isinstance(pair, Reason):
        return _not_comparable(first, second, (pair,), options)
    tell("measuring")
    return _compared(pair, (first, second), options, model)


class _Conditions(NamedTuple):
    """What is known of how a pair was taken, beside its maps."""

    measured: Differences
    ita: float  # degrees
    signs: Mapping[str, Sign]


def _compared(
    pair: AlignedPair, seen: tuple[_Examined, _Examined], options: Options, model: Model | None
) -> Comparison:
    """Measure an aligned pair, by the formulas and where there is one by the network.

    Close-ups by the formulas alone: how a network reads known changes of faces was measured, of
    close-ups not, and unchanged ones it reads with more noise (page 17 of the decisions).
    """
    maps = change_maps(pair)
    asked = model is not None and not pair.regions.is_close_up
    given = net_input(pair, maps) if asked else None
    conditions, network = side_by_side(
        lambda: _conditions(pair, maps, seen, options.reference),
        lambda: None if model is None or given is None else read_input(given, pair, maps, model),
    )
    measured, tone = conditions.measured, tone_group(conditions.ita)
    table = None if network is None else network.noise
    findings = find_differences(pair, measured, tone, conditions.signs, table)
    maps = blocked_maps(maps, findings)
    scores = score_changes(pair, maps, measured, tone, findings)
    also: tuple[Score, ...] = ()
    if network is not None:
        own = score_by_network(pair, network, scores, measured, tone)
        links = {} if model is None else model.card.output.get("links", {})
        scores, also = _put_in(scores, tuple(graded(score, links) for score in own))
        maps = tuple(_shown_map(m, network, pair.reference) for m in maps)
    about_noise = {"tone": tone, "ita": conditions.ita, "differences": measured._asdict()}
    return Comparison(
        before=seen[0].summary(),
        after=seen[1].summary(),
        comparable=True,
        reasons=(),
        reference=pair.reference,
        residual_px=pair.residual_px,
        aligned=pair,
        maps=maps,
        scores=scores,
        also=also,
        made_with=_made_with(options, about_noise, None if network is None else model),
        findings=findings,
        protocol=protocol_of(pair, measured, tone, findings, options.reference, table),
    )


def _conditions(
    pair: AlignedPair,
    maps: tuple[ChangeMap, ...],
    seen: tuple[_Examined, _Examined],
    asked: ReferenceChoice,
) -> _Conditions:
    """Measure how a pair was taken."""
    regions = seen[0].regions, seen[1].regions
    measured = differences(pair, maps, regions, (seen[0].quality, seen[1].quality))
    photos, lights = (seen[0].photo, seen[1].photo), (seen[0].light, seen[1].light)
    signs = signs_of(pair, maps, photos, regions, lights, measured.focus, asked)
    return _Conditions(measured, skin_tone(pair), signs)


def model_of(options: Options) -> Model | None:
    """Load the network that was chosen; None for the formulas alone.

    Raises
    ------
    ModelError
        It is missing or cannot be used.
    """
    if options.model == FORMULA:
        return None
    if options.model == CURRENT:
        model = load_current()
    elif is_path(options.model):
        model = load_model_folder(Path(options.model))
    else:
        name, _, version = options.model.partition("@")
        model = load_model(name, version or None)
    check_network(model)
    return model


def with_model(options: Options) -> Options:
    """Return options that name the model which is taken now: of many photos all are read by one.

    Raises
    ------
    ModelError
        It is missing or cannot be used.
    """
    return replace(options, model=_told(options, model_of(options)))


def _told(options: Options, model: Model | None) -> str:
    """Return ``NAME@VERSION`` of the model that was taken; formula and paths stay what they are."""
    if model is None or is_path(options.model):
        return options.model
    return f"{model.card.name}@{model.card.version}"


def is_path(model: str) -> bool:
    """Whether ``Options.model`` is the path of a model folder, not a name."""
    return "/" in model or "\\" in model


def _put_in(
    scores: tuple[Score, ...], better: tuple[Score, ...]
) -> tuple[tuple[Score, ...], tuple[Score, ...]]:
    """Put the network's scores in the place of the formula's; return all, and what was replaced."""
    key = {(s.attribute, s.basis, s.region): s for s in better}
    replaced = [s for s in scores if (s.attribute, s.basis, s.region) in key]
    chosen = [key.get((s.attribute, s.basis, s.region), s) for s in scores]
    return tuple(chosen), tuple(replaced)


def _shown_map(formula: ChangeMap, network: NetworkReading, reference: Reference) -> ChangeMap:
    """Return the map that the scores come from: the network's where it gives any of them.

    The absolute one first, as the formula's is.
    """
    bases: tuple[Basis, ...] = ("absolute", "relative")
    for basis in bases:
        name = f"{formula.attribute} {basis}"
        if network.gives(formula.attribute, basis, reference):
            if network.maps[name].band == formula.band:
                return _completed(network.maps[name], formula)
    return formula


def _completed(own: ChangeMap, formula: ChangeMap) -> ChangeMap:
    """Return the network's map, with the formula's values where it has none: beside the skin."""
    values = np.where(np.isnan(own.values), formula.values, own.values)
    return replace(own, values=values, reason=formula.reason)


_Look = Literal["not", "quick", "thorough"]


class _Given(NamedTuple):
    """One photo, and what is known of it."""

    photo: Photo | str | Path
    own_regions: tuple[OwnRegion, ...]
    card: Corners | None
    grey: Corners | None
    look: _Look  # for a card
    was_read: Callable[[], None] = lambda: None


def _before(photo: Photo | str | Path, options: Options, thorough: bool = False) -> _Given:
    """Return the only photo, or the earlier of two."""
    look = _looks(options, thorough)
    return _Given(photo, options.own_regions, options.card_corners[0], options.grey[0], look)


def _looks(options: Options, thorough: bool) -> _Look:
    """How a card is looked for: not at all where a lower rung was asked for and none was marked."""
    if options.reference not in ("auto", "card", "grey") and options.card_corners == (None, None):
        return "not"
    return "thorough" if thorough else "quick"


def _examine(given: _Given, options: Options) -> _Examined:
    """Read one photo, find its regions and references, and judge it."""
    photo = given.photo
    seen = photo if isinstance(photo, Photo) else read_photo(photo)
    given.was_read()
    card = None
    if given.look != "not":
        card = read_card(seen, given.card, thorough=given.look == "thorough")
    uses_grey = options.reference in ("auto", "card", "grey")
    grey = read_grey(seen, given.grey) if given.grey is not None and uses_grey else None
    known = options.px_per_mm
    scale = Scale(known, known, known) if known is not None else None
    regions = find_regions(seen, close_up=options.close_up, own=given.own_regions, px_per_mm=scale)
    return _judged(_Examined(seen, regions, Quality(), LightReading(card, grey)), options)


def _judged(seen: _Examined, options: Options) -> _Examined:
    """Return a photo with its quality, the card taken off the skin and its scale taken over."""
    regions, card, outline = seen.regions, seen.light.card, None
    if card is not None:
        outline = card_outline(card)
        labels = regions.labels.copy()
        cv2.fillPoly(labels, [np.rint(outline).astype(np.int32)], (0,))
        regions = replace(regions, labels=labels)
        beside = card_scale(card, options.card_width_mm) if card.usable else None
        if options.px_per_mm is None and beside is not None:
            regions = replace(regions, px_per_mm=both_scales(beside, regions.px_per_mm))
    return replace(seen, regions=regions, quality=check_quality(seen.photo, regions, outline))


def _looked_again(
    first: _Examined, second: _Examined, options: Options
) -> tuple[_Examined, _Examined]:
    """Look closely for a card in one photo where a quick look found one in the other alone."""
    cards = first.light.card, second.light.card
    if (cards[0] is None) == (cards[1] is None) or _looks(options, False) == "not":
        return first, second
    if cards[0] is None:
        return _with_card(first, read_card(first.photo), options), second
    return first, _with_card(second, read_card(second.photo), options)


def _with_card(seen: _Examined, card: CardReading | None, options: Options) -> _Examined:
    if card is None:
        return seen
    return _judged(replace(seen, light=seen.light._replace(card=card)), options)


def _one_scale(first: _Examined, second: _Examined) -> tuple[_Examined, _Examined]:
    """Drop the scale of a close-up where the other has none: sizes must mean the same in both."""
    known = [seen.regions.px_per_mm is not None for seen in (first, second)]
    if not first.regions.is_close_up or known[0] == known[1]:
        return first, second
    first, second = (
        replace(seen, regions=replace(seen.regions, px_per_mm=None)) for seen in (first, second)
    )
    return first, second


def _aligned(first: _Examined, second: _Examined, options: Options) -> AlignedPair | Reason:
    """Bring both photos onto one grid, in an order that their content decides.

    The stages are symmetric but for the last digits of their arithmetic; with a fixed order
    swapping the photos changes the sign of every number and nothing else.
    """
    if _comes_later(first.photo.pixels, second.photo.pixels):
        swapped = _aligned(second, first, options)
        return swapped if isinstance(swapped, Reason) else swapped.swapped()
    return align_pair(
        *normalize_pair(
            first.photo,
            first.regions,
            second.photo,
            second.regions,
            options.reference,
            (first.light, second.light),
        )
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
    options: Options,
    noise: Mapping[str, Any] = MappingProxyType({}),
    network: Model | None = None,
) -> Mapping[str, Any]:
    """Versions, options, and what the intervals were looked up with: what explains the numbers."""
    used = [] if options.close_up else list(_face_models())
    used += [] if network is None else [f"{network.card.name}@{network.card.version}"]
    chosen = asdict(replace(options, own_regions=()))
    chosen["own_regions"] = [region.name for region in options.own_regions]
    return MappingProxyType(
        {
            "skindelta": _version(),
            "models": used,
            "network": None if network is None else network.digest,
            "options": chosen,
            "noise": {"table": noise_table()["version"], **noise},
        }
    )


@cache
def _face_models() -> tuple[str, ...]:
    return tuple(f"{card.name}@{card.version}" for card in map(find_card, FACE_MODELS))


@cache
def _version() -> str:
    return version("skindelta")

"""What travels between the stages: frozen values with checked shapes, and no algorithms.

Arrays are row, column, channel; RGB; read-only once they are in a value. Points are (x, y) in
pixels, pixel centers at whole numbers. Times are UTC. *Left* and *right* are the person's own.
A number that could not be measured is ``None`` with a reason, never NaN.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = [
    "AlignedPair",
    "Assessment",
    "Attribute",
    "Basis",
    "Box",
    "ByteArray",
    "CardKind",
    "CardReading",
    "ChangeMap",
    "Comparison",
    "Corners",
    "Effect",
    "FaceLandmarks",
    "Finding",
    "FloatArray",
    "GreyReading",
    "LightReading",
    "Matrix",
    "ModelCard",
    "NetworkReading",
    "NormalizedPhoto",
    "OwnRegion",
    "Photo",
    "PhotoSummary",
    "Protocol",
    "ProtocolStep",
    "Quality",
    "Reason",
    "Reference",
    "RegionMap",
    "Scale",
    "Score",
    "Verdict",
]

FloatArray = npt.NDArray[np.float32]
ByteArray = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]

CLOSE_UP_MM = 60.0  # a hand's width; only filters are sized by it, no mm are claimed

Basis = Literal["absolute", "relative"]
Reference = Literal["card", "grey", "scene", "skin", "none"]
Verdict = Literal["improved", "worse", "no measurable change", "not measurable"]
Effect = Literal["blocks", "widens", "informs"]
CardKind = Literal["classic", "printed"]
Corners = tuple[tuple[float, float], ...]

_DType = TypeVar("_DType", bound=np.generic)


def _read_only(
    value: npt.NDArray[Any], dtype: type[_DType], shape: tuple[int | None, ...], name: str
) -> npt.NDArray[_DType]:
    """Return a read-only view of `value`; raise ValueError unless dtype and shape fit."""
    array: npt.NDArray[Any] = np.asarray(value)
    fits = len(shape) == array.ndim and all(
        want is None or want == got for want, got in zip(shape, array.shape, strict=True)
    )
    if array.dtype != dtype or not fits:
        want_shape = "(" + ", ".join("any" if n is None else str(n) for n in shape) + ")"
        raise ValueError(
            f"{name}: expected {np.dtype(dtype)} of shape {want_shape}, "
            f"got {array.dtype} of shape {array.shape}"
        )
    view: npt.NDArray[_DType] = array.view()
    view.flags.writeable = False
    return view


def _freeze(instance: object, name: str, dtype: type[Any], shape: tuple[int | None, ...]) -> None:
    """Replace one array field of a frozen dataclass by its checked, read-only view."""
    value = _read_only(getattr(instance, name), dtype, shape, f"{type(instance).__name__}.{name}")
    object.__setattr__(instance, name, value)


class Scale(NamedTuple):
    """Pixels per millimeter with a 95 % interval."""

    value: float
    low: float
    high: float


class Box(NamedTuple):
    """A rectangle of whole pixels: columns ``left:right``, rows ``top:bottom``."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top


@dataclass(frozen=True)
class Reason:
    """Why something cannot be used or measured, in a plain sentence.

    Attributes
    ----------
    code : str
        Stable name for programs, such as ``"blur"``.
    message : str
        What was found, with the number and its limit: ``"the photo is blurred: ..."``.
    advice : str
        What to do about it.
    value, limit : float or None
        What was measured and where usable ends, in the unit the message names.
    """

    code: str
    message: str
    advice: str = ""
    value: float | None = None
    limit: float | None = None

    def __str__(self) -> str:
        return f"{self.message}; {self.advice}" if self.advice else self.message


@dataclass(frozen=True)
class Finding:
    """One way in which the two photos of a pair differ, and what that does to the numbers.

    Attributes
    ----------
    code : str
        Stable name for programs, such as ``"expression"``.
    effect : {"blocks", "widens", "informs"}
        Makes scores not measurable, makes their intervals wider, or only tells.
    message, advice : str
        What was found, with the number; what to do next time.
    value : float
        What was measured, in the unit the message names.
    limit : float or None
        Where the effect begins.
    factors : mapping of str to float
        Of ``widens``: by how much the interval of the whole grows, by ``"attribute basis"``.
    attributes : tuple of str
        Which attributes it touches.
    regions : tuple of str
        Of ``blocks``: where; empty = everywhere.
    bases : tuple of str
        Of ``blocks``: which of absolute and relative; empty = both.
    """

    code: str
    effect: Effect
    message: str
    advice: str
    value: float
    limit: float | None = None
    factors: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    attributes: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    bases: tuple[Basis, ...] = ()

    def __str__(self) -> str:
        return f"{self.message}; {self.advice}" if self.advice else self.message


@dataclass(frozen=True, eq=False)
class Photo:
    """One photo as it is seen: upright, sRGB.

    Attributes
    ----------
    pixels : uint8 array of shape (H, W, 3)
        sRGB, upright.
    sha256 : str
        Of the file's bytes.
    source : str
        Path or name, for messages.
    taken_at : datetime or None
        UTC.
    camera : str or None
        Maker and model.
    lens : str or None
    mode : str or None
        A mode other than the usual, such as HDR or portrait, as far as the file says.
    """

    pixels: ByteArray
    sha256: str = ""
    source: str = ""
    taken_at: datetime | None = None
    camera: str | None = None
    lens: str | None = None
    mode: str | None = None

    def __post_init__(self) -> None:
        _freeze(self, "pixels", np.uint8, (None, None, 3))


@dataclass(frozen=True, eq=False)
class FaceLandmarks:
    """Named points of one face.

    Attributes
    ----------
    points : float32 array of shape (N, 2)
        (x, y) in photo pixels, in the order of ``skindelta.landmarks.POINT_NAMES``.
    confidence : float
        0..1, that these points lie on a face.
    box : Box
        The face from brows to chin and jaw to jaw, clipped to the photo.
    faces_found : int
        How many faces of comparable size were found.
    """

    points: FloatArray
    confidence: float
    box: Box
    faces_found: int = 1

    def __post_init__(self) -> None:
        _freeze(self, "points", np.float32, (None, 2))


@dataclass(frozen=True, eq=False)
class OwnRegion:
    """A region that the user drew on a photo: a mask of its size, or a polygon in its pixels.

    Attributes
    ----------
    name : str
        Kept in every result.
    mask : bool array of shape (H, W) or None
    polygon : float32 array of shape (N, 2) or None
        (x, y) corners in pixels. Exactly one of mask and polygon is given.
    """

    name: str
    mask: npt.NDArray[np.bool_] | None = None
    polygon: FloatArray | None = None

    def __post_init__(self) -> None:
        if (self.mask is None) == (self.polygon is None):
            raise ValueError(f"OwnRegion {self.name!r}: give a mask or a polygon, and not both")
        if self.mask is not None:
            _freeze(self, "mask", np.bool_, (None, None))
        if self.polygon is not None:
            _freeze(self, "polygon", np.float32, (None, 2))


@dataclass(frozen=True, eq=False)
class RegionMap:
    """Which pixel belongs to which region of skin.

    Attributes
    ----------
    labels : uint8 array of shape (H, W)
        0 = not assessed; k = ``names[k - 1]``. The first name is the whole (``face``, or ``skin``
        on a close-up): label 1 is skin of the whole that belongs to no smaller region.
    names : tuple of str
        Of the labels, then of the regions that the user drew.
    landmarks : float32 array of shape (N, 2)
        Empty on a close-up.
    confidence : float
        0..1; 1 on a close-up, 0 where no face was found.
    px_per_mm : Scale or None
        None where the scale is not known.
    box : Box
        The part of the photo that holds the face, or the whole close-up.
    faces_found : int
    drawn : uint16 array of shape (H, W) or None
        Bit k is set where the k-th region lies that the user drew. They may overlap, and lie beside
        the skin: then they are measured, and count into no other region.
    drawn_names : tuple of str
        The last of `names`.
    """

    labels: ByteArray
    names: tuple[str, ...]
    landmarks: FloatArray
    confidence: float
    px_per_mm: Scale | None
    box: Box
    faces_found: int = 1
    drawn: npt.NDArray[np.uint16] | None = None
    drawn_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _freeze(self, "labels", np.uint8, (None, None))
        _freeze(self, "landmarks", np.float32, (None, 2))
        if self.drawn is not None:
            _freeze(self, "drawn", np.uint16, self.labels.shape)

    @property
    def whole(self) -> str:
        """Name of the region that holds all others."""
        return self.names[0]

    @property
    def is_close_up(self) -> bool:
        """Whether there is skin without a face."""
        return len(self.landmarks) == 0

    @property
    def nominal_px_per_mm(self) -> float:
        """Pixels per mm to size filters by; a close-up without a scale counts as 60 mm long."""
        if self.px_per_mm is not None:
            return float(self.px_per_mm.value)
        return float(max(self.labels.shape) / CLOSE_UP_MM)

    @property
    def measured(self) -> npt.NDArray[np.bool_]:
        """Pixels of skin, and of regions that the user drew."""
        skin: npt.NDArray[np.bool_] = self.labels > 0
        return skin if self.drawn is None else skin | (self.drawn > 0)

    def mask(self, name: str) -> npt.NDArray[np.bool_]:
        """Pixels of one region, shape (H, W); raises KeyError for an unknown name."""
        if name not in self.names:
            raise KeyError(name)
        if name in self.drawn_names and self.drawn is not None:
            own: npt.NDArray[np.bool_] = (self.drawn >> self.drawn_names.index(name) & 1) > 0
            return own
        number = self.names.index(name) + 1
        pixels: npt.NDArray[np.bool_] = self.labels > 0 if number == 1 else self.labels == number
        return pixels


@dataclass(frozen=True)
class Quality:
    """Whether a photo can be used, measured on the full pixels of the face box.

    Attributes
    ----------
    sharpness : float or None
        Width of the sharpest edges as the σ of a Gaussian blur, in pixels; smaller is sharper.
    clipped_fraction : float or None
        Share of the skin with a channel at its ceiling or floor, 0..1.
    unevenness : float or None
        Ratio of the lighter to the darker side of the skin (smooth part), 1 = even.
    glare : float or None
        Share of the skin under specular shine, 0..1.
    compression : float or None
        Share of the 8 × 8 blocks of skin that compression left flat, 0..1.
    px_per_mm : Scale or None
    reasons : tuple of Reason
        Empty = usable.
    """

    sharpness: float | None = None
    clipped_fraction: float | None = None
    unevenness: float | None = None
    glare: float | None = None
    compression: float | None = None
    px_per_mm: Scale | None = None
    reasons: tuple[Reason, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether nothing stands against measuring."""
        return not self.reasons


@dataclass(frozen=True, eq=False)
class CardReading:
    """What a 24-patch color card in a photo tells of its light.

    Attributes
    ----------
    corners : float32 array of shape (4, 2)
        Of the block of patches, (x, y) px of the photo: at the first patch (dark skin on the
        classic card), then clockwise on the card.
    matrix : float64 array of shape (3, 3)
        Linear sRGB under D65 is this times the photo's linear RGB to the `power`.
    power : float
        1 where the photo keeps to the tone curve of sRGB.
    patches : float64 array of shape (24, 3)
        Of the photo, linear RGB to the `power`, under even light.
    readable : bool array of shape (24,)
        Patches that are inside the photo and not clipped.
    residual_before, residual_after : float or None
        Mean ΔE00 of the patches to those of the card: brightness fitted alone, and all. None where
        too few patches can be read.
    unevenness : float or None
        Light on one end of the card over that on the other.
    reasons : tuple of Reason
        Why it cannot be used; empty = usable.
    kind : {"classic", "printed"}
        A printed card has the colors that a printer gave it: it tells how the light changed between
        two photos of one print, and nothing absolute.
    pitch_px : float
        From patch to patch.
    """

    corners: FloatArray
    matrix: Matrix
    power: float
    patches: Matrix
    readable: npt.NDArray[np.bool_]
    residual_before: float | None = None
    residual_after: float | None = None
    unevenness: float | None = None
    reasons: tuple[Reason, ...] = ()
    kind: CardKind = "classic"
    pitch_px: float = 0.0

    def __post_init__(self) -> None:
        _freeze(self, "corners", np.float32, (4, 2))
        _freeze(self, "matrix", np.float64, (3, 3))
        _freeze(self, "patches", np.float64, (24, 3))
        _freeze(self, "readable", np.bool_, (24,))

    @property
    def usable(self) -> bool:
        """Whether nothing stands against trusting it."""
        return not self.reasons


@dataclass(frozen=True)
class GreyReading:
    """What a grey or white object in a photo tells of its light.

    Attributes
    ----------
    rgb : tuple of three floats
        Its mean, linear RGB of the photo.
    spread : float
        Standard deviation of its color between its parts, ln units.
    reasons : tuple of Reason
        Why it cannot be used; empty = usable.
    """

    rgb: tuple[float, float, float]
    spread: float
    reasons: tuple[Reason, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether nothing stands against trusting it."""
        return not self.reasons


class LightReading(NamedTuple):
    """References that a photo shows; None where there is none."""

    card: CardReading | None = None
    grey: GreyReading | None = None


@dataclass(frozen=True, eq=False)
class NormalizedPhoto:
    """The face box or close-up of one photo on the working grid, in normalized linear light.

    Attributes
    ----------
    photo_id : str
        sha256 of the photo.
    rgb : float32 array of shape (h, w, 3)
        Linear sRGB, D65, 0..1 (values above 1 are possible after normalization).
    regions : RegionMap
        Labels, landmarks and scale in pixels of this grid.
    matrix : float64 array of shape (3, 3)
        What the photo's linear RGB to the `power` was multiplied by.
    reference : str
        What the matrix was found from.
    residual_de00 : float or None
        ΔE00 that the color of the light on the skin may be wrong by; None without a reference.
    power : float
        1 where the photo keeps to the tone curve of sRGB.
    """

    photo_id: str
    rgb: FloatArray
    regions: RegionMap
    matrix: Matrix
    reference: Reference
    residual_de00: float | None = None
    power: float = 1.0

    def __post_init__(self) -> None:
        _freeze(self, "rgb", np.float32, (None, None, 3))
        _freeze(self, "matrix", np.float64, (3, 3))
        if self.regions.labels.shape != self.rgb.shape[:2]:
            raise ValueError(
                f"NormalizedPhoto.regions: expected labels of shape {self.rgb.shape[:2]}, "
                f"got {self.regions.labels.shape}"
            )


@dataclass(frozen=True, eq=False)
class AlignedPair:
    """Both photos on one midpoint grid.

    Attributes
    ----------
    before, after : float32 arrays of shape (h, w, 3)
        Normalized linear sRGB.
    displacement : float32 array of shape (h, w, 2)
        (x, y) px from a point of the before photo to the same skin in the after photo; the grid
        lies halfway.
    trust : float32 array of shape (h, w)
        0..1; 0 where the two do not show the same skin.
    residual_px : float
        Median misplacement that remains, in px of the grid.
    regions : RegionMap
        On the grid: skin in both photos.
    reference : str
        What both were normalized with.
    residual_de00 : float or None
    similarity : float
        -1..1, correlation of the fine structure of both after alignment.
    seen : bool array of shape (h, w) or None
        Where neither photo has ended; None: everywhere.
    """

    before: FloatArray
    after: FloatArray
    displacement: FloatArray
    trust: FloatArray
    residual_px: float
    regions: RegionMap
    reference: Reference
    residual_de00: float | None = None
    similarity: float = 1.0
    seen: npt.NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        _freeze(self, "before", np.float32, (None, None, 3))
        shape = self.before.shape[:2]
        _freeze(self, "after", np.float32, (*shape, 3))
        _freeze(self, "displacement", np.float32, (*shape, 2))
        _freeze(self, "trust", np.float32, shape)
        if self.seen is not None:
            _freeze(self, "seen", np.bool_, shape)
        if self.regions.labels.shape != shape:
            raise ValueError(
                f"AlignedPair.regions: expected labels of shape {shape}, "
                f"got {self.regions.labels.shape}"
            )

    def swapped(self) -> "AlignedPair":
        """Return the same pair with before and after exchanged."""
        return replace(self, before=self.after, after=self.before, displacement=-self.displacement)


@dataclass(frozen=True, eq=False)
class ChangeMap:
    """What changed where: after - before, in the attribute's unit.

    Attributes
    ----------
    attribute, unit : str
    values : float32 array of shape (h, w)
        On the midpoint grid; NaN where not valid.
    noise : float
        Standard deviation of one value that the photos alone explain.
    before, after : float32 arrays of shape (h, w)
        What each photo shows by itself. Chromophores: in the attribute's unit, 0 = the photo's
        median skin. Texture: the band of log-luminance. NaN where not valid.
    band : str
        Of texture: ``"fine"``, ``"mid"`` or ``"coarse"``; empty otherwise.
    reason : Reason or None
        Why no number may be read from this map.
    source : str
        ``"formula"`` or ``"model NAME@VERSION"``.
    """

    attribute: str
    unit: str
    values: FloatArray
    noise: float
    before: FloatArray
    after: FloatArray
    band: str = ""
    reason: Reason | None = None
    source: str = "formula"

    def __post_init__(self) -> None:
        _freeze(self, "values", np.float32, (None, None))
        _freeze(self, "before", np.float32, self.values.shape)
        _freeze(self, "after", np.float32, self.values.shape)


@dataclass(frozen=True, eq=False)
class NetworkReading:
    """What a change network says of a pair.

    Attributes
    ----------
    source : str
        ``"model NAME@VERSION"``.
    maps : mapping of str to ChangeMap
        By ``"attribute basis"``. A score is the trusted mean of its map.
    kinds : frozenset of str
        ``"attribute basis reference"`` of the scores that it gives instead of the formula.
    noise : mapping
        The noise table with these kinds in it.
    """

    source: str
    maps: Mapping[str, ChangeMap]
    kinds: frozenset[str]
    noise: Mapping[str, Any]

    def gives(self, attribute: str, basis: str, reference: str) -> bool:
        """Whether it gives a score instead of the formula."""
        return f"{attribute} {basis} {reference}" in self.kinds


@dataclass(frozen=True)
class Attribute:
    """One thing that is measured.

    Attributes
    ----------
    name, unit, label : str
    direction : int
        The sign that is better: -1 where less is better, +1 where more is better.
    formula : str
        What the number is, in a sentence.
    source : str
        Where the formula comes from.
    """

    name: str
    unit: str
    label: str
    direction: int
    formula: str
    source: str


@dataclass(frozen=True)
class Score:
    """One number about one region, which never travels alone.

    Attributes
    ----------
    attribute, region : str
    basis : {"absolute", "relative"}
    value, low, high : float or None
        Change (after - before) and its 95 % interval, or a level for an assessment.
    unit : str
    sdc : float or None
        Smallest detectable change.
    verdict : str or None
        None for the level of one photo.
    reason : str or None
        Why it is not measurable.
    reference, source : str
        Color reference; ``"formula"`` or ``"model NAME@VERSION"``.
    details : mapping
        Spots: count and area; texture: bands; ``note``: what to know about the number.
    """

    attribute: str
    region: str
    basis: Basis
    value: float | None
    unit: str
    low: float | None
    high: float | None
    sdc: float | None
    verdict: Verdict | None
    reason: str | None
    reference: Reference
    source: str = "formula"
    details: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        numbers = (self.value, self.low, self.high)
        if self.value is None:
            if self.low is not None or self.high is not None:
                raise ValueError(f"Score: an interval without a value: {numbers}")
            if not self.reason:
                raise ValueError("Score: a value that is missing needs a reason")
        elif not all(n is None or np.isfinite(n) for n in numbers):
            raise ValueError(f"Score: expected finite numbers, got {numbers}")


@dataclass(frozen=True)
class PhotoSummary:
    """What a result says of one of its photos.

    `card` and `grey` are what was read on a color card and on a grey or white object; None where
    none was found, marked or looked for.
    """

    path: str
    sha256: str
    taken_at: datetime | None
    camera: str | None
    quality: Quality
    card: CardReading | None = None
    grey: GreyReading | None = None


@dataclass(frozen=True)
class Assessment:
    """Levels of one photo; levels of two photos must not be subtracted."""

    photo: PhotoSummary
    regions: RegionMap | None
    scores: tuple[Score, ...]
    made_with: Mapping[str, Any]
    subject: str | None = None

    @property
    def photo_id(self) -> str:
        """sha256 of the photo."""
        return self.photo.sha256

    @property
    def quality(self) -> Quality:
        """Whether the photo is usable."""
        return self.photo.quality

    @property
    def taken_at(self) -> datetime | None:
        """When the photo was taken, UTC."""
        return self.photo.taken_at


@dataclass(frozen=True)
class ProtocolStep:
    """One thing to do otherwise, and what it would have shown.

    Attributes
    ----------
    code : str
        A rung of the light ladder, or the code of a finding.
    advice : str
    sdc : mapping of str to (float or None, float)
        Smallest detectable change of the whole by ``"attribute basis"``: now (None: not
        measurable) and then.
    """

    code: str
    advice: str
    sdc: Mapping[str, tuple[float | None, float]]


@dataclass(frozen=True)
class Protocol:
    """How well two photos were taken.

    Attributes
    ----------
    level : int
        0 nothing, 1 the skin itself, 2 the scene, 3 a grey object, 4 a color card tells the light.
    highest : int
    reference : str
    steps : tuple of ProtocolStep
        What would have made smaller changes detectable.
    """

    level: int
    highest: int
    reference: Reference
    steps: tuple[ProtocolStep, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """What changed between two photos.

    Attributes
    ----------
    before, after : PhotoSummary
    comparable : bool
        False where the photos could not be measured against each other, with `reasons`.
    reasons : tuple of Reason
    reference : str
    residual_px : float or None
    aligned : AlignedPair or None
        Both photos on the midpoint grid, for display.
    maps : tuple of ChangeMap
    scores : tuple of Score
    also : tuple of Score
        The formula beside a network.
    made_with : mapping
        Versions and options: what explains the numbers.
    findings : tuple of Finding
        Ways in which the photos differ that touch the numbers or are worth knowing.
    protocol : Protocol or None
        None where the photos are not comparable.
    """

    before: PhotoSummary
    after: PhotoSummary
    comparable: bool
    reasons: tuple[Reason, ...]
    reference: Reference
    residual_px: float | None
    aligned: AlignedPair | None
    maps: tuple[ChangeMap, ...]
    scores: tuple[Score, ...]
    made_with: Mapping[str, Any]
    also: tuple[Score, ...] = ()
    findings: tuple[Finding, ...] = ()
    protocol: Protocol | None = None

    @property
    def before_id(self) -> str:
        """sha256 of the before photo."""
        return self.before.sha256

    @property
    def after_id(self) -> str:
        """sha256 of the after photo."""
        return self.after.sha256


@dataclass(frozen=True)
class ModelCard:
    """The machine half of a model's card (``model.toml``).

    Attributes
    ----------
    name, version : str
    sha256 : mapping of str to str
        File name to hash.
    input, output, data, metrics : mapping
        Contracts, training data, figures overall and per tone group.
    limits, licence : str
    schema : int
        Of the card itself.
    """

    name: str
    version: str
    sha256: Mapping[str, str]
    input: Mapping[str, Any]
    output: Mapping[str, Any]
    data: Mapping[str, Any]
    metrics: Mapping[str, Any]
    limits: str
    licence: str
    schema: int = 1

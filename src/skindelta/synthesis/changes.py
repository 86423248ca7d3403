"""Known changes of real skin: linear photo in, edited photo and the truth out.

A change of pigment multiplies the light that comes out of the skin::

    RGB' = RGB exp(-ΔOD(x, y))

ΔOD comes from the skin's own pigments (:func:`.invert_skin` of the region's mean color), so that
the same change of blood shows less on dark skin, as it does in life. Shine, which never entered the
skin, stays as it is. Blood lies deep and shows blurred, melanin lies at the surface and shows
sharp. A change of relief is achromatic: it scales the fine structure of log-luminance.

The truth is the change of the photo itself, per pixel: Δa* that the change of haemoglobin alone
makes, -ΔL* that the change of melanin alone makes, and the band of relief before and after.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
import numpy.typing as npt

from ..color import OD_FLOOR, linear_to_a, linear_to_lightness
from ..types import FloatArray, Matrix
from .fields import KINDS, Kind, field_of
from .relief import RELIEFS, relief_of
from .skin import MAX_BLOOD, MAX_MEL, MIN_BLOOD, MIN_MEL, invert_skin, skin_rgb

__all__ = ["Injected", "Injection", "inject", "truth"]

_BoolArray = npt.NDArray[np.bool_]

EDGE_MM = {"redness": 0.4, "hyperpigmentation": 0.1, "texture": 0.5}  # σ of the blur of a field
MOST_BLOOD_BEFORE = 0.012  # a color cast reads as more blood; a change needs room to MAX_BLOOD
SHINE = 1.5  # times the light of the surroundings: the surface, not the skin
SHINE_MM = 3.0  # σ of the surroundings
RELIEF_MM = 1.0  # σ: all structure finer than about 3 mm is scaled, the 0.3 to 1 mm band wholly
NEW_RELIEF = 0.05  # ln units that 100 % of new relief is: about what a cheek has
MOST_RELIEF = 0.3  # ln units: more is a hair or the edge of a nostril
BAND_MM = (0.15, 0.5)  # σ of the band that the truth is read from: features of 0.3 to 1 mm
_LEVELS = 65536  # of the table from field to gain


@dataclass(frozen=True)
class Injection:
    """A change to make.

    Attributes
    ----------
    attribute : str
        ``"redness"``, ``"hyperpigmentation"`` or ``"texture"``.
    amplitude : float
        Where the field is 1: Δa* or -ΔL* of the region's mean color, or percent of relief
        (``100 ln`` of its factor). What the skin cannot show is not reached. Of new relief:
        percent of what a cheek has.
    kind : str
        Shape of the field: ``diffuse``, ``patches``, ``spots``, ``half``, ``local``, or a lesion
        (:mod:`.lesions`); of texture also relief that is new (:mod:`.relief`).
    region : str
        Name of the mask it stays in.
    seed : int
        Decides the places of spots and patches.
    """

    attribute: str
    amplitude: float
    kind: Kind = "diffuse"
    region: str = "face"
    seed: int = 0

    def __post_init__(self) -> None:
        kinds = [*KINDS, *(RELIEFS if self.attribute == "texture" else ())]
        if self.attribute not in EDGE_MM or self.kind not in kinds:
            raise ValueError(
                f"Injection: expected one of {', '.join(EDGE_MM)} and of {', '.join(kinds)}, "
                f"got {self.attribute!r} and {self.kind!r}"
            )


@dataclass(frozen=True, eq=False)
class Injected:
    """An edited photo and what was changed.

    Attributes
    ----------
    rgb : float32 array of shape (H, W, 3)
        Linear.
    fields : mapping of str to float32 array of shape (H, W)
        ``redness``: Δa* of the haemoglobin change alone on the photo before;
        ``hyperpigmentation``: -ΔL* of the melanin change alone.
    relief : tuple of two float32 arrays of shape (H, W), or None
        The 0.3 to 1 mm band of log-luminance before and after the change of relief alone.
    """

    rgb: FloatArray
    fields: Mapping[str, FloatArray]
    relief: tuple[FloatArray, FloatArray] | None

    def truth(self, attribute: str, mask: _BoolArray, control: _BoolArray | None = None) -> float:
        """Return what a perfect measurement reads in `mask`, relative to `control` if given."""
        if attribute != "texture":
            return truth(self.fields[attribute], mask, control)
        if self.relief is None:
            return 0.0
        change = _energy_change(self.relief, mask)
        return change - (_energy_change(self.relief, control) if control is not None else 0.0)


def truth(field: FloatArray, mask: _BoolArray, control: _BoolArray | None = None) -> float:
    """Mean of a field over a mask, minus its median over control skin where given."""
    value = float(field[mask].mean())
    return value - (float(np.median(field[control])) if control is not None else 0.0)


def inject(
    rgb: FloatArray,
    injections: Iterable[Injection],
    masks: Mapping[str, _BoolArray],
    px_per_mm: float,
) -> Injected:
    """Change the skin of a photo by known amounts.

    Parameters
    ----------
    rgb : float32 array of shape (H, W, 3)
        Linear sRGB, 0..1.
    injections : iterable of Injection
    masks : mapping of str to bool array of shape (H, W)
        Skin of each region that is named.
    px_per_mm : float

    Returns
    -------
    Injected
    """
    edited = np.array(rgb, dtype=np.float32)
    changes = {name: np.zeros(rgb.shape[:2], np.float32) for name in EDGE_MM}
    for injection in injections:
        mask = masks[injection.region]
        if injection.amplitude == 0 or not mask.any():
            continue
        window = _window_around(mask, margin=int(np.ceil(3 * px_per_mm)))
        gain, change = _changed(injection, rgb[window], mask[window], px_per_mm)
        edited[window] *= gain
        changes[injection.attribute][window] += change
    log_relief = changes.pop("texture")
    relief = _bands(rgb, log_relief, px_per_mm) if log_relief.any() else None
    return Injected(edited, MappingProxyType(changes), relief)


def _changed(
    injection: Injection, rgb: FloatArray, mask: _BoolArray, px_per_mm: float
) -> tuple[FloatArray, FloatArray]:
    """Gain of the light per pixel and channel, and the change that this makes by itself.

    The change is in the unit of the attribute; of texture it is the ln of the light.
    """
    new = injection.kind in RELIEFS
    rng = np.random.default_rng(injection.seed)
    field = field_of(
        "blotches" if new else injection.kind,
        mask,
        px_per_mm,
        rng,
        edge_mm=EDGE_MM[injection.attribute],
    )
    field *= _not_shining(rgb, mask, px_per_mm)
    if new:
        strength = np.float32(NEW_RELIEF * injection.amplitude / 100)
        change = strength * field * relief_of(injection.kind, mask, px_per_mm, rng)
        return np.exp(change)[..., None], change
    if injection.attribute == "texture":
        change = _relief_change(rgb, field, injection.amplitude, px_per_mm)
        return np.exp(change)[..., None], change
    pigment = injection.attribute
    mean = np.maximum(rgb[mask].mean(axis=0, dtype=np.float64), OD_FLOOR)
    gain = _gains(pigment, mean, injection.amplitude)[
        np.rint(field * (_LEVELS - 1)).astype(np.uint16)
    ]
    return gain, _seen_change(pigment, rgb, rgb * gain)


def _gains(pigment: str, mean: Matrix, amplitude: float) -> FloatArray:
    """Table of exp(-ΔOD) over a field of 0..1: the pigment grows in proportion to the field.

    Its end changes the mean color by `amplitude`, or as far as the skin model goes. Both readings
    grow with their pigment; where a* turns (dark skin, much blood) the change ends.
    """
    skin = invert_skin(mean)
    f_blood = min(skin.f_blood, MOST_BLOOD_BEFORE)
    here = skin_rgb(skin.f_mel, f_blood)

    def gain(share: Matrix) -> FloatArray:
        if pigment == "redness":
            end = MAX_BLOOD if amplitude > 0 else MIN_BLOOD
            changed = skin_rgb(np.full_like(share, skin.f_mel), f_blood + share * (end - f_blood))
        else:
            end = MAX_MEL if amplitude > 0 else MIN_MEL
            f_mel = skin.f_mel + share * (end - skin.f_mel)
            changed = skin_rgb(f_mel, np.full_like(share, f_blood))
        return (changed / here).astype(np.float32)

    shares = np.linspace(0, 1, 4096)
    change = np.sign(amplitude) * _seen_change(pigment, mean, mean * gain(shares))
    top = int(change.argmax()) + 1
    most = np.interp(abs(amplitude), np.maximum.accumulate(change[:top]), shares[:top])
    return gain(np.linspace(0, float(most), _LEVELS))


def _seen_change(
    pigment: str, before: npt.NDArray[np.floating], after: npt.NDArray[np.floating]
) -> FloatArray:
    """Δa* of a change of blood, -ΔL* of a change of melanin."""
    before, after = before.astype(np.float32), after.astype(np.float32)
    if pigment == "redness":
        return linear_to_a(after) - linear_to_a(before)
    return linear_to_lightness(before) - linear_to_lightness(after)


def _relief_change(
    rgb: FloatArray, field: FloatArray, amplitude: float, px_per_mm: float
) -> FloatArray:
    """Ln of the change of light that scales the relief by exp(amplitude / 100) where field = 1."""
    log_light = _log_luminance(rgb)
    fine = log_light - _blurred(log_light, RELIEF_MM * px_per_mm)
    factor: FloatArray = np.expm1(np.float32(amplitude / 100) * field)
    change: FloatArray = factor * np.clip(fine, -MOST_RELIEF, MOST_RELIEF)
    return change


def _bands(
    rgb: FloatArray, log_relief: FloatArray, px_per_mm: float
) -> tuple[FloatArray, FloatArray]:
    """Read the relief band of log-luminance without and with the change of relief."""
    log_light = _log_luminance(rgb)
    before, added = (
        _blurred(light, BAND_MM[0] * px_per_mm) - _blurred(light, BAND_MM[1] * px_per_mm)
        for light in (log_light, log_relief)
    )
    return before, before + added


def _energy_change(relief: tuple[FloatArray, FloatArray], mask: _BoolArray) -> float:
    """100 ln of the ratio of root mean squares over a mask."""
    before, after = (float(np.square(band[mask]).mean(dtype=np.float64)) for band in relief)
    return 50 * float(np.log(after / before))


def _not_shining(rgb: FloatArray, mask: _BoolArray, px_per_mm: float) -> FloatArray:
    """1 on skin, 0 where the surface shines: far brighter than the skin around, or clipped."""
    light = np.where(mask, rgb @ np.array([0.2126, 0.7152, 0.0722], np.float32), 0)
    sigma = SHINE_MM * px_per_mm
    around = _blurred(light, sigma) / np.maximum(_blurred(mask.astype(np.float32), sigma), 1e-3)
    shines = (light > SHINE * around) | (rgb.max(axis=-1) > 0.97)
    return 1 - _blurred((shines & mask).astype(np.float32), max(0.3 * px_per_mm, 0.5))


def _log_luminance(rgb: FloatArray) -> FloatArray:
    light = rgb @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return np.log(np.maximum(light, np.float32(OD_FLOOR)))


def _blurred(values: FloatArray, sigma: float) -> FloatArray:
    """Gaussian blur; wide ones on a reduced picture."""
    if sigma < 0.2:
        return values
    step = int(sigma // 4)
    if step < 2:
        return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma), np.float32)
    height, width = values.shape
    small = cv2.resize(
        values, (max(width // step, 1), max(height // step, 1)), interpolation=cv2.INTER_AREA
    )
    small = cv2.GaussianBlur(small, (0, 0), sigma / step)
    return np.asarray(
        cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float32
    )


def _window_around(mask: _BoolArray, margin: int) -> tuple[slice, slice]:
    """Rows and columns that hold a mask and its surroundings."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + 1 + margin),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + 1 + margin),
    )

"""Scales that people grade skin by, as data: range, step, which end is worse, what they grade.

A grade is no a*: how many a* one step is, is learnt with the rest (``links.py``). Only instruments
give the units themselves.

References
----------
.. [1] Tan et al. (2014), Reliability of Clinician's Erythema Assessment grading scale, J. Am. Acad.
   Dermatol. 71, 760-763: ICC between raters 0.58 to 0.60, weighted kappa within 0.69.
.. [2] Goodman & Baron (2006), Postacne scarring: a qualitative global scarring grading system,
   Dermatol. Surg. 32, 1458-1466.
.. [3] Pandya et al. (2011), Reliability assessment and validation of the Melasma Area and Severity
   Index, J. Am. Acad. Dermatol. 64, 78-83.
.. [4] SkinPen, instructions for use: Global Aesthetic Improvement Scale. Others count from +3 to
   -1, or from 1 to 5 with 5 as the best.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

__all__ = ["CANNOT_JUDGE", "CHOICES", "SCALES", "Scale"]

Kind = Literal["change", "level", "choice", "unit"]

CHOICES: Mapping[str, float] = MappingProxyType({"before": -1.0, "same": 0.0, "after": 1.0})
"""Which photo shows more of the attribute, and the sign of the change that says."""

CANNOT_JUDGE = "cannot judge"
ON_A_STEP = 1e-6  # steps: what a decimal number misses its multiple by


@dataclass(frozen=True)
class Scale:
    """One way to grade.

    Attributes
    ----------
    name : str
        As it stands in a file of labels.
    label : str
        For people.
    kind : {"change", "level", "choice", "unit"}
        *change* grades two photos by how much more the second shows; *level* grades one photo,
        and two by their difference; *choice* says which of two shows more; *unit* is the change
        that an instrument read, in the unit of the attribute.
    low, high : float
        Of what is written: of the change, or of the level of one photo.
    step : float
        Between grades; 0 is continuous.
    worse : {+1, -1}
        Whether a higher number is more of the attribute, or less.
    neutral : float
        The number that says *no change*.
    attributes : tuple of str
        What it may grade; empty is any.
    basis : {"absolute", "relative", ""}
        Which score it speaks of; empty is the absolute one where the color reference of the pair
        allows it, else the relative one.
    source : str
    """

    name: str
    label: str
    kind: Kind
    low: float = 0.0
    high: float = 0.0
    step: float = 0.0
    worse: Literal[1, -1] = 1
    neutral: float = 0.0
    attributes: tuple[str, ...] = ()
    basis: Literal["absolute", "relative", ""] = ""
    source: str = ""

    def signed(self, value: float) -> float:
        """Return a written change as a signed one: positive is more of it in the after photo.

        Parameters
        ----------
        value : float
            A grade of change, the difference of two levels, or a reading.

        Returns
        -------
        float
            In grades of the scale, or in the unit.
        """
        return self.worse * (value - self.neutral)

    def written(self, change: float) -> float:
        """Return a signed change as the scale writes it; the inverse of `signed`."""
        return self.neutral + self.worse * change

    def span(self, pair: bool) -> tuple[float, float]:
        """Return the lowest and highest number that may be written of two photos, or of one."""
        if self.kind == "level" and pair:
            return self.low - self.high, self.high - self.low
        return self.low, self.high

    def trouble(self, value: float, pair: bool) -> str:
        """Say why a number is not on the scale; empty where it is."""
        low, high = self.span(pair)
        if not low <= value <= high:
            what = "a difference of two grades" if self.kind == "level" and pair else "it"
            return f"{value:g} is not on the scale {self.name}: {what} is {low:g} to {high:g}"
        steps = (value - low) / self.step if self.step else 0.0
        if abs(steps - round(steps)) > ON_A_STEP:
            return f"{value:g} is between the steps of the scale {self.name}: {self.step:g} each"
        return ""


_TEXTURE = ("texture",)
_PIGMENT = ("hyperpigmentation",)

_ALL = (
    Scale("change", "Change, -3 to +3", "change", -3, 3, 1, source="seven steps, + is more of it"),
    Scale("change-100", "Change, -100 to +100", "change", -100, 100, source="visual analog scale"),
    Scale("0-100", "Level, 0 to 100", "level", 0, 100, source="visual analog scale, 100 is most"),
    Scale(
        "CEA",
        "Clinician's Erythema Assessment",
        "level",
        0,
        4,
        1,
        attributes=("redness",),
        basis="absolute",
        source="0 clear, 1 almost clear, 2 mild, 3 moderate, 4 severe (Tan et al. 2014)",
    ),
    Scale(
        "PIH",
        "Postinflammatory hyperpigmentation",
        "level",
        0,
        4,
        1,
        attributes=_PIGMENT,
        basis="relative",
        source="0 none to 4 severe; in use without a validation that we know of",
    ),
    Scale(
        "mMASI",
        "modified Melasma Area and Severity Index",
        "level",
        0,
        24,
        0.1,  # weights of 0.3 and 0.1 times area 0 to 6 times darkness 0 to 4
        attributes=_PIGMENT,
        basis="relative",
        source="0.3 forehead, 0.3 each cheek, 0.1 chin, times area, darkness (Pandya et al. 2011)",
    ),
    Scale(
        "Goodman-Baron",
        "Goodman-Baron qualitative scar grade",
        "level",
        1,
        4,
        1,
        attributes=_TEXTURE,
        source="1 macular, 2 mild, 3 moderate, 4 severe (Goodman & Baron 2006)",
    ),
    Scale(
        "wrinkle",
        "Fine lines, five grades",
        "level",
        0,
        4,
        1,
        attributes=_TEXTURE,
        source="photonumeric; one grade is clinically relevant (Kang et al. 2016)",
    ),
    Scale(
        "GAIS",
        "Global Aesthetic Improvement Scale, 4 is no change",
        "change",
        1,
        5,
        1,
        neutral=4,
        source="1 very much improved, 2 much, 3 improved, 4 no change, 5 worse (SkinPen)",
    ),
    Scale("choice", "Which photo shows more", "choice", source="forced choice"),
    Scale(
        "a*",
        "a*, read by an instrument",
        "unit",
        -60,
        60,
        attributes=("redness",),
        source="reading after minus reading before; redder skin reads higher",
    ),
    Scale(
        "L*",
        "L*, read by an instrument",
        "unit",
        -100,
        100,
        worse=-1,
        attributes=_PIGMENT,
        source="reading after minus reading before; darker skin reads lower",
    ),
    Scale(
        "%",
        "Percent of roughness, read by an instrument",
        "unit",
        -300,  # 100 ln(1 / 20)
        300,
        attributes=_TEXTURE,
        source="100 ln(after / before) of what was read",
    ),
)

SCALES: Mapping[str, Scale] = MappingProxyType({scale.name: scale for scale in _ALL})
"""Every scale by its name."""

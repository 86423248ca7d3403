"""The one table of what is measured.

The command line, the page, the report and ``docs/measures.md`` all read it here.
"""

from typing import NamedTuple

from .types import Attribute

__all__ = ["ATTRIBUTES", "TEXTURE_BANDS", "Band", "attribute"]


class Band(NamedTuple):
    """Sizes of texture, as the width of its features; the band is G(low / 2) - G(high / 2).

    Attributes
    ----------
    low_mm, high_mm : float
    min_px_per_mm : float
        Below it the band is not resolved.
    """

    low_mm: float
    high_mm: float
    min_px_per_mm: float

    @property
    def sigmas_mm(self) -> tuple[float, float]:
        """Standard deviations of both Gaussians."""
        return self.low_mm / 2, self.high_mm / 2


# Simulated skin at lower resolution (fine, mid, coarse): at 5 px/mm -57, -5, +2 % of the energy,
# at 2 px/mm -98, -18, +2 %: resolution below these limits changes more than a treatment does.
TEXTURE_BANDS: dict[str, Band] = {
    "fine": Band(0.15, 0.3, 4.0),
    "mid": Band(0.3, 1.0, 2.5),
    "coarse": Band(1.0, 4.0, 1.0),
}

ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute(
        name="redness",
        unit="a*",
        label="Redness",
        direction=-1,
        formula=(
            "mean change of a* that the change of haemoglobin alone gives, melanin held; "
            "relative: minus its median over control skin"
        ),
        source="three-term optical-density unmixing (Tsumura et al. 2003), rows per skin tone",
    ),
    Attribute(
        name="hyperpigmentation",
        unit="L*",
        label="Hyperpigmentation",
        direction=-1,
        formula=(
            "mean change of -L* that the change of melanin alone gives, haemoglobin held; "
            "relative: minus its median over control skin; positive = darker"
        ),
        source="three-term optical-density unmixing (Tsumura et al. 2003), rows per skin tone",
    ),
    Attribute(
        name="texture",
        unit="%",
        label="Texture",
        direction=-1,
        formula=(
            "100 ln(after / before) of the RMS of the 0.3 to 1 mm band of log-luminance, "
            "chromophores removed, resolution and blur matched"
        ),
        source="band energy of shading is linear in relief depth (Chantler 1995)",
    ),
)


def attribute(name: str) -> Attribute:
    """Return the attribute of that name; raises KeyError for an unknown one."""
    for known in ATTRIBUTES:
        if known.name == name:
            return known
    raise KeyError(name)

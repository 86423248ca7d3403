"""The one table of what is measured.

The command line, the page, the report and ``docs/measures.md`` all read it here.
"""

from .types import Attribute

__all__ = ["ATTRIBUTES", "attribute"]

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

"""Words that results and charts use, each in one or two sentences, as HTML."""

from html import escape

from ...attributes import TEXTURE_BANDS
from ...protocol import LEVELS

__all__ = ["WORDS", "glossary_html"]

_BAND = TEXTURE_BANDS["mid"]
WORDS: tuple[tuple[str, str], ...] = (
    (
        "a*",
        "How red a color is, from CIELAB, a standard scale of colors: a larger number is redder. "
        "Redness is the part of it that blood accounts for.",
    ),
    (
        "L*",
        "How light a color is, from CIELAB: 0 is black, 100 is white. A smaller number is darker. "
        "Hyperpigmentation is the part of it that melanin accounts for.",
    ),
    (
        "texture, in %",
        f"How strong fine relief of {_BAND.low_mm:g} to {_BAND.high_mm:g} mm is. "
        "Below 0 is smoother, above 0 is rougher.",
    ),
    (
        "as a whole",
        "What changed everywhere in that region. For color it needs something else in both photos "
        "that did not change, or it might be the light.",
    ),
    (
        "against calm skin",
        "What spots and patches did compared with the person's own calm skin in the same photo. "
        "What changes everywhere alike, such as the light or a tan, cancels.",
    ),
    (
        "left and right",
        "Those of the person in the photo: the left cheek is at the right of the photo.",
    ),
    ("perioral", "Around the mouth."),
    ("periorbital", "Around the eyes."),
    (
        "95 % interval",
        "The true change lies in it in 95 of 100 comparisons.",
    ),
    (
        "no measurable change",
        "What was measured can be explained by what differs between photos of skin that did not "
        "change. The skin may have changed by less than that.",
    ),
    (
        "baseline",
        "The session that all others of a body site are held against; the first, until you choose "
        "another.",
    ),
    (
        "trend",
        "A straight line through at least four sessions. It is told only where its 99 % interval "
        "leaves out 0.",
    ),
    (
        "protocol level",
        f"What tells skin from light in both photos, from 0 to {len(LEVELS) - 1}: the higher, the "
        "surer a result. “What tells skin from light” below lists all.",
    ),
)


def glossary_html() -> str:
    """Return the words with what they mean."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in WORDS)
    return f'<dl class="sd-details">{rows}</dl>'

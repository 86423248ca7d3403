"""The table of findings: ways in which two photos differ beside the skin, and what each does.

One place for what is said of a difference, where it is worth a word, where it stops a measurement,
and what to do next time. How much a difference widens intervals is measured and stands in the
noise table (:mod:`skindelta.noise`).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from .types import Basis

__all__ = ["FINDINGS", "Block", "Kind"]

COLORS = ("redness", "hyperpigmentation")
EVERYTHING = (*COLORS, "texture")
FOLDED = ("perioral", "left_periorbital", "right_periorbital")


class Block(NamedTuple):
    """What a difference makes not measurable, from a limit on.

    Attributes
    ----------
    limit : float
    words : str
        The limit in words.
    attributes : tuple of str
    bases : tuple of str
        Empty = both.
    regions : tuple of str
        Empty = everywhere.
    """

    limit: float
    words: str
    attributes: tuple[str, ...]
    bases: tuple[Basis, ...] = ()
    regions: tuple[str, ...] = ()


class Kind(NamedTuple):
    """One way to differ.

    Attributes
    ----------
    about : str
        What it is, for the table in the docs.
    message : str
        With places for ``value``, its exponential ``ratio``, ``percent`` and ``where``.
    advice : str
        For the next session.
    told_from : float
        Where it is worth a word.
    blocks : tuple of Block
    """

    about: str
    message: str
    advice: str
    told_from: float
    blocks: tuple[Block, ...] = ()


# Texture changes by 20 % for 5 degrees of slant of the light; smiles fold the skin around mouth and
# eyes; blur is matched up to 2 px. Real pairs with nothing changed were measured up to a turn of 11
# and a nod of 20 degrees; from half the distance the light on a face is another. Limits of tone
# curve, smoothing and calm skin lie between what fair and unfair photos of 24 people show
# (docs/decisions/0015-the-gate.md).
FINDINGS: Mapping[str, Kind] = MappingProxyType(
    {
        "card_in_one": Kind(
            "a color card in one photo only",
            "a color card is in one photo only, so it tells nothing about the change",
            "hold the card into every photo",
            0.0,
        ),
        "card_kinds": Kind(
            "a bought card in one photo, a printed one in the other",
            "the photos show cards of two kinds, which tell nothing together",
            "hold the same card into every photo",
            0.0,
        ),
        "card_unusable": Kind(
            "a color card that cannot be used",
            "the color card cannot be used: {where}",
            "hold the card flat beside the face, in the same light",
            0.0,
        ),
        "reference_missing": Kind(
            "a reference that was asked for and that both photos do not share",
            "{where}",
            "keep the same card, grey object, or wall and clothes in both photos",
            0.0,
        ),
        "grey_unusable": Kind(
            "a grey object marked in one photo only, or that cannot be used",
            "the grey object cannot be used: {where}",
            "mark the same matte grey or white object in both photos",
            0.0,
        ),
        "light_color": Kind(
            "the color of the light is not known exactly",
            "the color of the light on the skin is known within {value:.1f} ΔE",
            "keep the same wall, clothes and lamps, or hold a color card beside the face",
            0.5,
        ),
        "light_direction": Kind(
            "light from another side",
            "the light comes from another side (shading tilts by {value:.2f})",
            "take both photos with the lamp or window in the same place",
            0.1,
            (Block(0.15, "a tilt of the shading by 0.15", ("texture",)),),
        ),
        "tone_curve": Kind(
            "another tone curve: HDR, a filter, another camera mode",
            "the tones of one photo are bent by {percent:.0f} % against the other, as filters, HDR "
            "and other camera modes do",
            "use the same camera and mode without filter, and the original files",
            0.06,
            (
                Block(0.1, "10 %", COLORS, ("absolute",)),
                Block(0.14, "14 %", EVERYTHING),
            ),
        ),
        "smoothing": Kind(
            "skin smoothed by a beauty filter or make-up",
            "the skin of one photo is {ratio:.1f} times as smooth while its edges are as sharp: a "
            "beauty filter or make-up",
            "switch beauty and portrait modes off, take photos of bare skin",
            0.6,
            (Block(0.6, "1.8 times as smooth", EVERYTHING),),
        ),
        "camera": Kind(
            "another camera, lens or mode",
            "the photos were not taken alike: {where}",
            "use the same camera, lens and mode",
            0.0,
        ),
        "expression": Kind(
            "another expression",
            "the expression differs (the lips moved by {percent:.0f} % of the distance of the "
            "pupils)",
            "keep a neutral face in both photos",
            0.045,
            (Block(0.045, "4.5 % of the distance of the pupils", ("texture",), (), FOLDED),),
        ),
        "turn": Kind(
            "the head turned to a side",
            "the head is turned to the side by {value:.0f}° more in one photo",
            "look straight into the camera both times",
            5.0,
            (Block(12.0, "12°", ("texture",)),),
        ),
        "nod": Kind(
            "the head tilted up or down",
            "the head is tilted up or down by {value:.0f}° more in one photo",
            "hold the camera at the height of the eyes both times",
            8.0,
            (Block(20.0, "20°", ("texture",)),),
        ),
        "distance": Kind(
            "another distance",
            "one photo was taken from {ratio:.1f} times the distance of the other",
            "take both photos from the same distance",
            0.1,
            (Block(0.4, "1.5 times the distance", ("texture",)),),
        ),
        "focus": Kind(
            "another focus",
            "one photo is blurred by {value:.1f} mm against the other",
            "hold the camera still, tap the face to focus, wipe the lens",
            0.2,
            (Block(0.6, "0.6 mm", ("texture",)),),
        ),
        "compression": Kind(
            "hard compression",
            "{percent:.0f} % of the skin lost its structure to compression",
            "use the original photos, not ones from a messenger",
            0.01,
            (Block(0.2, "20 % of the skin", ("texture",)),),
        ),
        "glare": Kind(
            "shine",
            "{percent:.0f} % more of the skin shines in one photo",
            "dab the skin dry, switch the flash off, turn away from the lamp",
            0.01,
        ),
        "hair": Kind(
            "hair or beard over skin that is bare in the other photo",
            "hair or a beard covers skin in one photo that is bare in the other: {where}",
            "hold the hair back, shave as last time",
            0.8,
        ),
        "stubble": Kind(
            "stubble in one photo",
            "around the mouth the skin is {ratio:.1f} times as rough in one photo, and not "
            "elsewhere: stubble, or a change there",
            "shave as last time",
            0.15,
        ),
        "crop": Kind(
            "a part of the face outside one photo",
            "{percent:.0f} % of the face is outside one of the photos; the rest is measured",
            "keep the whole face in both photos",
            0.03,
        ),
        "calm_redness": Kind(
            "no calm skin: redness moved in about half of the face",
            "redness moved apart in two parts of the face, the smaller {percent:.0f} % of it: "
            "no skin tells where spots and patches begin",
            "see what is said of the face as a whole; a color card makes that sure",
            0.33,
            (Block(0.33, "parts of 33 % and more", ("redness",), ("relative",)),),
        ),
        "calm_hyperpigmentation": Kind(
            "no calm skin: pigment moved in about half of the face",
            "pigment moved apart in two parts of the face, the smaller {percent:.0f} % of it: "
            "no skin tells where spots and patches begin",
            "see what is said of the face as a whole; a color card makes that sure",
            0.33,
            (Block(0.33, "parts of 33 % and more", ("hyperpigmentation",), ("relative",)),),
        ),
    }
)
"""Every finding by its code."""

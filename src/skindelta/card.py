"""Read the color card of a photo: where it lies, and what it tells of the light.

A card that is found and cannot be used says why. The search costs as long as decoding the photo.
"""

import numpy as np

from .card_finder import find_card
from .card_fit import fit_card
from .types import CardReading, Photo

__all__ = ["read_card"]


def read_card(photo: Photo) -> CardReading | None:
    """Find a 24-patch color card and fit its colors.

    Parameters
    ----------
    photo : Photo

    Returns
    -------
    CardReading or None
        None where no card was found.
    """
    card = find_card(photo.pixels)
    if card is None:
        return None
    corners = card.corners.astype(np.float32)
    fit = fit_card(photo.pixels, card)
    return CardReading(
        corners,
        fit.matrix,
        fit.power,
        fit.residual_before,
        fit.residual_after,
        fit.unevenness,
        fit.reasons,
    )

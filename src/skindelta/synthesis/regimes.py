"""In what light and with how much care two photos are taken: a camera and a room by name.

``controlled``
    Nothing changes but what nobody can hold still.
``same room``
    The phone sets exposure and white balance anew, a lamp is dimmed, the wall may be blown out.
``casual``
    Another room each time: no common background, uneven light, glare, a tone curve, blur, JPEG.
"""

from typing import NamedTuple

import numpy as np

from ..types import FloatArray
from .camera import CASUAL, CONTROLLED, SAME_ROOM, Camera, Photograph, photograph
from .scenery import ELSEWHERE, SAME_WALL, Room, Scenery, lit

__all__ = ["REGIMES", "Regime", "photograph_pair"]


class Regime(NamedTuple):
    """How two photos of a session differ."""

    camera: Camera
    room: Room


REGIMES = {
    "controlled": Regime(CONTROLLED, Room()),
    "same room": Regime(SAME_ROOM, SAME_WALL),
    "casual": Regime(CASUAL, ELSEWHERE),
}


def photograph_pair(
    scenes: tuple[FloatArray, FloatArray],
    sceneries: tuple[Scenery, Scenery],
    regime: Regime,
    rng: np.random.Generator,
) -> tuple[Photograph, Photograph]:
    """Take one photo each of two scenes.

    Parameters
    ----------
    scenes : tuple of two float32 arrays of shape (H, W, 3)
        Linear sRGB.
    sceneries : tuple of two Scenery
        Where wall and person are in each.
    regime : Regime
    rng : numpy.random.Generator

    Returns
    -------
    tuple of two Photograph
    """
    lights = regime.room.pair(rng)
    first, second = (
        photograph(lit(scene, where, light), regime.camera.shot(rng), rng)
        for scene, where, light in zip(scenes, sceneries, lights, strict=True)
    )
    return first, second

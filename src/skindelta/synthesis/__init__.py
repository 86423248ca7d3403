"""Known changes of real skin and a simulated camera: the truth behind tests, benchmarks and demo.

::

    linear photo ─inject(Injection…)→ Injected (edited photo and what changed, per pixel)
    linear photo ─lit(Lighting)→ the same under the lights of a room, or before another wall
    linear photo ─photograph(Shot)→ Photograph (8-bit sRGB, JPEG bytes, where each point went)

Edits and camera work in linear light at full size. Randomness comes in as a seed or a generator.
"""

from .camera import CASUAL, CONTROLLED, SAME_ROOM, Camera, Look, Photograph, Shot, photograph
from .changes import Injected, Injection, inject, truth
from .fields import Kind
from .regimes import REGIMES, Regime, photograph_pair
from .scenery import ELSEWHERE, SAME_WALL, Lighting, Room, Scenery, lit, scenery_of
from .skin import MAX_BLOOD, MAX_MEL, MIN_BLOOD, MIN_MEL, Skin, invert_skin, skin_rgb

__all__ = [
    "CASUAL",
    "CONTROLLED",
    "ELSEWHERE",
    "MAX_BLOOD",
    "MAX_MEL",
    "MIN_BLOOD",
    "MIN_MEL",
    "REGIMES",
    "SAME_ROOM",
    "SAME_WALL",
    "Camera",
    "Injected",
    "Injection",
    "Kind",
    "Lighting",
    "Look",
    "Photograph",
    "Regime",
    "Room",
    "Scenery",
    "Shot",
    "Skin",
    "inject",
    "invert_skin",
    "lit",
    "photograph",
    "photograph_pair",
    "scenery_of",
    "skin_rgb",
    "truth",
]

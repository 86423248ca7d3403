"""Known changes of real skin and a simulated camera: the truth behind tests, benchmarks and demo.

::

    linear photo ─inject(Injection…)→ Injected (edited photo and what changed, per pixel)
    linear photo ─photograph(Shot)→ Photograph (8-bit sRGB, JPEG bytes, where each point went)

Edits and camera work in linear light at full size. Randomness comes in as a seed or a generator.
"""

from .camera import CASUAL, CONTROLLED, Camera, Photograph, Shot, photograph
from .changes import Injected, Injection, inject, truth
from .fields import Kind
from .skin import MAX_BLOOD, MAX_MEL, MIN_BLOOD, MIN_MEL, Skin, invert_skin, skin_rgb

__all__ = [
    "CASUAL",
    "CONTROLLED",
    "MAX_BLOOD",
    "MAX_MEL",
    "MIN_BLOOD",
    "MIN_MEL",
    "Camera",
    "Injected",
    "Injection",
    "Kind",
    "Photograph",
    "Shot",
    "Skin",
    "inject",
    "invert_skin",
    "photograph",
    "skin_rgb",
    "truth",
]

"""The words that entries are told by."""

from typing import Literal

__all__ = ["Setting", "SymptomKind", "TreatmentKind"]

Setting = Literal["clinic", "home"]
TreatmentKind = Literal["microneedling", "laser", "peel", "topical", "other"]
SymptomKind = Literal[
    "swelling",
    "pain",
    "pus",
    "fever",
    "itch",
    "bleeding",
    "rash",
    "blisters",
    "crust",
    "burn",
    "spreading redness",
    "dark patch",
    "pale patch",
    "streaks",
    "raised scar",
    "nodules",
    "numbness",
    "eye trouble",
    "trouble breathing",
]

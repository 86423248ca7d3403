"""The words that treatments and symptoms are told by: of the record and of the command line."""

from typing import Literal

__all__ = ["SEVERITIES", "Setting", "SymptomKind", "TreatmentKind"]

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
SEVERITIES = ("mild", "moderate", "severe")  # 1, 2, 3

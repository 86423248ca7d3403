"""Who is learnt from, who stops the learning, and who is held out: by a hash of the name.

A split by chance would be another each time labels come in: people would move from the held-out
part into the learnt one, and the model would be praised for people it knows. The hash of a name
stays. New photos never move a person, two clinics that know the same name agree, and nothing has to
be kept. What it costs: of few people the parts are uneven, and sometimes one of them is empty.
"""

import hashlib
import unicodedata
from collections.abc import Iterable
from typing import Literal

__all__ = ["PARTS", "Part", "part_of", "person", "split"]

Part = Literal["learn", "stop", "held out"]

PARTS: dict[Part, float] = {"learn": 0.6, "stop": 0.2, "held out": 0.2}
"""Parts of the people, and what share each gets."""


def person(subject: str) -> str:
    """Return the name by which a person is known, however it was typed.

    Spaces around, capitals, and how accents are stored (macOS stores them apart) make no other
    person.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", subject).strip().casefold())


def part_of(subject: str) -> Part:
    """Return the part that a person belongs to, today and with all labels to come.

    Parameters
    ----------
    subject : str
        Pseudonym; `person` says which ones are the same.

    Returns
    -------
    {"learn", "stop", "held out"}
        60 % are learnt from. By 20 % it is decided when to stop and how wide intervals are. 20 %
        are held out: nothing is ever chosen by them, so what they say of a model is honest.
    """
    digest = hashlib.sha256(person(subject).encode("utf-8", "surrogatepass")).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    if place < PARTS["learn"]:
        return "learn"
    return "stop" if place < PARTS["learn"] + PARTS["stop"] else "held out"


def split(subjects: Iterable[str]) -> dict[Part, tuple[str, ...]]:
    """Return the people of each part, each once, by name; a part may be empty."""
    known = {person(subject) for subject in subjects}
    return {part: tuple(sorted(one for one in known if part_of(one) == part)) for part in PARTS}

"""What all pages share: the visitors and the record."""

from dataclasses import dataclass

from .serving.records import Records
from .serving.visitors import Visitors

__all__ = ["Shared"]


@dataclass(frozen=True)
class Shared:
    """What is handed to every page when it is built.

    Attributes
    ----------
    visitors : Visitors
    records : Records
    signs_in : bool
        A password was asked for, so that one can sign out.
    """

    visitors: Visitors
    records: Records
    signs_in: bool = False

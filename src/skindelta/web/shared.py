"""What all pages share: the visitors, the record, and the options that nobody asked otherwise."""

from dataclasses import dataclass

from ..pipeline import Options
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
    options : Options
        What holds where a visitor chooses nothing else: by which model photos are measured.
    """

    visitors: Visitors
    records: Records
    signs_in: bool = False
    options: Options = Options()

"""What all pages share: the visitors, the record, and the options that nobody asked otherwise."""

from dataclasses import dataclass
from pathlib import Path

from ..learning.forgetting import OWN_LABELS
from ..pipeline import Options
from .serving.records import Records
from .serving.visitors import Visitors

__all__ = ["Labelling", "Shared"]


@dataclass(frozen=True)
class Labelling:
    """What is to be labelled, as it was said on the command line: no page takes paths.

    Attributes
    ----------
    file : Path
        Of the labels.
    photos : Path or None
        Folder of them; None is the record.
    rater, scale, region : str
    attributes : tuple of str
    """

    file: Path
    photos: Path | None
    rater: str
    attributes: tuple[str, ...]
    scale: str = "change"
    region: str = "face"


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
    labelling : Labelling or None
        There is nothing but labelling to do: no other page tells days and scores.
    labels : Path or None
        File of labels, as it was said on the command line.
    """

    visitors: Visitors
    records: Records
    signs_in: bool = False
    options: Options = Options()
    labelling: Labelling | None = None
    labels: Path | None = None

    @property
    def labels_file(self) -> Path:
        """Where labels are written, and learnt from."""
        if self.labelling is not None:
            return self.labelling.file
        return self.labels or self.records.folder / OWN_LABELS

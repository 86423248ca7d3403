"""Erase what retraining keeps of a person, when the record erases them.

Labels of the page lie beside the record, and trainings keep what networks were shown of photos.
The first lose the person's rows; the second are emptied, since they are made anew when needed.
What a model learnt stays in it: a few hundred numbers, of all people together.
"""

import shutil
from pathlib import Path

from ..own_models import user_models
from .label_book import Book

__all__ = ["OWN_LABELS", "forget_person"]

OWN_LABELS = "labels.csv"  # in the folder of the record


def forget_person(record_folder: Path, pseudonym: str) -> int:
    """Take a person out of the record's own labels, and empty what trainings keep.

    Parameters
    ----------
    record_folder : Path
    pseudonym : str

    Returns
    -------
    int
        Labels that went.

    Raises
    ------
    LabelError
        The labels cannot be read or written; they are as they were.
    """
    for folder in (user_models() / ".training").glob("*"):
        shutil.rmtree(folder / "examples", ignore_errors=True)
        if folder.name == "compared":
            shutil.rmtree(folder, ignore_errors=True)
    return Book(record_folder / OWN_LABELS).forget(pseudonym)

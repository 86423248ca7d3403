"""Exceptions that a user can mend.

::

    SkinDeltaError
    ├── PhotoError       a file that cannot be read as a photo
    ├── AlignmentError   a region or option that does not fit the photo
    ├── ModelError       a model folder that is missing, broken or altered
    ├── LabelError       labels for retraining that cannot be used
    └── RecordError      a stored history that cannot be read or written

Each message names the file or option and says what to do. A photo that can be read but not
measured is no exception: it is a result with a reason (``Quality.reasons``).
"""

__all__ = [
    "AlignmentError",
    "LabelError",
    "ModelError",
    "PhotoError",
    "RecordError",
    "SkinDeltaError",
]


class SkinDeltaError(Exception):
    """Base of all errors of this package; the message says what to do."""


class PhotoError(SkinDeltaError):
    """The file cannot be read as a photo."""


class AlignmentError(SkinDeltaError):
    """A region, mask or option does not fit the photo it was given for."""


class LabelError(SkinDeltaError):
    """The labels for retraining cannot be used."""


class ModelError(SkinDeltaError):
    """A model folder is missing, incomplete or altered."""


class RecordError(SkinDeltaError):
    """A stored history cannot be read or written."""

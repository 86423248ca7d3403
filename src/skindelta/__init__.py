"""Did the skin really change? Redness, hyperpigmentation and texture between two photos.

::

    import skindelta

    comparison = skindelta.compare("before.jpg", "after.jpg")
    for score in comparison.scores:
        print(score.attribute, score.region, score.basis, score.value, score.verdict)

Names are loaded when they are first used, so that ``import skindelta`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for editors and type checkers; a test holds it against _HOMES
    from .attributes import ATTRIBUTES as ATTRIBUTES
    from .batch import score_folder as score_folder
    from .contract import assessment_to_dict as assessment_to_dict
    from .contract import comparison_rows as comparison_rows
    from .contract import comparison_to_dict as comparison_to_dict
    from .errors import AlignmentError as AlignmentError
    from .errors import LabelError as LabelError
    from .errors import ModelError as ModelError
    from .errors import PhotoError as PhotoError
    from .errors import RecordError as RecordError
    from .errors import SkinDeltaError as SkinDeltaError
    from .models import list_models as list_models
    from .models import load_model as load_model
    from .models import verify_model as verify_model
    from .photo import PhotoLimits as PhotoLimits
    from .photo import read_photo as read_photo
    from .pictures import comparison_pictures as comparison_pictures
    from .pipeline import Options as Options
    from .pipeline import assess as assess
    from .pipeline import check as check
    from .pipeline import compare as compare
    from .report import comparison_report_html as comparison_report_html
    from .types import Assessment as Assessment
    from .types import Attribute as Attribute
    from .types import ChangeMap as ChangeMap
    from .types import Comparison as Comparison
    from .types import Finding as Finding
    from .types import ModelCard as ModelCard
    from .types import OwnRegion as OwnRegion
    from .types import Photo as Photo
    from .types import PhotoSummary as PhotoSummary
    from .types import Quality as Quality
    from .types import Reason as Reason
    from .types import RegionMap as RegionMap
    from .types import Score as Score

    __version__: str

_HOMES = {
    "attributes": ("ATTRIBUTES",),
    "batch": ("score_folder",),
    "contract": ("assessment_to_dict", "comparison_rows", "comparison_to_dict"),
    "errors": (
        "AlignmentError",
        "LabelError",
        "ModelError",
        "PhotoError",
        "RecordError",
        "SkinDeltaError",
    ),
    "models": ("list_models", "load_model", "verify_model"),
    "photo": ("PhotoLimits", "read_photo"),
    "pictures": ("comparison_pictures",),
    "pipeline": ("Options", "assess", "check", "compare"),
    "report": ("comparison_report_html",),
    "types": (
        "Assessment",
        "Attribute",
        "ChangeMap",
        "Comparison",
        "Finding",
        "ModelCard",
        "OwnRegion",
        "Photo",
        "PhotoSummary",
        "Quality",
        "Reason",
        "RegionMap",
        "Score",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted([*_HOME_OF, "__version__"])


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("skindelta")
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME_OF[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)

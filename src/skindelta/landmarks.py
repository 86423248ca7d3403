"""Named points of a face: photo in, :class:`FaceLandmarks` out.

The points are inner points only (eyes, brows, nose, mouth, jaw): they can be told on any head,
whatever its hair. *Left* and *right* are the person's own, so the right eye is on the left of
an unmirrored photo. Within a group the points run from the person's right to left, upper before
lower, so that ``MIRROR`` is a permutation.
"""

import numpy as np

__all__ = ["GROUPS", "POINT_NAMES"]

# (group, number of points): the order of the points in every array of landmarks.
_LAYOUT = (
    ("right_pupil", 1),
    ("left_pupil", 1),
    ("right_iris", 4),  # top, outer, bottom, inner
    ("left_iris", 4),  # top, inner, bottom, outer
    ("right_eye", 8),  # upper lid from the outer to the inner corner (5), lower lid (3)
    ("left_eye", 8),  # upper lid from the inner to the outer corner (5), lower lid (3)
    ("right_brow", 8),  # upper edge from the outer to the inner end (6), lower edge (2)
    ("left_brow", 8),  # upper edge from the inner to the outer end (6), lower edge (2)
    ("nose_bridge", 10),  # right side top down (5), left side top down (5)
    ("nose_base", 15),  # right wing (7), center below the tip, left wing (7)
    ("philtrum", 4),  # right (2), left (2)
    ("upper_lip", 12),  # outer edge with both corners (7), inner edge (5)
    ("lower_lip", 10),  # inner edge (5), outer edge (5)
    ("jaw", 11),  # right ear to left ear, the chin in the middle
)


def _groups() -> dict[str, slice]:
    ends = np.cumsum([count for _, count in _LAYOUT]).tolist()
    return {name: slice(end - count, end) for (name, count), end in zip(_LAYOUT, ends, strict=True)}


GROUPS: dict[str, slice] = _groups()
POINT_NAMES: tuple[str, ...] = tuple(
    f"{name}_{k}" if count > 1 else name for name, count in _LAYOUT for k in range(count)
)

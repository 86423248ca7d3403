"""Both photos on one grid that lies halfway between them.

Faces: the landmarks give a similarity and a smooth field (expression), then
``findTransformECCMultiScale`` an affine remainder, then dense flow (DIS) what is left. Close-ups:
SIFT features and RANSAC, then ECC and flow. Every photo is resampled once, by the sum of all.

The flow sees structure images (:mod:`skindelta.midpoint`), so light cannot pull skin. It is
smoothed over several millimeters and bounded: it can move a spot, but neither shrink it away nor
make one.

Everything is written in half-displacements ``after - before`` that change sign when the photos
are swapped; where an estimator is not symmetric by itself it runs both ways and the difference is
halved. Failure is a value: a :class:`Reason`, not an exception.
"""

from dataclasses import replace
from functools import partial
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from .both import both
from .filters import gaussian, shrunk
from .landmarks import GROUPS
from .midpoint import (
    EXACT_PX,
    GRID_STEP,
    Frame,
    Sampled,
    luminance,
    midpoint_frame,
    scales,
    structure,
    structure_codes,
)
from .same_skin import (
    MIN_SIMILARITY,
    different_skin,
    is_doubtful,
    mirrored,
    not_aligned,
    one_is_mirrored,
    skin_similarity,
)
from .types import (
    AlignedPair,
    Box,
    ByteArray,
    FloatArray,
    NormalizedPhoto,
    Reason,
    RegionMap,
    Scale,
)

__all__ = ["align_pair", "pair_with_itself"]

Complex = npt.NDArray[np.complex128]

RIGID_GROUPS = ("right_eye", "left_eye", "right_brow", "left_brow", "nose_bridge", "nose_base")
# px of the grid for one of the structure images. ECC need only find the way; flow at the coarse
# step ends 0.5 px further off.
FINE_STEP, COARSE_STEP, COARSE_FROM_PX = 2, 4, 200.0
# Pupil distances: a mouth corner moves its surroundings, not the other cheek.
LANDMARK_REACH = 0.4
LANDMARK_NOISE = 0.35  # of the signal's variance: landmarks err by 2 % of the pupil distance
FLOW_SMOOTH_SHARE = 0.04  # of the pupil distance: 2.5 mm
MAX_FLOW_SHARE = 0.06  # of the pupil distance: 3.8 mm beyond what landmarks and ECC found
MAX_AFFINE_SHARE = 0.25  # of the pupil distance: more is ECC on a wrong track
MAX_INCONSISTENCY_SHARE = 0.015  # of the pupil distance: 1 mm between flow there and back

ECC_LEVELS, ECC_ROUNDS = 3, 8  # flow takes what is left

MAX_FEATURES = 3000
MIN_MATCHES = 12  # a similarity has 4 unknowns; chance gives 4 or 5
RANSAC_SHARE = 0.01  # of the longer side


def align_pair(before: NormalizedPhoto, after: NormalizedPhoto) -> AlignedPair | Reason:
    """Bring two photos of the same skin onto their midpoint grid.

    Parameters
    ----------
    before, after : NormalizedPhoto
        On working grids of one scale, from :func:`skindelta.normalize.normalize_pair`.

    Returns
    -------
    AlignedPair or Reason
        The reason says why the two could not be aligned.
    """
    found = _aligned(before, after)
    are_faces = not (before.regions.is_close_up or after.regions.is_close_up)
    if are_faces and is_doubtful(found):
        return one_is_mirrored(found, _aligned(before, mirrored(after))) or found
    return found


def _aligned(before: NormalizedPhoto, after: NormalizedPhoto) -> AlignedPair | Reason:
    points = _corresponding_points(before, after)
    if points is None:
        return not_aligned("too few features of the skin were found in both photos")
    frame = midpoint_frame(before, after, points.rigid)
    if frame is None:
        return not_aligned("they do not show the same part of the skin")
    step = COARSE_STEP if frame.unit >= COARSE_FROM_PX else FINE_STEP
    field = _landmark_field(frame, points, step)
    field = field + _affine_remainder(frame, field)
    field = frame.refined(field, FINE_STEP)
    field = field + _dense_flow(frame, field).displacement
    last = _dense_flow(frame, field)  # small now, so that both directions can be held together
    field = field + last.displacement
    if np.abs(field).max() < EXACT_PX and frame.is_identity():
        field = frame.zero_field(FINE_STEP)
    return _resampled(frame, field, last)


def pair_with_itself(photo: NormalizedPhoto) -> AlignedPair:
    """One photo as a pair without change, for its levels.

    Parameters
    ----------
    photo : NormalizedPhoto

    Returns
    -------
    AlignedPair
    """
    shape = photo.rgb.shape[:2]
    return AlignedPair(
        before=photo.rgb,
        after=photo.rgb,
        displacement=np.zeros((*shape, 2), dtype=np.float32),
        trust=photo.regions.measured.astype(np.float32),
        residual_px=0.0,
        regions=photo.regions,
        reference=photo.reference,
        residual_de00=photo.residual_de00,
    )


class _Points(NamedTuple):
    """The same places of the skin in both photos, x + iy in px of their grids."""

    rigid: tuple[Complex, Complex]
    bend: tuple[Complex, Complex] | None  # those that tell expression: landmarks, not features


def _corresponding_points(before: NormalizedPhoto, after: NormalizedPhoto) -> _Points | None:
    if before.regions.is_close_up or after.regions.is_close_up:
        return _matched_features(before, after)
    a, b = (_as_complex(photo.regions.landmarks) for photo in (before, after))
    rigid = np.concatenate([np.r_[GROUPS[name]] for name in RIGID_GROUPS])
    return _Points((a[rigid], b[rigid]), (a, b))


def _as_complex(points: npt.NDArray[np.floating]) -> Complex:
    return np.asarray(points[:, 0] + 1j * points[:, 1].astype(np.float64), dtype=np.complex128)


def _matched_features(before: NormalizedPhoto, after: NormalizedPhoto) -> _Points | None:
    """SIFT features of both structure images that one similarity explains."""
    unit = float(max(before.rgb.shape[:2] + after.rgb.shape[:2]))
    detector = cv2.SIFT.create(nfeatures=MAX_FEATURES, contrastThreshold=0.01)
    found = [
        detector.detectAndCompute(
            structure_codes(structure(luminance(photo.rgb), *scales(unit))), None
        )
        for photo in (before, after)
    ]
    if any(len(keypoints) < MIN_MATCHES for keypoints, _ in found):
        return None
    matches = cv2.BFMatcher(cv2.NORM_L2, crossCheck=True).match(found[0][1], found[1][1])
    first = np.array([found[0][0][match.queryIdx].pt for match in matches]).reshape(-1, 2)
    second = np.array([found[1][0][match.trainIdx].pt for match in matches]).reshape(-1, 2)
    inliers = _similarity_inliers(first, second, RANSAC_SHARE * unit)
    if inliers.sum() < MIN_MATCHES:
        return None
    return _Points((_as_complex(first[inliers]), _as_complex(second[inliers])), None)


def _similarity_inliers(
    before: npt.NDArray[np.float64], after: npt.NDArray[np.float64], tolerance: float
) -> npt.NDArray[np.bool_]:
    """Tell which matches the best similarity explains, the same for swapped photos.

    RANSAC is not symmetric: it always runs from the set with the smaller sum of coordinates.
    """
    inliers = np.zeros(len(before), dtype=np.bool_)
    if len(before) < MIN_MATCHES:
        return inliers
    first, second = (before, after) if before.sum() <= after.sum() else (after, before)
    order = np.lexsort(first.T)
    _, mask = cv2.estimateAffinePartial2D(
        first[order], second[order], ransacReprojThreshold=tolerance, maxIters=5000
    )
    if mask is not None:
        inliers[order] = np.asarray(mask).ravel() > 0
    return inliers


def _landmark_field(frame: Frame, points: _Points, step: int) -> FloatArray:
    """Smooth displacement that carries the landmarks (Gaussian process regression)."""
    if points.bend is None:
        return frame.zero_field(step)
    a, b = (frame.carried(these, which) for which, these in enumerate(points.bend))
    middle = (a + b) / 2
    reach = LANDMARK_REACH * frame.unit
    gram = _kernel(middle, middle, reach) + LANDMARK_NOISE * np.eye(len(middle))
    nodes = frame.nodes(GRID_STEP)
    moved = np.stack([(b - a).real, (b - a).imag], axis=-1)
    weights = cv2.solve(gram, moved, flags=cv2.DECOMP_CHOLESKY)[1]  # starts no threads
    reached = _kernel(nodes.ravel(), middle, reach)
    field = np.einsum("ij,jk->ik", reached, weights).reshape(*nodes.shape, 2)
    return frame.refined(field.astype(np.float32), step)


def _kernel(p: Complex, q: Complex, reach: float) -> npt.NDArray[np.float64]:
    return np.asarray(np.exp(-(np.abs(p[:, None] - q) ** 2) / (2 * reach**2)))


def _affine_remainder(frame: Frame, field: FloatArray) -> FloatArray:
    """Affine displacement that ECC still finds: half of both directions' difference."""
    before, after = frame.structures(field)
    forward, backward = both(lambda pair: _ecc(*pair), (before, after), (after, before))
    if forward is None or backward is None:
        return np.zeros_like(field)
    height, width = field.shape[:2]
    x, y = np.arange(width)[:, None], np.arange(height)[:, None, None]
    affine = (forward - backward) / 2 * (frame.size[0] / width)
    moved = x * affine[:, 0] + y * affine[:, 1] + affine[:, 2]
    if np.abs(moved).max() > MAX_AFFINE_SHARE * frame.unit:
        return np.zeros_like(field)
    return np.asarray(moved, dtype=np.float32)


def _ecc(reference: FloatArray, sample: FloatArray) -> npt.NDArray[np.float64] | None:
    """Affine displacement (2, 3) from reference to sample, or None where ECC fails."""
    parameters = cv2.ECCParameters()
    parameters.motionType = cv2.MOTION_AFFINE
    parameters.criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, ECC_ROUNDS, 1e-4)
    parameters.nlevels = ECC_LEVELS
    identity = np.eye(2, 3, dtype=np.float32)
    try:
        _, warp = cv2.findTransformECCMultiScale(reference, sample, identity.copy(), parameters)
    except cv2.error:  # it raises where the correlation does not converge
        return None
    found: npt.NDArray[np.float64] = np.asarray(warp, dtype=np.float64) - identity
    return found if np.isfinite(found).all() else None


class _Flow(NamedTuple):
    """What dense flow found on the structure grid, in px of the midpoint grid."""

    displacement: FloatArray  # smoothed and bounded
    left: FloatArray  # length of what was found before smoothing
    agreement: FloatArray  # of both directions, 0..1


def _dense_flow(frame: Frame, field: FloatArray) -> _Flow:
    """Flow that remains after a field, from both directions."""
    before, after = (structure_codes(image) for image in frame.structures(field))
    forward, backward = both(lambda pair: _dis(*pair), (before, after), (after, before))
    step = frame.size[0] / field.shape[1]
    sigma = FLOW_SMOOTH_SHARE * frame.unit / step
    found = (forward - backward) * np.float32(step / 2)
    flow = gaussian(found, sigma)
    bound = np.minimum(1, MAX_FLOW_SHARE * frame.unit / np.maximum(_length(flow), 1e-6))
    gap = _length(gaussian(forward + backward, sigma / 2)) * step
    agreement = np.exp(-((gap / (MAX_INCONSISTENCY_SHARE * frame.unit)) ** 2))
    return _Flow(
        (flow * bound[..., None]).astype(np.float32),
        _length(found),
        agreement.astype(np.float32),
    )


def _length(vectors: FloatArray) -> FloatArray:
    """Length of each vector of a field, twenty times as fast as ``np.linalg.norm``."""
    return np.asarray(cv2.magnitude(*cv2.split(vectors)), dtype=np.float32)


def _dis(reference: ByteArray, sample: ByteArray) -> FloatArray:
    solver = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    nothing = np.zeros((*reference.shape, 2), dtype=np.float32)
    return np.asarray(solver.calc(reference, sample, nothing), dtype=np.float32)


def _resampled(frame: Frame, field: FloatArray, flow: _Flow) -> AlignedPair | Reason:
    """Resample both photos once and judge what the alignment is worth."""
    full = np.asarray(cv2.resize(field, frame.size), dtype=np.float32)
    sampled = both(partial(frame.sample, field=full), 0, 1)
    before, after = sampled[0].light, sampled[1].light
    seen = sampled[0].inside & sampled[1].inside
    regions = _common_regions(frame, *sampled, seen)
    measured = regions.measured
    skin = np.asarray(shrunk(measured, field.shape[1::-1]))
    if not skin.any():
        return not_aligned("they do not show the same part of the skin")
    similarity = skin_similarity(before, after, regions)
    if similarity < MIN_SIMILARITY:
        return different_skin(similarity)
    trust = cv2.resize(flow.agreement, frame.size)
    return AlignedPair(
        before=before,
        after=after,
        displacement=full,
        trust=np.where(measured, np.asarray(trust, np.float32), np.float32(0)),
        residual_px=float(np.median(flow.left[skin])),
        regions=regions,
        reference=frame.photos[0].reference,
        residual_de00=frame.photos[0].residual_de00,
        similarity=similarity,
        seen=seen,
    )


def _common_regions(
    frame: Frame, first: Sampled, second: Sampled, seen: npt.NDArray[np.bool_]
) -> RegionMap:
    """Regions on the grid: a pixel keeps its label where both photos agree on it.

    A region that the user drew is kept as drawn, wherever both photos see anything.
    """
    before, after = (photo.regions for photo in frame.photos)
    drawn_on = before if before.drawn is not None else after
    drawn = first.drawn if first.drawn is not None else second.drawn
    drawn = None if drawn is None else np.where(seen, drawn, np.uint16(0))
    agreed = np.where(first.labels == second.labels, first.labels, np.uint8(1))
    return replace(
        drawn_on,
        labels=np.where((first.labels > 0) & (second.labels > 0), agreed, np.uint8(0)),
        landmarks=_common_landmarks(frame),
        confidence=min(before.confidence, after.confidence),
        px_per_mm=_common_scale(before.px_per_mm, after.px_per_mm),
        box=Box(0, 0, *frame.size),
        faces_found=max(before.faces_found, after.faces_found),
        drawn=drawn,
    )


def _common_landmarks(frame: Frame) -> FloatArray:
    """Landmarks halfway between both photos; none for a close-up."""
    if any(photo.regions.is_close_up for photo in frame.photos):
        return np.zeros((0, 2), dtype=np.float32)
    a, b = (
        frame.carried(_as_complex(photo.regions.landmarks), which)
        for which, photo in enumerate(frame.photos)
    )
    middle = (a + b) / 2
    return np.stack([middle.real, middle.imag], axis=-1).astype(np.float32)


def _common_scale(before: Scale | None, after: Scale | None) -> Scale | None:
    """Scale of the midpoint grid: halfway between both."""
    if before is None or after is None:
        return None
    return Scale(*((a + b) / 2 for a, b in zip(before, after, strict=True)))

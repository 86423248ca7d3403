"""Even parallelograms in a picture, and lattices of them: what a color card looks like from afar.

A parallelogram is known by its second moments, whatever its tilt; a lattice by pieces at equal
steps in two directions, each step taken from the one before, so that perspective may bend it.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from .types import ByteArray

__all__ = ["Lattice", "Pieces", "even_pieces", "lattices"]

Points = npt.NDArray[np.float64]
_Place = tuple[int, int]

WINDOW_PX = 23  # of the local mean: patches are lighter than that, what is between them is darker
LIGHTER_CODES = 4
AREA_PX = (20.0, 300.0)
FILLED = 0.35  # of the box around it: a square that stands on its corner fills half
SQUARENESS = (0.80, 1.15)  # area² / 144 det(covariance): 1 for a parallelogram, 0.91 an ellipse
MAX_STRETCH = 3.5  # of the longer over the shorter axis: a tilt of 45 degrees makes 1.4

SAME_AREA, SAME_AREA_ALONG = 1.7, 2.5  # ratio to a neighbor; to where the lattice began
REACH = 3.2  # to a neighbor, in sides of a piece
CELL_OVER_PIECE = (1.05, 2.6)  # area
LONGEST_OVER_SHORTEST = 2.2  # of both steps
TOLERANCE = 0.28  # of a step
NEIGHBORS = 8
AROUND = np.array([(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y])
MIN_AROUND = 4  # of the eight pieces around one: three at a corner and one more
MAX_STEPS = 6
MOST_SEEDS = 150
SMALL_GROUP = 8  # times the pieces that make a lattice: a card and some clutter around it


class Pieces(NamedTuple):
    """Even parallelograms: middles in px, shape (n, 2), and areas in px²."""

    centers: Points
    areas: Points


class Lattice(NamedTuple):
    """Pieces at equal steps: places in the lattice, shape (n, 2), and in the picture, px."""

    steps: npt.NDArray[np.int64]
    points: Points


def even_pieces(pixels: ByteArray) -> Pieces:
    """Find parallelograms of some 5 to 17 px that are lighter than what is around them.

    Parameters
    ----------
    pixels : uint8 array of shape (h, w, 3)

    Returns
    -------
    Pieces
    """
    light = np.maximum(np.maximum(pixels[..., 0], pixels[..., 1]), pixels[..., 2])
    mean = cv2.blur(light, (WINDOW_PX, WINDOW_PX))
    lighter = cv2.threshold(cv2.subtract(light, mean), LIGHTER_CODES, 1, cv2.THRESH_BINARY)[1]
    return _parallelograms(np.asarray(lighter, np.uint8))


def _parallelograms(mask: ByteArray) -> Pieces:
    """Parts of a mask that are filled parallelograms."""
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))  # grain is smaller
    count, labels, statistics, centers = cv2.connectedComponentsWithStats(opened, connectivity=4)
    areas = statistics[:, cv2.CC_STAT_AREA].astype(np.float64)
    box = statistics[:, cv2.CC_STAT_WIDTH] * statistics[:, cv2.CC_STAT_HEIGHT]
    likely = (areas >= AREA_PX[0]) & (areas <= AREA_PX[1]) & (areas > FILLED * box)
    likely[0] = False
    found = cv2.findNonZero(opened)
    columns, rows = np.zeros((2, 0), np.int32) if found is None else found.reshape(-1, 2).T
    of = labels[rows, columns]
    kept = likely[of]
    of = of[kept]
    x, y = columns[kept] - centers[of, 0], rows[kept] - centers[of, 1]
    xx, yy, xy = (
        np.bincount(of, weights=product, minlength=count) / np.maximum(areas, 1) + own
        for product, own in ((x * x, 1 / 12), (y * y, 1 / 12), (x * y, 0.0))
    )  # a pixel is a square with 1/12 of variance of its own
    square = areas**2 / (144 * np.maximum(xx * yy - xy * xy, 1e-9))
    half, apart = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    good = likely & (square > SQUARENESS[0]) & (square < SQUARENESS[1])
    good &= half + apart < MAX_STRETCH**2 * (half - apart)
    return Pieces(centers[good], areas[good])


def lattices(pieces: Pieces, least: int) -> Iterator[Lattice]:
    """Find lattices; a piece belongs to one.

    Parameters
    ----------
    pieces : Pieces
    least : int
        Pieces that make a lattice.

    Yields
    ------
    Lattice
    """
    if len(pieces.centers) < least:
        return
    tree = cKDTree(pieces.centers)
    near, order = tree.query(pieces.centers, k=min(NEIGHBORS + 1, len(pieces.centers)))
    like = np.abs(np.log(pieces.areas[order] / pieces.areas[:, None])) < np.log(SAME_AREA)
    like &= near < REACH * np.sqrt(pieces.areas)[:, None]
    like[:, 0] = False
    used = np.zeros(len(pieces.centers), dtype=np.bool_)
    tried = 0
    for seed in _seeds(like, order, least):
        if used[seed]:
            continue
        tried += 1
        if tried > MOST_SEEDS:
            return
        bases = _bases(pieces, int(seed), order[seed][like[seed]], tree)
        grown = [_grown(pieces, int(seed), basis, tree) for basis in bases]
        best = max(grown, key=len, default={})
        if len(best) >= least:
            members = list(best.values())
            used[members] = True
            yield Lattice(np.array(list(best)), pieces.centers[members])


def _seeds(
    like: npt.NDArray[np.bool_], order: npt.NDArray[np.intp], least: int
) -> npt.NDArray[np.intp]:
    """Where a lattice may begin: pieces with neighbors like them, first those of small groups.

    A wall of tiles or a knitted shirt is one large group, and costs what a hundred cards would.
    """
    count = len(like)
    rows, _ = np.nonzero(like)
    links = coo_array((np.ones(len(rows), np.int8), (rows, order[like])), shape=(count, count))
    _, group = connected_components(links, directed=False)
    size = np.bincount(group)[group]
    neighbors = like.sum(axis=1)
    sorted_by = np.lexsort((-neighbors, size > SMALL_GROUP * least))
    may = (size >= least) & (neighbors >= MIN_AROUND - 1)
    return np.asarray(sorted_by[may[sorted_by]], np.intp)


def _bases(
    pieces: Pieces, seed: int, neighbors: npt.NDArray[np.intp], tree: cKDTree
) -> Iterator[Points]:
    """Pairs of steps from a piece: a cell little larger than the piece, and pieces around it."""
    here, area = pieces.centers[seed], pieces.areas[seed]
    for basis in combinations(pieces.centers[neighbors] - here, 2):
        both = np.array(basis)
        lengths = np.hypot(*both.T)
        cell = abs(both[0, 0] * both[1, 1] - both[0, 1] * both[1, 0]) / area
        if not CELL_OVER_PIECE[0] < cell < CELL_OVER_PIECE[1]:
            continue
        diagonals = np.hypot(*(both[0] + np.outer((1, -1), both[1])).T)
        if lengths.max() > min(LONGEST_OVER_SHORTEST * lengths.min(), diagonals.min() / 0.95):
            continue  # a step along a diagonal: the lattice would be sheared
        off, _ = tree.query(here + AROUND @ both)
        if (off < TOLERANCE * lengths.min()).sum() >= MIN_AROUND:
            yield both


def _grown(pieces: Pieces, seed: int, basis: Points, tree: cKDTree) -> dict[_Place, int]:
    """Pieces that are reached from one, by their places."""
    places: dict[_Place, int] = {(0, 0): seed}
    taken = {seed}
    waiting = [((0, 0), basis)]
    while waiting:
        place, steps = waiting.pop(0)
        here = pieces.centers[places[place]]
        for there, axis, sign in _beside(place):
            if there in places:
                continue
            off, index = tree.query(here + sign * steps[axis])
            ratio = abs(np.log(pieces.areas[index] / pieces.areas[seed]))
            misses = off > TOLERANCE * np.hypot(*steps[axis]) or ratio > np.log(SAME_AREA_ALONG)
            if misses or index in taken:
                continue
            places[there] = int(index)
            taken.add(int(index))
            bent = steps.copy()
            bent[axis] = (steps[axis] + sign * (pieces.centers[index] - here)) / 2
            waiting.append((there, bent))
    return places


def _beside(place: _Place) -> Iterator[tuple[_Place, int, int]]:
    """Yield the four places beside one, and along which axis and way they are reached."""
    x, y = place
    for there, axis, sign in (
        ((x + 1, y), 0, 1),
        ((x - 1, y), 0, -1),
        ((x, y + 1), 1, 1),
        ((x, y - 1), 1, -1),
    ):
        if max(map(abs, there)) <= MAX_STEPS:
            yield there, axis, sign

"""Where to put the nodes of a graph on paper."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["stress_layout"]

_STEPS = 300
_GAP = 2.0


def stress_layout(num_nodes: int, edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """Places, shape (num_nodes, 2), whose distances are as the lengths of the shortest paths.

    Each connected component minimises the stress sum_ij (|x_i - x_j| / d_ij - 1)^2 by
    majorisation (Gansner, Koren, North, Graph Drawing 2004), from classical scaling; neighbours
    come to lie about 1 apart. Components stand side by side, the largest first, wrapped into
    rows. Time and memory grow as the square of the nodes, times the steps.
    """
    distances = _path_lengths(num_nodes, edges)
    left = np.ones(num_nodes, dtype=bool)
    components = []
    for node in range(num_nodes):
        if left[node]:
            members = np.flatnonzero(np.isfinite(distances[node]))
            left[members] = False
            components.append(members)
    places = np.zeros((num_nodes, 2))
    components.sort(key=len, reverse=True)
    boxes = [_laid_out(distances[np.ix_(c, c)]) for c in components]
    area = sum(float(np.prod(np.ptp(box, axis=0) + _GAP)) for box in boxes)
    row_width = max(np.sqrt(1.5 * area), float(np.ptp(boxes[0], axis=0)[0]))
    corner, row_height = np.zeros(2), 0.0
    for members, box in zip(components, boxes, strict=True):
        size = np.ptp(box, axis=0)
        if corner[0] and corner[0] + size[0] > row_width:
            corner = np.array([0.0, corner[1] - row_height])
            row_height = 0.0
        # The upper left of the box goes to the corner.
        places[members] = box - [box[:, 0].min(), box[:, 1].max()] + corner
        corner = corner + [size[0] + _GAP, 0.0]
        row_height = max(row_height, float(size[1]) + _GAP)
    return places


def _path_lengths(num_nodes: int, edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """Steps from each node to each other, infinite where there is no path."""
    reached = np.eye(num_nodes, dtype=bool)
    adjacent = np.zeros((num_nodes, num_nodes), dtype=np.float32)
    adjacent[edges[:, 0], edges[:, 1]] = adjacent[edges[:, 1], edges[:, 0]] = 1.0
    lengths = np.where(reached, 0.0, np.inf)
    front = reached
    for step in range(1, num_nodes):
        front = (front.astype(np.float32) @ adjacent > 0) & ~reached
        if not front.any():
            break
        lengths[front] = step
        reached |= front
    return lengths


def _laid_out(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """One component, its longest extent along the first axis."""
    n = len(distances)
    if n == 1:
        return np.zeros((1, 2))
    weights = np.zeros_like(distances)
    apart = ~np.eye(n, dtype=bool)
    weights[apart] = distances[apart] ** -2
    laplacian = np.diag(weights.sum(axis=1)) - weights
    inverse = np.linalg.pinv(laplacian)
    places = _classical_scaling(distances)
    for _ in range(_STEPS):
        gaps = np.linalg.norm(places[:, None] - places[None], axis=-1)
        pull = weights * distances / np.where(gaps > 1e-9, gaps, 1.0) * (gaps > 1e-9)
        places = inverse @ ((np.diag(pull.sum(axis=1)) - pull) @ places)
    places -= places.mean(axis=0)
    axes = np.linalg.svd(places, full_matrices=False)[2]
    turned: NDArray[np.float64] = places @ axes.T
    return turned


def _classical_scaling(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """The two leading principal axes of the distances, with a nudge off any straight line."""
    n = len(distances)
    centred = np.eye(n) - 1.0 / n
    values, vectors = np.linalg.eigh(-0.5 * centred @ distances**2 @ centred)
    top = vectors[:, -2:] * np.sqrt(np.maximum(values[-2:], 0.0))
    nudge = np.random.default_rng(0).normal(scale=1e-3, size=(n, 2))
    places: NDArray[np.float64] = top[:, ::-1] + nudge
    return places

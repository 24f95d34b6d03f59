"""A stream of instructions as layers of steps: fused, and side by side where they commute.

Only a window of instructions is held at a time, so a circuit of millions passes through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.engines.approximate import Move

from .operators import sorted_matrix

__all__ = ["Step", "layers_of", "window_of"]


def window_of(num_sites: int) -> int:
    """How many instructions are held at a time."""
    return max(2048, 8 * num_sites)


@dataclass(slots=True, eq=False)
class Step:
    """A matrix on ascending sites."""

    sites: tuple[int, ...]
    matrix: NDArray[Any]


def layers_of(
    moves: Iterable[Move], num_sites: int, dimension: int, *, transposed: bool = False
) -> Iterator[list[Step]]:
    """Layers of steps on disjoint sites, by ascending first site; together they are the moves.

    One-site matrices are joined to the step before them on their site, or to the one after; so
    are matrices to a step on the same or more sites. `transposed` turns every matrix.
    """
    stream = iter(moves)
    size = window_of(num_sites)
    while chunk := list(islice(stream, size)):
        yield from _layers(_fused(chunk, num_sites, dimension, transposed), num_sites)


def _fused(chunk: list[Move], num_sites: int, d: int, transposed: bool) -> list[Step]:
    steps: list[Step | None] = []
    last = [-1] * num_sites
    for move in chunk:
        matrix = move.matrix.T if transposed else move.matrix
        sites, matrix = sorted_matrix(matrix, move.axes, d)
        before = {last[s] for s in sites}
        if len(before) == 1 and (index := before.pop()) >= 0:
            step = steps[index]
            assert step is not None
            if set(sites) <= set(step.sites):
                step.matrix = _after(step.matrix, step.sites, matrix, sites, d)
                continue
            before = {index}
        for index in before:
            step = steps[index] if index >= 0 else None
            # Nothing may stand between the step and this one on any of its sites.
            if step is not None and all(s in sites and last[s] == index for s in step.sites):
                matrix = _before(matrix, sites, step.matrix, step.sites, d)
                steps[index] = None
        for site in sites:
            last[site] = len(steps)
        steps.append(Step(sites, matrix))
    return [step for step in steps if step is not None]


def _layers(steps: list[Step], num_sites: int) -> Iterator[list[Step]]:
    depth = [0] * num_sites
    layers: list[list[Step]] = []
    for step in steps:
        level = max(depth[s] for s in step.sites)
        for site in step.sites:
            depth[site] = level + 1
        if level == len(layers):
            layers.append([])
        layers[level].append(step)
    for layer in layers:
        yield sorted(layer, key=lambda step: step.sites[0])


def _after(
    matrix: NDArray[Any],
    sites: tuple[int, ...],
    then: NDArray[Any],
    where: tuple[int, ...],
    d: int,
) -> NDArray[Any]:
    """`then`, on some of the sites, after `matrix`."""
    if sites == where:
        made: NDArray[Any] = then @ matrix
        return made
    if len(where) == 1:
        k = sites.index(where[0])
        inner = matrix.shape[0] // d ** (k + 1) * matrix.shape[1]
        made = np.matmul(then, matrix.reshape(d**k, d, inner))
        return made.reshape(matrix.shape)
    legs = matrix.reshape((d,) * len(sites) + (-1,))
    places = [sites.index(w) for w in where]
    small = then.reshape((d,) * (2 * len(where)))
    made = np.tensordot(small, legs, axes=(range(len(where), 2 * len(where)), places))
    return np.moveaxis(made, range(len(where)), places).reshape(matrix.shape)


def _before(
    matrix: NDArray[Any],
    sites: tuple[int, ...],
    first: NDArray[Any],
    where: tuple[int, ...],
    d: int,
) -> NDArray[Any]:
    """`first`, on some of the sites, before `matrix`."""
    return np.ascontiguousarray(_after(matrix.T, sites, first.T, where, d).T)

"""A walk's gates: fused where they meet on the same sites, in layers, and split at their rank."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Gate", "GateStream", "Splitter", "split_chain"]

Matrix = NDArray[Any]

_WINDOW = 4096
# Moves that are put into layers together.

_RANK = 1e-14
# Singular values of a gate below this times the largest are rounding.


@dataclass(eq=False)
class Gate:
    """`matrix` (D^k, D^k) on `sites`, after `before[i]` (D, D) on each, where that is not None."""

    sites: tuple[int, ...]
    matrix: Matrix
    before: list[Matrix | None]


@dataclass(eq=False)
class GateStream:
    """Moves, in order, as layers of gates on disjoint sites; gates of one site wait for the next.

    What is left of those when all layers are taken is in `pending`, by site.
    """

    leg: int
    pending: dict[int, Matrix] = field(default_factory=dict)
    _open: dict[int, Gate] = field(default_factory=dict)
    _layers: list[list[Gate]] = field(default_factory=list)
    _level: dict[int, int] = field(default_factory=dict)
    _fused: dict[tuple[int, int], tuple[Matrix, Matrix, Matrix]] = field(default_factory=dict)

    def layers(self, moves: Iterable[tuple[Matrix, tuple[int, ...]]]) -> Iterator[list[Gate]]:
        """The layers one after another."""
        taken = 0
        for matrix, sites in moves:
            if len(sites) == 1:
                before = self.pending.get(sites[0])
                self.pending[sites[0]] = matrix if before is None else matrix @ before
            else:
                self._add(matrix, sites)
            taken += 1
            if taken == _WINDOW:
                taken = 0
                yield from self._flush()
        yield from self._flush()

    def _add(self, matrix: Matrix, sites: tuple[int, ...]) -> None:
        last = self._open.get(sites[0])
        if last is not None and sorted(sites) == sorted(last.sites) and len(sites) == 2:
            last.matrix = self._fuse(matrix, sites, last)
            return
        for site in sites:
            self._close(site)
        gate = Gate(sites, matrix, [self.pending.pop(s, None) for s in sites])
        for site in sites:
            self._open[site] = gate

    def _fuse(self, matrix: Matrix, sites: tuple[int, ...], last: Gate) -> Matrix:
        between = [self.pending.pop(s, None) for s in last.sites]
        plain = all(m is None for m in between) and sites == last.sites
        key = (id(matrix), id(last.matrix))
        if plain and key in self._fused:
            return self._fused[key][2]
        if sites != last.sites:
            legs = matrix.reshape((self.leg,) * 4).transpose(1, 0, 3, 2)
            turned = legs.reshape(matrix.shape)
        else:
            turned = matrix
        total = turned @ _on_both(between, self.leg) @ last.matrix
        if plain:
            # The matrices are kept with it, so that no other can have their ids.
            self._fused[key] = (matrix, last.matrix, total)
        return total

    def _close(self, site: int) -> None:
        gate = self._open.get(site)
        if gate is None:
            return
        level = max(self._level.get(s, 0) for s in gate.sites)
        if level == len(self._layers):
            self._layers.append([])
        self._layers[level].append(gate)
        for s in gate.sites:
            self._level[s] = level + 1
            del self._open[s]

    def _flush(self) -> Iterator[list[Gate]]:
        for site in list(self._open):
            self._close(site)
        layers, self._layers, self._level, self._fused = self._layers, [], {}, {}
        yield from layers


def _on_both(pair: Sequence[Matrix | None], leg: int) -> Matrix:
    first, second = (np.eye(leg) if m is None else m for m in pair)
    return np.kron(first, second)


@dataclass(eq=False)
class Splitter:
    """Gates of two sites as sums of products, those of equal matrices once."""

    leg: int
    dtype: str
    _known: dict[int, tuple[Matrix, tuple[Matrix, Matrix]]] = field(default_factory=dict)

    def __call__(self, gate: Gate) -> tuple[Matrix, Matrix]:
        """(L, R), (g, D, D) each: the gate is sum_g L_g x R_g, times what comes before."""
        kept = self._known.get(id(gate.matrix))
        if kept is None:
            if len(self._known) > _WINDOW:
                self._known.clear()
            first, second = split_chain(gate.matrix, 2, self.leg)
            pair = first[0].astype(self.dtype), second[:, 0].astype(self.dtype)
            kept = self._known[id(gate.matrix)] = (gate.matrix, pair)
        left, right = kept[1]
        one, two = gate.before
        if one is not None:
            left = left @ one.astype(self.dtype)
        if two is not None:
            right = right @ two.astype(self.dtype)
        return left, right


def split_chain(matrix: Matrix, count: int, leg: int) -> list[Matrix]:
    """A (D^k, D^k) matrix as k cores of shape (g_in, g_out, D, D), the outermost g being 1.

    By singular value decompositions from the left; ranks are exact to rounding.
    """
    order = [axis for k in range(count) for axis in (k, count + k)]
    rest = matrix.reshape((leg,) * (2 * count)).transpose(order).reshape(1, -1)
    cores = []
    for _ in range(count - 1):
        rank = rest.shape[0]
        u, s, v = np.linalg.svd(rest.reshape(rank * leg * leg, -1), full_matrices=False)
        kept = max(int(np.count_nonzero(s > _RANK * s[0])), 1)
        root = np.sqrt(s[:kept])
        core = (u[:, :kept] * root).reshape(rank, leg, leg, kept)
        cores.append(core.transpose(0, 3, 1, 2))
        rest = root[:, None] * v[:kept]
    cores.append(rest.reshape(-1, leg, leg)[:, None])
    return cores

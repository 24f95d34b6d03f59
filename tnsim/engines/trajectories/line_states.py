"""Pure states as lines of tensors, truncated as they are moved."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tnsim.engines.mps.decompositions import Truncation
from tnsim.engines.mps.line import Line
from tnsim.engines.mps.products import ProductTerms, product_values
from tnsim.engines.mps.sampling import drawn_bits

from .pieces import Table
from .program import Program
from .random_numbers import OUTCOME
from .strings import String
from .tasks import Task
from .walking import decided, leaves

__all__ = ["LineStates", "line_bytes", "local_density", "lost_weight"]

Vector = NDArray[np.float64]

_ROOM = 1 << 24
_BLOCK = 8
_EYE = np.eye(3, 4, 1)
# Components I, X, Y, Z of the letters X, Y, Z.


class LineStates:
    """Lines of one tensor a qubit, in the order of the task's qubits."""

    def __init__(
        self, task: Task, values: Mapping[str, float], dtype: str, truncation: Truncation
    ) -> None:
        self._task, self._truncation = task, truncation
        self._dtype = np.dtype(dtype)
        self._sites = [tuple(axes) for axes in task.layout.axes]
        self._toward = _directions(self._sites)
        self._tables: list[Table] = [piece.table(values) for piece in task.pieces]
        place = {q: k for k, q in enumerate(task.qubits)}
        strings = dict.fromkeys(s for table in self._tables for s in table.strings)
        self._number = {s: k for k, s in enumerate(strings)}
        self._terms = _terms(list(strings), place)

    block = _BLOCK

    def memory(self) -> None:
        return None

    def begin(self, memory: None) -> Line:  # noqa: ARG002
        zero = np.zeros((len(self._task.qubits), 2), self._dtype)
        zero[:, 0] = 1.0
        return Line.product(zero)

    def fork(self, trunk: Line, memory: None) -> Line:  # noqa: ARG002
        return trunk.copy()

    def walk(
        self,
        state: Line,
        program: Program,
        begin: int,
        end: int,
        choice: NDArray[np.int64],
        mass: NDArray[np.float64],
        first: int,
        key: int,
        trajectory: int,
    ) -> None:
        """As the kernel `walking.walk` does."""
        noting, kept = len(mass) > 0, 1.0
        for block in range(begin, end):
            sites = self._sites[block]
            size = 1 << len(sites)
            at = int(program.whole[block])
            matrix = program.flat[at : at + size * size].reshape(size, size)
            depends = bool(program.depends[block])
            if program.op_start[block + 1] > program.op_start[block] and (
                noting or leaves(program, block, choice, first, key, trajectory)
            ):
                rho = local_density(state, sites) if depends else matrix
                made, kept = decided(
                    program, block, rho, choice, mass, kept, first, key, trajectory
                )
                if noting:
                    matrix[:, :] = made
                matrix = made
            state.apply(
                sites,
                matrix.astype(self._dtype),
                self._truncation,
                self._toward[block],
                isometric=len(sites) == 1 and not depends,
            )

    def read(self, state: Line) -> list[Vector]:
        values = product_values(state, self._terms, _ROOM)
        return [
            table.read(values[[self._number[s] for s in table.strings]]) for table in self._tables
        ]

    def shots(self, state: Line, key: int, trajectories: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Qubit by qubit, from a stream of the first trajectory's."""
        counter = [0, 0, int(trajectories[0]), OUTCOME]
        generator = np.random.Generator(np.random.Philox(key=key, counter=counter))
        return drawn_bits(state, len(trajectories), generator, _ROOM)


def local_density(line: Line, sites: Sequence[int]) -> NDArray[np.complex128]:
    """The reduced state of ascending sites, (2^k, 2^k), the first most significant.

    Tensors outside of the first and the last site are isometries once the centre stands between.
    """
    first, last = sites[0], sites[-1]
    if not first <= line.centre <= last:
        line.move(first if line.centre < first else last)
    # (rows, columns, bond of the ket, bond of the bra)
    width = line.tensors[first].shape[0]
    state = np.eye(width, dtype=np.complex128)[None, None]
    for site in range(first, last + 1):
        one = line.tensors[site]
        if site in sites:
            made = np.einsum("rcab,aik,bjl->ricjkl", state, one, one.conj(), optimize=True)
            rows, d, columns, _, k, _ = made.shape
            state = made.reshape(rows * d, columns * d, k, k)
        else:
            state = np.einsum("rcab,aik,bil->rckl", state, one, one.conj(), optimize=True)
    return np.ascontiguousarray(np.trace(state, axis1=2, axis2=3), dtype=np.complex128)


def line_bytes(task: Task, bond: int, itemsize: int) -> int:
    """What one worker takes: a trunk, a trajectory, and the decomposition of one pair."""
    count = len(task.qubits)
    widths: list[int] = [
        min(bond, 1 << min(k, count - k)) if k < 60 else bond for k in range(count + 1)
    ]
    line = sum(2 * a * b for a, b in pairwise(widths)) * itemsize
    pair = (2 * max(widths)) ** 2 * itemsize
    numbers = sum(piece.size for piece in task.pieces)
    return 3 * line + 24 * pair + 2 * _ROOM + 8 * numbers * (2 * _BLOCK + 6)


def _directions(sites: Sequence[tuple[int, ...]]) -> list[str]:
    """Where the centre is left by each block: on the side of the next one that is not single."""
    toward = ["right"] * len(sites)
    following = -1
    for block in range(len(sites) - 1, -1, -1):
        if following >= 0:
            toward[block] = "right" if sites[following][0] >= sites[block][0] else "left"
        if len(sites[block]) > 1:
            following = block
    return toward


def _terms(strings: Sequence[String], place: Mapping[int, int]) -> ProductTerms:
    entries = [
        (t, place[q], letter - 1)
        for t, string in enumerate(strings)
        for q, letter in sorted(string, key=lambda one: place[one[0]])
    ]
    columns = np.array(entries, dtype=np.int64).reshape(-1, 3).T
    return ProductTerms(len(strings), columns[0], columns[1], columns[2], _EYE)


def lost_weight(line: Line) -> float:
    """An estimate of 1 - |<psi|psi_truncated>|^2 of a trajectory."""
    return max(0.0, -math.expm1(line.log_kept))

"""Which axis is which qubit, and which instructions are worked on together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .fusion import Blocks, fuse
from .geometry import CHUNK, Geometry
from .masks import axes_in
from .rows import Kind, Rows
from .steps import Step
from .trees import Item, Tree, tree_of

__all__ = ["REVERSIBLE", "Layout", "Stage", "lay_out"]

_MATRIX = 16
# Rows of the matrices that instructions are multiplied together to: more would cost more
# multiplications than they save passes through the cache.

_WHOLE = 1024
# Numbers in the axes that are whole in a chunk; with 16 others side by side they fill the cache.

_ITEMS = 32
# Instructions of one node at most.

_MATRICES = 6
# Matrices alive for each node beside two for each of its instructions.

_STEPS = 32
# Nodes of one stage at most.

_MULTIPLY = {4: 0.05, 2: 0.28}
# Nanoseconds for one multiply-add of small matrices, real ones for legs of 4 components and
# complex ones for legs of 2 amplitudes (8 and 16 bytes a number).

_CALL, _STRUCTURE, _NODE, _RUN = 2e-6, 2e-4, 1e-5, 5e-4
# Seconds for one call of a matrix product, for the matrices of one structure, for those of one
# node more, and for what every run takes.

_TREES_KEPT = 256

REVERSIBLE = 1e3
"""Where moving back may magnify errors by more, a state is kept, or made anew, instead."""


@dataclass(frozen=True, eq=False)
class Stage:
    """What is done to a chunk while it is in the cache: the nodes first..last - 1, in order."""

    place: Geometry
    steps: tuple[Step, ...]
    first: int
    last: int


@dataclass(frozen=True, eq=False)
class Layout:
    """Instructions joined to nodes (one small matrix each), and nodes to stages.

    Node k has the instructions `nodes.items(order[k])` of `rows`, in whose numbering of axes
    the state is laid out; `structure[k]` is equal for nodes of equal structure. Axis k of the
    rows that were given is axis `place[k]` here.
    """

    rows: Rows
    nodes: Blocks
    order: NDArray[np.int64]
    structure: NDArray[np.int64]
    sample: NDArray[np.int64]
    stage_start: NDArray[np.int64]
    stage_axes: tuple[int, ...]
    leg: int
    place: tuple[int, ...]

    @property
    def num_stages(self) -> int:
        return len(self.stage_axes)

    @cached_property
    def varies(self) -> NDArray[np.bool_]:
        """By node, whether it depends on a parameter."""
        of_item = self.rows.varies[self.nodes.order]
        sums = np.concatenate([[0], np.cumsum(of_item)])
        found = sums[self.nodes.start[1:]] > sums[self.nodes.start[:-1]]
        return np.asarray(found[self.order])

    def items(self, node: int) -> NDArray[np.int64]:
        """The instructions of a node."""
        return self.nodes.items(int(self.order[node]))

    def axes(self, node: int) -> tuple[int, ...]:
        """The axes of a node, ascending."""
        return axes_in(self.nodes.axes[int(self.order[node])])

    def stage(self, number: int) -> Stage:
        """A stage, with its steps' places in the chunk."""
        first, last = self.stage_start[number : number + 2].tolist()
        axes = axes_in(self.stage_axes[number])
        where = {a: k for k, a in enumerate(axes)}
        steps = tuple(
            Step(tuple(where[a] for a in self.axes(k)), len(axes), self.leg)
            for k in range(first, last)
        )
        return Stage(self._place(axes), steps, first, last)

    @cached_property
    def _place(self) -> Any:
        return lru_cache(maxsize=_TREES_KEPT)(
            lambda axes: Geometry(self.rows.num_qubits, self.leg, axes)
        )

    def tree(self, node: int) -> Tree:
        """How the node's matrix is put together."""
        tree: Tree = self._tree(int(self.structure[node]))
        return tree

    @cached_property
    def _tree(self) -> Any:
        return lru_cache(maxsize=_TREES_KEPT)(self._grown)

    def _grown(self, structure: int) -> Tree:
        node = int(self.sample[structure])
        axes = self.axes(node)
        where = {a: k for k, a in enumerate(axes)}
        rows = self.rows
        items = []
        for row in self.items(node).tolist():
            kind = int(rows.kind[row])
            at = tuple(where[a] for a in rows.axes_of(row))
            items.append(Item(kind, at, bool(rows.varies[row]), rows.kinds[kind].is_fixed))
        return tree_of(items, len(axes))

    @cached_property
    def multiply_adds(self) -> float:
        """Real or complex multiply-adds of moving one state through all stages."""
        widths = np.array([self.leg ** m.bit_count() for m in self.nodes.axes], dtype=float)
        return float(widths.sum()) * float(self.leg) ** self.rows.num_qubits

    @cached_property
    def seconds(self) -> float:
        """Rough seconds of moving one state through all stages, on one core."""
        pair = 1 if self.leg == 4 else 2
        copies = sum(
            2 * pair * many * self._place(axes_in(mask)).copy_cost()
            for mask, many in Counter(self.stage_axes).items()
        )
        numbers = float(self.leg) ** self.rows.num_qubits
        calls = _CALL * len(self.order) * max(1.0, numbers / CHUNK)
        calls += _STRUCTURE * len(self.sample) + _NODE * len(self.order) + _RUN
        return float(1e-9 * (copies * numbers + _MULTIPLY[self.leg] * self.multiply_adds) + calls)

    @property
    def state_elements(self) -> int:
        """Numbers in one state."""
        return int(self.leg**self.rows.num_qubits)

    @property
    def largest_chunk(self) -> int:
        """Numbers in the largest chunk."""
        places = [self._place(axes_in(mask)) for mask in set(self.stage_axes)]
        return max((place.width * place.lanes for place in places), default=0)

    def chunk_elements(self, *, gradient: bool) -> int:
        """Numbers in one thread's chunks."""
        most, doubtful = 0, gradient and self.doubtful > 0
        steps = np.diff(self.stage_start)
        for mask in set(self.stage_axes):
            place = self._place(axes_in(mask))
            many = max(s for s, m in zip(steps.tolist(), self.stage_axes, strict=True) if m == mask)
            count = (3 + many if doubtful else 4) if gradient else 2
            most = max(most, count * place.width * place.lanes)
        return most

    @cached_property
    def node_bytes(self) -> int:
        """Bytes that one node's matrix, its inverse, its derivative and its parts take."""
        rows = self.leg ** max((m.bit_count() for m in self.nodes.axes), default=0)
        items = int(np.diff(self.nodes.start).max(initial=0))
        number = 8 if self.leg == 4 else 16
        return int((_MATRICES + 2 * items) * rows * rows * number)

    @property
    def doubtful(self) -> int:
        """Stages that may have no inverse to be trusted, at some parameter values."""
        return self._without_inverse(np.inf)

    @property
    def singular(self) -> int:
        """Stages that have no inverse to be trusted, whatever the parameters."""
        return self._without_inverse(0.0)

    def _without_inverse(self, unknown: float) -> int:
        of_node = _log_conditions(self.rows, self.nodes, unknown=unknown)[self.order]
        if not of_node.any():
            return 0
        of_stage = np.add.reduceat(of_node, self.stage_start[:-1])
        return int((of_stage > np.log(REVERSIBLE)).sum())


def _log_conditions(rows: Rows, nodes: Blocks, *, unknown: float) -> NDArray[np.float64]:
    """By node, a bound of the logarithm of how much its inverse magnifies.

    `unknown` is taken for channels whose strengths are parameters.
    """
    of_kind = np.array([_log_condition(kind, unknown) for kind in rows.kinds])
    if not len(nodes):
        return np.zeros(0)
    return np.asarray(np.add.reduceat(of_kind[rows.kind[nodes.order]], nodes.start[:-1]))


def _log_condition(kind: Kind, unknown: float) -> float:
    if kind.orthogonal:
        return 0.0
    if not kind.is_fixed:
        return unknown
    condition = float(np.linalg.cond(kind.matrix))
    return float(np.log(condition)) if np.isfinite(condition) else float("inf")


def _cut(start: NDArray[np.int64], order: NDArray[np.int64], weights: NDArray[np.float64]) -> Any:
    """Where stages begin once long ones are cut, and which stage each was part of.

    A part has at most _STEPS nodes, and can be gone back through unless one node cannot.
    """
    starts, homes = [0], []
    ends = set(start.tolist())
    total, stage = 0.0, 0
    limit = float(np.log(REVERSIBLE))
    for k, weight in enumerate(weights[order].tolist()):
        if k in ends and k:
            starts.append(k)
            homes.append(stage)
            total, stage = 0.0, stage + 1
        elif k - starts[-1] >= _STEPS or (k > starts[-1] and total + weight > limit):
            starts.append(k)
            homes.append(stage)
            total = 0.0
        total += weight
    if len(order):
        starts.append(len(order))
        homes.append(stage)
    return np.array(starts, dtype=np.int64), homes


def lay_out(rows: Rows, leg: int) -> Layout:
    """The cheaper of the layouts with the first qubit outermost and with it innermost."""
    n = rows.num_qubits
    options = [_laid_out(rows, tuple(place), leg) for place in (range(n), range(n - 1, -1, -1))]
    return min(options, key=lambda option: option.seconds)


def _laid_out(given: Rows, place: tuple[int, ...], leg: int) -> Layout:
    rows = given.with_axes(place)
    n, bits = rows.num_qubits, leg.bit_length() - 1
    nodes = fuse(rows.each_axes(), n, (_MATRIX.bit_length() - 1) // bits, _ITEMS)
    stages = fuse((axes_in(m) for m in nodes.axes), n, (_WHOLE.bit_length() - 1) // bits)
    structure, sample = _structures(rows, nodes)
    first = np.argsort(stages.order, kind="stable")[sample] if len(sample) else sample
    order, kinds = stages.order, structure[stages.order]
    starts, homes = _cut(stages.start, order, _log_conditions(rows, nodes, unknown=0.0))
    axes = tuple(stages.axes[k] for k in homes)
    return Layout(rows, nodes, order, kinds, first, starts, axes, leg, place)


def _structures(rows: Rows, nodes: Blocks) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """By node, the number of its structure; and of each structure, one node."""
    known: dict[bytes, int] = {}
    found = np.zeros(len(nodes), dtype=np.int64)
    sample: list[int] = []
    starts, axes = rows.axis_start.tolist(), rows.axes
    for node in range(len(nodes)):
        items = nodes.items(node)
        places = nodes.axes[node]
        used = np.concatenate([axes[starts[row] : starts[row + 1]] for row in items.tolist()])
        head = np.array([len(items), places.bit_count()], dtype=np.int32)
        local = np.array([(places & ((1 << a) - 1)).bit_count() for a in used.tolist()], np.int32)
        parts = (head, rows.kind[items], rows.varies[items].astype(np.int32), local)
        key = np.concatenate(parts).tobytes()
        if key not in known:
            known[key] = len(sample)
            sample.append(node)
        found[node] = known[key]
    return found, np.array(sample, dtype=np.int64)

"""The blocks of a circuit at parameter values, as flat arrays for the kernels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tnsim.base.parameters import evaluate_affine
from tnsim.circuit.operations import Operation
from tnsim.engines.approximate import Move, moves_of
from tnsim.noise.unitary_laws import MixedUnitary

from .branches import Branches, branches_of, mixture_of
from .layout import Layout
from .steps import Steps

__all__ = ["Program", "embedded", "program_bytes", "program_of"]


class Program(NamedTuple):
    """Blocks, the operations in them, and what those are made of; all offsets are into `flat`.

    Block b acts on the bits `bits[bit_start[b]:bit_start[b + 1]]` of a basis state's number, the
    most significant first, by D x D matrices, D = 2^(number of bits). A block without channels
    is the matrix at `whole[b]`; there, one with channels has the product of the likeliest branches
    once it is known. Its operations are `op_start[b]..`: a unitary at `op_offset`, or where
    `op_place` is not -1 the channel of that place in the circuit (places count along the
    blocks), of kind `op_channel`. The channel's branches k are `chan_count` matrices from
    `chan_offset` on, with `chances[chan_chance + k]`; those are negative where they depend on the
    state.
    """

    bit_start: NDArray[np.int64]
    bits: NDArray[np.int64]
    whole: NDArray[np.int64]
    depends: NDArray[np.bool_]
    op_start: NDArray[np.int64]
    op_offset: NDArray[np.int64]
    op_place: NDArray[np.int64]
    op_channel: NDArray[np.int64]
    chan_count: NDArray[np.int64]
    chan_offset: NDArray[np.int64]
    chan_chance: NDArray[np.int64]
    chances: NDArray[np.float64]
    flat: NDArray[np.complex128]
    place_block: NDArray[np.int64]

    @property
    def places(self) -> int:
        """How many channels the circuit has."""
        return len(self.place_block)

    @property
    def blocks(self) -> int:
        return len(self.whole)


def program_bytes(steps: Steps, layout: Layout) -> int:
    """The most bytes that a program and its making take."""
    matrices = sum(16 * 4 ** len(axes) for axes in layout.axes)
    return 3 * matrices + 160 * len(steps.rows) + (1 << 20)


def program_of(steps: Steps, layout: Layout, values: Mapping[str, float]) -> Program:
    """The program at parameter values."""
    maker = _Maker(steps, layout)
    block_of = np.empty(len(steps.rows), dtype=np.int64)
    order = np.empty(len(steps.rows), dtype=np.int64)
    for block, (begin, end) in enumerate(zip(layout.starts, layout.starts[1:], strict=False)):
        block_of[layout.rows[begin:end]] = block
    order[layout.rows] = np.arange(len(layout.rows))
    for move in moves_of(steps.rows, values):
        maker.add(int(block_of[move.row]), move, values)
    return maker.made()


class _Maker:
    """Takes the circuit's moves in their order, which is that within each block too."""

    def __init__(self, steps: Steps, layout: Layout) -> None:
        self._steps, self._layout = steps, layout
        # By block: unitaries as matrices, channels as their numbers.
        self._operations: list[list[NDArray[Any] | int]] = [[] for _ in layout.axes]
        self._branches: dict[tuple[int, bytes], Branches] = {}
        self._channels: dict[tuple[int, bytes, tuple[int, ...], int], int] = {}
        self._parts: list[NDArray[np.complex128]] = []
        self._chances: list[NDArray[np.float64]] = []
        self._depends: list[bool] = []

    def add(self, block: int, move: Move, values: Mapping[str, float]) -> None:
        axes = self._layout.axes[block]
        where = tuple(axes.index(a) for a in move.axes)
        operations = self._operations[block]
        if self._steps.is_unitary(move.kind):
            matrix = embedded(np.asarray(move.matrix, complex)[None], where, len(axes))[0]
            if operations and not isinstance(operations[-1], int):
                operations[-1] = matrix @ operations[-1]
            else:
                operations.append(matrix)
            return
        operations.append(self._channel(move, where, len(axes), values))

    def _channel(
        self, move: Move, where: tuple[int, ...], size: int, values: Mapping[str, float]
    ) -> int:
        key = (move.kind, move.matrix.tobytes())
        if key not in self._branches:
            self._branches[key] = self._branches_of(move, values)
        full = (*key, where, size)
        if full not in self._channels:
            branches = self._branches[key]
            count = len(branches.operators)
            self._channels[full] = len(self._parts)
            self._parts.append(embedded(branches.operators, where, size))
            free = np.full(count, -1.0) if branches.chances is None else branches.chances
            self._chances.append(free)
            self._depends.append(branches.depends_on_state)
        return self._channels[full]

    def _branches_of(self, move: Move, values: Mapping[str, float]) -> Branches:
        channel = self._steps.operations[move.kind].channel
        if channel is None or not isinstance(channel.law, MixedUnitary):
            return branches_of(move.matrix)
        given = _arguments(self._steps, move, values)
        symbolic = channel.strengths_symbolic
        chances = [given[symbolic.index(s)] if s.names else s.constant for s in channel.strengths]
        return mixture_of(channel.law.unitaries, np.array([*chances, 1.0 - sum(chances)]))

    def made(self) -> Program:
        starts = np.cumsum([0, *(part.size for part in self._parts)])
        flat: list[NDArray[np.complex128]] = [part.reshape(-1) for part in self._parts]
        end = int(starts[-1])
        whole, ops, places, numbers, op_start, depends, place_block = [], [], [], [], [0], [], []
        for block, operations in enumerate(self._operations):
            size = 1 << len(self._layout.axes[block])
            whole.append(end)
            end += size * size
            if len(operations) == 1 and not isinstance(operations[0], int):
                flat.append(operations[0].reshape(-1))
                operations = []
            else:
                flat.append(np.zeros(size * size, dtype=np.complex128))
            depends.append(any(isinstance(o, int) and self._depends[o] for o in operations))
            for one in operations:
                if isinstance(one, int):
                    ops.append(-1)
                    places.append(len(place_block))
                    place_block.append(block)
                    numbers.append(one)
                else:
                    ops.append(end)
                    places.append(-1)
                    numbers.append(-1)
                    flat.append(one.reshape(-1))
                    end += one.size
            op_start.append(len(ops))
            self._operations[block] = []
        last = self._steps.rows.num_qubits - 1
        bits = [last - a for axes in self._layout.axes for a in axes]
        bit_start = np.cumsum([0, *map(len, self._layout.axes)])
        counts = [len(c) for c in self._chances]
        return Program(
            _ints(bit_start),
            _ints(bits),
            _ints(whole),
            np.array(depends, dtype=np.bool_),
            _ints(op_start),
            _ints(ops),
            _ints(places),
            _ints(numbers),
            _ints(counts),
            _ints(starts[:-1]),
            _ints(np.cumsum([0, *counts])[:-1]),
            np.concatenate([*self._chances, np.zeros(0)]),
            np.concatenate([*flat, np.zeros(0, dtype=np.complex128)]),
            _ints(place_block),
        )


def _arguments(steps: Steps, move: Move, values: Mapping[str, float]) -> list[float]:
    rows = steps.rows
    part = slice(int(rows.angle_start[move.row]), int(rows.angle_start[move.row + 1]))
    return [
        float(evaluate_affine(rows.expressions[symbol], values)) if symbol >= 0 else angle
        for angle, symbol in zip(
            rows.angles[part].tolist(), rows.symbols[part].tolist(), strict=True
        )
    ]


def embedded(operators: NDArray[Any], where: Sequence[int], count: int) -> NDArray[np.complex128]:
    """Operators (m, d, d) on the axes `where` of `count`, the identity on the others."""
    number = len(operators)
    rest = [a for a in range(count) if a not in where]
    identity = np.eye(1 << len(rest))
    wide = np.einsum("mij,kl->mikjl", operators, identity)
    # The axes of rows, and those of columns, in the order (where, rest).
    order = [*where, *rest]
    back = [order.index(a) for a in range(count)]
    shaped = wide.reshape((number,) + (2,) * (2 * count))
    turned = shaped.transpose([0, *(1 + b for b in back), *(1 + count + b for b in back)])
    size = 1 << count
    return np.ascontiguousarray(turned.reshape(number, size, size), dtype=np.complex128)


def _ints(numbers: Any) -> NDArray[np.int64]:
    return np.asarray(numbers, dtype=np.int64)

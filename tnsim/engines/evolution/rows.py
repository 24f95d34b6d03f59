"""A circuit's instructions as columns over the axes of a state, with their kinds beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tnsim.base.forms import Form
from tnsim.base.parameters import Affine, evaluate_affine
from tnsim.circuit import Circuit
from tnsim.circuit.operations import Operation

from .questions import Readout

__all__ = ["LEG", "Kind", "Picture", "Rows", "rows_of"]

Picture = Literal["pauli", "ket"]
LEG: dict[Picture, int] = {"pauli": 4, "ket": 2}
"""Numbers in one qubit's axis: the Pauli components I, X, Y, Z, or the two amplitudes."""

_ROUNDING = 1e-14
_AT_ONCE = 4096
# Rows that are Python's lists at a time.


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of instruction, as the matrices sum_k c_k(p) A_k, `form.constants` (K, D, D).

    `orthogonal` says that every one of them is orthogonal (of a ket: unitary).
    """

    form: Form
    size: int
    orthogonal: bool

    @property
    def is_fixed(self) -> bool:
        return self.form.num_params == 0

    @cached_property
    def matrix(self) -> NDArray[Any]:
        """The matrix of a kind without arguments."""
        return self.form.evaluate()


@dataclass(frozen=True, eq=False)
class Rows:
    """N instructions: row i is `kinds[kind[i]]` on the axes `axes[axis_start[i]:...]`.

    Its arguments are `angles[angle_start[i]:...]`, or where `symbols` is not -1
    `expressions[symbol]`. Axes count from the outermost one, 0..num_qubits - 1.
    """

    kinds: tuple[Kind, ...]
    kind: NDArray[np.int32]
    axis_start: NDArray[np.int64]
    axes: NDArray[np.int32]
    angle_start: NDArray[np.int64]
    angles: NDArray[np.float64]
    symbols: NDArray[np.int32]
    expressions: tuple[Affine, ...]
    num_qubits: int

    def __len__(self) -> int:
        return len(self.kind)

    def each_axes(self) -> Iterator[list[int]]:
        """The axes of every row in turn."""
        for begin in range(0, len(self), _AT_ONCE):
            starts = self.axis_start[begin : begin + _AT_ONCE + 1].tolist()
            axes = self.axes[starts[0] : starts[-1]].tolist()
            for first, end in pairwise(starts):
                yield axes[first - starts[0] : end - starts[0]]

    def axes_of(self, row: int) -> tuple[int, ...]:
        return tuple(self.axes[self.axis_start[row] : self.axis_start[row + 1]].tolist())

    def with_axes(self, place: Sequence[int]) -> Rows:
        """The rows with axis a called `place[a]`."""
        moved = np.array(place, dtype=np.int32)[self.axes]
        return Rows(
            self.kinds,
            self.kind,
            self.axis_start,
            moved,
            self.angle_start,
            self.angles,
            self.symbols,
            self.expressions,
            self.num_qubits,
        )

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names that the rows depend on, sorted."""
        used = np.unique(self.symbols[self.symbols >= 0]).tolist()
        return tuple(sorted({name for k in used for name in self.expressions[k].names}))

    @cached_property
    def varies(self) -> NDArray[np.bool_]:
        """Which rows depend on a parameter."""
        counted = np.concatenate([[0], np.cumsum(self.symbols >= 0)])
        found: NDArray[np.bool_] = counted[self.angle_start[1:]] > counted[self.angle_start[:-1]]
        return found

    def values(self, parameters: Mapping[str, Any]) -> NDArray[np.float64]:
        """The expressions' values at numbers, zero for those that no row has."""
        values = np.zeros(len(self.expressions))
        for k in np.unique(self.symbols[self.symbols >= 0]).tolist():
            values[k] = evaluate_affine(self.expressions[k], parameters)
        return values

    def arguments(
        self, rows: NDArray[np.int64], values: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Arguments and symbols of rows of one kind, (P, len(rows)) each."""
        count = self.kinds[int(self.kind[rows[0]])].form.num_params
        index = self.angle_start[rows] + np.arange(count)[:, None]
        symbols = self.symbols[index]
        given = self.angles[index]
        return np.where(symbols < 0, given, values[symbols] if len(values) else 0.0), symbols


def rows_of(
    circuit: Circuit,
    place: Mapping[int, int],
    picture: Picture,
    readouts: Sequence[Readout] = (),
    unread: frozenset[int] = frozenset(),
) -> Rows:
    """The rows of a circuit whose qubit q is axis `place[q]`, and then the readout maps.

    Barriers are left out, and so are the measurements of qubits in `unread`, since they do not
    change what is asked of them; kets leave out all measurements.
    """
    columns, operations = circuit.columns, circuit.operations
    opcode = columns.opcode.astype(np.int64)
    kept = np.array([op.kind != "barrier" for op in operations])[opcode]
    measured = np.array([op.kind == "unread" for op in operations])[opcode]
    if picture == "ket":
        kept &= ~measured
    else:
        which = np.flatnonzero(measured)
        known = np.isin(columns.qubits[columns.qubit_start[which]], sorted(unread))
        kept[which[known]] = False
    taken = columns.take(np.flatnonzero(kept))
    codes = np.unique(taken.opcode).tolist()
    kinds = [_kind(operations[code], picture) for code in codes]
    number = np.zeros(max(codes, default=0) + 1, dtype=np.int32)
    number[codes] = np.arange(len(codes))
    axis_of = np.zeros(circuit.num_qubits, dtype=np.int32)
    for qubit, axis in place.items():
        axis_of[qubit] = axis
    tail = _Tail(len(kinds), len(circuit.expressions), place)
    for one in readouts:
        tail.add(one)
    kind = np.concatenate([number[taken.opcode], np.array(tail.kind, np.int32)])
    every = (*kinds, *tail.kinds)
    sizes = np.array([k.size for k in every], dtype=np.int64)[kind]
    counts = np.array([k.form.num_params for k in every], dtype=np.int64)[kind]
    return Rows(
        every,
        kind,
        _starts(sizes),
        np.concatenate([axis_of[taken.qubits], np.array(tail.axes, np.int32)]),
        _starts(counts),
        np.concatenate([taken.angles, np.zeros(len(tail.symbols))]),
        np.concatenate([taken.symbols, np.array(tail.symbols, np.int32)]),
        (*circuit.expressions, *tail.expressions),
        len(place),
    )


class _Tail:
    """Readout maps as further rows."""

    def __init__(self, kinds: int, expressions: int, place: Mapping[int, int]) -> None:
        self._first, self._expressions, self._place = kinds, expressions, place
        self.kinds: list[Kind] = []
        self.kind: list[int] = []
        self.axes: list[int] = []
        self.symbols: list[int] = []
        self.expressions: list[Affine] = []

    def add(self, one: Readout) -> None:
        self.kind.append(self._first + len(self.kinds))
        self.kinds.append(Kind(one.form, len(one.qubits), False))
        self.axes += [self._place[q] for q in one.qubits]
        for argument in one.args:
            self.symbols.append(self._expressions + len(self.expressions))
            self.expressions.append(argument)


def _kind(operation: Operation, picture: Picture) -> Kind:
    if picture == "ket":
        assert operation.unitary_form is not None, "the circuit was checked to be pure"
        form = operation.unitary_form
    else:
        form = operation.transfer_form
    exact = operation.gate is not None
    if operation.matrix is not None:
        # A given matrix may be unitary to 1e-8 only.
        matrix = operation.matrix
        exact = bool(np.abs(matrix.conj().T @ matrix - np.eye(len(matrix))).max() < _ROUNDING)
    return Kind(form, operation.num_qubits, exact)


def _starts(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)

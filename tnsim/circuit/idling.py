"""Relaxation where qubits wait, as array operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tnsim.base.errors import NoiseError
from tnsim.base.parameters import Affine, Parameter, Scalar, as_affine
from tnsim.noise import thermal_relaxation

from .circuit import Circuit
from .columns import Columns
from .expressions import ExpressionTable
from .interleaving import Piece, interleaved, kept_piece
from .operations import Operation, channel_operation
from .scheduling import Durations, asap_schedule
from .snapshot import Snapshot, table_columns

__all__ = ["idle_noise"]

Ints = NDArray[np.int64]
# The place of the waiting time among a channel's strengths; each row has its own number there.
_WAIT = Parameter("waiting_time_of_this_row")


def idle_noise(
    circuit: Circuit,
    *,
    durations: Durations,
    t1: Scalar | ArrayLike | Sequence[Scalar],
    t2: Scalar | ArrayLike | Sequence[Scalar],
    excited_population: Scalar | ArrayLike | Sequence[Scalar] = 0.0,
) -> Circuit:
    """The circuit with thermal relaxation wherever a qubit waits.

    Instructions start as early as they can (`asap_schedule`). Where a qubit waits for a time t
    before an instruction, from time 0 on, `tnsim.noise.thermal_relaxation(t1, t2, t,
    excited_population)` is put before that instruction; and where it waits until the whole
    circuit has ended, behind its last one, unless that is a measurement. Times are in any one
    unit. `t1`, `t2` and `excited_population` are one number or parameter for all qubits, or one
    for each; `math.inf` is no relaxation.

    Noise of the gates themselves, relaxation during them included, is a `NoiseModel`'s: apply it
    to the result (channels take no time). Raises `NoiseError` where t2 exceeds 2 t1, and
    `CircuitError` where a duration is missing.

    >>> c = Circuit(2).h(0).cx(0, 1)
    >>> for i in idle_noise(c, durations={"h": 50.0, "cx": 300.0}, t1=9e4, t2=7e4):
    ...     print(i)
    h 0
    thermal_relaxation(50) 1
    cx 0 1
    """
    plan = asap_schedule(circuit, durations)
    snapshot = circuit.snapshot()
    maker = _RelaxationRows(snapshot, t1, t2, excited_population)
    columns = snapshot.columns
    pieces = []
    bits = np.array([operation.num_bits for operation in snapshot.operations])
    arity = (columns.arity - bits)[columns.opcode]
    for slot in range(int(arity.max(initial=0))):
        rows = np.flatnonzero(arity > slot)
        entries = columns.qubit_start[rows] + slot
        waiting = plan.wait[entries] > 0.0
        rows, entries = rows[waiting], entries[waiting]
        pieces.append(maker.piece(rows, columns.qubits[entries], plan.wait[entries]))
    last = np.flatnonzero((plan.final_wait > 0.0) & ~_measured_last(snapshot))
    end = maker.piece(last, last.astype(np.int32), plan.final_wait[last])
    kept = kept_piece(columns, np.arange(len(columns)))
    woven = interleaved([*pieces, kept], len(columns), maker.operations)
    return Circuit.from_snapshot(
        replace(
            snapshot.with_rows(_followed(woven, end, maker.operations)),
            operations=tuple(maker.operations),
            expressions=maker.table.as_tuple(),
        )
    )


@dataclass(frozen=True)
class _Strengths:
    """What the rows of one relaxation hold beside the waiting time, and where that stands."""

    code: int
    angles: tuple[float, ...]
    symbols: tuple[int, ...]
    place: int


class _RelaxationRows:
    """Rows of relaxation: one operation for each distinct set of constants."""

    def __init__(self, snapshot: Snapshot, t1: Any, t2: Any, excited: Any) -> None:
        size = snapshot.num_qubits
        self.operations: list[Operation] = list(snapshot.operations)
        self.table = ExpressionTable(snapshot.expressions)
        self._codes = {operation.key: code for code, operation in enumerate(self.operations)}
        given = [
            _per_qubit(name, value, size)
            for name, value in (("t1", t1), ("t2", t2), ("excited_population", excited))
        ]
        kinds: dict[tuple[Scalar, ...], int] = {}
        triples = list(zip(*given, strict=True))
        self._kind = np.array([kinds.setdefault(triple, len(kinds)) for triple in triples])
        self._strengths = [self._entered(*triple) for triple in kinds]

    def piece(self, anchors: Ints, qubits: NDArray[np.int32], times: NDArray[Any]) -> Piece:
        """A row on each of `qubits`, of these waiting times."""
        kind = self._kind[qubits]
        codes = np.array([s.code for s in self._strengths], dtype=np.uint16)
        counts = np.array([len(s.angles) for s in self._strengths])
        places = np.array([s.place for s in self._strengths])
        length = counts[kind]
        starts = np.cumsum(length) - length
        angles, symbols = np.zeros(int(length.sum())), np.full(int(length.sum()), -1, np.int32)
        for k in np.unique(kind).tolist():
            strengths = self._strengths[k]
            rows = starts[kind == k][:, None] + np.arange(counts[k])
            angles[rows], symbols[rows] = strengths.angles, strengths.symbols
        angles[starts + places[kind]] = times
        return Piece(anchors, codes[kind], qubits, angles, symbols)

    def _entered(self, t1: Scalar, t2: Scalar, excited: Scalar) -> _Strengths:
        channel = thermal_relaxation(t1, t2, _WAIT, excited)
        operation = channel_operation(channel)
        code = self._codes.setdefault(operation.key, len(self.operations))
        if code == len(self.operations):
            self.operations.append(operation)
        wait = as_affine(_WAIT)
        symbolic = channel.strengths_symbolic
        symbols = [-1 if s == wait else self.table.intern(s) for s in symbolic]
        place = symbolic.index(wait)
        return _Strengths(code, (0.0,) * len(symbols), tuple(symbols), place)


def _per_qubit(name: str, value: Any, size: int) -> list[Scalar]:
    if isinstance(value, Parameter | Affine | int | float | np.number):
        return [_scalar(value)] * size
    try:
        listed = list(value)
    except TypeError as error:
        raise NoiseError(f"`{name}` must be a number or one for each qubit ({error})") from error
    if len(listed) != size:
        raise NoiseError(
            f"`{name}` must be one number or one for each of {size} qubits (got {len(listed)})"
        )
    return [_scalar(one) for one in listed]


def _scalar(value: Any) -> Scalar:
    return value if isinstance(value, Parameter | Affine) else float(value)


def _measured_last(snapshot: Snapshot) -> NDArray[np.bool_]:
    """Which qubits have a measurement as their last instruction, barriers apart."""
    kinds = np.array([operation.kind for operation in snapshot.operations])
    columns = snapshot.columns
    owner = np.repeat(kinds[columns.opcode], columns.arity[columns.opcode])
    counted = (owner != "barrier") & (columns.qubits < snapshot.num_qubits)
    found = np.zeros(snapshot.num_qubits, dtype=np.bool_)
    # Where a qubit occurs often, the last assignment stays.
    found[columns.qubits[counted]] = owner[counted] == "measure"
    return found


def _followed(columns: Columns, end: Piece, operations: Sequence[Operation]) -> Columns:
    """Columns with a piece's rows behind them."""
    return table_columns(
        np.concatenate([columns.opcode, end.opcode]),
        np.concatenate([columns.qubits, end.qubits]),
        np.concatenate([columns.angles, end.angles]),
        np.concatenate([columns.symbols, end.symbols]),
        operations,
    )

"""When each instruction starts if all start as early as they can, and how long qubits wait."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import CircuitError

from .circuit import Circuit
from .columns import Columns, flat_index
from .layers import layer_numbers
from .operations import Operation
from .snapshot import Snapshot

__all__ = ["Durations", "Schedule", "asap_schedule"]

Durations = Mapping[str | tuple[str, tuple[int, ...]], float]
"""By gate name, or by (gate name, qubits), which takes precedence, a time in any one unit."""

Times = NDArray[np.float64]
_LONG = 30_000
# Sums of durations differ by rounding; a wait this small beside the whole is none.
_NO_WAIT = 1e-12


@dataclass(frozen=True, eq=False)
class Schedule:
    """A circuit's instructions in time, each as early as its qubits allow (ASAP).

    `start` and `duration` have an entry per instruction, shape (N,). `wait` has one per qubit of
    each instruction, in the order of `circuit.columns.qubits`: how long the qubit waited before
    the instruction, since time 0 or its last instruction (of a classical bit, since it was
    measured). `final_wait`, shape (num_qubits,), is how long each qubit waits at the end, until
    `total`.

    >>> asap_schedule(Circuit(2).sx(0).cx(0, 1), {"sx": 30.0, "cx": 200.0})
    <Schedule: 2 instructions, total 230>
    """

    start: Times
    duration: Times
    wait: Times
    final_wait: Times
    total: float

    def __repr__(self) -> str:
        return f"<Schedule: {len(self.start)} instructions, total {self.total:.6g}>"


def asap_schedule(circuit: Circuit, durations: Durations) -> Schedule:
    """Every instruction at the earliest time at which all its qubits are free.

    `durations` gives the time of each gate that the circuit has, by name ("cx", "unitary",
    "measure", "reset") or for some qubits by (name, qubits). u0(g), the identity that lasts g
    gate lengths, takes g times the time given for "u0". Channels and barriers take none, but
    nothing moves across a barrier. A conditioned instruction takes the time of the plain one, and
    starts when the measurements of its bits have ended.

    Raises `CircuitError` for a gate without a duration, times that are negative or not finite,
    and u0 with a free parameter.

    >>> c = Circuit(2).sx(0).cx(0, 1).sx(1)
    >>> plan = asap_schedule(c, {"sx": 30.0, "cx": 200.0, ("sx", (1,)): 50.0})
    >>> plan.start, plan.total
    (array([  0.,  30., 230.]), 280.0)
    >>> plan.wait, plan.final_wait
    (array([ 0.,  0., 30.,  0.]), array([50.,  0.]))
    """
    if not isinstance(circuit, Circuit):
        raise CircuitError(f"`circuit` must be a Circuit (got {type(circuit).__name__})")
    snapshot = circuit.snapshot()
    duration = _row_durations(snapshot, _checked(durations))
    reads = np.array([op.num_bits * (op.inner is not None) for op in snapshot.operations])
    start, wait, ready = _swept(snapshot.columns, duration, reads, snapshot.num_places)
    total = float(ready.max(initial=0.0))
    final = total - ready[: snapshot.num_qubits]
    for array in (wait, final):
        array[array <= _NO_WAIT * total] = 0.0
    return Schedule(start, duration, wait, final, total)


def _checked(durations: Any) -> dict[str | tuple[str, tuple[int, ...]], float]:
    if not isinstance(durations, Mapping):
        raise CircuitError(
            f"`durations` must map gate names to times (got {type(durations).__name__})"
        )
    found: dict[str | tuple[str, tuple[int, ...]], float] = {}
    for key, time in durations.items():
        place = isinstance(key, tuple) and len(key) == 2 and isinstance(key[0], str)
        if not isinstance(key, str) and not place:
            raise CircuitError(
                f"`durations` must have keys such as 'cx' or ('cx', (0, 1)) (got {key!r:.60})"
            )
        if isinstance(time, bool) or not isinstance(time, int | float | np.number):
            raise CircuitError(f"the duration of {key!r} must be a number (got {time!r:.60})")
        if not (math.isfinite(time) and time >= 0.0):
            raise CircuitError(f"the duration of {key!r} must be finite, at least 0 (got {time})")
        found[key if isinstance(key, str) else (key[0], tuple(key[1]))] = float(time)
    return found


def _row_durations(
    snapshot: Snapshot, durations: Mapping[str | tuple[str, tuple[int, ...]], float]
) -> Times:
    columns = snapshot.columns
    result = np.zeros(len(columns))
    local: dict[str, dict[tuple[int, ...], float]] = {}
    for key, time in durations.items():
        if isinstance(key, tuple):
            local.setdefault(key[0], {})[key[1]] = time
    for code in np.unique(columns.opcode).tolist():
        operation = snapshot.operations[code]
        if (operation.inner or operation).kind in {"channel", "barrier"}:
            continue
        rows = columns.rows_with(code)
        times = np.full(len(rows), durations.get(operation.name, np.nan))
        _place_local(times, columns, rows, operation, local.get(operation.name, {}))
        if np.any(np.isnan(times)):
            row = rows[np.argmax(np.isnan(times))]
            where = tuple(_row_qubits(columns, np.array([row]), operation)[0].tolist())
            raise CircuitError(
                f"`durations` must give every gate a time, but {operation.name!r} on qubits "
                f"{where} has none; add {operation.name!r}: time"
            )
        result[rows] = times * _lengths(columns, rows, operation)
    return result


def _place_local(
    times: Times,
    columns: Columns,
    rows: NDArray[np.int64],
    operation: Operation,
    local: Mapping[tuple[int, ...], float],
) -> None:
    """Overwrite the times of rows on qubits that have their own."""
    size = operation.num_qubits - operation.num_bits
    wanted = [qubits for qubits in local if len(qubits) == size]
    if not wanted:
        return
    own = np.array([local[qubits] for qubits in wanted])
    both = np.concatenate([np.array(wanted), _row_qubits(columns, rows, operation)])
    number = np.unique(both, axis=0, return_inverse=True)[1].ravel()
    # By number of a tuple its own time; equal tuples have equal numbers.
    table = np.full(int(number.max()) + 1, np.nan)
    table[number[: len(wanted)]] = own
    found = table[number[len(wanted) :]]
    times[~np.isnan(found)] = found[~np.isnan(found)]


def _row_qubits(
    columns: Columns, rows: NDArray[np.int64], operation: Operation
) -> NDArray[np.int32]:
    """The qubits of rows of one operation, without its classical bits."""
    return columns.qubits_of(rows, operation.num_qubits)[
        :, : operation.num_qubits - operation.num_bits
    ]


def _lengths(columns: Columns, rows: NDArray[np.int64], operation: Operation) -> Times | float:
    """How many gate lengths each row lasts: 1, and of u0 its angle."""
    if operation.name != "u0":
        return 1.0
    angles, symbols = columns.angles_of(rows, 1)
    if np.any(symbols >= 0):
        raise CircuitError("a u0 must last a number of gate lengths to be scheduled; bind() first")
    if np.any(angles < 0.0):
        raise CircuitError(f"a u0 must last at least 0 gate lengths (got {angles.min():.6g})")
    return angles[:, 0]


def _swept(
    columns: Columns, duration: Times, reads: NDArray[np.int64], num_places: int
) -> tuple[Times, Times, Times]:
    """Start of each row, wait of each entry of `columns.qubits`, and when each place is free.

    Classical bits are places too: a condition waits for the measurement of its bits. `reads`
    gives, by opcode, how many of a row's last places it only reads.
    """
    if len(columns) > _LONG:
        kernel = _compiled()
        found: tuple[Times, Times, Times] = kernel(
            columns.opcode, columns.qubits, columns.arity, duration, reads, num_places
        )
        return found
    return _layered(columns, duration, reads, num_places)


def _layered(
    columns: Columns, duration: Times, reads: NDArray[np.int64], num_places: int
) -> tuple[Times, Times, Times]:
    """Layer by layer: the rows of one layer are on different places."""
    start, wait = np.zeros(len(columns)), np.zeros(len(columns.qubits))
    ready = np.zeros(num_places)
    if not len(columns):
        return start, wait, ready
    layers = layer_numbers(columns, num_places, np.ones(len(columns.arity), dtype=np.bool_))
    order = np.argsort(layers, kind="stable")
    ends = np.cumsum(np.bincount(layers[order]))
    arity = columns.arity[columns.opcode]
    written = arity - reads[columns.opcode]
    for first, last in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
        rows = order[first:last]
        sizes = arity[rows]
        entries = flat_index(columns.qubit_start[rows], sizes)
        free = ready[columns.qubits[entries]]
        begin = np.maximum.reduceat(free, np.cumsum(sizes) - sizes)
        start[rows] = begin
        wait[entries] = np.repeat(begin, sizes) - free
        held = flat_index(columns.qubit_start[rows], written[rows])
        ready[columns.qubits[held]] = np.repeat(begin + duration[rows], written[rows])
    return start, wait, ready


def _sweep(opcode: Any, qubits: Any, arity: Any, duration: Any, reads: Any, num_places: int) -> Any:
    start = np.zeros(len(opcode))
    wait = np.zeros(len(qubits))
    ready = np.zeros(num_places)
    first = 0
    for row in range(len(opcode)):
        end = first + arity[opcode[row]]
        begin = 0.0
        for entry in range(first, end):
            begin = max(begin, ready[qubits[entry]])
        start[row] = begin
        for entry in range(first, end):
            wait[entry] = begin - ready[qubits[entry]]
        for entry in range(first, end - reads[opcode[row]]):
            ready[qubits[entry]] = begin + duration[row]
        first = end
    return start, wait, ready


_KERNEL: list[Any] = []


def _compiled() -> Any:
    """The sweep, compiled at its first use."""
    if not _KERNEL:
        import numba

        _KERNEL.append(numba.njit(_sweep))
    return _KERNEL[0]

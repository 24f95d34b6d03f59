"""Which instructions depend on which: layers, depth, and backward light cones.

A short circuit is peeled in layers by array operations; a long one is swept once, row by row,
by a kernel that numba compiles (its import and the compilation take about a second).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .columns import Columns, flat_index
from .operations import Operation

__all__ = ["Spread", "cone_rows", "layer_numbers", "swap_sweep"]

Rows = NDArray[np.int64]
_LONG = 30_000


@dataclass(frozen=True, eq=False)
class Spread:
    """Through which places of a row dependence goes, by opcode.

    Rows that are not `linked` (barriers) count for nothing. A row matters where one of its
    places is looked at later, other than its last `read` ones (the bits of a condition, which it
    leaves as they are). It then depends on all its places, other than its last `forgotten` ones
    (the bit that a measurement writes; all places of a reset).
    """

    linked: NDArray[np.bool_]
    read: Rows
    forgotten: Rows

    @classmethod
    def of(cls, operations: Sequence[Operation]) -> Spread:
        """The tables of a circuit's operations."""
        forgotten = {"reset": 1, "measure": 1}
        return cls(
            np.array([op.kind != "barrier" for op in operations]),
            np.array([op.num_bits if op.inner is not None else 0 for op in operations]),
            np.array([forgotten.get(op.key, 0) for op in operations]),
        )


def layer_numbers(columns: Columns, num_qubits: int, counted: NDArray[np.bool_]) -> Rows:
    """The layer of each row when all start as early as they can, from 1.

    Rows of opcodes that are not `counted` (barriers) take no time themselves: they get the layer
    of the latest row before them on their qubits, and hold back what follows.
    """
    cost = counted.astype(np.int64)
    if len(columns) > _LONG:
        kernel = _compiled("_sweep_layers")
        result: Rows = kernel(columns.opcode, columns.qubits, columns.arity, cost, num_qubits)
        return result
    return _peeled_layers(columns, columns.arity[columns.opcode], cost[columns.opcode])


def cone_rows(columns: Columns, num_places: int, places: Rows, spread: Spread) -> Columns:
    """The rows, in order, on which the final state of `places` can depend."""
    if len(columns) <= _LONG:
        return columns.take(_walked_cone(columns, num_places, places, spread))
    active = np.zeros(num_places, dtype=np.bool_)
    active[places] = True
    tables = columns.arity, columns.num_params
    found = _compiled("_sweep_cone")(
        columns.opcode,
        columns.qubits,
        columns.arity,
        spread.linked,
        spread.read,
        spread.forgotten,
        active,
    )
    places = _compiled("_collect")(columns.opcode, *tables, found, np.count_nonzero(found))
    return columns.take(*places)


def swap_sweep(columns: Columns, num_places: int, swap: int) -> NDArray[np.int32]:
    """The places of every row under the names that the swaps after it leave, as `qubits` is."""
    names = np.arange(num_places, dtype=np.int32)
    if len(columns) > _LONG:
        kernel = _compiled("_sweep_names")
        found: NDArray[np.int32] = kernel(
            columns.opcode, columns.qubits, columns.arity, names, swap
        )
        return found
    found = np.empty_like(columns.qubits)
    at = len(columns)
    for row in [*np.flatnonzero(columns.opcode == swap)[::-1].tolist(), -1]:
        # All rows after this swap, up to the next one, have the same names.
        span = slice(columns.qubit_start[row + 1], columns.qubit_start[at])
        found[span] = names[columns.qubits[span]]
        if row >= 0:
            pair = columns.qubits[columns.qubit_start[row] : columns.qubit_start[row + 1]]
            names[pair] = names[pair[::-1]]
            at = row
    return found


def _previous(columns: Columns, owner: Rows, writes: NDArray[np.bool_]) -> Rows:
    """Per entry of `columns.qubits` the last row before its own that writes its place, or -1."""
    order = np.argsort(columns.qubits, kind="stable")
    place, at = columns.qubits[order], np.arange(len(order))
    latest = np.maximum.accumulate(np.where(writes[order], at, -1))
    before = np.concatenate([[-1], latest[:-1]])
    first = np.searchsorted(place, place)
    previous = np.full(len(order), -1)
    known = before >= first
    previous[order[known]] = owner[order[before[known]]]
    return previous


def _peeled_layers(columns: Columns, arity: Rows, cost: Rows) -> Rows:
    owner = np.repeat(np.arange(len(columns)), arity)
    previous = _previous(columns, owner, np.ones(len(owner), dtype=np.bool_))
    edges = np.flatnonzero(previous >= 0)
    order = edges[np.argsort(previous[edges], kind="stable")]
    following = owner[order]
    out_degree = np.bincount(previous[order], minlength=len(columns))
    out_start = np.cumsum(out_degree) - out_degree
    waiting = np.bincount(following, minlength=len(columns))
    layer = cost.copy()
    front = np.flatnonzero(waiting == 0)
    while len(front):
        index = flat_index(out_start[front], out_degree[front])
        after = following[index]
        reached = np.repeat(layer[front], out_degree[front]) + cost[after]
        np.maximum.at(layer, after, reached)
        np.subtract.at(waiting, after, 1)
        touched = np.unique(after)
        front = touched[waiting[touched] == 0]
    return layer


def _walked_cone(columns: Columns, num_places: int, places: Rows, spread: Spread) -> Rows:
    arity, start = columns.arity[columns.opcode], columns.qubit_start
    owner = np.repeat(np.arange(len(columns)), arity)
    # How far each entry is from the end of its row, the last one being 1.
    left = start[1:][owner] - np.arange(len(owner))
    code = columns.opcode[owner]
    writes = spread.linked[code] & (left > spread.read[code])
    previous = _previous(columns, owner, writes)
    previous[left <= spread.forgotten[code]] = -1
    last = np.full(num_places, -1)
    np.maximum.at(last, columns.qubits[writes], owner[writes])
    found = np.zeros(len(columns), dtype=np.bool_)
    front = np.unique(last[places])
    while True:
        front = front[front >= 0]
        front = front[~found[front]]
        if not len(front):
            return np.flatnonzero(found)
        found[front] = True
        front = np.unique(previous[flat_index(start[front], arity[front])])


def _sweep_layers(opcode: Any, qubits: Any, arity: Any, cost: Any, num_qubits: int) -> Any:
    reached = np.zeros(num_qubits, np.int64)
    layers = np.zeros(len(opcode), np.int64)
    start = 0
    for row in range(len(opcode)):
        code = opcode[row]
        end = start + arity[code]
        layer = 0
        for entry in range(start, end):
            layer = max(layer, reached[qubits[entry]])
        layer += cost[code]
        layers[row] = layer
        for entry in range(start, end):
            reached[qubits[entry]] = layer
        start = end
    return layers


def _sweep_cone(
    opcode: Any, qubits: Any, arity: Any, linked: Any, read: Any, forgotten: Any, active: Any
) -> Any:
    found = np.zeros(len(opcode), np.bool_)
    end = len(qubits)
    for row in range(len(opcode) - 1, -1, -1):
        code = opcode[row]
        start = end - arity[code]
        if linked[code]:
            hit = False
            for entry in range(start, end - read[code]):
                hit = hit or active[qubits[entry]]
            if hit:
                found[row] = True
                for entry in range(start, end):
                    active[qubits[entry]] = entry < end - forgotten[code]
        end = start
    return found


def _sweep_names(opcode: Any, qubits: Any, arity: Any, names: Any, swap: int) -> Any:
    found = np.zeros(len(qubits), np.int32)
    end = len(qubits)
    for row in range(len(opcode) - 1, -1, -1):
        start = end - arity[opcode[row]]
        for entry in range(start, end):
            found[entry] = names[qubits[entry]]
        if opcode[row] == swap:
            a, b = qubits[start], qubits[start + 1]
            names[a], names[b] = names[b], names[a]
        end = start
    return found


def _collect(opcode: Any, arity: Any, num_params: Any, found: Any, count: int) -> Any:
    """The rows that are found, and where their qubits and angles begin."""
    places = np.zeros((3, count), np.int64)
    entry = number = place = 0
    for row in range(len(opcode)):
        if found[row]:
            places[0, place] = row
            places[1, place] = entry
            places[2, place] = number
            place += 1
        entry += arity[opcode[row]]
        number += num_params[opcode[row]]
    return places


_KERNELS: dict[str, Any] = {}


def _compiled(name: str) -> Any:
    """A kernel of this module, compiled at its first use."""
    if name not in _KERNELS:
        import numba

        _KERNELS[name] = numba.njit(globals()[name])
    return _KERNELS[name]

"""Which instructions depend on which: layers, depth, and backward light cones.

A short circuit is peeled in layers by array operations; a long one is swept once, row by row,
by a kernel that numba compiles (its import and the compilation take about a second).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .columns import Columns, flat_index

__all__ = ["cone_rows", "layer_numbers"]

Rows = NDArray[np.int64]
_LONG = 30_000


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


def cone_rows(
    columns: Columns,
    num_qubits: int,
    qubits: Rows,
    linked: NDArray[np.bool_],
    closing: NDArray[np.bool_],
) -> Columns:
    """The rows, in order, on which the final state of `qubits` can depend.

    Only rows of `linked` opcodes count; those of `closing` ones (resets) depend on nothing
    before them.
    """
    if len(columns) <= _LONG:
        return columns.take(_walked_cone(columns, num_qubits, qubits, linked, closing))
    active = np.zeros(num_qubits, dtype=np.bool_)
    active[qubits] = True
    tables = columns.arity, columns.num_params
    found = _compiled("_sweep_cone")(
        columns.opcode, columns.qubits, columns.arity, linked, closing, active
    )
    places = _compiled("_collect")(columns.opcode, *tables, found, np.count_nonzero(found))
    return columns.take(*places)


def _previous(columns: Columns, arity: Rows, linked: NDArray[np.bool_]) -> tuple[Rows, Rows]:
    """Per entry of `columns.qubits` its row, and the row before it on the same qubit or -1."""
    owner = np.repeat(np.arange(len(columns)), arity)
    entries = np.flatnonzero(linked[owner])
    entries = entries[np.argsort(columns.qubits[entries], kind="stable")]
    previous = np.full(len(owner), -1)
    if len(entries):
        same = columns.qubits[entries[1:]] == columns.qubits[entries[:-1]]
        previous[entries[1:][same]] = owner[entries[:-1][same]]
    return owner, previous


def _peeled_layers(columns: Columns, arity: Rows, cost: Rows) -> Rows:
    owner, previous = _previous(columns, arity, np.ones(len(columns), dtype=np.bool_))
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


def _walked_cone(
    columns: Columns,
    num_qubits: int,
    qubits: Rows,
    linked: NDArray[np.bool_],
    closing: NDArray[np.bool_],
) -> Rows:
    arity, is_linked = columns.arity[columns.opcode], linked[columns.opcode]
    owner, previous = _previous(columns, arity, is_linked)
    last = np.full(num_qubits, -1)
    entries = np.flatnonzero(is_linked[owner])
    np.maximum.at(last, columns.qubits[entries], owner[entries])
    found = np.zeros(len(columns), dtype=np.bool_)
    front = np.unique(last[qubits])
    start = columns.qubit_start
    while True:
        front = front[front >= 0]
        front = front[~found[front]]
        if not len(front):
            return np.flatnonzero(found)
        found[front] = True
        front = front[~closing[columns.opcode[front]]]
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
    opcode: Any, qubits: Any, arity: Any, linked: Any, closing: Any, active: Any
) -> Any:
    found = np.zeros(len(opcode), np.bool_)
    end = len(qubits)
    for row in range(len(opcode) - 1, -1, -1):
        code = opcode[row]
        start = end - arity[code]
        if linked[code]:
            hit = False
            for entry in range(start, end):
                hit = hit or active[qubits[entry]]
            if hit:
                found[row] = True
                for entry in range(start, end):
                    active[qubits[entry]] = not closing[code]
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

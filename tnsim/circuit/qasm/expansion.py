"""Many calls of many gates at once, as rows of table gates in the order of the calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .arithmetic import Value
from .scope import Scope
from .template import Template

__all__ = ["Calls", "expand"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Offsets = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Calls:
    """N calls: the number of each gate in the lookup, its qubits, and its angles.

    `qubits` has shape (N, 3), -1 where a gate takes fewer. Call i has `counts[i]` of the flat
    `values`; where the flat `symbols` is not -1 it is an expression instead of a number.
    """

    gates: Offsets
    qubits: Ints
    counts: Offsets
    values: Floats
    symbols: Ints | None


def expand(scope: Scope, calls: Calls) -> tuple[NDArray[np.uint16], Ints, Floats, Ints | None]:
    """The columns that the calls make; `Undefined` where an angle has no finite value.

    Phases go to the builder, once all of it is in order.
    """
    facts = scope.lookup.facts()
    codes = facts.opcode[calls.gates]
    if np.all(codes >= 0):  # none of them has a phase
        qubits = calls.qubits.reshape(-1)
        return codes.astype(np.uint16), qubits[qubits >= 0], calls.values, calls.symbols
    row_at, rows = _offsets(facts.rows[calls.gates])
    qubit_at, slots = _offsets(facts.qubits[calls.gates])
    angle_at, angles = _offsets(facts.angles[calls.gates])
    argument_at, _ = _offsets(calls.counts)
    opcode = np.empty(rows, dtype=np.uint16)
    qubits = np.empty(slots, dtype=np.int32)
    values = np.empty(angles, dtype=np.float64)
    symbols = None if calls.symbols is None else np.full(angles, -1, dtype=np.int32)
    shifts: list[Value] = []
    for number, which in _groups(calls.gates):
        gate = scope.lookup.listed[number]
        template = gate.template
        assert template is not None
        opcode[_spans(row_at[which], len(template.opcode))] = template.opcode
        spans = _spans(qubit_at[which], len(template.qubits))
        qubits[spans] = calls.qubits[which][:, template.qubits]
        spans = _spans(angle_at[which], len(template.angles))
        arguments = _spans(argument_at[which], gate.num_params)
        symbolic = _symbolic(calls, arguments)
        plain = ~symbolic
        values[spans[plain]], phases = _numbers(template, calls.values[arguments[plain]])
        moved: list[Value] = [phases]
        if calls.symbols is not None and symbols is not None:
            for span, argument in zip(spans[symbolic], arguments[symbolic], strict=True):
                terms = scope.builder.join(calls.values[argument], calls.symbols[argument])
                made, phase = template.values(terms)
                values[span], found = scope.builder.split(made)
                symbols[span] = -1 if found is None else found
                moved.append(phase)
        if template.has_phase:
            shifts += moved
    for shift in shifts:
        scope.builder.phases.add(shift)
    return opcode, qubits, values, symbols


def _numbers(template: Template, arguments: Floats) -> tuple[Floats, Floats]:
    """Angles, shape (calls, angles), and phases at arguments of shape (calls, num_params)."""
    if not len(arguments):
        return np.empty((0, len(template.angles))), np.empty(0)
    columns, phase = template.values(list(arguments.T))
    result = np.empty((len(arguments), len(columns)))
    for slot, column in enumerate(columns):
        result[:, slot] = np.asarray(column, dtype=np.float64)
    return result, np.broadcast_to(np.asarray(phase, dtype=np.float64), (len(arguments),))


def _symbolic(calls: Calls, arguments: Offsets) -> NDArray[np.bool_]:
    if calls.symbols is None:
        return np.zeros(len(arguments), dtype=bool)
    result: NDArray[np.bool_] = np.any(calls.symbols[arguments] >= 0, axis=1)
    return result


def _groups(gates: Offsets) -> Iterator[tuple[int, Offsets]]:
    """Each gate number with the calls of it."""
    order = np.argsort(gates, kind="stable")
    ends = np.flatnonzero(np.diff(gates[order], append=-1)) + 1
    start = 0
    for end in ends.tolist():
        yield int(gates[order[start]]), order[start:end]
        start = end


def _offsets(lengths: Offsets) -> tuple[Offsets, int]:
    ends = np.cumsum(lengths)
    return ends - lengths, int(ends[-1]) if len(ends) else 0


def _spans(starts: Offsets, length: int) -> Offsets:
    return starts[:, None] + np.arange(length)

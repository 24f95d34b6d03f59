"""Giving parameters their values: the expressions are evaluated once, the angles gathered."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

import numpy as np

from tnsim.base.errors import CircuitError
from tnsim.base.parameters import Scalar, as_affine

from .columns import Columns
from .expressions import ExpressionTable, substituted
from .snapshot import Snapshot

__all__ = ["bound"]


def bound(snapshot: Snapshot, values: Mapping[str, Scalar], known: tuple[str, ...]) -> Snapshot:
    """`snapshot` with parameters replaced by numbers or expressions; others stay free."""
    for name in values:
        if name not in known:
            raise _unknown(name, known)
    substitutes = {name: as_affine(value) for name, value in values.items()}
    table = ExpressionTable()
    constants = np.zeros(len(snapshot.expressions))
    indices = np.full(len(snapshot.expressions), -1, dtype=np.int32)
    old = snapshot.columns
    for index in np.unique(old.symbols[old.symbols >= 0]).tolist():
        expression = substituted(snapshot.expressions[index], substitutes)
        if expression.names:
            indices[index] = table.intern(expression)
        else:
            constants[index] = expression.constant
    angles, symbols = old.angles, old.symbols
    if len(constants):
        is_symbol = symbols >= 0
        angles = np.where(is_symbol, constants[symbols], angles)
        symbols = np.where(is_symbol, indices[symbols], symbols)
    columns = Columns(old.opcode, old.qubits, angles, symbols, old.arity, old.num_params)
    result = snapshot.with_rows(
        columns,
        expressions=table.as_tuple(),
        phase=substituted(snapshot.phase, substitutes),
        readout=tuple(r.bind(substitutes) for r in snapshot.readout),
    )
    _check_strengths(result)
    return result


def _check_strengths(snapshot: Snapshot) -> None:
    """`NoiseError` where a channel whose strengths are all numbers now is not one."""
    columns = snapshot.columns
    for code in np.unique(columns.opcode).tolist():
        channel = snapshot.operations[code].channel
        count = snapshot.operations[code].num_params
        if channel is None or count == 0:
            continue
        angles, symbols = columns.angles_of(columns.rows_with(code), count)
        for row in np.unique(angles[np.all(symbols < 0, axis=1)], axis=0):
            channel.check_strengths(row.tolist())


def _unknown(name: str, known: tuple[str, ...]) -> CircuitError:
    near = difflib.get_close_matches(str(name), known, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"it has {_listed(known)}"
    return CircuitError(f"the circuit has no parameter {name!r}; {hint}")


def _listed(names: tuple[str, ...]) -> str:
    if not names:
        return "none"
    return ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")

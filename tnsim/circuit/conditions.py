"""Instructions under a condition on classical bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import CircuitError

from .arguments import bit_array
from .columns import Columns, flat_index
from .operations import STANDARD, Operation, conditioned_operation
from .snapshot import Snapshot, table_columns

__all__ = ["conditioned", "under_condition"]

_MOST_PLACES = (1 << 31) - 1


def conditioned(body: Snapshot, bits: Any, values: Any) -> Snapshot:
    """Every row of `body`, to happen where `bits` equal `values`."""
    places = np.atleast_1d(bit_array("when", bits, _MOST_PLACES - body.num_qubits))
    wanted = _checked_values(values, len(places))
    if not len(places) or len(np.unique(places)) != len(places):
        raise CircuitError(
            f"`bits` of when() must be one classical bit, or several different ones "
            f"(got {places.tolist()!r:.60})"
        )
    if body.readout:
        raise CircuitError("`body` must have no readout error; add noise to the whole circuit")
    operations, codes = under_condition(body.operations, body.columns.opcode, wanted)
    added = (places + body.num_qubits).astype(np.int32)
    columns = _with_places(body.columns, added, codes, operations)
    _check_no_repeats(columns)
    return Snapshot(
        body.num_qubits,
        columns,
        tuple(operations),
        body.expressions,
        body.phase,
        max(body.num_bits, int(places.max()) + 1),
    )


def under_condition(
    operations: tuple[Operation, ...], opcode: NDArray[np.uint16], values: tuple[int, ...]
) -> tuple[list[Operation], NDArray[np.uint16]]:
    """A table that holds the operations in use under the condition, and their codes by old code."""
    table = list(STANDARD)
    codes = np.zeros(len(operations), dtype=np.uint16)
    for code in np.unique(opcode).tolist():
        codes[code] = len(table)
        table.append(conditioned_operation(operations[code], values))
    return table, codes


def _with_places(
    old: Columns, added: NDArray[np.int32], codes: NDArray[np.uint16], table: list[Operation]
) -> Columns:
    """The rows with further places at the end of each."""
    lengths = old.arity[old.opcode]
    starts = np.cumsum(lengths + len(added)) - lengths - len(added)
    places = np.empty(len(old.qubits) + len(old) * len(added), dtype=np.int32)
    places[flat_index(starts, lengths)] = old.qubits
    places[(starts + lengths)[:, None] + np.arange(len(added))] = added
    return table_columns(codes[old.opcode], places, old.angles, old.symbols, table)


def _checked_values(values: Any, count: int) -> tuple[int, ...]:
    found = np.atleast_1d(bit_array("when", values, 2))
    if len(found) != count:
        raise CircuitError(
            f"`values` of when() must be 0 or 1 for each of the {count} bits (got {len(found)})"
        )
    return tuple(found.tolist())


def _check_no_repeats(columns: Columns) -> None:
    """A nested condition may not name a bit again."""
    for code in np.unique(columns.opcode).tolist():
        places = columns.qubits_of(columns.rows_with(code), int(columns.arity[code]))
        ordered = np.sort(places, axis=1)
        if np.any(ordered[:, 1:] == ordered[:, :-1]):
            raise CircuitError(
                "the bits of a condition must differ from those of the condition around it"
            )

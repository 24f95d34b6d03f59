"""Circuits as JSON objects.

    {"kind": "circuit", "version": 1, "num_qubits": n,
     "operations": [{"gate": name} | {"barrier": size} | {"unitary": array} | {"channel": {...}}
                    | {"when": [values], "then": {...}}],
     "opcode": array, "qubits": array, "angles": array, "symbols": array,
     "expressions": [[{name: coefficient}, constant], ...], "phase": [{...}, constant],
     "num_bits": m, "readout": [{"qubits": [...], "error": {...}}]}

Arrays are those of `tnsim.base.codec`; "opcode" counts in "operations". Measurement and reset
are gates by name. In "qubits", n + b stands for classical bit b; bits come last in a row. What is
read is checked as strictly as what is appended.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.codec import decode_array, encode_array
from tnsim.base.errors import CircuitError, TnsimError
from tnsim.base.parameters import Affine

from .columns import Columns
from .operations import (
    OPCODES,
    STANDARD,
    Operation,
    barrier_operation,
    channel_operation,
    conditioned_operation,
    matrix_operation,
)
from .readout import ReadoutAssignment
from .snapshot import Snapshot, table_columns

__all__ = ["circuit_fields", "read_fields"]

_VERSION = 2
_FIELDS = frozenset(
    ("kind", "version", "num_qubits", "operations", "opcode", "qubits", "angles", "symbols")
    + ("expressions", "phase", "num_bits", "readout")
)


def circuit_fields(snapshot: Snapshot) -> dict[str, Any]:
    """The object described above, with a table of just the operations in use."""
    columns = snapshot.columns
    used, opcode = np.unique(columns.opcode, return_inverse=True)
    return {
        "kind": "circuit",
        "version": _VERSION,
        "num_qubits": snapshot.num_qubits,
        "operations": [_operation_fields(snapshot.operations[code]) for code in used.tolist()],
        "opcode": encode_array(opcode.astype(np.uint16)),
        "qubits": encode_array(columns.qubits),
        "angles": encode_array(columns.angles),
        "symbols": encode_array(columns.symbols),
        "expressions": [[e.terms, e.constant] for e in snapshot.expressions],
        "phase": [snapshot.phase.terms, snapshot.phase.constant],
        "num_bits": snapshot.num_bits,
        "readout": [assignment.to_dict() for assignment in snapshot.readout],
    }


def read_fields(data: Mapping[str, Any]) -> Snapshot:
    """The circuit of such an object; `CircuitError` where it is not one."""
    if not isinstance(data, Mapping) or data.get("kind") != "circuit":
        raise CircuitError('a circuit must be a JSON object with "kind": "circuit"')
    if type(data.get("version")) is not int or data["version"] != _VERSION:
        raise CircuitError(
            f"this tnsim reads circuits of version {_VERSION} (got {data.get('version')!r:.60})"
        )
    if set(data) != _FIELDS:
        raise CircuitError(f"a circuit must have the fields {', '.join(sorted(_FIELDS))}")
    try:
        snapshot = _read(data)
    except CircuitError:
        raise
    except (TnsimError, TypeError, ValueError, KeyError, OverflowError) as error:
        raise CircuitError(f"the circuit cannot be read: {error}") from error
    return snapshot


def _read(data: Mapping[str, Any]) -> Snapshot:
    num_qubits = data["num_qubits"]
    if type(num_qubits) is not int or not 1 <= num_qubits < 1 << 31:
        raise CircuitError(f"`num_qubits` must be an integer above 0 (got {num_qubits!r:.60})")
    listed = [_read_operation(fields) for fields in data["operations"]]
    own = [operation for operation in listed if operation.key not in OPCODES]
    table = (*STANDARD, *own)
    known = {operation.key: code for code, operation in enumerate(table)}
    codes = np.array([known[operation.key] for operation in listed], dtype=np.uint16)
    opcode = _column(data, "opcode", "uint16")
    if len(opcode) and int(opcode.max()) >= len(codes):
        raise CircuitError("an opcode must be an index into `operations`")
    expressions = tuple(_read_expression(fields) for fields in data["expressions"])
    qubits, angles = _column(data, "qubits", "int32"), _column(data, "angles", "float64")
    symbols = _column(data, "symbols", "int32")
    columns = table_columns(codes[opcode], qubits, angles, symbols, table)
    num_bits = data["num_bits"]
    if type(num_bits) is not int or not 0 <= num_bits < (1 << 31) - num_qubits:
        raise CircuitError(f"`num_bits` must be an integer from 0 (got {num_bits!r:.60})")
    _check_columns(columns, table, num_qubits, num_bits, len(expressions))
    readout = tuple(_read_readout(fields, num_qubits) for fields in data["readout"])
    phase = _read_expression(data["phase"])
    return Snapshot(num_qubits, columns, table, expressions, phase, num_bits, readout)


def _operation_fields(operation: Operation) -> dict[str, Any]:
    if operation.kind == "barrier":
        return {"barrier": operation.num_qubits}
    if operation.inner is not None:
        return {"when": list(operation.values), "then": _operation_fields(operation.inner)}
    if operation.channel is not None:
        return {"channel": operation.channel.to_dict()}
    if operation.matrix is not None:
        return {"unitary": encode_array(operation.matrix)}
    return {"gate": operation.name}


def _read_operation(fields: Any) -> Operation:
    if isinstance(fields, Mapping) and set(fields) == {"when", "then"}:
        values = fields["when"]
        if not isinstance(values, list) or not values or any(v not in (0, 1) for v in values):
            raise CircuitError(f"`when` must be a list of 0 and 1 (got {values!r:.60})")
        if not isinstance(fields["then"], Mapping) or "then" in fields["then"]:
            raise CircuitError("`then` must be an operation without a condition of its own")
        return conditioned_operation(_read_operation(fields["then"]), [int(v) for v in values])
    if not isinstance(fields, Mapping) or len(fields) != 1:
        raise TnsimError(f"an operation must be an object with one field (got {fields!r:.60})")
    ((kind, value),) = fields.items()
    if kind == "gate" and value in OPCODES:
        return STANDARD[OPCODES[value]]
    if kind == "barrier" and type(value) is int and value > 0:
        return barrier_operation(value)
    if kind == "unitary":
        return matrix_operation(decode_array(value))
    if kind == "channel":
        from tnsim.noise import Channel

        return channel_operation(Channel.from_dict(value))
    raise CircuitError(
        f"an operation must be a known gate, barrier, unitary or channel (got {fields!r:.60})"
    )


def _read_expression(fields: Any) -> Affine:
    if not isinstance(fields, list) or len(fields) != 2 or not isinstance(fields[0], Mapping):
        raise TnsimError(
            f"an expression must be a list of {{name: factor}} and a constant (got {fields!r:.60})"
        )
    terms, constant = fields
    return Affine(terms, constant)


def _read_readout(fields: Any, num_qubits: int) -> ReadoutAssignment:
    from tnsim.noise import ReadoutError

    if not isinstance(fields, Mapping) or set(fields) != {"qubits", "error"}:
        raise TnsimError(
            f"a readout error must be an object of qubits and error (got {fields!r:.60})"
        )
    qubits = tuple(fields["qubits"])
    if not all(type(q) is int and 0 <= q < num_qubits for q in qubits):
        raise CircuitError(
            f"a qubit with readout error must be in 0..{num_qubits - 1} (got {qubits!r:.60})"
        )
    return ReadoutAssignment(qubits, ReadoutError.from_dict(fields["error"]))


def _column(data: Mapping[str, Any], name: str, dtype: str) -> NDArray[Any]:
    array = decode_array(data[name])
    if array.ndim != 1 or array.dtype.name != dtype:
        raise CircuitError(
            f"`{name}` must be a flat array of {dtype} (got {array.dtype} {array.shape})"
        )
    return array


def _check_columns(
    columns: Columns,
    table: tuple[Operation, ...],
    num_qubits: int,
    num_bits: int,
    expressions: int,
) -> None:
    if len(columns.qubits) != columns.qubit_start[-1]:
        raise CircuitError("`qubits` must have an entry for each qubit of each operation")
    if not len(columns.angles) == len(columns.symbols) == columns.angle_start[-1]:
        raise CircuitError("`angles` and `symbols` must have an entry for each angle of each gate")
    if np.any((columns.symbols < -1) | (columns.symbols >= expressions)):
        raise CircuitError("a symbol must be -1 or an index into `expressions`")
    if not np.all(np.isfinite(columns.angles)) or np.any(columns.angles[columns.symbols >= 0]):
        raise CircuitError("an angle must be finite, and 0 where it has a symbol")
    for code in np.unique(columns.opcode).tolist():
        places = columns.qubits_of(columns.rows_with(code), int(columns.arity[code]))
        qubits, bits = np.split(places, [places.shape[1] - table[code].num_bits], axis=1)
        if np.any((qubits < 0) | (qubits >= num_qubits)):
            raise CircuitError(f"a qubit must be in 0..{num_qubits - 1}")
        if np.any((bits < num_qubits) | (bits >= num_qubits + num_bits)):
            raise CircuitError(
                f"a classical bit must be in {num_qubits}..{num_qubits + num_bits - 1}, after the "
                "qubits"
            )
        ordered = np.sort(places, axis=1)
        if np.any(ordered[:, 1:] == ordered[:, :-1]):
            raise CircuitError("the qubits of an instruction must differ from one another")

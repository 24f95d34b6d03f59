"""Rows being appended: growing buffers, the tables beside them, and the checks at the door."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import CircuitError
from tnsim.base.parameters import Affine, Parameter, Scalar, as_affine

from .arguments import angle_matrix, bit_array, common_length, qubit_matrix
from .columns import Columns
from .expressions import ExpressionTable
from .operations import STANDARD, Operation
from .readout import ReadoutAssignment
from .snapshot import Snapshot, table_columns

__all__ = ["Rows"]

_MOST_OPERATIONS = 1 << 16
_INTEGERS = (int, np.integer)
_NUMBERS = (float, int, np.floating)
_EXPRESSIONS = (Parameter, Affine)
_MOST_QUBITS = (1 << 31) - 1
_STANDARD_CODES = {operation.key: code for code, operation in enumerate(STANDARD)}


class Rows:
    """The storage of a circuit (abstract): append one row of scalars, or many from arrays.

    The buffers grow in place until the columns are read; from then on the columns are shared,
    and the next append begins with a copy. `_limit` is the number of qubits while a plain
    append may write to the buffers, and 0 while it may not since the columns are shared: one
    comparison on the fast path stands for both. Classical bit b stands among the qubits as
    place num_qubits + b.
    """

    __slots__ = (
        "_angles",
        "_codes",
        "_columns",
        "_limit",
        "_num_bits",
        "_num_qubits",
        "_opcode",
        "_operations",
        "_phase",
        "_qubits",
        "_readout",
        "_symbol_at",
        "_symbol_id",
        "_table",
    )

    def __init__(self, num_qubits: int) -> None:
        if isinstance(num_qubits, bool) or not isinstance(num_qubits, int | np.integer):
            raise CircuitError(f"`num_qubits` must be an integer (got {num_qubits!r:.60})")
        if not 1 <= num_qubits <= _MOST_QUBITS:
            raise CircuitError(f"`num_qubits` must be in 1..{_MOST_QUBITS} (got {num_qubits})")
        self._num_qubits = int(num_qubits)
        self._limit = self._num_qubits
        self._opcode = array("H")
        self._qubits = array("i")
        self._angles = array("d")
        # Where an angle is an expression, and which; all other angles are numbers.
        self._symbol_at = array("q")
        self._symbol_id = array("i")
        self._columns: Columns | None = None
        self._operations: list[Operation] = []
        self._codes: dict[str, int] = {}
        self._table = ExpressionTable()
        self._num_bits = 0
        self._readout: tuple[ReadoutAssignment, ...] = ()
        self._phase = Affine({}, 0.0)

    def gphase(self, angle: Scalar) -> Self:
        """Multiply the circuit's unitary by exp(i angle)."""
        self._phase = self._phase + as_affine(angle)
        return self

    # Fast paths: scalars only; whatever is unusual goes to `_put`, which also explains errors.

    def _one(self, code: int, a: Any) -> Self:
        try:
            if 0 <= a < self._limit:
                self._qubits.append(a)
                self._opcode.append(code)
                return self
        except (TypeError, ValueError):
            pass
        return self._put(code, (), (a,))

    def _pair(self, code: int, a: Any, b: Any) -> Self:
        limit = self._limit
        try:
            if 0 <= a < limit and 0 <= b < limit and a != b:
                self._qubits.append(a)
                try:
                    self._qubits.append(b)
                except TypeError:
                    self._qubits.pop()
                else:
                    self._opcode.append(code)
                    return self
        except (TypeError, ValueError):
            pass
        return self._put(code, (), (a, b))

    def _turn(self, code: int, t: Any, a: Any) -> Self:
        try:
            if type(t) is float and t - t == 0.0 and 0 <= a < self._limit:
                self._qubits.append(a)
                self._angles.append(t)
                self._opcode.append(code)
                return self
        except (TypeError, ValueError):
            pass
        return self._put(code, (t,), (a,))

    def _pair_turn(self, code: int, t: Any, a: Any, b: Any) -> Self:
        limit = self._limit
        try:
            if type(t) is float and t - t == 0.0 and 0 <= a < limit and 0 <= b < limit and a != b:
                self._qubits.append(a)
                try:
                    self._qubits.append(b)
                except TypeError:
                    self._qubits.pop()
                else:
                    self._angles.append(t)
                    self._opcode.append(code)
                    return self
        except (TypeError, ValueError):
            pass
        return self._put(code, (t,), (a, b))

    def _put(self, code: int, angles: Sequence[Any], qubits: Sequence[Any]) -> Self:
        """Append rows of one operation; every argument is a scalar or a sequence."""
        if self._columns is not None:
            self._thaw()
        if not self._put_row(code, angles, qubits):
            self._put_rows(code, angles, qubits)
        return self

    def _put_row(self, code: int, angles: Sequence[Any], qubits: Sequence[Any]) -> bool:
        """Append one row of plain scalars; False, with nothing done, for any other arguments."""
        limit = self._num_qubits
        for qubit in qubits:
            if not isinstance(qubit, _INTEGERS) or not 0 <= qubit < limit:
                return False
        if len(qubits) > 1 and len(set(qubits)) != len(qubits):
            return False
        values: list[float | Parameter | Affine] = []
        for angle in angles:
            if isinstance(angle, _NUMBERS):
                if not _is_finite(angle):
                    return False
                values.append(float(angle))
            elif isinstance(angle, _EXPRESSIONS):
                values.append(angle)
            else:
                return False
        for value in values:
            if isinstance(value, float):
                self._angles.append(value)
            else:
                self._push_expression(value)
        self._qubits.extend(qubits)
        self._opcode.append(code)
        return True

    def _push_expression(self, expression: Parameter | Affine) -> None:
        if isinstance(expression, Affine) and not expression.names:
            self._angles.append(expression.constant)
            return
        self._symbol_id.append(self._intern(expression))
        self._symbol_at.append(len(self._angles))
        self._angles.append(0.0)

    def _put_rows(
        self, code: int, angles: Sequence[Any], qubits: Sequence[Any], bits: Sequence[Any] = ()
    ) -> None:
        """Append rows from scalars and sequences that broadcast."""
        if self._columns is not None:
            self._thaw()
        operation = self._operation(code)
        name = operation.name
        values, symbols = angle_matrix(name, angles, self._intern)
        places = [bit_array(name, bit, _MOST_QUBITS - self._num_qubits) for bit in bits]
        shapes = [v.shape for v in (*values, *places) if v.shape]
        length = common_length(name, shapes) if shapes else None
        matrix = qubit_matrix(name, qubits, self._num_qubits, length)
        rows = len(matrix)
        for place in places:
            column = np.broadcast_to(place + self._num_qubits, (rows,))
            matrix = np.column_stack([matrix, column]).astype(np.int32)
            self._num_bits = max(self._num_bits, int(place.max(initial=-1)) + 1)
        if angles:
            offset = len(self._angles)
            flat = np.stack([np.broadcast_to(s, (rows,)) for s in symbols], axis=1).reshape(-1)
            at = np.flatnonzero(flat >= 0)
            _extend(self._symbol_at, at + offset)
            _extend(self._symbol_id, flat[at])
            columns = [np.broadcast_to(v, (rows,)) for v in values]
            _extend(self._angles, np.stack(columns, axis=1))
        _extend(self._qubits, matrix)
        _extend(self._opcode, np.full(rows, code, dtype=np.uint16))

    def _put_snapshot(self, other: Snapshot) -> None:
        """Append all rows of a circuit of as many qubits; phase and readout are left out."""
        if self._columns is not None:
            self._thaw()
        columns = other.columns
        codes = np.zeros(len(other.operations), dtype=np.uint16)
        for code in np.unique(columns.opcode).tolist():
            codes[code] = self._code_of(other.operations[code])
        symbolic = np.flatnonzero(columns.symbols >= 0)
        used, place = np.unique(columns.symbols[symbolic], return_inverse=True)
        known = np.array([self._intern(other.expressions[k]) for k in used.tolist()], np.int32)
        _extend(self._symbol_at, symbolic + len(self._angles))
        _extend(self._symbol_id, known[place])
        _extend(self._angles, columns.angles)
        _extend(self._qubits, columns.qubits)
        _extend(self._opcode, codes[columns.opcode])
        self._num_bits = max(self._num_bits, other.num_bits)

    # The tables.

    def _operation(self, code: int) -> Operation:
        known = len(STANDARD)
        return STANDARD[code] if code < known else self._operations[code - known]

    def _code_of(self, operation: Operation) -> int:
        """The row code of an operation, entering it into the table where it is new."""
        code = _STANDARD_CODES.get(operation.key, self._codes.get(operation.key, -1))
        if code < 0:
            code = len(STANDARD) + len(self._operations)
            if code >= _MOST_OPERATIONS:
                raise CircuitError(
                    f"a circuit holds at most {_MOST_OPERATIONS - len(STANDARD)} different "
                    "matrices and channels; use named gates with angles"
                )
            self._operations.append(operation)
            self._codes[operation.key] = code
        return code

    def _intern(self, expression: Parameter | Affine) -> int:
        """The index of an expression in the table, entering it where it is new."""
        return self._table.intern(expression)

    # Between buffers and columns.

    def _freeze(self) -> Columns:
        """The columns so far, sharing the buffers, which are not written to any more."""
        if self._columns is None:
            angles = np.frombuffer(self._angles, dtype=np.float64)
            symbols = np.full(len(angles), -1, dtype=np.int32)
            symbols[np.frombuffer(self._symbol_at, dtype=np.int64)] = self._symbol_id
            self._columns = table_columns(
                np.frombuffer(self._opcode, dtype=np.uint16),
                np.frombuffer(self._qubits, dtype=np.int32),
                angles,
                symbols,
                [*STANDARD, *self._operations],
            )
            self._limit = 0
        return self._columns

    def _thaw(self) -> None:
        """Copy shared columns into buffers of our own."""
        columns = self._freeze()
        at = np.flatnonzero(columns.symbols >= 0)
        self._opcode = _extend(array("H"), columns.opcode)
        self._qubits = _extend(array("i"), columns.qubits)
        self._angles = _extend(array("d"), columns.angles)
        self._symbol_at = _extend(array("q"), at)
        self._symbol_id = _extend(array("i"), columns.symbols[at])
        self._columns = None
        self._limit = self._num_qubits

    def snapshot(self) -> Snapshot:
        """The circuit as a frozen value."""
        return Snapshot(
            self._num_qubits,
            self._freeze(),
            (*STANDARD, *self._operations),
            self._table.as_tuple(),
            self._phase,
            self._num_bits,
            self._readout,
        )

    @classmethod
    def from_snapshot(cls, snapshot: Snapshot) -> Self:
        """The circuit of a frozen value, which it shares until something is appended."""
        circuit = cls(snapshot.num_qubits)
        circuit._columns = snapshot.columns
        circuit._limit = 0
        circuit._operations = list(snapshot.operations[len(STANDARD) :])
        circuit._codes = {
            operation.key: code
            for code, operation in enumerate(circuit._operations, start=len(STANDARD))
        }
        circuit._table = ExpressionTable(snapshot.expressions)
        circuit._phase = snapshot.phase
        circuit._num_bits = snapshot.num_bits
        circuit._readout = snapshot.readout
        return circuit

    def _length(self) -> int:
        return len(self._opcode) if self._columns is None else len(self._columns)


def _is_finite(number: Any) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:
        return False


def _extend(buffer: array[Any], values: NDArray[Any]) -> array[Any]:
    """Append the bytes of `values`, cast to the buffer's type, to the buffer."""
    cast = np.ascontiguousarray(values, dtype=buffer.typecode)
    buffer.frombytes(cast.reshape(-1).view(np.uint8).data)
    return buffer

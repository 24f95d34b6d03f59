"""What a caller wrote for qubits and angles, as checked arrays of one length."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import CircuitError
from tnsim.base.parameters import Affine, Parameter, Scalar, as_affine

__all__ = [
    "Angles",
    "Intern",
    "Qubits",
    "angle_matrix",
    "bit_array",
    "integer_array",
    "qubit_matrix",
    "unknown_name",
]

Qubits = int | Sequence[int] | NDArray[np.integer[Any]] | range
Angles = Scalar | Sequence[Scalar] | NDArray[np.floating[Any]]
Intern = Callable[[Affine], int]
"""From an expression to its index in the circuit's table."""


def qubit_matrix(
    name: str, args: Sequence[Any], num_qubits: int, length: int | None = None
) -> NDArray[np.int32]:
    """Shape (rows, arity); scalars broadcast. `CircuitError` names the first bad row.

    `length` is that of the angle sequences, None where all angles are scalars.
    """
    columns = [integer_array(name, arg) for arg in args]
    rows = common_length(name, [c.shape for c in columns] + ([] if length is None else [(length,)]))
    matrix = np.empty((rows, len(columns)), dtype=np.int32)
    for slot, column in enumerate(columns):
        bad = (column < 0) | (column >= num_qubits)
        if np.any(bad):
            found = int(column[bad][0]) if column.ndim else int(column)
            raise CircuitError(
                f"a qubit of {name} must be in 0..{num_qubits - 1}, since the circuit has "
                f"{num_qubits} qubits (got {found})"
            )
        matrix[:, slot] = column
    for left in range(len(columns)):
        for right in range(left):
            same = matrix[:, left] == matrix[:, right]
            if np.any(same):
                row = int(np.argmax(same))
                raise CircuitError(
                    f"the qubits of {name} must differ from one another "
                    f"(got {tuple(matrix[row].tolist())}{_where(row, rows)})"
                )
    return matrix


def angle_matrix(
    name: str, args: Sequence[Any], intern: Intern
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.int32]]]:
    """Per argument its values and its symbols (-1 for numbers), each of shape () or (rows,)."""
    pairs = [_angles(name, arg, intern) for arg in args]
    return [values for values, _ in pairs], [symbols for _, symbols in pairs]


def common_length(name: str, shapes: Iterable[tuple[int, ...]]) -> int:
    """The length that shapes () and (n,) broadcast to; 1 where all are scalars."""
    lengths = {shape[0] for shape in shapes if shape}
    several = lengths - {1}
    if len(several) > 1:
        raise CircuitError(
            f"the sequences given to {name} must have one length "
            f"(got {', '.join(map(str, sorted(lengths)))})"
        )
    return several.pop() if several else 1


def unknown_name(name: object, known: Iterable[str]) -> CircuitError:
    """The error for a gate that does not exist, with those of similar names."""
    near = difflib.get_close_matches(str(name), list(known), n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; unitary() takes any matrix"
    return CircuitError(f"`name` must be a gate of the table, but {name!r} is not{hint}")


def integer_array(name: str, arg: Any, what: str = "qubit") -> NDArray[np.integer[Any]]:
    """A scalar or flat sequence of integers as an array; `CircuitError` for anything else."""
    if isinstance(arg, range):
        return np.arange(arg.start, arg.stop, arg.step)
    if isinstance(arg, set | frozenset | dict):
        raise CircuitError(
            f"the {what}s of {name} must be in an order (got a {type(arg).__name__})"
        )
    try:
        array = np.asarray(arg)
    except (TypeError, ValueError, OverflowError) as error:
        raise CircuitError(f"a {what} of {name} must be an integer (got {arg!r:.60})") from error
    if array.ndim == 1 and array.size == 0:
        return array.astype(np.int32)
    if array.dtype.kind == "O" and all(type(x) is int for x in array.reshape(-1)):
        raise CircuitError(f"a {what} of {name} must fit 64 bits (got {_first(array)!r:.60})")
    if array.dtype.kind not in "iu":
        raise CircuitError(f"a {what} of {name} must be an integer (got {_first(array)!r:.60})")
    if array.ndim > 1:
        raise CircuitError(
            f"the {what}s of {name} must be numbers or flat sequences (got shape {array.shape})"
        )
    return array


def bit_array(name: str, arg: Any, limit: int) -> NDArray[np.int64]:
    """A classical bit, or a flat sequence of them, each in 0..limit - 1."""
    array = integer_array(name, arg, "bit")
    bad = (array < 0) | (array >= limit)
    if np.any(bad):
        raise CircuitError(
            f"a bit of {name} must be in 0..{limit - 1} (got {int(array[bad].reshape(-1)[0])})"
        )
    return array.astype(np.int64)


def _angles(name: str, arg: Any, intern: Intern) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    if isinstance(arg, Parameter | Affine):
        return _symbolic([arg], intern, ())
    if isinstance(arg, list | tuple) and any(isinstance(a, Parameter | Affine) for a in arg):
        return _symbolic(arg, intern, (len(arg),))
    try:
        array = np.asarray(arg)
    except (TypeError, ValueError) as error:
        raise CircuitError(f"an angle of {name} must be a number (got {arg!r:.60})") from error
    if array.dtype.kind == "O" and array.ndim <= 1:
        return _symbolic(array.reshape(-1).tolist(), intern, array.shape)
    if array.dtype.kind not in "iuf" and array.size:
        raise CircuitError(
            f"an angle of {name} must be a real number or a Parameter (got {_first(array)!r:.60})"
        )
    if array.ndim > 1:
        raise CircuitError(
            f"the angles of {name} must be numbers or flat sequences (got shape {array.shape})"
        )
    values = array.astype(np.float64)
    finite = np.isfinite(values)
    if not np.all(finite):
        raise CircuitError(f"an angle of {name} must be finite (got {_first(values[~finite])})")
    return values, np.full(values.shape, -1, dtype=np.int32)


def _symbolic(
    args: Sequence[Any], intern: Intern, shape: tuple[int, ...]
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    expressions = [as_affine(arg) for arg in args]
    values = np.array([0.0 if e.names else e.constant for e in expressions])
    symbols = np.array([intern(e) if e.names else -1 for e in expressions], dtype=np.int32)
    return values.reshape(shape), symbols.reshape(shape)


def _first(array: NDArray[Any]) -> object:
    flat = array.reshape(-1).tolist()
    return flat[0] if flat else flat


def _where(row: int, rows: int) -> str:
    return f" at position {row} of the sequences" if rows > 1 else ""

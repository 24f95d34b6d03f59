"""Square matrices as sums of Pauli strings, and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tnsim.base.arrays import to_numpy
from tnsim.base.errors import QueryError

from .pauli_kernels import Terms, canonical_terms
from .qubit_checks import as_qubits

__all__ = ["MOST_DENSE_QUBITS", "MOST_MATRIX_QUBITS", "terms_from_matrix", "terms_to_matrix"]

MOST_MATRIX_QUBITS = 6
MOST_DENSE_QUBITS = 13

# Row a, column 2i+j: the entry that turns M[i, j] into Tr[P_a M] / 2 for one qubit.
_TO_PAULI = 0.5 * np.array([[1, 0, 0, 1], [0, 1, 1, 0], [0, 1j, -1j, 0], [1, 0, 0, -1]])


def terms_from_matrix(matrix: ArrayLike, qubits: int | Sequence[int]) -> Terms:
    """The terms of `matrix`, shape (2^k, 2^k), first listed qubit most significant, k <= 6.

    Coefficients are Tr[P M] / 2^k. Real and imaginary parts below 16 eps times the largest
    entry's size are rounding noise of the transform and count as zero; nothing else is dropped.
    """
    where = as_qubits("qubits", qubits)
    size = len(where)
    if size > MOST_MATRIX_QUBITS:
        raise QueryError(
            f"a matrix observable must act on at most {MOST_MATRIX_QUBITS} qubits (got {size}); "
            "write it as a PauliSum"
        )
    dense = _checked_matrix(matrix, size)
    tensor = dense.reshape((2,) * (2 * size))
    tensor = tensor.transpose([axis + size * half for axis in range(size) for half in (0, 1)])
    tensor = tensor.reshape((4,) * size)
    for axis in range(size):
        tensor = np.moveaxis(np.tensordot(_TO_PAULI, tensor, axes=(1, axis)), 0, axis)
    coefficients = _without_noise(tensor.ravel(), float(np.max(np.abs(dense), initial=0.0)))
    letters = np.indices((4,) * size, dtype=np.uint8).reshape(size, -1).T
    columns = np.broadcast_to(np.array(where, np.int32), letters.shape)
    starts = np.arange(0, letters.size + 1, size, dtype=np.int64)
    return canonical_terms(Terms(starts, columns.ravel(), letters.ravel(), coefficients))


def terms_to_matrix(terms: Terms, num_qubits: int) -> NDArray[np.complex128]:
    """The dense matrix, shape (2^n, 2^n), qubit 0 most significant."""
    size = 1 << num_qubits
    rows = np.arange(size)
    matrix = np.zeros((size, size), np.complex128)
    bit = np.left_shift(1, num_qubits - 1 - terms.qubits.astype(np.int64))
    for term, coefficient in enumerate(terms.coefficients):
        part = slice(int(terms.starts[term]), int(terms.starts[term + 1]))
        letters, bits = terms.letters[part], bit[part]
        flips = int(bits[letters != 3].sum())
        signs = int(bits[letters != 1].sum())
        # Row r, column r xor flips; a Y contributes i (-1)^(column bit), a Z (-1)^(column bit).
        columns = rows ^ flips
        parity = _parity(columns & signs)
        phase = coefficient * (1, 1j, -1, -1j)[int(np.sum(letters == 2)) % 4]
        matrix[rows, columns] += np.where(parity, -phase, phase)
    return matrix


def _checked_matrix(matrix: ArrayLike, size: int) -> NDArray[np.complex128]:
    try:
        dense = np.asarray(to_numpy(matrix), dtype=np.complex128)
    except (TypeError, ValueError) as error:
        raise QueryError(f"a matrix observable must be an array of numbers: {error}") from error
    if dense.shape != (1 << size, 1 << size):
        raise QueryError(
            f"a matrix observable on {size} qubit(s) must have shape {(1 << size, 1 << size)} "
            f"(got {dense.shape})"
        )
    if not np.isfinite(dense).all():
        raise QueryError("a matrix observable must be finite, but it holds NaN or infinity")
    return dense


def _without_noise(values: NDArray[np.complex128], scale: float) -> NDArray[np.complex128]:
    least = 16 * np.finfo(np.float64).eps * scale
    real = np.where(np.abs(values.real) <= least, 0.0, values.real)
    imag = np.where(np.abs(values.imag) <= least, 0.0, values.imag)
    return real + 1j * imag


def _parity(values: NDArray[np.int64]) -> NDArray[np.bool_]:
    odd = values.copy()
    for shift in (32, 16, 8, 4, 2, 1):
        odd ^= odd >> shift
    result: NDArray[np.bool_] = (odd & 1).astype(bool)
    return result

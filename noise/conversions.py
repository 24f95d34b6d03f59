"""The five matrix forms of a channel and the exact maps between them, as functions of arrays.

With d = 2^n, i and j input indices, a and b output indices (qubit 0 most significant in each):

    Kraus            K: (m, d, d)         E(rho) = sum_k K_k rho K_k^dagger
    superoperator    S: (d^2, d^2)        S[(a,b),(i,j)] = E(|i><j|)[a,b]       (vec row-major)
    Choi             C: (d^2, d^2)        C[(i,a),(j,b)] = E(|i><j|)[a,b]       (trace d)
    Pauli transfer   R: (4^n, 4^n)        R[i,j] = Tr[P_i E(P_j)] / d
    chi              X: (4^n, 4^n)        E(rho) = sum_mn X[m,n] P_m rho P_n    (trace 1)

The maps only permute entries, add and halve them, so dyadic entries convert without error. The
one exception is Choi to Kraus, an eigendecomposition.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .pauli_strings import PAULIS
from .rounding import without_rounding

__all__ = [
    "chi_to_choi",
    "choi_to_chi",
    "choi_to_kraus",
    "choi_to_superoperator",
    "kraus_to_superoperator",
    "kraus_to_transfer",
    "superoperator_to_choi",
    "superoperator_to_real_transfer",
    "superoperator_to_transfer",
    "transfer_to_superoperator",
]

Matrix = NDArray[Any]

# Row k is vec(P_k) row-major, and vec(P_k^T) for the Choi matrix, whose input index comes first.
_ROWS = PAULIS.reshape(4, 4)
_FLIPPED = PAULIS.transpose(0, 2, 1).reshape(4, 4)


def kraus_to_superoperator(kraus: Matrix) -> Matrix:
    """S = sum_k K_k (x) K_k^*, from shape (m, d, d)."""
    d = kraus.shape[-1]
    tensor: Matrix = np.einsum("kai,kbj->abij", kraus, kraus.conj())
    return tensor.reshape(d * d, d * d)


def kraus_to_transfer(kraus: Matrix) -> Matrix:
    """The real transfer matrix, with 0 where the sums leave only rounding.

    That is below 4 eps times the moduli of what is summed, about 1e-15 for a channel.
    """
    matrix = superoperator_to_transfer(kraus_to_superoperator(kraus)).real
    moduli = kraus_to_superoperator(np.abs(kraus).astype(complex)).real
    return without_rounding(matrix, _transfer_moduli(moduli))


def superoperator_to_choi(superoperator: Matrix) -> Matrix:
    """C[(i,a),(j,b)] = S[(a,b),(i,j)]."""
    d = _root(superoperator)
    return superoperator.reshape(d, d, d, d).transpose(2, 0, 3, 1).reshape(d * d, d * d)


def choi_to_superoperator(choi: Matrix) -> Matrix:
    """S[(a,b),(i,j)] = C[(i,a),(j,b)]."""
    d = _root(choi)
    return choi.reshape(d, d, d, d).transpose(1, 3, 0, 2).reshape(d * d, d * d)


def superoperator_to_transfer(superoperator: Matrix) -> Matrix:
    """R = V^dagger S V / d with columns vec(P_j) in V; complex, real for every channel."""
    return _both_sides(superoperator, _ROWS.conj(), _ROWS / 2, into_pauli=True)


def superoperator_to_real_transfer(superoperator: Matrix) -> Matrix:
    """The real part of the transfer matrix, without rounding (as `kraus_to_transfer`)."""
    matrix = superoperator_to_transfer(superoperator).real
    return without_rounding(matrix, _transfer_moduli(np.abs(superoperator)))


def transfer_to_superoperator(transfer: Matrix) -> Matrix:
    """S = V R V^dagger / d."""
    return _both_sides(transfer, _ROWS.T, _ROWS.conj().T / 2, into_pauli=False)


def choi_to_chi(choi: Matrix) -> Matrix:
    """X = W^dagger C W / d^2 with columns vec(P_m^T) in W."""
    return _both_sides(choi, _FLIPPED.conj() / 2, _FLIPPED / 2, into_pauli=True)


def chi_to_choi(chi: Matrix) -> Matrix:
    """C = W X W^dagger."""
    return _both_sides(chi, _FLIPPED.T, _FLIPPED.conj().T, into_pauli=False)


def choi_to_kraus(choi: Matrix) -> Matrix:
    """The canonical Kraus operators, orthogonal and by decreasing weight: (m, d, d).

    From the eigendecomposition C = sum_k w_k v_k v_k^dagger, K_k = sqrt(w_k) mat(v_k); weights
    below 1e-14 times the largest are dropped (negative ones too), and the largest entry of each
    operator is made positive.
    """
    d = _root(choi)
    weights, vectors = np.linalg.eigh((choi + choi.conj().T) / 2)
    kept = [k for k in reversed(range(d * d)) if weights[k] > 1e-14 * weights[-1]]
    operators = [np.sqrt(weights[k]) * vectors[:, k].reshape(d, d).T for k in kept]
    return np.stack([_positive(operator) for operator in operators])


def _positive(operator: Matrix) -> Matrix:
    largest = operator.flat[np.argmax(np.round(np.abs(operator), 12))]
    turned: Matrix = operator * (np.conj(largest) / abs(largest))
    return turned


def _transfer_moduli(moduli: Matrix) -> Matrix:
    rows = np.abs(_ROWS)
    return _both_sides(moduli, rows, rows / 2, into_pauli=True).real


def _both_sides(matrix: Matrix, left: Matrix, right: Matrix, *, into_pauli: bool) -> Matrix:
    """Rows of `left` on the row index and of `right` on the column index, qubit by qubit.

    A matrix index (x_0..x_{n-1}, y_0..y_{n-1}) is regrouped as ((x_0,y_0), ..) before, or after.
    """
    n = (matrix.shape[0].bit_length() - 1) // 2
    if into_pauli:
        tensor = matrix.reshape((2,) * (4 * n)).transpose(_pairing(n)).reshape((4,) * (2 * n))
    else:
        tensor = matrix.reshape((4,) * (2 * n))
    for axis in range(2 * n):
        rows = left if axis < n else right
        tensor = np.moveaxis(np.tensordot(rows, tensor, axes=(1, axis)), 0, axis)
    if not into_pauli:
        tensor = tensor.reshape((2,) * (4 * n)).transpose(np.argsort(_pairing(n)))
    return tensor.reshape(matrix.shape)


def _pairing(n: int) -> list[int]:
    return [axis for half in (0, 2 * n) for q in range(n) for axis in (half + q, half + n + q)]


def _root(matrix: Matrix) -> int:
    return 1 << ((len(matrix).bit_length() - 1) // 2)

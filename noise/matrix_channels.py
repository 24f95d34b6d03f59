"""Channels from matrices: unitaries, Kraus operators and the other forms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from tnsim.base.errors import NoiseError
from tnsim.base.parameters import Affine, Scalar

from .channel import Channel
from .channel_law import check_num_qubits
from .checks import TOLERANCE, listed, read_matrix
from .conversions import (
    choi_to_superoperator,
    superoperator_to_real_transfer,
    superoperator_to_transfer,
)
from .matrix_laws import KrausLaw, TransferLaw
from .strengths import read_strength
from .unitary_laws import MixedUnitary, OverRotation

__all__ = [
    "from_choi",
    "from_superoperator",
    "from_transfer_matrix",
    "identity",
    "kraus",
    "mixed_unitary",
    "over_rotation",
]


def identity(num_qubits: int = 1) -> Channel:
    """rho -> rho, to widen other channels with `tensor`.

    >>> identity(2).num_qubits
    2
    """
    return Channel(TransferLaw.of(np.eye(4 ** check_num_qubits(num_qubits))), ())


def over_rotation(axis: str | ArrayLike, angle: Scalar) -> Channel:
    """The coherent error rho -> U rho U^dagger, U = exp(-i angle P / 2).

    `axis` is a Pauli string ("X", "ZZ": character i is qubit i) or three numbers, the direction
    of a one-qubit rotation (scaled to length 1). `angle` is in radians.

    >>> import math
    >>> over_rotation("X", math.pi / 2).transfer_matrix()
    array([[ 1.,  0.,  0.,  0.],
           [ 0.,  1.,  0.,  0.],
           [ 0.,  0.,  0., -1.],
           [ 0.,  0.,  1.,  0.]])
    """
    return Channel(OverRotation.about(axis), (read_strength("angle", angle),))


def mixed_unitary(weighted: Sequence[tuple[Scalar, ArrayLike]]) -> Channel:
    """rho -> sum_k p_k U_k rho U_k^dagger from pairs (p_k, U_k).

    The probabilities must add up to 1, as expressions where they hold parameters: (p, 1 - p) do.
    Entries of the transfer matrix that are rounding (`kraus`) are made 0.

    >>> from tnsim import Parameter
    >>> p = Parameter("p")
    >>> mixed_unitary([(p, [[0, 1], [1, 0]]), (1 - p, [[1, 0], [0, 1]])]).parameters
    ('p',)
    """
    pairs = listed("the pairs of mixed_unitary", weighted)
    if not pairs or any(not isinstance(pair, tuple | list) or len(pair) != 2 for pair in pairs):
        raise NoiseError("mixed_unitary must have pairs (probability, unitary), at least one")
    law = MixedUnitary.of([unitary for _, unitary in pairs])
    strengths = [read_strength(f"p{k}", p) for k, (p, _) in enumerate(pairs)]
    total = sum(strengths, Affine({}))
    if max([abs(total.constant - 1.0), *map(abs, total.terms.values())]) > TOLERANCE:
        raise NoiseError(f"the probabilities of mixed_unitary must add up to 1 (got {total})")
    return Channel(law, tuple(strengths[:-1]))


def kraus(operators: Sequence[ArrayLike]) -> Channel:
    """rho -> sum_k K_k rho K_k^dagger from fixed matrices (2^n, 2^n), sum K_k^dagger K_k = 1.

    Checked to 1e-9. Entries of the transfer matrix that are rounding, below 4 eps (1e-15) times
    the moduli of what is summed for them, are made 0, and its first row exactly (1, 0, ..., 0).

    >>> kraus([[[1, 0], [0, 0.6]], [[0, 0.8], [0, 0]]]).transfer_matrix().diagonal()
    array([1.  , 0.6 , 0.6 , 0.36])
    """
    return Channel(KrausLaw.of(listed("the operators of kraus", operators)), ())


def from_superoperator(matrix: ArrayLike) -> Channel:
    """The channel with vec(E(rho)) = S vec(rho), vec row-major: S of shape (4^n, 4^n).

    Checked to be completely positive and trace-preserving within 1e-9; rounding in the transfer
    matrix is made 0 as in `kraus`.

    >>> from_superoperator(identity().superoperator()).transfer_matrix().diagonal()
    array([1., 1., 1., 1.])
    """
    superoperator = read_matrix(matrix, "a superoperator", base=4)
    excess = float(np.abs(superoperator_to_transfer(superoperator).imag).max())
    if excess > TOLERANCE:
        raise NoiseError(
            "a superoperator must take Hermitian matrices to Hermitian ones, but it misses that "
            f"by {excess:.3g}"
        )
    return from_transfer_matrix(superoperator_to_real_transfer(superoperator))


def from_choi(matrix: ArrayLike) -> Channel:
    """The channel with Choi matrix C = sum_ij |i><j| (x) E(|i><j|): (4^n, 4^n), of trace 2^n.

    Checked and rounded as in `from_superoperator`.

    >>> from_choi(identity().choi()).transfer_matrix().diagonal()
    array([1., 1., 1., 1.])
    """
    return from_superoperator(choi_to_superoperator(read_matrix(matrix, "a Choi matrix", base=4)))


def from_transfer_matrix(matrix: ArrayLike) -> Channel:
    """The channel with R_ij = Tr[P_i E(P_j)] / 2^n: real, (4^n, 4^n), order I, X, Y, Z.

    Checked to be completely positive and trace-preserving within 1e-9. Entries are taken as they
    are, zeros and all, but the first row is made exactly (1, 0, ..., 0).

    >>> from_transfer_matrix([[1, 0, 0, 0], [0, 0.5, 0, 0], [0, 0, 0.5, 0], [0, 0, 0, 1]])
    <transfer matrix on 1 qubits>
    """
    return Channel(TransferLaw.of(matrix), ())

"""A channel as branches, of which a trajectory takes one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.noise import conversions

__all__ = ["Branches", "branches_of", "mixture_of"]

_ROUNDING = 1e-13


@dataclass(frozen=True, eq=False)
class Branches:
    """Operators K_k, shape (m, d, d), with sum K_k^dagger K_k = 1.

    Where `chances` (m,) are given, the operators are unitary instead and one is taken with that
    chance whatever the state; otherwise K_k is taken with the chance Tr[K_k rho K_k^dagger].
    """

    operators: NDArray[np.complex128]
    chances: NDArray[np.float64] | None

    @property
    def depends_on_state(self) -> bool:
        return self.chances is None


def branches_of(superoperator: NDArray[Any]) -> Branches:
    """The branches of a channel S[(a,b),(i,j)], a mixture of unitaries where one is found.

    That is where the channel is a mixture of Pauli strings, or where its canonical Kraus
    operators are multiples of unitaries. Chances that do not depend on the state need no look at
    it, and vary less.
    """
    choi = conversions.superoperator_to_choi(superoperator)
    chi = conversions.choi_to_chi(choi)
    weights = chi.diagonal().real
    if np.abs(chi - np.diag(chi.diagonal())).max() < _ROUNDING:
        kept = np.flatnonzero(weights > _ROUNDING**2)
        count = (len(chi).bit_length() - 1) // 2
        strings = _strings(count)
        return mixture_of(strings[kept], weights[kept])
    kraus = conversions.choi_to_kraus(choi)
    size = kraus.shape[-1]
    squares = kraus.conj().transpose(0, 2, 1) @ kraus
    chances = np.trace(squares, axis1=1, axis2=2).real / size
    if np.abs(squares - chances[:, None, None] * np.eye(size)).max() < _ROUNDING:
        return mixture_of(kraus / np.sqrt(chances)[:, None, None], chances)
    return Branches(kraus, None)


def mixture_of(unitaries: NDArray[Any], chances: NDArray[Any]) -> Branches:
    """Unitaries with their chances, the likeliest first."""
    order = np.argsort(-chances, kind="stable")
    order = order[chances[order] > 0.0]
    kept = np.asarray(chances[order], dtype=np.float64)
    return Branches(np.asarray(unitaries[order], dtype=np.complex128), kept / kept.sum())


def _strings(count: int) -> NDArray[np.complex128]:
    """All Pauli strings of `count` letters, (4^count, 2^count, 2^count)."""
    made = np.ones((1, 1, 1), dtype=np.complex128)
    for _ in range(count):
        made = np.einsum("aij,bkl->abikjl", made, _PAULIS).reshape(
            4 * len(made), 2 * made.shape[1], 2 * made.shape[2]
        )
    return made


_PAULIS = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])

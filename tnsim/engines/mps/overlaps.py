"""Overlaps and purities of lines of tensors."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .line import Line
from .products import PAULIS

__all__ = ["expected_projector", "log_trace", "overlap", "pauli_purity"]

_ROOT = math.sqrt(0.5)
# Tensors hold components in the basis of Pauli matrices over sqrt(2), in which Tr is sqrt(2) times
# the component of I, and rho has the Frobenius norm of its vector.


def overlap(bra: Line, ket: Line) -> complex:
    """<bra|ket> / (|bra| |ket|) of two lines of equally many sites and equal legs."""
    state = np.ones((1, 1), dtype=ket.tensors[0].dtype)
    for one, other in zip(bra.tensors, ket.tensors, strict=True):
        both = np.tensordot(state, other, axes=(1, 0))
        state = np.tensordot(one.conj(), both, axes=((0, 1), (0, 1)))
    return complex(state[0, 0])


def log_trace(line: Line) -> float:
    """The logarithm of |Tr rho| for tensors of Pauli components with centre of norm 1."""
    vector, found = np.ones(1), 0.0
    for one in line.tensors:
        vector = vector @ (one[:, 0, :] / _ROOT)
        norm = float(np.linalg.norm(vector))
        if not norm:
            return -math.inf
        vector, found = vector / norm, found + math.log(norm)
    return found


def pauli_purity(line: Line, traced: Collection[int]) -> float:
    """Tr rho_A^2 / (Tr rho)^2, where A is all sites but the `traced`."""
    state, log = np.ones((1, 1)), 0.0
    for site, one in enumerate(line.tensors):
        kept = one[:, :1, :] / _ROOT if site in traced else one
        both = np.tensordot(state, kept, axes=(1, 0))
        state = np.tensordot(kept, both, axes=((0, 1), (0, 1)))
        norm = float(np.linalg.norm(state))
        if not norm:
            return 0.0
        state, log = state / norm, log + math.log(norm)
    return float(math.exp(log - 2.0 * log_trace(line)) * state[0, 0])


def expected_projector(operator: Line, ket: Line) -> float:
    """<psi|rho|psi> / (Tr rho <psi|psi>), with rho on Pauli legs and psi on ket legs."""
    turn: NDArray[Any] = PAULIS * _ROOT
    state: NDArray[Any] = np.ones((1, 1, 1), dtype=np.complex128)
    log = 0.0
    for one, amplitude in zip(operator.tensors, ket.tensors, strict=True):
        # state (b, k, m): <psi| bond, |psi> bond, operator bond.
        made = np.tensordot(state, one, axes=(2, 0))
        made = np.tensordot(made, turn, axes=(2, 0))
        # (b, k, m', row, column) with <psi|row> and <column|psi>.
        made = np.tensordot(made, amplitude.conj(), axes=((0, 3), (0, 1)))
        # (k, m', column, b')
        made = np.tensordot(made, amplitude, axes=((0, 2), (0, 1)))
        state = made.transpose(1, 2, 0)
        norm = float(np.linalg.norm(state))
        if not norm:
            return 0.0
        state, log = state / norm, log + math.log(norm)
    return float(state[0, 0, 0].real * math.exp(log - log_trace(operator)))

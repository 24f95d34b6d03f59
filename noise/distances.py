"""How far one channel is from another: fidelities, and bounds of the diamond norm."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import NoiseError

from .channel import Channel

__all__ = ["DiamondBounds", "average_gate_fidelity", "diamond_norm_bounds", "process_fidelity"]

Matrix = NDArray[Any]
_CLOSE = 1e-10
_MOST_ROUNDS = 50


class DiamondBounds(NamedTuple):
    """`lower` <= norm <= `upper`.

    >>> DiamondBounds(0.1, 0.2).upper
    0.2
    """

    lower: float
    upper: float


def process_fidelity(channel: Channel, target: Channel | None = None) -> float:
    """The fidelity of the two Choi states, C / 2^n; `target` is the identity by default.

    Tr[R_target^T R] / 4^n where either Choi state is pure (a unitary channel, as the identity),
    which is the probability of no error; in general (Tr sqrt(sqrt(C) C' sqrt(C)))^2 / 4^n, as in
    Qiskit. Numbers only: bind parameters first.

    >>> from tnsim.noise import depolarizing
    >>> round(process_fidelity(depolarizing(0.1)), 12)
    0.925
    """
    transfer = channel.transfer_matrix()
    if target is None:
        return float(np.trace(transfer)) / len(transfer)
    _want_alike(channel, target)
    other = target.transfer_matrix()
    if any(np.vdot(r, r) > (1 - 1e-12) * len(r) for r in (transfer, other)):
        return float(np.vdot(other, transfer)) / len(transfer)
    overlap = np.linalg.norm(_root(channel.choi()) @ _root(target.choi()), "nuc")
    return float(overlap) ** 2 / len(transfer)


def average_gate_fidelity(channel: Channel, target: Channel | None = None) -> float:
    """The mean over pure states of <psi| U^dagger E(|psi><psi|) U |psi>, U the unitary `target`.

    (d F + 1) / (d + 1) with F the process fidelity and d = 2^n: Nielsen, Phys. Lett. A 303, 249
    (2002). `target` must be unitary; the identity by default.

    >>> from tnsim.noise import depolarizing
    >>> round(average_gate_fidelity(depolarizing(0.1)), 12)
    0.95
    """
    d = 1 << channel.num_qubits
    if target is not None:
        other = target.transfer_matrix()
        if np.vdot(other, other) < (1 - 1e-9) * len(other):
            raise NoiseError(f"`target` must be a unitary channel (got {target!r})")
    return (d * process_fidelity(channel, target) + 1) / (d + 1)


def diamond_norm_bounds(channel: Channel, target: Channel | None = None) -> DiamondBounds:
    """Bounds of ||E - F||_diamond, from 0 to 2; F = `target` is the identity by default.

    Half the norm is the maximum over states rho of Tr[M_+] with M = sqrt(rho) J sqrt(rho), J the
    difference of the Choi matrices and rho on its input, and the minimum over Z >= J, Z >= 0 of
    the largest eigenvalue of Tr_out Z (Watrous, Theory of Computing 5, 217 (2009)). Each rho gives
    a lower bound, and Z = rho^-1/2 M_+ rho^-1/2 an upper one. Starting at rho = 1/d, where both
    agree for every Pauli channel (sum |p_k - q_k|), rho is improved by at most 50 steps
    rho -> sqrt(rho) Tr_out(Z) sqrt(rho) and the best of both bounds is kept; they hold wherever it
    stops, up to rounding (1e-12).

    >>> from tnsim.noise import bit_flip
    >>> lower, upper = diamond_norm_bounds(bit_flip(0.1))
    >>> round(lower, 9), round(upper, 9)
    (0.2, 0.2)
    """
    choi = channel.choi()
    if target is None:
        vector = np.eye(2**channel.num_qubits).ravel()
        difference = choi - np.outer(vector, vector)
    else:
        _want_alike(channel, target)
        difference = choi - target.choi()
    lower, upper = _bounds((difference + difference.conj().T) / 2)
    # No two channels are further apart than 2.
    highest = min(2 * upper, 2.0)
    return DiamondBounds(min(2 * lower, highest), highest)


def _bounds(difference: Matrix) -> tuple[float, float]:
    """Lower and upper bound of half the diamond norm."""
    d = 1 << ((len(difference).bit_length() - 1) // 2)
    one = np.eye(d)
    state: Matrix = one / d
    lower, upper = 0.0, np.inf
    for _ in range(_MOST_ROUNDS):
        weights, vectors = np.linalg.eigh(state)
        # Full rank, or the inverse root below would not exist.
        weights = np.maximum(weights, 1e-12)
        weights /= weights.sum()
        root = (vectors * np.sqrt(weights)) @ vectors.conj().T
        inverse = (vectors / np.sqrt(weights)) @ vectors.conj().T
        positive = _positive_part(np.kron(root, one) @ difference @ np.kron(root, one))
        wide = np.kron(inverse, one)
        reduced = np.einsum("iaja->ij", (wide @ positive @ wide).reshape(d, d, d, d))
        lower = max(lower, float(np.trace(positive).real))
        upper = min(upper, float(np.linalg.eigvalsh(reduced).max()))
        if upper - lower <= _CLOSE * max(upper, _CLOSE):
            break
        state = root @ reduced @ root
        state /= np.trace(state).real
    return lower, upper


def _positive_part(matrix: Matrix) -> Matrix:
    weights, vectors = np.linalg.eigh(matrix)
    part: Matrix = (vectors * np.maximum(weights, 0.0)) @ vectors.conj().T
    return part


def _root(matrix: Matrix) -> Matrix:
    weights, vectors = np.linalg.eigh(matrix)
    # The root of a zero blurred to 1e-17 would be 3e-9.
    weights = np.where(weights > 1e-14 * weights[-1], weights, 0.0)
    root: Matrix = (vectors * np.sqrt(weights)) @ vectors.conj().T
    return root


def _want_alike(channel: Channel, target: Channel) -> None:
    if channel.num_qubits != target.num_qubits:
        raise NoiseError(
            f"`target` must act on {channel.num_qubits} qubits as the channel does "
            f"(got {target.num_qubits})"
        )

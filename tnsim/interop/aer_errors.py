"""Quantum errors of Qiskit Aer as channels, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import NoiseError
from tnsim.noise import Channel, from_superoperator, identity, pauli, pauli_lindblad
from tnsim.noise.pauli_strings import label_of

from .packages import library
from .small_channel import mixture_channel, reversed_superoperator

__all__ = ["from_aer_error", "from_superop", "to_aer_error"]

_NEGLIGIBLE = 1e-15


def from_aer_error(error: Any) -> Channel:
    """The channel of a `QuantumError`, `PauliError` or `PauliLindbladError` of Aer.

    Qubit k of the error is qubit k of the channel. A mixture of Pauli strings becomes
    `tnsim.noise.pauli`, Pauli-Lindblad noise `tnsim.noise.pauli_lindblad`, anything else
    (relaxation, reset, Kraus, mixed and coherent unitaries) a transfer matrix. Raises
    `NoiseError` for errors that are no channel, such as those with negative probabilities.

    >>> from qiskit_aer.noise import pauli_error
    >>> from_aer_error(pauli_error([("XZ", 0.25), ("II", 0.75)]))
    pauli({'ZX': 0.25})
    """
    errors = library("qiskit_aer.noise")
    if isinstance(error, errors.PauliLindbladError):
        rates = _by_label(error.generators, error.rates)
        return pauli_lindblad(rates) if rates else identity(error.num_qubits)
    if isinstance(error, errors.PauliError):
        chances = _by_label(error.paulis, error.probabilities)
        return pauli(chances or {"Z" * error.num_qubits: 0.0})
    if not isinstance(error, errors.QuantumError):
        raise NoiseError(
            f"`error` must be a QuantumError, PauliError or PauliLindbladError of qiskit_aer.noise "
            f"(got {type(error).__name__})"
        )
    from .qiskit_reading import from_qiskit

    parts = zip(error.probabilities, error.circuits, strict=True)
    return mixture_channel([(float(p), from_qiskit(circuit)) for p, circuit in parts])


def from_superop(matrix: NDArray[Any]) -> Channel:
    """The channel of Qiskit's `SuperOp(...).data`: column-major, its qubit 0 least significant."""
    return from_superoperator(reversed_superoperator(np.asarray(matrix)))


def to_aer_error(channel: Channel) -> Any:
    """The channel as an error of Aer: Pauli strings as such, any other as Kraus operators.

    Raises `NoiseError` where a strength is not bound.

    >>> from tnsim.noise import bit_flip
    >>> to_aer_error(bit_flip(0.25)).probabilities
    [np.float64(0.75), np.float64(0.25)]
    """
    if not isinstance(channel, Channel):
        raise NoiseError(f"`channel` must be a Channel (got {type(channel).__name__})")
    transfer = channel.transfer_matrix()
    noise = library("qiskit_aer.noise")
    if not np.any(transfer - np.diag(np.diag(transfer))):
        chances = channel.chi().diagonal().real
        kept = [(label_of(k, channel.num_qubits), float(p)) for k, p in enumerate(chances)]
        # Aer writes qubit 0 last.
        return noise.pauli_error([(label[::-1], p) for label, p in kept if p > _NEGLIGIBLE])
    info = library("qiskit.quantum_info")
    superop = info.SuperOp(reversed_superoperator(channel.superoperator()))
    return noise.QuantumError(info.Kraus(superop))


def _by_label(paulis: Any, weights: Any) -> dict[str, float]:
    """Weights of the strings that are not the identity, in our order of qubits."""
    found: dict[str, float] = {}
    for label, weight in zip(paulis.to_labels(), weights, strict=True):
        ours = label[::-1].lstrip("-i")
        if ours.strip("I"):
            found[ours] = found.get(ours, 0.0) + float(weight)
    return found

"""Clifford gates: which gate of stim is which of ours, and how any Clifford gate is found."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.circuit import Circuit
from tnsim.circuit.fourier import to_pauli_basis
from tnsim.circuit.operations import OPCODES, STANDARD

from .packages import library

__all__ = ["SAME", "TURNS", "Words", "clifford_words", "matrix_words", "stim_matrix"]

_PI = math.pi

SAME = {
    "I": "id",
    "X": "x",
    "Y": "y",
    "Z": "z",
    "H": "h",
    "S": "s",
    "S_DAG": "sdg",
    "SQRT_X": "sx",
    "SQRT_X_DAG": "sxdg",
    "SQRT_Y": "sy",
    "SQRT_Y_DAG": "sydg",
    "CX": "cx",
    "CY": "cy",
    "CZ": "cz",
    "SWAP": "swap",
    "ISWAP": "iswap",
    "ISWAP_DAG": "iswapdg",
}
"""By stim's name ours, the same matrix."""

TURNS: dict[str, tuple[str, float]] = {
    f"SQRT_{axis * 2}{end}": (f"r{axis.lower() * 2}", sign * _PI / 2)
    for axis in "XYZ"
    for end, sign in (("", 1.0), ("_DAG", -1.0))
}
"""By stim's name our rotation, the same to the phase exp(i angle / 2)."""

Words = tuple[tuple[str, tuple[int, ...]], ...]
"""Gates of stim on the slots of one of ours, in the order of time."""

_OURS = {ours: theirs for theirs, ours in SAME.items()}
_UNROLLED = frozenset(_OURS) | {"u"}
_TOLERANCE = 1e-9


@cache
def clifford_words(name: str, angles: tuple[float, ...]) -> Words | None:
    """The gates of stim that a gate of ours is, to a global phase; None where it is not Clifford.

    Each gate of its definition in one-qubit gates and cx is looked up among stim's by its
    transfer matrix.
    """
    operation = STANDARD[OPCODES[name]]
    if name in _OURS:
        return ((_OURS[name], tuple(range(operation.num_qubits))),)
    small = Circuit(operation.num_qubits).append(name, *angles, *range(operation.num_qubits))
    if operation.num_qubits == 1:
        return _one_qubit_word(operation.transfer_at(angles), (0,))
    words: list[tuple[str, tuple[int, ...]]] = []
    for row in small.unroll(_UNROLLED):
        if row.name in _OURS:
            words.append((_OURS[row.name], row.qubits))
            continue
        turn = row.operation.transfer_at([float(a) for a in row.angles])  # type: ignore[arg-type]
        found = _one_qubit_word(turn, row.qubits)
        if found is None:
            return None
        words += found
    return tuple(words)


def matrix_words(matrix: NDArray[Any]) -> Words | None:
    """The gate of stim that a one-qubit matrix is, to a global phase."""
    return _one_qubit_word(to_pauli_basis(np.kron(matrix, matrix.conj()), 1).real, (0,))


def _one_qubit_word(transfer: NDArray[Any], qubits: tuple[int, ...]) -> Words | None:
    signs = np.rint(transfer.real)
    if np.abs(transfer - signs).max() > _TOLERANCE:
        return None
    name = _one_qubit_gates().get(signs.astype(np.int8).tobytes())
    if name == "I":
        return ()
    return None if name is None else ((name, qubits),)


@cache
def _one_qubit_gates() -> dict[bytes, str]:
    """By signed permutation the gate of stim, the 24 of them."""
    found: dict[bytes, str] = {}
    stim = library("stim")
    for name, gate in stim.gate_data().items():
        if gate.is_unitary and gate.is_single_qubit_gate:
            u = np.asarray(gate.unitary_matrix, dtype=complex)
            transfer = np.rint(to_pauli_basis(np.kron(u, u.conj()), 1).real).astype(np.int8)
            found.setdefault(transfer.tobytes(), name)
    return found


@cache
def stim_matrix(name: str) -> NDArray[Any]:
    """The matrix of a unitary gate of stim, its first target most significant."""
    gate = library("stim").gate_data(name)
    rough = np.asarray(gate.unitary_matrix, dtype=complex)
    matrix = _nearest(rough.real) + 1j * _nearest(rough.imag)
    if gate.is_single_qubit_gate:
        return matrix
    # stim's first target is the least significant.
    tensor = matrix.reshape(2, 2, 2, 2).transpose(1, 0, 3, 2)
    return tensor.reshape(4, 4)


def _nearest(parts: NDArray[Any]) -> NDArray[Any]:
    """stim gives single precision; real and imaginary parts of its gates are among these."""
    known = np.array([sign * size for sign in (-1, 1) for size in (0.0, 0.5, math.sqrt(0.5), 1.0)])
    nearest: NDArray[Any] = known[np.argmin(np.abs(parts[..., None] - known), axis=-1)]
    return nearest

"""Dense truth for small circuits: density matrices in NumPy, at most 7 qubits or so.

Nothing of tnsim's lowering, planning or execution is used. A *step* is (Kraus matrices, qubits);
a unitary gate is a step with one matrix. Qubit 0 is the most significant bit everywhere, and the
first qubit of a step is the most significant of its matrices.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[Any]
Step = tuple[Sequence[Matrix], Sequence[int]]
Confusion = tuple[Sequence[int], Matrix]

PAULIS = {
    "I": np.eye(2, dtype=complex),
    "X": np.array([[0, 1], [1, 0]], dtype=complex),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1, -1]).astype(complex),
}


def embed(matrix: Matrix, qubits: Sequence[int], num_qubits: int) -> Matrix:
    """The (2^n, 2^n) operator that is `matrix` on `qubits` and the identity elsewhere.

    Entry (r, c) is matrix[r restricted to qubits, c restricted to qubits] where r and c agree on
    all other qubits, else 0.
    """
    size = 1 << num_qubits
    bits = (np.arange(size)[:, None] >> np.arange(num_qubits - 1, -1, -1)) & 1
    inside = np.zeros(size, int)
    for qubit in qubits:
        inside = 2 * inside + bits[:, qubit]
    rest = np.delete(bits, list(qubits), axis=1)
    agree = (rest[:, None, :] == rest[None, :, :]).all(axis=2)
    return np.where(agree, np.asarray(matrix)[np.ix_(inside, inside)], 0)


def ground_state(num_qubits: int) -> Matrix:
    """|0...0><0...0|."""
    rho = np.zeros((1 << num_qubits,) * 2, complex)
    rho[0, 0] = 1
    return rho


def density_matrix(num_qubits: int, steps: Iterable[Step]) -> Matrix:
    """rho after the steps: rho -> sum_k K rho K^dagger for each."""
    rho = ground_state(num_qubits)
    for kraus, qubits in steps:
        large = [embed(matrix, qubits, num_qubits) for matrix in kraus]
        rho = sum((k @ rho @ k.conj().T for k in large), np.zeros_like(rho))
    return rho


def state_vector(num_qubits: int, steps: Iterable[Step]) -> Matrix:
    """|psi> after unitary steps."""
    psi = np.zeros(1 << num_qubits, complex)
    psi[0] = 1
    for kraus, qubits in steps:
        (unitary,) = kraus
        psi = embed(unitary, qubits, num_qubits) @ psi
    return psi


def pauli_operator(terms: Mapping[str, complex], num_qubits: int) -> Matrix:
    """The matrix of {"Z0 Z1": 0.5, "X3": -1}, sparse strings only."""
    total = np.zeros((1 << num_qubits,) * 2, complex)
    for text, coefficient in terms.items():
        factors = ["I"] * num_qubits
        for word in text.split():
            if word != "I":
                factors[int(word[1:])] = word[0]
        operator = np.eye(1)
        for letter in factors:
            operator = np.kron(operator, PAULIS[letter])
        total = total + coefficient * operator
    return total


def expectation(rho: Matrix, operator: Matrix) -> complex:
    """Tr[rho O]."""
    return complex(np.trace(rho @ operator))


def variance(rho: Matrix, operator: Matrix) -> float:
    """Tr[rho O^2] - Tr[rho O]^2."""
    return (expectation(rho, operator @ operator) - expectation(rho, operator) ** 2).real


def reduced(rho: Matrix, qubits: Sequence[int]) -> Matrix:
    """The state of `qubits`, the first most significant: a sum over bits of all the others."""
    n = len(rho).bit_length() - 1
    rest = [q for q in range(n) if q not in qubits]
    order = [*qubits, *rest]
    tensor = rho.reshape((2,) * (2 * n)).transpose([*order, *(n + q for q in order)])
    inner, outer = 1 << len(qubits), 1 << len(rest)
    blocks = tensor.reshape(inner, outer, inner, outer)
    return sum((blocks[:, i, :, i] for i in range(outer)), np.zeros((inner, inner), complex))


def purity(rho: Matrix, qubits: Sequence[int] | None = None) -> float:
    """Tr[rho_A^2]."""
    part = rho if qubits is None else reduced(rho, qubits)
    return float(np.trace(part @ part).real)


def fidelity(rho: Matrix, psi: Matrix) -> float:
    """<psi|rho|psi>."""
    return float((psi.conj() @ rho @ psi).real)


def amplitudes(psi: Matrix, bitstrings: Sequence[str]) -> Matrix:
    """<b|psi>."""
    return np.array([psi[int(text, 2)] for text in bitstrings])


def probabilities(rho: Matrix, qubits: Sequence[int], readout: Sequence[Confusion] = ()) -> Matrix:
    """Chance of each result on `qubits`, the first most significant, shape (2^k,).

    `readout` lists (qubits, C) with C[read, true], applied to the true bits of all qubits.
    """
    n = len(rho).bit_length() - 1
    chances = np.diag(rho).real
    for where, confusion in readout:
        chances = embed(confusion, where, n).real @ chances
    result = np.zeros((2,) * len(qubits))
    for index, bits in enumerate(itertools.product((0, 1), repeat=n)):
        result[tuple(bits[q] for q in qubits)] += chances[index]
    return result.ravel()


TURNS = {
    "X": np.array([[1, 1], [1, -1]]) / np.sqrt(2),
    "Y": np.array([[1, -1j], [1, 1j]]) / np.sqrt(2),
    "Z": np.eye(2),
}


def measured(
    rho: Matrix, terms: Mapping[str, complex], readout: Sequence[Confusion] = ()
) -> complex:
    """The mean of sum_t c_t P_t, each string read with errors after turning X and Y to Z."""
    n = len(rho).bit_length() - 1
    total = 0j
    for text, coefficient in terms.items():
        words = [word for word in text.split() if word != "I"]
        turn = np.eye(len(rho))
        for word in words:
            turn = embed(TURNS[word[0]], [int(word[1:])], n) @ turn
        support = [int(word[1:]) for word in words]
        chances = probabilities(turn @ rho @ turn.conj().T, support, readout)
        signs = [(-1) ** sum(bits) for bits in itertools.product((0, 1), repeat=len(support))]
        total += coefficient * (np.array(signs) @ chances)
    return complex(total)

"""What a small circuit does as a whole, for noise that other libraries give as circuits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import NoiseError
from tnsim.circuit import Circuit
from tnsim.noise import Channel, from_transfer_matrix, pauli

__all__ = ["mixture_channel", "reversed_superoperator", "transfer_of"]

Matrix = NDArray[Any]
_MOST_QUBITS = 5


def transfer_of(circuit: Circuit) -> Matrix:
    """The Pauli-transfer matrix R, (4^n, 4^n) real, of a circuit without free parameters."""
    n = circuit.num_qubits
    if n > _MOST_QUBITS:
        raise NoiseError(f"a channel must be on at most {_MOST_QUBITS} qubits (got {n})")
    if circuit.parameters:
        raise NoiseError(f"noise must have numbers, but {circuit.parameters[0]} is not bound")
    total = np.eye(4**n).reshape((4,) * n + (4**n,))
    for row in circuit:
        if row.operation.kind == "barrier":
            continue
        k = len(row.qubits)
        matrix = row.operation.transfer_at([float(a) for a in row.angles])  # type: ignore[arg-type]
        tensor = matrix.real.reshape((4,) * (2 * k))
        total = np.tensordot(tensor, total, axes=(range(k, 2 * k), row.qubits))
        total = np.moveaxis(total, range(k), row.qubits)
    return total.reshape(4**n, 4**n)


def mixture_channel(parts: Sequence[tuple[float, Circuit]]) -> Channel:
    """The channel that does each circuit with its probability.

    A mixture of Pauli strings becomes `tnsim.noise.pauli`, anything else a transfer matrix.
    """
    labels = [pauli_label(circuit) for _, circuit in parts]
    if all(label is not None for label in labels):
        chances: dict[str, float] = {}
        for (chance, _), label in zip(parts, labels, strict=True):
            assert label is not None
            chances[label] = chances.get(label, 0.0) + chance
        size = parts[0][1].num_qubits
        chances.pop("I" * size, None)
        return pauli(chances or {"Z" * size: 0.0})
    return from_transfer_matrix(
        np.sum([chance * transfer_of(circuit) for chance, circuit in parts], axis=0)
    )


def pauli_label(circuit: Circuit) -> str | None:
    """The dense Pauli string that a circuit of x, y, z and id is, at most one a qubit, or None."""
    letters = ["I"] * circuit.num_qubits
    for row in circuit:
        if row.name not in {"x", "y", "z", "id", "barrier"}:
            return None
        if row.name in {"x", "y", "z"}:
            if letters[row.qubits[0]] != "I":
                return None
            letters[row.qubits[0]] = row.name.upper()
    return "".join(letters)


def reversed_superoperator(matrix: Matrix) -> Matrix:
    """A superoperator with column-major vec and qubit 0 least significant in our convention.

    Both are one permutation of the axes (ket, bra) of input and output, so it is its own inverse.
    """
    n = (len(matrix).bit_length() - 1) // 2
    tensor = np.asarray(matrix).reshape((2,) * (4 * n))
    half = [*reversed(range(n, 2 * n)), *reversed(range(n))]
    # Column-major vec has the bra first; each half of the qubits is in reverse order.
    order = [*half, *(2 * n + k for k in half)]
    return tensor.transpose(order).reshape(4**n, 4**n)

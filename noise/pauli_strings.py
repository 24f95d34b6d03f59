"""Dense Pauli strings: character i is qubit i; as a number, base 4 with qubit 0 first."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import NoiseError

__all__ = [
    "LETTERS",
    "MOST_QUBITS",
    "PAULIS",
    "index_of",
    "label_of",
    "matrix_of",
    "read_label",
    "signs_of",
]

LETTERS = "IXYZ"
MOST_QUBITS = 5
"""The most qubits of one channel: its transfer matrix has 16^n entries."""

PAULIS: NDArray[Any] = np.array(
    [[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]]
)
_SIGNS = np.array([[1, 1, 1, 1], [1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]], dtype=float)


def read_label(label: object, num_qubits: int | None = None) -> str:
    """`label` where it is a dense Pauli string (of `num_qubits` letters); else `NoiseError`.

    >>> read_label("XZ")
    'XZ'
    """
    if not isinstance(label, str) or not label or set(label) - set(LETTERS):
        raise NoiseError(
            f"a Pauli string must be text of the letters I, X, Y, Z such as 'XZ' (got {label!r})"
        )
    if len(label) > MOST_QUBITS:
        raise NoiseError(f"a channel must act on at most {MOST_QUBITS} qubits (got {len(label)})")
    if num_qubits is not None and len(label) != num_qubits:
        raise NoiseError(
            f"all Pauli strings of a channel must have one length, but {label!r} has "
            f"{len(label)} letters and others have {num_qubits}"
        )
    return label


def index_of(label: str) -> int:
    """The string's number in base 4.

    >>> index_of("XZ")
    7
    """
    return reduce(lambda total, letter: 4 * total + LETTERS.index(letter), label, 0)


def label_of(index: int, num_qubits: int) -> str:
    """The string of a number in base 4, the inverse of `index_of`.

    >>> label_of(7, 2)
    'XZ'
    """
    digits = [index // 4 ** (num_qubits - 1 - qubit) % 4 for qubit in range(num_qubits)]
    return "".join(LETTERS[digit] for digit in digits)


def signs_of(label: str) -> NDArray[Any]:
    """+1 or -1 for each Pauli string that commutes or anticommutes with `label`: shape (4^n,).

    These are the diagonal of the transfer matrix of rho -> P rho P.
    """
    return reduce(np.kron, [_SIGNS[LETTERS.index(letter)] for letter in label])


def matrix_of(label: str) -> NDArray[Any]:
    """The (2^n, 2^n) matrix of the string."""
    return reduce(np.kron, [PAULIS[LETTERS.index(letter)] for letter in label])

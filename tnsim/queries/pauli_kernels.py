"""Sums of Pauli strings as ragged columns, and the array operations on them.

`Terms` holds T strings with m letters in all: term t has the letters numbered
starts[t] ... starts[t+1]-1 of the flat columns `qubits` and `letters` (1, 2, 3 for X, Y, Z).
Nothing here loops over terms in Python; the loops are over distinct weights.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Terms", "canonical_terms", "concatenate_terms", "multiply_terms", "take_terms"]

# P_a P_b = i^PHASE[a, b] P_(a xor b), letters numbered I, X, Y, Z.
_PHASE = np.array([[0, 0, 0, 0], [0, 0, 1, 3], [0, 3, 0, 1], [0, 1, 3, 0]], dtype=np.int64)
_UNITS = np.array([1, 1j, -1, -1j])
_BLOCK_LETTERS = 1 << 22


class Terms(NamedTuple):
    """Columns: starts int64 (T+1,), qubits int32 (m,), letters uint8 (m,), coefficients (T,)."""

    starts: NDArray[np.int64]
    qubits: NDArray[np.int32]
    letters: NDArray[np.uint8]
    coefficients: NDArray[np.complex128]

    @property
    def weights(self) -> NDArray[np.int64]:
        """How many letters each term has, shape (T,)."""
        return np.diff(self.starts)

    @property
    def owners(self) -> NDArray[np.int64]:
        """Which term each letter belongs to, shape (m,)."""
        return np.repeat(np.arange(len(self.coefficients)), self.weights)


def canonical_terms(terms: Terms) -> Terms:
    """The same operator with each string once: no identities inside, no zero coefficients.

    Terms come by weight, then by (qubit, letter) left to right; coefficients of equal strings
    are added in their order. Costs O(m log T) time and O(m) memory.
    """
    terms = _sorted_letters(terms)
    weights = terms.weights
    pieces = [_merged(terms, np.flatnonzero(weights == w)) for w in np.unique(weights)]
    return concatenate_terms(pieces)


def concatenate_terms(pieces: list[Terms]) -> Terms:
    """All terms of `pieces` one after another, without merging."""
    if not pieces:
        return Terms(
            np.zeros(1, np.int64),
            np.zeros(0, np.int32),
            np.zeros(0, np.uint8),
            np.zeros(0, np.complex128),
        )
    weights = np.concatenate([piece.weights for piece in pieces])
    return Terms(
        _starts_of(weights),
        np.concatenate([piece.qubits for piece in pieces]),
        np.concatenate([piece.letters for piece in pieces]),
        np.concatenate([piece.coefficients for piece in pieces]),
    )


def take_terms(terms: Terms, index: NDArray[np.int64]) -> Terms:
    """The terms numbered `index`, in that order."""
    weights = terms.weights[index]
    starts = _starts_of(weights)
    flat = np.arange(starts[-1]) + np.repeat(terms.starts[index] - starts[:-1], weights)
    return Terms(starts, terms.qubits[flat], terms.letters[flat], terms.coefficients[index])


def multiply_terms(left: Terms, right: Terms) -> Terms:
    """The canonical terms of the operator product left·right, phases exact.

    Works through blocks of left terms so that memory stays near the size of the answer.
    """
    per_left = len(right.coefficients) * (1 + int(left.weights.max(initial=0)))
    per_left += int(right.starts[-1])
    block = max(1, _BLOCK_LETTERS // max(per_left, 1))
    result = concatenate_terms([])
    for begin in range(0, len(left.coefficients), block):
        rows = np.arange(begin, min(begin + block, len(left.coefficients)))
        product = canonical_terms(_all_pairs(take_terms(left, rows), right))
        result = canonical_terms(concatenate_terms([result, product])) if begin else product
    return result


def _all_pairs(left: Terms, right: Terms) -> Terms:
    rows, columns = len(left.coefficients), len(right.coefficients)
    first = take_terms(left, np.repeat(np.arange(rows), columns))
    second = take_terms(right, np.tile(np.arange(columns), rows))
    owners = np.concatenate([first.owners, second.owners])
    qubits = np.concatenate([first.qubits, second.qubits])
    letters = np.concatenate([first.letters, second.letters])
    # Stable, so that on a shared qubit the left factor's letter comes first.
    order = np.lexsort((qubits, owners))
    owners, qubits, letters = owners[order], qubits[order], letters[order]
    shared = np.flatnonzero((owners[1:] == owners[:-1]) & (qubits[1:] == qubits[:-1]))
    turns = np.zeros(rows * columns, np.int64)
    np.add.at(turns, owners[shared], _PHASE[letters[shared], letters[shared + 1]])
    letters[shared] ^= letters[shared + 1]
    keep = np.ones(len(letters), bool)
    keep[shared + 1] = False
    weights = np.bincount(owners[keep], minlength=rows * columns)
    with np.errstate(over="ignore", invalid="ignore"):  # PauliSum refuses what is not finite
        coefficients = first.coefficients * second.coefficients * _UNITS[turns % 4]
    return Terms(_starts_of(weights), qubits[keep], letters[keep], coefficients)


def _starts_of(weights: NDArray[np.int64]) -> NDArray[np.int64]:
    starts = np.zeros(len(weights) + 1, np.int64)
    np.cumsum(weights, out=starts[1:])
    return starts


def _sorted_letters(terms: Terms) -> Terms:
    owners = terms.owners
    keep = terms.letters != 0
    if not keep.all():
        weights = np.bincount(owners[keep], minlength=len(terms.coefficients))
        terms = Terms(
            _starts_of(weights), terms.qubits[keep], terms.letters[keep], terms.coefficients
        )
        owners = owners[keep]
    inside = owners[1:] == owners[:-1]
    if np.any(inside & (terms.qubits[1:] < terms.qubits[:-1])):
        order = np.lexsort((terms.qubits, owners))
        terms = terms._replace(qubits=terms.qubits[order], letters=terms.letters[order])
    return terms


def _merged(terms: Terms, index: NDArray[np.int64]) -> Terms:
    """The terms numbered `index`, all of one weight, sorted and with equal strings added."""
    chosen = take_terms(terms, index)
    weight = int(chosen.weights[0])
    count = len(index)
    if weight:
        # Big-endian codes compared as bytes sort like the tuples ((qubit, letter), ...).
        codes = (chosen.qubits.astype(np.int64) * 4 + chosen.letters).astype(">i8")
        rows = codes.reshape(count, weight).view(np.dtype((np.void, 8 * weight))).ravel()
        _, first, inverse = np.unique(rows, return_index=True, return_inverse=True)
    else:
        first, inverse = np.zeros(1, np.int64), np.zeros(count, np.int64)
    sums = np.zeros(len(first), np.complex128)
    with np.errstate(over="ignore", invalid="ignore"):
        np.add.at(sums, inverse.ravel(), chosen.coefficients)
    kept = np.flatnonzero(sums)
    merged = take_terms(chosen, first[kept])
    # Sums begin at 0.0, so none is -0.0: equal operators have equal bytes.
    return merged._replace(coefficients=sums[kept])

"""Pauli strings as they are measured, and how many passes over a state they take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.parameters import evaluate_affine
from tnsim.engines.evolution.questions import Readout
from tnsim.queries import PauliSum

from .observing import pauli_values, spectrum

__all__ = ["PauliReader", "String", "seen_strings", "strings_of"]

String = tuple[tuple[int, int], ...]
_X, _Y = 1, 2
_FEW = 4
# From so many strings that flip the same bits on, one transform is quicker than a pass for each.


def strings_of(observable: PauliSum) -> Iterator[tuple[String, complex]]:
    """The terms as (qubit, letter) pairs, with their coefficients."""
    starts = observable.starts.tolist()
    pairs = list(zip(observable.qubits.tolist(), observable.letters.tolist(), strict=True))
    for term, coefficient in enumerate(observable.coefficients.tolist()):
        yield tuple(pairs[starts[term] : starts[term + 1]]), coefficient


def seen_strings(
    terms: Sequence[tuple[String, complex]],
    maps: Sequence[Readout],
    measured: frozenset[int],
    values: Mapping[str, float],
) -> dict[String, complex]:
    """The strings whose sum on the state is the observable as it is read.

    A string's letters on the qubits of a readout error become a row of its map. Qubits that were
    measured are diagonal: no string with another letter than Z there is left.
    """
    rows = [
        one.form.evaluate([float(evaluate_affine(a, values)) for a in one.args]).real
        for one in maps
    ]
    found: dict[String, complex] = {}
    for string, coefficient in terms:
        for true, factor in _expanded(dict(string), maps, rows):
            if not any(letter in (_X, _Y) and qubit in measured for qubit, letter in true):
                found[true] = found.get(true, 0.0) + coefficient * factor
    return found


def _expanded(
    letters: dict[int, int], maps: Sequence[Readout], rows: Sequence[NDArray[Any]]
) -> Iterator[tuple[String, float]]:
    options: list[list[tuple[dict[int, int], float]]] = []
    for one, matrix in zip(maps, rows, strict=True):
        row = 0
        for qubit in one.qubits:
            row = 4 * row + letters.get(qubit, 0)
        if row:
            columns = np.flatnonzero(matrix[row]).tolist()
            options.append([(_letters(one.qubits, c), float(matrix[row, c])) for c in columns])
    for chosen in product(*options):
        true, factor = dict(letters), 1.0
        for part, weight in chosen:
            true.update(part)
            factor *= weight
        yield tuple(sorted((q, letter) for q, letter in true.items() if letter)), factor


def _letters(qubits: Sequence[int], code: int) -> dict[int, int]:
    found = {}
    for qubit in reversed(qubits):
        code, found[qubit] = divmod(code, 4)
    return found


@dataclass(frozen=True, eq=False)
class _Group:
    """Strings that flip the same bits, with as many Y to a factor of -1."""

    flip: int
    imaginary: bool
    signs: NDArray[np.int64]
    factors: NDArray[np.float64]
    numbers: NDArray[np.int64]


class PauliReader:
    """sum_t w[f, t] <P_t> for every f, the rows of a table of weights.

    `features[f]` maps strings on qubits to real weights, and qubit q is bit `bit[q]` of a basis
    state's number. With Y = iXZ a string is i^y X^flip Z^signs.
    """

    def __init__(self, features: Sequence[Mapping[String, float]], bit: Mapping[int, int]) -> None:
        number = {s: k for k, s in enumerate(dict.fromkeys(s for f in features for s in f))}
        self._size = len(features)
        self._count = len(number)
        entries = [(f, number[s], w) for f, row in enumerate(features) for s, w in row.items()]
        self._feature = np.array([f for f, _, _ in entries], dtype=np.int64)
        self._string = np.array([s for _, s, _ in entries], dtype=np.int64)
        self._weight = np.array([w for _, _, w in entries], dtype=np.float64)
        groups: dict[tuple[int, bool], list[tuple[int, float, int]]] = {}
        for string, which in number.items():
            flip = sum(1 << bit[q] for q, letter in string if letter in (_X, _Y))
            signs = sum(1 << bit[q] for q, letter in string if letter not in (0, _X))
            turns = sum(letter == _Y for _, letter in string)
            # Re(i^y a) is Re a, -Im a, -Re a, Im a for y = 0, 1, 2, 3.
            factor = (1.0, -1.0, -1.0, 1.0)[turns % 4]
            groups.setdefault((flip, turns % 2 == 1), []).append((signs, factor, which))
        self._groups = [
            _Group(
                flip,
                imaginary,
                np.array([one[0] for one in members], dtype=np.int64),
                np.array([one[1] for one in members]),
                np.array([one[2] for one in members], dtype=np.int64),
            )
            for (flip, imaginary), members in groups.items()
        ]

    def read(self, state: NDArray[Any]) -> NDArray[np.float64]:
        """The sums in a state (2, 2^n)."""
        values = np.empty(self._count)
        buffer = None
        for group in self._groups:
            if len(group.signs) < _FEW:
                found = np.empty(len(group.signs))
                pauli_values(state, group.flip, group.imaginary, group.signs, found)
            else:
                buffer = np.empty(state.shape[1]) if buffer is None else buffer
                spectrum(state, group.flip, group.imaginary, buffer)
                found = buffer[group.signs]
            values[group.numbers] = group.factors * found
        weighted = self._weight * values[self._string]
        return np.bincount(self._feature, weighted, minlength=self._size)

"""Strings on a ket as they are read through a readout error: sums of strings on the state.

A string's letters on the qubits of one readout error are a row of its map on Pauli components
(see `Readout`); what the row is made of are strings again, each weighted with a product of
entries of such maps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.forms import coefficient_derivatives
from tnsim.base.parameters import evaluate_affine

from .ends import Array, KetEnds
from .questions import Readout

__all__ = ["MisreadEnds", "supports"]

String = tuple[tuple[int, int], ...]


def supports(strings: Sequence[String], maps: Sequence[Readout]) -> list[set[int]]:
    """By string, the qubits whose state it depends on through the readout errors."""
    found = []
    for string in strings:
        letters = {qubit for qubit, letter in string if letter}
        touched = [set(one.qubits) for one in maps if letters & set(one.qubits)]
        found.append(letters.union(*touched))
    return found


class MisreadEnds:
    """As `KetEnds`, for strings on qubits (qubit q is `axis[q]`) that are read through `maps`.

    Unbound until `at` is given parameter values; `parameters` are the names of the maps.
    """

    weight = 2.0
    _arguments: list[list[float]]
    _entries: NDArray[np.float64]
    _true: NDArray[Any]

    def __init__(
        self,
        axis: Mapping[int, int],
        strings: Sequence[String],
        maps: Sequence[Readout],
        shape: tuple[int, ...],
    ) -> None:
        self._maps, self._shape = tuple(maps), shape
        self.parameters = tuple(
            sorted({name for one in maps for argument in one.args for name in argument.names})
        )
        sizes = [one.form.constants[0].size for one in maps]
        self._offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(int).tolist()
        known: dict[String, int] = {}
        entries: list[tuple[int, int, list[int]]] = []
        for number, string in enumerate(strings):
            for true, factors in self._expanded(dict(string)):
                entries.append((number, known.setdefault(true, len(known)), factors))
        # The place after the maps' entries holds 1, for strings with fewer factors than others.
        most = max((len(factors) for _, _, factors in entries), default=0)
        padding = [self._offsets[-1]] * most
        self._term = np.array([t for t, _, _ in entries], dtype=np.int64)
        self._string = np.array([s for _, s, _ in entries], dtype=np.int64)
        self._factors = np.array(
            [(f + padding)[:most] for _, _, f in entries], dtype=np.int64
        ).reshape(len(entries), most)
        true_strings = [[(axis[q], letter) for q, letter in one] for one in known]
        self._inner = KetEnds(len(axis), true_strings, (len(known),))
        self.elements = self._inner.elements + (4 + 3 * most) * len(entries)

    def _expanded(self, letters: dict[int, int]) -> list[tuple[String, list[int]]]:
        """The strings that one is made of, each with its factors' places among all entries."""
        options: list[list[tuple[dict[int, int], int]]] = []
        for one, offset in zip(self._maps, self._offsets, strict=False):
            row = 0
            for qubit in one.qubits:
                row = 4 * row + letters.get(qubit, 0)
            if not row:
                continue
            width = 4 ** len(one.qubits)
            columns = np.flatnonzero(one.form.support[row]).tolist()
            options.append([(_letters(one.qubits, c), offset + row * width + c) for c in columns])
        found = []
        for chosen in product(*options):
            true = dict(letters)
            for part, _ in chosen:
                true.update(part)
            string = tuple(sorted((q, letter) for q, letter in true.items() if letter))
            found.append((string, [place for _, place in chosen]))
        return found

    def at(self, values: Mapping[str, Any]) -> MisreadEnds:
        """The same at parameter values."""
        bound: MisreadEnds = object.__new__(type(self))
        bound.__dict__.update(self.__dict__)
        bound._arguments = [
            [float(evaluate_affine(a, values)) for a in one.args] for one in self._maps
        ]
        made = [
            one.form.evaluate(arguments).real.reshape(-1)
            for one, arguments in zip(self._maps, bound._arguments, strict=True)
        ]
        bound._entries = np.concatenate([*made, [1.0]])
        return bound

    def start(self) -> NDArray[np.int64]:
        return self._inner.start()

    def read(self, kernel: Any, state: Array) -> NDArray[Any]:
        self._true = self._inner.read(kernel, state)
        weights = self._entries[self._factors].prod(axis=1)
        answer = np.zeros(int(np.prod(self._shape, dtype=np.int64)))
        np.add.at(answer, self._term, weights * self._true[self._string])
        return answer.reshape(self._shape)

    def seed(self, kernel: Any, cotangent: NDArray[Any], state: Array) -> Array:
        weights = self._entries[self._factors].prod(axis=1)
        inner = np.zeros(len(self._true))
        np.add.at(inner, self._string, weights * cotangent.reshape(-1)[self._term])
        return self._inner.seed(kernel, inner, state)

    def slopes(self, cotangent: NDArray[Any]) -> NDArray[np.float64]:
        """The derivatives by `parameters` of what was read last, through the maps alone."""
        outer = cotangent.reshape(-1)[self._term] * self._true[self._string]
        factors = self._entries[self._factors]
        by_entry = np.zeros(len(self._entries))
        for k in range(factors.shape[1]):
            others = np.delete(factors, k, axis=1).prod(axis=1)
            np.add.at(by_entry, self._factors[:, k], outer * others)
        found = dict.fromkeys(self.parameters, 0.0)
        for one, begin, arguments in zip(self._maps, self._offsets, self._arguments, strict=False):
            if not arguments:
                continue
            constants = one.form.constants.real.reshape(len(one.form.constants), -1)
            by_weight = constants @ by_entry[begin : begin + constants.shape[1]]
            by_argument = by_weight @ coefficient_derivatives(one.form.coefficients, arguments)
            for argument, slope in zip(one.args, by_argument.tolist(), strict=True):
                for name, factor in argument.terms.items():
                    found[name] += factor * slope
        return np.array([found[name] for name in self.parameters])


def _letters(qubits: Sequence[int], code: int) -> dict[int, int]:
    found = {}
    for qubit in reversed(qubits):
        code, found[qubit] = divmod(code, 4)
    return found

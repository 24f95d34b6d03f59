"""Questions as sums of product operators, and their answers from the products' values.

Readout errors turn a letter into a combination of itself and the identity, on each qubit by
itself or, where qubits are read together, on all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.parameters import evaluate_affine
from tnsim.circuit import Circuit
from tnsim.lowering.components import component_map
from tnsim.queries import PauliSum

from .products import ProductTerms

__all__ = [
    "Confusion",
    "Frame",
    "Weighted",
    "confusions_of",
    "joined",
    "letter_table",
    "outcome_terms",
    "pauli_terms",
]

I, Z = 0, 3


@dataclass(frozen=True, eq=False)
class Confusion:
    """A readout error at parameter values: C[read, true] on `qubits`."""

    qubits: tuple[int, ...]
    matrix: NDArray[np.float64]


def confusions_of(circuit: Circuit, values: Mapping[str, float]) -> list[Confusion]:
    """The circuit's readout errors in the order in which they apply."""
    found = []
    for one in circuit.readout:
        given = [float(evaluate_affine(a, values)) for a in one.error.strengths_symbolic]
        matrix = np.asarray(one.error.confusion_form.evaluate(given)).real
        found.append(Confusion(tuple(one.qubits), matrix))
    return found


@dataclass(frozen=True, eq=False)
class Frame:
    """Where qubit q stands (`place[q]`, -1 where it does not), and which are dephased."""

    place: NDArray[np.int64]
    dephased: frozenset[int] = frozenset()

    @property
    def num_qubits(self) -> int:
        """How many qubits the circuit has."""
        return len(self.place)


@dataclass(frozen=True, eq=False)
class Weighted:
    """sum_t c_t <P_t>."""

    terms: ProductTerms
    coefficients: NDArray[Any]

    def value(self, values: NDArray[Any]) -> NDArray[Any]:
        """The sum, from the terms' values; real where all coefficients are."""
        total = np.asarray(self.coefficients @ values)
        return total if np.any(self.coefficients.imag) else total.real


def joined(parts: Sequence[Weighted]) -> ProductTerms:
    """The terms of all parts, one part after another."""
    counts = np.cumsum([0, *(one.terms.count for one in parts)])
    tables = {id(one.terms.table): one.terms.table for one in parts}
    starts = np.cumsum([0, *(len(table) for table in tables.values())])
    first = dict(zip(tables, starts.tolist(), strict=False))
    owners = [one.terms.owner + count for one, count in zip(parts, counts, strict=False)]
    letters = [one.terms.letters + first[id(one.terms.table)] for one in parts]
    return ProductTerms(
        int(counts[-1]),
        np.concatenate(owners),
        np.concatenate([one.terms.sites for one in parts]),
        np.concatenate(letters),
        np.concatenate(list(tables.values())),
    )


def pauli_terms(
    operator: PauliSum,
    frame: Frame,
    confusions: Sequence[Confusion],
    table: NDArray[np.float64],
) -> Weighted:
    """A sum of Pauli strings, as measured through readout errors; `table` is `letter_table`'s."""
    if any(len(one.qubits) > 1 for one in confusions):
        return _expanded(operator, frame, confusions)
    owner = np.repeat(np.arange(len(operator)), np.diff(operator.starts))
    qubits = operator.qubits.astype(np.int64)
    letters = 3 * qubits + operator.letters.astype(np.int64) - 1
    return Weighted(
        _sorted_terms(len(operator), owner, frame.place[qubits], letters, table),
        operator.coefficients,
    )


def letter_table(frame: Frame, confusions: Sequence[Confusion]) -> NDArray[np.float64]:
    """Row 3 q + P - 1 is the letter P (1..3) on qubit q as measured, in Pauli components."""
    table = np.zeros((frame.num_qubits, 3, 4))
    for letter in (1, 2, 3):
        table[:, letter - 1, letter] = 1.0
    for one in confusions:
        if len(one.qubits) == 1:
            # Z as measured is a + b Z; what an earlier error made of Z is put in its place.
            add, scale = component_map(one.matrix, [(Z,)], [(I, Z)]).reshape(2)
            table[one.qubits[0]] *= scale
            table[one.qubits[0], :, 0] += add
    for qubit in frame.dephased:
        table[qubit, :2, 1:] = 0.0
    return table.reshape(-1, 4)


def _expanded(operator: PauliSum, frame: Frame, confusions: Sequence[Confusion]) -> Weighted:
    """Term by term, where an error reads several qubits together."""
    numbers: list[complex] = []
    strings: list[dict[int, tuple[int, float, float]]] = []
    starts = operator.starts.tolist()
    pairs = list(zip(operator.qubits.tolist(), operator.letters.tolist(), strict=True))
    for t, coefficient in enumerate(operator.coefficients.tolist()):
        # Each letter P of a string is (P, a, b) for a I + b P.
        found = [(coefficient, {q: (p, 0.0, 1.0) for q, p in pairs[starts[t] : starts[t + 1]]})]
        for one in reversed(confusions):
            found = [made for c, string in found for made in _misread(c, string, one)]
        numbers += [c for c, _ in found]
        strings += [string for _, string in found]
    owner = [t for t, string in enumerate(strings) for _ in string]
    qubits = [q for string in strings for q in string]
    entries = [entry for string in strings for entry in string.values()]
    rows = np.zeros((len(entries), 4))
    for k, (qubit, (letter, add, scale)) in enumerate(zip(qubits, entries, strict=True)):
        rows[k, 0] = add
        if letter == Z or qubit not in frame.dephased:
            rows[k, letter] += scale
    table, letters = np.unique(rows, axis=0, return_inverse=True)
    sites = frame.place[np.array(qubits, dtype=np.int64)]
    terms = _sorted_terms(
        len(strings), np.array(owner, np.int64), sites, letters.reshape(-1).astype(np.int64), table
    )
    return Weighted(terms, np.array(numbers, dtype=np.complex128))


def _misread(
    coefficient: complex, string: dict[int, tuple[int, float, float]], one: Confusion
) -> list[tuple[complex, dict[int, tuple[int, float, float]]]]:
    asked = [string.get(q) for q in one.qubits]
    if all(entry is None for entry in asked):
        return [(coefficient, string)]
    letters = [(I, Z if entry is None else entry[0]) for entry in asked]
    weights = component_map(one.matrix, letters, letters)
    count = len(one.qubits)
    weights = weights.reshape(1 << count, 1 << count)
    mine = np.ones(1)
    for entry in asked:
        mine = np.kron(mine, [1.0, 0.0] if entry is None else entry[1:])
    made = mine @ weights
    if count == 1:
        letter = letters[0][1]
        return [(coefficient, {**string, one.qubits[0]: (letter, made[0], made[1])})]
    rest = {q: entry for q, entry in string.items() if q not in one.qubits}
    found = []
    for index, bits in enumerate(product((0, 1), repeat=count)):
        if made[index]:
            here = {
                q: (pair[1], 0.0, 1.0)
                for q, pair, bit in zip(one.qubits, letters, bits, strict=True)
                if bit
            }
            found.append((coefficient * float(made[index]), {**rest, **here}))
    return found


def outcome_terms(qubits: Sequence[int], letters: str, frame: Frame) -> ProductTerms:
    """All 2^k outcomes (`letters` "outcomes") or all 4^k Pauli strings ("paulis") of k qubits.

    The first qubit is the most significant.
    """
    table = letter_table(frame, ())
    first = len(table)
    base = 2 if letters == "outcomes" else 4
    table = np.concatenate([table, [[0.5, 0, 0, 0.5], [0.5, 0, 0, -0.5], [1.0, 0, 0, 0]]])
    count = base ** len(qubits)
    digits = np.arange(count)[:, None] // base ** np.arange(len(qubits))[::-1] % base
    owners = np.broadcast_to(np.arange(count)[:, None], digits.shape)
    chosen = np.array(qubits, dtype=np.int64)
    if base == 2:
        codes = first + digits
    else:
        codes = np.where(digits == 0, first + 2, 3 * chosen + digits - 1)
    sites = np.broadcast_to(frame.place[chosen], digits.shape)
    return _sorted_terms(count, owners.ravel(), sites.ravel(), codes.ravel(), table)


def _sorted_terms(
    count: int,
    owner: NDArray[np.int64],
    sites: NDArray[np.int64],
    letters: NDArray[np.int64],
    table: NDArray[np.float64],
) -> ProductTerms:
    order = np.lexsort((sites, owner))
    return ProductTerms(count, owner[order], sites[order], letters[order], table)

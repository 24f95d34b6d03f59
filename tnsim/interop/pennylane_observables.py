"""Observables of PennyLane as Pauli sums, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tnsim.base.errors import QueryError
from tnsim.queries import PauliSum

from .packages import library

__all__ = ["from_pennylane_observable", "to_pennylane_observable"]

_LETTERS = {"X": 1, "Y": 2, "Z": 3}
_MOST_WIRES = 6


def from_pennylane_observable(observable: Any, *, wires: Sequence[Any] | None = None) -> PauliSum:
    """The Pauli sum of an observable of PennyLane: a Hamiltonian, sums and products of Paulis.

    `wires` lists PennyLane's wires in the order that they have here; without it wires must be
    integers, which are kept. Observables without a Pauli representation (`Hermitian`,
    `Projector`) are expanded from their matrix on up to 6 wires. Raises `QueryError` for others.

    >>> import pennylane as qml  # doctest: +SKIP
    >>> from_pennylane_observable(0.5 * qml.Z(0) @ qml.X(2))  # doctest: +SKIP
    PauliSum({'Z0 X2': 0.5})
    """
    place = None if wires is None else {wire: k for k, wire in enumerate(wires)}
    sentence = getattr(observable, "pauli_rep", None)
    if sentence is None:
        return _from_matrix(observable, place)
    where: list[int] = []
    what: list[int] = []
    starts, coefficients = [0], []
    for word, coefficient in sentence.items():
        for wire, letter in word.items():
            where.append(_place(wire, place))
            what.append(_LETTERS[letter])
        starts.append(len(where))
        coefficients.append(complex(coefficient))
    if not coefficients:
        return PauliSum({"I": 0.0})
    return PauliSum.from_arrays(
        np.array(where, dtype=np.int64), np.array(what, dtype=np.int64), coefficients, starts=starts
    )


def to_pennylane_observable(observable: PauliSum, *, wires: Sequence[Any] | None = None) -> Any:
    """The sum as a PennyLane observable, on `wires[k]` or k for our qubit k.

    >>> to_pennylane_observable(PauliSum({"Z0 X2": 0.5}))  # doctest: +SKIP
    0.5 * (Z(0) @ X(2))
    """
    if not isinstance(observable, PauliSum):
        raise QueryError(f"`observable` must be a PauliSum (got {type(observable).__name__})")
    if wires is not None:
        observable.validate(len(wires))
    pauli = library("pennylane").pauli
    starts = observable.starts.tolist()
    where, what = observable.qubits.tolist(), observable.letters.tolist()
    terms: dict[Any, Any] = {}
    for term, coefficient in enumerate(observable.coefficients.tolist()):
        part = slice(starts[term], starts[term + 1])
        word = {
            q if wires is None else wires[q]: "IXYZ"[letter]
            for q, letter in zip(where[part], what[part], strict=True)
        }
        terms[pauli.PauliWord(word)] = coefficient if coefficient.imag else coefficient.real
    first = (0 if wires is None else wires[0],)
    return pauli.PauliSentence(terms).operation(wire_order=first)


def _from_matrix(observable: Any, place: dict[Any, int] | None) -> PauliSum:
    kind = library("pennylane").operation.Operator
    wires = getattr(observable, "wires", ())
    if not isinstance(observable, kind) or not 0 < len(wires) <= _MOST_WIRES:
        raise QueryError(
            f"`observable` must be an observable of PennyLane made of Paulis, or with a matrix on "
            f"up to {_MOST_WIRES} wires (got {type(observable).__name__})"
        )
    matrix = np.asarray(observable.matrix(wire_order=wires))
    return PauliSum.from_matrix(matrix, [_place(wire, place) for wire in wires])


def _place(wire: Any, place: dict[Any, int] | None) -> int:
    if place is not None:
        if wire not in place:
            raise QueryError(f"`wires` must list {wire!r}, on which the observable acts")
        return place[wire]
    if not isinstance(wire, int | np.integer) or wire < 0:
        raise QueryError(f"`wires` must be given, since {wire!r} is no number")
    return int(wire)

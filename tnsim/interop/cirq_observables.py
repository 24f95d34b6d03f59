"""Pauli sums of Cirq as ours, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tnsim.base.errors import QueryError
from tnsim.queries import PauliSum

from .packages import library

__all__ = ["from_cirq_pauli_sum", "to_cirq_pauli_sum"]


def from_cirq_pauli_sum(observable: Any, *, qubits: Sequence[Any] | None = None) -> PauliSum:
    """The Pauli sum of a Cirq `PauliSum` or `PauliString` with numbers as coefficients.

    `qubits` lists Cirq's qubits in the order that they have here. Without it they must be
    `LineQubit`s, whose numbers are kept.

    >>> import cirq  # doctest: +SKIP
    >>> from_cirq_pauli_sum(0.5 * cirq.Z(cirq.LineQubit(3)))  # doctest: +SKIP
    PauliSum({'Z3': 0.5})
    """
    cirq = library("cirq")
    if isinstance(observable, cirq.PauliString | cirq.Pauli | cirq.GateOperation):
        observable = cirq.PauliSum() + observable
    if not isinstance(observable, cirq.PauliSum):
        raise QueryError(
            f"`observable` must be a PauliSum or PauliString of Cirq (got "
            f"{type(observable).__name__})"
        )
    place = None if qubits is None else {qubit: k for k, qubit in enumerate(qubits)}
    letters = {cirq.X: 1, cirq.Y: 2, cirq.Z: 3}
    where: list[int] = []
    what: list[int] = []
    starts, coefficients = [0], []
    for term in observable:
        for qubit, pauli in term.items():
            where.append(_place(cirq, qubit, place))
            what.append(letters[pauli])
        starts.append(len(where))
        coefficients.append(_number(term.coefficient))
    if not coefficients:
        return PauliSum({"I": 0.0})
    return PauliSum.from_arrays(
        np.array(where, dtype=np.int64), np.array(what, dtype=np.int64), coefficients, starts=starts
    )


def to_cirq_pauli_sum(observable: PauliSum, *, qubits: Sequence[Any] | None = None) -> Any:
    """The sum as a Cirq `PauliSum`, on `qubits[k]` or `cirq.LineQubit(k)` for our qubit k.

    >>> print(to_cirq_pauli_sum(PauliSum({"Z0 X2": 0.5})))  # doctest: +SKIP
    0.500*Z(q(0))*X(q(2))
    """
    if not isinstance(observable, PauliSum):
        raise QueryError(f"`observable` must be a PauliSum (got {type(observable).__name__})")
    cirq = library("cirq")
    if qubits is not None:
        observable.validate(len(qubits))
    paulis = (cirq.I, cirq.X, cirq.Y, cirq.Z)
    total = cirq.PauliSum()
    starts = observable.starts.tolist()
    where, what = observable.qubits.tolist(), observable.letters.tolist()
    for term, coefficient in enumerate(observable.coefficients.tolist()):
        part = slice(starts[term], starts[term + 1])
        string = {
            cirq.LineQubit(q) if qubits is None else qubits[q]: paulis[letter]
            for q, letter in zip(where[part], what[part], strict=True)
        }
        total += cirq.PauliString(string, coefficient=coefficient)
    return total


def _place(cirq: Any, qubit: Any, place: dict[Any, int] | None) -> int:
    if place is not None:
        if qubit not in place:
            raise QueryError(f"`qubits` must list {qubit}, on which the observable acts")
        return place[qubit]
    if not isinstance(qubit, cirq.LineQubit) or qubit.x < 0:
        raise QueryError(f"`qubits` must be given, since {qubit} has no number of its own")
    return int(qubit.x)


def _number(coefficient: Any) -> complex:
    try:
        return complex(coefficient)
    except TypeError as error:
        raise QueryError(f"a coefficient must be a number (got {coefficient})") from error

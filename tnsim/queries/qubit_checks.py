"""Checks that several queries share: lists of qubits and numbers of qubits."""

from __future__ import annotations

import operator
from collections.abc import Iterable

from tnsim.base.errors import QueryError

__all__ = ["as_qubits", "check_in_range", "check_num_qubits"]


def as_qubits(name: str, qubits: int | Iterable[int]) -> tuple[int, ...]:
    """`qubits` as a tuple of distinct non-negative ints, at least one; a single int counts."""
    if isinstance(qubits, str | bytes):
        raise QueryError(f"`{name}` must be ints such as [0, 3] (got {qubits!r})")
    listed = list(qubits) if isinstance(qubits, Iterable) else [qubits]
    result = tuple(_as_qubit(name, qubit) for qubit in listed)
    if not result:
        raise QueryError(f"`{name}` must name at least one qubit (got none)")
    if len(set(result)) != len(result):
        twice = next(qubit for qubit in result if result.count(qubit) > 1)
        raise QueryError(f"`{name}` must name each qubit once, but qubit {twice} comes twice")
    return result


def check_in_range(name: str, qubits: Iterable[int], num_qubits: int) -> None:
    """Raise `QueryError` unless all of `qubits` are below `num_qubits`."""
    most = max(qubits, default=-1)
    if most >= num_qubits:
        raise QueryError(
            f"`{name}` must be qubits of the circuit, 0 to {num_qubits - 1} (got qubit {most})"
        )


def check_num_qubits(num_qubits: int) -> None:
    """Raise `QueryError` unless `num_qubits` is a positive int."""
    if isinstance(num_qubits, bool) or not isinstance(num_qubits, int) or num_qubits < 1:
        raise QueryError(f"`num_qubits` must be a positive int (got {num_qubits!r})")


def _as_qubit(name: str, qubit: object) -> int:
    if isinstance(qubit, bool):
        raise QueryError(f"`{name}` must be ints (got {qubit!r})")
    try:
        number = operator.index(qubit)  # type: ignore[arg-type]
    except TypeError:
        raise QueryError(f"`{name}` must be ints (got {qubit!r})") from None
    if not 0 <= number < 1 << 31:
        raise QueryError(f"`{name}` must be at least 0 and below 2^31 (got {number})")
    return number

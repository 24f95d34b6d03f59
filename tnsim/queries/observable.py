"""What users may write for an observable, and its one stored form, `PauliSum`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tnsim.base.errors import QueryError

from .pauli_sum import PauliSum

__all__ = ["Observable", "as_pauli_sum", "observable_text"]

Observable = (
    str | PauliSum | Mapping[str, complex] | Sequence[tuple[str, complex]] | tuple[Any, Any]
)
"""A Pauli string, a sum of them (PauliSum, mapping or pairs), or the tuple (matrix, qubits)."""


def as_pauli_sum(observable: Observable) -> PauliSum:
    """`observable` as a PauliSum.

    >>> as_pauli_sum(([[1, 0], [0, -1]], 62))
    PauliSum({'Z62': 1.0})
    """
    if isinstance(observable, PauliSum):
        return observable
    if _is_matrix_with_qubits(observable):
        return PauliSum.from_matrix(*observable)
    if isinstance(observable, tuple) and len(observable) == 2 and isinstance(observable[0], str):
        raise QueryError(
            f"an observable's pairs must be in a list, but this is one pair (got {observable!r}); "
            "write [(string, number)]"
        )
    return PauliSum(observable)


def observable_text(observable: PauliSum) -> str:
    """The shortest text that `as_pauli_sum` reads back: a string or a mapping."""
    terms = dict(observable.items()) or {"I": 0.0}
    if list(terms.values()) == [1.0] and isinstance(next(iter(terms.values())), float):
        return repr(next(iter(terms)))
    return repr(terms)


def _is_matrix_with_qubits(observable: object) -> bool:
    if not isinstance(observable, tuple) or len(observable) != 2:
        return False
    first = observable[0]
    pair = isinstance(first, tuple | list) and len(first) == 2 and isinstance(first[0], str)
    return not isinstance(first, str) and not pair

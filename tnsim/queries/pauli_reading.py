"""Terms of a Pauli sum from what users write: strings, mappings, pairs and arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tnsim.base.errors import QueryError

from .fields import check_number
from .pauli_kernels import Terms
from .pauli_text import MOST_QUBITS, parse_pauli, reach_of

__all__ = ["terms_from_arrays", "terms_from_strings"]


def terms_from_strings(strings: object) -> tuple[Terms, int]:
    """One string, a mapping from strings to numbers, or pairs (string, number); not merged.

    Beside the terms, how many qubits the strings are written for.
    """
    pairs = _as_pairs(strings)
    if not pairs:
        raise QueryError(
            "a Pauli sum must have at least one term, but this one is empty; "
            "write {'I': 0} for zero"
        )
    parsed = [parse_pauli(text) for text, _ in pairs]
    starts = np.cumsum([0, *map(len, parsed)], dtype=np.int64)
    flat = np.array([pair for term in parsed for pair in term], np.int64).reshape(-1, 2)
    numbers = [check_number(f"the coefficient of {text!r}", c) for text, c in pairs]
    coefficients = np.array(numbers, dtype=np.complex128)
    terms = Terms(starts, flat[:, 0].astype(np.int32), flat[:, 1].astype(np.uint8), coefficients)
    return terms, max(reach_of(text) for text, _ in pairs)


def _as_pairs(strings: object) -> list[tuple[str, object]]:
    if isinstance(strings, str):
        return [(strings, 1.0)]
    if isinstance(strings, Mapping):
        return list(strings.items())
    if isinstance(strings, bytes) or not isinstance(strings, Iterable):
        raise QueryError(
            "an observable must be a Pauli string, a mapping from strings to numbers, pairs "
            f"(string, number), a PauliSum or (matrix, qubits) (got {strings!r})"
        )
    pairs = list(strings)
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise QueryError(f"a Pauli sum's pairs must be (string, number) (got {pair!r})")
    return [(pair[0], pair[1]) for pair in pairs]


def terms_from_arrays(
    qubits: ArrayLike, letters: ArrayLike, coefficients: ArrayLike, starts: ArrayLike | None
) -> Terms:
    """Checked columns, not merged; see `PauliSum.from_arrays` for the shapes."""
    numbers = np.asarray(coefficients)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iufc":
        raise QueryError(
            "`coefficients` must be numbers of shape (T,) "
            f"(got {numbers.dtype} of shape {numbers.shape})"
        )
    where, which = _integers("qubits", qubits), _integers("letters", letters)
    if starts is None:
        if which.ndim != 2 or len(which) != len(numbers):
            raise QueryError(
                f"`letters` must have shape ({len(numbers)}, w) to go with `coefficients`, "
                f"but its shape is {which.shape}; give `starts` for ragged terms"
            )
        if where.shape not in (which.shape, which.shape[1:]):
            raise QueryError(
                f"`qubits` must have the shape of `letters`, {which.shape}, or "
                f"{which.shape[1:]} (got {where.shape})"
            )
        where = np.broadcast_to(where, which.shape)
        offsets = np.arange(len(numbers) + 1, dtype=np.int64) * which.shape[1]
    else:
        offsets = _checked_starts(_integers("starts", starts), where, which, len(numbers))
    where, which = where.ravel(), which.ravel()
    if np.any((which < 0) | (which > 3)):
        raise QueryError("`letters` must be 0, 1, 2 or 3 for I, X, Y, Z")
    if np.any((where < 0) | (where >= MOST_QUBITS)):
        raise QueryError("`qubits` must be at least 0 and below 2^31")
    terms = Terms(
        offsets, where.astype(np.int32), which.astype(np.uint8), numbers.astype(np.complex128)
    )
    _check_distinct(terms)
    return terms


def _integers(name: str, values: ArrayLike) -> NDArray[np.int64]:
    array = np.asarray(values)
    if array.dtype.kind not in "iu" and array.size:
        raise QueryError(f"`{name}` must be integers (got {array.dtype})")
    return array.astype(np.int64)


def _checked_starts(
    starts: NDArray[np.int64],
    qubits: NDArray[np.int64],
    letters: NDArray[np.int64],
    count: int,
) -> NDArray[np.int64]:
    if qubits.ndim != 1 or qubits.shape != letters.shape:
        raise QueryError(
            "`qubits` and `letters` must have one shape (m,) with `starts` "
            f"(got {qubits.shape} and {letters.shape})"
        )
    if starts.shape != (count + 1,) or starts[0] != 0 or starts[-1] != len(qubits):
        raise QueryError(f"`starts` must have shape ({count + 1},) and run from 0 to {len(qubits)}")
    if np.any(np.diff(starts) < 0):
        raise QueryError("`starts` must not descend")
    return starts


def _check_distinct(terms: Terms) -> None:
    owners = terms.owners
    order = np.lexsort((terms.qubits, owners))
    owners, qubits = owners[order], terms.qubits[order]
    twice = np.flatnonzero((owners[1:] == owners[:-1]) & (qubits[1:] == qubits[:-1]))
    if len(twice):
        raise QueryError(
            f"each term must name each qubit once, but term {owners[twice[0]]} has qubit "
            f"{qubits[twice[0]]} twice"
        )

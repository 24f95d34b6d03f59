"""`PauliSum`: an operator as a sum of Pauli strings, stored in columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tnsim.base.errors import QueryError

from .fields import check_fields, check_number, is_number, read_number, write_number
from .pauli_kernels import Terms, canonical_terms, concatenate_terms, multiply_terms, take_terms
from .pauli_matrix import MOST_DENSE_QUBITS, terms_from_matrix, terms_to_matrix
from .pauli_reading import terms_from_arrays, terms_from_strings
from .pauli_text import format_pauli
from .qubit_checks import as_qubits, check_in_range, check_num_qubits

__all__ = ["PauliSum"]

_SHOWN_TERMS = 4


class PauliSum:
    """The operator sum_t c_t P_t of Pauli strings P_t with complex coefficients c_t.

    `strings` is one string with coefficient 1 ("Z62", "X0 Z1", or dense "ZZI" where character i
    is qubit i), a mapping from strings to coefficients, or pairs of them; large sums come faster
    from `from_arrays`. Equal strings are added and exact zeros dropped, so a value has one form:
    terms by weight, then by qubits and letters. Immutable, hashable, equal by value.

    >>> PauliSum({"Z0 Z1": 0.5, "X3": -1}) + PauliSum("X3")
    PauliSum({'Z0 Z1': 0.5})
    >>> PauliSum("X0") * PauliSum("Y0")
    PauliSum({'Z0': 1j})
    """

    __slots__ = ("_hash", "_reach", "_terms")
    __array_ufunc__ = None
    _terms: Terms
    _hash: int | None
    # For how many qubits the operator was written: "ZZI" for 3, though the I is not stored. A
    # part of no value, only of what `validate` refuses.
    _reach: int

    def __init__(
        self, strings: str | Mapping[str, complex] | Sequence[tuple[str, complex]]
    ) -> None:
        terms, reach = terms_from_strings(strings)
        self._set(canonical_terms(terms), reach)

    @classmethod
    def from_arrays(
        cls,
        qubits: ArrayLike,
        letters: ArrayLike,
        coefficients: ArrayLike,
        *,
        starts: ArrayLike | None = None,
    ) -> PauliSum:
        """T terms from arrays, `letters` numbered I, X, Y, Z = 0, 1, 2, 3.

        Rectangular: `letters` has shape (T, w) and `qubits` the same, or (w,) for all terms.
        Ragged: `letters` and `qubits` have shape (m,), and term t owns the entries
        starts[t] to starts[t+1]-1, with `starts` of shape (T+1,). `coefficients` has shape (T,).

        >>> PauliSum.from_arrays([[0, 1], [1, 2]], [[3, 3], [3, 3]], [1.0, 2.0])
        PauliSum({'Z0 Z1': 1.0, 'Z1 Z2': 2.0})
        """
        return cls._of(canonical_terms(terms_from_arrays(qubits, letters, coefficients, starts)))

    @classmethod
    def from_matrix(cls, matrix: ArrayLike, qubits: int | Sequence[int]) -> PauliSum:
        """A (2^k, 2^k) matrix on k <= 6 qubits, the first listed most significant.

        Coefficients are Tr[P M] / 2^k; parts below 16 eps times the largest entry are rounding
        noise and count as zero.

        >>> PauliSum.from_matrix([[0, 1], [1, 0]], 3)
        PauliSum({'X3': 1.0})
        """
        where = as_qubits("qubits", qubits)
        return cls._of(terms_from_matrix(matrix, where), 1 + max(where))

    @classmethod
    def _of(cls, terms: Terms, reach: int = 0) -> PauliSum:
        new = cls.__new__(cls)
        new._set(terms, reach)
        return new

    def _set(self, terms: Terms, reach: int) -> None:
        if not np.isfinite(terms.coefficients).all():
            raise QueryError("a PauliSum's coefficients must be finite, but one is NaN or infinite")
        for column in terms:
            column.setflags(write=False)
        self._terms = terms
        self._hash = None
        self._reach = max(reach, 1 + int(terms.qubits.max(initial=-1)))

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where each term's letters begin, shape (T+1,), read-only like all columns."""
        return self._terms.starts

    @property
    def qubits(self) -> NDArray[np.int32]:
        """The qubits of all letters, shape (m,), ascending within each term."""
        return self._terms.qubits

    @property
    def letters(self) -> NDArray[np.uint8]:
        """The letters, shape (m,): 1, 2, 3 for X, Y, Z; identities are not stored."""
        return self._terms.letters

    @property
    def coefficients(self) -> NDArray[np.complex128]:
        """The coefficients, shape (T,), complex also where all are real."""
        return self._terms.coefficients

    @property
    def weights(self) -> NDArray[np.int64]:
        """On how many qubits each term acts, shape (T,)."""
        return self._terms.weights

    @property
    def support(self) -> NDArray[np.int64]:
        """The qubits on which any term acts, ascending."""
        return np.unique(self._terms.qubits).astype(np.int64)

    @property
    def is_hermitian(self) -> bool:
        """Whether every coefficient is exactly real."""
        return not np.any(self._terms.coefficients.imag)

    def __len__(self) -> int:
        return len(self._terms.coefficients)

    def items(self) -> Iterator[tuple[str, complex]]:
        """(sparse string, coefficient) of every term; real coefficients as floats."""
        pairs = list(zip(self._terms.qubits.tolist(), self._terms.letters.tolist(), strict=True))
        starts = self._terms.starts.tolist()
        for term, coefficient in enumerate(self._terms.coefficients.tolist()):
            number = coefficient if coefficient.imag else coefficient.real
            yield format_pauli(pairs[starts[term] : starts[term + 1]]), number

    def take(self, index: ArrayLike) -> PauliSum:
        """The terms numbered `index` (distinct numbers, or a mask)."""
        chosen = np.asarray(index)
        try:
            rows = np.arange(len(self))[chosen if chosen.size else []]
        except IndexError as error:
            raise QueryError(f"`index` must pick from {len(self)} terms: {error}") from error
        return self._of(take_terms(self._terms, np.unique(rows)))

    def restrict(self, qubits: int | Sequence[int]) -> PauliSum:
        """The terms that act on no qubit outside `qubits`."""
        kept = np.array(as_qubits("qubits", qubits))
        outside = ~np.isin(self._terms.qubits, kept)
        strays = np.bincount(self._terms.owners[outside], minlength=len(self))
        return self.take(np.flatnonzero(strays == 0))

    def relabel(self, mapping: ArrayLike) -> PauliSum:
        """Qubit q becomes mapping[q]; `mapping` must be one-to-one on the support."""
        table = np.asarray(mapping)
        if table.ndim != 1 or (len(self.support) and self.support[-1] >= len(table)):
            raise QueryError(
                f"`mapping` must give a qubit for each of 0 to {self.support.max(initial=0)} "
                f"(got shape {table.shape})"
            )
        t = self._terms
        return self.from_arrays(table[t.qubits], t.letters, t.coefficients, starts=t.starts)

    def adjoint(self) -> PauliSum:
        """The Hermitian conjugate: each coefficient's complex conjugate."""
        coefficients = self._terms.coefficients.conj() + 0.0
        return self._of(self._terms._replace(coefficients=coefficients), self._reach)

    def to_matrix(self, num_qubits: int) -> NDArray[np.complex128]:
        """The dense matrix, shape (2^n, 2^n), for n <= 13; qubit 0 most significant."""
        self.validate(num_qubits)
        if num_qubits > MOST_DENSE_QUBITS:
            raise QueryError(
                f"`num_qubits` must be at most {MOST_DENSE_QUBITS} for a dense matrix "
                f"(got {num_qubits})"
            )
        return terms_to_matrix(self._terms, num_qubits)

    def validate(self, num_qubits: int) -> None:
        """Raise `QueryError` unless every qubit is below `num_qubits`, those of identities too."""
        check_num_qubits(num_qubits)
        check_in_range("observable", [self._reach - 1], num_qubits)

    def to_dict(self) -> dict[str, Any]:
        """A JSON object; `terms` holds [string, number] pairs, complex as {"complex": [re, im]}."""
        terms = [[text, write_number(number)] for text, number in self.items()]
        return {"kind": "pauli_sum", "version": 1, "terms": terms}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PauliSum:
        """The inverse of `to_dict`; `QueryError` on anything else."""
        fields = check_fields(data, "pauli_sum", ("terms",))
        pairs = fields["terms"]
        if not isinstance(pairs, list) or not all(
            isinstance(p, list) and len(p) == 2 for p in pairs
        ):
            raise QueryError("a pauli_sum's `terms` must be a list of [string, number] pairs")
        if not pairs:
            return cls._of(concatenate_terms([]))
        return cls([(text, read_number(number)) for text, number in pairs])

    def __add__(self, other: PauliSum | complex) -> PauliSum:
        right = _operand(other)
        if right is None:
            return NotImplemented
        terms = concatenate_terms([self._terms, right._terms])
        return self._of(canonical_terms(terms), max(self._reach, right._reach))

    def __radd__(self, other: complex) -> PauliSum:
        return self.__add__(other)

    def __neg__(self) -> PauliSum:
        terms = self._terms._replace(coefficients=0.0 - self._terms.coefficients)
        return self._of(terms, self._reach)

    def __sub__(self, other: PauliSum | complex) -> PauliSum:
        right = _operand(other)
        return NotImplemented if right is None else self + -right

    def __rsub__(self, other: complex) -> PauliSum:
        return (-self).__add__(other)

    def __mul__(self, other: PauliSum | complex) -> PauliSum:
        right = _operand(other)
        if right is None:
            return NotImplemented
        terms = multiply_terms(self._terms, right._terms)
        return self._of(terms, max(self._reach, right._reach))

    def __rmul__(self, other: complex) -> PauliSum:
        return self.__mul__(other)

    def __truediv__(self, divisor: complex) -> PauliSum:
        if not is_number(divisor):
            return NotImplemented
        number = check_number("a divisor", divisor)
        if number == 0:
            raise QueryError("a PauliSum must be divided by a nonzero number (got 0)")
        with np.errstate(over="ignore", invalid="ignore"):
            coefficients = self._terms.coefficients / number
        quotient = self._terms._replace(coefficients=coefficients)
        return self._of(canonical_terms(quotient), self._reach)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PauliSum):
            return NotImplemented
        return self is other or self._bytes() == other._bytes()

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(self._bytes())
        return self._hash

    def _bytes(self) -> tuple[bytes, ...]:
        # One value has one form (see `canonical_terms`), so equal bytes mean equal operators.
        t = self._terms
        columns = (t.starts, t.qubits, t.letters, t.coefficients)
        return tuple(column.tobytes() for column in columns)

    def __reduce__(self) -> tuple[Any, ...]:
        return (PauliSum.from_dict, (self.to_dict(),))

    def __repr__(self) -> str:
        if not len(self):
            return "PauliSum({'I': 0.0})"
        return f"PauliSum({dict(self.items())!r})"

    def __str__(self) -> str:
        head = self.take(np.arange(min(_SHOWN_TERMS, len(self))))
        shown = [f"{number:g}*{text}" for text, number in head.items()]
        more = f" + ... ({len(self)} terms)" if len(self) > _SHOWN_TERMS else ""
        return " + ".join(shown) + more if shown else "0"


def _operand(value: object) -> PauliSum | None:
    """`value` as a PauliSum, a number standing for that multiple of the identity, or None."""
    if isinstance(value, PauliSum):
        return value
    if not is_number(value):
        return None
    return PauliSum({"I": check_number("a coefficient", value)})

"""Sums of constant matrices with symbolic coefficients, multiplied and merged exactly.

Terms are what a `Form` is made from: products multiply coefficients pairwise (the outer product
of the coefficient lists), equal coefficients are merged, and matrices that cancel disappear, so
that an entry is zero in all constants exactly where it is zero at every strength.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import NoiseError
from tnsim.base.forms import Form, fixed_form

from .coefficients import Coefficient, Monomial, evaluator, product, text_of
from .rounding import without_rounding

__all__ = ["Terms"]

Matrix = NDArray[Any]
_MOST_BYTES = 1 << 30


@dataclass(frozen=True, eq=False)
class Terms:
    """The matrix sum_m m(p) parts[m], where every m is a product of functions of strengths.

    >>> import numpy as np
    >>> from .coefficients import Slot, apply, number
    >>> flip = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> p = apply("value", Slot(0))
    >>> terms = Terms.of([(number(1.0), np.eye(2)), (p, flip - np.eye(2))])
    >>> (terms @ terms).form(1).key
    'noise[1]:1;p0;p0*p0'
    """

    parts: Mapping[Monomial, Matrix]

    @classmethod
    def of(cls, pairs: Iterable[tuple[Coefficient, Matrix]]) -> Terms:
        """The sum of coefficient * matrix."""
        return _merged((c.monomial, c.factor * a, abs(c.factor) * np.abs(a)) for c, a in pairs)

    @classmethod
    def diagonal(cls, pairs: Iterable[tuple[Coefficient, Matrix]]) -> Terms:
        """The sum of coefficient * diag(vector)."""
        vectors = cls.of(pairs)
        _check_size(sum(a.nbytes * a.size for a in vectors.parts.values()))
        return vectors.mapped(np.diag)

    @classmethod
    def fixed(cls, matrix: Matrix) -> Terms:
        """A matrix without strengths."""
        return cls({(): matrix})

    def __add__(self, other: Terms) -> Terms:
        both = [*self.parts.items(), *other.parts.items()]
        return _merged((m, a, np.abs(a)) for m, a in both)

    def __mul__(self, factor: Coefficient) -> Terms:
        return _merged(
            (product(m, factor.monomial), factor.factor * a, abs(factor.factor) * np.abs(a))
            for m, a in self.parts.items()
        )

    def __matmul__(self, other: Terms) -> Terms:
        return self._times(other, np.matmul)

    def kron(self, other: Terms) -> Terms:
        """The tensor product, this one on the first qubits."""
        return self._times(other, np.kron)

    def mapped(self, function: Callable[[Matrix], Matrix]) -> Terms:
        """A linear function of every constant matrix."""
        return Terms({m: function(a) for m, a in self.parts.items()})

    def form(self, num_params: int) -> Form:
        """The same matrix as a `Form` of `num_params` parameters (the slots)."""
        monomials = sorted(self.parts, key=text_of)
        if num_params == 0:
            return fixed_form(self.parts[monomials[0]])
        _check_size(len(monomials) * self.parts[monomials[0]].nbytes)
        key = f"noise[{num_params}]:" + ";".join(map(text_of, monomials))
        constants = np.stack([self.parts[m] for m in monomials])
        return Form(key, num_params, evaluator(monomials), constants)

    def _times(self, other: Terms, multiply: Callable[[Matrix, Matrix], Matrix]) -> Terms:
        first, second = (next(iter(t.parts.values())) for t in (self, other))
        size = math.prod(multiply(first[:1, :1], second[:1, :1]).shape) * first.size
        size *= second.size if multiply is np.kron else 1
        _check_size(len(self.parts) * len(other.parts) * size * first.itemsize)
        return _merged(
            (product(m, k), multiply(a, b), multiply(np.abs(a), np.abs(b)))
            for m, a in self.parts.items()
            for k, b in other.parts.items()
        )


def _merged(triples: Iterable[tuple[Monomial, Matrix, Matrix]]) -> Terms:
    """Sums by monomial; each triple is (monomial, matrix, moduli of what was summed for it)."""
    found: dict[Monomial, tuple[Matrix, Matrix]] = {}
    for monomial, matrix, magnitude in triples:
        if monomial in found:
            matrix, magnitude = found[monomial][0] + matrix, found[monomial][1] + magnitude
        found[monomial] = matrix, magnitude
    exact = {m: without_rounding(*pair) for m, pair in found.items()}
    kept = {m: a for m, a in exact.items() if np.any(a)}
    zero = np.zeros_like(next(iter(exact.values())))
    return Terms(kept or {(): zero})


def _check_size(size: int) -> None:
    if size > _MOST_BYTES:
        raise NoiseError(
            f"a channel's constants must fit into 1 GiB, but they take {size} bytes; use fewer "
            "qubits or fewer symbolic strengths, or bind some"
        )

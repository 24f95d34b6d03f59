"""The table of expressions that angles refer to, and affine maps of angle columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tnsim.base.parameters import Affine, Parameter

__all__ = ["ExpressionTable", "substituted", "weighted_sum"]

Floats = NDArray[np.float64]
Symbols = NDArray[np.int32]


class ExpressionTable:
    """Distinct expressions by index; equal expressions have one index."""

    __slots__ = ("_ids", "_list")

    def __init__(self, expressions: Sequence[Affine] = ()) -> None:
        self._list: list[Affine] = []
        self._ids: dict[Affine | Parameter, int] = {}
        for expression in expressions:
            self.intern(expression)

    def __len__(self) -> int:
        return len(self._list)

    def __getitem__(self, index: int) -> Affine:
        return self._list[index]

    def as_tuple(self) -> tuple[Affine, ...]:
        """The expressions in the order of their indices."""
        return tuple(self._list)

    def intern(self, expression: Parameter | Affine) -> int:
        """The index of an expression, entering it where it is new."""
        index = self._ids.get(expression)
        if index is None:
            affine = +expression
            index = self._ids.get(affine)
            if index is None:
                index = len(self._list)
                self._list.append(affine)
            self._ids[affine] = self._ids[expression] = index
        return index

    def mapped(
        self, angles: Floats, symbols: Symbols, matrix: Floats, shift: Floats
    ) -> tuple[Floats, Symbols]:
        """Rows of angles (R, m) to matrix @ angles + shift, (R, k), expressions included.

        Python runs once for each distinct combination of expressions, never for each row.
        """
        values = angles @ matrix.T + shift
        found = np.full(values.shape, -1, dtype=np.int32)
        if not np.any(symbols >= 0):
            return values, found
        for column, weights in enumerate(matrix):
            used = np.flatnonzero(weights)
            rows = np.flatnonzero(np.any(symbols[:, used] >= 0, axis=1))
            if len(rows):
                part = symbols[np.ix_(rows, used)]
                index, constants = self._combined(
                    angles[np.ix_(rows, used)], part, weights[used], float(shift[column])
                )
                found[rows, column] = index
                values[rows, column] = constants
        return values, found

    def _combined(
        self, angles: Floats, symbols: Symbols, weights: Floats, shift: float
    ) -> tuple[Symbols, Floats]:
        """Per row the symbol of sum_j weights_j * (expression or angle)_j + shift."""
        keys = np.concatenate([symbols.astype(np.float64), angles], axis=1)
        distinct, inverse = np.unique(keys, axis=0, return_inverse=True)
        count = symbols.shape[1]
        indices = np.empty(len(distinct), dtype=np.int32)
        constants = np.zeros(len(distinct))
        for row, key in enumerate(distinct):
            total = Affine({}, shift)
            for weight, symbol, angle in zip(weights, key[:count], key[count:], strict=True):
                term = self._list[int(symbol)] if symbol >= 0 else Affine({}, float(angle))
                total = total + term * float(weight)
            indices[row] = self.intern(total) if total.names else -1
            constants[row] = 0.0 if total.names else total.constant
        return indices[inverse.reshape(-1)], constants[inverse.reshape(-1)]


def weighted_sum(
    expressions: Sequence[Affine], weights: Sequence[float], constant: float
) -> Affine:
    """sum_i weights_i * expressions_i + constant, in time linear in the number of terms."""
    terms: dict[str, float] = {}
    for expression, weight in zip(expressions, weights, strict=True):
        constant += weight * expression.constant
        for name, factor in expression.terms.items():
            terms[name] = terms.get(name, 0.0) + weight * factor
    return Affine(terms, constant)


def substituted(expression: Affine, substitutes: Mapping[str, Affine]) -> Affine:
    """The expression with some of its parameters replaced by expressions."""
    if not any(name in substitutes for name in expression.names):
        return expression
    total = Affine({}, expression.constant)
    for name, factor in expression.terms.items():
        total = total + substitutes.get(name, Affine({name: 1.0})) * factor
    return total

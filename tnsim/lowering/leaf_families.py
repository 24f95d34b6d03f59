"""From adjoints of coefficients c_k(args) to parameters, for thousands of leaves at once.

Leaves of one coefficient function are one family: its derivatives are found for all their
arguments by one complex step, so a leaf costs no Python of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.forms import coefficient_derivatives
from tnsim.base.parameters import Affine

from .recipes import Leaf

__all__ = ["LeafFamily"]


class LeafFamily:
    """Leaves of one coefficient function: a row for each distinct tuple of arguments.

    `inputs` are the names that values are given for, `outputs` those that are differentiated.
    """

    def __init__(
        self, nodes: Sequence[Leaf], inputs: Mapping[str, int], outputs: Mapping[str, int]
    ) -> None:
        self._coefficients = nodes[0].coefficients
        self.terms = len(nodes[0].constants)
        self._rows = {args: n for n, args in enumerate(dict.fromkeys(n.args for n in nodes))}
        self.size = len(self._rows)
        self.arity = len(nodes[0].args)
        self._constant = np.array([[a.constant for a in args] for args in self._rows]).T
        self._reads = _entries(self._rows, inputs)
        self._writes = _entries(self._rows, outputs)

    def row(self, node: Leaf) -> int:
        """Where the adjoints of a leaf's coefficients are added."""
        return self._rows[node.args]

    def pull(
        self, adjoints: NDArray[Any], values: NDArray[np.float64], total: NDArray[Any]
    ) -> None:
        """Add the derivatives to `total`, shape (outputs, S).

        `adjoints` has shape (size, terms, S) and `values` (inputs, S'), where S and S' are the
        number of parameter sets, or 1 where all are the same.
        """
        at = np.broadcast_to(
            self._constant[:, :, None], (*self._constant.shape, values.shape[1])
        ).copy()
        slots, rows, names, factors = self._reads
        np.add.at(at, (slots, rows), factors[:, None] * values[names])
        # A derivative may be infinite at the end of a strength's range (that of sqrt(1 - g) at
        # g = 1); where nothing depends on the coefficient, that is still no dependence.
        with np.errstate(all="ignore"):
            slopes = coefficient_derivatives(self._coefficients, list(at))
            products = np.where(
                adjoints[:, :, None] == 0, 0.0, adjoints[:, :, None] * slopes.transpose(2, 0, 1, 3)
            )
        found = products.sum(axis=1)
        slots, rows, names, factors = self._writes
        np.add.at(total, names, factors[:, None] * found[rows, slots])

    def numbers(self, sets: int) -> int:
        """How many numbers of the widest dtype `pull` makes, at most."""
        slopes = self.terms * self.arity * self.size * sets
        return 5 * slopes + 2 * len(self._writes[0]) * sets + 3 * self.arity * self.size * sets


def _entries(
    rows: Mapping[tuple[Affine, ...], int], names: Mapping[str, int]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Every term of every argument: its place among arguments, row, name, and factor."""
    found = [
        (slot, row, names[name], factor)
        for args, row in rows.items()
        for slot, expression in enumerate(args)
        for name, factor in expression.terms.items()
        if name in names
    ]
    table = np.array(found, dtype=np.float64).reshape(-1, 4)
    slots, numbers, places = table[:, :3].T.astype(np.intp)
    return slots, numbers, places, table[:, 3]

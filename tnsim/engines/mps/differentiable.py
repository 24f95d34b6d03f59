"""Expectation values on a line at a fixed bond, on arrays of Torch and JAX, with derivatives.

The same algorithm, with ranks that are known before the numbers are (JAX traces it), and no
decomposition where nothing is truncated: there the derivative is that of the exact answer. The
centre is moved only where a bond would exceed the largest one. Where a cut parts two equal
singular values the truncated value itself jumps, and its slope means nothing (it stays finite).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import autoray
import numpy as np

from tnsim.base.arrays import as_library, common_library, complex_dtype, real_dtype
from tnsim.base.errors import QueryError
from tnsim.base.parameters import evaluate_affine
from tnsim.engines.evolution.rows import Rows
from tnsim.queries import Expectation, LeafQuery

from .engine import LineEngine
from .isometries import leading_isometry
from .observables import Weighted, confusions_of, letter_table, pauli_terms
from .products import PAULIS
from .runs import ForwardRun
from .sizes import size_of

__all__ = ["TracedLine", "differentiable_estimates", "differentiable_expectations"]

Array = Any


def differentiable_expectations(
    engine: LineEngine, values: Mapping[str, Array]
) -> dict[LeafQuery, Array]:
    """The values of `differentiable_estimates` alone."""
    return {leaf: value for leaf, (value, _) in differentiable_estimates(engine, values).items()}


def differentiable_estimates(
    engine: LineEngine, values: Mapping[str, Array]
) -> dict[LeafQuery, tuple[Array, Array]]:
    """Every expectation at parameter values that are scalars of one library, as such scalars.

    With an error of each, without a derivative: what the discarded weight w of this one run could
    do, 2 sum_t |c_t| sqrt(1 - exp(-w)), which is a bound for pure states where no cut loses more
    than its own weight. It is known while JAX traces, and larger than what several runs tell.
    At the engine's `max_bond`. Raises `QueryError` for other queries and pictures, a bond that
    is not fixed, readout errors that depend on parameters, and complex observables.
    """
    runner = engine.runner
    if not isinstance(runner, ForwardRun) or engine.options.max_bond is None:
        raise QueryError(
            "derivatives on a line must be at a fixed bond in one picture; give `max_bond` and "
            "picture='schrodinger'"
        )
    other = [leaf for leaf in engine.leaves if not isinstance(leaf, Expectation) or leaf.is_complex]
    if other:
        raise QueryError(
            f"derivatives on a line must be of real expectations, but got {other[0]!r}"
        )
    part = runner.part
    if any(one.error.parameters for one in part.circuit.readout):
        raise QueryError(
            "derivatives on a line must be of circuits whose readout errors are numbers; bind "
            "their parameters first"
        )
    library, like = common_library(values.values())
    dtype = (complex_dtype if part.basis == "ket" else real_dtype)(engine.settings.dtype)
    line = TracedLine(len(part.qubits), part.dimension, engine.top_bond, dtype, library, like)
    line.run(part.rows, values)
    confusions = confusions_of(part.circuit, {})
    table = letter_table(part.frame, confusions)
    found: dict[LeafQuery, tuple[Array, Array]] = {}
    share = (1.0 - autoray.do("exp", -line.lost)) ** 0.5
    for leaf in engine.leaves:
        assert isinstance(leaf, Expectation), "checked above"
        value = line.value(pauli_terms(leaf.observable, part.frame, confusions, table))
        found[leaf] = value, 2.0 * size_of(leaf) * share
    return found


def _detached(one: Array) -> Array:
    """The numbers without a derivative."""
    library = autoray.infer_backend(one)
    if library == "torch":
        return one.detach()
    if library == "jax":
        import jax

        return jax.lax.stop_gradient(one)
    return one


class TracedLine:
    """Tensors (left, leg, right) of one library, with a centre as `Line` has it.

    Where nothing was truncated yet, tensors need not be isometries: `first` and `last` bound the
    sites that are none, and the centre is anywhere between.
    """

    def __init__(
        self, num_sites: int, dimension: int, max_bond: int, dtype: str, library: str, like: Array
    ) -> None:
        self.dimension, self.max_bond, self.dtype = dimension, max_bond, dtype
        self._library, self._like = library, like
        vector = [1.0, 0.0] if dimension == 2 else [1.0, 0.0, 0.0, 1.0]
        start = self.array(np.array(vector)[None, :, None])
        self.tensors: list[Array] = [start] * num_sites
        # A product state's tensors are isometries up to a factor.
        self.first, self.last = num_sites, -1
        self.lost = autoray.do("real", self.array(np.zeros(())))

    def array(self, numbers: Any) -> Array:
        """Numbers as an array of the library."""
        return as_library(np.asarray(numbers), self.dtype, self._library, self._like)

    def run(self, rows: Rows, values: Mapping[str, Array]) -> None:
        """All rows, in order."""
        given = {
            k: evaluate_affine(rows.expressions[k], values)
            for k in np.unique(rows.symbols[rows.symbols >= 0]).tolist()
        }
        constants: dict[int, Array] = {}
        for row in range(len(rows)):
            number = int(rows.kind[row])
            kind = rows.kinds[number]
            if number not in constants:
                constants[number] = self.array(kind.form.constants)
            if kind.is_fixed:
                matrix = constants[number][0]
            else:
                span = slice(int(rows.angle_start[row]), int(rows.angle_start[row + 1]))
                arguments = [
                    given[symbol] if symbol >= 0 else angle
                    for angle, symbol in zip(
                        rows.angles[span].tolist(), rows.symbols[span].tolist(), strict=True
                    )
                ]
                parts = zip(kind.form.coefficients(arguments), constants[number], strict=True)
                matrix = sum(weight * one for weight, one in parts)
            self.apply(rows.axes_of(row), matrix, kind.orthogonal)

    def apply(self, axes: Sequence[int], matrix: Array, orthogonal: bool) -> None:
        """A matrix on some sites."""
        d = self.dimension
        if len(axes) == 1:
            self.tensors[axes[0]] = matrix @ self.tensors[axes[0]]
            if not orthogonal:
                self._touch(axes[0], axes[0])
            return
        if len(axes) > 2:
            raise QueryError(
                f"derivatives on a line must be of instructions on at most two qubits, but one is "
                f"on {len(axes)}; unroll the circuit first"
            )
        low, high = min(axes), max(axes)
        legs = autoray.do("reshape", matrix, (d, d, d, d))
        if axes[0] > axes[1]:
            legs = autoray.do("transpose", legs, (1, 0, 3, 2))
        # A site that is far is brought next to the first by exchanges, and then back.
        for site in range(high - 1, low, -1):
            self._pair(site, None)
        self._pair(low, autoray.do("reshape", legs, (d * d, d * d)))
        for site in range(low + 1, high):
            self._pair(site, None)

    def _pair(self, site: int, matrix: Array | None) -> None:
        """A matrix on two neighbours, or their exchange."""
        do, d = autoray.do, self.dimension
        one, other = self.tensors[site], self.tensors[site + 1]
        left, right = one.shape[0], other.shape[2]
        if min(left, right) * d > self.max_bond:
            self._centre(site)
            one, other = self.tensors[site], self.tensors[site + 1]
            left, right = one.shape[0], other.shape[2]
        both = do("reshape", one, (left * d, -1)) @ do("reshape", other, (-1, d * right))
        if matrix is None:
            both = do("transpose", do("reshape", both, (left, d, d, right)), (0, 2, 1, 3))
        else:
            both = matrix @ do("reshape", both, (left, d * d, right))
        both = do("reshape", both, (left * d, d * right))
        rows, columns = both.shape
        if min(rows, columns) <= self.max_bond:
            size = min(rows, columns)
            unit = do(
                "reshape",
                self.array(np.eye(size)),
                (left, d, size) if rows <= columns else (size, d, right),
            )
            if rows <= columns:
                self.tensors[site] = unit
                self.tensors[site + 1] = do("reshape", both, (size, d, right))
            else:
                self.tensors[site] = do("reshape", both, (left, d, size))
                self.tensors[site + 1] = unit
            self._touch(site, site + 1)
            return
        basis = leading_isometry(both, self.max_bond)
        rest = do("conj", do("transpose", basis, (1, 0))) @ both
        kept, whole = (do("sum", do("abs", _detached(one)) ** 2) for one in (rest, both))
        # Rounding may make more of what is kept than there was.
        self.lost = self.lost + do("abs", do("log", kept / whole))
        self.tensors[site] = do("reshape", basis, (left, d, self.max_bond))
        self.tensors[site + 1] = do("reshape", rest, (self.max_bond, d, right))
        self.first = self.last = site + 1
        self._normalise(site + 1)

    def _touch(self, first: int, last: int) -> None:
        self.first, self.last = min(self.first, first), max(self.last, last)

    def _centre(self, site: int) -> None:
        """Isometries left of `site` and right of `site` + 1."""
        do, d = autoray.do, self.dimension
        for k in range(self.first, site):
            one, other = self.tensors[k], self.tensors[k + 1]
            matrix = do("reshape", one, (one.shape[0] * d, -1))
            size = min(matrix.shape)
            basis = (
                self.array(np.eye(size))
                if matrix.shape[0] == size
                else (leading_isometry(matrix, size))
            )
            over = do("conj", do("transpose", basis, (1, 0))) @ matrix
            self.tensors[k] = do("reshape", basis, (one.shape[0], d, size))
            self.tensors[k + 1] = do(
                "reshape", over @ do("reshape", other, (other.shape[0], -1)), (size, d, -1)
            )
        for k in range(self.last, site + 1, -1):
            one, other = self.tensors[k - 1], self.tensors[k]
            matrix = do("transpose", do("reshape", other, (other.shape[0], -1)), (1, 0))
            size = min(matrix.shape)
            basis = (
                self.array(np.eye(size))
                if matrix.shape[0] == size
                else (leading_isometry(matrix, size))
            )
            over = do("conj", do("transpose", basis, (1, 0))) @ matrix
            self.tensors[k] = do("reshape", do("transpose", basis, (1, 0)), (size, d, -1))
            self.tensors[k - 1] = do(
                "reshape",
                do("reshape", one, (-1, one.shape[2])) @ do("transpose", over, (1, 0)),
                (one.shape[0], d, size),
            )
        self.first, self.last = site, site + 1

    def _normalise(self, site: int) -> None:
        one = self.tensors[site]
        squares = autoray.do("sum", autoray.do("abs", one) ** 2)
        self.tensors[site] = one / squares**0.5

    def value(self, weighted: Weighted) -> Array:
        """sum_t c_t <P_t>, normalised."""
        terms = weighted.terms
        starts = np.searchsorted(terms.owner, np.arange(terms.count + 1))
        total: Array = 0.0
        closing = self._closing()
        for t, coefficient in enumerate(weighted.coefficients.real.tolist()):
            span = range(starts[t], starts[t + 1])
            letters = {int(terms.sites[k]): terms.table[terms.letters[k]] for k in span}
            total = total + coefficient * self._product(letters, closing)
        return total

    def _closing(self) -> list[Array]:
        state = self.array(np.ones((1, 1)))
        found = [state]
        for one in reversed(self.tensors):
            state = self._step(one, state, None)
            found.append(state)
        return found[::-1]

    def _product(self, letters: Mapping[int, Any], closing: Sequence[Array]) -> Array:
        """The product over the identity, from the last site of the product on."""
        state = closing[max(letters, default=-1) + 1]
        for site in range(max(letters, default=-1), -1, -1):
            state = self._step(self.tensors[site], state, letters.get(site))
        return autoray.do("real", state[0, 0]) / autoray.do("real", closing[0][0, 0])

    def _step(self, one: Array, state: Array, letter: Any) -> Array:
        """The environment of the sites from `one` on, (bond, 1) on Pauli legs, else (ket, bra)."""
        do = autoray.do
        if self.dimension == 4:
            if letter is None:
                return one[:, 0, :] @ state
            return do("tensordot", self.array(letter), one, axes=((0,), (1,))) @ state
        both = do("tensordot", one, state, axes=((2,), (0,)))
        bra = do("conj", one)
        if letter is not None:
            operator = self.array(np.tensordot(letter, PAULIS, axes=(0, 0)))
            # <b| O |k>: (k bond, leg, bra bond) to (bra bond.., bra leg)
            both = do("transpose", do("tensordot", both, operator, axes=((1,), (1,))), (0, 2, 1))
        return do("tensordot", both, bra, axes=((1, 2), (1, 2)))

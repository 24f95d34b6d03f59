"""Values of product operators on a line of tensors, many at once.

Term t is a product of one-site operators on ascending sites, each a row of a table of Pauli
components: sum_P w_P P. All terms are carried along the line together, as rows of an
environment; terms that began alike share a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .line import Line

__all__ = ["ProductTerms", "amplitudes", "product_values", "trace_vectors"]

Numbers = NDArray[Any]

PAULIS = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


@dataclass(frozen=True, eq=False)
class ProductTerms:
    """T terms: entry e puts `table[letters[e]]` (of shape (4,)) on `sites[e]` in term `owner[e]`.

    Sites ascend within a term. A term without entries is the identity.
    """

    count: int
    owner: NDArray[np.int64]
    sites: NDArray[np.int64]
    letters: NDArray[np.int64]
    table: NDArray[np.float64]

    def part(self, begin: int, end: int) -> ProductTerms:
        """The terms begin..end."""
        chosen = (self.owner >= begin) & (self.owner < end)
        return ProductTerms(
            min(end, self.count) - begin,
            self.owner[chosen] - begin,
            self.sites[chosen],
            self.letters[chosen],
            self.table,
        )


def product_values(line: Line, terms: ProductTerms, room: int) -> Numbers:
    """<P_t> of every term, normalised: over <psi|psi> on ket legs, over the trace on Pauli legs.

    Real, of shape (T,). Environments take about `room` bytes at most, and those of one term at
    least.
    """
    line.move(0)
    widest = max(one.shape[0] for one in line.tensors)
    layers = 1 if line.dimension == 4 else 2
    each = widest**layers * line.tensors[0].itemsize * (2 + 2 * line.dimension)
    chunk = int(max(room // each, 1))
    values = np.ones(terms.count)
    walk = _single_walk if line.dimension == 4 else _double_walk
    for begin in range(0, terms.count, chunk):
        part = terms.part(begin, begin + chunk) if chunk < terms.count else terms
        walk(line, part, values[begin : begin + chunk])
    return values


class _Rows:
    """Which terms are on their way, and in which row of the environment; row 0 is the identity."""

    def __init__(self, terms: ProductTerms) -> None:
        order = np.lexsort((terms.owner, terms.sites))
        self._owner, self._sites = terms.owner[order], terms.sites[order]
        self._letters = terms.letters[order] + 1
        left = np.bincount(terms.owner, minlength=terms.count)
        self._left = left
        self._row = np.zeros(terms.count, dtype=np.int64)
        self._active = np.zeros(0, dtype=np.int64)
        self._base = len(terms.table) + 1
        self._next = 0

    @property
    def is_done(self) -> bool:
        return self._next == len(self._owner) and not len(self._active)

    def at(self, site: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Any, Any]:
        """At a site: the (old row, letter) of each new row, and terms that end with their rows.

        Letter 0 is the identity; new row 0 is old row 0 with it.
        """
        end = int(np.searchsorted(self._sites, site, side="right"))
        here, letters = self._owner[self._next : end], self._letters[self._next : end]
        self._next = end
        terms = np.union1d(self._active, here)
        letter = np.zeros(len(terms), dtype=np.int64)
        letter[np.searchsorted(terms, here)] = letters
        codes, where = np.unique(
            np.concatenate([[0], self._row[terms] * self._base + letter]), return_inverse=True
        )
        self._row[terms] = where.reshape(-1)[1:]
        self._left[here] -= 1
        ended = terms[self._left[terms] == 0]
        self._active = terms[self._left[terms] > 0]
        rows = self._row[ended]
        return codes // self._base, codes % self._base, ended, rows

    def compact(self, count: int) -> NDArray[np.int64]:
        """The rows that are still needed; terms are told their new numbers."""
        used = np.unique(np.concatenate([[0], self._row[self._active]]))
        if len(used) < count:
            self._row[self._active] = np.searchsorted(used, self._row[self._active])
        return used


def trace_vectors(line: Line) -> list[Numbers]:
    """For every site k, the trace over the sites from k on, a vector over the bond left of k.

    On Pauli legs, each scaled to norm 1; entry n is the scalar 1.
    """
    found: list[Numbers] = [np.ones(1, dtype=line.tensors[0].dtype)]
    for one in reversed(line.tensors):
        vector = one[:, 0, :] @ found[-1]
        norm = float(np.linalg.norm(vector))
        found.append(vector / norm if norm else vector)
    return found[::-1]


def _single_walk(line: Line, terms: ProductTerms, values: Numbers) -> None:
    closing = trace_vectors(line)
    rows = _Rows(terms)
    table = np.concatenate([[[1.0, 0.0, 0.0, 0.0]], terms.table])
    state = np.ones((1, 1), dtype=line.tensors[0].dtype)
    for site, one in enumerate(line.tensors):
        if rows.is_done:
            break
        old, letters, ended, at = rows.at(site)
        made = np.empty((len(old), one.shape[2]), dtype=one.dtype)
        for letter in np.unique(letters).tolist():
            chosen = letters == letter
            matrix = np.tensordot(table[letter].astype(one.real.dtype), one, axes=(0, 1))
            made[chosen] = state[old[chosen]] @ matrix
        made /= np.linalg.norm(made[0]) or 1.0
        ends = made @ closing[site + 1]
        # A cut may leave nothing of the trace; then nothing is known, and `nearby` says so.
        values[ended] = (ends[at] / ends[0]).real if ends[0] else 0.0
        state = made[rows.compact(len(made))]


def _double_walk(line: Line, terms: ProductTerms, values: Numbers) -> None:
    rows = _Rows(terms)
    dtype = line.tensors[0].dtype
    table = np.concatenate([[[1.0, 0.0, 0.0, 0.0]], terms.table])
    operators = np.tensordot(table, PAULIS, axes=(1, 0)).astype(dtype)
    state = np.ones((1, 1, 1), dtype=dtype)
    for site, one in enumerate(line.tensors):
        if rows.is_done:
            break
        old, letters, ended, at = rows.at(site)
        left, d, right = one.shape
        bra = one.reshape(left * d, right).conj().T
        made = np.empty((len(old), right, right), dtype=dtype)
        for row, (source, letter) in enumerate(zip(old.tolist(), letters.tolist(), strict=True)):
            ket = one if letter == 0 else np.matmul(operators[letter], one)
            both = state[source] @ ket.reshape(left, d * right)
            np.matmul(bra, both.reshape(left * d, right), out=made[row])
        ends = np.trace(made, axis1=1, axis2=2)
        values[ended] = (ends[at] / ends[0]).real
        state = made[rows.compact(len(made))]


def amplitudes(line: Line, bits: NDArray[np.uint8], room: int) -> Numbers:
    """<b|psi> / |psi| of every row of `bits` (B, sites), complex, shape (B,)."""
    widest = max(one.shape[0] for one in line.tensors)
    chunk = int(max(room // (4 * widest * line.tensors[0].itemsize), 1))
    found = np.empty(len(bits), dtype=line.tensors[0].dtype)
    for begin in range(0, len(bits), chunk):
        part = bits[begin : begin + chunk]
        state = np.ones((len(part), 1), dtype=found.dtype)
        for site, one in enumerate(line.tensors):
            # The rows of 0 and of 1 one after another: each a product with its own matrix.
            made = np.empty((len(part), one.shape[2]), dtype=found.dtype)
            for bit in (0, 1):
                chosen = part[:, site] == bit
                made[chosen] = state[chosen] @ one[:, bit, :]
            state = made
        found[begin : begin + chunk] = state[:, 0]
    return found

"""A line of tensors in canonical form: its centre, and what instructions do to it.

Tensor k has the axes (left bond, physical leg, right bond). Tensors left of the centre are
isometries from left and leg to the right bond, those right of it from right and leg to the left
bond; so a truncation at the centre is the best one for the whole state (Schollwoeck, Annals of
Physics 326, 96 (2011)). On Pauli legs that holds for the Frobenius norm of the operator.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import TnsimError

from .decompositions import Split, Truncation, singular_values, split
from .operators import operator_chain
from .orthonormal import orthonormal_columns
from .preserving import Kept, letters_kept
from .traces import Traces

__all__ = ["Line"]

Tensor = NDArray[Any]


class Line:
    """Tensors, the place of their centre, and what truncation has cost so far.

    The centre has norm 1; `log_norm` is the logarithm of what was divided out. `log_kept_at`
    holds for every bond the sum of ln(1 - discarded weight) over its updates; `kept` is the
    product over all updates of 1 - (discarded weight), for a pure state an estimate of its
    fidelity (Zhou, Stoudenmire, Waintal, PRX 10, 041038 (2020)).
    """

    __slots__ = (
        "_lost",
        "_traces",
        "centre",
        "dimension",
        "log_kept_at",
        "log_norm",
        "tensors",
        "worst",
    )

    def __init__(self, tensors: Sequence[Tensor], *, centre: int = 0) -> None:
        self.tensors = list(tensors)
        self.centre = centre
        self.dimension = int(self.tensors[0].shape[1])
        self.log_norm = 0.0
        self.log_kept_at = [0.0] * (len(self.tensors) - 1)
        self.worst = 0.0
        self._lost = [0.0] * len(self.tensors)
        self._traces: Traces | None = None
        self._normalise()

    @classmethod
    def product(cls, vectors: NDArray[Any]) -> Line:
        """The product of one vector a site, `vectors` of shape (n, d), not zero."""
        norms = np.linalg.norm(vectors, axis=1)
        made = cls([(v / s)[None, :, None] for v, s in zip(vectors, norms, strict=True)])
        made.log_norm += float(np.log(norms).sum())
        return made

    def __len__(self) -> int:
        return len(self.tensors)

    @property
    def bonds(self) -> list[int]:
        """The bonds between neighbours, n - 1 of them."""
        return [one.shape[2] for one in self.tensors[:-1]]

    @property
    def log_kept(self) -> float:
        """The logarithm of `kept`."""
        return math.fsum(self.log_kept_at)

    @property
    def kept(self) -> float:
        """The estimate of how much of the state is kept."""
        return math.exp(self.log_kept)

    @property
    def nbytes(self) -> int:
        """Bytes of the tensors."""
        return sum(one.nbytes for one in self.tensors)

    def copy(self) -> Line:
        """A line that goes on by itself; tensors are never written to, and shared."""
        made = Line.__new__(Line)
        for name in self.__slots__:
            value = getattr(self, name)
            setattr(made, name, value.copy() if isinstance(value, list | Traces) else value)
        return made

    def keep_traces(self) -> None:
        """From now on cuts leave the trace as it is, and the reduced states beside each cut.

        Of a density operator on Pauli legs.
        """
        self._traces = Traces(len(self), self.tensors[0].dtype)

    def move(self, site: int) -> None:
        """Make `site` the centre."""
        while self.centre < site:
            self._push_right()
        while self.centre > site:
            self._push_left()

    def compress(self, truncation: Truncation) -> None:
        """Truncate every bond, in one sweep from the last site to the first."""
        self.move(len(self) - 1)
        for site in range(len(self) - 1, 0, -1):
            self._cut_left(site, truncation)

    def entropies(self) -> NDArray[np.float64]:
        """-sum p ln p of the squared Schmidt values at each of the n - 1 bonds, in nats.

        Of the state on ket legs; of the operator as a vector on Pauli legs.
        """
        found = np.zeros(max(len(self) - 1, 0))
        for bond in range(len(self) - 1):
            weights = self.schmidt_values(bond) ** 2
            weights = weights[weights > 0] / weights.sum()
            found[bond] = -float((weights * np.log(weights)).sum())
        return found

    def schmidt_values(self, bond: int) -> Tensor:
        """The singular values between the sites `bond` and `bond + 1`, descending."""
        self.move(bond)
        one = self.tensors[bond]
        return singular_values(one.reshape(-1, one.shape[2]))

    def apply(
        self,
        sites: tuple[int, ...],
        matrix: NDArray[Any],
        truncation: Truncation,
        toward: str = "right",
        *,
        isometric: bool = False,
    ) -> None:
        """A matrix on the legs of ascending `sites`; the centre ends at the side `toward`.

        `isometric` says that a matrix on one leg keeps orthonormal vectors so: it then applies
        wherever the centre is.
        """
        if len(sites) == 1:
            self._apply_one(sites[0], matrix, isometric)
        elif len(sites) == 2 and sites[1] == sites[0] + 1:
            self._apply_pair(sites[0], matrix, truncation, toward)
        else:
            self._apply_chain(sites, matrix, truncation, toward)

    def _apply_one(self, site: int, matrix: NDArray[Any], isometric: bool) -> None:
        if not isometric:
            self.move(site)
        self._set(site, np.matmul(matrix, self.tensors[site]))
        if not isometric:
            self._normalise()

    def _apply_pair(
        self, site: int, matrix: NDArray[Any], truncation: Truncation, toward: str
    ) -> None:
        if not site <= self.centre <= site + 1:
            self.move(site if self.centre < site else site + 1)
        one, other = self.tensors[site : site + 2]
        left, d, right = one.shape[0], self.dimension, other.shape[2]
        both = one.reshape(left * d, -1) @ other.reshape(-1, d * right)
        both = np.matmul(matrix, both.reshape(left, d * d, right)).reshape(left * d, d * right)
        kept = self._kept_of_pair(site, truncation)
        found = split(both, truncation, toward, expected=self._lost[site], kept=kept)
        self._put(site, found, toward)

    def _apply_chain(
        self, sites: tuple[int, ...], matrix: NDArray[Any], truncation: Truncation, toward: str
    ) -> None:
        """By the matrix as a chain of tensors from the first to the last of the sites.

        With the centre at one end, the sites are first made orthonormal from the other end, as
        they are with the chain's bond joined to theirs, and then truncated on the way back.
        """
        first, last = sites[0], sites[-1]
        chain = operator_chain(matrix, sites, self.dimension)
        if toward == "right":
            self.move(first)
            self._join_leftwards(chain, first, last)
            self._normalise()
            for site in range(first, last):
                self._cut_right(site, truncation)
        else:
            self.move(last)
            self._join_rightwards(chain, first, last)
            self._normalise()
            for site in range(last, first, -1):
                self._cut_left(site, truncation)

    def _join_leftwards(self, chain: Sequence[Tensor], first: int, last: int) -> None:
        """The chain on its sites, from the last to the first, which is the centre."""
        rest = np.eye(self.tensors[last].shape[2], dtype=self.tensors[last].dtype)[None]
        for site in range(last, first - 1, -1):
            # (l, q, r) (b, r, k) (a, p, q, b): (a l, p k)
            made = np.tensordot(self.tensors[site], rest, axes=(2, 1))
            made = np.tensordot(chain[site - first], made, axes=((2, 3), (1, 2)))
            made = made.transpose(0, 2, 1, 3)
            a, left, d, k = made.shape
            if site == first:
                self._set(site, made.reshape(left, d, k))
                return
            basis, over = orthonormal_columns(made.reshape(a * left, d * k).T)
            self._set(site, basis.T.reshape(-1, d, k))
            rest = over.T.reshape(a, left, -1)

    def _join_rightwards(self, chain: Sequence[Tensor], first: int, last: int) -> None:
        """The chain on its sites, from the first to the last, which is the centre."""
        rest = np.eye(self.tensors[first].shape[0], dtype=self.tensors[first].dtype)[None]
        for site in range(first, last + 1):
            # (a, k, l) (l, q, r) (a, p, q, b): (k p, b r)
            made = np.tensordot(rest, self.tensors[site], axes=(2, 0))
            made = np.tensordot(made, chain[site - first], axes=((0, 2), (0, 2)))
            made = made.transpose(0, 2, 3, 1)
            k, d, b, right = made.shape
            if site == last:
                self._set(site, made.reshape(k, d, right))
                return
            basis, over = orthonormal_columns(made.reshape(k * d, b * right))
            self._set(site, basis.reshape(k, d, -1))
            rest = over.reshape(-1, b, right).transpose(1, 0, 2)

    def _cut_right(self, site: int, truncation: Truncation) -> None:
        one, other = self.tensors[site : site + 2]
        matrix = one.reshape(-1, one.shape[2])
        kept = self._kept_of_pair(site, truncation)
        if kept is not None:
            # Of the pair's columns, what the second site makes of them.
            inner = other.reshape(other.shape[0], -1) @ kept.columns
            kept = Kept(kept.rows, inner)
        found = split(matrix, truncation, "right", expected=self._lost[site], kept=kept)
        following = found.right @ other.reshape(other.shape[0], -1)
        self._put(site, Split(found.left, following, found.discarded), "right")

    def _cut_left(self, site: int, truncation: Truncation) -> None:
        one, other = self.tensors[site - 1 : site + 1]
        matrix = other.reshape(other.shape[0], -1)
        kept = self._kept_of_pair(site - 1, truncation)
        if kept is not None:
            inner = one.reshape(-1, one.shape[2]).T @ kept.rows
            kept = Kept(inner, kept.columns)
        found = split(matrix, truncation, "left", expected=self._lost[site - 1], kept=kept)
        before = one.reshape(-1, one.shape[2]) @ found.left
        self._put(site - 1, Split(before, found.right, found.discarded), "left")

    def _kept_of_pair(self, site: int, truncation: Truncation) -> Kept | None:
        """What a cut between `site` and the next one leaves as it is, on the pair's legs."""
        letters = letters_kept(truncation.max_bond)
        if self._traces is None or not letters:
            return None
        left = self._traces.left(self.tensors, site)
        right = self._traces.right(self.tensors, site + 1)
        legs = np.eye(self.dimension, letters, dtype=left.dtype)
        return Kept(np.kron(left[:, None], legs), np.kron(legs, right[:, None]))

    def _set(self, site: int, tensor: Tensor) -> None:
        self.tensors[site] = tensor
        if self._traces is not None:
            self._traces.forget(site)

    def _put(self, site: int, found: Split, toward: str) -> None:
        """The two factors at `site` and `site + 1`."""
        d = self.dimension
        self._set(site, found.left.reshape(-1, d, found.left.shape[1]))
        self._set(site + 1, found.right.reshape(found.right.shape[0], d, -1))
        self.centre = site + 1 if toward == "right" else site
        self.log_kept_at[site] += math.log1p(-min(max(found.discarded, 0.0), 1 - 1e-16))
        self.worst = max(self.worst, found.discarded)
        self._lost[site] = found.discarded
        self._normalise()

    def _normalise(self) -> None:
        centre = self.tensors[self.centre]
        norm = math.sqrt(float(np.vdot(centre, centre).real))
        if not norm < math.inf:
            raise TnsimError(
                f"the tensors must have a finite norm, but it is {norm} after an instruction; "
                "look for NaN or infinite numbers in parameter values, matrices and channels"
            )
        if norm == 0.0:
            # An observable can be damped to nothing.
            return
        self._set(self.centre, centre / norm)
        self.log_norm += math.log(norm)

    def _push_right(self) -> None:
        site = self.centre
        one, other = self.tensors[site : site + 2]
        basis, rest = orthonormal_columns(one.reshape(-1, one.shape[2]))
        self._set(site, basis.reshape(one.shape[0], one.shape[1], -1))
        over = rest @ other.reshape(other.shape[0], -1)
        self._set(site + 1, over.reshape(-1, *other.shape[1:]))
        self.centre = site + 1

    def _push_left(self) -> None:
        site = self.centre
        one, other = self.tensors[site - 1 : site + 1]
        basis, rest = orthonormal_columns(other.reshape(other.shape[0], -1).T)
        self._set(site, basis.T.reshape(-1, *other.shape[1:]))
        over = one.reshape(-1, one.shape[2]) @ rest.T
        self._set(site - 1, over.reshape(*one.shape[:2], -1))
        self.centre = site - 1

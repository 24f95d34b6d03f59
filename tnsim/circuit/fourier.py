"""Matrices that are finite Fourier sums of angles: U(p) = sum_k A_k exp(i k.p / 2).

Every parametrised gate is such a sum with integer vectors k and exact constants A_k. Products,
tensor products and the Pauli-transfer matrix of a sum are sums again, and since the exponentials
are linearly independent an entry is zero at all angles exactly when all its A_k are zero: what
cancels identically (cos^2 + sin^2 - 1) cancels here term by term.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.forms import Coefficients, Form

__all__ = [
    "Fourier",
    "constant",
    "exact_evaluation",
    "fourier_form",
    "snapped",
    "to_pauli_basis",
    "trig_values",
]

Wave = tuple[int, ...]
Monomial = tuple[tuple[int, int, str], ...]
"""A product of cos and sin: ((parameter, frequency in halves, "c" or "s"), ...)."""

_SNAP = 1e-13
_GRID = 4096.0


@dataclass(frozen=True, eq=False)
class Fourier:
    """The matrix sum_k terms[k] exp(i k.p / 2) of `num_params` angles p.

    >>> import numpy as np
    >>> rz = Fourier(1, {(-1,): np.diag([1, 0]), (1,): np.diag([0, 1])})
    >>> rz.at([0.0]).real
    array([[1., 0.],
           [0., 1.]])
    """

    num_params: int
    terms: Mapping[Wave, NDArray[Any]]

    def at(self, params: Sequence[float]) -> NDArray[Any]:
        """The matrix at plain numbers p."""
        total: Any = 0.0
        for wave, matrix in self.terms.items():
            angle = sum(k * p for k, p in zip(wave, params, strict=True)) / 2
            total = total + np.exp(1j * angle) * matrix
        return np.asarray(total, dtype=complex)

    def __matmul__(self, other: Fourier) -> Fourier:
        return _product(self, other, np.matmul)

    def kron(self, other: Fourier) -> Fourier:
        """The tensor product of two sums in the same angles."""
        return _product(self, other, np.kron)

    def conj(self) -> Fourier:
        """The complex conjugate (not transposed)."""
        terms = {tuple(-k for k in wave): a.conj() for wave, a in self.terms.items()}
        return Fourier(self.num_params, terms)

    def controlled(self) -> Fourier:
        """|0><0| (x) 1 + |1><1| (x) U: the control is the first qubit."""
        zero = (0,) * self.num_params
        dim = next(iter(self.terms.values())).shape[0]
        terms: dict[Wave, NDArray[Any]] = {zero: np.diag([1.0 + 0j] * dim + [0j] * dim)}
        for wave, matrix in self.terms.items():
            block = np.zeros((2 * dim, 2 * dim), dtype=complex)
            block[dim:, dim:] = matrix
            terms[wave] = terms[wave] + block if wave in terms else block
        return Fourier(self.num_params, terms)

    def superoperator(self) -> Fourier:
        """S = U (x) U*, acting on row-major vec(rho)."""
        return self.kron(self.conj())

    def transfer(self) -> Fourier:
        """R_ij = Tr[P_i U P_j U^dagger] / 2^n, order I, X, Y, Z, first qubit most significant."""
        return _transfer(self)

    def snapped(self) -> Fourier:
        """Constants rounded to the exact numbers that they stand for; zero terms dropped."""
        kept = {wave: snapped(matrix) for wave, matrix in self.terms.items()}
        return Fourier(self.num_params, {w: a for w, a in kept.items() if np.any(a)})


def constant(matrix: Any, num_params: int = 0) -> Fourier:
    """A matrix that depends on no angle."""
    return Fourier(num_params, {(0,) * num_params: np.asarray(matrix, dtype=complex)})


def snapped(matrix: NDArray[Any]) -> NDArray[Any]:
    """Entries within 1e-13 of m / 4096 or m sqrt(1/2) / 4096, m an integer, made exactly that.

    For constants of gates whose angles are multiples of pi/4, which have no other values.
    """
    if np.iscomplexobj(matrix):
        result: NDArray[Any] = snapped(matrix.real) + 1j * snapped(matrix.imag)
        return result
    dyadic = np.round(matrix * _GRID) / _GRID
    root = np.round(matrix * (_GRID * math.sqrt(2))) * (math.sqrt(0.5) / _GRID)
    near = np.where(np.abs(matrix - root) < _SNAP, root, matrix)
    return np.where(np.abs(matrix - dyadic) < _SNAP, dyadic, near) + 0.0


def fourier_form(fourier: Fourier, *, real: bool) -> Form:
    """The same matrix with real coefficients: products of cos(m p_j / 2) and sin(m p_j / 2).

    With `real` the matrix is known to be real and so are the constants.
    """
    found: dict[Monomial, NDArray[Any]] = {}
    for wave, matrix in fourier.terms.items():
        for monomial, factor in _expand(wave):
            found[monomial] = found.get(monomial, 0.0) + factor * matrix
    parts = {m: snapped(a.real if real else a) for m, a in found.items()}
    kept = sorted(m for m, a in parts.items() if np.any(a)) or [()]
    zero = np.zeros_like(next(iter(parts.values())))
    constants = np.stack([parts.get(m, zero) for m in kept])
    return Form(_key(kept), fourier.num_params, _coefficients(tuple(kept)), constants)


def exact_evaluation(form: Form, params: Sequence[float]) -> NDArray[Any]:
    """A form of `fourier_form` at numbers, by `trig_values`."""
    if form.key == "one":
        return np.array(form.constants[0])
    values = []
    for text in form.key.removeprefix("trig:").split(","):
        product = 1.0
        for factor in text.split("*") if text != "1" else ():
            frequency, _, parameter = factor[1:].partition("/2.")
            pair = trig_values(float(params[int(parameter)]), int(frequency))
            product *= pair[factor[0] == "s"]
        values.append(product)
    total: NDArray[Any] = np.tensordot(np.array(values), form.constants, axes=(0, 0))
    return total


def trig_values(angle: float, frequency: int) -> tuple[float, float]:
    """Cos and sin of frequency * angle / 2; exact at multiples of pi/4 (to a few ulp of them).

    So rzz(-pi/2) has zeros where a Clifford gate has, not 6e-17.
    """
    x = frequency * angle / 2
    eighth = round(x / (math.pi / 4))
    if abs(x - eighth * (math.pi / 4)) > 1e-15 * max(1.0, abs(x)):
        return math.cos(x), math.sin(x)
    h = math.sqrt(0.5)
    ring = (1.0, h, 0.0, -h, -1.0, -h, 0.0, h)
    return ring[eighth % 8], ring[(eighth - 2) % 8]


def _key(monomials: Sequence[Monomial]) -> str:
    """The name of a coefficient function; that of a constant matrix is as in `fixed_form`."""
    if list(monomials) == [()]:
        return "one"
    texts = ["*".join(f"{f}{m}/2.{j}" for j, m, f in monomial) for monomial in monomials]
    return "trig:" + ",".join(text or "1" for text in texts)


def _product(left: Fourier, right: Fourier, multiply: Any) -> Fourier:
    terms: dict[Wave, NDArray[Any]] = {}
    for a, x in left.terms.items():
        for b, y in right.terms.items():
            wave = tuple(i + j for i, j in zip(a, b, strict=True))
            terms[wave] = terms.get(wave, 0.0) + multiply(x, y)
    return Fourier(left.num_params, terms)


# Row i holds vec(P_i) conjugated, so that B S B^dagger / 2 per qubit is the transfer matrix.
_PAULI_ROWS = np.array([[1, 0, 0, 1], [0, 1, 1, 0], [0, 1j, -1j, 0], [1, 0, 0, -1]])


def _transfer(fourier: Fourier) -> Fourier:
    dim = next(iter(fourier.terms.values())).shape[0]
    size = dim.bit_length() - 1
    super_terms = fourier.superoperator().terms
    terms = {wave: to_pauli_basis(matrix, size) for wave, matrix in super_terms.items()}
    return Fourier(fourier.num_params, terms).snapped()


def to_pauli_basis(superoperator: NDArray[Any], size: int) -> NDArray[Any]:
    """The transfer matrix of a superoperator on `size` qubits (both 4^n x 4^n)."""
    # Axes (ket_out..., bra_out..., ket_in..., bra_in...) become per-qubit pairs, out then in.
    tensor = superoperator.reshape((2,) * (4 * size))
    order = [a for half in (0, 2 * size) for q in range(size) for a in (half + q, half + size + q)]
    tensor = tensor.transpose(order).reshape((4,) * (2 * size))
    for axis in range(2 * size):
        rows = _PAULI_ROWS if axis < size else _PAULI_ROWS.conj() / 2
        tensor = np.moveaxis(np.tensordot(rows, tensor, axes=(1, axis)), 0, axis)
    return tensor.reshape(4**size, 4**size)


def _expand(wave: Wave) -> list[tuple[Monomial, complex]]:
    """exp(i k.p / 2) as a sum of products of cos and sin."""
    found: list[tuple[Monomial, complex]] = [((), 1.0)]
    for j, k in enumerate(wave):
        if k != 0:
            sign = 1j if k > 0 else -1j
            found = [
                ((*monomial, (j, abs(k), name)), factor * weight)
                for monomial, factor in found
                for name, weight in (("c", 1.0), ("s", sign))
            ]
    return found


def _coefficients(monomials: tuple[Monomial, ...]) -> Coefficients:
    needed = sorted({factor for monomial in monomials for factor in monomial})

    def evaluate(params: Sequence[Any]) -> Sequence[Any]:
        import autoray

        functions = {"c": "cos", "s": "sin"}
        values = {
            (j, m, f): autoray.do(functions[f], params[j] if m == 2 else params[j] * (m / 2))
            for j, m, f in needed
        }
        results: list[Any] = []
        for monomial in monomials:
            product: Any = 1.0
            for position, factor in enumerate(monomial):
                product = values[factor] if position == 0 else product * values[factor]
            results.append(product)
        return results

    return evaluate

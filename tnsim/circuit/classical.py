"""What measurements and conditions are as maps on qubits and classical bits.

A classical bit is a qubit that is always diagonal: of its Pauli components only I and Z occur,
so that its legs shrink to the two values it can take. A measurement writes a copy of its qubit
into the bit, and an operation under a condition is a sum over the values of the bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.forms import Form, fixed_form

__all__ = [
    "conditioned_superoperator",
    "conditioned_transfer",
    "measured_superoperator",
    "measured_transfer",
]

Matrix = NDArray[Any]


def measured_transfer() -> Matrix:
    """The transfer matrix, (16, 16), of measuring a qubit into a bit.

    rho -> sum_z |z><z| rho |z><z| x |z><z|; what the bit held before is forgotten.
    """
    found = np.zeros((4, 4, 4, 4))
    found[0, 0, 0, 0] = found[3, 3, 0, 0] = 1.0
    found[3, 0, 3, 0] = found[0, 3, 3, 0] = 1.0
    return found.reshape(16, 16)


def measured_superoperator() -> Matrix:
    """The superoperator of the same, (16, 16) on row-major vec(rho)."""
    found = np.zeros((4, 4, 4, 4), dtype=complex)
    for z in (0, 1):
        for old in (0, 1):
            row, column = 3 * z, 2 * z + old
            found[row, row, column, column] = 1.0
    return found.reshape(16, 16)


def conditioned_transfer(inner: Form, values: Sequence[int]) -> Form:
    """R(p) where bits that follow the qubits equal `values`, else the identity."""
    hit, miss = _selected([_transfer_of(0), _transfer_of(1)], values, np.kron)
    return _either(inner, hit, miss, np.kron)


def conditioned_superoperator(inner: Form, values: Sequence[int]) -> Form:
    """S(p) where bits that follow the qubits equal `values`, else the identity."""
    kept = [np.diag([1.0 + 0j, 0, 0, 0]), np.diag([0j, 0, 0, 1])]
    hit, miss = _selected(kept, values, superoperator_product)
    return _either(inner, hit, miss, superoperator_product)


def superoperator_product(left: Matrix, right: Matrix) -> Matrix:
    """S of two maps side by side, from theirs, on row-major vec(rho)."""
    m, n = (round(len(one) ** 0.5) for one in (left, right))
    a, b = left.reshape(m, m, m, m), right.reshape(n, n, n, n)
    joint: Matrix = np.einsum("abcd,efgh->aebfcgdh", a, b)
    return joint.reshape((m * n) ** 2, (m * n) ** 2)


def _transfer_of(value: int) -> Matrix:
    """rho -> |v><v| rho |v><v|, on the components I and Z."""
    sign = 1.0 - 2.0 * value
    found = np.zeros((4, 4))
    found[np.ix_((0, 3), (0, 3))] = [[0.5, 0.5 * sign], [0.5 * sign, 0.5]]
    return found


def _selected(kept: Sequence[Matrix], values: Sequence[int], product: Any) -> tuple[Matrix, Matrix]:
    """The projection on `values` and that on all other values of the bits."""
    hit = reduce(product, [kept[value] for value in values])
    every = reduce(product, [kept[0] + kept[1]] * len(values))
    return hit, every - hit


def _either(inner: Form, hit: Matrix, miss: Matrix, product: Any) -> Form:
    idle = product(np.eye(inner.constants.shape[1]), miss)
    if inner.is_fixed:
        return fixed_form(product(inner.evaluate(), hit) + idle)
    done = [product(constant, hit) for constant in inner.constants]
    return Form(
        f"{inner.key}+1",
        inner.num_params,
        lambda params: (*inner.coefficients(params), 1.0),
        np.stack([*done, idle]),
    )

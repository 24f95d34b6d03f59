"""Matrices that depend on a few numbers: M(p) = sum_k c_k(p) A_k with constant A_k.

Every gate and every channel of tnsim is given this way. The constants carry the structure
(which entries are zero at every parameter value, what the operator rank is) exactly, and the
scalar coefficients c_k carry all dependence on parameters, so the same form serves every array
library, batches, and derivatives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Coefficients", "Form", "coefficient_derivatives", "fixed_form"]

_STEP = 1e-100

Array = Any
Coefficients = Callable[[Sequence[Array]], Sequence[Array]]
"""From the parameter values (scalars or equally shaped arrays) to the K real coefficients.

Written with operators and `autoray.do`, analytic in its arguments, and without branches on
values; a coefficient that is always 1 may be returned as the Python number 1.0.
"""


def _one(_: Sequence[Array]) -> Sequence[Array]:
    return (1.0,)


@dataclass(frozen=True, eq=False)
class Form:
    """A matrix M(p) = sum_k c_k(p) A_k.

    `key` names the coefficient function: two forms of one key have the same function (it goes
    into structure digests). `constants` has shape (K, D_out, D_in), read-only. `num_params` is
    the length of p.
    """

    key: str
    num_params: int
    coefficients: Coefficients
    constants: NDArray[Any]

    def __post_init__(self) -> None:
        if self.constants.ndim < 1:
            raise ValueError("`constants` must have shape (K, ...)")
        self.constants.setflags(write=False)

    @property
    def is_fixed(self) -> bool:
        return self.num_params == 0

    @property
    def support(self) -> NDArray[np.bool_]:
        """Which entries can be nonzero: shape (D_out, D_in)."""
        result: NDArray[np.bool_] = (self.constants != 0).any(axis=0)
        return result

    def evaluate(self, params: Sequence[float] = ()) -> NDArray[Any]:
        """M(p) as a NumPy array for plain numbers p."""
        values = [np.asarray(c) for c in self.coefficients(list(params))]
        result: NDArray[Any] = np.tensordot(np.stack(values), self.constants, axes=(0, 0))
        return result


def coefficient_derivatives(
    coefficients: Coefficients, params: Sequence[NDArray[np.float64] | float]
) -> NDArray[np.float64]:
    """dc_k / dp_j at real parameter values of shape () or (B,): shape (K, P), or (K, P, B).

    By the complex step, Im c(p + ih) / h, exact to rounding since nothing is subtracted
    (Squire and Trapp, SIAM Review 40, 110 (1998)).
    """
    given = [np.asarray(p, dtype=np.float64) for p in params]
    shape = np.broadcast_shapes(*(p.shape for p in given))
    columns = []
    for j, p in enumerate(given):
        stepped: list[Any] = [*given]
        stepped[j] = p + 1j * _STEP
        values = coefficients(stepped)
        columns.append([np.broadcast_to(np.imag(value) / _STEP, shape) for value in values])
    return np.array(columns, dtype=np.float64).swapaxes(0, 1)


def fixed_form(matrix: NDArray[Any]) -> Form:
    """The form of a constant matrix (K = 1, no parameters)."""
    return Form("one", 0, _one, np.array(matrix)[None])

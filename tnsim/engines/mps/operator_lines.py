"""An observable as a line of tensors on Pauli legs, and its value in |0...0>."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .decompositions import Truncation
from .line import Line
from .observables import Weighted

__all__ = ["observable_line", "value_at_zero"]


def observable_line(weighted: Weighted, num_sites: int, dtype: Any) -> Line:
    """sum_t c_t P_t as components of the Pauli strings (P_t unnormalised), of the least bond."""
    terms, count = weighted.terms, weighted.terms.count
    numbers = (
        weighted.coefficients
        if np.iscomplexobj(np.zeros((), dtype))
        else (weighted.coefficients.real)
    )
    vectors = np.zeros((num_sites, count, 4))
    vectors[:, :, 0] = 1.0
    vectors[terms.sites, terms.owner] = terms.table[terms.letters]
    tensors = []
    for site in range(num_sites):
        one: NDArray[Any] = np.zeros((count, 4, count), dtype=dtype)
        one[np.arange(count), :, np.arange(count)] = vectors[site]
        if site == 0:
            one = np.tensordot(numbers.astype(dtype), one, axes=(0, 0))[None]
        if site == num_sites - 1:
            one = one.sum(axis=2, keepdims=True)
        tensors.append(one)
    line = Line(tensors)
    line.move(num_sites - 1)
    line.compress(Truncation(None, 0.0))
    return line


def value_at_zero(line: Line) -> complex:
    """sum_P o_P <0|P|0> with the norm that was divided out put back."""
    vector, log = np.ones(1, dtype=line.tensors[0].dtype), line.log_norm
    for one in line.tensors:
        vector = vector @ (one[:, 0, :] + one[:, 3, :])
        norm = float(np.linalg.norm(vector))
        if not norm:
            return 0.0
        vector, log = vector / norm, log + math.log(norm)
    return complex(vector[0] * math.exp(log))

"""From a task's array of live components to the numbers that a query asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from autoray import do
from numpy.typing import NDArray

from tnsim.base.arrays import Array, as_library
from tnsim.engines.inputs import Inputs, Outcome

__all__ = [
    "PAULIS",
    "density_matrix",
    "expanded",
    "live_positions",
    "probabilities",
    "real",
    "weighted_sum",
]

PAULIS = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


def real(array: Array) -> Array:
    """The real part, where the array is complex."""
    return do("real", array) if "complex" in str(array.dtype) else array


def live_positions(
    flat: NDArray[np.intp], live: Sequence[NDArray[np.intp]], shape: tuple[int, ...]
) -> NDArray[np.intp]:
    """Where flat positions of `shape` are in an array of its live components only; -1 if dead."""
    found = np.zeros(len(flat), dtype=np.intp)
    alive = np.ones(len(flat), dtype=bool)
    coordinates = np.unravel_index(flat, shape) if shape else ()
    for axis, kept in zip(coordinates, live, strict=True):
        at = np.searchsorted(kept, axis)
        inside = at < len(kept)
        alive &= (
            inside & (kept[np.minimum(at, max(len(kept) - 1, 0))] == axis) if len(kept) else False
        )
        found = found * max(len(kept), 1) + np.where(inside, at, 0)
    return np.where(alive, found, -1)


def weighted_sum(
    outcome: Outcome, positions: NDArray[np.intp], weights: NDArray[Any], inputs: Inputs
) -> Array:
    """sum_t weights[t] * answer[positions[t]], shape () or (batch,)."""
    array = real(outcome.array)
    batch = (array.shape[0],) if outcome.batched else ()
    flat = do("reshape", array, (*batch, -1))
    dense = np.zeros(int(flat.shape[-1]), dtype=weights.dtype)
    alive = positions >= 0
    np.add.at(dense, positions[alive], weights[alive])
    return contract_last(flat, dense, inputs)


def contract_last(array: Array, vector: NDArray[Any], inputs: Inputs) -> Array:
    """The product of the last axis with a constant vector."""
    dtype = _dtype_name(array)
    if np.iscomplexobj(vector):
        dtype = {"float32": "complex64", "float64": "complex128"}.get(dtype, dtype)
        array = do("astype", array, dtype)
    constant = as_library(vector, dtype, inputs.library, inputs.like)
    return do("tensordot", array, constant, axes=[[len(array.shape) - 1], [0]])


def expanded(
    outcome: Outcome, live: Sequence[NDArray[np.intp]], shape: tuple[int, ...], inputs: Inputs
) -> Array:
    """The answer with all components, the dead ones zero; real; batch axis kept."""
    array = real(outcome.array)
    for axis, (kept, dim) in enumerate(zip(live, shape, strict=True)):
        if len(kept) < dim:
            table = np.zeros((len(kept), dim))
            table[np.arange(len(kept)), kept] = 1.0
            array = apply_to_axis(array, table, axis + int(outcome.batched), inputs)
    return array


def probabilities(components: Array, qubits: int, batched: bool) -> Array:
    """p(b) from r over {I, Z}^k: one factor [[1, 1], [1, -1]] / 2 a qubit; shape (.., 2^k)."""
    batch = (components.shape[0],) if batched else ()
    array = do("reshape", components, (-1,)) * 0.5**qubits
    for qubit in range(qubits):
        array = do("reshape", array, (-1, 2, 2 ** (qubits - 1 - qubit)))
        one, two = array[:, 0], array[:, 1]
        array = do("stack", [one + two, one - two], axis=1)
    return do("reshape", array, (*batch, 2**qubits))


def density_matrix(components: Array, order: Sequence[int], batched: bool, inputs: Inputs) -> Array:
    """rho = sum_P r_P P / 2^k; `order[i]` is the axis of the i-th qubit; shape (.., 2^k, 2^k)."""
    k, offset = len(order), int(batched)
    dtype = {"float32": "complex64", "float64": "complex128"}[_dtype_name(components)]
    array = do("astype", components, dtype)
    axes = (*range(offset), *(offset + a for a in order))
    array = do("transpose", array, axes)
    table = as_library(PAULIS.reshape(4, 4) / 2, dtype, inputs.library, inputs.like)
    for axis in range(k):
        array = _tensordot_axis(array, table, axis + offset)
    batch = (components.shape[0],) if batched else ()
    array = do("reshape", array, (*batch, *(2,) * (2 * k)))
    pairs = (*range(0, 2 * k, 2), *range(1, 2 * k, 2))
    array = do("transpose", array, (*range(offset), *(offset + a for a in pairs)))
    return do("reshape", array, (*batch, 2**k, 2**k))


def apply_to_axis(array: Array, table: NDArray[Any], axis: int, inputs: Inputs) -> Array:
    """Replace an axis by its product with a table (old, new)."""
    constant = as_library(table, _dtype_name(array), inputs.library, inputs.like)
    return _tensordot_axis(array, constant, axis)


def _tensordot_axis(array: Array, table: Array, axis: int) -> Array:
    last = len(array.shape) - 1
    moved = do("transpose", array, (*(k for k in range(last + 1) if k != axis), axis))
    product = do("tensordot", moved, table, axes=[[last], [0]])
    back = (*range(axis), last, *range(axis, last))
    return do("transpose", product, back)


def _dtype_name(array: Array) -> str:
    return (
        str(do("get_dtype_name", array)) if not isinstance(array, np.ndarray) else array.dtype.name
    )

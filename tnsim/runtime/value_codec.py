"""The numbers of a result as JSON, and as NumPy arrays.

values = {"array": ARRAY} | {"arrays": {NAME: ARRAY, ...}}      ARRAY as in tnsim.base.codec
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.arrays import Array, to_numpy
from tnsim.base.codec import decode_array, encode_array
from tnsim.base.errors import TnsimError

__all__ = ["NumpyValues", "Values", "decode_values", "encode_values", "numpy_values"]

Values = Array | Mapping[str, Array]
NumpyValues = NDArray[Any] | dict[str, NDArray[Any]]


def numpy_values(values: Values) -> NumpyValues:
    """NumPy copies of one array, or of a mapping of arrays, from any library and device."""
    if isinstance(values, Mapping):
        return {str(name): to_numpy(array) for name, array in values.items()}
    return to_numpy(values)


def encode_values(values: Values) -> dict[str, Any]:
    """The JSON object of one array or of a mapping of arrays."""
    plain = numpy_values(values)
    if isinstance(plain, dict):
        return {"arrays": {name: encode_array(array) for name, array in plain.items()}}
    return {"array": encode_array(plain)}


def decode_values(data: object) -> NumpyValues:
    """The inverse of `encode_values`, as NumPy arrays; `TnsimError` on anything else."""
    if isinstance(data, Mapping) and set(data) == {"array"}:
        return decode_array(data["array"])
    arrays = data.get("arrays") if isinstance(data, Mapping) and len(data) == 1 else None
    if not isinstance(arrays, Mapping):
        raise TnsimError('values must be {"array": ...} or {"arrays": {name: ...}}')
    return {str(name): decode_array(array) for name, array in arrays.items()}


def same_values(left: NumpyValues, right: NumpyValues, rtol: float, atol: float) -> bool:
    """Whether names and shapes are equal and |left - right| <= atol + rtol |right| throughout."""
    if isinstance(left, dict) or isinstance(right, dict):
        if not (isinstance(left, dict) and isinstance(right, dict)) or set(left) != set(right):
            return False
        return all(same_values(left[name], right[name], rtol, atol) for name in left)
    return left.shape == right.shape and bool(np.allclose(left, right, rtol=rtol, atol=atol))

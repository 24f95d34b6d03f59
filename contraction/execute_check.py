"""Refusing arrays that are not as planned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import autoray
import numpy as np

from tnsim.base.arrays import library_of
from tnsim.base.errors import TnsimError

from .schedule import Source

__all__ = ["check_array", "check_arrays", "check_finite"]

Array = Any


def check_arrays(sources: Sequence[Source], arrays: Sequence[Array], dtype: str) -> tuple[str, int]:
    """The arrays' library and batch size; `TnsimError` where an array is not as planned."""
    if len(arrays) != len(sources):
        raise TnsimError(
            f"`arrays` must hold one array for each of {len(sources)} inputs (got {len(arrays)})"
        )
    library, batch = "", 0
    for i, (array, source) in enumerate(zip(arrays, sources, strict=True)):
        library, batch = check_array(f"arrays[{i}]", array, source, dtype, library, batch)
    return library, batch


def check_array(
    name: str, array: Array, source: Source, dtype: str, library: str, batch: int
) -> tuple[str, int]:
    """The library and batch size with what this array says of them ("" and 0: not known yet)."""
    found = "numpy" if type(array) is np.ndarray else library_of(array)
    if not hasattr(array, "shape"):
        raise TnsimError(f"`{name}` must be an array (got {type(array).__name__})")
    if library and found != library:
        raise TnsimError(
            f"`arrays` must come from one library, but {name} is of {found} and those "
            f"before it are of {library}; convert them"
        )
    shape = tuple(array.shape)
    if source.batched:
        if len(shape) == len(source.shape) + 1 and shape[0] > 0:
            batch = batch or shape[0]
        if not batch or shape != (batch, *source.shape):
            wanted = ", ".join(map(str, (batch or "batch", *source.shape)))
            raise TnsimError(
                f"`{name}` must have shape ({wanted}) with the batch axis in front (got {shape})"
            )
    elif shape != source.shape:
        raise TnsimError(f"`{name}` must have shape {source.shape} (got {shape})")
    if not (found == "numpy" and array.dtype == dtype):
        kind = array.dtype.name if found == "numpy" else autoray.get_dtype_name(array)
        if kind != dtype:
            raise TnsimError(
                f"`{name}` must have the plan's dtype {dtype} (got {kind}); convert it, or "
                "plan for that dtype" + (_JAX_HINT if found == "jax" else "")
            )
    return found, batch


_JAX_HINT = " (JAX makes 64-bit arrays only where jax.enable_x64 is on)"


def check_finite(result: Array, arrays: Sequence[Array]) -> None:
    """NaN or infinity in any input shows in the result; then find out which input it was."""
    with np.errstate(all="ignore"):
        if np.isfinite(result.sum()):
            return
    for i, array in enumerate(arrays):
        if not np.isfinite(array).all():
            raise TnsimError(f"`arrays[{i}]` must be finite, but it holds NaN or infinity")

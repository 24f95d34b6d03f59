"""One policy for array libraries and precision, over autoray.

NumPy, Torch, TensorFlow and JAX arrays are recognised, never imported here unless an array of
theirs was given. A *precision* is named by its complex dtype; the Pauli basis uses the real
dtype of the same precision.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

import autoray
import numpy as np
from numpy.typing import NDArray

from .errors import TnsimError

__all__ = [
    "LIBRARIES",
    "Array",
    "as_library",
    "check_precision",
    "common_library",
    "complex_dtype",
    "double_precision",
    "itemsize",
    "library_of",
    "real_dtype",
    "to_numpy",
]

Array = Any
LIBRARIES = ("numpy", "torch", "tensorflow", "jax")
_REAL = {"complex64": "float32", "complex128": "float64"}
_COMPLEX = {"float32": "complex64", "float64": "complex128"}


def check_precision(dtype: str) -> str:
    """The complex dtype name of a precision given as complex or real dtype."""
    name = dtype if isinstance(dtype, str) else _dtype_name(dtype)
    name = _COMPLEX.get(name, name)
    if name not in _REAL:
        raise TnsimError(f"`dtype` must be 'complex64' or 'complex128' (got {dtype!r})")
    return name


def _dtype_name(dtype: object) -> str:
    """The name of a dtype of NumPy; "" for what is none (None too, which NumPy takes)."""
    try:
        return "" if dtype is None else np.dtype(dtype).name  # type: ignore[call-overload]
    except TypeError:
        return ""


def real_dtype(dtype: str) -> str:
    """The real dtype of the same precision: complex128 -> float64."""
    return _REAL[check_precision(dtype)]


def complex_dtype(dtype: str) -> str:
    """The complex dtype of the same precision: float64 -> complex128."""
    return check_precision(dtype)


def itemsize(dtype: str) -> int:
    """Bytes of one number of `dtype`."""
    return int(np.dtype(dtype).itemsize)


def library_of(value: object) -> str:
    """The library of an array, one of `LIBRARIES`; plain Python numbers count as NumPy."""
    if isinstance(value, int | float | complex | list | tuple | np.ndarray | np.generic):
        return "numpy"
    name: str = autoray.infer_backend(value)
    if name not in LIBRARIES:
        raise TnsimError(
            f"arrays must come from {', '.join(LIBRARIES)} (got {type(value).__module__}."
            f"{type(value).__name__})"
        )
    return name


def common_library(values: Iterable[object]) -> tuple[str, Array | None]:
    """The one non-NumPy library among `values` with an array of it, or ("numpy", None)."""
    found: dict[str, Array] = {}
    for value in values:
        name = library_of(value)
        if name != "numpy":
            found.setdefault(name, value)
    if len(found) > 1:
        raise TnsimError(f"arrays must come from one library (got {', '.join(sorted(found))})")
    return next(iter(found.items())) if found else ("numpy", None)


def as_library(array: NDArray[Any], dtype: str, library: str, like: Array | None) -> Array:
    """A NumPy array as `dtype` in `library`, on the device of `like` where that is given."""
    cast = np.asarray(array)
    if cast.dtype.name != dtype:
        cast = cast.real if np.iscomplexobj(cast) and not dtype.startswith("complex") else cast
        cast = cast.astype(dtype)
    if library == "numpy":
        return cast
    if library == "torch":
        import torch

        device = like.device if like is not None else None
        return torch.tensor(cast, device=device)
    return autoray.do("array", cast, like=library if like is None else like)


def to_numpy(array: Array) -> NDArray[Any]:
    """A NumPy copy of any library's array."""
    return np.asarray(autoray.to_numpy(array))


@contextlib.contextmanager
def double_precision(library: str, dtype: str) -> Iterator[None]:
    """Where JAX would cut 64-bit results to 32 bits, tell it not to, in this thread only."""
    if library != "jax" or dtype in ("float32", "complex64"):
        yield
        return
    import jax

    if hasattr(jax, "enable_x64"):
        context = jax.enable_x64(True)
    else:
        from jax.experimental import enable_x64

        context = enable_x64(True)
    with context:
        yield

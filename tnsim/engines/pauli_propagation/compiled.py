"""How kernels are compiled: at their first call, kept on disk, without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

__all__ = ["compiled", "inlined"]

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """The function as machine code; what it calls must be compiled too."""
    return cast("F", numba.njit(nogil=True, cache=True, error_model="numpy")(function))


def inlined(function: F) -> F:
    """The same, written into its callers: for small functions that are given many arrays."""
    return cast("F", numba.njit(nogil=True, error_model="numpy", inline="always")(function))

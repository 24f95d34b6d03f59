"""Kernels in machine code: plain functions on arrays, compiled by numba at their first call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

__all__ = ["compiled"]

F = TypeVar("F", bound=Callable[..., Any])

# Sums may be taken in another order, which is the same one whenever a kernel is called: what a
# trajectory gives does not depend on how many of them run beside it.
_FREEDOMS = {"contract", "nsz", "reassoc"}


def compiled(function: F) -> F:
    """`function` as machine code that lets other threads run, kept on disk between processes."""
    made = numba.njit(nogil=True, cache=True, error_model="numpy", fastmath=_FREEDOMS)(function)
    return cast("F", made)

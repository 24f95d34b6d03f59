"""The matrix library's own threads, kept still while ours share the blocks.

A product of matrices that fit the cache takes less time than waking a thread of OpenBLAS or MKL,
and where other processes want the cores, its threads wait for each other by spinning: a
contraction took ten times as long. Blocks are shared among threads of ours instead, each of
which multiplies on its own.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

__all__ = ["one_matrix_thread"]

_TAKEN = threading.Lock()


@contextlib.contextmanager
def one_matrix_thread() -> Iterator[None]:
    """NumPy's matrix library uses one thread in this process until the block is left.

    The number of threads belongs to the process, and OpenBLAS takes it from one thread only: of
    contractions that overlap, the first limits it, and puts back what it found.
    """
    if not _TAKEN.acquire(blocking=False):
        yield
        return
    try:
        with _controller().limit(limits=1, user_api="blas"):
            yield
    finally:
        _TAKEN.release()


@cache
def _controller() -> ThreadpoolController:
    """Finding the loaded libraries takes milliseconds, so it is done once."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()

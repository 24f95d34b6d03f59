"""One block of memory for all large tensors of a slice.

Memory new from the operating system costs more time than the numbers written to it, and each
slice would ask for it again. So large results and copies get places in one array that lives as
long as the contraction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Tenant", "assign"]


@dataclass(frozen=True)
class Tenant:
    """An array of `size` numbers that is needed from time `birth` up to time `death`."""

    size: int
    birth: int
    death: int


def assign(tenants: Sequence[Tenant]) -> tuple[list[int], int]:
    """An offset for each tenant, and the size of it all; tenants that meet do not overlap.

    The largest first, each at the place where the gap that it fits in is smallest.

    >>> assign([Tenant(4, 0, 2), Tenant(2, 1, 4), Tenant(4, 2, 4)])
    ([0, 4, 0], 6)
    """
    offsets = [0] * len(tenants)
    placed: list[int] = []
    order = sorted(range(len(tenants)), key=lambda i: (-tenants[i].size, tenants[i].birth))
    for i in order:
        here = tenants[i]
        met = sorted(
            (offsets[j], offsets[j] + tenants[j].size)
            for j in placed
            if tenants[j].birth < here.death and here.birth < tenants[j].death
        )
        offsets[i] = _best_gap(met, here.size)
        placed.append(i)
    total = max((o + t.size for o, t in zip(offsets, tenants, strict=True)), default=0)
    return offsets, total


def _best_gap(taken: Sequence[tuple[int, int]], size: int) -> int:
    """Where the smallest gap that is large enough begins; the end of all where none is."""
    best: tuple[int, int] | None = None
    end = 0
    for begin, stop in taken:
        if begin - end >= size and (best is None or begin - end < best[0]):
            best = begin - end, end
        end = max(end, stop)
    return end if best is None else best[1]

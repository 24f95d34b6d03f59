"""One block of memory for all large tensors of a slice.

Memory new from the operating system costs more time than the numbers written to it, and each
slice would ask for it again. So large results and copies get places in one array that lives as
long as the contraction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

__all__ = ["Tenant", "assign"]

_TRIES = 32
_COMPARISONS = 50_000


@dataclass(frozen=True)
class Tenant:
    """An array of `size` numbers that is needed from time `birth` up to time `death`."""

    size: int
    birth: int
    death: int


def assign(tenants: Sequence[Tenant]) -> tuple[list[int], int]:
    """An offset for each tenant, and the size of it all; tenants that meet do not overlap.

    The largest are placed first. As long as that leaves gaps, whoever sticks out most is placed
    earlier, and the best of a few such tries is taken.

    >>> assign([Tenant(4, 0, 2), Tenant(2, 1, 4), Tenant(4, 2, 4)])
    ([0, 4, 0], 6)
    """
    if not tenants:
        return [], 0
    order = sorted(range(len(tenants)), key=lambda i: (-tenants[i].size, tenants[i].birth))
    least = _most_at_once(tenants)
    best: tuple[list[int], int] | None = None
    for _ in range(max(1, min(_TRIES, _COMPARISONS // len(tenants) ** 2))):
        offsets = _place(tenants, order)
        ends = [offset + tenant.size for offset, tenant in zip(offsets, tenants, strict=True)]
        total = max(ends)
        if best is None or total < best[1]:
            best = offsets, total
        place = order.index(ends.index(total))
        if total <= least or place == 0:
            break
        order.insert(place // 2, order.pop(place))
    assert best is not None
    return best


def _most_at_once(tenants: Sequence[Tenant]) -> int:
    """What all tenants take at the time when they take most: no arena is smaller."""
    changes: dict[int, int] = {}
    for tenant in tenants:
        changes[tenant.birth] = changes.get(tenant.birth, 0) + tenant.size
        changes[tenant.death] = changes.get(tenant.death, 0) - tenant.size
    return max(accumulate(changes[time] for time in sorted(changes)))


def _place(tenants: Sequence[Tenant], order: Sequence[int]) -> list[int]:
    """Offsets, given out in `order`, each where the gap that the tenant fits in is smallest."""
    offsets = [0] * len(tenants)
    placed: list[int] = []
    for i in order:
        here = tenants[i]
        met = sorted(
            (offsets[j], offsets[j] + tenants[j].size)
            for j in placed
            if tenants[j].birth < here.death and here.birth < tenants[j].death
        )
        offsets[i] = _best_gap(met, here.size)
        placed.append(i)
    return offsets


def _best_gap(taken: Sequence[tuple[int, int]], size: int) -> int:
    """Where the smallest gap that is large enough begins; the end of all where none is."""
    best: tuple[int, int] | None = None
    end = 0
    for begin, stop in taken:
        if begin - end >= size and (best is None or begin - end < best[0]):
            best = begin - end, end
        end = max(end, stop)
    return end if best is None else best[1]

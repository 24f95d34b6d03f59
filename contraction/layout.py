"""In which order each tensor's legs lie in memory, so that products have little to move."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

__all__ = [
    "BATCH",
    "Legs",
    "Roles",
    "Sizes",
    "choose_result",
    "element_count",
    "future_cost",
    "grouped",
    "move_cost",
    "replaced",
    "roles",
]

Legs = tuple[int, ...]
"""Labels as small integers, outermost axis first."""

Sizes = Mapping[int, int]
"""The dimension of every leg; -1 for the batch axis, whose size is known at run time only."""

BATCH = -1
"""The leading batch axis; where a tensor has it, it comes first."""

_MOVE = ((1, 3.3), (2, 3.5), (4, 2.6), (8, 1.7), (16, 1.3), (32, 1.1), (256, 0.9))
# Nanoseconds to gather one number of 8 bytes in blocks that fit the cache, by the length of the
# contiguous runs; measured with numpy.copyto, see benchmarks/kernel_rate.py.


@dataclass(frozen=True)
class Roles:
    """What each leg does in a product of two tensors.

    `shared` legs are on both operands and on the result, `summed` on both operands only, `rows`
    on the left one and `columns` on the right one. The order is that of the operand named first
    (`shared` and `summed`: the left operand's). The batch axis is among `shared` or `rows`.
    """

    shared: Legs
    summed: Legs
    rows: Legs
    columns: Legs


def roles(left: Legs, right: Legs, kept: Iterable[int]) -> Roles:
    """The roles of the legs when the result keeps `kept`."""
    stays, on_right, on_left = set(kept), set(right), set(left)
    both = [x for x in left if x in on_right]
    return Roles(
        tuple(x for x in both if x in stays),
        tuple(x for x in both if x not in stays),
        tuple(x for x in left if x not in on_right),
        tuple(x for x in right if x not in on_left),
    )


def element_count(legs: Iterable[int], sizes: Sizes) -> int:
    """The numbers in a tensor with these legs, for a batch of one."""
    return abs(math.prod(map(sizes.__getitem__, legs)))


def grouped(
    source: Legs, target: Sequence[Legs], sizes: Sizes
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Axes of a tensor after merging the legs that stay together in every group of `target`.

    `target` are groups of legs; their concatenation is a permutation of `source`. Returns the
    merged shape of the source, the axes such that `array.reshape(shape).transpose(axes)` has
    the order of the target, and how many of these axes each group takes. Sizes of -1 give -1.
    """
    follows = dict(itertools.pairwise(source))
    chunks: list[list[int]] = []
    counts = []
    for group in target:
        begin = len(chunks)
        for k, leg in enumerate(group):
            if k and follows.get(group[k - 1]) == leg:
                chunks[-1].append(leg)
            else:
                chunks.append([leg])
        counts.append(len(chunks) - begin)
    place = {leg: i for i, leg in enumerate(source)}
    by_source = sorted(range(len(chunks)), key=lambda c: place[chunks[c][0]])
    shape = tuple(merged_size(chunks[c], sizes) for c in by_source)
    position = {c: i for i, c in enumerate(by_source)}
    return shape, tuple(position[c] for c in range(len(chunks))), tuple(counts)


def merged_size(legs: Iterable[int], sizes: Sizes) -> int:
    """The product of sizes, -1 where the batch axis is among the legs."""
    size = math.prod(map(sizes.__getitem__, legs))
    return size if size > 0 else -1


def move_cost(run: int) -> float:
    """Nanoseconds a number takes to be moved when `run` of them are contiguous."""
    cost = _MOVE[0][1]
    for length, nanoseconds in _MOVE:
        if run >= length:
            cost = nanoseconds
    return cost


def choose_result(
    base: Legs, added: Legs, sizes: Sizes, dies: Callable[[int], int]
) -> tuple[Legs, float]:
    """The order of a large result whose legs are `base`, in the large operand's order, and `added`.

    The added legs go before the others or after them, where they can be written without a
    scattering copy, or all legs are sorted so that the first to be summed stand outermost.
    `dies(leg)` is the step that sums a leg. Returns the order that makes the next products
    cheapest, with their cost for copies in nanoseconds a number.
    """
    front = tuple(x for x in base if x == BATCH)
    base = base[len(front) :]
    added = tuple(sorted(added, key=dies))
    # Rows of the result that are far apart are written more slowly than neighbouring ones.
    candidates = [(0.0, base + added), (0.4, added + base)]
    everything = tuple(sorted(base + added, key=dies))
    if everything not in (base + added, added + base):
        candidates.append((move_cost(_common_run(everything, base, added, sizes)), everything))
    costs = [(now + future_cost(order, sizes, dies), order) for now, order in candidates]
    cost, best = min(costs, key=lambda option: option[0])
    return front + best, cost


def replaced(
    large: Legs, summed: Legs, added: Legs, sizes: Sizes, dies: Callable[[int], int]
) -> Legs | None:
    """The legs of `large` with each of `summed` replaced by one of `added` of the same size.

    Of legs of one size, the first to be summed later takes the outermost place. None where the
    sizes do not match.
    """
    waiting: dict[int, list[int]] = {}
    for x in sorted(added, key=dies, reverse=True):
        waiting.setdefault(sizes[x], []).append(x)
    gone = set(summed)
    made = []
    for x in large:
        if x not in gone:
            made.append(x)
        elif waiting.get(sizes[x]):
            made.append(waiting[sizes[x]].pop())
        else:
            return None
    return None if any(waiting.values()) else tuple(made)


def _common_run(order: Legs, base: Legs, added: Legs, sizes: Sizes) -> int:
    """The length of the runs in which a result in the order `order` is written."""
    run = 1
    source = base if order and order[-1] in base else added
    for x, y in zip(reversed(order), reversed(source), strict=False):
        if x != y:
            break
        run *= sizes[x]
    return run


def future_cost(order: Legs, sizes: Sizes, dies: Callable[[int], int], horizon: int = 3) -> float:
    """What the next `horizon` products pay for gathering the legs that they sum, in ns a number."""
    cost, weight = 0.0, 1.0
    order = tuple(x for x in order if x != BATCH)
    numbers = [dies(x) for x in order]
    for death in sorted(set(numbers))[:horizon]:
        flags = [number == death for number in numbers]
        first = flags.index(True)
        last = len(flags) - 1 - flags[::-1].index(True)
        together = all(flags[first : last + 1])
        run = math.prod(map(sizes.__getitem__, order[last + 1 :]))
        if not (together and (first == 0 or last == len(order) - 1 or run >= 64)):
            cost += weight * move_cost(run)
        order = tuple(x for x, flag in zip(order, flags, strict=True) if not flag)
        numbers = [number for number in numbers if number != death]
        weight *= 0.7
    return cost

"""A contraction order as a chain of states: what each step and each state takes in memory.

The state between two steps is the set of tensors made so far and not yet used. So any tree, walked
in its order, is a chain that can be restarted from a state that was kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .reverse_tree import ReverseTree

__all__ = ["Chain", "Spans", "chain_of"]

Numbers = NDArray[np.float64]

_STEP = 5e3
# Multiply-adds that take as long as the Python around a product.


@dataclass(frozen=True)
class Chain:
    """By step: what it makes, and what its reverse takes.

    `size` are the numbers in the result of each step and `use` the step that takes it; of the
    results, `needed` are those that the reverse pass multiplies by, `alive` those on the way to
    such. `cost` is the work of doing a step again, `beside` the numbers in adjoints and gradients
    before a step is reversed, `during` those while it is.
    """

    size: Numbers
    use: NDArray[np.int64]
    needed: NDArray[np.bool_]
    alive: NDArray[np.bool_]
    cost: Numbers
    beside: Numbers
    during: Numbers

    def __len__(self) -> int:
        return len(self.size)

    def spans(self, begin: int, end: int, stops: Sequence[int]) -> Spans:
        """What it takes to go on from the state before step `begin` up to each of `stops`.

        None of them is after `end`.
        """
        size, inside = self.size[begin:end], np.arange(begin, end)
        use = np.minimum(self.use[begin:end], end) - begin
        count = end - begin

        def used(marks: NDArray[np.bool_]) -> Numbers:
            """Numbers in tensors made from `begin` on and used up to a step."""
            return np.cumsum(np.bincount(use, size * marks, count + 1)[:count])

        needed, alive = self.needed[begin:end], self.alive[begin:end]
        everything = np.ones(count, np.bool_)
        before = np.concatenate(([0.0], used(everything)[:-1]))
        live = np.cumsum(size) - before
        taped = used(needed)
        taped_before = np.concatenate(([0.0], taped[:-1]))
        reverse = np.maximum.accumulate(taped + self.during[inside])
        forward = np.maximum.accumulate(live)
        both = np.maximum.accumulate(live + taped_before)
        state = np.cumsum(size * alive) - used(alive)
        at = np.asarray(stops) - begin - 1
        beside = self.beside[np.asarray(stops) - 1]
        return Spans(
            tape=np.maximum(reverse[at], both[at] + beside), forward=forward[at], state=state[at]
        )


@dataclass(frozen=True)
class Spans:
    """By where a span stops: numbers in memory, apart from the state that it begins with.

    `tape`: going forward with all that is needed kept, and back; `forward`: going forward only;
    `state`: what must be kept of the state there.
    """

    tape: Numbers
    forward: Numbers
    state: Numbers


def chain_of(
    tree: ReverseTree,
    size: Callable[[int], int],
    adjoint_size: Callable[[int], int],
    work: Callable[[int], int],
    *,
    shared: Iterable[int],
    is_sliced: bool,
) -> Chain:
    """The chain of a contraction order.

    `size` and `adjoint_size` are numbers in a tensor and in its adjoint, `work` the multiply-adds
    of a step. `shared` steps were done before. Where slices are added up, gradients are memory
    that is there all along, and do not count here.
    """
    n, steps = tree.inputs, len(tree.path)
    skipped = set(shared)
    made = range(n, n + steps)
    is_done = np.array([t in skipped for t in range(steps)], bool)
    sizes = np.array([float(size(k)) for k in made]) * ~is_done
    alive = np.array([tree.alive[k] for k in made], bool) & ~is_done
    needed = np.array([tree.needed[k] for k in made], bool) & ~is_done
    cost = np.array([float(work(t)) + _STEP for t in range(steps)]) * alive
    # An adjoint is there from the reverse of the step that uses the tensor to that of its own.
    change = np.zeros(steps + 1)
    during = np.zeros(steps)
    for k in range(n + steps - 1):
        if not tree.active[k]:
            continue
        amount, end = float(adjoint_size(k)), tree.use[k]
        during[end] += amount
        if k not in tree.leaves or not is_sliced:
            change[max(k - n, 0)] += amount
            change[end] -= amount
    beside = np.cumsum(change)[:steps]
    use = np.array([tree.use[k] for k in made], np.int64)
    return Chain(sizes, use, needed, alive, cost, beside, beside + during)

"""Which tensors of a contraction carry derivatives, and which the reverse pass looks at again."""

from __future__ import annotations

from collections.abc import Sequence

from .schedule_walk import Walk

__all__ = ["ReverseTree"]


class ReverseTree:
    """A contraction order, seen from its end, when the tensors in `wanted` are differentiated by.

    None of these is made from another; they may be intermediates.

    With C = A B the adjoints are A' = C' B and B' = C' A, so a step is visited where the subtree
    of its result holds a wanted tensor, and the reverse pass needs a tensor again where that of
    its sibling does. By tensor: `active` marks those with an adjoint, `needed` those that the
    reverse pass multiplies by, `alive` those that it needs or that are on the way to such ones;
    `use` is the step that takes the tensor, after the last for the root.
    """

    def __init__(self, walk: Walk, wanted: Sequence[int]) -> None:
        self.leaves = frozenset(wanted)
        self.path = walk.path
        self.inputs = len(walk.terms)
        n, steps = self.inputs, len(self.path)
        self.root = n + steps - 1
        self.active = [i in self.leaves for i in range(n)]
        self.use = [steps] * (n + steps)
        for t, (i, j) in enumerate(self.path):
            below = self.active[i] or self.active[j]
            self.active.append(below or n + t in self.leaves)
            self.use[i] = self.use[j] = t
        self.needed = [False] * (n + steps)
        self.alive = [False] * (n + steps)
        for t in reversed(range(steps)):
            i, j = self.path[t]
            for this, other in ((i, j), (j, i)):
                self.needed[this] = self.active[other]
                self.alive[this] = self.active[other] or self.alive[n + t]

    def reverses(self, t: int) -> bool:
        """Whether the reverse pass visits step t."""
        i, j = self.path[t]
        return self.active[i] or self.active[j]

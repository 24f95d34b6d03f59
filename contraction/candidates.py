"""The trees that a search has found, each with the slices that make it fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .slicing import MOST_SLICES, Cut, deepest_cut, find_cut, next_label, sliced
from .tree import Tree, tree_of

__all__ = ["Candidates", "Found", "Limits", "least_memory"]

_MOST_TREES = 12
_LOG_OF_MOST = 700.0
# Slicing a peak down by a factor f takes about f^0.1 times the work, until a search knows better.
_PRICE_OF_MEMORY = 0.1


@dataclass(frozen=True)
class Limits:
    """How many numbers may be alive besides the inputs: unsliced, and for each slice.

    With slices the finished output is held beside the slice's own, so `sliced` is the smaller.
    """

    whole: float
    sliced: float


@dataclass(frozen=True, eq=False)
class Found:
    """A tree of the unsliced graph with the labels to slice; `cost` in multiply-adds."""

    tree: Tree
    cut: Cut

    @property
    def cost(self) -> float:
        return self.cut.cost


class Candidates:
    """Trees in the order of what they promise to cost once sliced.

    Slicing a tree takes long, so it is done for the most promising first: `consider` prices a
    tree by an optimistic guess, `cut_next` slices the cheapest that is not yet sliced.
    """

    def __init__(self, limits: Limits, frozen: Sequence[int]) -> None:
        self.limits = limits
        self.frozen = tuple(frozen)
        self.trees: list[Tree] = []
        self.uncut: list[Tree] = []
        self.fitting: list[Found] = []
        self.exponent = _PRICE_OF_MEMORY
        self.quickest = math.inf
        """The cost of the quickest tree seen, whether it fits or not."""

    @property
    def best(self) -> float:
        """The cost of the quickest contraction that fits, infinite where none does yet."""
        return self.fitting[0].cost if self.fitting else math.inf

    @property
    def leader(self) -> Tree:
        """The most promising tree."""
        return self.trees[0]

    @property
    def has_uncut(self) -> bool:
        """Whether a tree that is not yet sliced promises to beat the best."""
        return bool(self.uncut) and self.promise(self.uncut[0]) < self.best

    @property
    def are_shaped(self) -> bool:
        """Whether a larger budget might have given something better than the best."""
        if not self.fitting:
            return True
        best = self.fitting[0]
        return bool(best.cut.labels) or best.cost > self.quickest

    def promise(self, tree: Tree) -> float:
        """What the tree will cost once sliced, judged by those that were."""
        # In logarithms, as hopeless trees are beyond the range of floats.
        exponent = math.log(max(tree.cost, 1.0)) + self.exponent * math.log(self._over(tree))
        return math.exp(exponent) if exponent < _LOG_OF_MOST else math.inf

    def consider(self, tree: Tree) -> Tree:
        """Add a tree; it comes back in the order of least peak."""
        ordered = tree.ordered()
        self.quickest = min(self.quickest, ordered.cost)
        self.trees = sorted((*self.trees, ordered), key=self.promise)[:_MOST_TREES]
        if self._over(ordered) == 1.0:
            self._fits(Found(ordered, Cut((), ordered.cost, ordered.peak)))
        else:
            self.uncut = sorted((*self.uncut, ordered), key=self.promise)[:_MOST_TREES]
        return ordered

    def cut_next(self, reshape: Callable[[Tree], Tree] | None) -> None:
        """Slice the most promising tree; `reshape`, where given, improves it label by label."""
        if not self.has_uncut:
            return
        tree = self.uncut.pop(0)
        most = 4 * self.best
        cuts = [find_cut(tree, self.limits.sliced, frozen=self.frozen, most=most)]
        if cuts[0] is not None:
            self._fits(Found(tree, cuts[0]))
        if reshape is not None:
            cuts.append(self._cut_and_reshape(tree, tree, reshape))
        costs = [cut.cost for cut in cuts if cut is not None]
        if costs:
            # Whoever is hardly over pays for a whole slice all the same.
            halvings = math.log(max(self._over(tree), 2.0))
            price = math.log(min(costs) / tree.cost) / halvings
            self.exponent = 0.5 * (self.exponent + max(price, 0.0))
            self.trees.sort(key=self.promise)
            self.uncut.sort(key=self.promise)

    def is_feasible(self) -> bool:
        """Whether any of the trees can be sliced at all down to the limit."""
        deepest = (deepest_cut(tree, frozen=self.frozen) for tree in self.trees)
        return any(cut.peak <= self.limits.sliced for cut in deepest)

    def within(self, limits: Limits, *, most: int = _MOST_TREES) -> Candidates:
        """The `most` best of the same trees under other limits, sliced anew."""
        again = Candidates(limits, self.frozen)
        again.exponent = self.exponent
        for found in self.fitting[:most]:
            again.consider(found.tree)
        for tree in self.trees[:most]:
            again.consider(tree)
        for _ in range(most):
            again.cut_next(None)
        again.quickest = self.quickest
        return again

    def merged(self, other: Candidates) -> Candidates:
        """The best of both, which have the same limits."""
        both = Candidates(self.limits, self.frozen)
        both.exponent = other.exponent
        both.quickest = min(self.quickest, other.quickest)
        both.trees = sorted((*self.trees, *other.trees), key=both.promise)[:_MOST_TREES]
        both.uncut = sorted((*self.uncut, *other.uncut), key=both.promise)[:_MOST_TREES]
        fitting = sorted((*self.fitting, *other.fitting), key=lambda f: f.cost)
        both.fitting = fitting[:_MOST_TREES]
        return both

    def _over(self, tree: Tree) -> float:
        return max(tree.peak / max(self.limits.whole, 1.0), 1.0)

    def _fits(self, found: Found) -> None:
        self.fitting = sorted((*self.fitting, found), key=lambda f: f.cost)[:_MOST_TREES]

    def recut(
        self,
        keep: Sequence[int],
        anneal: Callable[[Tree], Tree],
        reshape: Callable[[Tree], Tree],
    ) -> None:
        """Slice the best that fits anew, beginning from `keep` of its labels.

        With those fixed, the tree is annealed for the slice that it has become.
        """
        tree = self.fitting[0].tree
        begun = anneal(sliced(tree, keep)).ordered()
        self._cut_and_reshape(tree, begun, reshape)

    def _cut_and_reshape(
        self, tree: Tree, current: Tree, reshape: Callable[[Tree], Tree]
    ) -> Cut | None:
        """Slice label by label, and let each slice's tree change its shape in between."""
        while current.peak > self.limits.sliced:
            label = next_label(current, self.limits.sliced, frozen=self.frozen)
            if label is None:
                return None
            current = sliced(current, (label,))
            if current.graph.slices > MOST_SLICES or current.cost > 4 * self.best:
                return None
            current = reshape(current).ordered()
        whole = tree_of(tree.graph, current.pairs)
        cut = Cut(current.graph.sliced, current.cost, current.peak)
        self._fits(Found(whole, cut))
        again = find_cut(whole.ordered(), self.limits.sliced, frozen=self.frozen, most=self.best)
        if again is None:
            return cut
        self._fits(Found(whole, again))
        return min(cut, again, key=lambda each: each.cost)


def least_memory(trees: Sequence[Tree], *, frozen: Sequence[int] = ()) -> Found:
    """The least memory that any of `trees` can do with, sliced as far as it goes."""
    found = []
    for tree in trees:
        ordered = tree.ordered()
        found.append(Found(ordered, deepest_cut(ordered, frozen=frozen)))
    return min(found, key=lambda each: (each.cut.peak, each.cost))

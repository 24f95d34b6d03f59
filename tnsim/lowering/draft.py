"""A network under construction: labelled recipes that passes rewrite in place."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from .recipes import RecipeBook

__all__ = ["Draft", "IdenticallyZero"]

MOST_NEIGHBOURS = 100


class IdenticallyZero(Exception):
    """The network is zero at every parameter value (a finding, not an error)."""


class Draft:
    """Tensors by number, each a list of integer labels and a recipe.

    A label in several tensors is one index (a hyperedge where there are more than two), summed
    unless it is in `output`. `live[label]` lists, for an output label, which of its original
    components are still there: a component found to be zero always is dropped.
    """

    def __init__(self, book: RecipeBook) -> None:
        self.book = book
        self.labels: dict[int, list[int]] = {}
        self.recipe: dict[int, int] = {}
        self.where: defaultdict[int, set[int]] = defaultdict(set)
        self.dim: dict[int, int] = {}
        self.output: list[int] = []
        self.live: dict[int, np.ndarray[tuple[int], np.dtype[np.intp]]] = {}
        # Tensors that changed since absorption last looked at them.
        self.changed: set[int] = set()
        self._tensors = 0
        self._labels = 0

    def new_label(self, dim: int) -> int:
        self._labels += 1
        self.dim[self._labels] = dim
        return self._labels

    def new_labels(self, dims: Iterable[int]) -> list[int]:
        return [self.new_label(d) for d in dims]

    def open(self, label: int) -> None:
        """Make `label` an output, after the outputs opened before."""
        self.output.append(label)
        self.live[label] = np.arange(self.dim[label])

    def add(self, labels: Sequence[int], recipe: int) -> int:
        tensor = self._tensors
        self._tensors += 1
        self.labels[tensor] = list(labels)
        self.recipe[tensor] = recipe
        self.changed.add(tensor)
        for label in labels:
            self.where[label].add(tensor)
        return tensor

    def remove(self, tensor: int) -> None:
        for label in self.labels.pop(tensor):
            self.where[label].discard(tensor)
        del self.recipe[tensor]
        self.changed.discard(tensor)

    def replace(self, tensor: int, labels: Sequence[int], recipe: int) -> None:
        for label in self.labels[tensor]:
            self.where[label].discard(tensor)
        for label in labels:
            self.where[label].add(tensor)
        self.labels[tensor] = list(labels)
        self.recipe[tensor] = recipe
        self.changed.add(tensor)

    def forget(self, label: int) -> None:
        """Drop a label that no tensor has any more."""
        del self.dim[label]
        self.where.pop(label, None)

    def is_output(self, label: int) -> bool:
        return label in self.live

    def size(self, tensor: int) -> int:
        return self.book.size(self.recipe[tensor])

    def neighbours(self, tensor: int) -> set[int]:
        """The tensors that share a label, at most `MOST_NEIGHBOURS` for each label.

        An index that thousands of tensors share would make every look at one of them cost a look
        at all.
        """
        found: set[int] = set()
        for label in self.labels[tensor]:
            sharing = self.where[label]
            few = len(sharing) <= MOST_NEIGHBOURS
            found.update(sharing if few else itertools.islice(sharing, MOST_NEIGHBOURS))
        found.discard(tensor)
        return found

    def summed_by(self, label: int, tensors: Iterable[int]) -> bool:
        """Whether contracting `tensors` together may sum over `label`."""
        return not self.is_output(label) and self.where[label].issubset(tensors)

    def contract(self, one: int, two: int) -> int:
        """Replace two tensors by their product, summed over labels that only they have."""
        a, b = self.labels[one], self.labels[two]
        pair = (one, two)
        union = [*a, *(label for label in b if label not in a)]
        out = [label for label in union if not self.summed_by(label, pair)]
        recipe = self.book.contract(
            self.recipe[one], self.recipe[two], tuple(a), tuple(b), tuple(out)
        )
        self.remove(one)
        self.remove(two)
        for label in union:
            if label not in out:
                self.forget(label)
        return self.add(out, recipe)

"""The labels of every tensor along a contraction order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from .layout import BATCH, Legs

__all__ = ["Walk"]


class Walk:
    """What a contraction order does to labels, numbered in order of first appearance.

    Labels of size 1 and sliced ones are on no tensor. `terms[i]` are the legs of tensor i before
    labels that it alone carries are summed; `kept[n + t]` are the labels of the result of step t.
    `death[x]` is the number of the step that sums x, after the last for labels of the output.
    """

    def __init__(
        self,
        inputs: Sequence[Sequence[str]],
        output: Sequence[str],
        sizes: Mapping[str, int],
        path: Sequence[tuple[int, int]],
        sliced: Sequence[str],
        batched: Sequence[bool],
    ) -> None:
        index: dict[str, int] = {}
        for term in inputs:
            for label in term:
                index.setdefault(label, len(index))
        self.index = index
        self.sizes = {BATCH: -1, **{i: sizes[label] for label, i in index.items()}}
        gone = {index[label] for label in sliced}
        self.gone = gone | {i for label, i in index.items() if sizes[label] == 1}
        self.terms = tuple(tuple(index[label] for label in term) for term in inputs)
        self.output = tuple(index[label] for label in output)
        uses = dict.fromkeys(index.values(), 0)
        for numbered in (*self.terms, self.output):
            for x in numbered:
                uses[x] += 1
        self.uses = uses
        self.path = path
        self.batched = list(batched)
        self.cut = [bool(gone.intersection(term)) for term in self.terms]
        self._follow()

    def _follow(self) -> None:
        counts = [dict.fromkeys((x for x in t if x not in self.gone), 1) for t in self.terms]
        alone = [frozenset(x for x in count if self.uses[x] == 1) for count in counts]
        self.alone = alone
        self.kept = [frozenset(c) - a for c, a in zip(counts, alone, strict=True)]
        self.death = {x: len(self.path) for x in self.index.values()}
        for t, (i, j) in enumerate(self.path):
            small, merged = sorted((counts[i], counts[j]), key=len)
            merged = dict(merged)
            for x, count in small.items():
                merged[x] = merged.get(x, 0) + count
            kept = {x: count for x, count in merged.items() if count < self.uses[x]}
            for x in merged:
                if x not in kept:
                    self.death[x] = t
            counts.append(kept)
            self.kept.append(frozenset(kept))
            self.batched.append(self.batched[i] or self.batched[j])
            self.cut.append(self.cut[i] or self.cut[j])

    @cached_property
    def final(self) -> Legs:
        """The legs of the output of one slice, in its order."""
        front = (BATCH,) if self.batched[-1] else ()
        return front + tuple(x for x in self.output if x not in self.gone)

    def legs(self, number: int) -> Legs:
        """The legs with which an input enters, in the order of its axes."""
        front = (BATCH,) if self.batched[number] else ()
        kept = self.kept[number]
        return front + tuple(x for x in self.terms[number] if x in kept)

"""A network as the search sees it: labels are small integers, the batch axis is one of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from .network import Network

__all__ = ["Graph", "graph_of"]


@dataclass(frozen=True, eq=False)
class Graph:
    """Tensors with integer labels: `terms[i]` are tensor i's labels, `dims[x]` is x's size.

    `names[x]` is the network's label, "" for the batch axis. The labels in `sliced` have been
    removed from all terms, and `touched[i]` says whether tensor i carried any of them; labels
    keep their numbers.
    """

    terms: tuple[tuple[int, ...], ...]
    output: tuple[int, ...]
    dims: tuple[int, ...]
    names: tuple[str, ...]
    touched: tuple[bool, ...]
    sliced: tuple[int, ...] = ()

    @cached_property
    def appearances(self) -> list[int]:
        """How often each label stands on a tensor or in the output."""
        counts = [0] * len(self.dims)
        for term in self.terms:
            for x in term:
                counts[x] += 1
        for x in self.output:
            counts[x] += 1
        return counts

    @cached_property
    def holders(self) -> list[list[int]]:
        """The tensors that carry each label."""
        found: list[list[int]] = [[] for _ in self.dims]
        for i, term in enumerate(self.terms):
            for x in term:
                found[x].append(i)
        return found

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """One character a label, which is what cotengra's compiled searches take."""
        codes = range(192, 192 + len(self.dims))
        return tuple(chr(code if code < 0xD800 else code + 2048) for code in codes)

    @cached_property
    def spelled(self) -> tuple[list[tuple[str, ...]], tuple[str, ...], dict[str, int]]:
        """(inputs, output, size_dict) in `symbols`, as cotengra wants them."""
        symbols = self.symbols
        used = {x for term in self.terms for x in term}
        return (
            [tuple(symbols[x] for x in term) for term in self.terms],
            tuple(symbols[x] for x in self.output),
            {symbols[x]: self.dims[x] for x in sorted(used)},
        )

    @property
    def slices(self) -> int:
        """How many slices there are."""
        return math.prod(self.dims[x] for x in self.sliced)

    def without(self, labels: Iterable[int]) -> Graph:
        """The graph of one slice: `labels` removed everywhere."""
        gone = frozenset(labels)
        if not gone:
            return self
        return Graph(
            tuple(tuple(x for x in term if x not in gone) for term in self.terms),
            tuple(x for x in self.output if x not in gone),
            self.dims,
            self.names,
            tuple(
                was or not gone.isdisjoint(term)
                for was, term in zip(self.touched, self.terms, strict=True)
            ),
            (*self.sliced, *sorted(gone)),
        )


def graph_of(network: Network, batched: Sequence[bool] = (), batch: int = 1) -> Graph:
    """The graph of a network whose inputs marked `batched` carry a leading axis of size `batch`.

    Where any input does, the output does too. Labels of size 1 cost nothing and bind nothing, so
    they are left out.
    """
    names = [label for label, size in network.sizes.items() if size > 1]
    index = {label: i for i, label in enumerate(names)}
    dims = [network.sizes[label] for label in names]
    terms = [tuple(index[label] for label in term if label in index) for term in network.inputs]
    output = tuple(index[label] for label in network.output if label in index)
    if batch > 1 and any(batched):
        axis = len(dims)
        names.append("")
        dims.append(batch)
        terms = [(*term, axis) if b else term for term, b in zip(terms, batched, strict=True)]
        output = (*output, axis)
    return Graph(tuple(terms), output, tuple(dims), tuple(names), (False,) * len(terms))

"""A region of a closed network contracted within a budget, messages at its boundary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import BudgetError
from tnsim.contraction import Network, Plan, plan
from tnsim.contraction.estimate import rough_multiply_adds
from tnsim.contraction.execute import execute

from .belief import Messages
from .closed import Closed, Labels
from .expressions import Expressions

__all__ = ["Contractor", "Region"]

Array = NDArray[Any]

_HOPELESS = 30.0
# A greedy order that takes so many times the limit: no search is made.

_FEW = 9
# Tensors that are contracted without a search: a site with its neighbours' messages.

_MOST_SEARCH = 2.0
# Seconds that the search for one contraction may take.


@dataclass(frozen=True, eq=False)
class Region:
    """The tensors of a region, ready to be contracted to `output`."""

    arrays: tuple[Array, ...]
    network: Network


def region_of(
    closed: Closed, inside: frozenset[int], messages: Messages | None, opened: Sequence[int]
) -> Region:
    """The nodes of the sites inside, open where asked, and what is sent to them from outside."""
    graph = closed.graph
    arrays: list[Array] = []
    inputs: list[Labels] = []
    output: list[str] = []
    for site in sorted(inside):
        node = closed.nodes[site]
        if site in opened:
            node = closed.openings[site][0]
        arrays += node.arrays
        inputs += node.labels
        for bond in graph.incident[site]:
            other = graph.other(bond, site)
            if other not in inside:
                if messages is None:
                    raise ValueError("a region with a boundary needs messages")
                arrays.append(messages.sent[bond, other])
                inputs.append(closed.bonds[bond])
    for site in opened:
        output += closed.openings[site][1]
    sizes = closed.sizes()
    used = {label for term in inputs for label in term}
    return Region(
        tuple(np.asarray(a, order="C") for a in arrays),
        Network(tuple(inputs), tuple(output), {x: sizes[x] for x in used}),
    )


@dataclass(eq=False)
class Contractor:
    """Plans contractions within `budget` bytes and `most` multiply-adds; one for each structure."""

    budget: int
    most: float
    seed: int
    _known: dict[tuple[str, str], Plan | None] = field(default_factory=dict)
    spent: float = 0.0
    _few: Expressions = field(init=False)

    def __post_init__(self) -> None:
        self._few = Expressions(self.budget)

    def fits(self, network: Network, dtype: str) -> bool:
        """Whether a network is within the limits; a few tensors are taken to be."""
        return network.num_tensors <= _FEW or self.plan(network, dtype) is not None

    def plan(self, network: Network, dtype: str) -> Plan | None:
        """The plan for a network, or None where nothing is within the limits."""
        key = (network.digest, dtype)
        if key not in self._known:
            found: Plan | None = None
            try:
                if rough_multiply_adds(network) < _HOPELESS * self.most:
                    found = plan(
                        network,
                        budget=self.budget,
                        dtype=dtype,
                        effort="low",
                        seed=self.seed,
                        cache=False,
                        max_seconds=_MOST_SEARCH,
                    )
            except BudgetError:
                found = None
            self._known[key] = found
        found = self._known[key]
        if found is None or found.multiply_adds > self.most:
            return None
        return found.relabel(network)

    def contract(self, region: Region) -> Array | None:
        """The region's value, or None where nothing is within the limits."""
        if len(region.arrays) == 1 and region.network.output == region.network.inputs[0]:
            return region.arrays[0]
        if len(region.arrays) <= _FEW:
            network = region.network
            return self._few(region.arrays, network.inputs, network.output)
        found = self.plan(region.network, region.arrays[0].dtype.name)
        if found is None:
            return None
        self.spent += found.multiply_adds
        return np.asarray(execute(found, region.arrays))

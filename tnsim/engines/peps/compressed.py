"""Closed networks as a whole within a budget, by sweeps whose bonds grow until values settle."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .closed import Closed, Labels, Node, letter
from .contracting import Contractor
from .sweeping import Spent, Swept, sweep_order, swept

__all__ = ["Settled", "local_values", "whole_value"]

_FIRST = 4
_MOST_BOND = 1024
# The bonds tried are doubled from the first to the most.

_SETTLED = 1e-7
# What values may still move by when the next bond is not tried.

_HUGE = 700.0
# Logarithms above this are of no number.

_EXACT = 1e-20
# Discarded weight that is rounding.

_QUARTER = 0.25
# Of the weights of each layer's bond, the power that is moved to the side that is taken first.
# With all of them there (0.5) the line is in the gauge of belief propagation's messages, without
# (0) it is cut as if nothing came after; on grids the middle settles soonest.


@dataclass(frozen=True)
class Settled:
    """Values from the last sweep, and from the one before (None: the last is the first).

    `exact` says that the last one cut nothing.
    """

    values: tuple[float, ...]
    before: tuple[float, ...] | None
    exact: bool


def whole_value(closed: Closed, contractor: Contractor) -> Settled | None:
    """The value of a closed network; None where not even the least bond is within the limits."""
    return _settled(closed, [{}], lambda made: (_scaled(made[0], closed.log_scale),), contractor)


def local_values(
    closed: Closed, wanted: Sequence[Mapping[int, NDArray[Any]]], contractor: Contractor
) -> Settled | None:
    """Strings' values, each given by the Pauli components that it asks of sites, by site."""

    def values(made: Sequence[Swept]) -> tuple[float, ...]:
        trace = made[0]
        if trace.log == -math.inf:
            return (0.0,) * len(wanted)
        turned = (replace(one, phase=one.phase / trace.phase) for one in made[1:])
        return tuple(_scaled(one, -trace.log) for one in turned)

    changed = [
        {site: _lettered(closed, site, vector) for site, vector in some.items()} for some in wanted
    ]
    return _settled(closed, [{}, *changed], values, contractor)


def _lettered(closed: Closed, site: int, vector: NDArray[Any]) -> Node:
    node, legs = closed.openings[site]
    end = letter(np.asarray(vector), len(legs), closed.dtype)
    return Node((*node.arrays, end), (*node.labels, legs))


def _settled(
    closed: Closed,
    changed: Sequence[Mapping[int, Node]],
    values: Callable[[Sequence[Swept]], tuple[float, ...]],
    contractor: Contractor,
) -> Settled | None:
    """`values` of the networks in which some sites' nodes are replaced as `changed` says."""
    order = sweep_order(closed.graph, range(closed.graph.size))
    found: Settled | None = None
    bond = _FIRST
    while bond <= _MOST_BOND:
        try:
            made = [
                swept(
                    _gauged(closed, order, some),
                    bond,
                    closed.dtype,
                    budget=contractor.budget,
                    most=contractor.most,
                )
                for some in changed
            ]
        except Spent:
            break
        new = values(made)
        exact = all(one.discarded <= _EXACT for one in made)
        found = Settled(new, None if found is None else found.values, exact)
        if exact or _moved(found) <= _SETTLED:
            break
        bond *= 2
    return found


def _moved(found: Settled) -> float:
    if found.before is None:
        return math.inf
    return max(abs(a - b) for a, b in zip(found.values, found.before, strict=True))


def _scaled(one: Swept, log: float) -> float:
    """The real part of a value times exp(log)."""
    size = one.log + log
    return one.phase.real * (math.exp(size) if size < _HUGE else math.inf)


def _gauged(
    closed: Closed, order: Sequence[int], changed: Mapping[int, Node]
) -> Iterator[tuple[Node, dict[int, Labels]]]:
    """The nodes in order, each with its labels by bond, some weights moved to the earlier side."""
    place = {site: k for k, site in enumerate(order)}
    for site in order:
        node = changed.get(site, closed.nodes[site])
        arrays = list(node.arrays)
        bonds = closed.graph.incident[site]
        for bond in bonds:
            first = place[site] < place[closed.graph.other(bond, site)]
            power = _QUARTER if first else -_QUARTER
            for label, weights in zip(closed.bonds[bond], closed.weights[bond], strict=True):
                k = next(k for k, labels in enumerate(node.labels) if label in labels)
                shape = [-1 if x == label else 1 for x in node.labels[k]]
                arrays[k] = arrays[k] * (weights**power).reshape(shape)
        yield Node(tuple(arrays), node.labels), {bond: closed.bonds[bond] for bond in bonds}

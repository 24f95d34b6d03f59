"""Belief propagation: what each bond sees of the rest of a closed network, if that is a tree."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .closed import Closed
from .expressions import Expressions

__all__ = ["Messages", "outside", "propagated"]

Array = NDArray[Any]

_MOST_SWEEPS = 40
_DAMPED_FROM = 15


@dataclass(frozen=True, eq=False)
class Messages:
    """`sent[b, site]` is what a site's side of bond b looks like from its other side, norm 1.

    `change` is the largest change of a message in the last sweep.
    """

    sent: dict[tuple[int, int], Array]
    sweeps: int
    change: float


def propagated(closed: Closed, centre: Sequence[int], *, tolerance: float, budget: int) -> Messages:
    """Messages iterated until none changes by more than `tolerance`, or 40 sweeps.

    Each sweep goes over the sites from the farthest to the nearest of `centre`, and back, so that
    on a tree the first one ends it. On loops the fixed point is an approximation whose error no
    bond dimension shows (Leifer and Poulin, Ann. Phys. 323, 1899 (2008); Alkabetz and Arad, Phys.
    Rev. Research 3, 023073 (2021)). Raises `BudgetError` where one message takes more than
    `budget` bytes to make.
    """
    graph = closed.graph
    sent = {}
    for bond, pair in enumerate(graph.bonds):
        for site in pair:
            start = closed.starts[bond]
            sent[bond, site] = start / np.linalg.norm(start)
    steps = graph.distances(centre)
    order = sorted(steps, key=lambda s: -steps[s])
    ways = [(s, b, steps[graph.other(b, s)] - steps[s]) for s in order for b in graph.incident[s]]
    inward = [(site, bond) for site, bond, away in ways if away <= 0]
    outward = [(site, bond) for site, bond, away in reversed(ways) if away >= 0]
    change, sweep = math.inf, 0
    expressions = Expressions(budget)
    while change > tolerance and sweep < _MOST_SWEEPS:
        sweep += 1
        change = 0.0
        for site, bond in (*inward, *outward):
            new = _message(closed, sent, site, bond, expressions)
            old = sent[bond, site]
            if sweep > _DAMPED_FROM:
                new = new + old
                new = new / (np.linalg.norm(new) or 1.0)
            change = max(change, float(np.linalg.norm(new - old)))
            sent[bond, site] = new
    return Messages(sent, sweep, change)


def _message(
    closed: Closed,
    sent: dict[tuple[int, int], Array],
    site: int,
    bond: int,
    expressions: Expressions,
) -> Array:
    node, graph = closed.nodes[site], closed.graph
    others = [b for b in graph.incident[site] if b != bond]
    arrays = [*node.arrays, *(sent[b, graph.other(b, site)] for b in others)]
    labels = [*node.labels, *(closed.bonds[b] for b in others)]
    found = expressions(arrays, labels, closed.bonds[bond])
    norm = float(np.linalg.norm(found))
    if norm == 0.0:
        return found
    found = found / norm
    # The phase of a message is free: keep it where it was, so that a fixed point can be seen.
    overlap = complex(np.vdot(sent[bond, site], found))
    if overlap != 0:
        phase = overlap / abs(overlap)
        found = found / (phase if np.iscomplexobj(found) else phase.real)
    return found


def outside(
    closed: Closed, inside: Iterable[int], messages: Messages, *, budget: int
) -> tuple[complex, float]:
    """What the sites not in `inside` contribute to the Bethe value, as (phase, log of modulus).

    prod_i Z_i / prod_ij Z_ij over those sites, and over the bonds that are not inside, where Z_i
    is a site and Z_ij a bond between the messages that come to it.
    """
    graph, sent = closed.graph, messages.sent
    within = set(inside)
    expressions = Expressions(budget)
    phase, log = 1.0 + 0j, 0.0
    for site in range(graph.size):
        if site in within:
            continue
        node, bonds = closed.nodes[site], graph.incident[site]
        arrays = [*node.arrays, *(sent[b, graph.other(b, site)] for b in bonds)]
        labels = [*node.labels, *(closed.bonds[b] for b in bonds)]
        value = complex(expressions(arrays, labels, ()))
        phase, log = _times(phase, log, value, 1)
    for bond, (a, b) in enumerate(graph.bonds):
        if a in within and b in within:
            continue
        value = complex(np.sum(sent[bond, a] * sent[bond, b]))
        phase, log = _times(phase, log, value, -1)
    return phase, log


def _times(phase: complex, log: float, value: complex, power: int) -> tuple[complex, float]:
    size = abs(value)
    if size == 0.0:
        return 0j, -math.inf
    turn = value / size
    return phase * (turn if power > 0 else turn.conjugate()), log + power * math.log(size)

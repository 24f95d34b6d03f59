"""Regions around some sites, each closing more loops than the one before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .graph import Graph

__all__ = ["connected", "region", "regions"]


def connected(graph: Graph, sites: Iterable[int]) -> frozenset[int]:
    """The sites with shortest paths between them, where there are any."""
    wanted = sorted(set(sites))
    found = {wanted[0]} if wanted else set()
    for site in wanted[1:]:
        if site in found:
            continue
        steps = graph.distances(found)
        if site not in steps:
            found.add(site)
            continue
        found.add(site)
        here = site
        while steps[here] > 0:
            here = next(s for s in graph.neighbours[here] if steps.get(s) == steps[here] - 1)
            found.add(here)
    return frozenset(found)


def region(graph: Graph, core: frozenset[int], radius: int) -> frozenset[int]:
    """The sites within `radius` steps of `core`, without the branches that close no loop.

    A branch is a tree, on which messages at their fixed point are exact.
    """
    steps = graph.distances(core)
    return _pruned(graph, {s for s, d in steps.items() if d <= radius}, core)


def regions(graph: Graph, sites: Sequence[int]) -> list[tuple[int, frozenset[int]]]:
    """(radius, region) for the radii 0, 1, ... at which the region grows, up to all loops."""
    core = connected(graph, sites)
    steps = graph.distances(core)
    found = [(0, core)]
    for radius in range(1, max(steps.values(), default=0) + 1):
        grown = _pruned(graph, {s for s, d in steps.items() if d <= radius}, core)
        if grown != found[-1][1]:
            found.append((radius, grown))
    return found


def _pruned(graph: Graph, sites: set[int], core: frozenset[int]) -> frozenset[int]:
    kept = set(sites)
    stack = sorted(kept)
    while stack:
        site = stack.pop()
        if site not in kept or site in core:
            continue
        near = [s for s in graph.neighbours[site] if s in kept]
        if len(near) <= 1:
            kept.remove(site)
            stack.extend(near)
    return frozenset(kept)

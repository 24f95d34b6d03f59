"""Regions around some sites, each closing more loops than the one before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

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
    """(radius, region) for the radii 0, 1, ... at which the region grows, up to all loops.

    Where the first growth closes several loops, a region with the shortest one alone comes before.
    """
    core = connected(graph, sites)
    steps = graph.distances(core)
    found = [(0, core)]
    for radius in range(1, max(steps.values(), default=0) + 1):
        grown = _pruned(graph, {s for s, d in steps.items() if d <= radius}, core)
        if grown != found[-1][1]:
            if len(found) == 1:
                one = core | _shortest_loop(graph, grown, steps)
                if one not in (core, grown):
                    found.append((radius, one))
            found.append((radius, grown))
    return found


def _shortest_loop(
    graph: Graph, inside: frozenset[int], steps: Mapping[int, int]
) -> frozenset[int]:
    """The sites of a shortest loop in a region, with a path of falling `steps` down to 0."""
    best: list[int] = []
    for a, b in graph.bonds:
        if a not in inside or b not in inside:
            continue
        loop = _path_without(graph, inside, a, b, len(best) - 1 if best else len(inside))
        if loop and (not best or len(loop) < len(best)):
            best = loop
    found = set(best)
    here = min(best, key=lambda s: steps[s], default=None)
    while here is not None and steps[here] > 0:
        here = next(s for s in graph.neighbours[here] if steps.get(s) == steps[here] - 1)
        found.add(here)
    return frozenset(found)


def _path_without(
    graph: Graph, inside: frozenset[int], start: int, end: int, most: int
) -> list[int]:
    """A shortest path of at most so many sites between two neighbours, not by their own bond."""
    before = {start: start}
    layer = [start]
    for _ in range(most - 1):
        grown = []
        for site in layer:
            for near in graph.neighbours[site]:
                if near in before or near not in inside or (site, near) == (start, end):
                    continue
                before[near] = site
                grown.append(near)
        if end in before:
            break
        layer = grown
    path = [end] if end in before else []
    while path and path[-1] != start:
        path.append(before[path[-1]])
    return path


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

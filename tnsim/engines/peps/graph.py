"""The graph of a tensor network state: sites, the bonds between them, and paths along bonds."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

__all__ = ["Graph", "graph_of"]

Pair = tuple[int, int]

MOST_NEIGHBOURS = 4
"""A tensor has d chi^z numbers at z neighbours; gates on further pairs go along paths."""


@dataclass(frozen=True)
class Graph:
    """Sites 0..size-1 and bonds (a, b), a < b, numbered in ascending order."""

    size: int
    bonds: tuple[Pair, ...]

    @cached_property
    def incident(self) -> tuple[tuple[int, ...], ...]:
        """By site, its bonds in ascending order: the order of its tensor's axes after the first."""
        found: list[list[int]] = [[] for _ in range(self.size)]
        for number, pair in enumerate(self.bonds):
            for site in pair:
                found[site].append(number)
        return tuple(map(tuple, found))

    @cached_property
    def number(self) -> dict[Pair, int]:
        """Bonds by their sites, in either order."""
        one_way = {pair: k for k, pair in enumerate(self.bonds)}
        return one_way | {(b, a): k for (a, b), k in one_way.items()}

    @cached_property
    def neighbours(self) -> tuple[tuple[int, ...], ...]:
        """By site, the sites at the other ends of its bonds, in the order of `incident`."""
        return tuple(
            tuple(self.other(bond, site) for bond in bonds)
            for site, bonds in enumerate(self.incident)
        )

    def other(self, bond: int, site: int) -> int:
        """The other end of a bond."""
        a, b = self.bonds[bond]
        return b if site == a else a

    def axis(self, site: int, bond: int) -> int:
        """The axis of a site's tensor that is a bond; axis 0 is the physical leg."""
        return 1 + self.incident[site].index(bond)

    def distances(self, sources: Iterable[int]) -> dict[int, int]:
        """Steps from the nearest source, for all sites that can be reached."""
        found = dict.fromkeys(sources, 0)
        queue = deque(found)
        while queue:
            site = queue.popleft()
            for near in self.neighbours[site]:
                if near not in found:
                    found[near] = found[site] + 1
                    queue.append(near)
        return found

    def path(self, start: int, end: int) -> list[int]:
        """The sites of a shortest path, both ends included."""
        steps = self.distances([end])
        found = [start]
        while found[-1] != end:
            here = steps[found[-1]]
            found.append(next(s for s in self.neighbours[found[-1]] if steps[s] == here - 1))
        return found


def graph_of(size: int, gates: Iterable[Sequence[int]]) -> Graph:
    """The coupling graph of gates on these sites.

    A bond for each pair on which a gate of two sites acts, the busiest first, while both ends
    have fewer than `MOST_NEIGHBOURS`; then what is needed for every gate to find a path.
    """
    count: Counter[Pair] = Counter()
    wanted: dict[Pair, None] = {}
    for sites in gates:
        for a, b in pairwise(sites):
            pair = (a, b) if a < b else (b, a)
            wanted[pair] = None
            if len(sites) == 2:
                count[pair] += 1
    busiest = [pair for pair, _ in count.most_common()]
    made = _Bonds(size)
    # Those that join parts come first, so that crowded sites are left able to reach all others.
    for pair in busiest:
        if made.joins(pair) and made.has_room(pair):
            made.add(pair)
    for pair in busiest:
        if made.has_room(pair):
            made.add(pair)
    for pair in wanted:
        if made.joins(pair):
            made.add(pair)
    return Graph(size, tuple(sorted(made.taken)))


class _Bonds:
    """Bonds chosen so far, with the parts that they join."""

    def __init__(self, size: int) -> None:
        self.taken: set[Pair] = set()
        self._degree = [0] * size
        self._leader = list(range(size))

    def add(self, pair: Pair) -> None:
        if pair in self.taken:
            return
        self.taken.add(pair)
        for site in pair:
            self._degree[site] += 1
        self._leader[self._find(pair[0])] = self._find(pair[1])

    def joins(self, pair: Pair) -> bool:
        """Whether the pair's ends are in different parts."""
        return self._find(pair[0]) != self._find(pair[1])

    def has_room(self, pair: Pair) -> bool:
        """Whether both ends may have one more neighbour."""
        return max(self._degree[site] for site in pair) < MOST_NEIGHBOURS

    def _find(self, site: int) -> int:
        while self._leader[site] != site:
            self._leader[site] = self._leader[self._leader[site]]
            site = self._leader[site]
        return site

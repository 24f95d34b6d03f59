"""A state moved through gates by updates of its bonds (simple update)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .gates import Gate, GateStream, Splitter, split_chain
from .state import State
from .update import Truncation, Updated, carry, update_pairs

__all__ = ["TOGETHER", "evolve", "regauge"]

Array = NDArray[Any]

TOGETHER = 1 << 19
# Numbers of the tensors that are updated together: their copies take a few times this.


def evolve(
    state: State,
    moves: Iterable[tuple[Array, tuple[int, ...]]],
    rule: Truncation,
    *,
    regauge_every: int = 0,
) -> None:
    """Apply the moves (matrix, sites) to the state, in place.

    After each layer of gates on disjoint sites its discarded weight, summed over bonds, is
    appended to `state.discarded`. With `regauge_every`, the bonds' gauge is restored that often.
    """
    stream = GateStream(state.tensors[0].shape[0])
    splitter = Splitter(stream.leg, state.tensors[0].dtype.name)
    for number, layer in enumerate(stream.layers(moves), 1):
        state.discarded.append(_apply_layer(state, layer, splitter, rule))
        if regauge_every and number % regauge_every == 0:
            regauge(state, rule, sweeps=2)
    for site, matrix in stream.pending.items():
        state.apply_one(site, matrix)


def _apply_layer(state: State, layer: list[Gate], splitter: Splitter, rule: Truncation) -> float:
    graph = state.graph
    groups = defaultdict(list)
    lost = 0.0
    far = []
    for gate in layer:
        bond = graph.number.get(gate.sites) if len(gate.sites) == 2 else None
        if bond is None:
            far.append(gate)
            continue
        left, right = splitter(gate)
        one, two = (_bond_last(state, site, bond) for site in gate.sites)
        groups[one.shape, two.shape, len(left)].append((gate.sites, bond, one, two, left, right))
    for members in groups.values():
        size = (members[0][2].size + members[0][3].size) * len(members[0][4])
        step = max(TOGETHER // size, 1)
        for begin in range(0, len(members), step):
            lost += _apply_group(state, members[begin : begin + step], rule)
    # Last, since they pass through sites of other gates of the layer, with which they commute.
    for gate in far:
        lost += _apply_along_path(state, gate, splitter.leg, rule)
    return lost


def _apply_group(state: State, members: list[tuple[Any, ...]], rule: Truncation) -> float:
    sites, bonds, ones, twos, lefts, rights = zip(*members, strict=True)
    weights = np.stack([state.weights[bond] for bond in bonds])
    one, two = (_with_gate(*pair) for pair in ((ones, lefts), (twos, rights)))
    found = update_pairs(one, two, weights, rule)
    for pair, bond, before, after, new in zip(sites, bonds, ones, twos, found, strict=True):
        _put(state, pair, bond, (before.shape, after.shape), new)
    return sum(new.discarded for new in found)


def _with_gate(tensors: Any, factors: Any) -> Array:
    """Tensors (d, o, c) with factors (g, d', d) as (B, d' o, c, g)."""
    stacked, gates = np.stack(tensors), np.stack(factors)
    count, leg, outer, bond = stacked.shape
    rank, new = gates.shape[1:3]
    flat = gates.reshape(count, rank * new, leg) @ stacked.reshape(count, leg, outer * bond)
    legs = flat.reshape(count, rank, new, outer, bond).transpose(0, 2, 3, 4, 1)
    made: Array = legs.reshape(count, new * outer, bond, rank)
    return made


def _bond_last(state: State, site: int, bond: int) -> Array:
    """A site's tensor as (physical, other bonds together, this bond)."""
    axis = state.graph.axis(site, bond)
    moved = np.moveaxis(state.tensors[site], axis, -1)
    return moved.reshape(moved.shape[0], -1, moved.shape[-1])


def _put(
    state: State,
    sites: tuple[int, int],
    bond: int,
    shapes: tuple[tuple[int, ...], tuple[int, ...]],
    new: Updated,
) -> None:
    for site, made, shape in zip(sites, (new.left, new.right), shapes, strict=True):
        axis = state.graph.axis(site, bond)
        others = [n for k, n in enumerate(state.tensors[site].shape) if k not in (0, axis)]
        leg = made.shape[0] // shape[1]
        legs = made.reshape(leg, *others, made.shape[-1])
        state.tensors[site] = np.ascontiguousarray(np.moveaxis(legs, -1, axis))
    state.weights[bond] = new.weights
    state.scale(new.norm)


def regauge(state: State, rule: Truncation, *, sweeps: int = 1) -> float:
    """Updates of all bonds without gates: bring back the gauge that gates elsewhere disturbed.

    Fixed points are those of belief propagation (Tindall and Fishman, SciPost Phys. 15, 222
    (2023)). Gives the discarded weight.
    """
    lost = 0.0
    eye = np.eye(state.tensors[0].shape[0], dtype=state.tensors[0].dtype)[None]
    for _ in range(sweeps):
        for matching in _matchings(state):
            groups = defaultdict(list)
            for bond in matching:
                sites = state.graph.bonds[bond]
                one, two = (_bond_last(state, site, bond) for site in sites)
                groups[one.shape, two.shape].append((sites, bond, one, two, eye, eye))
            lost += sum(_apply_group(state, members, rule) for members in groups.values())
    return lost


def _matchings(state: State) -> list[list[int]]:
    """All bonds, in sets of bonds that share no site."""
    found: list[list[int]] = []
    taken: list[set[int]] = []
    for bond, pair in enumerate(state.graph.bonds):
        for some, sites in zip(found, taken, strict=True):
            if sites.isdisjoint(pair):
                some.append(bond)
                sites.update(pair)
                break
        else:
            found.append([bond])
            taken.append(set(pair))
    return found


def _apply_along_path(state: State, gate: Gate, leg: int, rule: Truncation) -> float:
    """A gate of any number of sites, or of sites that no bond joins.

    Its matrix is split into a chain of cores; the leg between two of them is carried along a
    shortest path, one bond at a time, as a part of the physical leg.
    """
    dtype = state.tensors[0].dtype
    for site, before in zip(gate.sites, gate.before, strict=True):
        if before is not None:
            state.apply_one(site, before)
    lost = 0.0
    here = gate.sites[0]
    cores = split_chain(gate.matrix, len(gate.sites), leg)
    for core, target in zip(cores, gate.sites, strict=True):
        rank, new = core.shape[:2]
        path = state.graph.path(here, target)
        for a, b in pairwise(path):
            lost += _carry(state, a, b, leg, rank, rule)
        here = target
        # (g_in, g_out, D, D) as a matrix from (D, g_in) to (D, g_out)
        matrix = core.transpose(2, 1, 3, 0).reshape(leg * new, leg * rank)
        state.apply_one(target, matrix.astype(dtype))
    return lost


def _carry(state: State, a: int, b: int, leg: int, rank: int, rule: Truncation) -> float:
    """Move the second part, of dimension `rank`, of a site's physical leg to its neighbour's."""
    bond = state.graph.number[a, b]
    one, two = (_bond_last(state, site, bond) for site in (a, b))
    outer, size = one.shape[1], one.shape[2]
    left = one.reshape(leg, rank, outer, size).transpose(0, 2, 3, 1)
    # The neighbour's rows are (d, o), and become (d, o, g); its physical leg is then (d, g).
    found = carry(
        left.reshape(leg * outer, size, rank), two.reshape(-1, size), state.weights[bond], rule
    )
    rows = found.right.reshape(leg, two.shape[1], rank, -1).transpose(0, 2, 1, 3)
    found = replace(found, right=rows.reshape(leg * rank * two.shape[1], -1))
    shapes = (leg, outer, size), (leg * rank, two.shape[1], size)
    _put(state, (a, b), bond, shapes, found)
    return found.discarded

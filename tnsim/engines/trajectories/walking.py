"""A trajectory: the blocks of a program one after another, branches chosen on the way.

All trajectories share the likeliest one, the trunk, up to the place where they take another
branch for the first time.

Trajectories are walked one call each. One kernel over many of them was measured at 4 microseconds
less a trajectory, of 16 to 20 in all at 3 to 6 qubits; from 8 qubits on it saves nothing, and it
would have to hold all their states.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .compiled import compiled
from .kernels import apply, parts_of, reduced
from .program import Program
from .random_numbers import uniform

__all__ = ["decided", "leaves", "walk"]

Array = Any


@compiled
def walk(
    state: Array,
    program: Program,
    begin: int,
    end: int,
    choice: Array,
    mass: Array,
    first: int,
    key: int,
    trajectory: int,
) -> None:
    """Move a state, in place, through the blocks begin..end.

    It takes the trunk's branches `choice` (places,) up to the place `first`, another one there,
    and from then on what is drawn for `trajectory`. With `mass` (places,) instead of an empty
    array, the state makes the trunk: `choice` gets the likeliest branches and `mass` the chance
    of leaving them at each place for the first time, and the program gets their products.
    """
    noting = len(mass) > 0
    kept = 1.0
    for block in range(begin, end):
        bits = program.bits[program.bit_start[block] : program.bit_start[block + 1]]
        size = 1 << len(bits)
        matrix = _matrix(program, program.whole[block], size)
        decide = program.op_start[block + 1] > program.op_start[block] and (
            noting or leaves(program, block, choice, first, key, trajectory)
        )
        if decide:
            rho = reduced(state, bits) if program.depends[block] else matrix
            made, kept = decided(program, block, rho, choice, mass, kept, first, key, trajectory)
            if noting:
                matrix[:, :] = made
            matrix = made
        apply(state, bits, parts_of(matrix, state))


@compiled
def decided(
    program: Program,
    block: int,
    rho: Array,
    choice: Array,
    mass: Array,
    kept: float,
    first: int,
    key: int,
    trajectory: int,
) -> tuple[Array, float]:
    """The product of a block's operations along a trajectory, norm kept; see `walk`.

    `rho` is the reduced state before the block where the block depends on it, and `kept` the
    chance of having stayed on the trunk, which is returned as it is after the block.
    """
    size = 1 << (program.bit_start[block + 1] - program.bit_start[block])
    product = np.zeros((size, size), np.complex128)
    for i in range(size):
        product[i, i] = 1.0
    for op in range(program.op_start[block], program.op_start[block + 1]):
        place = program.op_place[op]
        if place < 0:
            one = _matrix(program, program.op_offset[op], size)
        else:
            channel = program.op_channel[op]
            chances = _chances(program, channel, size, rho)
            if len(mass) > 0:
                taken = int(np.argmax(chances))
                choice[place] = taken
                others = 0.0
                for k in range(len(chances)):
                    if k != taken:
                        others += chances[k]
                mass[place] = kept * others
                kept *= chances[taken]
            else:
                taken = _taken(chances, choice[place], place, first, key, trajectory)
            one = _branch(program, channel, taken, chances[taken], size)
        product = _times(one, product)
        if program.depends[block]:
            rho = _times(one, _times(one, rho).conj().T)
    return product, kept


@compiled
def leaves(
    program: Program, block: int, choice: Array, first: int, key: int, trajectory: int
) -> bool:
    """Whether a trajectory may take other branches in a block than the trunk."""
    depends = program.depends[block]
    for op in range(program.op_start[block], program.op_start[block + 1]):
        place = program.op_place[op]
        if place == first or (place > first and depends):
            return True
        if place > first:
            channel = program.op_channel[op]
            begin = program.chan_chance[channel]
            chances = program.chances[begin : begin + program.chan_count[channel]]
            if _taken(chances, choice[place], place, first, key, trajectory) != choice[place]:
                return True
    return False


@compiled
def _taken(chances: Array, trunk: int, place: int, first: int, key: int, trajectory: int) -> int:
    """The branch that a trajectory takes: the trunk's before `first`, another one there."""
    if place < first:
        return trunk
    total = 0.0
    last = trunk
    for k in range(len(chances)):
        if (place > first or k != trunk) and chances[k] > 0.0:
            total += chances[k]
            last = k
    left = uniform(key, place, trajectory) * total
    for k in range(len(chances)):
        if (place > first or k != trunk) and chances[k] > 0.0:
            left -= chances[k]
            if left < 0.0:
                return k
    return last


@compiled
def _chances(program: Program, channel: int, size: int, rho: Array) -> Array:
    """The chances of a channel's branches, in a state where they depend on it."""
    count, begin = program.chan_count[channel], program.chan_chance[channel]
    fixed = program.chances[begin : begin + count]
    if fixed[0] >= 0.0:
        return fixed
    found = np.empty(count)
    total = 0.0
    for k in range(count):
        one = _matrix(program, program.chan_offset[channel] + k * size * size, size)
        moved = _times(one, rho)
        chance = 0.0
        for i in range(size):
            for j in range(size):
                chance += (moved[i, j] * np.conj(one[i, j])).real
        found[k] = max(chance, 0.0)
        total += found[k]
    return found / total


@compiled
def _branch(program: Program, channel: int, k: int, chance: float, size: int) -> Array:
    """The operator of a branch that keeps the norm of the state it is taken in."""
    one = _matrix(program, program.chan_offset[channel] + k * size * size, size)
    if program.chances[program.chan_chance[channel]] >= 0.0:
        return one
    return one / np.sqrt(chance)


@compiled
def _matrix(program: Program, offset: int, size: int) -> Array:
    return program.flat[offset : offset + size * size].reshape((size, size))


@compiled
def _times(left: Array, right: Array) -> Array:
    """Their product; the matrices are too small for a matrix library."""
    size = len(left)
    made = np.zeros((size, size), np.complex128)
    for i in range(size):
        for j in range(size):
            factor = left[i, j]
            if factor != 0.0:
                for k in range(size):
                    made[i, k] += factor * right[j, k]
    return made

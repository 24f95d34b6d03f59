"""Kernels that go over all strings once: signed permutations, support, parting, pruning, values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .bits import code_of, count_bits, flip_code, mean_of, mixed, word_weight
from .compiled import compiled

__all__ = [
    "bin_size",
    "count_sizes",
    "deal",
    "keep_largest",
    "move_down",
    "number_groups",
    "permute",
    "size_bin",
    "support_of",
    "turn",
    "value_of",
]

_ONE = np.uint64(1)


@compiled
def permute(
    keys: Any,
    sizes: Any,
    begin: Any,
    end: Any,
    gates: Any,
    image: Any,
    scale: Any,
) -> None:
    """Replace letters by gates that map strings to multiples of strings, gate after gate."""
    arity, places, shifts, offset = gates
    for term in range(begin, end):
        size = sizes[term]
        for gate in range(len(arity)):
            code = code_of(keys, term, places, shifts, gate, arity[gate])
            if code:
                entry = offset[gate] + code
                size *= scale[entry]
                change = code ^ image[entry]
                if change:
                    flip_code(keys, term, places, shifts, gate, arity[gate], change)
        sizes[term] = size


@compiled
def turn(keys: Any, sizes: Any, begin: Any, end: Any, images: Any, negative: Any) -> None:
    """Replace each letter by its image under a Clifford circuit; phases multiply up.

    `images` (128 W, 2W) holds those of X and then of Z on every qubit, `negative` their signs.
    With P(x, z) = i^(x.z) X^x Z^z, P(a) P(b) = i^(|a| + |b| - |a + b| + 2 z_a.x_b) P(a + b),
    where |a| stands for x_a.z_a (Aaronson and Gottesman, arXiv:quant-ph/0406196).
    """
    words = keys.shape[1] // 2
    made = np.zeros(2 * words, np.uint64)
    for term in range(begin, end):
        made[:] = np.uint64(0)
        phase = 0
        for w in range(words):
            phase += count_bits(keys[term, w] & keys[term, words + w])
        for w in range(2 * words):
            some = keys[term, w]
            while some:
                lowest = some & (~some + _ONE)
                some ^= lowest
                letter = 64 * w + count_bits(lowest - _ONE)
                phase += 2 * negative[letter]
                for v in range(words):
                    x, z = images[letter, v], images[letter, words + v]
                    phase += count_bits(x & z) + 2 * count_bits(made[words + v] & x)
                    made[v] ^= x
                    made[words + v] ^= z
        for v in range(words):
            phase -= count_bits(made[v] & made[words + v])
        for w in range(2 * words):
            keys[term, w] = made[w]
        if phase & 3 == 2:
            sizes[term] = -sizes[term]


@compiled
def support_of(keys: Any, begin: Any, end: Any) -> Any:
    """The qubits on which any string acts, W words."""
    words = keys.shape[1] // 2
    found = np.zeros(words, np.uint64)
    for term in range(begin, end):
        for w in range(words):
            found[w] |= keys[term, w] | keys[term, words + w]
    return found


@compiled
def number_groups(
    keys: Any,
    begin: Any,
    end: Any,
    rule: Any,
    bits: Any,
    numbers: Any,
    counts: Any,
) -> None:
    """Number the strings so that those which the gates can mix have one number, and count them.

    A gate changes letters within a block only: strings that differ outside of the gates' qubits
    (`outside`, 2W words) or in a block stay apart. `rule` is (gates, the gate of each qubit,
    the tables' blocks, outside).
    """
    gates, owner, block, outside = rule
    arity, places, shifts, offset = gates
    words = keys.shape[1] // 2
    for term in range(begin, end):
        state = np.uint64(0x9E3779B97F4A7C15)
        for w in range(2 * words):
            state = mixed(state ^ (keys[term, w] & outside[w])) + np.uint64(w)
        for w in range(words):
            some = (keys[term, w] | keys[term, words + w]) & ~outside[w]
            while some:
                lowest = some & (~some + _ONE)
                some ^= lowest
                gate = owner[64 * w + count_bits(lowest - _ONE)]
                code = code_of(keys, term, places, shifts, gate, arity[gate])
                # Each gate counts once: at the first of its qubits where there is a letter.
                first = 0
                while (code >> (2 * first)) & 3 == 0:
                    first += 1
                if places[gate, first] == w and (_ONE << shifts[gate, first]) == lowest:
                    state += mixed(np.uint64(gate + 1)) * np.uint64(block[offset[gate] + code])
        number = np.int64(mixed(state) >> np.uint64(64 - bits)) if bits else 0
        numbers[term] = number
        counts[number] += 1


@compiled
def deal(
    keys: Any,
    sizes: Any,
    begin: Any,
    end: Any,
    numbers: Any,
    next_place: Any,
    keys_out: Any,
    sizes_out: Any,
) -> None:
    """Copy the strings to the places of their numbers; `next_place` counts them up."""
    width = keys.shape[1]
    for term in range(begin, end):
        number = numbers[term]
        place = next_place[number]
        next_place[number] = place + 1
        for w in range(width):
            keys_out[place, w] = keys[term, w]
        sizes_out[place] = sizes[term]


@compiled
def size_bin(size: Any) -> Any:
    """A number 0..65535 that grows with |size|, in steps of 3 %."""
    exact = abs(np.float64(size))
    if exact < 1e-300:
        return 0
    mantissa, exponent = math.frexp(exact)
    return (int(exponent) + 1024) * 32 + int((mantissa - 0.5) * 64.0)


@compiled
def bin_size(number: Any) -> Any:
    """The least size of a bin."""
    return (0.5 + (number % 32) / 64.0) * 2.0 ** np.float64(number // 32 - 1024)


@compiled
def move_down(keys: Any, sizes: Any, begin: Any, end: Any, place: Any) -> None:
    """Move the strings begin..end-1 down to `place`."""
    if place == begin:
        return
    for term in range(begin, end):
        for w in range(keys.shape[1]):
            keys[place, w] = keys[term, w]
        sizes[place] = sizes[term]
        place += 1


@compiled
def count_sizes(keys: Any, sizes: Any, begin: Any, end: Any, shares: Any, counts: Any) -> None:
    """Add to a histogram over `size_bin` of what is compared."""
    for term in range(begin, end):
        counts[size_bin(sizes[term] * shares[0, word_weight(keys, term)])] += 1


@compiled
def keep_largest(
    keys: Any,
    sizes: Any,
    count: Any,
    lowest: Any,
    room: Any,
    most_weight: Any,
    shares: Any,
    dropped: Any,
) -> Any:
    """Move the strings of bins above `lowest`, and `room` of that bin, to the front.

    Strings of more than `most_weight` letters go too. Adds sum |c|, sum of shares of c^2 and the
    number of those that went to `dropped`; returns how many are left.
    """
    width = keys.shape[1]
    kept = 0
    for term in range(count):
        size = sizes[term]
        weight = word_weight(keys, term)
        place = size_bin(size * shares[0, weight])
        keep = place > lowest
        if place == lowest and room > 0:
            room -= 1
            keep = True
        keep = keep and weight <= most_weight
        if keep:
            if kept != term:
                for w in range(width):
                    keys[kept, w] = keys[term, w]
                sizes[kept] = size
            kept += 1
        else:
            exact = np.float64(size)
            dropped[0] += abs(exact)
            dropped[1] += exact * exact * shares[1, weight]
            dropped[2] += 1.0
    return kept


@compiled
def value_of(keys: Any, sizes: Any, begin: Any, end: Any, bloch: Any) -> Any:
    """sum_t c_t prod_q bloch[q, code of t on q], of strings on a product state."""
    total = 0.0
    for term in range(begin, end):
        total += np.float64(sizes[term]) * mean_of(keys, term, bloch)
    return total

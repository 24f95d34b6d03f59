"""Kernels that go over all strings once: signed permutations, support, parting, pruning, values."""

from __future__ import annotations

from typing import Any

import numpy as np

from .bits import code_of, count_bits, flip_code, mixed, word_weight
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
    "value_of",
]

_ONE = np.uint64(1)


@compiled
def permute(
    keys: Any,
    sizes: Any,
    begin: Any,
    end: Any,
    arity: Any,
    places: Any,
    shifts: Any,
    offset: Any,
    image: Any,
    scale: Any,
) -> None:
    """Replace letters by gates that map strings to multiples of strings, gate after gate."""
    words = keys.shape[1] // 2
    for term in range(begin, end):
        key = keys[term]
        size = sizes[term]
        for gate in range(len(arity)):
            code = code_of(key, words, places[gate], shifts[gate], arity[gate])
            if code:
                entry = offset[gate] + code
                size *= scale[entry]
                change = code ^ image[entry]
                if change:
                    flip_code(key, words, places[gate], shifts[gate], arity[gate], change)
        sizes[term] = size


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
    arity: Any,
    places: Any,
    shifts: Any,
    offset: Any,
    block: Any,
    outside: Any,
    bits: Any,
    numbers: Any,
    counts: Any,
) -> None:
    """Number the strings so that those which the gates can mix have one number, and count them.

    A gate changes letters within a block only: strings that differ outside of the gates' qubits
    (`outside`, 2W words) or in a block stay apart.
    """
    words = keys.shape[1] // 2
    for term in range(begin, end):
        key = keys[term]
        state = np.uint64(0x9E3779B97F4A7C15)
        for w in range(2 * words):
            state = mixed(state ^ (key[w] & outside[w])) + np.uint64(w)
        for gate in range(len(arity)):
            code = code_of(key, words, places[gate], shifts[gate], arity[gate])
            if code:
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
    mantissa, exponent = np.frexp(exact)
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
def count_sizes(sizes: Any, begin: Any, end: Any, counts: Any) -> None:
    """Add to a histogram over `size_bin`."""
    for term in range(begin, end):
        counts[size_bin(sizes[term])] += 1


@compiled
def keep_largest(
    keys: Any,
    sizes: Any,
    count: Any,
    lowest: Any,
    room: Any,
    most_weight: Any,
    dropped: Any,
) -> Any:
    """Move the strings of bins above `lowest`, and `room` of that bin, to the front.

    Strings of more than `most_weight` letters go too. Adds sum |c|, sum c^2 and the number of
    those that went to `dropped`; returns how many are left.
    """
    width = keys.shape[1]
    kept = 0
    for term in range(count):
        size = sizes[term]
        place = size_bin(size)
        keep = place > lowest
        if place == lowest and room > 0:
            room -= 1
            keep = True
        if keep and most_weight < 64 * width:
            keep = word_weight(keys[term]) <= most_weight
        if keep:
            if kept != term:
                for w in range(width):
                    keys[kept, w] = keys[term, w]
                sizes[kept] = size
            kept += 1
        else:
            exact = np.float64(size)
            dropped[0] += abs(exact)
            dropped[1] += exact * exact
            dropped[2] += 1.0
    return kept


@compiled
def value_of(keys: Any, sizes: Any, begin: Any, end: Any, bloch: Any) -> Any:
    """sum_t c_t prod_q bloch[q, code of t on q], of strings on a product state."""
    words = keys.shape[1] // 2
    total = 0.0
    for term in range(begin, end):
        factor = np.float64(sizes[term])
        for w in range(words):
            x, z = keys[term, w], keys[term, words + w]
            some = x | z
            while some and factor != 0.0:
                lowest = some & (~some + _ONE)
                shift = np.uint64(count_bits(lowest - _ONE))
                code = np.int64(((x >> shift) & _ONE) | (((z >> shift) & _ONE) << _ONE))
                factor *= bloch[64 * w + np.int64(shift), code]
                some ^= lowest
        total += factor
    return total

"""Kernel for gates that map strings to sums of strings, on buckets that no gate mixes.

A gate couples letters within blocks. The strings that agree everywhere but in one block's
letters make a group; the group's coefficients are multiplied by the block's matrix, each group
once, from the lowest of its strings that is there. Strings that are not there yet are made, unless
they are too small or too heavy. Within a bucket a string is found by a small table (open
addressing) over a hash that is linear in the string's bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .bits import code_of, flip_code, word_weight
from .compiled import compiled

__all__ = ["BUCKET_FULL", "OUTPUT_FULL", "branch_buckets"]

OUTPUT_FULL = -1
BUCKET_FULL = -2
_ONE = np.uint64(1)


@compiled
def _hash_of(key: Any, random: Any) -> Any:
    result = np.uint64(0)
    for w in range(len(key)):
        word = key[w]
        shift = 0
        while word:
            if word & np.uint64(0xFF) == 0:
                word >>= np.uint64(8)
                shift += 8
                continue
            if word & _ONE:
                result ^= random[w, shift]
            word >>= _ONE
            shift += 1
    return result


@compiled
def _hash_change(random: Any, words: Any, places: Any, shifts: Any, size: Any, change: Any) -> Any:
    result = np.uint64(0)
    for k in range(size):
        part = (change >> (2 * k)) & 3
        if part & 1:
            result ^= random[places[k], shifts[k]]
        if part & 2:
            result ^= random[words + places[k], shifts[k]]
    return result


@compiled
def _find(table: Any, mask: Any, hashes: Any, keys: Any, code: Any, key: Any) -> Any:
    """Where the string stands, or -1."""
    slot = np.int64(code & mask)
    while True:
        index = table[slot]
        if index < 0:
            return -1
        if hashes[index] == code:
            same = True
            for w in range(len(key)):
                if keys[index, w] != key[w]:
                    same = False
                    break
            if same:
                return np.int64(index)
        slot = np.int64(np.uint64(slot + 1) & mask)


@compiled
def _insert(table: Any, mask: Any, code: Any, index: Any) -> None:
    slot = np.int64(code & mask)
    while table[slot] >= 0:
        slot = np.int64(np.uint64(slot + 1) & mask)
    table[slot] = index


@compiled
def _rebuild(table: Any, hashes: Any, count: Any) -> Any:
    """A table at least twice as long as there are strings; returns its mask."""
    length = 16
    while length < 4 * count and length < len(table):
        length *= 2
    for slot in range(length):
        table[slot] = -1
    mask = np.uint64(length - 1)
    for term in range(count):
        _insert(table, mask, hashes[term], term)
    return mask


@compiled
def branch_buckets(
    first: Any,
    last: Any,
    starts: Any,
    keys_in: Any,
    sizes_in: Any,
    keys_out: Any,
    sizes_out: Any,
    out_begin: Any,
    out_end: Any,
    arity: Any,
    places: Any,
    shifts: Any,
    offset: Any,
    role: Any,
    passive: Any,
    member_start: Any,
    member_count: Any,
    members: Any,
    entry_start: Any,
    entries: Any,
    least: Any,
    most_weight: Any,
    random: Any,
    keys: Any,
    sizes: Any,
    hashes: Any,
    table: Any,
    found: Any,
    before: Any,
    dropped: Any,
) -> Any:
    """Apply all gates to the buckets first..last-1; strings of size `least` and more come out.

    keys, sizes, hashes, table, found, before are buffers. Returns where the output ends, or
    OUTPUT_FULL or BUCKET_FULL. `dropped` gets sum |c|, sum c^2 and the number of those dropped.
    """
    width = keys_in.shape[1]
    words = width // 2
    room = len(sizes)
    place = out_begin
    probe = np.zeros(width, np.uint64)
    weigh = most_weight < 32 * width
    for bucket in range(first, last):
        count = starts[bucket + 1] - starts[bucket]
        if count == 0:
            continue
        if count > room:
            return BUCKET_FULL
        for term in range(count):
            source = starts[bucket] + term
            for w in range(width):
                keys[term, w] = keys_in[source, w]
            sizes[term] = sizes_in[source]
            hashes[term] = _hash_of(keys[term], random)
        mask = _rebuild(table, hashes, count)
        for gate in range(len(arity)):
            old = count
            where, by, size = places[gate], shifts[gate], arity[gate]
            for term in range(old):
                code = code_of(keys[term], words, where, by, size)
                at = offset[gate] + code
                if role[at] == 0:
                    continue
                if role[at] == 1:
                    sizes[term] *= entries[entry_start[at]]
                    continue
                begin, length = member_start[at], member_count[at]
                mine = True
                for k in range(length):
                    sibling = members[begin + k]
                    if sibling == code:
                        found[k] = term
                        before[k] = sizes[term]
                        continue
                    for w in range(width):
                        probe[w] = keys[term, w]
                    change = code ^ sibling
                    flip_code(probe, words, where, by, size, change)
                    mark = hashes[term] ^ _hash_change(random, words, where, by, size, change)
                    index = _find(table, mask, hashes, keys, mark, probe)
                    if index >= 0 and sibling < code and not passive[offset[gate] + sibling]:
                        mine = False
                        break
                    found[k] = index
                    before[k] = sizes[index] if index >= 0 else 0.0
                if not mine:
                    continue
                matrix = entry_start[at]
                for k in range(length):
                    total = 0.0
                    for j in range(length):
                        total += entries[matrix + j * length + k] * before[j]
                    if found[k] >= 0:
                        sizes[found[k]] = total
                        continue
                    if total == 0.0:
                        continue
                    change = code ^ members[begin + k]
                    keep = abs(total) >= least
                    if keep:
                        if count == room:
                            return BUCKET_FULL
                        for w in range(width):
                            keys[count, w] = keys[term, w]
                        flip_code(keys[count], words, where, by, size, change)
                        if weigh:
                            keep = word_weight(keys[count]) <= most_weight
                    if not keep:
                        dropped[0] += abs(total)
                        dropped[1] += total * total
                        dropped[2] += 1.0
                        continue
                    mark = hashes[term] ^ _hash_change(random, words, where, by, size, change)
                    sizes[count] = total
                    hashes[count] = mark
                    _insert(table, mask, mark, count)
                    count += 1
                    if 2 * count > np.int64(mask):
                        mask = _rebuild(table, hashes, count)
        for term in range(count):
            total = np.float64(sizes[term])
            if total == 0.0:
                continue
            keep = abs(total) >= least
            if keep and weigh:
                keep = word_weight(keys[term]) <= most_weight
            if not keep:
                dropped[0] += abs(total)
                dropped[1] += total * total
                dropped[2] += 1.0
                continue
            if place == out_end:
                return OUTPUT_FULL
            for w in range(width):
                keys_out[place, w] = keys[term, w]
            sizes_out[place] = sizes[term]
            place += 1
    return place

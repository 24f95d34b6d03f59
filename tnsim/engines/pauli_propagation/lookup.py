"""Finding strings among others: open addressing over a hash that is linear in a string's bits.

A bucket is (keys, sizes, hashes, table): room for strings, and a table of four times that length,
a power of two, of which so much is used as twice the number of strings needs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .bits import count_bits, flip_code
from .compiled import compiled, inlined

__all__ = ["gather_group", "hash_of", "insert_string", "make_sibling", "rebuild_table"]

_ONE = np.uint64(1)


@compiled
def hash_of(keys: Any, term: Any, random: Any) -> Any:
    """A hash that changes by `_hash_change` where letters do."""
    result = np.uint64(0)
    for w in range(keys.shape[1]):
        word = keys[term, w]
        while word:
            lowest = word & (~word + _ONE)
            result ^= random[w, count_bits(lowest - _ONE)]
            word ^= lowest
    return result


@compiled
def hash_change(random: Any, places: Any, shifts: Any, gate: Any, size: Any, change: Any) -> Any:
    words = random.shape[0] // 2
    result = np.uint64(0)
    for k in range(size):
        part = (change >> (2 * k)) & 3
        place, shift = places[gate, k], shifts[gate, k]
        if part & 1:
            result ^= random[place, shift]
        if part & 2:
            result ^= random[words + place, shift]
    return result


@compiled
def find_string(table: Any, mask: Any, hashes: Any, keys: Any, code: Any, probe: Any) -> Any:
    """Where the string of `probe` (1, 2W) stands, or -1."""
    slot = np.int64(code & mask)
    while True:
        index = table[slot]
        if index < 0:
            return -1
        if hashes[index] == code:
            same = True
            for w in range(keys.shape[1]):
                if keys[index, w] != probe[0, w]:
                    same = False
                    break
            if same:
                return np.int64(index)
        slot = np.int64(np.uint64(slot + 1) & mask)


@compiled
def insert_string(table: Any, mask: Any, code: Any, index: Any) -> None:
    """Let a string be found by its hash."""
    slot = np.int64(code & mask)
    while table[slot] >= 0:
        slot = np.int64(np.uint64(slot + 1) & mask)
    table[slot] = index


@compiled
def rebuild_table(table: Any, hashes: Any, count: Any) -> Any:
    """A table at least twice as long as there are strings; returns its mask."""
    length = 16
    while length < 4 * count and length < len(table):
        length *= 2
    for slot in range(length):
        table[slot] = -1
    mask = np.uint64(length - 1)
    for term in range(count):
        insert_string(table, mask, hashes[term], term)
    return mask


@inlined
def find_sibling(
    term: Any, change: Any, gates: Any, gate: Any, bucket: Any, mask: Any, random: Any, probe: Any
) -> Any:
    """Where the string stands that differs by `change` on the gate's qubits, or -1."""
    arity, places, shifts, _ = gates
    keys, _, hashes, table = bucket
    for w in range(keys.shape[1]):
        probe[0, w] = keys[term, w]
    flip_code(probe, 0, places, shifts, gate, arity[gate], change)
    mark = hashes[term] ^ hash_change(random, places, shifts, gate, arity[gate], change)
    return find_string(table, mask, hashes, keys, mark, probe)


@inlined
def make_sibling(
    term: Any, change: Any, gates: Any, gate: Any, bucket: Any, count: Any, random: Any
) -> None:
    """Write the string that differs by `change` from another to the end of the bucket."""
    arity, places, shifts, _ = gates
    keys, _, hashes, _ = bucket
    for w in range(keys.shape[1]):
        keys[count, w] = keys[term, w]
    flip_code(keys, count, places, shifts, gate, arity[gate], change)
    hashes[count] = hashes[term] ^ hash_change(random, places, shifts, gate, arity[gate], change)


@inlined
def gather_group(
    term: Any,
    code: Any,
    gate: Any,
    gates: Any,
    tables: Any,
    bucket: Any,
    mask: Any,
    random: Any,
    probe: Any,
    found: Any,
    before: Any,
) -> Any:
    """Find the strings of a group, -1 where there is none, and their coefficients.

    Returns False where another string stands for the group: a lower one that is not passive.
    """
    _, passive, member_start, member_count, members, _, _ = tables
    sizes = bucket[1]
    start = gates[3][gate]
    first = member_start[start + code]
    for k in range(member_count[start + code]):
        other = members[first + k]
        index = term
        if other != code:
            index = find_sibling(term, code ^ other, gates, gate, bucket, mask, random, probe)
            if index >= 0 and other < code and not passive[start + other]:
                return False
        found[k] = index
        before[k] = sizes[index] if index >= 0 else 0.0
    return True

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

from .bits import code_of, count_bits, flip_code, word_weight
from .compiled import compiled

__all__ = ["BUCKET_FULL", "OUTPUT_FULL", "branch_buckets"]

OUTPUT_FULL = -1
BUCKET_FULL = -2
_ONE = np.uint64(1)


@compiled
def _hash_of(keys: Any, term: Any, random: Any) -> Any:
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
def _hash_change(random: Any, places: Any, shifts: Any, gate: Any, size: Any, change: Any) -> Any:
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
def _find(table: Any, mask: Any, hashes: Any, keys: Any, code: Any, probe: Any) -> Any:
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
def _load(begin: Any, count: Any, source: Any, bucket: Any, random: Any) -> Any:
    """Copy strings into the bucket and hash them; returns the table's mask."""
    keys_in, sizes_in = source
    keys, sizes, hashes, table = bucket
    for term in range(count):
        for w in range(keys.shape[1]):
            keys[term, w] = keys_in[begin + term, w]
        sizes[term] = sizes_in[begin + term]
        hashes[term] = _hash_of(keys, term, random)
    return _rebuild(table, hashes, count)


@compiled
def _sibling(
    term: Any, change: Any, gates: Any, gate: Any, bucket: Any, mask: Any, random: Any, probe: Any
) -> Any:
    """Where the string stands that differs by `change` on the gate's qubits, or -1."""
    arity, places, shifts, _ = gates
    keys, _, hashes, table = bucket
    for w in range(keys.shape[1]):
        probe[0, w] = keys[term, w]
    flip_code(probe, 0, places, shifts, gate, arity[gate], change)
    mark = hashes[term] ^ _hash_change(random, places, shifts, gate, arity[gate], change)
    return _find(table, mask, hashes, keys, mark, probe)


@compiled
def _make(
    term: Any, change: Any, gates: Any, gate: Any, bucket: Any, count: Any, random: Any
) -> None:
    """Write the string that differs by `change` from another to the end of the bucket."""
    arity, places, shifts, _ = gates
    keys, _, hashes, _ = bucket
    for w in range(keys.shape[1]):
        keys[count, w] = keys[term, w]
    flip_code(keys, count, places, shifts, gate, arity[gate], change)
    hashes[count] = hashes[term] ^ _hash_change(random, places, shifts, gate, arity[gate], change)


@compiled
def _touched_terms(
    count: Any, gate: Any, gates: Any, role: Any, keys: Any, touched: Any, codes: Any
) -> Any:
    """List the strings that a gate does something to, and their codes; returns how many."""
    arity, places, shifts, offset = gates
    start = offset[gate]
    words = keys.shape[1] // 2
    length = 0
    if arity[gate] == 1:
        place, shift = places[gate, 0], shifts[gate, 0]
        for term in range(count):
            x = (keys[term, place] >> shift) & _ONE
            z = (keys[term, words + place] >> shift) & _ONE
            code = np.int64(x | (z << _ONE))
            touched[length] = term
            codes[length] = code
            length += role[start + code] != 0
        return length
    for term in range(count):
        code = code_of(keys, term, places, shifts, gate, arity[gate])
        if role[start + code] != 0:
            touched[length] = term
            codes[length] = code
            length += 1
    return length


@compiled
def _branch_gate(
    count: Any,
    mask: Any,
    gate: Any,
    gates: Any,
    tables: Any,
    bucket: Any,
    rules: Any,
    random: Any,
    buffers: Any,
    dropped: Any,
) -> Any:
    """Apply one gate to the bucket; returns how many strings it holds then, and the mask."""
    role, passive, member_start, member_count, members, entry_start, entries = tables
    keys, sizes, hashes, table = bucket
    least, most_weight = rules
    probe, found, before, touched, codes = buffers
    start = gates[3][gate]
    for step in range(_touched_terms(count, gate, gates, role, keys, touched, codes)):
        term, code = touched[step], codes[step]
        at = start + code
        matrix = entry_start[at]
        if role[at] == 1:
            sizes[term] *= entries[matrix]
            continue
        first, length = member_start[at], member_count[at]
        mine = True
        for k in range(length):
            other = members[first + k]
            index = term
            if other != code:
                index = _sibling(term, code ^ other, gates, gate, bucket, mask, random, probe)
                if index >= 0 and other < code and not passive[start + other]:
                    mine = False  # the group is, or will be, done from there
                    break
            found[k] = index
            before[k] = sizes[index] if index >= 0 else 0.0
        for k in range(length if mine else 0):
            total = 0.0
            for j in range(length):
                total += entries[matrix + j * length + k] * before[j]
            if found[k] >= 0:
                sizes[found[k]] = total
            elif total != 0.0:
                keep = abs(total) >= least
                if keep:
                    if count == len(sizes):
                        return BUCKET_FULL, mask
                    _make(term, code ^ members[first + k], gates, gate, bucket, count, random)
                    if most_weight < 32 * keys.shape[1]:
                        keep = word_weight(keys, count) <= most_weight
                if keep:
                    sizes[count] = total
                    _insert(table, mask, hashes[count], count)
                    count += 1
                    if 2 * count > np.int64(mask):
                        mask = _rebuild(table, hashes, count)
                else:
                    _count_dropped(total, dropped)
    return count, mask


@compiled
def _count_dropped(size: Any, dropped: Any) -> None:
    dropped[0] += abs(size)
    dropped[1] += size * size
    dropped[2] += 1.0


@compiled
def branch_buckets(
    first: Any,
    last: Any,
    starts: Any,
    source: Any,
    target: Any,
    area: Any,
    gates: Any,
    tables: Any,
    rules: Any,
    random: Any,
    bucket: Any,
    buffers: Any,
    dropped: Any,
) -> Any:
    """Apply all gates to the buckets first..last-1, and write what becomes of them.

    `source` and `target` are (keys, sizes), `area` the range of places to write to, `gates`
    (arity, places, shifts, offset), `tables` columns of `CodeTables`, `rules` the least size and
    the most letters of strings that are kept, `bucket` and `buffers` room to work in. Returns
    where the output ends, or OUTPUT_FULL or BUCKET_FULL. `dropped` gets sum |c|, sum c^2 and the
    number of the strings dropped.
    """
    keys, sizes, _, _ = bucket
    keys_out, sizes_out = target
    place, end = area
    least, most_weight = rules
    width = keys.shape[1]
    for number in range(first, last):
        count = starts[number + 1] - starts[number]
        if count > len(sizes):
            return BUCKET_FULL
        mask = _load(starts[number], count, source, bucket, random)
        for g in range(len(gates[0])):
            count, mask = _branch_gate(
                count, mask, g, gates, tables, bucket, rules, random, buffers, dropped
            )
            if count < 0:
                return count
        for term in range(count):
            total = np.float64(sizes[term])
            if total == 0.0:
                continue
            keep = abs(total) >= least
            if keep and most_weight < 32 * width:
                keep = word_weight(keys, term) <= most_weight
            if not keep:
                _count_dropped(total, dropped)
                continue
            if place == end:
                return OUTPUT_FULL
            for w in range(width):
                keys_out[place, w] = keys[term, w]
            sizes_out[place] = sizes[term]
            place += 1
    return place

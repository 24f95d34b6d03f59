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

from .bits import code_of, word_weight
from .compiled import compiled, inlined
from .lookup import gather_group, hash_of, insert_string, make_sibling, rebuild_table

__all__ = ["BUCKET_FULL", "OUTPUT_FULL", "branch_buckets"]

OUTPUT_FULL = -1
BUCKET_FULL = -2
_ONE = np.uint64(1)

_CROWD, _GROWN = 256, 1.5
# A bucket is cleared of small strings when it has more than so many, and has grown so much.


@compiled
def _load(begin: Any, count: Any, source: Any, bucket: Any, random: Any) -> Any:
    """Copy strings into the bucket and hash them; returns the table's mask."""
    keys_in, sizes_in = source
    keys, sizes, hashes, table = bucket
    for term in range(count):
        for w in range(keys.shape[1]):
            keys[term, w] = keys_in[begin + term, w]
        sizes[term] = sizes_in[begin + term]
        hashes[term] = hash_of(keys, term, random)
    return rebuild_table(table, hashes, count)


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


@inlined
def _admitted(
    size: Any,
    term: Any,
    change: Any,
    gate: Any,
    gates: Any,
    bucket: Any,
    count: Any,
    rules: Any,
    random: Any,
    dropped: Any,
) -> Any:
    """Write a new string behind the others (there is always room for one); whether to keep it."""
    make_sibling(term, change, gates, gate, bucket, count, random)
    return _passes(size, word_weight(bucket[0], count), rules, dropped)


@compiled
def _passes(size: Any, weight: Any, rules: Any, dropped: Any) -> Any:
    """Whether a string is to be kept; it is counted as dropped otherwise."""
    least, most_weight, shares = rules
    if abs(size) * shares[0, weight] >= least and weight <= most_weight:
        return True
    dropped[0] += abs(size)
    dropped[1] += size * size * shares[1, weight]
    dropped[2] += 1.0
    return False


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
    role, _, member_start, member_count, members, entry_start, entries = tables
    keys, sizes, hashes, table = bucket
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
        if not gather_group(
            term, code, gate, gates, tables, bucket, mask, random, probe, found, before
        ):
            continue
        for k in range(length):
            total = 0.0
            for j in range(length):
                total += entries[matrix + j * length + k] * before[j]
            if found[k] >= 0:
                sizes[found[k]] = total
                continue
            if total == 0.0:
                continue
            change = code ^ members[first + k]
            if not _admitted(
                total, term, change, gate, gates, bucket, count, rules, random, dropped
            ):
                continue
            if count == len(sizes):
                return BUCKET_FULL, mask
            sizes[count] = total
            insert_string(table, mask, hashes[count], count)
            count += 1
            if 2 * count > np.int64(mask):
                mask = rebuild_table(table, hashes, count)
    return count, mask


@compiled
def _thinned(count: Any, bucket: Any, rules: Any, dropped: Any) -> Any:
    """Drop the strings that have become too small; how many are left."""
    keys, sizes, hashes, _ = bucket
    place = 0
    for term in range(count):
        size = np.float64(sizes[term])
        if size == 0.0 or not _passes(size, word_weight(keys, term), rules, dropped):
            continue
        for w in range(keys.shape[1]):
            keys[place, w] = keys[term, w]
        sizes[place] = sizes[term]
        hashes[place] = hashes[term]
        place += 1
    return place


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
    the most letters of strings that are kept, and by number of letters a share of the size that
    is compared and one of the square that is counted (see `limits.shares`). `bucket` and
    `buffers` are room to work in. Returns where the output ends, or OUTPUT_FULL or BUCKET_FULL.
    `dropped` gets sum |c|, sum of shares of c^2 and the number of the strings dropped, and the
    bucket in which the output was full.
    """
    keys, sizes, _, _ = bucket
    keys_out, sizes_out = target
    place, end = area
    width = keys.shape[1]
    for number in range(first, last):
        count = starts[number + 1] - starts[number]
        if count > len(sizes):
            return BUCKET_FULL
        crowd = max(_CROWD, _GROWN * count)
        mask = _load(starts[number], count, source, bucket, random)
        for g in range(len(gates[0])):
            count, mask = _branch_gate(
                count, mask, g, gates, tables, bucket, rules, random, buffers, dropped
            )
            if count < 0:
                return count
            if count > crowd:
                count = _thinned(count, bucket, rules, dropped)
                mask = rebuild_table(bucket[3], bucket[2], count)
                crowd = max(_CROWD, _GROWN * count)
        for term in range(count):
            total = np.float64(sizes[term])
            if total == 0.0:
                continue
            if not _passes(total, word_weight(keys, term), rules, dropped):
                continue
            if place == end:
                dropped[3] = number
                return OUTPUT_FULL
            for w in range(width):
                keys_out[place, w] = keys[term, w]
            sizes_out[place] = sizes[term]
            place += 1
    return place

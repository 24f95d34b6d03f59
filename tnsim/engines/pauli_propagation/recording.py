"""Kernels of derivatives: a gate applied to all strings with a record of it, and its reversal.

A record holds the groups of strings that a gate mixed: for each the entry of the tables that
names the block, the places of its strings (-1 where one was dropped or never made), and their
coefficients before. With it the gate can be passed backwards without the strings themselves:
where lambda_i = d mean / d c_i, lambda_j <- sum_i M_ji lambda_i within each group, and
d mean / d M_ji = sum over groups of c_j lambda_i.

Beside its coefficient a string has an importance, which is positive where it was made by an entry
of a map that is zero but has a derivative: such a string counts in derivatives alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .bits import code_of, mean_of, word_weight
from .compiled import compiled
from .lookup import gather_group, hash_of, insert_string, make_sibling, rebuild_table

__all__ = [
    "bloch_slopes",
    "hash_all",
    "keep_important",
    "record_gate",
    "reverse_gate",
    "start_slopes",
]

_ONE = np.uint64(1)


@compiled
def hash_all(count: Any, bucket: Any, random: Any) -> Any:
    """Hash all strings of a bucket anew; returns the table's mask."""
    keys, _, hashes, table = bucket
    for term in range(count):
        hashes[term] = hash_of(keys, term, random)
    return rebuild_table(table, hashes, count)


@compiled
def record_gate(
    count: Any,
    mask: Any,
    gate: Any,
    gates: Any,
    tables: Any,
    sources: Any,
    bucket: Any,
    importance: Any,
    rules: Any,
    random: Any,
    buffers: Any,
    record: Any,
    dropped: Any,
) -> Any:
    """Apply a gate to `count` strings; returns count, mask, and how long the record is.

    `sources` are the sizes of derivatives, like the tables' entries, where an entry is zero.
    `record` is (entry by group, place by member, coefficient by member); its lengths are at least
    the number of strings and of strings times the largest block.
    """
    arity, places, shifts, offset = gates
    role, _, member_start, member_count, members, entry_start, entries = tables
    keys, sizes, hashes, table = bucket
    least, most_weight, shares = rules
    probe, found, before, extra = buffers
    record_entry, record_place, record_size = record
    start = offset[gate]
    groups = used = 0
    for term in range(count):
        code = code_of(keys, term, places, shifts, gate, arity[gate])
        at = start + code
        if role[at] == 0:
            continue
        matrix, first, length = entry_start[at], member_start[at], member_count[at]
        if not gather_group(
            term, code, gate, gates, tables, bucket, mask, random, probe, found, before
        ):
            continue
        for k in range(length):
            extra[k] = importance[found[k]] if found[k] >= 0 else 0.0
        record_entry[groups] = at
        groups += 1
        for k in range(length):
            total, weight = 0.0, 0.0
            for j in range(length):
                entry = matrix + j * length + k
                total += entries[entry] * before[j]
                weight += abs(entries[entry]) * extra[j] + sources[entry] * abs(before[j])
            record_size[used + k] = before[k]
            record_place[used + k] = found[k]
            if found[k] >= 0:
                sizes[found[k]] = total
                importance[found[k]] = weight
                continue
            if total == 0.0 and weight == 0.0:
                continue
            keep = count < len(sizes)
            if keep:
                make_sibling(term, code ^ members[first + k], gates, gate, bucket, count, random)
                letters = word_weight(keys, count)
                keep = max(abs(total), weight) * shares[0, letters] >= least
                keep = keep and letters <= most_weight
            if not keep:
                dropped[0] += abs(total)
                continue
            sizes[count] = total
            importance[count] = weight
            record_place[used + k] = count
            insert_string(table, mask, hashes[count], count)
            count += 1
            if 2 * count > np.int64(mask):
                mask = rebuild_table(table, hashes, count)
        used += length
    return count, mask, groups, used


@compiled
def reverse_gate(
    tables: Any, record: Any, groups: Any, slopes: Any, found: Any, by_entry: Any
) -> None:
    """Pass slopes (lambda) backwards through a gate; adds d mean / d entry to `by_entry`."""
    _, _, _, member_count, _, entry_start, entries = tables
    record_entry, record_place, record_size = record
    used = 0
    for group in range(groups):
        at = record_entry[group]
        matrix, length = entry_start[at], member_count[at]
        for k in range(length):
            place = record_place[used + k]
            found[k] = slopes[place] if place >= 0 else 0.0
        for j in range(length):
            total = 0.0
            for k in range(length):
                entry = matrix + j * length + k
                total += entries[entry] * found[k]
                by_entry[entry] += record_size[used + j] * found[k]
            place = record_place[used + j]
            if place >= 0:
                slopes[place] = total
        used += length


@compiled
def keep_important(
    count: Any, bucket: Any, importance: Any, least: Any, shares: Any, kept: Any, dropped: Any
) -> Any:
    """Move the strings of at least a size to the front, `kept` telling where each was."""
    keys, sizes, hashes, _ = bucket
    place = 0
    for term in range(count):
        size = max(abs(sizes[term]), importance[term])
        if size > 0.0 and size * shares[0, word_weight(keys, term)] >= least:
            for w in range(keys.shape[1]):
                keys[place, w] = keys[term, w]
            sizes[place] = sizes[term]
            importance[place] = importance[term]
            hashes[place] = hashes[term]
            kept[place] = term
            place += 1
        else:
            dropped[0] += abs(sizes[term])
    return place


@compiled
def start_slopes(keys: Any, count: Any, bloch: Any, slopes: Any) -> None:
    """d mean / d c of each string on a product state."""
    for term in range(count):
        slopes[term] = mean_of(keys, term, bloch)


@compiled
def bloch_slopes(keys: Any, sizes: Any, count: Any, bloch: Any, found: Any) -> None:
    """Add d mean / d bloch[q, code] of the strings on a product state to `found` (n, 4)."""
    words = keys.shape[1] // 2
    for term in range(count):
        if sizes[term] == 0.0:
            continue
        for qubit in range(len(bloch)):
            w, shift = qubit // 64, np.uint64(qubit % 64)
            x = (keys[term, w] >> shift) & _ONE
            z = (keys[term, words + w] >> shift) & _ONE
            code = np.int64(x | (z << _ONE))
            if code == 0:
                continue
            kept = bloch[qubit, code]
            bloch[qubit, code] = 1.0
            found[qubit, code] += sizes[term] * mean_of(keys, term, bloch)
            bloch[qubit, code] = kept

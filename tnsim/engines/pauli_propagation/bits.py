"""Bits of packed Pauli strings: n qubits are W words of X bits and then W words of Z bits.

A string is i^(x.z) times the product of its X and Z letters, so that bits (x, z) = (1, 1) are Y
itself. The code of a few qubits' letters is the sum of (x + 2 z) 4^k over them, k counting
the qubits of a gate: I, X, Z, Y are 0, 1, 2, 3.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .compiled import compiled

__all__ = ["code_of", "count_bits", "flip_code", "mean_of", "mixed", "word_weight"]

_M1 = np.uint64(0x5555555555555555)
_M2 = np.uint64(0x3333333333333333)
_M4 = np.uint64(0x0F0F0F0F0F0F0F0F)
_H01 = np.uint64(0x0101010101010101)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_ONE = np.uint64(1)


@compiled
def count_bits(word: Any) -> Any:
    """How many bits of a word are set."""
    word = word - ((word >> _ONE) & _M1)
    word = (word & _M2) + ((word >> np.uint64(2)) & _M2)
    word = (word + (word >> np.uint64(4))) & _M4
    return np.int64((word * _H01) >> np.uint64(56))


@compiled
def word_weight(keys: Any, term: Any) -> Any:
    """On how many qubits a string acts."""
    words = keys.shape[1] // 2
    weight = 0
    for w in range(words):
        weight += count_bits(keys[term, w] | keys[term, words + w])
    return weight


@compiled
def mean_of(keys: Any, term: Any, means: Any) -> Any:
    """The product of `means[qubit, code]` over a string's letters."""
    words = keys.shape[1] // 2
    factor = 1.0
    for w in range(words):
        x, z = keys[term, w], keys[term, words + w]
        some = x | z
        while some and factor != 0.0:
            lowest = some & (~some + _ONE)
            shift = np.uint64(count_bits(lowest - _ONE))
            code = np.int64(((x >> shift) & _ONE) | (((z >> shift) & _ONE) << _ONE))
            factor *= means[64 * w + np.int64(shift), code]
            some ^= lowest
    return factor


@compiled
def mixed(word: Any) -> Any:
    """A word with all its bits stirred (the finaliser of splitmix64, Steele et al. 2014)."""
    word = (word ^ (word >> np.uint64(30))) * _MIX1
    word = (word ^ (word >> np.uint64(27))) * _MIX2
    return word ^ (word >> np.uint64(31))


@compiled
def code_of(keys: Any, term: Any, places: Any, shifts: Any, gate: Any, size: Any) -> Any:
    """The code of the letters on a gate's `size` qubits: bits `shifts` of the words `places`."""
    words = keys.shape[1] // 2
    code = np.uint64(0)
    for k in range(size):
        place, shift = places[gate, k], shifts[gate, k]
        x = (keys[term, place] >> shift) & _ONE
        z = (keys[term, words + place] >> shift) & _ONE
        code |= (x | (z << _ONE)) << np.uint64(2 * k)
    return np.int64(code)


@compiled
def flip_code(
    keys: Any, term: Any, places: Any, shifts: Any, gate: Any, size: Any, change: Any
) -> None:
    """Change the letters on a gate's qubits by the bits of `change`."""
    words = keys.shape[1] // 2
    for k in range(size):
        part = np.uint64((change >> (2 * k)) & 3)
        place, shift = places[gate, k], shifts[gate, k]
        keys[term, place] ^= (part & _ONE) << shift
        keys[term, words + place] ^= (part >> _ONE) << shift

"""Measured bitstrings drawn from a line of tensors, all shots together, without a chain.

Qubit by qubit, each from its probabilities given the bits before it (Ferris and Vidal, PRB 85,
165146 (2012)).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .line import Line
from .products import trace_vectors

__all__ = ["drawn_bits", "misread_bits"]


def drawn_bits(
    line: Line, shots: int, generator: np.random.Generator, room: int
) -> NDArray[np.uint8]:
    """`shots` bitstrings of all sites, shape (shots, sites).

    On Pauli legs a truncated operator may give probabilities below zero; they count as zero.
    """
    line.move(0)
    chances = generator.random((shots, len(line)), dtype=np.float64)
    bits = np.empty((shots, len(line)), dtype=np.uint8)
    widest = max(one.shape[0] for one in line.tensors)
    chunk = int(max(room // (6 * widest * line.tensors[0].itemsize), 1))
    walk = _pauli_bits if line.dimension == 4 else _ket_bits
    for begin in range(0, shots, chunk):
        end = begin + chunk
        walk(line, chances[begin:end], bits[begin:end])
    return bits


def _ket_bits(line: Line, chances: NDArray[np.float64], bits: NDArray[np.uint8]) -> None:
    state = np.ones((len(bits), 1), dtype=line.tensors[0].dtype)
    for site, one in enumerate(line.tensors):
        # Sites to the right are isometries: they do not change a norm.
        both = np.stack([state @ one[:, 0, :], state @ one[:, 1, :]])
        weights = (both.real**2 + both.imag**2).sum(axis=2)
        bit = _chosen(weights, chances[:, site])
        bits[:, site] = bit
        rows = np.arange(len(bit))
        norms = np.sqrt(weights[bit, rows])
        state = both[bit, rows] / np.where(norms > 0, norms, 1.0)[:, None]


def _pauli_bits(line: Line, chances: NDArray[np.float64], bits: NDArray[np.uint8]) -> None:
    closing = trace_vectors(line)
    state = np.ones((len(bits), 1), dtype=line.tensors[0].dtype)
    for site, one in enumerate(line.tensors):
        trace, parity = state @ one[:, 0, :], state @ one[:, 3, :]
        both = np.stack([trace + parity, trace - parity])
        # The sign of a trace vector is arbitrary; that of the whole trace is not.
        sign = np.sign(trace @ closing[site + 1])
        weights = np.maximum((both @ closing[site + 1]) * sign, 0.0)
        bit = _chosen(weights, chances[:, site])
        bits[:, site] = bit
        state = both[bit, np.arange(len(bit))]
        norms = np.linalg.norm(state, axis=1)
        state /= np.where(norms > 0, norms, 1.0)[:, None]


def _chosen(weights: NDArray[Any], chances: NDArray[np.float64]) -> NDArray[np.intp]:
    """1 where the chance is beyond the share of 0; a coin where both weights are zero."""
    total = weights[0] + weights[1]
    share = np.divide(weights[0], total, out=np.full(len(chances), 0.5), where=total > 0)
    bit: NDArray[np.intp] = (chances >= share).astype(np.intp)
    return bit


def misread_bits(
    bits: NDArray[np.uint8],
    errors: Sequence[tuple[Sequence[int], NDArray[np.float64]]],
    generator: np.random.Generator,
) -> None:
    """Bits as they are read, in place: `errors` are (columns, C[read, true])."""
    for columns, confusion in errors:
        places = 1 << np.arange(len(columns))[::-1]
        true = bits[:, columns].astype(np.int64) @ places
        reach = np.cumsum(confusion, axis=0)
        chances = generator.random(len(bits)) * reach[-1, true]
        read = (chances >= reach[:-1, true]).sum(axis=0)
        bits[:, columns] = (read[:, None] // places) % 2

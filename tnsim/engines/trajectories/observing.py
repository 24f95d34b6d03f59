"""What is read from a state vector: Pauli strings, probabilities, overlaps, bit strings."""

from __future__ import annotations

from typing import Any

import numpy as np

from .compiled import compiled

__all__ = ["chosen", "marginal", "norm", "overlap", "pauli_values", "spectrum"]

Array = Any


@compiled
def _is_odd(number: int) -> int:
    number ^= number >> 32
    number ^= number >> 16
    number ^= number >> 8
    number ^= number >> 4
    number ^= number >> 2
    number ^= number >> 1
    return number & 1


@compiled
def pauli_values(state: Array, flip: int, imaginary: bool, signs: Array, out: Array) -> None:
    """out[t] = sum_i (-1)^|i & signs[t]| a_i with a_i as in `spectrum`, one by one."""
    re, im = state[0], state[1]
    for t in range(len(signs)):
        total = 0.0
        mask = signs[t]
        for i in range(len(re)):
            j = i ^ flip
            if imaginary:
                one = np.float64(re[j]) * im[i] - np.float64(im[j]) * re[i]
            else:
                one = np.float64(re[j]) * re[i] + np.float64(im[j]) * im[i]
            total += -one if _is_odd(i & mask) else one
        out[t] = total


@compiled
def spectrum(state: Array, flip: int, imaginary: bool, buffer: Array) -> None:
    """buffer[z] = sum_i (-1)^|i & z| a_i, where psi_{i ^ flip}^* psi_i has a_i as one part.

    That is the real one, or the imaginary one. By the fast Walsh-Hadamard transform.
    """
    re, im = state[0], state[1]
    size = len(re)
    for i in range(size):
        j = i ^ flip
        if imaginary:
            buffer[i] = np.float64(re[j]) * im[i] - np.float64(im[j]) * re[i]
        else:
            buffer[i] = np.float64(re[j]) * re[i] + np.float64(im[j]) * im[i]
    step = 1
    while step < size:
        for begin in range(0, size, 2 * step):
            for k in range(begin, begin + step):
                p, q = buffer[k], buffer[k + step]
                buffer[k], buffer[k + step] = p + q, p - q
        step *= 2


@compiled
def marginal(state: Array, bits: Array, out: Array) -> None:
    """out[b] += the probability that `bits`, the first most significant, read b."""
    count = len(bits)
    for i in range(state.shape[1]):
        index = 0
        for j in range(count):
            index = 2 * index + ((i >> bits[j]) & 1)
        out[index] += np.float64(state[0, i]) ** 2 + np.float64(state[1, i]) ** 2


@compiled
def overlap(left: Array, right: Array) -> complex:
    """<left|right>."""
    re, im = 0.0, 0.0
    for i in range(left.shape[1]):
        a, b = np.float64(left[0, i]), np.float64(left[1, i])
        c, d = np.float64(right[0, i]), np.float64(right[1, i])
        re += a * c + b * d
        im += a * d - b * c
    return complex(re, im)


@compiled
def norm(state: Array) -> float:
    """<psi|psi>."""
    total = 0.0
    for i in range(state.shape[1]):
        total += np.float64(state[0, i]) ** 2 + np.float64(state[1, i]) ** 2
    return total


@compiled
def chosen(state: Array, targets: Array, out: Array) -> None:
    """out[t] is the basis state at which the summed probability passes targets[t], ascending."""
    done, total, last = 0, 0.0, 0
    for i in range(state.shape[1]):
        chance = np.float64(state[0, i]) ** 2 + np.float64(state[1, i]) ** 2
        if chance > 0.0:
            last = i
        total += chance
        while done < len(targets) and targets[done] < total:
            out[done] = i
            done += 1
        if done == len(targets):
            return
    out[done:] = last

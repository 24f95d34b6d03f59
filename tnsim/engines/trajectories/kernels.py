"""Small matrices on a state vector, and its reduced states.

A state is a real array (2, 2^n), real and imaginary parts, of float64 or float32. Bit p of a basis
state's number is its p-th from the right; `bits` list them from the most significant on. The
amplitudes that a matrix mixes are gathered in panels, so that the arithmetic runs along
contiguous memory whatever the bits are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .compiled import compiled

__all__ = ["apply", "parts_of", "reduced"]

Array = Any

_PANEL = 64


@compiled
def parts_of(matrix: Array, like: Array) -> Array:
    """(2, D, D): the real and imaginary parts of a matrix in the precision of a state."""
    size = matrix.shape[0]
    parts = np.empty((2, size, size), like.dtype)
    for i in range(size):
        for j in range(size):
            parts[0, i, j] = matrix[i, j].real
            parts[1, i, j] = matrix[i, j].imag
    return parts


@compiled
def apply(state: Array, bits: Array, parts: Array) -> None:
    """state -> M state, in place; M (2^k, 2^k) by its `parts_of`, on k bits."""
    if len(bits) == 1:
        _apply_one(state, bits[0], parts)
    elif len(bits) == 2:
        _apply_two(state, bits[0], bits[1], parts)
    else:
        _apply_many(state, bits, parts)


@compiled
def _one(r0: Array, r1: Array, i0: Array, i1: Array, m: Array) -> None:
    a00, a01, a10, a11 = m[0, 0, 0], m[0, 0, 1], m[0, 1, 0], m[0, 1, 1]
    b00, b01, b10, b11 = m[1, 0, 0], m[1, 0, 1], m[1, 1, 0], m[1, 1, 1]
    for k in range(len(r0)):
        p, q, s, t = r0[k], r1[k], i0[k], i1[k]
        r0[k] = a00 * p + a01 * q - b00 * s - b01 * t
        i0[k] = b00 * p + b01 * q + a00 * s + a01 * t
        r1[k] = a10 * p + a11 * q - b10 * s - b11 * t
        i1[k] = b10 * p + b11 * q + a10 * s + a11 * t


@compiled
def _apply_one(state: Array, bit: int, m: Array) -> None:
    step = 1 << bit
    size = state.shape[1]
    if step >= _PANEL or 2 * step >= size:
        for at in range(0, size, 2 * step):
            end = at + 2 * step
            middle = at + step
            _one(
                state[0, at:middle], state[0, middle:end], state[1, at:middle],
                state[1, middle:end], m,
            )  # fmt: skip
        return
    panel = np.empty((4, _PANEL), state.dtype)
    half = size >> 1
    for first in range(0, half, _PANEL):
        count = min(_PANEL, half - first)
        for k in range(count):
            g = first + k
            at = ((g >> bit) << (bit + 1)) | (g & (step - 1))
            panel[0, k], panel[1, k] = state[0, at], state[0, at + step]
            panel[2, k], panel[3, k] = state[1, at], state[1, at + step]
        _one(panel[0, :count], panel[1, :count], panel[2, :count], panel[3, :count], m)
        for k in range(count):
            g = first + k
            at = ((g >> bit) << (bit + 1)) | (g & (step - 1))
            state[0, at], state[0, at + step] = panel[0, k], panel[1, k]
            state[1, at], state[1, at + step] = panel[2, k], panel[3, k]


@compiled
def _two(
    r0: Array, r1: Array, r2: Array, r3: Array, i0: Array, i1: Array, i2: Array, i3: Array, m: Array
) -> None:
    a00, a01, a02, a03 = m[0, 0, 0], m[0, 0, 1], m[0, 0, 2], m[0, 0, 3]
    a10, a11, a12, a13 = m[0, 1, 0], m[0, 1, 1], m[0, 1, 2], m[0, 1, 3]
    a20, a21, a22, a23 = m[0, 2, 0], m[0, 2, 1], m[0, 2, 2], m[0, 2, 3]
    a30, a31, a32, a33 = m[0, 3, 0], m[0, 3, 1], m[0, 3, 2], m[0, 3, 3]
    b00, b01, b02, b03 = m[1, 0, 0], m[1, 0, 1], m[1, 0, 2], m[1, 0, 3]
    b10, b11, b12, b13 = m[1, 1, 0], m[1, 1, 1], m[1, 1, 2], m[1, 1, 3]
    b20, b21, b22, b23 = m[1, 2, 0], m[1, 2, 1], m[1, 2, 2], m[1, 2, 3]
    b30, b31, b32, b33 = m[1, 3, 0], m[1, 3, 1], m[1, 3, 2], m[1, 3, 3]
    for k in range(len(r0)):
        p, q, r, s = r0[k], r1[k], r2[k], r3[k]
        t, u, v, w = i0[k], i1[k], i2[k], i3[k]
        r0[k] = a00 * p + a01 * q + a02 * r + a03 * s - b00 * t - b01 * u - b02 * v - b03 * w
        i0[k] = b00 * p + b01 * q + b02 * r + b03 * s + a00 * t + a01 * u + a02 * v + a03 * w
        r1[k] = a10 * p + a11 * q + a12 * r + a13 * s - b10 * t - b11 * u - b12 * v - b13 * w
        i1[k] = b10 * p + b11 * q + b12 * r + b13 * s + a10 * t + a11 * u + a12 * v + a13 * w
        r2[k] = a20 * p + a21 * q + a22 * r + a23 * s - b20 * t - b21 * u - b22 * v - b23 * w
        i2[k] = b20 * p + b21 * q + b22 * r + b23 * s + a20 * t + a21 * u + a22 * v + a23 * w
        r3[k] = a30 * p + a31 * q + a32 * r + a33 * s - b30 * t - b31 * u - b32 * v - b33 * w
        i3[k] = b30 * p + b31 * q + b32 * r + b33 * s + a30 * t + a31 * u + a32 * v + a33 * w


@compiled
def _apply_two(state: Array, high: int, low: int, m: Array) -> None:
    h, l = 1 << high, 1 << low
    size = state.shape[1]
    re, im = state[0], state[1]
    if l >= _PANEL:
        for outer in range(0, size, 2 * h):
            for at in range(outer, outer + h, 2 * l):
                _two(
                    re[at : at + l], re[at + l : at + 2 * l],
                    re[at + h : at + h + l], re[at + h + l : at + h + 2 * l],
                    im[at : at + l], im[at + l : at + 2 * l],
                    im[at + h : at + h + l], im[at + h + l : at + h + 2 * l], m,
                )  # fmt: skip
        return
    panel = np.empty((8, _PANEL), state.dtype)
    quarter = size >> 2
    for first in range(0, quarter, _PANEL):
        count = min(_PANEL, quarter - first)
        for k in range(count):
            at = _spread(first + k, high, low)
            panel[0, k], panel[4, k] = re[at], im[at]
            panel[1, k], panel[5, k] = re[at + l], im[at + l]
            panel[2, k], panel[6, k] = re[at + h], im[at + h]
            panel[3, k], panel[7, k] = re[at + h + l], im[at + h + l]
        _two(
            panel[0, :count], panel[1, :count], panel[2, :count], panel[3, :count],
            panel[4, :count], panel[5, :count], panel[6, :count], panel[7, :count], m,
        )  # fmt: skip
        for k in range(count):
            at = _spread(first + k, high, low)
            re[at], im[at] = panel[0, k], panel[4, k]
            re[at + l], im[at + l] = panel[1, k], panel[5, k]
            re[at + h], im[at + h] = panel[2, k], panel[6, k]
            re[at + h + l], im[at + h + l] = panel[3, k], panel[7, k]


@compiled
def _spread(number: int, high: int, low: int) -> int:
    """The bits of `number` with zeros put in at `high` and `low`."""
    made = ((number >> low) << (low + 1)) | (number & ((1 << low) - 1))
    return ((made >> high) << (high + 1)) | (made & ((1 << high) - 1))


@compiled
def offsets_of(bits: Array) -> Array:
    """Where the 2^k entries of an index on `bits` stand, relative to the one of all zeros."""
    count = len(bits)
    offsets = np.zeros(1 << count, np.int64)
    for entry in range(1 << count):
        for j in range(count):
            if (entry >> (count - 1 - j)) & 1:
                offsets[entry] |= 1 << bits[j]
    return offsets


@compiled
def opened(number: int, rising: Array) -> int:
    """The bits of `number` with zeros put in at the places `rising`, which ascend."""
    for place in rising:
        number = ((number >> place) << (place + 1)) | (number & ((1 << place) - 1))
    return number


@compiled
def _apply_many(state: Array, bits: Array, m: Array) -> None:
    offsets, rising = offsets_of(bits), np.sort(bits)
    width = len(offsets)
    old = np.empty((2, width), state.dtype)
    for rest in range(state.shape[1] // width):
        at = opened(rest, rising)
        for j in range(width):
            old[0, j], old[1, j] = state[0, at + offsets[j]], state[1, at + offsets[j]]
        for i in range(width):
            re, im = old.dtype.type(0), old.dtype.type(0)
            for j in range(width):
                re += m[0, i, j] * old[0, j] - m[1, i, j] * old[1, j]
                im += m[1, i, j] * old[0, j] + m[0, i, j] * old[1, j]
            state[0, at + offsets[i]], state[1, at + offsets[i]] = re, im


@compiled
def reduced(state: Array, bits: Array) -> Array:
    """rho[i, j] = sum over the other bits of psi_i psi_j^*: (2^k, 2^k), complex128."""
    offsets, rising = offsets_of(bits), np.sort(bits)
    width = len(offsets)
    rho = np.zeros((width, width), np.complex128)
    re, im = np.empty(width), np.empty(width)
    for rest in range(state.shape[1] // width):
        at = opened(rest, rising)
        for j in range(width):
            re[j], im[j] = state[0, at + offsets[j]], state[1, at + offsets[j]]
        for i in range(width):
            for j in range(i + 1):
                rho[i, j] += complex(re[i] * re[j] + im[i] * im[j], im[i] * re[j] - re[i] * im[j])
    for i in range(width):
        for j in range(i):
            rho[j, i] = rho[i, j].conjugate()
    return rho

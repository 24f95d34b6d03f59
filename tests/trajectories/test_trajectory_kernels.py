"""Matrices on state vectors, reduced states, and what is read from them."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests import oracle
from tnsim.engines.trajectories import kernels, observing
from tnsim.engines.trajectories.strings import PauliReader


def random_state(n: int, dtype: Any = np.float64) -> NDArray[Any]:
    made = np.random.default_rng(n).normal(size=(2, 1 << n))
    return (made / np.linalg.norm(made)).astype(dtype)


def random_unitary(k: int) -> NDArray[Any]:
    rng = np.random.default_rng(k)
    size = (1 << k, 1 << k)
    return np.linalg.qr(rng.normal(size=size) + 1j * rng.normal(size=size))[0]


# 8 qubits and more: panels are full, and amplitudes far apart or near are all met.
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n", [1, 2, 3, 8, 9])
def test_matrices_on_any_bits(n: int, dtype: Any) -> None:
    for k in range(1, min(n, 3) + 1):
        matrix = random_unitary(k)
        for qubits in permutations(range(n), k):
            if k > 1 and n == 9 and sum(qubits) % 5:
                continue
            state = random_state(n, dtype)
            old = state[0] + 1j * state[1]
            bits = np.array([n - 1 - q for q in qubits])
            if k == 2 and bits[0] < bits[1]:
                continue  # blocks list their bits from the most significant on
            kernels.apply(state, bits, kernels.parts_of(matrix, state))
            moved = np.moveaxis(old.reshape((2,) * n), qubits, range(k)).reshape(1 << k, -1)
            moved = (matrix @ moved).reshape((2,) * n)
            expected = np.moveaxis(moved, range(k), qubits).reshape(-1)
            tolerance = 1e-14 if dtype == np.float64 else 1e-6
            np.testing.assert_allclose(state[0] + 1j * state[1], expected, atol=tolerance)
            rho = np.outer(expected, expected.conj())
            if n < 8:
                found = kernels.reduced(state, bits)
                np.testing.assert_allclose(found, oracle.reduced(rho, qubits), atol=tolerance)


@pytest.mark.parametrize("n", [1, 4])
def test_pauli_strings(n: int) -> None:
    state = random_state(n)
    psi = state[0] + 1j * state[1]
    rho = np.outer(psi, psi.conj())
    rows = []
    strings = [
        tuple((q, letter) for q, letter in enumerate(word) if letter)
        for word in np.ndindex(*(4,) * n)
    ]
    # All strings: groups large enough for the transform. One: a pass of its own.
    rows = [{s: 1.0} for s in strings]
    bit = {q: n - 1 - q for q in range(n)}
    expected = [
        oracle.expectation(
            rho, oracle.pauli_operator({" ".join(f"{'IXYZ'[k]}{q}" for q, k in s): 1.0}, n)
        ).real
        for s in strings
    ]
    np.testing.assert_allclose(PauliReader(rows, bit).read(state), expected, atol=1e-13)
    for row, value in zip(rows, expected, strict=True):
        np.testing.assert_allclose(PauliReader([row], bit).read(state), [value], atol=1e-13)
    mixed = [dict.fromkeys(strings, 0.5), {strings[0]: 2.0, strings[-1]: -1.0}]
    sums = [0.5 * sum(expected), 2.0 * expected[0] - expected[-1]]
    np.testing.assert_allclose(PauliReader(mixed, bit).read(state), sums, atol=1e-12)


def test_marginals_overlaps_and_outcomes() -> None:
    state, other = random_state(5), random_state(5)[:, ::-1].copy()
    psi, phi = state[0] + 1j * state[1], other[0] + 1j * other[1]
    rho = np.outer(psi, psi.conj())
    found = np.zeros(4)
    observing.marginal(state, np.array([4 - 3, 4 - 0]), found)
    np.testing.assert_allclose(found, oracle.probabilities(rho, [3, 0]), atol=1e-14)
    assert observing.overlap(other, state) == pytest.approx(np.vdot(phi, psi))
    assert observing.norm(state) == pytest.approx(1.0)
    passed = np.cumsum(np.abs(psi) ** 2)
    targets = np.sort(np.random.default_rng(0).random(50))
    out = np.empty(52, dtype=np.int64)
    observing.chosen(state, np.concatenate([targets, [1.0, 2.0]]), out)
    np.testing.assert_array_equal(out[:50], np.searchsorted(passed, targets, side="right"))
    assert out[51] == 31

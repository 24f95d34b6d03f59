"""Samples from lines of tensors against the probabilities that they are drawn by."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.mps.mps_engines import estimate
from tests.oracle_circuits import answer
from tnsim import noise
from tnsim.circuit import Circuit, NoiseModel
from tnsim.queries import Probabilities, Samples

SHOTS = 20_000


def noisy_circuit(*, pure: bool) -> Circuit:
    generator = np.random.default_rng(8)
    circuit = Circuit(4)
    for a, b in [(0, 1), (2, 3), (1, 2), (0, 3)]:
        circuit.u(*generator.uniform(0, 6, 3), a).u(*generator.uniform(0, 6, 3), b).cx(a, b)
        if not pure:
            circuit.channel(noise.amplitude_damping(0.2), a)
    model = NoiseModel()
    model.readout(0.1, 0.05, qubits=[0, 2])
    model.readout(
        noise.ReadoutError.from_matrix(generator.dirichlet(np.ones(4), 4).T), qubits=[3, 1]
    )
    return model.apply(circuit)


def frequencies(bits: NDArray[np.uint8]) -> NDArray[np.float64]:
    places = 1 << np.arange(bits.shape[1])[::-1]
    return np.bincount(bits @ places, minlength=1 << bits.shape[1]) / len(bits)


@pytest.mark.parametrize("method", ["mps", "mpdo"])
def test_frequencies_are_the_probabilities(method: str) -> None:
    circuit = noisy_circuit(pure=method == "mps")
    found = estimate(circuit, Samples(SHOTS, seed=1), method=method)
    wanted = answer(circuit, Probabilities(range(4)), {})
    spread = np.sqrt(wanted * (1 - wanted) / SHOTS)
    assert found.value.shape == (SHOTS, 4) == found.error.shape
    assert np.all(np.abs(frequencies(found.value) - wanted) < 5 * spread + 1e-4)


@pytest.mark.parametrize("method", ["mps", "mpdo"])
def test_a_seed_repeats_the_bits(method: str) -> None:
    circuit = noisy_circuit(pure=method == "mps")
    one, again, other = (
        estimate(circuit, Samples(50, seed=seed), method=method).value for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(one, again)
    assert np.any(one != other)


def test_a_large_ghz_state_is_all_or_nothing() -> None:
    n = 200
    circuit = Circuit(n).h(0)
    for q in range(n - 1):
        circuit.cx(q, q + 1)
    bits = estimate(circuit, Samples(500, seed=2), method="mps", max_bond=2).value
    counts = bits.sum(axis=1)
    assert set(counts.tolist()) == {0, n}
    assert 180 < np.count_nonzero(counts) < 320

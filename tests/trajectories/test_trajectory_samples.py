"""Samples have the circuit's distribution, readout errors included."""

from __future__ import annotations

import numpy as np
import pytest

import tnsim
from tests import oracle_circuits
from tests.trajectories.trajectory_cases import answers, brickwork
from tnsim import noise
from tnsim.queries import Probabilities, Samples

SHOTS = 8000
MIXED = np.full((4, 4), 0.1) + 0.6 * np.eye(4)


@pytest.mark.parametrize(
    "circuit",
    [
        brickwork(3, 2),
        brickwork(3, 2, noise.depolarizing(0.02)),
        brickwork(3, 2, noise.amplitude_damping(0.3), noise.depolarizing(0.3, num_qubits=2)),
        tnsim.NoiseModel().readout(0.1, 0.3).apply(brickwork(3, 2, noise.phase_flip(0.1))),
        tnsim.NoiseModel()
        .readout(noise.ReadoutError.from_matrix(MIXED), qubits=[2, 0])
        .apply(brickwork(3, 2)),
    ],
    ids=["pure", "weak", "strong", "readout", "correlated"],
)
def test_frequencies(circuit: tnsim.Circuit) -> None:
    query = Samples(SHOTS, seed=4)
    found = answers(circuit, [query])[query]
    assert found.value.shape == (SHOTS, 3) and found.value.dtype == np.uint8
    assert not found.error.any()
    chances = oracle_circuits.answer(circuit, Probabilities([0, 1, 2]), {})
    counts = np.bincount(found.value @ np.array([4, 2, 1]), minlength=8)
    kept = chances > 1e-12
    assert not counts[~kept].any()
    # Chi squared of at most 7 degrees of freedom.
    assert ((counts - SHOTS * chances)[kept] ** 2 / (SHOTS * chances[kept])).sum() < 25.0


def test_neighbouring_shots_are_independent() -> None:
    query = Samples(SHOTS, seed=4)
    circuit = brickwork(3, 2, noise.amplitude_damping(0.3))
    bits = 2.0 * answers(circuit, [query])[query].value[:, 1] - 1.0
    bits -= bits.mean()
    assert abs(np.mean(bits[1:] * bits[:-1])) < 4.0 / np.sqrt(SHOTS)


def test_seeds() -> None:
    circuit = brickwork(8, 2, noise.depolarizing(0.1))
    given = [answers(circuit, [Samples(50, seed=s)])[Samples(50, seed=s)].value for s in (1, 1, 2)]
    np.testing.assert_array_equal(given[0], given[1])
    assert np.any(given[0] != given[2])
    free = [answers(circuit, [Samples(50)])[Samples(50)].value for _ in range(2)]
    assert np.any(free[0] != free[1])


def test_untouched_qubits_read_zero() -> None:
    found = answers(tnsim.Circuit(5).x(3), [Samples(3)])[Samples(3)].value
    np.testing.assert_array_equal(found, [[0, 0, 0, 1, 0]] * 3)

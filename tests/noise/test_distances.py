"""Fidelities against their definitions, and diamond-norm bounds against closed forms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tnsim.base.errors import NoiseError
from tnsim.base.parameters import Parameter
from tnsim.noise import (
    Channel,
    amplitude_damping,
    average_gate_fidelity,
    depolarizing,
    diamond_norm_bounds,
    from_transfer_matrix,
    identity,
    kraus,
    over_rotation,
    pauli,
    process_fidelity,
)


def random_channel(seed: int, num_qubits: int, rank: int) -> Channel:
    rng = np.random.default_rng(seed)
    d = 2**num_qubits
    block = rng.normal(size=(rank * d, d)) + 1j * rng.normal(size=(rank * d, d))
    return kraus(list(np.linalg.qr(block)[0].reshape(rank, d, d)))


seeds = st.integers(0, 2**32 - 1)
channels = st.builds(random_channel, seeds, st.sampled_from([1, 2]), st.integers(2, 4))


@given(channels, seeds)
def test_process_fidelity_with_a_unitary_is_the_overlap_of_choi_states(
    channel: Channel, seed: int
) -> None:
    unitary = random_channel(seed, channel.num_qubits, 1)
    d = 2**channel.num_qubits
    vector = unitary.kraus()[0].T.ravel() / math.sqrt(d)
    expected = (vector.conj() @ (channel.choi() / d) @ vector).real
    assert process_fidelity(channel, unitary) == pytest.approx(expected, abs=1e-12)
    assert process_fidelity(unitary, channel) == pytest.approx(expected, abs=1e-12)
    assert process_fidelity(channel) == pytest.approx(channel.chi()[0, 0].real, abs=1e-12)


@given(channels)
def test_process_fidelity_of_mixed_choi_states(channel: Channel) -> None:
    qi = pytest.importorskip("qiskit.quantum_info")
    other = random_channel(7, channel.num_qubits, 3)
    d = 2**channel.num_qubits
    states = [qi.DensityMatrix(c.choi() / d) for c in (channel, other)]
    expected = qi.state_fidelity(*states, validate=False)
    assert process_fidelity(channel, other) == pytest.approx(expected, abs=1e-6)
    assert process_fidelity(channel, channel) == pytest.approx(1.0, abs=1e-9)


@given(st.builds(random_channel, seeds, st.just(1), st.integers(1, 4)), seeds)
def test_average_gate_fidelity_is_the_mean_over_states(channel: Channel, seed: int) -> None:
    unitary = random_channel(seed, 1, 1)
    matrix = unitary.kraus()[0]
    # The six eigenstates of X, Y, Z are a 2-design: their mean is the mean over all states.
    h = math.sqrt(0.5)
    total = 0.0
    for state in ([1, 0], [0, 1], [h, h], [h, -h], [h, 1j * h], [h, -1j * h]):
        target = matrix @ np.array(state)
        after = sum(k @ np.outer(state, np.conj(state)) @ k.conj().T for k in channel.kraus())
        total += (target.conj() @ after @ target).real / 6
    assert average_gate_fidelity(channel, unitary) == pytest.approx(total, abs=1e-12)


def norm_of_difference(first: Channel, second: Channel | None) -> tuple[float, float]:
    bounds = diamond_norm_bounds(first, second)
    assert 0 <= bounds.lower <= bounds.upper <= 2 + 1e-9
    return bounds


@given(st.lists(st.floats(0, 1), min_size=8, max_size=8).filter(lambda p: sum(p) > 0.1))
def test_pauli_channels_have_the_one_norm_of_their_probabilities(weights: list[float]) -> None:
    first, second = (np.array(w) / (sum(w) or 1.0) for w in (weights[:4], weights[4:]))
    if not (first.sum() and second.sum()):
        return
    lower, upper = norm_of_difference(pauli(*first[1:]), pauli(*second[1:]))
    exact = np.abs(first - second).sum()
    assert lower == pytest.approx(exact, abs=1e-9)
    assert upper == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize("n", [1, 2])
def test_depolarizing(n: int) -> None:
    lower, upper = norm_of_difference(depolarizing(0.1, n), None)
    assert lower == pytest.approx(2 * 0.1 * (1 - 4.0**-n), abs=1e-10)
    assert upper == pytest.approx(lower, abs=1e-10)


@pytest.mark.parametrize("angle", [0.01, 0.3, 2.0])
def test_rotations(angle: float) -> None:
    # Two unitaries: 2 sqrt(1 - nu^2), nu the distance of the eigenvalues' hull from 0; cos(a/2).
    lower, upper = norm_of_difference(over_rotation("Y", angle), None)
    exact = 2 * math.sin(angle / 2)
    assert lower == pytest.approx(exact, abs=1e-9)
    assert upper == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize("gamma", [0.01, 0.3, 0.9])
def test_amplitude_damping_is_bracketed_closely(gamma: float) -> None:
    lower, upper = norm_of_difference(amplitude_damping(gamma), None)
    assert upper - lower < 0.02 * upper
    # By input states cos a |00> + sin a |11>, scanned.
    choi = amplitude_damping(gamma).choi() - identity().choi()
    best = 0.0
    for a in np.linspace(0, math.pi / 2, 201):
        root = np.kron(np.diag([math.cos(a), math.sin(a)]), np.eye(2))
        best = max(best, float(np.abs(np.linalg.eigvalsh(root @ choi @ root)).sum()))
    assert lower <= best + 1e-4
    assert upper >= best - 1e-12


@given(channels, seeds)
def test_bounds_hold_against_random_inputs(channel: Channel, seed: int) -> None:
    other = random_channel(seed, channel.num_qubits, 2)
    lower, upper = norm_of_difference(channel, other)
    assert upper - lower < 0.1
    rng = np.random.default_rng(seed)
    d = 2**channel.num_qubits
    difference = channel.choi() - other.choi()
    for _ in range(5):
        root = rng.normal(size=(d, d)) + 1j * rng.normal(size=(d, d))
        root /= np.linalg.norm(root)
        wide: Any = np.kron(root, np.eye(d))
        reached = np.abs(np.linalg.eigvalsh(wide @ difference @ wide.conj().T)).sum()
        assert reached <= upper + 1e-9


def test_opposite_channels_are_at_distance_two() -> None:
    lower, upper = norm_of_difference(pauli(1.0, 0.0, 0.0), None)
    assert (lower, upper) == (pytest.approx(2.0), pytest.approx(2.0))
    same = from_transfer_matrix(depolarizing(0.1).transfer_matrix())
    assert diamond_norm_bounds(same, depolarizing(0.1)).upper < 1e-12


def test_wrong_questions() -> None:
    with pytest.raises(NoiseError, match=r"`target` must act on 1 qubits .* \(got 2\)"):
        process_fidelity(depolarizing(0.1), depolarizing(0.1, 2))
    with pytest.raises(NoiseError, match=r"`target` must act on 1 qubits .* \(got 2\)"):
        diamond_norm_bounds(depolarizing(0.1), depolarizing(0.1, 2))
    with pytest.raises(NoiseError, match=r"`target` must be a unitary channel \(got depol"):
        average_gate_fidelity(depolarizing(0.1), depolarizing(0.1))
    with pytest.raises(NoiseError, match="p is not bound"):
        process_fidelity(depolarizing(Parameter("p")))

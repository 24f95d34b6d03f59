"""The branches of a channel are the channel, mixtures of unitaries where it is one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from tests import strategies
from tnsim import noise
from tnsim.engines.trajectories.branches import branches_of, mixture_of


@given(strategies.channels_on(2, symbolic=False))
def test_branches_are_the_channel(channel: noise.Channel) -> None:
    branches = branches_of(channel.superoperator())
    operators = branches.operators
    if branches.chances is not None:
        size = operators.shape[-1]
        squares = operators.conj().transpose(0, 2, 1) @ operators
        np.testing.assert_allclose(
            squares, np.broadcast_to(np.eye(size), squares.shape), atol=1e-12
        )
        assert branches.chances.sum() == pytest.approx(1.0, abs=1e-14)
        assert np.all(np.diff(branches.chances) <= 0.0)
        operators = operators * np.sqrt(branches.chances)[:, None, None]
    made = noise.kraus(list(operators)).superoperator()
    np.testing.assert_allclose(made, channel.superoperator(), atol=1e-12)


@pytest.mark.parametrize(
    ("channel", "mixed"),
    [
        (noise.depolarizing(0.1), True),
        (noise.depolarizing(0.1, num_qubits=2), True),
        (noise.phase_damping(0.3), True),
        (noise.over_rotation("ZX", 0.3), True),
        (noise.bit_flip(1.0), True),
        (noise.depolarizing(0.1).tensor(noise.phase_flip(0.2)), True),
        (noise.amplitude_damping(0.1), False),
        (noise.reset(0.1, 0.0), False),
        (noise.amplitude_damping(0.0), True),
    ],
    ids=repr,
)
def test_mixtures_of_unitaries_are_found(channel: noise.Channel, mixed: bool) -> None:
    assert branches_of(channel.superoperator()).depends_on_state is not mixed


def test_a_mixture_is_ordered_and_without_what_never_happens() -> None:
    made = mixture_of(
        np.stack([np.eye(2), np.diag([1, -1]), np.diag([1, 1j])]), np.array([0.2, 0.8, 0.0])
    )
    np.testing.assert_array_equal(made.chances, [0.8, 0.2])
    np.testing.assert_array_equal(made.operators[0], np.diag([1, -1]))

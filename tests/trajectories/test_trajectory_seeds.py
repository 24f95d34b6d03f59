"""One seed, one answer: whoever runs it, and in whatever portions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.trajectories.trajectory_cases import answers, brickwork
from tnsim import noise
from tnsim.queries import (
    Expectation,
    Probabilities,
    Purity,
    ReducedDensityMatrix,
    Samples,
    Variance,
)

ASKED = [
    Expectation({"Z0 Z1": 0.3, "X2": 1.0}),
    Variance({"Z0 Z1": 0.3, "X2": 1.0}),
    Probabilities([4, 1]),
    ReducedDensityMatrix([3]),
    Purity([0, 1]),
    Samples(200, seed=5),
]
CHANNELS = noise.amplitude_damping(0.05), noise.depolarizing(0.03, num_qubits=2)


@pytest.mark.parametrize("aim", [{"count": 300}, {"target_error": 0.03}], ids=str)
@pytest.mark.parametrize(
    "change", [{"workers": 3}, {"budget": 17_500_000, "workers": 4}, {"seconds": 1e6}], ids=str
)
def test_values_are_the_same_bit_for_bit(aim: dict[str, Any], change: dict[str, Any]) -> None:
    circuit = brickwork(6, 4, *CHANNELS)
    one = answers(circuit, ASKED, seed=11, **aim)
    other = answers(circuit, ASKED, seed=11, **aim, **change)
    for query in ASKED:
        np.testing.assert_array_equal(one[query].value, other[query].value)
        np.testing.assert_array_equal(one[query].error, other[query].error)


def test_more_trajectories_begin_with_the_same_ones() -> None:
    circuit = brickwork(5, 3, *CHANNELS)
    few = answers(circuit, ASKED[:1], count=64, seed=2)[ASKED[0]]
    table = answers(circuit, ASKED[:1], target_error=1e-2, seed=2)[ASKED[0]].evidence["convergence"]
    assert table["trajectories"][0] == 64
    assert table["value"][0] == pytest.approx(float(few.value), abs=1e-15)


def test_another_seed_is_another_answer() -> None:
    circuit = brickwork(5, 3, *CHANNELS)
    found = {float(answers(circuit, ASKED[:1], count=64, seed=s)[ASKED[0]].value) for s in range(5)}
    assert len(found) == 5

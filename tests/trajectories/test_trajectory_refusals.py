"""What is refused, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

import tnsim
from tests.trajectories.trajectory_cases import answers, brickwork
from tnsim import noise
from tnsim.base.errors import BudgetError, QueryError
from tnsim.engines.settings import Settings
from tnsim.engines.trajectories import Trajectories, TrajectoryEngine
from tnsim.queries import Amplitudes, Expectation, Purity, ReducedDensityMatrix


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"count": 5, "target_error": 0.1}, "at most one of count, target_error, but got both"),
        ({"count": 0}, "`count` must be an int of at least 1, but got 0"),
        ({"count": True}, "`count` must be an int"),
        ({"target_error": 0.0}, "`target_error` must be an error such as 1e-2, above 0, but got 0"),
        ({"target_error": "x"}, "but got 'x'"),
        ({"seconds": -1.0}, "`seconds` must be a time such as 60.0, above 0, but got -1.0"),
        ({"seed": -1}, "`seed` must be an int of at least 0"),
        ({"workers": 0}, "`workers` must be an int of at least 1"),
        ({"state": "peps"}, "`state` must be 'auto', 'vector' .* but got 'peps'"),
        ({"max_bond": 8, "state": "vector"}, "`max_bond` must come with state='mps'"),
        ({"max_bond": 8, "cutoff": 1e-8}, "at most one of max_bond, cutoff, but got both"),
        ({"cutoff": 1.0}, "`cutoff` must be a weight of at least 0 and below 1"),
    ],
)
def test_options(given: dict[str, Any], message: str) -> None:
    with pytest.raises(QueryError, match=message):
        Trajectories(**given)


def test_defaults() -> None:
    assert Trajectories().wanted_error == 1e-2
    assert Trajectories(count=7).wanted_error is None
    assert Trajectories(count=7).most == 7
    assert Trajectories.name == "trajectories"


NOISY = brickwork(8, 2, noise.depolarizing(0.1))


@pytest.mark.parametrize(
    ("circuit", "query", "message"),
    [
        (NOISY, Amplitudes("0" * 8), "`query` must not be Amplitudes .* mixed state has none"),
        (tnsim.Circuit(1).reset(0), Amplitudes("0"), "must not be Amplitudes"),
        (NOISY, Purity(), "at most 5 for method='trajectories', but got 8"),
        (tnsim.Circuit(14), ReducedDensityMatrix(range(13)), "must be at most 12"),
        (NOISY, Expectation("Z9"), "must be qubits of the circuit"),
        (
            tnsim.NoiseModel().readout(0.1, 0.2).apply(tnsim.Circuit(20).h(range(20))),
            Expectation(" ".join(f"Z{q}" for q in range(20))),
            "strings must be short where qubits have a readout error",
        ),
    ],
    ids=["amplitudes", "reset", "purity", "density", "qubit", "readout"],
)
def test_queries(circuit: tnsim.Circuit, query: Any, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        answers(circuit, [query], count=10)


def test_a_budget_that_nothing_fits() -> None:
    circuit = brickwork(20, 20)
    with pytest.raises(BudgetError, match=r"`memory` must be at least .* of 20 qubits") as caught:
        answers(circuit, [Expectation("Z3")], budget=10**7)
    least = caught.value.least_bytes
    assert least is not None
    engine = TrajectoryEngine.prepare(circuit, [Expectation("Z3")], Settings(least, "complex128"))
    assert engine.cost().peak_bytes <= least

"""Questions far apart have states of their own."""

from __future__ import annotations

import pytest

import tnsim
from tests.trajectories.trajectory_cases import answers, brickwork
from tnsim import noise
from tnsim.engines.settings import Settings
from tnsim.engines.trajectories import Trajectories, TrajectoryEngine
from tnsim.engines.trajectories.cones import Unit, grouped
from tnsim.queries import Expectation, Probabilities, Variance

LONG = brickwork(
    40, 2, noise.depolarizing(0.05), noise.amplitude_damping(0.1).tensor(noise.depolarizing(0.02))
)


def engine_of(queries: list[tnsim.Expectation], **options: object) -> TrajectoryEngine:
    chosen = Trajectories(**options)  # type: ignore[arg-type]
    return TrajectoryEngine.prepare(LONG, queries, Settings(10**9, "complex128"), chosen)


@pytest.mark.parametrize("readout", [False, True])
def test_a_sum_over_a_long_chain_is_that_of_its_parts(readout: bool) -> None:
    circuit = tnsim.NoiseModel().readout(0.1, 0.02).apply(LONG) if readout else LONG
    terms = {f"Z{q} X{q + 1}": 0.1 * q for q in range(0, 38, 3)}
    query = Expectation({**terms, "Z5": 1j, "I": 0.25})
    other = Probabilities([39, 38])
    found = answers(circuit, [query, other], count=600, state="vector")
    for one in (query, other):
        exact = tnsim.run(circuit, one, method="exact").numpy()
        assert abs(found[one].value - exact).max() <= found[one].error.max() * 1.5
    assert found[query].evidence["state"] == "vector"


def test_tasks_are_no_larger_than_they_must_be() -> None:
    total = Expectation({f"Z{q}": 1.0 for q in range(40)})
    engine = engine_of([total], state="vector")
    assert len(engine.plan.tasks) > 1
    assert max(len(task.qubits) for task in engine.plan.tasks) <= 14
    near = engine_of([Expectation("Z3 Z4"), Expectation("X5")])
    assert len(near.plan.tasks) == 1
    # A variance needs all terms in one state: too many amplitudes, so a line.
    assert engine_of([Variance({f"Z{q}": 1.0 for q in range(40)})]).holding.name == "mps"


def test_the_largest_cone_takes_in_the_others() -> None:
    circuit = tnsim.Circuit(30).h(range(30)).cx(list(range(19)), list(range(1, 20)))
    units = [Unit(0, k, frozenset({k})) for k in range(30)]
    groups = grouped(circuit, units)
    assert [len(group) for group in groups] == [20, 10]
    assert sorted(u.term or 0 for group in groups for u in group) == list(range(30))

"""What is refused, and what the refusal names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tnsim
from tests.peps.peps_circuits import answered, kicked_ising
from tnsim.base.errors import BudgetError, QueryError
from tnsim.engines.peps import PEPS, PepsEngine
from tnsim.engines.settings import Settings

SETTINGS = Settings(10**8, "complex128")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"max_bond": 0}, "`max_bond` must be an int of at least 1"),
        ({"max_bond": 2.0}, "`max_bond` must be an int"),
        ({"max_bond": 4, "cutoff": 1e-3}, "at most one of `max_bond`, `cutoff` and"),
        ({"cutoff": 1.5}, "`cutoff` must be a number above 0 and below 1"),
        ({"target_error": 0.0}, "`target_error` must be a number above 0"),
        ({"picture": "dirac"}, "`picture` must be one of 'auto', 'schrodinger'"),
        ({"environment": "full"}, "`environment` must be one of"),
        ({"environment": "cluster"}, "`radius` must be given with environment='cluster'"),
        ({"radius": 2}, "`radius` must be given with environment='cluster'"),
        ({"legs": "ket", "picture": "heisenberg"}, "`legs` must be 'pauli' or 'auto'"),
        ({"seconds": -1}, "`seconds` must be a number above 0"),
        ({"regauge_every": -1}, "`regauge_every` must be an int"),
    ],
)
def test_options_are_checked(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(QueryError, match=words.replace("(", r"\(")):
        PEPS(**fields)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (tnsim.Amplitudes(["00"]), "use method='exact' or 'mps'"),
        (tnsim.Samples(10), "'mps', 'mpdo' or 'trajectories'"),
        (tnsim.Purity(), "use method='exact' or 'mpdo'"),
        (tnsim.Probabilities(range(11)), "must be at most 10 for method 'peps'"),
        (tnsim.ReducedDensityMatrix(range(6)), "must be at most 5 for method 'peps'"),
    ],
)
def test_other_queries_are_refused_by_name(query: Any, words: str) -> None:
    with pytest.raises(QueryError, match=words):
        PepsEngine.prepare(tnsim.Circuit(12), [query], SETTINGS, PEPS())


def test_kets_of_noisy_circuits_are_refused() -> None:
    circuit = tnsim.Circuit(2).h(0).channel(tnsim.noise.depolarizing(0.1), 0)
    with pytest.raises(QueryError, match="kets need one without noise"):
        PepsEngine.prepare(circuit, [tnsim.Expectation("Z0")], SETTINGS, PEPS(legs="ket"))


def test_too_large_a_bond_names_a_budget_that_works() -> None:
    circuit, query = kicked_ising(20, 0.6), tnsim.Expectation("Z62")
    options = PEPS(max_bond=64)
    with pytest.raises(BudgetError, match="at bond dimension 64") as caught:
        PepsEngine.prepare(circuit, [query], Settings(10**6, "complex128"), options)
    least = caught.value.least_bytes
    assert least is not None
    engine = PepsEngine.prepare(circuit, [query], Settings(least, "complex128"), options)
    assert engine.limit == 64
    assert engine.cost().peak_bytes <= least


def test_a_network_that_does_not_fit_is_refused() -> None:
    circuit, query = kicked_ising(20, 0.6), tnsim.Expectation("Z62")
    with pytest.raises(BudgetError, match="use environment='auto'"):
        # Bond 8, the first of three, is hopeless already; 3 would be contracted for minutes.
        answered(circuit, query, 4 * 10**9, max_bond=32, picture="schrodinger", environment="exact")


def test_single_precision_is_kept() -> None:
    circuit = tnsim.Circuit(4).ry(0.4, range(4)).rzz(0.3, [0, 1, 2, 3], [1, 2, 3, 0]).rx(1.0, 0)
    query = tnsim.Expectation("Z0 Y1")
    engine = PepsEngine.prepare(circuit, [query], Settings(10**8, "complex64"), PEPS())
    found = engine.run({})[query]
    expected = tnsim.run(circuit, query, memory="100MB").value
    assert abs(found.value - expected) <= found.error
    assert np.all(found.error < 1e-3)

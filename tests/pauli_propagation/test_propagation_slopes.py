"""Derivatives of Pauli propagation are those of the answer."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tnsim
from tests import oracle_circuits, strategies
from tests.pauli_propagation.propagation_memory import ising
from tests.pauli_propagation.test_propagation_exact import EXACT, MEMORY, questions
from tnsim.base.errors import BudgetError
from tnsim.engines.pauli_propagation import PauliPropagation, PauliPropagationEngine
from tnsim.engines.pauli_propagation.limits import Limits
from tnsim.engines.pauli_propagation.slopes import mean_and_slopes
from tnsim.engines.settings import Settings

STEP = 1e-5


@given(st.data())
def test_slopes_are_those_of_the_density_matrix(data: st.DataObject) -> None:
    circuit = data.draw(strategies.noisy_circuits(max_qubits=3))
    values = data.draw(strategies.PARAMETER_VALUES)
    # Strengths that may be stepped up and down.
    values |= {name: min(max(values[name], 0.01), 0.29) for name in ("p", "q")}
    query = data.draw(questions(circuit.num_qubits))
    engine = PauliPropagationEngine.prepare(circuit, [query], MEMORY, EXACT)
    estimates, slopes = engine.run_with_slopes(values)
    expected = oracle_circuits.answer(circuit, query, values)
    np.testing.assert_allclose(estimates[query].value, expected, atol=1e-9)
    assert set(slopes[query]) == set(engine.parameters)
    for name, slope in slopes[query].items():
        up, down = (
            oracle_circuits.answer(circuit, query, {**values, name: values[name] + h})
            for h in (STEP, -STEP)
        )
        np.testing.assert_allclose(slope, (up - down) / (2 * STEP), atol=2e-7, rtol=1e-6)


@pytest.mark.parametrize("angle", [0.0, math.pi / 2])
def test_slopes_where_gates_are_clifford(angle: float) -> None:
    # d/dt <Z> = -sin t at each t of rx(t), also where the branch it comes from vanishes.
    circuit = tnsim.Circuit(2).h(0).cx(0, 1).cx(0, 1).h(0).rx(tnsim.Parameter("t"), 0)
    query = tnsim.Expectation({"Z0": 1.0, "Y0": 1.0})
    engine = PauliPropagationEngine.prepare(circuit, [query], MEMORY, EXACT)
    _, slopes = engine.run_with_slopes({"t": angle})
    assert slopes[query]["t"] == pytest.approx(-math.sin(angle) - math.cos(angle), abs=1e-12)


def test_slopes_in_parts_are_the_same() -> None:
    query = tnsim.Expectation("Z4")
    values = {"theta": 0.6, "phi": 0.8}
    found = []
    for budget in (16_000_000, 10**9):
        settings = Settings(budget, "complex128")
        options = PauliPropagation(cutoff=2e-3)
        engine = PauliPropagationEngine.prepare(ising(10, 8), [query], settings, options)
        slopes = engine.run_with_slopes(values)[1][query]
        found.append([float(slopes[name]) for name in values])
    assert found[0] == pytest.approx(found[1], rel=1e-9)


def test_records_that_do_not_fit_are_refused() -> None:
    circuit = ising(10, 40)
    engine = PauliPropagationEngine.prepare(circuit, [tnsim.Expectation("Z4")], MEMORY, EXACT)
    [part] = engine.parts
    limits = Limits(1e-3, 10**6, 10**6)
    values = {"theta": 0.6, "phi": 0.8}
    with pytest.raises(BudgetError, match="`memory` must hold the records"):
        mean_and_slopes(part.rows, values, part.operators[0], limits, 50_000)


def test_the_error_of_slopes_is_how_far_two_walks_are_apart() -> None:
    values = {"theta": 0.6, "phi": 0.8}
    exact_slopes, apart = [], []
    query = tnsim.Expectation("Z4")
    for options in (EXACT, PauliPropagation(max_terms=300)):
        engine = PauliPropagationEngine.prepare(ising(9, 6), [query], MEMORY, options)
        estimates, slopes = engine.run_with_slopes(values)
        exact_slopes.append(slopes[query])
        apart.append(estimates[query].evidence["slope_error"])
    assert set(apart[0].values()) == {0.0}
    for name in values:
        away = abs(float(exact_slopes[1][name] - exact_slopes[0][name]))
        assert 0.0 < away <= 3 * apart[1][name]

"""Where nothing is truncated and every loop is seen, answers are exact, in every picture."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import tnsim
from tests import oracle_circuits, strategies
from tests.peps.peps_circuits import answered
from tnsim.base.errors import QueryError
from tnsim.engines.peps.strings import check_queries

PICTURES = ("schrodinger", "heisenberg", "mixed", "auto")
ROUNDING = 1e-26
CALM = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("picture", PICTURES)
@CALM
@given(st.data())
def test_answers_equal_the_oracle(picture: str, data: st.DataObject) -> None:
    noisy = data.draw(st.booleans())
    made = strategies.noisy_circuits if noisy else strategies.circuits
    circuit = data.draw(made(max_qubits=5))
    values = data.draw(strategies.PARAMETER_VALUES)
    query = data.draw(strategies.leaf_queries(circuit.num_qubits))
    try:
        check_queries([query])
    except QueryError:
        assume(False)
    found = answered(circuit, query, values=values, cutoff=ROUNDING, picture=picture)
    expected = oracle_circuits.answer(circuit, query, values)
    np.testing.assert_allclose(found.value, expected, atol=1e-9)
    assert found.value.shape == query.shape(circuit.num_qubits)
    assert np.all(found.error < 1e-9)


@pytest.mark.parametrize("picture", PICTURES)
def test_a_ring_of_ten_equals_exact_contraction(picture: str) -> None:
    circuit = tnsim.Circuit(10)
    for step in range(3):
        circuit.ry(0.3 + 0.1 * step, range(10)).rx(0.7, range(10))
        circuit.rzz(0.9, range(10), [(q + 1) % 10 for q in range(10)])
    query = tnsim.Expectation({"Z0": 1.0, "X3 Y4": -0.5, "Z2 Z7": 0.25})
    found = answered(circuit, query, cutoff=ROUNDING, picture=picture)
    expected = tnsim.run(circuit, query, memory="1GB").value
    assert abs(found.value - expected) < 1e-9
    assert found.kind == "bound"


def test_gates_of_three_qubits_and_between_any_two() -> None:
    circuit = tnsim.Circuit(7).ry(0.8, range(7))
    circuit.append("ccx", 0, 3, 6)
    for a in range(7):
        for b in range(a):
            circuit.cp(0.1 * (a + b), a, b)
    circuit.append("cswap", 5, 1, 2).rx(0.4, range(7))
    query = tnsim.Expectation("Z0 X2 Z6")
    found = answered(circuit, query, cutoff=ROUNDING, picture="schrodinger")
    assert abs(found.value - tnsim.run(circuit, query, memory="1GB").value) < 1e-9


def test_trees_need_no_more_than_messages() -> None:
    circuit = tnsim.Circuit(9)
    for _ in range(2):
        circuit.ry(0.6, range(9)).rxx(0.5, [0, 0, 0, 1, 1, 2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8])
    query = tnsim.Expectation("Z4 Z6")
    for legs in ("ket", "pauli"):
        found = answered(
            circuit, query, cutoff=ROUNDING, picture="schrodinger", legs=legs, environment="bp"
        )
        assert abs(found.value - tnsim.run(circuit, query, memory="1GB").value) < 1e-9


def test_an_operator_that_a_reset_ends_is_zero() -> None:
    circuit = tnsim.Circuit(2).ry(0.3, [0, 1]).cx(0, 1).reset(0)
    found = answered(circuit, tnsim.Expectation("X0"), picture="heisenberg")
    assert found.value == 0.0
    assert math.isclose(float(answered(circuit, tnsim.Expectation("Z0")).value), 1.0)

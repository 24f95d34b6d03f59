"""Small systems that live long: answers and derivatives by moving one state through time."""

from __future__ import annotations

import numpy as np
import pytest

import tnsim
from tests import oracle_circuits, oracle_gradients
from tnsim import noise
from tnsim.engines.exact.evolved_task import EvolvedTask

QUBITS, LAYERS = 3, 64
VALUES = {"alpha": 0.7, "beta": 0.4, "gamma": 0.02}
QUERIES = {
    "sum": tnsim.Expectation({"Z0 Z1": 0.5, "X2": -1.0, "Y1 Z2": 0.3}),
    "variance": tnsim.Variance({"Z0": 1.0, "X1": 0.5}),
    "purity": tnsim.Purity([0, 2]),
    "probabilities": tnsim.Probabilities([1, 2]),
    "state": tnsim.ReducedDensityMatrix([2, 0]),
}


def long_circuit(*, pure: bool) -> tnsim.Circuit:
    """Many more instructions than qubits; three parameters, one of them a strength."""
    alpha, beta = tnsim.Parameter("alpha"), tnsim.Parameter("beta")
    random = np.random.default_rng(3)
    circuit = tnsim.Circuit(QUBITS)
    for layer in range(LAYERS):
        circuit.ry(random.uniform(0, 3, QUBITS).tolist(), range(QUBITS))
        circuit.rx(0.1 * alpha + 0.3 * layer, layer % QUBITS)
        circuit.rzz(beta, layer % QUBITS, (layer + 1) % QUBITS)
        circuit.cz(range(QUBITS - 1), range(1, QUBITS))
        if not pure:
            circuit.channel(noise.amplitude_damping(tnsim.Parameter("gamma")), layer % QUBITS)
            circuit.channel(noise.depolarizing(0.002), (layer + 2) % QUBITS)
    return circuit


@pytest.mark.parametrize("pure", [True, False])
@pytest.mark.parametrize("name", QUERIES)
def test_answers_and_derivatives_equal_dense_ones(name: str, pure: bool) -> None:
    circuit, query = long_circuit(pure=pure), QUERIES[name]
    values = {k: v for k, v in VALUES.items() if k in circuit.parameters}
    program = tnsim.compile(circuit, query, memory="100MB", cache=False, effort="low")
    assert any(isinstance(planned, EvolvedTask) for planned in program.engine.planned)
    truth = oracle_circuits.answer(circuit, query, values)
    np.testing.assert_allclose(program(values).numpy(), truth, atol=1e-11)
    value, pull = program.vjp(values)
    np.testing.assert_allclose(value, truth, atol=1e-11)
    seed = np.random.default_rng(1).standard_normal(np.shape(truth))
    found = pull(seed)
    for one in circuit.parameters:
        slope = np.sum(seed * oracle_gradients.tangent(circuit, query, values, one)).real
        assert found[one] == pytest.approx(slope, abs=1e-10)


def test_a_batch_equals_its_members() -> None:
    circuit = long_circuit(pure=False)
    program = tnsim.compile(circuit, QUERIES["sum"], memory="100MB", cache=False, effort="low")
    alphas = np.array([0.2, 0.9, 1.4])
    together, slopes = program.value_and_grad({**VALUES, "alpha": alphas})
    for k, alpha in enumerate(alphas.tolist()):
        value, slope = program.value_and_grad({**VALUES, "alpha": alpha})
        assert together[k] == pytest.approx(float(value), abs=1e-12)
        for name in circuit.parameters:
            assert slopes[name][k] == pytest.approx(float(slope[name]), abs=1e-11)


def test_derivatives_need_about_one_state_more() -> None:
    planned = tnsim.compile(
        long_circuit(pure=False), QUERIES["sum"], memory="100MB", cache=False, effort="low"
    ).engine.planned[0]
    assert isinstance(planned, EvolvedTask)
    forward = planned.evolution.peak_bytes()
    assert forward < planned.evolution.peak_bytes(gradient=True) < 4 * forward


def test_a_contraction_is_searched_for_where_derivatives_are_asked_for() -> None:
    circuit = long_circuit(pure=False)
    answers, derivatives = (
        tnsim.compile(
            circuit, QUERIES["sum"], memory="100MB", cache=False, effort="low", gradient=gradient
        )
        for gradient in (False, True)
    )
    assert isinstance(answers.engine.planned[0], EvolvedTask)
    value, slopes = answers.value_and_grad(VALUES)
    other, others = derivatives.value_and_grad(VALUES)
    assert other == pytest.approx(float(value), abs=1e-11)
    for name in circuit.parameters:
        assert others[name] == pytest.approx(float(slopes[name]), abs=1e-10)

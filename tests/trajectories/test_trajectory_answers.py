"""Answers: exact without noise, unbiased with it, and errors that cover."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tnsim
from tests import oracle_circuits, strategies
from tests.trajectories.trajectory_cases import answers, brickwork, random_case
from tnsim import noise
from tnsim.circuit.wires import wired
from tnsim.engines.trajectories.answers import quantile
from tnsim.queries import (
    Amplitudes,
    Expectation,
    Fidelity,
    Probabilities,
    Purity,
    ReducedDensityMatrix,
    Variance,
)

Z1 = Expectation("Z1")


@settings(deadline=None)
@given(st.data())
def test_without_noise_every_query_is_exact(data: st.DataObject) -> None:
    circuit = data.draw(strategies.circuits(max_qubits=4))
    values = data.draw(strategies.PARAMETER_VALUES)
    n = circuit.num_qubits
    observable = data.draw(strategies.pauli_sums(n))
    qubits = data.draw(strategies.qubit_lists(n, max_size=3))
    other = data.draw(strategies.circuits(min_qubits=n, max_qubits=n))
    bits = data.draw(st.lists(st.text("01", min_size=n, max_size=n), min_size=1, max_size=4))
    model = tnsim.NoiseModel().readout(data.draw(strategies.readout_errors()))
    asked = [
        Expectation(observable * 1j),
        Expectation(observable),
        Variance(observable),
        Probabilities(qubits),
        ReducedDensityMatrix(qubits),
        Purity(qubits),
        Fidelity(other),
    ]
    if data.draw(st.booleans()):
        circuit = model.apply(circuit)
    else:
        asked.append(Amplitudes(bits))
    for query, found in answers(circuit, asked, values).items():
        expected = oracle_circuits.answer(circuit, query, values)
        np.testing.assert_allclose(found.value, expected, atol=1e-9)
        assert found.value.shape == query.shape(n)
        assert np.max(found.error) < 1e-10
        assert found.evidence["ended_by"] == "no noise"


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_with_noise_of_any_kind_nothing_is_biased(data: st.DataObject) -> None:
    circuit = data.draw(strategies.noisy_circuits(max_qubits=3, max_gates=8))
    values = data.draw(strategies.PARAMETER_VALUES)
    n = circuit.num_qubits
    qubits = data.draw(strategies.qubit_lists(n, max_size=2))
    asked = [
        Expectation(data.draw(strategies.pauli_sums(n))),
        Variance(data.draw(strategies.pauli_sums(n))),
        Probabilities(qubits),
        ReducedDensityMatrix(qubits),
        Purity(qubits),
        Fidelity(data.draw(strategies.circuits(min_qubits=n, max_qubits=n))),
    ]
    for query, found in answers(circuit, asked, values, count=600).items():
        expected = oracle_circuits.answer(circuit, query, values)
        # Twice what is reported is four standard errors.
        assert np.all(np.abs(found.value - expected) <= 2.5 * found.error + 1e-9), query


def test_measured_qubits_have_no_coherence() -> None:
    circuit = tnsim.Circuit(2).h(0).cx(0, 1).measure(0)
    other = tnsim.Circuit(2).h(0).cx(0, 1)
    asked = [
        Expectation("X0 X1"),
        Expectation("Z0 Z1"),
        ReducedDensityMatrix([0, 1]),
        Purity([0, 1]),
        Fidelity(other),
    ]
    played = tnsim.Circuit.from_snapshot(wired(circuit.snapshot()).snapshot)
    for query, found in answers(played, asked, count=400).items():
        expected = oracle_circuits.answer(circuit, query, {})
        assert np.all(np.abs(found.value - expected) <= found.error), query


def test_errors_cover_and_are_not_wasteful() -> None:
    covered, ratios = [], []
    for seed in range(40):
        circuit, queries, count = random_case(seed)
        for query, found in answers(circuit, queries, count=count, seed=seed).items():
            away = np.abs(found.value - oracle_circuits.answer(circuit, query, {})).reshape(-1)
            error = found.error.reshape(-1)
            worst = int(np.argmax(error))
            covered.append(bool(np.all(away <= error)))
            ratios.append(error[worst] / max(away[worst], 1e-15))
            assert found.kind == "standard error"
    assert np.mean(covered) >= 0.9
    assert np.median(ratios) < 20


def test_the_reported_error_is_two_standard_errors_and_more() -> None:
    circuit = brickwork(4, 4, noise.depolarizing(0.2))
    pair = Expectation("Z1 Z2")
    found = answers(circuit, [pair], count=50_000)[pair]
    deviation = found.evidence["standard_error"]
    assert 2.0 * deviation < found.error < 2.01 * deviation
    # The deviation itself: of many runs with other seeds.
    runs = [float(answers(circuit, [pair], count=400, seed=s)[pair].value) for s in range(100)]
    assert np.std(runs) == pytest.approx(deviation * math.sqrt(50_000 / 400), rel=0.25)


def test_agreement_of_few_trajectories_is_no_certainty() -> None:
    """What 20 trajectories agree on may still miss a branch of a chance of some per cent."""
    circuit = tnsim.Circuit(2).channel(noise.bit_flip(0.5), 0).cz(0, 1)
    circuit.channel(noise.bit_flip(0.03), 1)
    found = [answers(circuit, [Z1], count=20, seed=s)[Z1] for s in range(8)]
    missed = [one for one in found if one.evidence["standard_error"] == 0.0]
    assert missed
    assert all(abs(one.value - 0.94) <= one.error < 0.3 for one in missed)


def test_quantiles_are_those_of_student() -> None:
    # Tables of the 97.725 % point (NIST handbook and others): 10 degrees 2.284, 30: 2.087.
    assert quantile(10) == pytest.approx(2.284, abs=2e-3)
    assert quantile(30) == pytest.approx(2.087, abs=1e-3)
    assert quantile(10**6) == pytest.approx(2.0, abs=1e-5)


def test_single_precision() -> None:
    circuit = brickwork(5, 4, noise.depolarizing(0.05), noise.depolarizing(0.05, num_qubits=2))
    asked = [Expectation("Z2"), Probabilities([0, 4])]
    double = answers(circuit, asked, count=300)
    single = answers(circuit, asked, count=300, dtype="complex64")
    for query in asked:
        np.testing.assert_allclose(single[query].value, double[query].value, atol=2e-5)
        assert np.any(single[query].value != double[query].value)


def test_observables_of_many_strings_and_none() -> None:
    circuit = brickwork(6, 2, noise.phase_flip(0.1))
    total = Expectation({f"Z{a} Z{b}": 0.1 for a in range(6) for b in range(a)})
    asked = [total, Expectation({"I": 2.5}), Expectation({"Z0": 0.0})]
    found = answers(circuit, asked, count=1000)
    assert abs(found[total].value - oracle_circuits.answer(circuit, total, {})) < found[total].error
    assert abs(found[asked[1]].value - 2.5) <= found[asked[1]].error < 1e-11
    assert found[asked[2]].value == 0.0

"""The exact engine equals dense linear algebra: every gate, channel, query, basis and library."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from autoray import do
from hypothesis import given, settings
from hypothesis import strategies as st

import tnsim
from tests import oracle, oracle_circuits, strategies
from tnsim.base.arrays import to_numpy
from tnsim.circuit import Circuit
from tnsim.engines.exact import ExactEngine
from tnsim.engines.settings import Settings
from tnsim.queries import (
    Amplitudes,
    Expectation,
    Fidelity,
    Probabilities,
    Purity,
    ReducedDensityMatrix,
    Variance,
)
from tnsim.runtime.parameters import gather_inputs

LIBRARIES = ("numpy", "torch", "tensorflow", "jax")


def exact(circuit: Circuit, query: Any, values: Mapping[str, Any], **options: Any) -> Any:
    """The engine's answer with planning settings of the test's choice."""
    settings = Settings(1 << 30, "complex128", effort="low", cache=False, **options)
    engine = ExactEngine.prepare(circuit, query.leaves(), settings)
    inputs = gather_inputs({n: values[n] for n in circuit.parameters}, "complex128")
    return query.evaluate(engine.run(inputs, None, None))


@pytest.mark.parametrize("basis", ["sandwich", "pauli"])
@given(data=st.data())
def test_state_questions_in_each_basis(basis: str, data: st.DataObject) -> None:
    values = data.draw(strategies.PARAMETER_VALUES)
    circuit = data.draw(strategies.circuits(max_qubits=4, channels=True, resets=True))
    n = circuit.num_qubits
    qubits = data.draw(strategies.qubit_lists(n, max_size=3))
    query = data.draw(
        st.one_of(
            strategies.expectations(n),
            st.builds(Variance, strategies.pauli_mappings(n)),
            st.just(Probabilities(qubits)),
            st.just(ReducedDensityMatrix(qubits)),
            st.just(Purity(qubits)),
        )
    )
    truth = oracle_circuits.answer(circuit, query, values)
    np.testing.assert_allclose(exact(circuit, query, values, bases=(basis,)), truth, atol=1e-10)


@given(data=st.data())
def test_amplitudes_and_fidelities(data: st.DataObject) -> None:
    values = data.draw(strategies.PARAMETER_VALUES)
    circuit = data.draw(strategies.circuits(max_qubits=5))
    n = circuit.num_qubits
    other = data.draw(strategies.circuits(min_qubits=n, max_qubits=n, numbers=strategies.angles))
    strings = data.draw(st.lists(strategies.bitstrings(n), min_size=1, max_size=5))
    for query in (Amplitudes(strings), Fidelity(other)):
        truth = oracle_circuits.answer(circuit, query, values)
        np.testing.assert_allclose(exact(circuit, query, values), truth, atol=1e-10)


@pytest.mark.parametrize("basis", ["sandwich", "pauli"])
@given(data=st.data())
def test_overlaps_of_noisy_states(basis: str, data: st.DataObject) -> None:
    values = data.draw(strategies.PARAMETER_VALUES)
    circuit = data.draw(strategies.circuits(max_qubits=3, channels=True, resets=True))
    n = circuit.num_qubits
    other = data.draw(strategies.circuits(min_qubits=n, max_qubits=n, numbers=strategies.angles))
    query = Fidelity(other)
    truth = oracle_circuits.answer(circuit, query, values)
    np.testing.assert_allclose(exact(circuit, query, values, bases=(basis,)), truth, atol=1e-10)


@pytest.mark.parametrize("library", LIBRARIES)
@settings(max_examples=12)
@given(data=st.data())
def test_array_libraries_and_batches(library: str, data: st.DataObject) -> None:
    values = data.draw(strategies.PARAMETER_VALUES)
    circuit = data.draw(strategies.circuits(max_qubits=3, channels=True))
    n = circuit.num_qubits
    circuit.rx(tnsim.Parameter("alpha") * 0.5 + 0.1, 0)
    query = data.draw(st.one_of(strategies.expectations(n), st.just(ReducedDensityMatrix([n - 1]))))
    names = circuit.parameters
    batch = np.linspace(0.05, 0.25, 3)
    points = [{**values, "alpha": a} for a in batch]
    truth = [oracle_circuits.answer(circuit, query, point) for point in points]
    given = {name: values[name] for name in names if name != "alpha"}
    given["alpha"] = batch if library == "numpy" else _array(batch, library)
    result = tnsim.run(circuit, query, given, memory="1GB")
    np.testing.assert_allclose(to_numpy(result.value), np.stack(truth), atol=1e-10)


def _array(values: Any, library: str) -> Any:
    if library == "jax":
        import jax

        with jax.enable_x64(True):
            return jax.numpy.asarray(values)
    return do("asarray", values, like=library)


@given(data=st.data())
def test_measured_expectation_values(data: st.DataObject) -> None:
    values = data.draw(strategies.PARAMETER_VALUES)
    circuit = data.draw(strategies.circuits(min_qubits=2, max_qubits=4, channels=True))
    n = circuit.num_qubits
    model = tnsim.NoiseModel()
    order = data.draw(st.permutations(range(n)))
    model.readout(0.1, 0.25, qubits=[order[0]])
    if n > 2 and data.draw(st.booleans()):
        error = data.draw(strategies.confusions(2))
        model.readout(error, qubits=list(order[1:3]))
    noisy = model.apply(circuit)
    word = data.draw(strategies.pauli_strings(n))
    got = exact(noisy, Expectation(word), values)
    np.testing.assert_allclose(got, measured(noisy, word, values), atol=1e-10)
    qubits = data.draw(strategies.qubit_lists(n))
    truth = oracle_circuits.answer(noisy, Probabilities(qubits), values)
    np.testing.assert_allclose(exact(noisy, Probabilities(qubits), values), truth, atol=1e-10)


def measured(circuit: Circuit, word: str, values: Mapping[str, float]) -> float:
    """The mean parity of a string's letters as read: rotate to Z, then the confusion matrices."""
    n = circuit.num_qubits
    letters = dict(_pairs(word, n))
    rho = oracle_circuits.final_state(circuit, values)
    hadamard = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
    turns = {"X": hadamard, "Y": hadamard @ np.diag([1, -1j]), "Z": np.eye(2)}
    for qubit, letter in letters.items():
        turn = oracle.embed(turns[letter], [qubit], n)
        rho = turn @ rho @ turn.conj().T
    readout = [(a.qubits, oracle_circuits.confusion_of(a.error, values)) for a in circuit.readout]
    chances = oracle.probabilities(rho, range(n), readout)
    total = 0.0
    for bits, chance in zip(itertools.product((0, 1), repeat=n), chances, strict=True):
        total += chance * (-1) ** sum(bits[q] for q in letters)
    return total


def _pairs(word: str, n: int) -> list[tuple[int, str]]:
    observable = tnsim.PauliSum(word)
    found = zip(observable.qubits.tolist(), observable.letters.tolist(), strict=True)
    return [(q, "IXYZ"[letter]) for q, letter in found]


def test_fidelity_of_a_pure_circuit_with_readout_error() -> None:
    circuit = tnsim.NoiseModel().readout(0.1, 0.2).apply(Circuit(2).h(0).ry(0.7, 1))
    query = Fidelity(Circuit(2).rx(0.4, 0).cx(0, 1))
    truth = oracle_circuits.answer(circuit, query, {})
    np.testing.assert_allclose(exact(circuit, query, {}), truth, atol=1e-12)

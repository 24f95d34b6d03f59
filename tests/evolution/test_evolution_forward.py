"""A state moved through time gives the components that dense linear algebra gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import oracle_circuits, strategies
from tests.evolution.dense import evolved, prepared, question_values
from tests.evolution.evolution_questions import questions
from tnsim import QueryError, noise
from tnsim.circuit import Circuit
from tnsim.circuit.wires import wired
from tnsim.engines.evolution import PauliTerms
from tnsim.lowering.components import ComponentQuestion


@given(data=st.data())
def test_noisy_circuits(data: st.DataObject) -> None:
    values = data.draw(strategies.PARAMETER_VALUES)
    circuit = data.draw(strategies.noisy_circuits(max_qubits=4))
    question = data.draw(questions(circuit.num_qubits))
    truth = question_values(circuit, question, values)
    np.testing.assert_allclose(evolved(circuit, question, values), truth, atol=1e-10)


@given(data=st.data())
def test_kets(data: st.DataObject) -> None:
    values = data.draw(strategies.PARAMETER_VALUES)
    circuit = data.draw(strategies.circuits(max_qubits=5))
    question = data.draw(questions(circuit.num_qubits))
    truth = question_values(circuit, question, values)
    found = evolved(circuit, question, values, picture="ket")
    np.testing.assert_allclose(found, truth, atol=1e-10)


@pytest.mark.parametrize("count", [7, 8])
def test_states_of_many_chunks_and_wide_questions(count: int) -> None:
    """Seven qubits are more than a chunk holds, in either order of the axes."""
    circuit = Circuit(count).h(range(count)).ry(np.linspace(0.1, 2, count), range(count))
    for step in (1, 3, 2, 5):
        circuit.cx(range(count - step), range(step, count))
        circuit.rx(np.linspace(0.3, 1.1, count), range(count))
        circuit.ccx(0, count - 1, step)
    state = oracle_circuits.final_state(circuit, {})
    letters = tuple((q, (0, 3)) for q in range(count))
    for picture in ("ket", "pauli"):
        found = evolved(circuit, ComponentQuestion(letters), {}, picture=picture)
        signs = np.array([[1.0, 1.0], [1.0, -1.0]])
        truth = np.diag(state).real.reshape((2,) * count)
        for axis in range(count):
            truth = np.moveaxis(np.tensordot(signs, truth, axes=(1, axis)), 0, axis)
        np.testing.assert_allclose(found, truth, atol=1e-12)
        terms = PauliTerms((((0, 1), (count - 1, 2)), ((2, 3), (4, 1), (5, 1)), ()))
        found = evolved(circuit, terms, {}, picture=picture)
        np.testing.assert_allclose(found, question_values(circuit, terms, {}, state), atol=1e-12)


@pytest.mark.parametrize("noisy", [False, True])
def test_measured_qubits(noisy: bool) -> None:
    """A measurement that is not looked at takes X and Y away, and leaves Z as it is."""
    circuit = Circuit(3).h(range(3)).ry(0.4, range(3)).cx(0, 1).rz(0.3, 1)
    if noisy:
        circuit.channel(noise.depolarizing(0.1), 1)
    circuit.measure([0, 1])
    played = Circuit.from_snapshot(wired(circuit.snapshot()).snapshot)
    strings = [((0, 1),), ((1, 3),), ((0, 3), (1, 3)), ((2, 1),), ((1, 2), (2, 3)), ((0, 2),)]
    for some in (strings, [s for s in strings if all(p == 3 for _, p in s)]):
        question = PauliTerms(tuple(some))
        truth = question_values(circuit, question, {})
        np.testing.assert_allclose(evolved(played, question, {}), truth, atol=1e-12)
    evolution = prepared(played, question)
    assert evolution.picture == ("pauli" if noisy else "ket")


def test_kets_where_they_do_not_serve() -> None:
    circuit = Circuit(8).h(range(8))
    wide = ComponentQuestion(tuple((q, (0, 1)) for q in range(8)))
    assert prepared(circuit, wide).picture == "pauli"
    noisy = Circuit(1).h(0).reset(0)
    for one, question in ((circuit, wide), (noisy, PauliTerms((((0, 3),),)))):
        with pytest.raises(QueryError, match="`picture` must be 'pauli'"):
            prepared(one, question, picture="ket")

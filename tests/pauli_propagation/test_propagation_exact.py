"""Where nothing is dropped, Pauli propagation is exact."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tnsim
from tests import oracle_circuits, strategies
from tnsim.base.errors import BudgetError, QueryError
from tnsim.engines.pauli_propagation import PauliPropagation, PauliPropagationEngine
from tnsim.engines.settings import Settings

MEMORY = Settings(10**8, "complex128")
EXACT = PauliPropagation(cutoff=0.0)


def questions(num_qubits: int) -> st.SearchStrategy[tnsim.Query]:
    some = strategies.qubit_lists(num_qubits, max_size=3)
    return st.one_of(
        strategies.expectations(num_qubits),
        strategies.pauli_sums(num_qubits, max_terms=3).map(tnsim.Variance),
        some.map(tnsim.Probabilities),
        some.map(tnsim.ReducedDensityMatrix),
    )


@given(st.data())
def test_equals_the_density_matrix(data: st.DataObject) -> None:
    circuit = data.draw(strategies.noisy_circuits(max_qubits=4))
    values = data.draw(strategies.PARAMETER_VALUES)
    query = data.draw(questions(circuit.num_qubits))
    engine = PauliPropagationEngine.prepare(circuit, [query], MEMORY, EXACT)
    found = engine.run(values)[query]
    expected = oracle_circuits.answer(circuit, query, values)
    assert found.value.shape == query.shape(circuit.num_qubits)
    np.testing.assert_allclose(found.value, expected, atol=1e-9)
    assert found.kind == "bound"
    assert found.error.max() < 1e-10


@pytest.mark.parametrize(
    "query",
    [tnsim.Amplitudes(["00"]), tnsim.Samples(3, seed=1), tnsim.Purity([0])],
    ids=lambda query: query.kind,
)
def test_other_questions_are_refused(query: tnsim.Query) -> None:
    circuit = tnsim.Circuit(2).h(0)
    with pytest.raises(QueryError, match="answers Expectation, Variance, Probabilities"):
        PauliPropagationEngine.prepare(circuit, [query], MEMORY, EXACT)


def test_too_many_qubits_are_refused() -> None:
    circuit = tnsim.Circuit(8).h(0)
    with pytest.raises(QueryError, match="`qubits` of Probabilities must be at most 6"):
        PauliPropagationEngine.prepare(circuit, [tnsim.Probabilities(range(7))], MEMORY, EXACT)


def test_small_budgets_are_refused_with_what_would_do() -> None:
    circuit = tnsim.Circuit(2).rx(0.3, 0).cx(0, 1).rx(0.2, 1)
    query = tnsim.Expectation("Z1")
    with pytest.raises(BudgetError, match="`memory` must be at least") as caught:
        PauliPropagationEngine.prepare(circuit, [query], Settings(10**5, "complex128"))
    least = caught.value.least_bytes
    assert least is not None
    made = PauliPropagationEngine.prepare(circuit, [query], Settings(least, "complex128"))
    assert made.cost().peak_bytes <= least


def test_options_exclude_one_another() -> None:
    with pytest.raises(QueryError, match="at most one of `cutoff`, `max_terms`"):
        PauliPropagation(cutoff=1e-3, max_terms=10)
    with pytest.raises(QueryError, match="`max_terms` must be an int of at least 1"):
        PauliPropagation(max_terms=0)
    with pytest.raises(QueryError, match="`cutoff` must be a number of 0 or more"):
        PauliPropagation(cutoff=-1.0)
    assert PauliPropagation(cutoff=1e-3, max_weight=5).max_weight == 5

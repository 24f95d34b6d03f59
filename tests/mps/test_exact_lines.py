"""Where nothing is truncated, every answer is exact."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests import strategies
from tests.mps.mps_engines import EXACT, SETTINGS, options_of
from tests.oracle_circuits import answer, circuit_steps
from tnsim.circuit import Circuit
from tnsim.engines.mps import LineEngine
from tnsim.queries import (
    Amplitudes,
    Expectation,
    Fidelity,
    LeafQuery,
    Probabilities,
    Purity,
    ReducedDensityMatrix,
    Variance,
)


def compare(
    circuit: Circuit,
    leaves: list[LeafQuery],
    values: dict[str, float],
    method: str,
    picture: str,
    order: str,
) -> None:
    chosen = options_of(method, max_bond=EXACT, picture=picture, order=order)
    found = LineEngine.prepare(circuit, leaves, SETTINGS, chosen).run(values)
    for leaf in leaves:
        wanted = answer(circuit, leaf, values)
        np.testing.assert_allclose(found[leaf].value, wanted, rtol=0, atol=1e-9, err_msg=str(leaf))
        assert found[leaf].kind == "bound"
        assert np.all(found[leaf].error < 1e-9)
        assert np.all(np.abs(found[leaf].value - wanted) <= found[leaf].error)


@st.composite
def questions(draw: st.DrawFn, circuit: Circuit) -> list[LeafQuery]:
    n = circuit.num_qubits
    qubits = draw(strategies.qubit_lists(n))
    other = draw(strategies.circuits(min_qubits=n, max_qubits=n, max_gates=6))
    observable = draw(strategies.pauli_sums(n))
    found: list[LeafQuery] = [
        Expectation(observable),
        Probabilities(qubits),
        ReducedDensityMatrix(qubits[:3]),
        Purity(),
        Purity(qubits),
        Fidelity(other),
    ]
    return [*found, Variance(observable)] if observable.is_hermitian else found


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_pure_circuits_by_amplitudes(data: st.DataObject) -> None:
    circuit = data.draw(strategies.circuits())
    strings = data.draw(st.lists(strategies.bitstrings(circuit.num_qubits), min_size=1, max_size=4))
    leaves = [*data.draw(questions(circuit)), Amplitudes(strings)]
    values = data.draw(strategies.PARAMETER_VALUES)
    compare(circuit, leaves, values, "mps", "schrodinger", "auto")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_noisy_circuits_by_pauli_components(data: st.DataObject) -> None:
    circuit = data.draw(strategies.noisy_circuits())
    values = data.draw(strategies.PARAMETER_VALUES)
    compare(circuit, data.draw(questions(circuit)), values, "mpdo", "schrodinger", "auto")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_observables_moved_back(data: st.DataObject) -> None:
    circuit = data.draw(strategies.noisy_circuits())
    values = data.draw(strategies.PARAMETER_VALUES)
    leaf = Expectation(data.draw(strategies.pauli_sums(circuit.num_qubits)))
    compare(circuit, [leaf], values, "mpdo", "heisenberg", "given")


def state_vector(circuit: Circuit, values: dict[str, float]) -> NDArray[Any]:
    """The amplitudes of a circuit without channels, by the dense oracle's matrices."""
    n = circuit.num_qubits
    state = np.zeros((2,) * n, dtype=complex)
    state[(0,) * n] = 1.0
    for (matrix, *others), qubits in circuit_steps(circuit, values):
        assert not others
        count = len(qubits)
        legs = np.asarray(matrix, dtype=complex).reshape((2,) * (2 * count))
        state = np.tensordot(legs, state, axes=(range(count, 2 * count), qubits))
        state = np.moveaxis(state, range(count), qubits)
    return state.reshape(-1)


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_pure_circuits_of_up_to_ten_qubits(data: st.DataObject) -> None:
    circuit = data.draw(strategies.circuits(min_qubits=6, max_qubits=10, max_gates=30))
    n, values = circuit.num_qubits, data.draw(strategies.PARAMETER_VALUES)
    state = state_vector(circuit, values)
    everywhere = [f"{k:0{n}b}" for k in range(0, 1 << n, 7)]
    z = [1.0 - 2.0 * ((np.arange(1 << n) >> (n - 1 - q)) & 1) for q in range(n)]
    wanted = {
        Amplitudes(everywhere): state[::7],
        Probabilities(range(n)): np.abs(state) ** 2,
        Expectation(f"Z0 Z{n - 1}"): np.abs(state) ** 2 @ (z[0] * z[n - 1]),
        Purity([0]): np.linalg.norm(state.reshape(2, -1) @ state.reshape(2, -1).conj().T) ** 2,
    }
    chosen = options_of("mps", max_bond=EXACT, picture="schrodinger")
    found = LineEngine.prepare(circuit, list(wanted), SETTINGS, chosen).run(values)
    for leaf, value in wanted.items():
        if isinstance(leaf, Amplitudes):
            # The oracle leaves the global phase out.
            turn = np.vdot(found[leaf].value, value)
            value = value * (turn.conj() / abs(turn) if abs(turn) > 1e-6 else 1.0)
        np.testing.assert_allclose(found[leaf].value, value, rtol=0, atol=1e-9, err_msg=str(leaf))


@settings(max_examples=4, deadline=None)
@given(st.data())
def test_noisy_circuits_of_seven_qubits(data: st.DataObject) -> None:
    circuit = data.draw(strategies.noisy_circuits(min_qubits=7, max_qubits=7, max_gates=12))
    values = data.draw(strategies.PARAMETER_VALUES)
    leaf = data.draw(st.sampled_from([Probabilities([6, 0, 3]), Expectation("X0 Y3 Z6")]))
    picture = data.draw(st.sampled_from(["schrodinger", "heisenberg"]))
    if isinstance(leaf, Probabilities):
        picture = "schrodinger"
    compare(circuit, [leaf], values, "mpdo", picture, "auto")


@pytest.mark.parametrize("picture", ["schrodinger", "heisenberg"])
def test_wide_circuit_in_both_pictures(picture: str) -> None:
    # <Z> of qubit 0 after a chain of rotations and CX is a product of cosines.
    n, angle = 40, 0.3
    circuit = Circuit(n)
    circuit.rx(angle, range(n))
    for q in range(n - 1, 0, -1):
        circuit.cx(q, q - 1)
    leaf = Expectation("Z0")
    chosen = options_of("mps", max_bond=4, picture=picture)
    found = LineEngine.prepare(circuit, [leaf], SETTINGS, chosen).run({})[leaf]
    assert found.value == pytest.approx(np.cos(angle) ** n, abs=1e-12)
    assert found.kind == "bound"


def test_the_picture_is_chosen_by_short_runs() -> None:
    # In nearly Clifford layers Z spreads to few Pauli strings, while the state's bonds are large.
    generator = np.random.default_rng(2)
    circuit = Circuit(24)
    for layer in range(14):
        circuit.ry(generator.uniform(0, 0.02, 24), range(24)).h(range(24)).s(range(24))
        left = np.arange(layer % 2, 23, 2)
        circuit.cx(left, left + 1)
    leaf = Expectation("Z12")
    engine = LineEngine.prepare(circuit, [leaf], SETTINGS, options_of("mps", target_error=1e-4))
    assert engine.rival is not None
    assert engine.chosen({})[0] is engine.rival
    back = engine.run({})[leaf]
    assert back.evidence["picture"] == "heisenberg"
    forward = options_of("mps", max_bond=EXACT, picture="schrodinger")
    exact = LineEngine.prepare(circuit, [leaf], SETTINGS, forward).run({})[leaf]
    assert abs(back.value - exact.value) <= back.error
    # Of a product state there is nothing to gain.
    product = Circuit(24).rx(0.3, range(24))
    engine = LineEngine.prepare(product, [leaf], SETTINGS, options_of("mps"))
    assert engine.run({})[leaf].value == pytest.approx(np.cos(0.3), abs=1e-12)

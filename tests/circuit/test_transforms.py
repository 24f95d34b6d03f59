"""Transforms of circuits against dense matrices."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.circuit.dense_unitary import unitary_of
from tests.oracle import embed
from tests.strategies import PARAMETER_VALUES, PARAMETERS, angles, circuits, qubit_lists
from tnsim import Circuit, CircuitError, Parameter

THETA, PHI = PARAMETERS
SMALL = circuits(max_qubits=4, max_gates=8)


@given(SMALL, PARAMETER_VALUES)
def test_bound_circuits_have_the_numbers_in_place(
    circuit: Circuit, values: dict[str, float]
) -> None:
    bound = circuit.bind({name: values[name] for name in circuit.parameters})
    assert bound.parameters == bound.expressions == ()
    np.testing.assert_allclose(unitary_of(bound), unitary_of(circuit, values), atol=1e-12)


@given(SMALL, angles, angles)
def test_binding_one_by_one_is_binding_at_once(circuit: Circuit, a: float, b: float) -> None:
    circuit.rx(THETA - 2 * PHI, 0).gphase(THETA)
    by_turns = circuit.bind(theta=a)
    assert by_turns.parameters == ("phi",)
    one, other = by_turns.bind(phi=b), circuit.bind({"phi": b}, theta=a)
    np.testing.assert_allclose(one.columns.angles, other.columns.angles, atol=1e-13)
    assert circuit.parameters == ("phi", "theta")


def test_binding_to_expressions() -> None:
    circuit = Circuit(1).rx(2 * THETA + 1, 0).rz(PHI, 0)
    bound = circuit.bind(theta=PHI / 2, phi=Parameter("a") + 1)
    assert bound == Circuit(1).rx(PHI + 1, 0).rz(Parameter("a") + 1, 0)


@given(SMALL, PARAMETER_VALUES)
def test_inverse(circuit: Circuit, values: dict[str, float]) -> None:
    circuit.gphase(0.3 + THETA)
    found = unitary_of(circuit.inverse(), values) @ unitary_of(circuit, values)
    np.testing.assert_allclose(found, np.eye(len(found)), atol=1e-11)


@given(SMALL)
def test_inverse_of_the_inverse(circuit: Circuit) -> None:
    twice = circuit.inverse().inverse()
    assert twice.counts() == circuit.counts()
    np.testing.assert_array_equal(twice.columns.qubits, circuit.columns.qubits)
    np.testing.assert_allclose(twice.columns.angles, circuit.columns.angles, atol=1e-14)


@given(SMALL, st.data())
def test_relabelling_is_a_permutation(circuit: Circuit, data: st.DataObject) -> None:
    n = circuit.num_qubits
    size = n + data.draw(st.integers(0, 1))
    places = data.draw(qubit_lists(size, min_size=n, max_size=n))
    values = {"theta": 0.4, "phi": -1.3}
    found = unitary_of(circuit.relabel(places, size), values)
    expected = embed(unitary_of(circuit, values), places, size)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    back = [places.index(q) for q in range(n)] if size == n else None
    assert back is None or circuit.relabel(places).relabel(back) == circuit


@given(circuits(max_qubits=3), circuits(max_qubits=3))
def test_composition_is_the_product(first: Circuit, second: Circuit) -> None:
    first.gphase(0.1)
    second.gphase(THETA)
    if first.num_qubits < second.num_qubits:
        first, second = second, first
    values = {"theta": 0.4, "phi": -1.3}
    where = list(range(first.num_qubits))[::-1][: second.num_qubits]
    joined = first.compose(second, where)
    right = embed(unitary_of(second, values), where, first.num_qubits)
    np.testing.assert_allclose(
        unitary_of(joined, values), right @ unitary_of(first, values), atol=1e-11
    )
    assert len(joined) == len(first) + len(second)
    assert first.parameters == tuple(sorted(set(first.parameters)))


def test_sums_of_circuits_merge_tables() -> None:
    left = Circuit(2).unitary(np.diag([1, 1j]), 0).rx(THETA, 0).barrier()
    right = Circuit(2).rx(PHI, 1).unitary(np.diag([1, -1j]), 0).rx(THETA, 1).barrier()
    both = left + right
    assert [str(i) for i in both] == [str(i) for i in left] + [str(i) for i in right]
    assert both.expressions == (+THETA, +PHI)
    assert len(both.operations) == len(left.operations) + 1
    measured = (Circuit(2).measure(0) + Circuit(2).x(1).measure(1, 5)).measured
    assert measured == {0: 0, 1: 5}


def test_slices_and_cones_forget_what_is_no_longer_measured() -> None:
    circuit = Circuit(2).h(0).measure([0, 1], [1, 0])
    assert circuit[:-1].measured == {0: 1}
    assert circuit[:-1].x(1).measured == {0: 1}
    assert circuit.lightcone(1).measured == {1: 0}


@pytest.mark.parametrize("count", [10, 40_000])
def test_depth(count: int) -> None:
    """Peeled and swept alike: layers of a brick wall, and a chain."""
    wall = Circuit(100)
    for k in range(count // 50):
        wall.cz(range(k % 2, 99, 2), range(1 + k % 2, 100, 2))
    assert wall.depth() == count // 50
    chain = Circuit(3).append("h", [0] * count)
    assert chain.depth() == count
    assert chain.cx(0, 1).x(2).depth() == count + 1


def test_barriers_hold_back_and_take_no_time() -> None:
    assert Circuit(2).h(0).h(1).barrier().h(1).depth() == 2
    assert Circuit(2).h(0).h(0).barrier().h(1).depth() == 3
    assert Circuit(2).h(0).h(0).h(1).depth() == 2
    assert Circuit(2).barrier().barrier().depth() == 0


@given(circuits(max_gates=30, resets=True))
def test_depth_by_definition(circuit: Circuit) -> None:
    reached = [0] * circuit.num_qubits
    for instruction in circuit:
        layer = max(reached[q] for q in instruction.qubits) + (instruction.name != "barrier")
        for qubit in instruction.qubits:
            reached[qubit] = layer
    assert circuit.depth() == max(reached)


def test_inverse_of_given_matrices_and_special_rules() -> None:
    matrix = np.diag([1, 1j])
    circuit = Circuit(2).unitary(matrix, 0).dcx(0, 1).u2(0.1, 0.2, 0).iswap(0, 1)
    texts = [str(i) for i in circuit.inverse()]
    assert texts == [
        "iswapdg 0 1",
        f"u2({math.pi - 0.2:.6g}, {math.pi - 0.1:.6g}) 0",
        "dcx 1 0",
        "unitary 0",
    ]
    with pytest.raises(CircuitError, match="reset has no inverse; take the inverse without it"):
        Circuit(1).reset(0).inverse()


def test_the_original_is_never_changed() -> None:
    circuit = Circuit(3).rx(THETA, 0).cx(0, 1).measure(2)
    digest = circuit.digest
    made = [circuit.bind(theta=1), circuit.unroll({"cz", "u"}), circuit.relabel([1, 2, 0])]
    made += [circuit.lightcone(0), circuit.compose(Circuit(2).x(0)), circuit[:2], circuit.copy()]
    for other in made:
        other.x(other.num_qubits - 2 if 1 not in other.measured else 0)
    assert circuit.digest == digest

"""Rows appended one by one, in sequences, and as arrays are the same rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import PARAMETERS, angles, circuits, scalars
from tnsim import Circuit, CircuitError, Parameter
from tnsim.circuit.gates import GATES

THETA, PHI = PARAMETERS


@st.composite
def layers(draw: st.DrawFn) -> tuple[str, int, list[list[Any]], list[list[int]]]:
    """A gate with rows of arguments: (name, qubits of the circuit, angle rows, qubit rows)."""
    name = draw(st.sampled_from(list(GATES)))
    gate = GATES[name]
    n = gate.num_qubits + draw(st.integers(0, 3))
    rows = draw(st.integers(0, 5))
    turns = [[draw(scalars()) for _ in range(gate.num_params)] for _ in range(rows)]
    where = [draw(st.permutations(range(n)))[: gate.num_qubits] for _ in range(rows)]
    return name, n, turns, where


@given(layers(), st.sampled_from(["list", "array", "tuple"]))
def test_sequences_are_rows_one_by_one(
    layer: tuple[str, int, list[list[Any]], list[list[int]]], form: str
) -> None:
    name, n, turns, where = layer
    one_by_one = Circuit(n).id(0)
    for row, qubits in zip(turns, where, strict=True):
        getattr(one_by_one, name)(*row, *qubits)
    make: Any = {"list": list, "array": np.array, "tuple": tuple}[form]
    columns = [list(c) for c in zip(*turns, strict=True)] or [
        [] for _ in range(GATES[name].num_params)
    ]
    slots = [list(c) for c in zip(*where, strict=True)] or [
        [] for _ in range(GATES[name].num_qubits)
    ]
    at_once = Circuit(n).id(0)
    getattr(at_once, name)(*map(make, columns), *map(make, slots))
    by_name = Circuit(n).id(0).append(name, *columns, *slots)
    assert one_by_one == at_once == by_name
    np.testing.assert_array_equal(one_by_one.columns.qubits, at_once.columns.qubits)
    np.testing.assert_array_equal(one_by_one.columns.angles, at_once.columns.angles)


def test_scalars_broadcast() -> None:
    circuit = Circuit(6).rx(THETA, range(6)).rzz([0.1, 0.2], 0, np.array([1, 2]))
    circuit.cx(0, [1, 2, 3]).u(0.1, [0.2, PHI], 0.3, 5)
    rows = [str(i) for i in circuit]
    assert rows == [f"rx(theta) {q}" for q in range(6)] + [
        "rzz(0.1) 0 1",
        "rzz(0.2) 0 2",
        "cx 0 1",
        "cx 0 2",
        "cx 0 3",
        "u(0.1, 0.2, 0.3) 5",
        "u(0.1, phi, 0.3) 5",
    ]


def test_number_types_are_alike() -> None:
    """NumPy scalars, ints and floats of one value make one circuit."""
    expected = Circuit(3).rx(2.0, 1).rzz(1.0, 0, 2).cx(1, 2).u(1.0, 2.0, 3.0, 0)
    circuit = Circuit(3).rx(2, np.int64(1)).rzz(np.float32(1), np.uint8(0), np.int16(2))
    circuit.cx(np.int32(1), np.array(2)).u(np.float64(1), 2, 3, np.int64(0))
    assert circuit == expected
    assert Circuit(1).rz(-0.0, 0) == Circuit(1).rz(0.0, 0)
    assert Circuit(1).rz(0 * THETA + 0.5, 0) == Circuit(1).rz(0.5, 0)


def test_columns_are_as_documented() -> None:
    circuit = Circuit(4).h(3).rx(2 * THETA + 1, 2).cu(1, THETA, 2, 2 * THETA + 1, 0, 1).rz(0.5, 1)
    columns = circuit.columns
    assert [circuit.operations[c].name for c in columns.opcode] == ["h", "rx", "cu", "rz"]
    assert columns.qubits.tolist() == [3, 2, 0, 1, 1]
    assert columns.qubit_start.tolist() == [0, 1, 2, 4, 5]
    assert columns.angle_start.tolist() == [0, 0, 1, 5, 6]
    assert columns.angles.tolist() == [0, 1, 0, 2, 0, 0.5]
    assert columns.symbols.tolist() == [0, -1, 1, -1, 0, -1]
    assert circuit.expressions == (2 * THETA + 1, +THETA)
    assert circuit.parameters == ("theta",)
    dtypes = [
        a.dtype.name for a in (columns.opcode, columns.qubits, columns.angles, columns.symbols)
    ]
    assert dtypes == ["uint16", "int32", "float64", "int32"]
    with pytest.raises(ValueError, match="read-only"):
        columns.qubits[0] = 1


def test_columns_stay_when_the_circuit_grows() -> None:
    circuit = Circuit(2).h(0)
    before = circuit.columns
    copied = circuit.copy()
    circuit.rx(THETA, 1).cx(0, 1)
    assert len(before) == 1
    assert len(copied) == 1
    assert len(circuit) == len(circuit.columns) == 3
    assert copied.x(1) == Circuit(2).h(0).x(1)
    assert circuit == Circuit(2).h(0).rx(THETA, 1).cx(0, 1)


def test_own_operations_are_stored_once() -> None:
    matrix = np.diag([1, 1j])
    circuit = Circuit(2)
    for _ in range(5):
        circuit.unitary(matrix, [0, 1])
    circuit.barrier().barrier(0).barrier(1).barrier([1, 0])
    own = circuit.operations[len(Circuit(1).operations) :]
    assert [(o.name, o.num_qubits) for o in own] == [("unitary", 1), ("barrier", 2), ("barrier", 1)]
    assert circuit.counts() == {"unitary": 10, "barrier": 4}


def test_given_matrices_are_cleaned_of_rounding() -> None:
    hadamard = np.array([[1, 1], [1, -1]]) * math.sqrt(0.5)
    matrix = hadamard @ np.diag([1, -1]) @ hadamard  # X, with 1e-17 where there should be 0
    operation = Circuit(1).unitary(matrix, 0).operations[-1]
    transfer = operation.transfer_form.constants[0]
    np.testing.assert_array_equal(transfer, np.diag([1, 1, -1, -1]))
    assert operation.is_diagonal is False


@given(circuits(matrices=False))
def test_instructions_tell_what_was_appended(circuit: Circuit) -> None:
    again = Circuit(circuit.num_qubits)
    for instruction in circuit:
        if instruction.name == "barrier":
            again.barrier(*instruction.qubits)
        else:
            again.append(instruction.name, *instruction.angles, *instruction.qubits)
    assert again == circuit
    assert [circuit[k] for k in range(len(circuit))] == list(circuit)
    if len(circuit):
        assert circuit[-1] == circuit[len(circuit) - 1]


@given(circuits(), st.integers(0, 12), st.integers(0, 12))
def test_slices(circuit: Circuit, low: int, high: int) -> None:
    assert [str(i) for i in circuit[low:high]] == [str(i) for i in list(circuit)[low:high]]
    assert circuit[:low] + circuit[low:] == circuit
    assert [str(i) for i in circuit[::-2]] == [str(i) for i in list(circuit)[::-2]]


@given(circuits(), circuits())
def test_equality_is_of_instructions(left: Circuit, right: Circuit) -> None:
    assert left == left.copy()
    texts = [[str(i) for i in c] + [i.operation.key for i in c] for c in (left, right)]
    # Texts are rounded, so that equal texts do not make equal circuits; unequal ones do.
    if texts[0] != texts[1] or left.num_qubits != right.num_qubits:
        assert left != right
    assert left != "circuit"


def test_digest_depends_on_content_alone() -> None:
    one = Circuit(2).rx(THETA, 0).ry(PHI, 1)
    other = Circuit(2)
    other.unitary(np.diag([1, -1]), 0).rz(PHI, 0)  # enters tables in another order
    other = other[:0].rx(THETA, 0).ry(PHI, 1)
    assert one.digest == other.digest
    assert one.digest != Circuit(2).rx(PHI, 0).ry(THETA, 1).digest
    assert one.digest != Circuit(3).rx(THETA, 0).ry(PHI, 1).digest
    assert one.digest != one.copy().gphase(0.1).digest
    assert Circuit(1).rx(0.1, 0).digest != Circuit(1).rx(np.nextafter(0.1, 1), 0).digest


def test_circuits_are_not_hashable() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Circuit(1))


def test_measurements_at_the_end_are_known() -> None:
    circuit = Circuit(3).h(range(3)).measure([2, 0], [0, 1])
    assert circuit.measured == {0: 1, 2: 0}
    assert circuit.num_bits == 2
    circuit.x(1).barrier()
    assert circuit.measured == {0: 1, 2: 0}
    circuit.x(0)
    assert circuit.measured == {2: 0}
    assert circuit.measure(1, 6).measured == {1: 6, 2: 0}
    assert circuit.num_bits == 7


def test_conditions_name_their_bits() -> None:
    body = Circuit(2).rx(Parameter("a"), 1).when(2, 0, Circuit(2).cx(1, 0))
    circuit = Circuit(2).h(0).measure(0, 3).when([3, 1], [1, 0], body)
    rows = list(circuit)[2:]
    assert [(r.name, r.qubits, r.bits, r.values) for r in rows] == [
        ("rx", (1,), (3, 1), (1, 0)),
        ("cx", (1, 0), (2, 3, 1), (0, 1, 0)),
    ]
    assert circuit.num_bits == 4
    assert circuit.parameters == ("a",)
    assert circuit.bind(a=0.5)[2].angles == (0.5,)
    assert circuit.relabel([1, 0], 5)[3].qubits == (0, 1)
    assert circuit.relabel([1, 0], 5)[3].bits == (2, 3, 1)


def test_many_conditions_take_linear_time() -> None:
    circuit, body = Circuit(2).h(0), Circuit(2).x(1)
    for _ in range(3000):
        circuit.measure(0, 0).when(0, 1, body)
    assert len(circuit) == 6001
    assert circuit.nbytes < 6001 * 11


def test_barriers() -> None:
    circuit = Circuit(4).barrier().barrier(1, 3).append("barrier", range(2)).barrier([])
    assert [i.qubits for i in circuit] == [(0, 1, 2, 3), (1, 3), (0, 1)]


def test_a_long_table_of_operations_is_refused() -> None:
    circuit = Circuit(1)
    circuit._operations = [circuit.operations[0]] * (65536 - len(circuit.operations))
    with pytest.raises(CircuitError, match="different matrices and channels; use named gates"):
        circuit.unitary(np.diag([1, 1j]), 0)


@given(st.lists(angles, min_size=1, max_size=4))
def test_global_phase_adds_up(turns: list[float]) -> None:
    circuit = Circuit(1)
    for turn in turns:
        circuit.gphase(turn)
    circuit.gphase(THETA)
    assert circuit.global_phase.constant == pytest.approx(sum(turns), abs=1e-12)
    assert circuit.parameters == ("theta",)


def test_empty_circuit() -> None:
    circuit = Circuit(2)
    assert (len(circuit), circuit.depth(), circuit.counts(), circuit.parameters) == (0, 0, {}, ())
    assert circuit.inverse() == circuit.unroll({"cx", "u"}) == circuit.lightcone(1) == circuit
    assert list(circuit) == []
    assert repr(circuit) == "<Circuit: 2 qubits, 0 instructions>"


def test_parameter_and_its_expression_are_one_symbol() -> None:
    circuit = Circuit(1).rx(Parameter("a"), 0).rx(1.0 * Parameter("a"), [0, 0])
    assert circuit.expressions == (+Parameter("a"),)

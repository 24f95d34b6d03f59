"""Measurements in the middle and conditions, in and out, against sampling by each library."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Parameter
from qiskit.circuit.classical import expr
from qiskit_aer import AerSimulator

import tnsim
from tests.interop.adaptive_circuits import adaptive_circuits, assert_counts_agree, bit_chances
from tnsim import interop

SHOTS = 4000


def aer_counts(circuit: QuantumCircuit) -> dict[str, int]:
    counts = AerSimulator(seed_simulator=7).run(circuit, shots=SHOTS).result().get_counts()
    return {key.replace(" ", "")[::-1]: count for key, count in counts.items()}


@settings(max_examples=10)
@given(circuit=adaptive_circuits())
def test_qiskit_out_and_back(circuit: tnsim.Circuit) -> None:
    theirs = interop.to_qiskit(circuit)
    assert interop.from_qiskit(theirs) == circuit
    assert_counts_agree(aer_counts(theirs), bit_chances(circuit))


def test_qiskits_control_flow_comes_in() -> None:
    qubits, a, b = QuantumRegister(3), ClassicalRegister(2, "a"), ClassicalRegister(3, "b")
    theirs = QuantumCircuit(qubits, a, b)
    for q in range(3):
        theirs.ry(0.7 + 0.5 * q, q)
    theirs.measure([0, 1], a)
    with theirs.if_test((a, 2)) as other:
        theirs.h(2)
    with other:
        theirs.rx(0.4, 2)
        with theirs.if_test((a[0], 1)):
            theirs.cx(2, 0)
    with theirs.if_test(expr.logic_and(a[0], expr.logic_not(a[1]))):
        theirs.y(1)
    with theirs.if_test(expr.equal(a, 3)):
        theirs.h(0)
    with theirs.switch(a) as case:
        with case(1, 2):
            theirs.ry(0.3, 0)
        with case(case.DEFAULT):
            theirs.rx(0.9, 0)
    step = Parameter("step")
    with theirs.for_loop(range(3), step):
        theirs.ry(0.1 * step, 1)
    theirs.reset(2)
    theirs.h(2)
    theirs.measure(range(3), b)
    ours = interop.from_qiskit(theirs)
    assert_counts_agree(aer_counts(theirs), bit_chances(ours))


def test_what_cannot_come_in_from_qiskit() -> None:
    theirs = QuantumCircuit(1, 2)
    with theirs.while_loop((theirs.clbits[0], 1)):
        theirs.x(0)
    with pytest.raises(tnsim.CircuitError, match=r"while_loop \(instruction 0\)"):
        interop.from_qiskit(theirs)
    other = QuantumCircuit(1, 2)
    with other.if_test(expr.logic_or(other.clbits[0], other.clbits[1])):
        other.x(0)
    with pytest.raises(tnsim.CircuitError, match=r"if_else \(instruction 0\).*compare bits"):
        interop.from_qiskit(other)
    measured = QuantumCircuit(1, 2)
    with measured.if_test((measured.clbits[0], 1)):
        measured.measure(0, 1)
    with pytest.raises(tnsim.CircuitError, match=r"if_else \(instruction 0\).*measure"):
        interop.from_qiskit(measured)


@settings(max_examples=10)
@given(circuit=adaptive_circuits())
def test_cirq_out_and_back(circuit: tnsim.Circuit) -> None:
    cirq = pytest.importorskip("cirq", reason="Cirq is no part of every test environment")
    theirs = interop.to_cirq(circuit)
    qubits = cirq.LineQubit.range(3)
    back = interop.from_cirq(theirs, qubits=qubits)
    np.testing.assert_allclose(bit_chances(back), bit_chances(circuit), atol=1e-9)
    run = cirq.Simulator(seed=3).run(theirs, repetitions=300)
    bits = [run.measurements[f"c{bit}"][:, 0] for bit in range(circuit.num_bits)]
    counts = Counter("".join(map(str, shot)) for shot in zip(*bits, strict=True))
    assert_counts_agree(dict(counts), bit_chances(circuit))


def test_cirqs_conditions_and_flipped_results_come_in() -> None:
    cirq = pytest.importorskip("cirq", reason="Cirq is no part of every test environment")
    sympy = pytest.importorskip("sympy")
    a, b, c = cirq.LineQubit.range(3)
    theirs = cirq.Circuit(
        cirq.ry(0.7)(a),
        cirq.ry(1.1)(b),
        cirq.measure(a, b, key="m", invert_mask=(False, True)),
        cirq.X(c).with_classical_controls(sympy.Eq(sympy.Symbol("m"), 2)),
        cirq.measure(c, key="k"),
    )
    # m = 2 is result 1 of a and, flipped, 0 of b.
    ones = np.sin(0.35) ** 2, np.sin(0.55) ** 2
    chances = bit_chances(interop.from_cirq(theirs)).reshape(2, 2, 2)
    np.testing.assert_allclose(chances[1, 0, 1], ones[0] * ones[1], atol=1e-12)
    np.testing.assert_allclose(chances[:, :, 1].sum(), ones[0] * ones[1], atol=1e-12)
    vague = cirq.Circuit(
        cirq.measure(a, b, key="m"), cirq.X(c).with_classical_controls("m"), cirq.measure(c)
    )
    with pytest.raises(tnsim.CircuitError, match="must be on a bit"):
        interop.from_cirq(vague)


@settings(max_examples=10)
@given(circuit=adaptive_circuits(rotations=False, most_bits=1))
def test_stim_out_and_back(circuit: tnsim.Circuit) -> None:
    stim = pytest.importorskip("stim", reason="stim is no part of every test environment")
    theirs = interop.to_stim(circuit)
    back = interop.from_stim(theirs, num_qubits=3)
    np.testing.assert_allclose(bit_chances(back), bit_chances(circuit), atol=1e-9)
    samples = theirs.compile_sampler(seed=2).sample(SHOTS).astype(int)
    counts = Counter("".join(map(str, shot)) for shot in samples)
    assert_counts_agree(dict(counts), bit_chances(circuit))
    assert isinstance(theirs, stim.Circuit)


def test_what_cannot_go_out_to_stim() -> None:
    pytest.importorskip("stim", reason="stim is no part of every test environment")
    pair = tnsim.Circuit(2).measure([0, 1]).when([0, 1], [1, 1], tnsim.Circuit(2).x(0))
    with pytest.raises(tnsim.CircuitError, match=r"x 0 \(instruction 2\).*one result"):
        interop.to_stim(pair)
    early = tnsim.Circuit(1).when(0, 1, tnsim.Circuit(1).x(0))
    with pytest.raises(tnsim.CircuitError, match=r"bit 0 was not measured"):
        interop.to_stim(early)


@settings(max_examples=10)
@given(circuit=adaptive_circuits())
def test_pennylane_out_and_back(circuit: tnsim.Circuit) -> None:
    pytest.importorskip("pennylane", reason="PennyLane is no part of every test environment")
    theirs = interop.to_pennylane(circuit)
    back = interop.from_pennylane(theirs, wires=range(3))
    np.testing.assert_allclose(bit_chances(back), bit_chances(circuit), atol=1e-9)


def test_pennylanes_conditions_come_in() -> None:
    qml = pytest.importorskip("pennylane", reason="PennyLane is no part of every test environment")
    with qml.queuing.AnnotatedQueue() as queue:
        qml.RY(0.7, 0)
        qml.RY(1.1, 1)
        first, second = qml.measure(0, reset=True), qml.measure(1)
        qml.cond(first | ~second, qml.RX)(0.9, 2)
        qml.cond(first == 0, qml.X)(0)
    tape = qml.tape.QuantumScript.from_queue(queue)
    wanted = qml.tape.QuantumScript(tape.operations, [qml.probs(wires=range(3))])
    [deferred], process = qml.defer_measurements(wanted)
    found = process(qml.device("default.qubit").execute([deferred]))
    ours = interop.from_pennylane(tape, wires=range(3))
    chances = tnsim.run(ours, tnsim.Probabilities(range(3)), memory="1GB").value
    np.testing.assert_allclose(chances, found, atol=1e-9)


@pytest.mark.parametrize("library", ["quimb", "qibo", "qsim"])
def test_conditions_that_cannot_go_out(library: str) -> None:
    if library == "qibo":
        pytest.importorskip("qibo", reason="qibo is no part of every test environment")
    c = tnsim.Circuit(1).when(0, 1, tnsim.Circuit(1).x(0))
    with pytest.raises(tnsim.CircuitError, match=r"\(instruction 0\)"):
        getattr(interop, f"to_{library}")(c)

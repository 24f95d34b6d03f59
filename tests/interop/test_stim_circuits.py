"""Clifford circuits and Pauli noise to stim and back, by stim's own tableaus and samples."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tnsim
from tests import strategies
from tests.circuit.dense_unitary import unitary_of
from tests.interop.dense_channel import assert_same_to_phase, superoperator_of
from tests.oracle_circuits import final_state
from tnsim import interop, noise

stim = pytest.importorskip("stim", reason="stim is no part of every test environment")

quarters = st.integers(-8, 8).map(lambda k: k * math.pi / 2)
CLIFFORD = """id x y z h s sdg sx sxdg sy sydg rx ry rz p u u2 cx cy cz swap iswap iswapdg ecr dcx
    rxx ryy rzz""".split()


def matrix_of(circuit: Any) -> Any:
    """stim's matrix, qubit 0 most significant."""
    return stim.Tableau.from_circuit(circuit).to_unitary_matrix(endian="big")


@given(
    circuit=strategies.circuits(
        max_qubits=4, gates=CLIFFORD, numbers=quarters, matrices=False, barriers=True
    )
)
def test_unitaries_out_and_back(circuit: tnsim.Circuit) -> None:
    n = circuit.num_qubits
    theirs = interop.to_stim(circuit)
    padded = theirs + stim.Circuit(f"I {n - 1}")
    assert_same_to_phase(matrix_of(padded), unitary_of(circuit), atol=1e-6)
    back = interop.from_stim(theirs, num_qubits=n)
    assert_same_to_phase(unitary_of(back), unitary_of(circuit))


GATES = [n for n, g in stim.gate_data().items() if g.is_unitary and not n.startswith("SPP")]


@pytest.mark.parametrize("name", GATES)
def test_every_gate_of_stim(name: str) -> None:
    pairs = "2 0 1 2" if stim.gate_data(name).is_two_qubit_gate else "1 2"
    theirs = stim.Circuit(f"H 0 1 2\nS 1\n{name} {pairs}\nI 2")
    ours = interop.from_stim(theirs)
    assert_same_to_phase(matrix_of(theirs), unitary_of(ours), atol=1e-6)
    again = interop.from_stim(theirs, num_qubits=5)
    assert again.num_qubits == 5


@pytest.mark.parametrize(
    "line",
    [
        "X_ERROR(0.1) 0 1",
        "Y_ERROR(0.2) 1",
        "Z_ERROR(0.3) 2 0",
        "DEPOLARIZE1(0.3) 0 2",
        "DEPOLARIZE2(0.4) 0 2",
        "PAULI_CHANNEL_1(0.1,0.2,0.05) 1",
        "PAULI_CHANNEL_2(" + ",".join(str(0.005 * k) for k in range(1, 16)) + ") 2 0",
        "E(0.3) X0 Z2",
        "E(0.3) X0 Z2\nELSE_CORRELATED_ERROR(0.5) Y1\nELSE_CORRELATED_ERROR(0.25) X0 X1 X2",
    ],
)
def test_every_noise_of_stim(line: str) -> None:
    """The chance of each Pauli string, from stim's samples of flips."""
    theirs = stim.Circuit(line + "\nI 2")
    ours = interop.from_stim(theirs)
    shots = 100_000
    simulator = stim.FlipSimulator(
        batch_size=shots, num_qubits=3, seed=3, disable_stabilizer_randomization=True
    )
    simulator.do(theirs)
    x, z = _flips(simulator.peek_pauli_flips())
    index = 16 * (2 * z[:, 0] + x[:, 0]) + 4 * (2 * z[:, 1] + x[:, 1]) + 2 * z[:, 2] + x[:, 2]
    chances = np.bincount(index, minlength=64) / shots
    # ... against the diagonal of chi, chi_P = Tr(S (P (x) P*)^dagger) / 4^n, of the oracle.
    superoperator = superoperator_of(ours)
    paulis = {0: np.eye(2), 1: np.array([[0, 1], [1, 0]]), 2: np.diag([1, -1])}
    paulis[3] = np.array([[0, -1j], [1j, 0]])
    for number in range(64):
        digits = number // 16, number // 4 % 4, number % 4
        word = np.kron(np.kron(paulis[digits[0]], paulis[digits[1]]), paulis[digits[2]])
        weight = np.trace(superoperator @ np.kron(word, word.conj()).conj().T).real / 64
        assert abs(weight - chances[number]) < 5 * math.sqrt(0.25 / shots)
    back = interop.from_stim(interop.to_stim(ours), num_qubits=3)
    np.testing.assert_allclose(superoperator_of(back), superoperator, atol=1e-9)


def _flips(strings: list[Any]) -> tuple[Any, Any]:
    pairs = [string.to_numpy() for string in strings]
    return (np.array([pair[k] for pair in pairs], dtype=int) for k in (0, 1))  # type: ignore[return-value]


def test_any_pauli_channel_goes_out() -> None:
    c = tnsim.Circuit(3)
    c.channel(noise.depolarizing(0.2, num_qubits=3), 0, 2, 1)
    c.channel(noise.depolarizing(0.1), 1).channel(noise.pauli_lindblad({"XZ": 0.1}), 0, 1)
    c.channel(noise.correlated_pauli(0.1, 0.05, 0.02, 0.3), 2, 0).channel(noise.bit_flip(0), 0)
    back = interop.from_stim(interop.to_stim(c), num_qubits=3)
    np.testing.assert_allclose(superoperator_of(back), superoperator_of(c), atol=1e-9)


def test_repetitions_and_annotations() -> None:
    theirs = stim.Circuit("REPEAT 3 {\n H 0\n TICK\n REPEAT 2 {\n  CX 0 1\n }\n}\nSHIFT_COORDS(1)")
    assert interop.from_stim(theirs).counts() == {"cx": 6, "h": 3}
    code = stim.Circuit.generated("surface_code:rotated_memory_z", rounds=1, distance=3)
    assert interop.from_stim(code.without_noise()[:8]).num_qubits > 0


def test_detectors_of_a_repetition_code() -> None:
    theirs = stim.Circuit.generated(
        "repetition_code:memory",
        rounds=2,
        distance=3,
        after_clifford_depolarization=0.02,
        before_measure_flip_probability=0.03,
        after_reset_flip_probability=0.01,
    )
    detectors, observables = interop.parities_from_stim(theirs)
    assert len(detectors) == theirs.num_detectors and len(observables) == 1
    ours = interop.from_stim(theirs)
    queries = {text: tnsim.Expectation(text, on="bits") for text in {*detectors, *observables}}
    values = tnsim.run(ours, queries, memory="1GB").value
    shots = 100_000
    fired, flipped = theirs.compile_detector_sampler(seed=4).sample(
        shots, separate_observables=True
    )
    for text, column in [*zip(detectors, fired.T, strict=True), (observables[0], flipped[:, 0])]:
        chance = (1 - values[text]) / 2
        assert abs(chance - column.mean()) < 5 * math.sqrt(0.25 / shots)


def test_resets() -> None:
    for name, state in (("R", [1, 0]), ("RX", [1, 1]), ("RY", [1, 1j])):
        theirs = stim.Circuit(f"H 0\nS 0\nH 0\n{name} 0")
        rho = final_state(interop.from_stim(theirs), {})
        psi = np.array(state) / np.linalg.norm(state)
        np.testing.assert_allclose(rho, np.outer(psi, psi.conj()), atol=1e-12)
    assert str(interop.to_stim(tnsim.Circuit(1).reset(0))) == "R 0"


def test_measurements() -> None:
    theirs = interop.to_stim(tnsim.Circuit(3).h(0).cx(0, 1).measure([1, 0], [5, 2]))
    assert str(theirs) == "H 0\nCX 0 1\nM 1 0"
    assert interop.from_stim(theirs).measured == {1: 0, 0: 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("M(0.1) 0", r"M \(instruction 0\).*NoiseModel.readout"),
        ("H 0\nMPP X0*Z1", r"MPP \(instruction 1\)"),
        ("SPP X0*Z1", r"SPP \(instruction 0\)"),
        ("HERALDED_ERASE(0.1) 0", "HERALDED_ERASE"),
        ("CX sweep[0] 1", "only by results"),
        ("REPEAT 1000000 {\n REPEAT 1000000 {\n  H 0 1\n }\n}", "at most 33554432 targets"),
    ],
)
def test_what_cannot_come_in(text: str, message: str) -> None:
    with pytest.raises(tnsim.CircuitError, match=message):
        interop.from_stim(stim.Circuit(text))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda c: c.t(0), r"t 0 \(instruction 1\).*Clifford"),
        (lambda c: c.rx(0.3, 0), r"rx\(0.3\) 0 \(instruction 1\).*Clifford"),
        (lambda c: c.ccx(0, 1, 2), r"ccx 0 1 2 \(instruction 1\).*Clifford"),
        (lambda c: c.rx(tnsim.Parameter("a"), 0), "a has no value"),
        (lambda c: c.unitary(np.eye(4), 0, 1), "on one qubit"),
        (lambda c: c.channel(noise.amplitude_damping(0.1), 0), "mixture of Pauli strings"),
    ],
)
def test_what_cannot_go_out(make: Any, message: str) -> None:
    circuit = tnsim.Circuit(3).h(0)
    make(circuit)
    with pytest.raises(tnsim.CircuitError, match=message):
        interop.to_stim(circuit)

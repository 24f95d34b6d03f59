"""Adaptive circuits against Qiskit Aer's shots."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel as AerNoise
from qiskit_aer.noise import ReadoutError, depolarizing_error

import tnsim
from tnsim import Circuit, Expectation, NoiseModel

SHOTS = 20_000
FLIP, MISREAD = 0.03, 0.02


def repetition(rounds: int) -> Circuit:
    """Data qubits 0..2, syndrome qubits 3 and 4; every round writes two bits of its own."""
    circuit = Circuit(5).ry(tnsim.Parameter("a"), [0, 1, 2])
    for k in range(rounds):
        circuit.cx([0, 1], 3).cx([1, 2], 4).measure([3, 4], [2 * k, 2 * k + 1]).reset([3, 4])
        for values, broken in (((1, 0), 0), ((1, 1), 1), ((0, 1), 2)):
            circuit.when([2 * k, 2 * k + 1], values, Circuit(5).x(broken))
    return circuit.measure([0, 1, 2], [6, 7, 8])


def peer(rounds: int, angle: float) -> QuantumCircuit:
    bits = [ClassicalRegister(2, f"s{k}") for k in range(rounds)]
    end = ClassicalRegister(3, "end")
    circuit = QuantumCircuit(QuantumRegister(5), *bits, end)
    for q in range(3):
        circuit.ry(angle, q)
    for k in range(rounds):
        for pair in ((0, 3), (1, 3), (1, 4), (2, 4)):
            circuit.cx(*pair)
        circuit.measure([3, 4], bits[k])
        circuit.reset([3, 4])
        # Qiskit's first bit of a register is the least significant one.
        for value, broken in ((1, 0), (3, 1), (2, 2)):
            with circuit.if_test((bits[k], value)):
                circuit.x(broken)
    circuit.measure([0, 1, 2], end)
    return circuit


def shots(circuit: QuantumCircuit) -> np.ndarray:
    """(shots, bits), bit 0 first."""
    noise = AerNoise()
    noise.add_all_qubit_quantum_error(depolarizing_error(FLIP, 2), ["cx"])
    noise.add_all_qubit_readout_error(
        ReadoutError([[1 - MISREAD, MISREAD], [MISREAD, 1 - MISREAD]])
    )
    simulator = AerSimulator(noise_model=noise, seed_simulator=5)
    memory = simulator.run(circuit, shots=SHOTS, memory=True).result().get_memory()
    return np.array([[int(b) for b in one.replace(" ", "")[::-1]] for one in memory])


@pytest.mark.parametrize("angle", [0.0, 0.9])
def test_three_rounds_of_the_repetition_code(angle: float) -> None:
    noise = NoiseModel().after(tnsim.noise.depolarizing(FLIP, num_qubits=2), gates="cx")
    noise.readout(MISREAD, MISREAD)
    parities = ["Z0", "Z3", "Z4 Z5", "Z0 Z2 Z4", "Z6", "Z6 Z7", "Z6 Z7 Z8", "Z1 Z8"]
    queries = {p: Expectation(p, on="bits") for p in parities}
    found = tnsim.run(repetition(3), queries, noise=noise, a=angle).value
    signs = 1 - 2 * shots(peer(3, angle))
    for parity in parities:
        columns = [int(text[1:]) for text in parity.split()]
        outcomes = signs[:, columns].prod(axis=1)
        allowed = 5 * max(float(outcomes.std()), 0.01) / np.sqrt(SHOTS)
        assert abs(found[parity] - outcomes.mean()) < allowed, parity


def test_slopes_of_the_repetition_code() -> None:
    noise = NoiseModel().after(tnsim.noise.depolarizing(FLIP, num_qubits=2), gates="cx")
    query = Expectation("Z6 Z7 Z8", on="bits")
    program = tnsim.compile(repetition(3), query, noise=noise, gradient=True)
    _, slopes = program.value_and_grad(a=0.9)
    up, down = (float(program(a=0.9 + step).value) for step in (1e-4, -1e-4))
    assert float(slopes["a"]) == pytest.approx((up - down) / 2e-4, abs=1e-7)

"""The same noisy circuit in Qiskit Aer's density-matrix simulator: an independent peer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.quantum_info import Kraus
from qiskit_aer import AerSimulator
from qiskit_aer.noise import (
    NoiseModel,
    ReadoutError,
    amplitude_damping_error,
    depolarizing_error,
    pauli_error,
    phase_damping_error,
    thermal_relaxation_error,
)

import tnsim
from tests import strategies
from tnsim import noise

# By name: our channel and Aer's error, of equal meaning.
ONE_QUBIT = {
    "depolarizing": (noise.depolarizing(0.07), depolarizing_error(0.07, 1)),
    "pauli": (
        noise.pauli(0.02, 0.03, 0.05),
        pauli_error([("X", 0.02), ("Y", 0.03), ("Z", 0.05), ("I", 0.9)]),
    ),
    "amplitude damping": (noise.amplitude_damping(0.2), amplitude_damping_error(0.2)),
    "phase damping": (noise.phase_damping(0.3), phase_damping_error(0.3)),
    "thermal, t2 < t1": (
        noise.thermal_relaxation(50.0, 30.0, 10.0, 0.1),
        thermal_relaxation_error(50.0, 30.0, 10.0, 0.1),
    ),
    "thermal, t2 > t1": (
        noise.thermal_relaxation(50.0, 80.0, 10.0),
        thermal_relaxation_error(50.0, 80.0, 10.0),
    ),
}
TWO_QUBIT = (noise.depolarizing(0.1, num_qubits=2), depolarizing_error(0.1, 2))
READOUT = (0.03, 0.08)


def test_aer_means_the_same_by_each_channel() -> None:
    for name, (ours, theirs) in ONE_QUBIT.items():
        found = np.array(Kraus(theirs.to_quantumchannel()).data)
        given = ours.superoperator()
        np.testing.assert_allclose(
            sum(np.kron(k, k.conj()) for k in found), given, atol=1e-8, err_msg=name
        )


@settings(max_examples=12)
@given(data=st.data(), kind=st.sampled_from(sorted(ONE_QUBIT)), readout=st.booleans())
def test_density_matrices_and_probabilities(data: st.DataObject, kind: str, readout: bool) -> None:
    n = data.draw(st.integers(2, 4))
    circuit, peer = tnsim.Circuit(n), QuantumCircuit(n)
    for _ in range(data.draw(st.integers(1, 8))):
        name = data.draw(st.sampled_from(["h", "sx", "rx", "rz", "cx", "cz", "rzz"]))
        angles = [data.draw(strategies.angles)] if name.startswith("r") else []
        size = 2 if name in ("cx", "cz", "rzz") else 1
        qubits = data.draw(strategies.qubit_lists(n, min_size=size, max_size=size))
        circuit.append(name, *angles, *qubits)
        getattr(peer, name)(*angles, *qubits)
    model, theirs = tnsim.NoiseModel(), NoiseModel()
    ours, error = ONE_QUBIT[kind]
    # Rules must hit something, so they are made for the gates that are there.
    for name in circuit.counts():
        pair = name in ("cx", "cz", "rzz")
        model.after(TWO_QUBIT[0] if pair else ours, gates=name)
        theirs.add_all_qubit_quantum_error(TWO_QUBIT[1] if pair else error, [name])
    if readout:
        model.readout(*READOUT)
    queries = {
        "rho": tnsim.ReducedDensityMatrix(range(n)),
        "p": tnsim.Probabilities(range(n)),
    }
    values = tnsim.run(circuit, queries, noise=model, memory="1GB").value
    rho = density_matrix(peer, theirs)
    np.testing.assert_allclose(values["rho"], rho, atol=1e-10)
    confusion = np.array([[1 - READOUT[0], READOUT[1]], [READOUT[0], 1 - READOUT[1]]])
    chances = np.diag(rho).real.reshape((2,) * n)
    for axis in range(n if readout else 0):
        chances = np.moveaxis(np.tensordot(confusion, chances, axes=(1, axis)), 0, axis)
    np.testing.assert_allclose(values["p"], chances.ravel(), atol=1e-10)


def density_matrix(circuit: QuantumCircuit, model: NoiseModel) -> Any:
    """Aer's final state with qubit 0 most significant; Aer's own order is the reverse."""
    saved = circuit.copy()
    saved.save_density_matrix()
    simulator = AerSimulator(method="density_matrix", noise_model=model)
    # Untranspiled, so that every gate is the one that the noise model names.
    data = np.asarray(simulator.run(saved).result().data()["density_matrix"])
    n = circuit.num_qubits
    axes = [*reversed(range(n)), *(n + k for k in reversed(range(n)))]
    return data.reshape((2,) * (2 * n)).transpose(axes).reshape(2**n, 2**n)


def test_readout_errors_agree_with_aers() -> None:
    theirs = ReadoutError([[1 - READOUT[0], READOUT[0]], [READOUT[1], 1 - READOUT[1]]])
    ours = noise.ReadoutError(*READOUT).confusion_matrix()
    assert pytest.approx(ours) == np.asarray(theirs.probabilities).T

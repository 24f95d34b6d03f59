"""A device's calibration with idle noise, against Aer's device model on the scheduled circuit."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import efficient_su2, qaoa_ansatz
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import SparsePauliOp
from qiskit.transpiler import PassManager
from qiskit.transpiler.passes import ASAPScheduleAnalysis, PadDelay, TimeUnitConversion
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel

from tests.circuit.dense_unitary import unitary_of
from tests.interop.dense_channel import reversed_qubits
from tests.interop.test_qiskit_circuits import matrix_of
from tests.oracle_circuits import final_state
from tnsim import interop
from tnsim.circuit.idling import idle_noise


@pytest.mark.parametrize("seed", range(3))
def test_scheduled_circuits_have_aers_density_matrix(seed: int) -> None:
    backend = GenericBackendV2(4, coupling_map=[[0, 1], [1, 2], [2, 3]], seed=seed)
    target = backend.target
    circuit = QuantumCircuit(4)
    generator = np.random.default_rng(seed)
    for _ in range(12):
        a = int(generator.integers(0, 3))
        circuit.ry(generator.random(), a)
        circuit.cx(a, a + 1)
    plain = transpile(circuit, backend, initial_layout=range(4), optimization_level=0)
    passes = [
        TimeUnitConversion(target=target),
        ASAPScheduleAnalysis(target=target),
        PadDelay(target=target),
    ]
    scheduled = PassManager(passes).run(plain)
    assert scheduled.count_ops()["delay"] > 3
    scheduled.save_density_matrix()
    model = NoiseModel.from_backend(backend)
    run = AerSimulator(method="density_matrix", noise_model=model).run(scheduled).result()
    wanted = reversed_qubits(np.asarray(run.data()["density_matrix"]))
    t1, t2 = interop.relaxation_from_target(target)
    durations = interop.durations_from_target(target)
    waiting = idle_noise(interop.from_qiskit(plain), durations=durations, t1=t1, t2=t2)
    noisy = interop.from_target(target).apply(waiting, allow_unused=True)
    np.testing.assert_allclose(final_state(noisy, {}), wanted, atol=1e-10)


def test_ansatz_circuits_with_vectors_of_parameters() -> None:
    cost = SparsePauliOp(["ZZI", "IZZ", "XIX"], [1.0, 0.5, 0.25])
    for theirs in (efficient_su2(3, reps=1), qaoa_ansatz(cost, reps=2)):
        ours = interop.from_qiskit(theirs)
        assert len(ours.parameters) == theirs.num_parameters
        values = {p.name: 0.1 + 0.2 * k for k, p in enumerate(theirs.parameters)}
        spelled = {interop_name(name): value for name, value in values.items()}
        found = unitary_of(ours, spelled)
        np.testing.assert_allclose(found, matrix_of(theirs, values), atol=1e-9)


def interop_name(name: str) -> str:
    """Qiskit's Greek letters in our words."""
    for letter, word in (("θ", "theta"), ("β", "beta"), ("γ", "gamma")):
        name = name.replace(letter, word)
    return name

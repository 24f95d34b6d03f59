"""Aer's noise models here, and ours in Aer: the same density matrix as Aer's own simulator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import Kraus, SuperOp
from qiskit_aer import AerSimulator
from qiskit_aer import noise as aer

import tnsim
from tests import strategies
from tests.interop.dense_channel import reversed_qubits
from tests.oracle_circuits import final_state
from tnsim import interop, noise
from tnsim.interop.small_channel import reversed_superoperator

S, X = np.diag([1, 1j]), np.array([[0, 1], [1, 0]])
ONE_QUBIT: dict[str, Any] = {
    "pauli": aer.pauli_error([("X", 0.02), ("Y", 0.03), ("Z", 0.05), ("I", 0.9)]),
    "depolarizing": aer.depolarizing_error(0.07, 1),
    "amplitude damping": aer.amplitude_damping_error(0.2, 0.3),
    "phase damping": aer.phase_damping_error(0.3),
    "phase amplitude": aer.phase_amplitude_damping_error(0.1, 0.2, 0.05),
    "relaxation, t2 < t1": aer.thermal_relaxation_error(50.0, 30.0, 10.0, 0.1),
    "relaxation, t2 > t1": aer.thermal_relaxation_error(50.0, 80.0, 10.0, 0.1),
    "reset": aer.reset_error(0.1, 0.05),
    "kraus": aer.kraus_error([np.diag([1, 0.6]), np.array([[0, 0.8], [0, 0]])]),
    "mixed unitary": aer.mixed_unitary_error([(S, 0.3), (X, 0.2), (np.eye(2), 0.5)]),
    "coherent": aer.coherent_unitary_error(np.array([[0.8, -0.6], [0.6, 0.8]])),
    "pauli, new class": aer.PauliError(["X", "I"], [0.1, 0.9]),
    "lindblad": aer.PauliLindbladError(["X", "Z"], [0.05, 0.1]),
}
TWO_QUBIT: dict[str, Any] = {
    "pauli": aer.pauli_error([("XY", 0.02), ("IZ", 0.03), ("II", 0.95)]),
    "depolarizing": aer.depolarizing_error(0.1, 2),
    "relaxation": aer.thermal_relaxation_error(50.0, 30.0, 10.0).tensor(
        aer.thermal_relaxation_error(50.0, 80.0, 5.0)
    ),
    "mixed unitary": aer.mixed_unitary_error([(np.kron(S, X), 0.3), (np.eye(4), 0.7)]),
    "kraus": aer.QuantumError(Kraus([np.sqrt(0.9) * np.eye(4), np.sqrt(0.1) * np.kron(X, S)])),
    "reset and pauli": aer.reset_error(0.1).tensor(aer.pauli_error([("Y", 0.1), ("I", 0.9)])),
    "lindblad": aer.PauliLindbladError(["XI", "ZY"], [0.05, 0.1]),
}
CORRELATED = noise.ReadoutError.from_matrix(np.eye(4)[::-1])
ERRORS = [*ONE_QUBIT.items(), *TWO_QUBIT.items()]


@pytest.mark.parametrize(("name", "error"), ERRORS)
def test_every_kind_of_error(name: str, error: Any) -> None:
    wanted = reversed_superoperator(SuperOp(error).data)
    channel = interop.from_aer_error(error)
    np.testing.assert_allclose(channel.superoperator(), wanted, atol=1e-12)
    back = reversed_superoperator(SuperOp(interop.to_aer_error(channel)).data)
    np.testing.assert_allclose(back, wanted, atol=1e-10)


@given(channel=strategies.channels_on(2, symbolic=False))
def test_every_channel_of_ours_out_and_back(channel: noise.Channel) -> None:
    theirs = interop.to_aer_error(channel)
    found = reversed_superoperator(SuperOp(theirs).data)
    np.testing.assert_allclose(found, channel.superoperator(), atol=1e-7)
    np.testing.assert_allclose(interop.from_aer_error(theirs).superoperator(), found, atol=1e-9)


def peer(circuit: QuantumCircuit, model: Any) -> Any:
    """Aer's final density matrix in our order of qubits."""
    saved = circuit.copy()
    saved.save_density_matrix()
    run = AerSimulator(method="density_matrix", noise_model=model).run(saved).result()
    return reversed_qubits(np.asarray(run.data()["density_matrix"]))


def ours(circuit: QuantumCircuit, model: Any, **options: Any) -> Any:
    noisy = interop.from_aer(model, **options).apply(
        interop.from_qiskit(circuit), allow_unused=True
    )
    return final_state(noisy, {})


@st.composite
def circuits(draw: st.DrawFn) -> QuantumCircuit:
    """Two to four qubits, gates with and without noise, resets."""
    n = draw(st.integers(2, 4))
    circuit = QuantumCircuit(n)
    names = ["h", "sx", "rx", "rz", "x", "cx", "cz", "rzz", "reset"]
    for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=10)):
        angles = [draw(strategies.angles)] if name.startswith("r") and name != "reset" else []
        size = 2 if name in {"cx", "cz", "rzz"} else 1
        qubits = draw(strategies.qubit_lists(n, min_size=size, max_size=size))
        getattr(circuit, name)(*angles, *qubits)
    return circuit


@settings(max_examples=15)
@given(data=st.data(), circuit=circuits())
def test_models_give_aers_density_matrix(data: st.DataObject, circuit: QuantumCircuit) -> None:
    model = aer.NoiseModel()
    n = circuit.num_qubits
    used: set[str] = set()
    for _ in range(data.draw(st.integers(1, 5))):
        size = data.draw(st.integers(1, 2))
        error = data.draw(st.sampled_from([e for _, e in ERRORS if e.num_qubits == size]))
        names = ["h", "sx", "rx", "reset"] if size == 1 else ["cx", "cz", "rzz"]
        some = data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
        if used & set(some) and (hasattr(error, "to_quantum_error") or "new" in used):
            continue  # Aer cannot run what it composes of its old and new classes.
        used |= {*some, *(["new"] if hasattr(error, "to_quantum_error") else [])}
        if data.draw(st.booleans()):
            model.add_all_qubit_quantum_error(error, some, warnings=False)
        else:
            where = data.draw(strategies.qubit_lists(n, min_size=size, max_size=size))
            model.add_quantum_error(error, some, where, warnings=False)
    wanted = peer(circuit, model)
    np.testing.assert_allclose(ours(circuit, model), wanted, atol=1e-10)
    # And out again: what Aer says of our model is the same.
    again = interop.to_aer(interop.from_aer(model), n)
    np.testing.assert_allclose(peer(circuit, again), wanted, atol=1e-7)


@settings(max_examples=10)
@given(data=st.data(), circuit=circuits())
def test_our_models_in_aer(data: st.DataObject, circuit: QuantumCircuit) -> None:
    n = circuit.num_qubits
    model = tnsim.NoiseModel()
    qubits = st.none() | strategies.qubit_lists(n)
    for _ in range(data.draw(st.integers(1, 3))):
        if data.draw(st.booleans()):
            channel = data.draw(strategies.one_qubit_channels(symbolic=False))
            some = data.draw(st.none() | st.just(["h", "cx", "reset"]))
            model.after(channel, gates=some, qubits=data.draw(qubits))
        else:
            channel = data.draw(strategies.two_qubit_channels(symbolic=False))
            model.after(channel, arity=2, qubits=data.draw(qubits))
    noisy = model.apply(interop.from_qiskit(circuit), allow_unused=True)
    found = peer(circuit, interop.to_aer(model, n))
    np.testing.assert_allclose(found, final_state(noisy, {}), atol=1e-7)


def test_measurements_and_readout() -> None:
    model = aer.NoiseModel()
    model.add_all_qubit_quantum_error(aer.reset_error(0.2), "measure")
    model.add_all_qubit_readout_error(aer.ReadoutError([[0.9, 0.1], [0.2, 0.8]]))
    model.add_readout_error(aer.ReadoutError([[1.0, 0.0], [0.3, 0.7]]), [2])
    circuit = QuantumCircuit(3, 3)
    circuit.rx(2.2, range(3))
    circuit.cx(0, 1)
    circuit.measure(range(3), range(3))
    theirs = interop.from_aer(model)
    read = tnsim.run(interop.from_qiskit(circuit), tnsim.Probabilities(range(3)), noise=theirs)
    shots = 400_000
    simulator = AerSimulator(method="density_matrix", noise_model=model, seed_simulator=5)
    counts = simulator.run(circuit, shots=shots).result().get_counts()
    found = np.array([counts.get(f"{k:03b}"[::-1], 0) / shots for k in range(8)])
    assert np.abs(found - read.value).max() < 5 * np.sqrt(0.25 / shots)
    back = interop.from_aer(interop.to_aer(theirs))
    again = tnsim.run(interop.from_qiskit(circuit), tnsim.Probabilities(range(3)), noise=back)
    np.testing.assert_allclose(again.value, read.value, atol=1e-10)


def test_a_backends_calibration() -> None:
    backend = GenericBackendV2(4, coupling_map=[[0, 1], [1, 2], [2, 3]], seed=3)
    for temperature in (0.0, 50.0):
        model = aer.NoiseModel.from_backend(backend, temperature=temperature)
        circuit = QuantumCircuit(4)
        for k in range(3):
            circuit.sx(k)
            circuit.rz(0.3 * k, k)
            circuit.cx(k, k + 1)
            circuit.x(k + 1)
        circuit.reset(0)
        wanted = peer(circuit, model)
        np.testing.assert_allclose(ours(circuit, model, delays="leave"), wanted, atol=1e-10)
        direct = interop.from_target(backend, temperature=temperature)
        noisy = direct.apply(interop.from_qiskit(circuit), allow_unused=True)
        np.testing.assert_allclose(final_state(noisy, {}), wanted, atol=1e-10)
        given_ = interop.from_aer(model, delays="leave")
        assert [r.qubits for r in direct.readout_rules] == [r.qubits for r in given_.readout_rules]
        for one, other in zip(direct.readout_rules, given_.readout_rules, strict=True):
            np.testing.assert_allclose(
                one.error.confusion_matrix(), other.error.confusion_matrix(), atol=1e-12
            )
    times = interop.durations_from_target(backend)
    assert times["cx", (0, 1)] == backend.target["cx"][0, 1].duration
    t1, t2 = interop.relaxation_from_target(backend.target)
    assert t1[2] == backend.target.qubit_properties[2].t1
    assert len(t2) == 4


def _passes() -> Any:
    return aer.NoiseModel.from_backend(GenericBackendV2(2, seed=1))


def _correlated() -> Any:
    model = aer.NoiseModel()
    model.add_readout_error(aer.ReadoutError(np.eye(4)[::-1]), [0, 1])
    return model


def _odd() -> Any:
    model = aer.NoiseModel()
    model.add_all_qubit_quantum_error(ONE_QUBIT["reset"], "odd")
    return model


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_odd, "noise on 'odd' cannot be converted"),
        (_correlated, r"readout error on qubits \(0, 1\)"),
        (_passes, "RelaxationNoisePass.*delays='leave'"),
        (tnsim.NoiseModel, "must be a NoiseModel of Aer"),
    ],
)
def test_what_cannot_come_in(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(tnsim.NoiseError, match=message):
        interop.from_aer(make())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda m, c: m.before(c, gates="x"), "stands after gates"),
        (lambda m, c: m.replace(c, gates="x"), "stands after gates"),
        (lambda m, c: m.after(c, where=noise.position(0)), "no rule by position"),
        (lambda m, c: m.after(c, gates="fsim"), "no rules for 'fsim'"),
        (lambda m, c: m.readout(CORRELATED, qubits=[0, 1]), "would leave out"),
        (lambda m, c: m.after(c, qubits=[1]), "needs `num_qubits`"),
        (lambda m, c: m.after(noise.bit_flip(tnsim.Parameter("p"))), "p is not bound"),
        (lambda m, c: m.after(noise.depolarizing(0.1, 2)), "narrow the rule by `arity`"),
    ],
)
def test_what_cannot_go_out(make: Callable[[Any, Any], Any], message: str) -> None:
    model = tnsim.NoiseModel()
    make(model, noise.bit_flip(0.1))
    with pytest.raises(tnsim.NoiseError, match=message):
        interop.to_aer(model)


def test_errors_that_are_no_channel() -> None:
    with pytest.raises(tnsim.NoiseError):
        interop.from_aer_error(aer.PauliError(["X", "I"], [-0.1, 1.1]))
    with pytest.raises(tnsim.NoiseError, match="`error` must be"):
        interop.from_aer_error(np.eye(4))

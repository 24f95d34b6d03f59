"""Relaxation of waiting qubits against a walk row by row, and against Qiskit and Aer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tnsim
from tests import strategies
from tests.circuit.schedule_walk import durations_of, walked
from tests.circuit.scheduled_peers import random_peer, scheduled
from tests.oracle_circuits import final_state
from tnsim import noise
from tnsim.circuit.idling import idle_noise

T1, T2, EXCITED = [50.0, 80.0, math.inf, 40.0], [70.0, 60.0, 30.0, 40.0], [0.0, 0.1, 0.0, 0.2]


def woven(circuit: tnsim.Circuit, durations: dict[Any, float]) -> tnsim.Circuit:
    """The same by calls, one instruction after another."""
    _, wait, ready = walked(circuit, durations)
    total, entry = max(ready), 0
    result = tnsim.Circuit(circuit.num_qubits)

    def relax(qubit: int, time: float) -> None:
        if time > 1e-9:
            result.channel(
                noise.thermal_relaxation(T1[qubit], T2[qubit], time, EXCITED[qubit]), qubit
            )

    for row in circuit:
        for qubit in row.qubits:
            relax(qubit, wait[entry])
            entry += 1
        if row.operation.matrix is not None:
            result.unitary(row.operation.matrix, *row.qubits)
        elif row.operation.kind == "barrier":
            result.barrier(*row.qubits)
        else:
            result.append(row.name, *row.angles, *row.qubits)
    for qubit in range(circuit.num_qubits):
        relax(qubit, total - ready[qubit])
    return result


@given(
    circuit=strategies.circuits(
        max_qubits=4, resets=True, max_gates=10, numbers=st.floats(0.0, 3.0)
    )
)
def test_density_matrices_are_those_of_a_walk(circuit: tnsim.Circuit) -> None:
    durations = durations_of(circuit)
    n = circuit.num_qubits
    noisy = idle_noise(
        circuit, durations=durations, t1=T1[:n], t2=T2[:n], excited_population=EXCITED[:n]
    )
    wanted = final_state(woven(circuit, durations), {})
    np.testing.assert_allclose(final_state(noisy, {}), wanted, atol=1e-12)


def test_density_matrices_are_aers() -> None:
    pytest.importorskip("qiskit_aer", reason="the peer of idle noise")
    from qiskit.circuit import Delay
    from qiskit.transpiler import PassManager
    from qiskit_aer import AerSimulator
    from qiskit_aer.noise import RelaxationNoisePass

    from tests.interop.dense_channel import reversed_qubits
    from tnsim.interop import from_qiskit

    times = {"h": 40, "cx": 300, "x": 50, "ry": 45}
    t1, t2 = [900.0, 1500.0, 700.0], [800.0, 500.0, 1400.0]
    relaxation = PassManager([RelaxationNoisePass(t1, t2, dt=1.0, op_types=Delay)])
    for seed in range(5):
        peer = random_peer(seed, 3, 14, ["h", "ry", "cx", "x"])
        ours = idle_noise(from_qiskit(peer), durations=times, t1=t1, t2=t2)
        padded, _ = scheduled(peer, times)
        theirs = relaxation.run(padded)
        assert theirs.count_ops()["delay"] == ours.counts()["thermal_relaxation"]
        theirs.save_density_matrix()
        run = AerSimulator(method="density_matrix").run(theirs).result()
        wanted = reversed_qubits(np.asarray(run.data()["density_matrix"]))
        np.testing.assert_allclose(final_state(ours, {}), wanted, atol=1e-10)


def test_measured_qubits_rest_and_noise_models_go_on_top() -> None:
    c = tnsim.Circuit(2).h(0).measure(0).x(1).x(1)
    noisy = idle_noise(c, durations={"h": 1.0, "x": 5.0, "measure": 2.0}, t1=9.0, t2=9.0)
    assert noisy.counts() == {"x": 2, "h": 1, "measure": 1}
    held = idle_noise(c, durations={"h": 1.0, "x": 1.0, "measure": 20.0}, t1=9.0, t2=9.0)
    assert [str(i) for i in held][-1] == "thermal_relaxation(19) 1"
    model = tnsim.NoiseModel().after(noise.bit_flip(0.1), gates="x").readout(0.1, 0.2)
    assert model.apply(held).counts()["bit_flip"] == 2
    assert idle_noise(
        model.apply(c), durations={"h": 1.0, "x": 1.0, "measure": 20.0}, t1=9.0, t2=9.0
    ).readout


def test_parameters_and_gradients() -> None:
    t1, t2 = tnsim.Parameter("t1"), tnsim.Parameter("t2")
    c = tnsim.Circuit(2).x([0, 1, 1, 1])
    noisy = idle_noise(c, durations={"x": 10.0}, t1=t1, t2=t2)
    assert noisy.parameters == ("t1", "t2")
    program = tnsim.compile(noisy, tnsim.Expectation("Z0"))
    value, slope = program.value_and_grad({"t1": 30.0, "t2": 25.0})
    decayed = math.exp(-20 / 30)
    assert value == pytest.approx(1 - 2 * decayed)
    assert slope["t1"] == pytest.approx(-2 * decayed * 20 / 900)


def test_one_operation_for_many_times() -> None:
    generator = np.random.default_rng(0)
    a = generator.integers(0, 20, 40_000)
    c = tnsim.Circuit(20).rzz(1.0, a, (a + generator.integers(1, 20, 40_000)) % 20)
    times: dict[Any, float] = {"rzz": 1.0} | {("rzz", (0, q)): 1.0 + 0.01 * q for q in range(20)}
    noisy = idle_noise(c, durations=times, t1=100.0, t2=90.0)
    assert len(noisy.operations) == len(c.operations) + 1
    assert noisy == tnsim.Circuit.from_dict(noisy.to_dict())


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"t1": 1.0, "t2": 3.0}, tnsim.NoiseError, "t2"),
        ({"t1": [1.0], "t2": 1.0}, tnsim.NoiseError, "one for each of 2 qubits"),
        ({"t1": None, "t2": 1.0}, tnsim.NoiseError, "`t1` must be a number"),
        ({"t1": 1.0, "t2": 1.0, "durations": {}}, tnsim.CircuitError, "add 'x'"),
    ],
)
def test_bad_constants(options: Any, error: type[Exception], message: str) -> None:
    given_ = {"durations": {"x": 1.0}} | options
    with pytest.raises(error, match=message):
        idle_noise(tnsim.Circuit(2).x(0), **given_)

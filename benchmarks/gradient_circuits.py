"""Gradients put to tnsim and to its peers; every function returns a value and its stages.

The noisy circuit: n qubits, L layers; each layer RY, RZ with their own angle on every qubit, then
a CZ ladder; after every gate, on each of its qubits, X, Y and Z with probability 0.001 each; the
cost is the sum of Z_i Z_i+1. The Ising circuit: layers of RX on every qubit and RZZ along the
line, without noise; the cost is the energy of the transverse-field Ising chain.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = [
    "ising_lightning",
    "ising_tnsim",
    "noisy_pennylane",
    "noisy_qibo",
    "noisy_tensorcircuit",
    "noisy_tnsim",
]

PAULI = 1e-3


def angles_of(count: int) -> np.ndarray:
    """The same angles for everyone."""
    return np.random.default_rng(7).uniform(0.1, 1.2, count)


def timed(call: Callable[[], Any], begin: float, repeats: int) -> dict[str, Any]:
    """The first call with all that precedes it since `begin`, then the median of further ones."""
    value, gradient = call()
    first = time.perf_counter() - begin
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    norm = float(np.sqrt(np.sum(np.abs(np.asarray(gradient)) ** 2)))
    return {
        "value": float(value),
        "stages": {
            "with compiling": first,
            "a gradient": float(np.median(seconds)),
            "gradient's norm": norm,
        },
    }


def noisy_tnsim(qubits: int, layers: int, memory: str, repeats: int) -> dict[str, Any]:
    """Our gradient on NumPy."""
    import tnsim

    begin = time.perf_counter()
    names = [f"t{k}" for k in range(2 * qubits * layers)]
    symbols = [tnsim.Parameter(name) for name in names]
    circuit = tnsim.Circuit(qubits)
    for layer in range(layers):
        some = symbols[2 * qubits * layer : 2 * qubits * (layer + 1)]
        circuit.ry(some[:qubits], range(qubits))
        circuit.rz(some[qubits:], range(qubits))
        for a in range(qubits - 1):
            circuit.cz(a, a + 1)
    noise = tnsim.NoiseModel()
    channel = tnsim.noise.pauli(PAULI, PAULI, PAULI)
    noise.after(channel, arity=1)
    noise.after(channel.tensor(channel), arity=2)
    cost = tnsim.Expectation({f"Z{a} Z{a + 1}": 1.0 for a in range(qubits - 1)})
    program = tnsim.compile(circuit, cost, noise=noise, memory=memory, gradient=True, cache=False)
    params = dict(zip(names, angles_of(len(names)).tolist(), strict=True))

    def call() -> Any:
        value, gradient = program.value_and_grad(params)
        return value, [gradient[name] for name in names]

    return timed(call, begin, repeats)


def noisy_pennylane(qubits: int, layers: int, repeats: int) -> dict[str, Any]:
    """PennyLane's default.mixed under JAX, compiled."""
    import jax
    import pennylane as qml

    jax.config.update("jax_enable_x64", True)
    begin = time.perf_counter()
    device = qml.device("default.mixed", wires=qubits)

    def pauli(*wires: int) -> None:
        for wire in wires:
            qml.DepolarizingChannel(3 * PAULI, wires=wire)

    def cost(angles: Any) -> Any:
        for layer in range(layers):
            for half, gate in enumerate((qml.RY, qml.RZ)):
                for q in range(qubits):
                    gate(angles[2 * qubits * layer + qubits * half + q], wires=q)
                    pauli(q)
            for a in range(qubits - 1):
                qml.CZ(wires=[a, a + 1])
                pauli(a, a + 1)
        terms = [qml.PauliZ(a) @ qml.PauliZ(a + 1) for a in range(qubits - 1)]
        return qml.expval(qml.Hamiltonian([1.0] * len(terms), terms))

    node = qml.QNode(cost, device, interface="jax", diff_method="backprop")
    both = jax.jit(jax.value_and_grad(lambda angles: node(angles).real))
    angles = jax.numpy.asarray(angles_of(2 * qubits * layers))
    return timed(lambda: jax.block_until_ready(both(angles)), begin, repeats)


def noisy_qibo(qubits: int, layers: int, repeats: int) -> dict[str, Any]:
    """qibo's density matrix under TensorFlow's GradientTape, built anew for every gradient."""
    import qibo
    import tensorflow as tf
    from qibo import gates, hamiltonians
    from qibo.symbols import Z

    begin = time.perf_counter()
    qibo.set_backend("qiboml", platform="tensorflow")
    cost = hamiltonians.SymbolicHamiltonian(sum(Z(a) * Z(a + 1) for a in range(qubits - 1)))
    channel = [("X", PAULI), ("Y", PAULI), ("Z", PAULI)]
    start = angles_of(2 * qubits * layers)

    def circuit_of(angles: Any) -> Any:
        circuit = qibo.Circuit(qubits, density_matrix=True)
        for layer in range(layers):
            for half, gate in enumerate((gates.RY, gates.RZ)):
                for q in range(qubits):
                    circuit.add(gate(q, theta=angles[2 * qubits * layer + qubits * half + q]))
                    circuit.add(gates.PauliNoiseChannel(q, channel))
            for a in range(qubits - 1):
                circuit.add(gates.CZ(a, a + 1))
                circuit.add(gates.PauliNoiseChannel(q, channel) for q in (a, a + 1))
        return circuit

    def call() -> Any:
        angles = tf.Variable(start)
        with tf.GradientTape() as tape:
            state = circuit_of(angles)().state()
            value = tf.math.real(cost.expectation(state))
        return value, tf.convert_to_tensor(tape.gradient(value, angles))

    return timed(call, begin, repeats)


def noisy_tensorcircuit(qubits: int, layers: int, repeats: int) -> dict[str, Any]:
    """TensorCircuit-NG's DMCircuit under JAX, planned by cotengra, compiled."""
    import cotengra
    import jax
    import tensorcircuit as tc

    tc.set_backend("jax")
    tc.set_dtype("complex128")
    optimizer = cotengra.ReusableHyperOptimizer(
        methods=["greedy", "labels"], minimize="combo", max_time=30, max_repeats=64, parallel=False
    )
    tc.set_contractor("custom", optimizer=optimizer, preprocessing=True)
    begin = time.perf_counter()

    def cost(angles: Any) -> Any:
        circuit = tc.DMCircuit(qubits)

        def pauli(*wires: int) -> None:
            for wire in wires:
                circuit.depolarizing(wire, px=PAULI, py=PAULI, pz=PAULI)

        for layer in range(layers):
            for half, gate in enumerate((circuit.ry, circuit.rz)):
                for q in range(qubits):
                    gate(q, theta=angles[2 * qubits * layer + qubits * half + q])
                    pauli(q)
            for a in range(qubits - 1):
                circuit.cz(a, a + 1)
                pauli(a, a + 1)
        terms = [circuit.expectation_ps(z=[a, a + 1]) for a in range(qubits - 1)]
        return jax.numpy.real(sum(terms))

    both = jax.jit(jax.value_and_grad(cost))
    angles = jax.numpy.asarray(angles_of(2 * qubits * layers))
    return timed(lambda: jax.block_until_ready(both(angles)), begin, repeats)


def ising_tnsim(qubits: int, layers: int, memory: str, repeats: int) -> dict[str, Any]:
    """Our gradient of the Ising chain's energy."""
    import tnsim

    begin = time.perf_counter()
    names = [f"t{k}" for k in range((2 * qubits - 1) * layers)]
    symbols = iter([tnsim.Parameter(name) for name in names])
    circuit = tnsim.Circuit(qubits)
    circuit.h(range(qubits))
    for _ in range(layers):
        circuit.rzz([next(symbols) for _ in range(qubits - 1)], range(qubits - 1), range(1, qubits))
        circuit.rx([next(symbols) for _ in range(qubits)], range(qubits))
    energy = {f"Z{a} Z{a + 1}": -1.0 for a in range(qubits - 1)}
    energy |= {f"X{a}": -1.0 for a in range(qubits)}
    program = tnsim.compile(
        circuit, tnsim.Expectation(energy), memory=memory, gradient=True, cache=False
    )
    params = dict(zip(names, angles_of(len(names)).tolist(), strict=True))

    def call() -> Any:
        value, gradient = program.value_and_grad(params)
        return value, [gradient[name] for name in names]

    return timed(call, begin, repeats)


def ising_lightning(qubits: int, layers: int, repeats: int) -> dict[str, Any]:
    """PennyLane's lightning.qubit with its adjoint method."""
    import pennylane as qml
    from pennylane import numpy as pnp

    begin = time.perf_counter()
    device = qml.device("lightning.qubit", wires=qubits)
    terms = [qml.PauliZ(a) @ qml.PauliZ(a + 1) for a in range(qubits - 1)]
    terms += [qml.PauliX(a) for a in range(qubits)]
    energy = qml.Hamiltonian([-1.0] * len(terms), terms)

    def cost(angles: Any) -> Any:
        for q in range(qubits):
            qml.Hadamard(wires=q)
        k = 0
        for _ in range(layers):
            for a in range(qubits - 1):
                qml.IsingZZ(angles[k], wires=[a, a + 1])
                k += 1
            for q in range(qubits):
                qml.RX(angles[k], wires=q)
                k += 1
        return qml.expval(energy)

    node = qml.QNode(cost, device, diff_method="adjoint")
    gradient = qml.grad(node)
    angles = pnp.array(angles_of((2 * qubits - 1) * layers), requires_grad=True)

    def call() -> Any:
        found = gradient(angles)
        return gradient.forward, found

    return timed(call, begin, repeats)

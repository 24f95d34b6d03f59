"""Lines of tensors: a brickwork of random gates, noisy means of every qubit, a thousand qubits.

Stages are CPU seconds; "evolve" leaves out what is compiled at first use, which the contenders do
on a small circuit before.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .common import Contender, measure, report

__all__ = ["main"]

GOAL = "goal: the fidelity of quimb in at most half its time, and less time than Aer"
NOISY_GOAL = (
    "goal: every <Z> to 1e-2 in at most a fifth of the time of 2000 trajectories of Aer and of "
    "mqt.yaqs; it is asked for few of them, and its evolve stage is scaled to 2000"
)
LARGE_GOAL = "goal: in one process below 2 GB, with its error"

Gate = tuple[NDArray[Any], int, int]


def brickwork(n: int, depth: int, seed: int) -> list[list[Gate]]:
    """Layers of Haar-random gates on neighbours, even and odd pairs in turn."""
    generator = np.random.default_rng(seed)
    layers = []
    for layer in range(depth):
        gates = []
        for q in range(layer % 2, n - 1, 2):
            matrix = generator.normal(size=(4, 4)) + 1j * generator.normal(size=(4, 4))
            unitary, upper = np.linalg.qr(matrix)
            phases = np.diagonal(upper) / np.abs(np.diagonal(upper))
            gates.append((unitary * phases, q, q + 1))
        layers.append(gates)
    return layers


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What `work` returns, and its CPU seconds."""
    begin = time.process_time()
    found = work()
    return found, time.process_time() - begin


def brickwork_ours(n: int, depth: int, bond: int) -> dict[str, Any]:
    """tnsim; the value is the estimate of the fidelity."""
    import scipy.linalg.lapack  # noqa: F401

    import tnsim
    from tnsim.engines.mps import MPS, LineEngine
    from tnsim.engines.mps.decompositions import Truncation
    from tnsim.engines.settings import Settings

    layers = brickwork(n, depth, 5)

    def evolved(depth: int, most: int) -> float:
        circuit = tnsim.Circuit(n)
        for layer in layers[:depth]:
            for matrix, a, b in layer:
                circuit.unitary(matrix, a, b)
        leaf = tnsim.Samples(1)
        settings = Settings(budget=2 * 10**9, dtype="complex128")
        options = MPS(max_bond=most, picture="schrodinger", order="given")
        runner = LineEngine.prepare(circuit, [leaf], settings, options).runner
        return math.exp(runner.at({}, Truncation(most, 0.0), [leaf], None).log_kept[leaf])

    evolved(6, 16)
    value, seconds = timed(lambda: evolved(depth, bond))
    return {"value": value, "stages": {"evolve": seconds}}


def brickwork_quimb(n: int, depth: int, bond: int) -> dict[str, Any]:
    """quimb's CircuitMPS; the value is its estimate of the fidelity."""
    import quimb.tensor as qtn

    layers = brickwork(n, depth, 5)

    def evolved(depth: int, most: int) -> float:
        circuit = qtn.CircuitMPS(n, max_bond=most, cutoff=0.0)
        for layer in layers[:depth]:
            for matrix, a, b in layer:
                circuit.apply_gate_raw(matrix, (a, b))
        return float(circuit.fidelity_estimate())

    evolved(6, 16)
    value, seconds = timed(lambda: evolved(depth, bond))
    return {"value": value, "stages": {"evolve": seconds}}


def brickwork_aer(n: int, depth: int, bond: int) -> dict[str, Any]:
    """Aer's MPS, one shot of all qubits; it tells no fidelity."""
    from qiskit import QuantumCircuit
    from qiskit.circuit.library import UnitaryGate
    from qiskit_aer import AerSimulator

    circuit = QuantumCircuit(n)
    for layer in brickwork(n, depth, 5):
        for matrix, a, b in layer:
            circuit.append(UnitaryGate(matrix), [b, a])
    circuit.measure_all()
    simulator = AerSimulator(
        method="matrix_product_state",
        matrix_product_state_max_bond_dimension=bond,
        max_memory_mb=10**8,  # it counts an untruncated state otherwise, and refuses
        max_parallel_threads=1,
    )
    result, seconds = timed(lambda: simulator.run(circuit, shots=1, seed_simulator=1).result())
    return {"value": str(result.status), "stages": {"evolve": seconds}}


def turns(n: int, depth: int) -> NDArray[np.float64]:
    """The angles of the noisy circuit, (depth, n, 3)."""
    return np.random.default_rng(3).uniform(0, 2 * np.pi, (depth, n, 3))


def means_ours(n: int, depth: int, strength: float) -> dict[str, Any]:
    """<Z> of every qubit to 1e-2 with its error; the value is the one in the middle."""
    import tnsim
    from tnsim.engines.mps import MPDO, LineEngine
    from tnsim.engines.settings import Settings

    circuit = tnsim.Circuit(n)
    for layer, angles in enumerate(turns(n, depth)):
        for q, three in enumerate(angles.tolist()):
            circuit.u(*three, q)
        left = np.arange(layer % 2, n - 1, 2)
        circuit.cx(left, left + 1)
        circuit.channel(tnsim.noise.depolarizing(strength, 2), left, left + 1)
    leaves = [tnsim.Expectation(f"Z{q}") for q in range(n)]
    settings = Settings(budget=2 * 10**9, dtype="complex128")
    engine = LineEngine.prepare(circuit, leaves, settings, MPDO(target_error=1e-2))
    found, seconds = timed(lambda: engine.run({}))
    errors = [float(found[leaf].error) for leaf in leaves]
    return {
        "value": float(found[leaves[n // 2]].value),
        "stages": {"evolve": seconds, "largest error": max(errors)},
    }


def means_aer(n: int, depth: int, strength: float, shots: int) -> dict[str, Any]:
    """The same by trajectories on Aer's MPS."""
    from qiskit import QuantumCircuit
    from qiskit.quantum_info import SparsePauliOp
    from qiskit_aer import AerSimulator
    from qiskit_aer.noise import NoiseModel, depolarizing_error

    circuit = QuantumCircuit(n)
    for layer, angles in enumerate(turns(n, depth)):
        for q, three in enumerate(angles.tolist()):
            circuit.u(*three, q)
        for q in range(layer % 2, n - 1, 2):
            circuit.cx(q, q + 1)
    for q in range(n):
        circuit.save_expectation_value(SparsePauliOp("Z"), [q], label=f"z{q}")
    model = NoiseModel()
    model.add_all_qubit_quantum_error(depolarizing_error(strength, 2), ["cx"])
    simulator = AerSimulator(
        method="matrix_product_state",
        noise_model=model,
        matrix_product_state_max_bond_dimension=64,
        max_parallel_threads=1,
    )
    result, seconds = timed(lambda: simulator.run(circuit, shots=shots, seed_simulator=1).result())
    return {
        "value": float(result.data()[f"z{n // 2}"]),
        "stages": {"evolve": seconds, "largest error": 1 / math.sqrt(shots)},
    }


def means_yaqs(n: int, depth: int, strength: float, shots: int, run: int) -> dict[str, Any]:
    """The same by tensor jumps of mqt.yaqs: `run` trajectories, their time scaled to `shots`.

    Its noise is a Lindblad equation over a unit of time after each gate. All fifteen Pauli strings
    at one rate r let each string decay by exp(-16 r), which is depolarizing noise.
    """
    from mqt.yaqs import DigitalSimParams, NoiseModel, Observable, Simulator, State
    from qiskit import QuantumCircuit

    circuit = QuantumCircuit(n)
    for layer, angles in enumerate(turns(n, depth)):
        for q, three in enumerate(angles.tolist()):
            circuit.u(*three, q)
        for q in range(layer % 2, n - 1, 2):
            circuit.cx(q, q + 1)
    rate = -math.log1p(-strength) / 16
    processes: list[dict[str, Any]] = [
        {"name": f"pauli_{a}", "sites": [q], "strength": rate} for q in range(n) for a in "xyz"
    ]
    processes += [
        {"name": f"crosstalk_{a}{b}", "sites": [q, q + 1], "strength": rate}
        for q in range(n - 1)
        for a in "xyz"
        for b in "xyz"
    ]
    parameters = DigitalSimParams(
        observables=[Observable("z", q) for q in range(n)],
        num_traj=run,
        max_bond_dim=64,
        random_seed=1,
    )
    simulator = Simulator(parallel=False, show_progress=False)
    model = NoiseModel(processes)
    result, seconds = timed(lambda: simulator.run(State(n), circuit, parameters, model))
    value = np.asarray(result.expectation_values[n // 2]).reshape(-1)[-1]
    return {
        "value": float(value.real),
        "stages": {"evolve": seconds * shots / run, "largest error": 1 / math.sqrt(run)},
    }


def large_ours(n: int, depth: int, bond: int) -> dict[str, Any]:
    """<Z> of every qubit of a noisy kicked chain; the value is the one in the middle."""
    import tnsim
    from tnsim.engines.mps import MPDO, LineEngine
    from tnsim.engines.settings import Settings

    circuit = tnsim.Circuit(n)
    for layer in range(depth):
        circuit.rx(0.4, range(n)).rz(0.3, range(n))
        left = np.arange(layer % 2, n - 1, 2)
        circuit.rzz(0.5, left, left + 1)
        circuit.channel(tnsim.noise.depolarizing(0.005, 2), left, left + 1)
    leaves = [tnsim.Expectation(f"Z{q}") for q in range(n)]
    settings = Settings(budget=10**9, dtype="complex128")
    options = MPDO(max_bond=bond, picture="schrodinger")
    engine = LineEngine.prepare(circuit, leaves, settings, options)
    found, seconds = timed(lambda: engine.run({}))
    middle = found[leaves[n // 2]]
    return {
        "value": float(middle.value),
        "stages": {"evolve": seconds, "largest error": float(middle.error)},
    }


def main() -> None:
    """Measure and print."""
    for bond in (64, 128):
        work = {"n": 64, "depth": 16, "bond": bond}
        contenders = [
            Contender("tnsim", "benchmarks.mps:brickwork_ours", ("tnsim",), work, "tnsim"),
            Contender("quimb", "benchmarks.mps:brickwork_quimb", ("quimb",), work, "quimb"),
            Contender(
                "Aer", "benchmarks.mps:brickwork_aer", ("qiskit_aer",), work, "qiskit-aer", 1
            ),
        ]
        report(f"brickwork of 64 qubits, bond {bond}", measure(contenders), goal=GOAL)
    noisy = {"n": 50, "depth": 10, "strength": 0.005}
    contenders = [
        Contender("tnsim", "benchmarks.mps:means_ours", ("tnsim",), noisy, "tnsim"),
        Contender(
            "Aer",
            "benchmarks.mps:means_aer",
            ("qiskit_aer",),
            {**noisy, "shots": 2000},
            "qiskit-aer",
            1,
        ),
        Contender(
            "mqt.yaqs",
            "benchmarks.mps:means_yaqs",
            ("mqt.yaqs", "qiskit"),
            {**noisy, "shots": 2000, "run": 20},
            "mqt-yaqs",
            1,
        ),
    ]
    report("noisy means of 50 qubits", measure(contenders), goal=NOISY_GOAL)
    large = {"n": 1000, "depth": 50, "bond": 32}
    contenders = [Contender("tnsim", "benchmarks.mps:large_ours", ("tnsim",), large, "tnsim", 1)]
    report("a thousand noisy qubits", measure(contenders), goal=LARGE_GOAL)


if __name__ == "__main__":
    main()

"""A million swaps on twenty qubits: built, rewritten in CX, read from a file, and dropped."""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .common import Contender, measure, report
from .worker import forget_peak, peak_bytes, status_bytes

__all__ = ["main"]

COUNT, QUBITS = 1_000_000, 20
GOALS = {
    "build": "goal: call by call 0.15 of Qiskit's time and 12 bytes a gate; as arrays below 50 ms",
    "unroll": "goal: 0.02 of Qiskit's transpile at level 0, 40 MB",
    "read": "goal: no slower than qasm2.load, 60 MB beside the file's 16 MB",
    "drop": "goal: within 10 MB of the start",
}


def pairs() -> tuple[list[int], list[int]]:
    """The qubits of the swaps."""
    generator = np.random.default_rng(1)
    first = generator.integers(0, QUBITS, COUNT)
    second = (first + generator.integers(1, QUBITS, COUNT)) % QUBITS
    return first.tolist(), second.tolist()


def timed(work: Callable[[], Any], size: Callable[[Any], Any] = len) -> dict[str, Any]:
    """CPU seconds of the work alone, what it made, and what is left when it is dropped."""
    gc.collect()
    base = status_bytes("VmRSS") or 0
    forget_peak()
    begin = time.process_time()
    made = work()
    seconds = time.process_time() - begin
    peak = peak_bytes() - base
    held = (status_bytes("VmRSS") or 0) - base
    value = size(made)
    del made
    gc.collect()
    left = (status_bytes("VmRSS") or 0) - base
    stages = {
        "work": seconds,
        "MB at most": peak / 1e6,
        "MB held": held / 1e6,
        "MB left": left / 1e6,
    }
    return {"value": value, "stages": stages}


def build_ours() -> dict[str, Any]:
    """A call for each swap."""
    import tnsim

    a, b = pairs()

    def work() -> Any:
        circuit = tnsim.Circuit(QUBITS)
        for x, y in zip(a, b, strict=True):
            circuit.swap(x, y)
        return circuit

    return timed(work)


def build_ours_arrays() -> dict[str, Any]:
    """One call with two arrays."""
    import tnsim

    a, b = map(np.array, pairs())
    return timed(lambda: tnsim.Circuit(QUBITS).swap(a, b))


def build_qiskit() -> dict[str, Any]:
    """A call for each swap."""
    from qiskit import QuantumCircuit

    a, b = pairs()

    def work() -> Any:
        circuit = QuantumCircuit(QUBITS)
        for x, y in zip(a, b, strict=True):
            circuit.swap(x, y)
        return circuit

    return timed(work)


def build_pytket() -> dict[str, Any]:
    """A call for each swap."""
    from pytket import Circuit

    a, b = pairs()

    def work() -> Any:
        circuit = Circuit(QUBITS)
        for x, y in zip(a, b, strict=True):
            circuit.SWAP(x, y)
        return circuit

    return timed(work, lambda made: made.n_gates)


def build_tensorcircuit() -> dict[str, Any]:
    """A call for each swap; a hundredth of them, since every one grows the network."""
    import tensorcircuit as tc

    a, b = pairs()

    def work() -> Any:
        circuit = tc.Circuit(QUBITS)
        for x, y in zip(a[: COUNT // 100], b[: COUNT // 100], strict=True):
            circuit.swap(x, y)
        return circuit

    return timed(work, lambda made: made.gate_count())


def build_stim() -> dict[str, Any]:
    """From its text."""
    import stim

    text = "\n".join(f"SWAP {x} {y}" for x, y in zip(*pairs(), strict=True))
    return timed(lambda: stim.Circuit(text))


def unroll_ours() -> dict[str, Any]:
    """Swaps in CX."""
    import tnsim

    circuit = tnsim.Circuit(QUBITS).swap(*map(np.array, pairs()))
    return timed(lambda: circuit.unroll({"cx", "u"}))


def unroll_qiskit() -> dict[str, Any]:
    """transpile at level 0."""
    from qiskit import QuantumCircuit, transpile

    circuit = QuantumCircuit(QUBITS)
    for x, y in zip(*pairs(), strict=True):
        circuit.swap(x, y)
    return timed(lambda: transpile(circuit, basis_gates=["cx", "u"], optimization_level=0))


def unroll_pytket() -> dict[str, Any]:
    """The rebase pass."""
    from pytket import Circuit, OpType
    from pytket.passes import AutoRebase

    circuit = Circuit(QUBITS)
    for x, y in zip(*pairs(), strict=True):
        circuit.SWAP(x, y)

    def work() -> Any:
        AutoRebase({OpType.CX, OpType.TK1}).apply(circuit)
        return circuit

    return timed(work, lambda made: made.n_gates)


def program() -> Path:
    """The OpenQASM 2 file."""
    lines = ["OPENQASM 2.0;", 'include "qelib1.inc";', f"qreg q[{QUBITS}];"]
    lines += [f"swap q[{x}],q[{y}];" for x, y in zip(*pairs(), strict=True)]
    path = Path(tempfile.gettempdir()) / "swaps.qasm"
    path.write_text("\n".join([*lines, ""]))
    return path


def read_ours() -> dict[str, Any]:
    """Circuit.from_qasm."""
    import tnsim

    path = program()
    return timed(lambda: tnsim.Circuit.from_qasm(path))


def read_qiskit() -> dict[str, Any]:
    """qasm2.load."""
    import qiskit.qasm2

    path = program()
    gates = qiskit.qasm2.LEGACY_CUSTOM_INSTRUCTIONS
    return timed(lambda: qiskit.qasm2.load(path, custom_instructions=gates))


def line_ours() -> dict[str, Any]:
    """A hundred layers on a million qubits: the light cone of one, and its noisy <Z>."""
    import tnsim

    n, stages = 1_000_000, {}
    begin = time.process_time()
    circuit = tnsim.Circuit(n)
    for layer in range(100):
        left = np.arange(layer % 2, n - 1, 2)
        circuit.rx(0.3, range(n)).rzz(0.4, left, left + 1)
    stages["build"] = time.process_time() - begin
    begin = time.process_time()
    cone = circuit.lightcone(n // 2)
    stages["light cone"] = time.process_time() - begin
    begin = time.process_time()
    noise = tnsim.NoiseModel().after(tnsim.noise.depolarizing(0.01, num_qubits=2), arity=2)
    query = tnsim.Expectation(f"Z{n // 2}")
    found = tnsim.run(cone, query, noise=noise, method=tnsim.MPDO(max_bond=32), memory="1GB")
    stages |= {"value": time.process_time() - begin, "error": float(found.error)}
    return {"value": float(found.value), "stages": stages}


def contender(name: str, function: str, package: str, *, repeats: int = 3) -> Contender:
    """A contender whose package is imported first."""
    # `import tnsim` loads nothing else; the others load what builds a circuit with their page.
    homes = {
        "pytket": "pytket.passes",
        "tensorcircuit-ng": "tensorcircuit",
        "tnsim": "tnsim.circuit",
    }
    module = homes.get(package, package)
    return Contender(name, f"benchmarks.scale:{function}", ("numpy", module), {}, package, repeats)


def main() -> None:
    """Measure and print."""
    build = [
        contender("Qiskit", "build_qiskit", "qiskit"),
        contender("pytket", "build_pytket", "pytket", repeats=1),
        contender("stim, from text", "build_stim", "stim"),
        contender(
            "TensorCircuit-NG, a hundredth", "build_tensorcircuit", "tensorcircuit-ng", repeats=1
        ),
        contender("tnsim, call by call", "build_ours", "tnsim"),
        contender("tnsim, arrays", "build_ours_arrays", "tnsim"),
    ]
    goal = f"{GOALS['build']}; {GOALS['drop']}"
    report("a million swaps: build", measure(build), goal=goal)
    unroll = [
        contender("Qiskit", "unroll_qiskit", "qiskit"),
        contender("pytket", "unroll_pytket", "pytket", repeats=1),
        contender("tnsim", "unroll_ours", "tnsim"),
    ]
    report("a million swaps: rewrite in CX", measure(unroll), goal=GOALS["unroll"])
    read = [
        contender("Qiskit", "read_qiskit", "qiskit"),
        contender("tnsim", "read_ours", "tnsim"),
    ]
    report("a million swaps: read OpenQASM 2", measure(read), goal=GOALS["read"])
    line = [contender("tnsim", "line_ours", "tnsim", repeats=1)]
    report("a hundred layers on a million qubits", measure(line), goal="goal: in seconds")


if __name__ == "__main__":
    main()

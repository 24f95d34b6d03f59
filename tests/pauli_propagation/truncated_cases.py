"""Random circuits, questions and truncations, and how well reported errors cover true ones.

python -m tests.pauli_propagation.truncated_cases 300
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

import tnsim
from tnsim.engines.pauli_propagation import PauliPropagation, PauliPropagationEngine
from tnsim.engines.settings import Settings

MEMORY = Settings(10**8, "complex128")


def ratios(seed: int, count: int) -> list[float]:
    """Reported over true error of `count` cases in which something was dropped.

    Of an answer with several numbers, the least ratio.
    """
    found: list[float] = []
    for circuit, query, options in cases(np.random.default_rng(seed)):
        engine = PauliPropagationEngine.prepare(circuit, [query], MEMORY, options)
        got = engine.run({})[query]
        if not any(map(any, got.evidence["dropped_l1_by_layer"])):
            continue
        exact = np.asarray(tnsim.run(circuit, query, memory="1GB", method="exact").value)
        true = np.maximum(np.abs(got.value - exact), 1e-15)
        found.append(float((got.error / true).min()))
        if len(found) == count:
            break
    return found


def cases(r: np.random.Generator) -> Iterator[tuple[tnsim.Circuit, Any, PauliPropagation]]:
    while True:
        circuit = noisy(r, pure_circuit(r))
        yield circuit, question(r, circuit.num_qubits), truncation(r)


def pure_circuit(r: np.random.Generator) -> tnsim.Circuit:
    """Brickwork of rotations, Haar-like pairs, kicked Ising, or Clifford gates with rotations."""
    n, depth = int(r.integers(2, 11)), int(r.integers(2, 9))
    most = float(r.choice([0.2, 0.6, 1.5, 3.1]))
    kind = r.choice(["rotations", "pairs", "ising", "clifford"])
    circuit = tnsim.Circuit(n)
    theta, phi = r.uniform(-most, most, 2)
    for layer in range(depth):
        pairs = [(q, q + 1) for q in range(layer % 2, n - 1, 2)]
        if kind == "rotations":
            for q in range(n):
                circuit.append(str(r.choice(["rx", "ry", "rz"])), float(r.uniform(-most, most)), q)
            for a, b in pairs:
                if r.random() < 0.5:
                    circuit.append(str(r.choice(["cx", "cz"])), a, b)
                else:
                    circuit.rzz(float(r.uniform(-most, most)), a, b)
        elif kind == "pairs":
            for a, b in pairs:
                matrix = r.normal(size=(4, 4)) + 1j * r.normal(size=(4, 4))
                circuit.unitary(np.linalg.qr(np.eye(4) * 3 / most + matrix)[0], a, b)
        elif kind == "ising":
            circuit.rx(float(theta), range(n))
            for a in range(n - 1):
                circuit.rzz(float(phi), a, a + 1)
        else:
            for _ in range(n):
                q = int(r.integers(n))
                circuit.append(str(r.choice(["h", "s", "t", "sx"])), q)
                circuit.rx(float(r.uniform(-most, most)), q)
                a, b = (int(k) for k in r.choice(n, 2, replace=False))
                circuit.append(str(r.choice(["cx", "cz", "swap"])), a, b)
    return circuit


def noisy(r: np.random.Generator, circuit: tnsim.Circuit) -> tnsim.Circuit:
    if r.random() < 0.5:
        return circuit
    p = 10 ** r.uniform(-3, -1)
    kinds = (tnsim.noise.depolarizing, tnsim.noise.amplitude_damping, tnsim.noise.phase_damping)
    model = tnsim.NoiseModel().after(kinds[int(r.integers(3))](p))
    if r.random() < 0.5:
        model.readout(0.02, 0.05)
    return model.apply(circuit, allow_unused=True)


def question(r: np.random.Generator, n: int) -> Any:
    def string() -> str:
        where = r.choice(n, int(r.integers(1, min(n, 4) + 1)), replace=False)
        return " ".join(f"{r.choice(list('XYZ'))}{q}" for q in where)

    kind = r.random()
    if kind < 0.6:
        return tnsim.Expectation(string())
    if kind < 0.8:
        terms = {string(): float(r.normal()) for _ in range(int(r.integers(2, 6)))}
        return tnsim.Expectation(terms)
    if kind < 0.9:
        return tnsim.Variance({string(): float(r.normal()) for _ in range(3)})
    return tnsim.Probabilities([int(q) for q in r.choice(n, 2, replace=False)])


def truncation(r: np.random.Generator) -> PauliPropagation:
    """From severe to mild."""
    kind = r.random()
    if kind < 0.45:
        return PauliPropagation(cutoff=float(10 ** r.uniform(-3, -0.7)))
    if kind < 0.75:
        return PauliPropagation(max_terms=int(10 ** r.uniform(0.5, 3)))
    if kind < 0.9:
        return PauliPropagation(target_error=float(10 ** r.uniform(-3, -1)))
    return PauliPropagation(cutoff=1e-4, max_weight=int(r.integers(1, 6)))


if __name__ == "__main__":
    some = ratios(20, int(sys.argv[1]))
    covered = np.mean([one >= 1 for one in some])
    print(f"{len(some)} cases, covered {covered:.3f}, median {np.median(some):.2f}")

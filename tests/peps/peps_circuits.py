"""Circuits with loops, questions about them, and the engine on them without the runtime."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import tnsim
from tnsim.engines.approximate import Estimate
from tnsim.engines.peps import PEPS, PepsEngine
from tnsim.engines.settings import Settings
from tnsim.queries import LeafQuery

EDGES = tnsim.lattices.heavy_hex()


def answered(
    circuit: tnsim.Circuit,
    query: LeafQuery,
    memory: int = 10**9,
    values: dict[str, float] | None = None,
    **options: Any,
) -> Estimate:
    settings = Settings(memory, "complex128")
    engine = PepsEngine.prepare(circuit, [query], settings, PEPS(**options))
    return engine.run(values or {})[query]


def kicked_ising(steps: int, theta: float) -> tnsim.Circuit:
    """IBM's experiment on 127 qubits."""
    circuit = tnsim.Circuit(127)
    for _ in range(steps):
        circuit.rx(theta, range(127))
        circuit.rzz(-math.pi / 2, [a for a, _ in EDGES], [b for _, b in EDGES])
    return circuit


def random_case(seed: int) -> tuple[tnsim.Circuit, LeafQuery, int]:
    """A circuit of 4 to 10 qubits with loops, a question, and a bond dimension from 1 to 12."""
    random = np.random.default_rng(seed)
    n = int(random.integers(4, 11))
    circuit = tnsim.Circuit(n)
    edges = _edges(random, n)
    noisy, size = random.random() < 0.5, random.choice([0.3, 1.0, 3.0])
    strength = float(random.choice([0.003, 0.02, 0.1]))
    for _ in range(int(random.integers(2, 7))):
        for q in range(n):
            circuit.u(*(random.normal(size=3) * size).tolist(), q)
        for k in random.permutation(len(edges)).tolist():
            a, b = edges[k]
            kind = int(random.integers(3))
            if kind == 0:
                circuit.rzz(float(random.normal() * size), a, b)
            elif kind == 1:
                circuit.cp(float(random.normal() * size), a, b)
            else:
                circuit.rzz(-math.pi / 2, a, b)
            if noisy and random.random() < 0.5:
                circuit.channel(tnsim.noise.depolarizing(strength, num_qubits=2), a, b)
            elif noisy:
                circuit.channel(tnsim.noise.amplitude_damping(strength), a)
    return circuit, _query(random, n), int(random.choice([1, 2, 3, 4, 6, 8, 12]))


def _edges(random: np.random.Generator, n: int) -> list[tuple[int, int]]:
    kind = int(random.integers(4))
    if kind == 0:
        return list(tnsim.lattices.ring(n))
    if kind == 1:
        return [(a, b) for a, b in tnsim.lattices.grid(2, max(2, n // 2)) if b < n]
    if kind == 2:
        return [*tnsim.lattices.line(n), (0, n - 1), (0, n // 2)]
    pairs = {tuple(sorted(random.choice(n, 2, replace=False).tolist())) for _ in range(n + n // 3)}
    return [(a, b) for a, b in sorted(pairs)]


def _query(random: np.random.Generator, n: int) -> LeafQuery:
    size = min(n, int(random.integers(1, 4)))
    qubits = random.choice(n, size, replace=False).tolist()
    kind = int(random.integers(4))
    if kind == 0:
        return tnsim.Probabilities(qubits[:2])
    if kind == 1:
        terms = {f"{'XYZ'[random.integers(3)]}{q}": float(random.normal()) for q in range(n)}
        return tnsim.Expectation(terms)
    return tnsim.Expectation(" ".join(f"{'XYZ'[random.integers(3)]}{q}" for q in qubits))

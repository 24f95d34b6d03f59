"""Noisy circuits and queries by number, and engines for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import tnsim
from tnsim import noise
from tnsim.engines.approximate import Estimate
from tnsim.engines.settings import Settings
from tnsim.engines.trajectories import Trajectories, TrajectoryEngine
from tnsim.queries import (
    Expectation,
    Fidelity,
    Probabilities,
    Purity,
    ReducedDensityMatrix,
    Variance,
)
from tnsim.queries.query import LeafQuery

BUDGET = 10**9


def answers(
    circuit: tnsim.Circuit,
    queries: Sequence[LeafQuery],
    values: dict[str, float] | None = None,
    *,
    budget: int = BUDGET,
    dtype: str = "complex128",
    report: Any = None,
    **options: Any,
) -> dict[LeafQuery, Estimate]:
    """What the engine says."""
    settings = Settings(budget, dtype)
    engine = TrajectoryEngine.prepare(circuit, queries, settings, Trajectories(**options))
    return engine.run(values or {}, report)


def brickwork(qubits: int, depth: int, *rules: noise.Channel) -> tnsim.Circuit:
    """Rotations and CX in layers; one-qubit channels follow rotations, two-qubit ones CX."""
    rng = np.random.default_rng(qubits + depth)
    circuit = tnsim.Circuit(qubits)
    for layer in range(depth):
        circuit.rx(rng.uniform(-3, 3, qubits), range(qubits))
        circuit.rz(rng.uniform(-3, 3, qubits), range(qubits))
        first = list(range(layer % 2, qubits - 1, 2))
        if first:
            circuit.cx(first, [q + 1 for q in first])
    model = tnsim.NoiseModel()
    for channel in rules:
        model.after(channel, arity=channel.num_qubits)
    return model.apply(circuit) if rules else circuit


def random_case(seed: int) -> tuple[tnsim.Circuit, list[LeafQuery], int]:
    """A noisy circuit on up to 5 qubits, queries, and a number of trajectories, 3 to 2000."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 6))
    circuit = tnsim.Circuit(n)
    for _ in range(int(rng.integers(2, 6))):
        circuit.rx(rng.uniform(-3, 3, n), range(n)).rz(rng.uniform(-3, 3, n), range(n))
        for _ in range(int(rng.integers(1, n)) if n > 1 else 0):
            pair = rng.permutation(n)[:2].tolist()
            circuit.append(str(rng.choice(["cx", "cz", "swap"])), *pair)
        if rng.random() < 0.1:
            circuit.reset(int(rng.integers(n)))
    strength = float(10 ** rng.uniform(-4, -0.3))
    single = _SINGLE[int(rng.integers(len(_SINGLE)))](strength)
    model = tnsim.NoiseModel().after(single, arity=1)
    if n > 1:
        double = [
            noise.depolarizing(strength, num_qubits=2),
            noise.amplitude_damping(strength).tensor(noise.depolarizing(strength)),
        ][int(rng.integers(2))]
        model.after(double, arity=2)
    if rng.random() < 0.3:
        model.readout(0.05, 0.1)
    some = sorted(rng.permutation(n)[: int(rng.integers(1, min(n, 3) + 1))].tolist())
    queries: list[LeafQuery] = [
        Expectation(_string(rng, n)),
        Expectation({_string(rng, n): 0.7, "Z0": 0.4}),
        Variance({_string(rng, n): 0.7, "Z0": 0.4}),
        Probabilities(some[::-1]),
        ReducedDensityMatrix(some),
        Purity(some),
        Fidelity(tnsim.Circuit(n).rx(rng.uniform(-3, 3, n), range(n))),
    ]
    count = int(10 ** rng.uniform(0.5, 3.3))
    return model.apply(circuit, allow_unused=True), queries, count


def _string(rng: np.random.Generator, n: int) -> str:
    where = rng.permutation(n)[: int(rng.integers(1, n + 1))].tolist()
    return " ".join(f"{rng.choice(list('XYZ'))}{q}" for q in where)


_TURN = np.array([[0.6, 0.8], [-0.8, 0.6]])
_SINGLE: list[Callable[[float], noise.Channel]] = [
    noise.depolarizing,
    noise.amplitude_damping,
    noise.phase_damping,
    lambda s: noise.thermal_relaxation(1.0, 1.4, s),
    lambda s: noise.reset(s / 2, s / 3),
    lambda s: noise.pauli(s / 3, s / 4, s / 5),
    lambda s: noise.mixed_unitary([(s, _TURN), (1 - s, np.eye(2))]),
    lambda s: noise.amplitude_damping(s) @ noise.over_rotation("X", 0.1),
]

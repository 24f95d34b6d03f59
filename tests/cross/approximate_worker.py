"""Measure what approximate methods really take: one forked process a case, one JSON line each.

    python -m tests.cross.approximate_worker CASE ...

Every case asks for more accuracy than its budget holds, so that the budget is what ends it. As in
memory_worker.py, what is measured is the kernel's high-water mark of the run alone, above what was
resident just before it; two coarse runs of the same kind come first.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

import tnsim
from tests.cross.memory_worker import resident, status

__all__ = ["CASES"]


def brickwork(qubits: int, depth: int, seed: int = 1) -> tnsim.Circuit:
    """Layers of random one-qubit gates and CZ between neighbours on a line."""
    random = np.random.default_rng(seed)
    circuit = tnsim.Circuit(qubits)
    for layer in range(depth):
        angles = random.uniform(0, 3, (3, qubits))
        circuit.u(*angles, range(qubits))
        left = list(range(layer % 2, qubits - 1, 2))
        circuit.cz(left, [q + 1 for q in left])
    return circuit


def lattice(rows: int, columns: int, depth: int, seed: int = 2) -> tnsim.Circuit:
    """Kicked Ising steps with random angles on a grid."""
    random = np.random.default_rng(seed)
    edges = tnsim.lattices.grid(rows, columns)
    circuit = tnsim.Circuit(rows * columns)
    for _ in range(depth):
        circuit.rx(random.uniform(0.3, 1.2, rows * columns), range(rows * columns))
        circuit.rzz(0.7, [a for a, _ in edges], [b for _, b in edges])
    return circuit


def noise() -> tnsim.NoiseModel:
    return tnsim.NoiseModel().after(tnsim.noise.depolarizing(0.005, num_qubits=2), arity=2)


Case = tuple[Callable[[int], tuple[tnsim.Circuit, tnsim.NoiseModel | None]], tnsim.Expectation, Any]

CASES: dict[str, Case] = {
    "mps": (lambda k: (brickwork(24, 3 + 15 * k), None), tnsim.Expectation("Z12"), 40_000_000),
    "mpdo": (lambda k: (brickwork(24, 3 + 9 * k), noise()), tnsim.Expectation("Z12"), 40_000_000),
    "peps": (lambda k: (lattice(4, 5, 2 + 5 * k), None), tnsim.Expectation("Z9"), 40_000_000),
    "pauli_propagation": (
        lambda k: (lattice(5, 5, 2 + 7 * k), noise()),
        tnsim.Expectation("Z12"),
        60_000_000,
    ),
    "trajectories": (
        lambda k: (brickwork(17, 3 + 5 * k), noise()),
        tnsim.Expectation("Z8"),
        60_000_000,
    ),
}
"""By method: the circuit and noise (of a size 0 for the first, small run), question, budget."""


def measure(method: str) -> dict[str, Any]:
    """Run one case in this process, which has run little else."""
    build, query, budget = CASES[method]
    options: dict[str, Any] = {"method": method, "memory": budget, "target_error": 1e-9}
    if method == "trajectories":
        options["target_error"] = 0.03
    small, model = build(0)
    large, _ = build(1)
    # Code is loaded, and compiled, at the first run and at the first that truncates.
    for circuit, aim in ((small, 0.05), (large, 0.5)):
        tnsim.compile(circuit, query, noise=model, **{**options, "target_error": aim})()
    program = tnsim.compile(large, query, noise=model, **options)
    program.forecast  # noqa: B018  made beforehand, as a caller who looks at it does
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    before = resident()
    begin = time.perf_counter()
    result = program(progress=False)
    return {
        "method": method,
        "budget": budget,
        "forecast": program.forecast.peak_bytes,
        "measured": max(status("VmHWM") - before, 0),
        "error": result.largest_error,
        "seconds": round(time.perf_counter() - begin, 3),
    }


def main(methods: list[str]) -> None:
    """One line of JSON for each method, each from a process of its own."""
    for method in methods:
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                print(json.dumps(measure(method)), flush=True)
                code = 0
            except Exception:
                print(json.dumps({"method": method, "failed": traceback.format_exc()}), flush=True)
            finally:
                os._exit(code)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(sys.argv[1:] or list(CASES))

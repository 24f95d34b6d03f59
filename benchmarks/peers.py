"""The same questions put to other projects, each in the way its own manual recommends."""

from __future__ import annotations

import time
from typing import Any

__all__ = ["amplitude_quimb", "eagle_quimb", "matrix_product"]

Edges = list[tuple[int, int]]


def eagle_quimb(steps: int, theta: float, qubit: int, edges: Edges) -> dict[str, Any]:
    """The mean of Z on one qubit of the kicked Ising circuit: light cone, then contraction."""
    import math

    import quimb as qu
    import quimb.tensor as qtn

    begin = time.perf_counter()
    circuit = qtn.Circuit(127)
    for _ in range(steps):
        for target in range(127):
            circuit.rx(theta, target)
        for a, b in edges:
            circuit.rzz(-math.pi / 2, a, b)
    built = time.perf_counter()
    value = circuit.local_expectation(qu.pauli("Z"), qubit)
    done = time.perf_counter()
    return {
        "value": complex(value).real,
        "stages": {"build": built - begin, "answer": done - built},
    }


def amplitude_quimb(gates: list[list[Any]], bits: str, seconds: float) -> dict[str, Any]:
    """One amplitude of a circuit given as rows [name, *angles, *qubits]; planned by cotengra."""
    import cotengra as ctg
    import quimb.tensor as qtn

    circuit = qtn.Circuit(len(bits))
    for name, *rest in gates:
        circuit.apply_gate(name, *rest)
    begin = time.perf_counter()
    optimizer = ctg.HyperOptimizer(
        minimize="combo", max_time=seconds, max_repeats=10_000, parallel=False, progbar=False
    )
    found = circuit.amplitude_rehearse(bits, optimize=optimizer)
    planned = time.perf_counter()
    value = circuit.amplitude(bits, optimize=found["tree"].get_path())
    done = time.perf_counter()
    cost = float(found["tree"].contraction_cost(log=10))
    return {
        "value": complex(value),
        "stages": {
            "plan": planned - begin,
            "contract": done - planned,
            "log10 mults": cost,
            "1e9 mults a second": 10 ** (cost - 9) / (done - planned),
        },
    }


def matrix_product(size: int, dtype: str, seconds: float) -> dict[str, Any]:
    """NumPy's product of two square matrices, for so many seconds: the rate to compare with."""
    import numpy as np

    square = np.ones((size, size), dtype)
    made = square @ square
    begin, count = time.perf_counter(), 0
    while time.perf_counter() < begin + seconds:
        np.matmul(square, square, out=made)
        count += 1
    rate = count * size**3 / (time.perf_counter() - begin) / 1e9
    return {"value": complex(made[0, 0]), "stages": {"1e9 mults a second": rate}}

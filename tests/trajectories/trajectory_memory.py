"""Measure what one run takes: python -m tests.trajectories.trajectory_memory NAME prints JSON."""

from __future__ import annotations

import ctypes
import gc
import json
import sys
from collections.abc import Callable

import tnsim
from tests.cross.memory_worker import resident, status
from tests.trajectories.trajectory_cases import answers, brickwork
from tnsim import noise
from tnsim.engines.settings import Settings
from tnsim.engines.trajectories import Trajectories, TrajectoryEngine
from tnsim.queries import (
    Expectation,
    Fidelity,
    Probabilities,
    Purity,
    ReducedDensityMatrix,
    Samples,
    Variance,
)
from tnsim.queries.query import LeafQuery

CASES: dict[str, tuple[Callable[[int], list[LeafQuery]], int, dict[str, object]]] = {
    "means": (lambda n: [Expectation(f"Z{q}") for q in range(n)], 19, {}),
    "workers": (lambda n: [Variance({f"Z{q}": 1.0 for q in range(n)})], 17, {"workers": 3}),
    "single": (lambda n: [Expectation(f"X{n - 1} Z7")], 20, {"dtype": "complex64"}),
    "states": (lambda n: [Fidelity(brickwork(n, 1)), Purity([0, 3, 5, 8])], 19, {}),
    "chances": (lambda n: [Probabilities(range(n))], 18, {}),
    "density": (lambda n: [ReducedDensityMatrix(range(n - 5, n))], 17, {"workers": 2}),
    "samples": (lambda n: [Samples(200, seed=1)], 18, {}),
}
CHANNELS = noise.amplitude_damping(0.05), noise.depolarizing(0.02, num_qubits=2)


def measure(name: str) -> dict[str, float]:
    """Run a case after a small one of its kind, and look at the high-water mark."""
    queries, n, options = CASES[name]
    dtype = str(options.get("dtype", "complex128"))
    workers = int(str(options.get("workers", 1)))
    for size in (6, 8):
        small = [q for q in queries(max(size, 10)) if not isinstance(q, Fidelity | Samples)]
        answers(brickwork(max(size, 10), 3, *CHANNELS), small, dtype=dtype, count=5)
        answers(brickwork(size, 3, *CHANNELS), [Samples(5), Fidelity(brickwork(size, 1))], count=2)
    circuit = brickwork(n, 2, *CHANNELS)
    # A ladder: the last qubit's light cone has all the others in it.
    circuit.append("cz", list(range(n - 1)), list(range(1, n)))
    settings = Settings(10**10, dtype)
    # Several workers are busy at once only where each has a block of trajectories.
    chosen = Trajectories(count=4 if workers == 1 else 150, workers=workers)
    engine = TrajectoryEngine.prepare(circuit, queries(n), settings, chosen)
    planned = engine.cost().peak_bytes
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    before = resident()
    found = engine.run({})
    peak = status("VmHWM") - before
    assert len(found) == len(queries(n))
    return {"planned": planned, "measured": peak}


if __name__ == "__main__":
    assert tnsim.__file__
    print(json.dumps(measure(sys.argv[1])))

"""Measure what runs on lines really take: `python -m tests.mps.line_memory CASE BUDGET`.

Prints the peak of resident memory above that before the run, in bytes, and the forecast.
"""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path

import numpy as np

from tests.mps.mps_engines import options_of
from tnsim import noise
from tnsim.circuit import Circuit
from tnsim.engines.mps import LineEngine
from tnsim.engines.settings import Settings
from tnsim.queries import Expectation, LeafQuery, Probabilities, Samples

STATUS = Path("/proc/self/status")


def circuit_of(case: str, n: int, depth: int) -> Circuit:
    generator = np.random.default_rng(7)
    circuit = Circuit(n)
    for layer in range(depth):
        for q in range(n):
            circuit.u(*generator.uniform(0, 6, 3), q)
        left = np.arange(layer % 2, n - 1, 2)
        circuit.cx(left, left + 1)
        if case == "far":
            circuit.cx(0, n - 1)
        if "noisy" in case:
            circuit.channel(noise.depolarizing(0.01, 2), left, left + 1)
    return circuit


def leaves_of(case: str) -> list[LeafQuery]:
    if case.endswith("back"):
        return [Expectation("Z7")]
    return [Expectation("Z3 X9"), Samples(2000, seed=1), Probabilities(range(8))]


def peak(name: str) -> int:
    line = next(one for one in STATUS.read_text().splitlines() if one.startswith(name))
    return int(line.split()[1]) * 1024


def engine_of(case: str, budget: int, n: int, depth: int) -> LineEngine:
    method = "mpdo" if "noisy" in case else "mps"
    picture = "heisenberg" if case.endswith("back") else "schrodinger"
    options = options_of(method, target_error=1e-13, picture=picture)
    settings = Settings(budget=budget, dtype="complex128")
    return LineEngine.prepare(circuit_of(case, n, depth), leaves_of(case), settings, options)


def main() -> None:
    case, budget = sys.argv[1], int(sys.argv[2])
    engine_of(case, 1 << 26, 12, 8).run({})
    engine = engine_of(case, budget, 20, 18)
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    before = peak("VmRSS")
    engine.run({})
    taken = peak("VmHWM") - before
    print(json.dumps([taken, engine.cost().peak_bytes, engine.most_bond]))


if __name__ == "__main__":
    main()

"""Measure what walks really take: one forked process a case, one JSON line each.

    python -m tests.pauli_propagation.propagation_memory

What is measured is the kernel's high-water mark of resident memory during one run, above the
resident memory just before it, when the kernels are compiled already.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import sys
from pathlib import Path

import tnsim
from tnsim.engines.pauli_propagation import PauliPropagation, PauliPropagationEngine
from tnsim.engines.settings import Settings

STATUS = Path("/proc/self/status")
VALUES = {"theta": 0.9, "phi": 0.8}
QUERY = tnsim.Expectation("Z4")


def ising(num_qubits: int, steps: int) -> tnsim.Circuit:
    """The kicked Ising chain with angles `theta` and `phi`."""
    theta, phi = tnsim.Parameter("theta"), tnsim.Parameter("phi")
    circuit = tnsim.Circuit(num_qubits)
    for _ in range(steps):
        circuit.rx(theta, range(num_qubits))
        circuit.rzz(phi, range(num_qubits - 1), range(1, num_qubits))
    return circuit


def main() -> None:
    for dtype in ("complex128", "complex64"):
        run(10**8, dtype, 1e-3, slopes=True)
        run(19_000_000, dtype, 1e-5, slopes=False)
    for budget, dtype in ((20_000_000, "complex64"), (35_000_000, "complex128")):
        measure({"budget": budget, "dtype": dtype, "cutoff": 1e-7, "slopes": False})
    measure({"budget": 30_000_000, "dtype": "complex128", "cutoff": 2e-3, "slopes": True})


def measure(case: dict[str, object]) -> None:
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")
        before = status("VmRSS")
        forecast, bound = run(**case)  # type: ignore[arg-type]
        measured = status("VmHWM") - before
        found = {"measured": measured, "forecast": forecast, "capped": bound}
        print(json.dumps({**case, **found, "full": not case["slopes"]}), flush=True)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(1)


def run(budget: int, dtype: str, cutoff: float, *, slopes: bool) -> tuple[int, bool]:
    settings = Settings(budget, dtype)
    options = PauliPropagation(cutoff=cutoff)
    engine = PauliPropagationEngine.prepare(ising(80, 8), [QUERY], settings, options)
    answers = engine.run_with_slopes(VALUES)[0] if slopes else engine.run(VALUES)
    found = answers[QUERY]
    cost = engine.cost_with_slopes() if slopes else engine.cost()
    return cost.peak_bytes, found.evidence["capped"]


def status(field: str) -> int:
    """A size from /proc/self/status, in bytes."""
    for line in STATUS.read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise ValueError(field)


if __name__ == "__main__":
    main()

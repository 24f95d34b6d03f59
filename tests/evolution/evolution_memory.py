"""Measure what gradients really take: one forked process a case, one JSON line each.

    python -m tests.evolution.evolution_memory

What is measured is the kernel's high-water mark of resident memory during one gradient, above
the resident memory just before it.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from tests.evolution.dense import inputs_for, prepared
from tests.evolution.ladders import angles_of, chain, ladder
from tnsim import noise
from tnsim.engines.evolution import Evolution

STATUS = Path("/proc/self/status")
WEAK = noise.pauli(0.001, 0.001, 0.001)


def cases() -> dict[str, tuple[Any, dict[str, Any]]]:
    """By name: circuit, and options of its planning."""
    return {
        "ten qubits, 2 layers": (ladder(2, WEAK, 10), {}),
        "ten qubits, 8 layers": (ladder(8, WEAK, 10), {}),
        "ten qubits, 16 layers": (ladder(16, WEAK, 10), {}),
        "eleven qubits": (ladder(1, WEAK, 11), {}),
        "eleven qubits, single precision": (ladder(1, WEAK, 11), {"dtype": "complex64"}),
        "states kept": (ladder(3, noise.reset(0.5, 0.5), 10), {}),
        "ket": (ladder(2, None, 21), {}),
    }


def main() -> None:
    """One line of JSON for each case, each from a process of its own."""
    gradient(*planned(ladder(1, WEAK, 3), {}))
    for name, (circuit, options) in cases().items():
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            evolution, values = planned(circuit, options)
            gc.collect()
            ctypes.CDLL(None).malloc_trim(0)
            Path("/proc/self/clear_refs").write_text("5")
            before = status("VmRSS")
            gradient(evolution, values)
            found = {
                "name": name,
                "measured": status("VmHWM") - before,
                "forecast": evolution.peak_bytes(gradient=True),
                "kept": evolution.kept,
            }
            print(json.dumps(found), flush=True)
            os._exit(0)
        os.waitpid(child, 0)


def planned(circuit: Any, options: dict[str, Any]) -> tuple[Evolution, Any]:
    evolution = prepared(circuit, chain(circuit.num_qubits), **options)
    dtype = options.get("dtype", "complex128")
    return evolution, inputs_for(evolution, angles_of(circuit), dtype)


def gradient(evolution: Evolution, inputs: Any) -> None:
    evolution.pullback(inputs, np.ones(evolution.shape))


def status(field: str) -> int:
    """A size from /proc/self/status, in bytes."""
    for line in STATUS.read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise LookupError(field)


if __name__ == "__main__":
    main()

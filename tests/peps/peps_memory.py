"""Measure what the peps engine really takes: one forked process a case, one JSON line each.

    python -m tests.peps.peps_memory

What is measured is the kernel's high-water mark of resident memory during one run, above the
resident memory just before it, beside the budget.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import sys
from pathlib import Path
from typing import Any

import tnsim
from tests.evolution.evolution_memory import status
from tests.peps.peps_circuits import answered, kicked_ising

MEBI = 1 << 20


def cases() -> dict[str, dict[str, Any]]:
    """By name: memory and options. No accuracy is reached: memory or time ends each."""
    aim = {"target_error": 1e-12, "seconds": 5}
    return {
        "ket": {"memory": 60 * MEBI, "picture": "schrodinger", **aim},
        "pauli": {"memory": 100 * MEBI, "picture": "schrodinger", "legs": "pauli", **aim},
        "back": {"memory": 40 * MEBI, "picture": "heisenberg", **aim},
        "mixed": {"memory": 100 * MEBI, "picture": "mixed", **aim},
        "swept": {
            "memory": 50 * MEBI,
            "picture": "schrodinger",
            "environment": "compressed",
            **aim,
        },
    }


def main() -> None:
    """One line of JSON for each case, each from a process of its own."""
    circuit, query = kicked_ising(10, 0.7), tnsim.Expectation("Z62")
    for picture in ("schrodinger", "heisenberg", "mixed"):
        # Libraries are loaded, and their buffers made, before anything is measured.
        answered(kicked_ising(5, 0.3), query, max_bond=4, picture=picture)
    for name, options in cases().items():
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            gc.collect()
            ctypes.CDLL(None).malloc_trim(0)
            Path("/proc/self/clear_refs").write_text("5")
            before = status("VmRSS")
            found = answered(circuit, query, **options)
            taken = status("VmHWM") - before
            bond = found.evidence["bond"]
            line = {"name": name, "measured": taken, "budget": options["memory"], "bond": bond}
            print(json.dumps(line), flush=True)
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()

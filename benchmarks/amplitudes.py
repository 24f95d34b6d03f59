"""Single amplitudes of random circuits: a 5x5 grid, and Sycamore where its file is at hand.

Beside them stands the rate of plain matrix products, of which contraction can hope for a part.

TNSIM_DATA names a folder that holds sycamore/circuit_n53_m10_s0_e0_pABCDCDAB.qsim, as published
with the experiment; without it the second part is left out.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .circuits import qsim_rows, random_grid
from .common import Contender, measure, report

SYCAMORE = "sycamore/circuit_n53_m10_s0_e0_pABCDCDAB.qsim"


def contenders(
    gates: list[list[Any]], qubits: int, *, memory: str, repeats: int
) -> list[Contender]:
    """Quimb with cotengra, tnsim in double and single precision, and plain matrix products."""
    work = {"gates": gates, "bits": "0" * qubits}
    peer = Contender(
        "quimb, cotengra",
        "benchmarks.peers:amplitude_quimb",
        imports=("quimb.tensor", "cotengra"),
        arguments={**work, "seconds": 5.0},
        package="quimb",
        repeats=repeats,
    )
    ours = [
        Contender(
            f"tnsim, {dtype}",
            "benchmarks.ours:amplitude",
            imports=("numpy", "tnsim", "cotengra", "opt_einsum"),
            arguments={**work, "memory": memory, "dtype": dtype},
            package="tnsim",
            repeats=repeats,
        )
        for dtype in ("complex128", "complex64")
    ]
    rates = [
        Contender(
            f"matrix product, {dtype}",
            "benchmarks.peers:matrix_product",
            imports=("numpy",),
            arguments={"size": 2048, "dtype": dtype, "seconds": 2.0},
            package="numpy",
            repeats=repeats,
        )
        for dtype in ("complex128", "complex64")
    ]
    return [peer, *ours, *rates]


def main() -> None:
    """Measure and print."""
    goal = "goal: at equal cost not slower than quimb, half of the matrix-product rate"
    grid = random_grid(5, 5, cycles=12, seed=1)
    found = contenders(grid, 25, memory="4GB", repeats=3)
    report("Grid 5x5, 12 cycles, one amplitude", measure(found), goal=goal)
    path = Path(os.environ.get("TNSIM_DATA", "")) / SYCAMORE
    if not path.is_file():
        print(f"no {SYCAMORE} in the folder TNSIM_DATA: Sycamore is left out")
        return
    qubits, gates = qsim_rows(path)
    found = contenders(gates, qubits, memory="8GB", repeats=1)
    report("Sycamore, 53 qubits, 10 cycles, one amplitude", measure(found))


if __name__ == "__main__":
    main()

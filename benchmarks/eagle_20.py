"""IBM's 127-qubit experiment at twenty steps: the mean of Z on qubit 62 by Pauli propagation.

No exact value is known away from the ends. Shown beside ours is the spread of four published
methods (mixed PEPS and PEPO, PEPO, PEPS, sparse Pauli dynamics), from the data that accompany
Begusic, Gray and Chan, arXiv:2308.05077. Coefficients alone are a poor guide at the middle
angles: strings are dropped that would have come back two steps later, all with the same sign.
"""

from __future__ import annotations

import json
import math
import sys
import time
from typing import Any

from rich.console import Console
from rich.table import Table

import tnsim
from tnsim.engines.pauli_propagation import PauliPropagation, PauliPropagationEngine
from tnsim.engines.settings import Settings

from .common import RESULTS

STEPS = 20
MEMORY = 10**9
NOISE = 0.005

PUBLISHED = (
    (0.99998, 1.00001),
    (0.99447, 0.99597),
    (0.97755, 0.97959),
    (0.92394, 0.92633),
    (0.84941, 0.85341),
    (0.79369, 0.80483),
    (0.67971, 0.71270),
    (0.50912, 0.53728),
    (0.25481, 0.26859),
    (0.04917, 0.09439),
    (0.00059, 0.01731),
    (0.00000, 0.00138),
    (0.00000, 0.00004),
    (0.00000, 0.00000),
    (0.00000, 0.00000),
    (0.00000, 0.00000),
    (0.00000, 0.00000),
)

RUNS = {
    "the largest 100000": (0.0, PauliPropagation(max_terms=100_000)),
    "at most 8 letters": (0.0, PauliPropagation(cutoff=5e-4, max_weight=8)),
    "noisy, the largest 100000": (NOISE, PauliPropagation(max_terms=100_000)),
    "noisy, at most 8 letters": (NOISE, PauliPropagation(cutoff=5e-4, max_weight=8)),
}


def engine(noise: float, options: PauliPropagation) -> tuple[PauliPropagationEngine, Any]:
    """The prepared question, with depolarizing noise after each two-qubit gate."""
    edges = tnsim.lattices.heavy_hex()
    angle = tnsim.Parameter("theta")
    circuit = tnsim.Circuit(127)
    for _ in range(STEPS):
        circuit.rx(angle, range(127))
        circuit.rzz(-math.pi / 2, [a for a, _ in edges], [b for _, b in edges])
    if noise:
        model = tnsim.NoiseModel()
        model.after(tnsim.noise.depolarizing(noise, num_qubits=2), gates="rzz")
        circuit = model.apply(circuit)
    query = tnsim.Expectation("Z62")
    settings = Settings(MEMORY, "complex128")
    return PauliPropagationEngine.prepare(circuit, [query], settings, options), query


def sweep(name: str) -> list[dict[str, float]]:
    """Value, error, seconds and most strings at the seventeen angles."""
    prepared, query = engine(*RUNS[name])
    found = []
    for k in range(17):
        begin = time.perf_counter()
        got = prepared.run({"theta": k * math.pi / 32})[query]
        terms = got.evidence["convergence"]["terms"][-1]
        line = {"k": k, "value": float(got.value), "error": float(got.error), "terms": terms}
        found.append({**line, "seconds": time.perf_counter() - begin})
        print(name, json.dumps(found[-1]), file=sys.stderr, flush=True)
    return found


def main() -> None:
    """Run the sweeps and print them beside the published spread."""
    console = Console(width=None if sys.stdout.isatty() else 100)
    RESULTS.mkdir(parents=True, exist_ok=True)
    engine(*RUNS["at most 8 letters"])[0].run({"theta": 0.8})  # compiles the kernels
    for name in RUNS:
        title = f"Eagle, {STEPS} steps, {name}"
        table = Table(title=title, title_justify="left")
        for heading in ("k", "value", "error", "published", "seconds", "strings"):
            table.add_column(heading, justify="right")
        found = sweep(name)
        for line, (least, most) in zip(found, PUBLISHED, strict=True):
            spread = f"{least:.5f} .. {most:.5f}" if RUNS[name][0] == 0 else ""
            table.add_row(
                str(line["k"]),
                f"{line['value']:.6f}",
                f"{line['error']:.1e}",
                spread,
                f"{line['seconds']:.1f}",
                str(line["terms"]),
            )
        console.print(table)
        console.print(f"{sum(line['seconds'] for line in found):.0f} s in all", markup=False)
        path = RESULTS / f"eagle_20_{'_'.join(name.replace(',', '').split())}.json"
        path.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""IBM's 127-qubit experiment at twenty steps: the mean of Z on qubit 62, by two methods.

No exact value is known away from the ends. Shown beside ours is the spread of four published
methods (mixed PEPS and PEPO, PEPO, PEPS, sparse Pauli dynamics), from the data that accompany
Begusic, Gray and Chan, arXiv:2308.05077. With noise nothing is published: there two methods that
leave out different things check each other.
"""

from __future__ import annotations

import json
import math
import sys
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

import tnsim

from .common import RESULTS

STEPS = 20
MEMORY = "4GB"
NOISE = 0.005
METHODS: dict[str, Any] = {
    "peps, bond 16": tnsim.PEPS(max_bond=16),
    "pauli_propagation, 100000 strings": tnsim.PauliPropagation(max_terms=100_000),
}

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


@dataclass(frozen=True)
class Point:
    """One method at one angle."""

    k: int
    value: float
    error: float
    seconds: float


def circuit(angle: float) -> tnsim.Circuit:
    """The kicked Ising circuit on the heavy-hexagon lattice."""
    edges = tnsim.lattices.heavy_hex()
    made = tnsim.Circuit(127)
    for _ in range(STEPS):
        made.rx(angle, range(127))
        made.rzz(-math.pi / 2, [a for a, _ in edges], [b for _, b in edges])
    return made


def sweep(title: str, method: Any, noise: tnsim.NoiseModel | None) -> list[Point]:
    """The seventeen angles."""
    found = []
    for k in range(17):
        result = tnsim.run(
            circuit(k * math.pi / 32),
            tnsim.Expectation("Z62"),
            noise=noise,
            method=method,
            memory=MEMORY,
        )
        point = Point(k, float(result.value), float(result.error), result.seconds or 0.0)
        print(title, json.dumps(asdict(point)), file=sys.stderr, flush=True)
        found.append(point)
    return found


def main() -> None:
    """Both methods without and with noise, side by side."""
    console = Console(width=None if sys.stdout.isatty() else 110)
    RESULTS.mkdir(parents=True, exist_ok=True)
    model = tnsim.NoiseModel()
    model.after(tnsim.noise.depolarizing(NOISE, num_qubits=2), gates="rzz")
    for name, noise in (("noiseless", None), (f"depolarizing {NOISE}", model)):
        found = {title: sweep(title, method, noise) for title, method in METHODS.items()}
        console.print(_table(f"Eagle, {STEPS} steps, {name}", found, published=noise is None))
        for title, points in found.items():
            spent = sum(point.seconds for point in points)
            console.print(f"{title}: {spent:.0f} s in all", markup=False)
        kept = {title: [asdict(point) for point in points] for title, points in found.items()}
        path = RESULTS / f"eagle_20_{name.split()[0]}.json"
        path.write_text(json.dumps(kept, indent=1) + "\n")


def _table(title: str, found: dict[str, list[Point]], *, published: bool) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("k", justify="right")
    for name in found:
        table.add_column(f"{name}\nvalue ± error, seconds", justify="right")
    table.add_column("published" if published else "agree", justify="right")
    for k in range(17):
        points = [rows[k] for rows in found.values()]
        cells = [f"{p.value:.6f} ± {p.error:.0e}, {p.seconds:.0f} s" for p in points]
        apart = abs(points[0].value - points[1].value)
        agree = "yes" if apart <= points[0].error + points[1].error else "no"
        spread = f"{PUBLISHED[k][0]:.5f} .. {PUBLISHED[k][1]:.5f}"
        table.add_row(str(k), *cells, spread if published else agree)
    return table


if __name__ == "__main__":
    main()

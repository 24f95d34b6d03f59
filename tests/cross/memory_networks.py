"""Random noisy circuits of 8 to 40 qubits with a question each, by number; see memory_worker.py.

A circuit grows layer by layer until its contraction is as large as was drawn for it, so that the
networks have forecasts from a few megabytes to a few hundred, whatever their shape.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

import tnsim
from tnsim import noise
from tnsim.base.errors import BudgetError
from tnsim.queries.query import LeafQuery

__all__ = ["Case", "draw_case"]

ROOM = 400_000_000
"""The budget under which circuits grow."""
MOST_FLOPS = 2e10
"""Operations, over a whole batch, at which a circuit stops growing; five times that if sliced."""
GROWTH = (5, 2, 2, 2, 2, 2, 2, 2, 3, 4)
"""Layers that are added at a time."""

Edges = list[tuple[int, int]]


@dataclass(frozen=True)
class Case:
    """A question about a circuit, planned within `memory` bytes; `batch` parameter sets."""

    number: int
    circuit: tnsim.Circuit
    model: tnsim.NoiseModel | None
    query: LeafQuery
    dtype: str
    batch: int
    family: str
    program: tnsim.Program = field(repr=False)


def draw_case(number: int) -> Case:
    """The case of this number, always the same."""
    random = np.random.default_rng([7, number])
    family = ("chain", "ring", "grid", "regular")[number % 4]
    n, edges = _graph(family, random)
    layers = _layers(n, edges, random)
    pure = random.random() < 0.2
    model = None if pure else _noise(random)
    ask = _question(n, random, pure=pure)
    dtype = str(random.choice(["complex64", "complex128"]))
    batch = int(10 ** random.uniform(0.4, 3.2)) if random.random() < 0.3 else 0
    target = float(10 ** random.uniform(6.7, 8.2))
    circuit = tnsim.Circuit(n)
    kept = None
    depth = 0
    for step in GROWTH:
        for _ in range(step):
            next(layers)(circuit)
        depth += step
        grown = circuit.copy()
        query = ask()
        try:
            program = _compiled(grown, query, model, dtype, ROOM)
        except BudgetError:
            break
        if kept is not None and max(batch, 1) * program.forecast.flops > MOST_FLOPS:
            break
        kept = Case(number, grown, model, query, dtype, batch, f"{family}{n} d{depth}", program)
        enough = max(batch, 1) * program.forecast.flops > MOST_FLOPS / 6
        if enough or program.forecast.peak_bytes >= target:
            break
    assert kept is not None, "one layer fits any budget drawn here"
    return _tightened(kept, random)


def _tightened(case: Case, random: np.random.Generator) -> Case:
    """Half of the cases get a budget below what they take at ease, where one works."""
    peak = case.program.forecast.peak_bytes
    if random.random() < 0.5:
        return case
    memory = max(int(peak * 10 ** random.uniform(-0.8, -0.05)), 200_000)
    try:
        program = _compiled(case.circuit, case.query, case.model, case.dtype, memory)
    except BudgetError as error:
        least = error.least_bytes or ROOM
        program = _compiled(case.circuit, case.query, case.model, case.dtype, least)
    sets = max(case.batch, 1)
    if sets * program.forecast.flops > 5 * MOST_FLOPS or sets * program.forecast.slices > 400:
        return case
    fields = {**case.__dict__, "program": program}
    return Case(**fields)


def _compiled(
    circuit: tnsim.Circuit,
    query: LeafQuery,
    model: tnsim.NoiseModel | None,
    dtype: str,
    memory: int,
) -> tnsim.Program:
    return tnsim.compile(
        circuit,
        query,
        noise=model,
        memory=memory,
        method="exact",
        dtype=dtype,
        effort="low",
        cache=False,
    )


def _graph(family: str, random: np.random.Generator) -> tuple[int, Edges]:
    if family == "grid":
        rows, columns = int(random.integers(3, 6)), int(random.integers(3, 8))
        sites = [(r, c) for r in range(rows) for c in range(columns)]
        right = [(r * columns + c, r * columns + c + 1) for r, c in sites if c + 1 < columns]
        down = [(r * columns + c, (r + 1) * columns + c) for r, c in sites if r + 1 < rows]
        return rows * columns, right + down
    n = 2 * int(random.integers(4, 21))
    if family == "regular":
        return n, _regular(n, random)
    chain = [(i, i + 1) for i in range(n - 1)]
    return n, chain if family == "chain" else [*chain, (0, n - 1)]


def _regular(n: int, random: np.random.Generator) -> Edges:
    """The union of three random perfect matchings, without repeated edges."""
    found: set[tuple[int, int]] = set()
    for _ in range(3):
        order = random.permutation(n).tolist()
        found |= {(min(p), max(p)) for p in zip(order[::2], order[1::2], strict=True)}
    return sorted(found)


def _layers(
    n: int, edges: Edges, random: np.random.Generator
) -> Iterator[Callable[[tnsim.Circuit], None]]:
    """Layers of one-qubit gates at random angles and two-qubit gates on disjoint edges."""
    gate = str(random.choice(["cz", "cx", "rzz", "iswap", "fsim"]))
    classes: list[Edges] = []
    for edge in [edges[k] for k in random.permutation(len(edges))]:
        free = [c for c in classes if not any(set(edge) & set(other) for other in c)]
        (free[0] if free else classes.append([]) or classes[-1]).append(edge)
    parameter = tnsim.Parameter("theta")
    number = 0
    while True:
        chosen = classes[number % len(classes)]

        def layer(circuit: tnsim.Circuit, chosen: Edges = chosen) -> None:
            circuit.u(*random.uniform(0, math.pi, 3).tolist(), range(n))
            circuit.rx(parameter + float(random.random()), range(n))
            angles = {"rzz": 1, "fsim": 2}.get(gate, 0)
            values = random.uniform(0.2, 1.2, angles).tolist()
            circuit.append(gate, *values, [a for a, _ in chosen], [b for _, b in chosen])

        yield layer
        number += 1


def _noise(random: np.random.Generator) -> tnsim.NoiseModel:
    model = tnsim.NoiseModel()
    single = [
        noise.depolarizing(0.002),
        noise.amplitude_damping(0.01),
        noise.thermal_relaxation(50.0, 40.0, 0.3),
        noise.pauli(0.001, 0.001, 0.002),
    ]
    double = [noise.depolarizing(0.01, num_qubits=2), noise.correlated_pauli(0.01, 0.0, 0.01, 0.3)]
    model.after(single[int(random.integers(4))], gates="u")
    if random.random() < 0.7:
        model.after(double[int(random.integers(2))], arity=2)
    if random.random() < 0.4:
        model.readout(0.01, 0.03)
    return model


def _question(n: int, random: np.random.Generator, *, pure: bool) -> Callable[[], LeafQuery]:
    """A question of a random kind, about random qubits."""
    order = random.permutation(n).tolist()
    kind = random.random()
    if pure and kind < 0.6:
        count = int(random.choice([1, 8, 1000]))
        bits = random.integers(0, 2, (count, n))
        texts = ["".join(map(str, row)) for row in bits.tolist()]
        return lambda: tnsim.Amplitudes(texts)
    if kind < 0.5:
        size = int(random.integers(1, 5))
        letters = random.choice(list("XYZ"), size).tolist()
        word = " ".join(f"{p}{q}" for p, q in zip(letters, order, strict=False))
        return lambda: tnsim.Expectation(word)
    if kind < 0.7:
        qubits = order[: int(random.integers(2, min(n, 21) + 1))]
        return lambda: tnsim.Probabilities(qubits)
    if kind < 0.9:
        few = order[: int(random.integers(2, min(n, 10) + 1))]
        return lambda: tnsim.ReducedDensityMatrix(few)
    some = order[: int(random.integers(2, 7))]
    return lambda: tnsim.Purity(some)

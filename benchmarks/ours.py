"""The questions of the benchmarks put to tnsim, each planned anew (no plan from the cache)."""

from __future__ import annotations

import math
import time
from itertools import groupby
from typing import Any

__all__ = ["amplitude", "eagle"]


def eagle(
    steps: int,
    theta: float,
    qubit: int,
    edges: list[list[int]],
    memory: str,
    noise: bool = False,
    effort: str = "auto",
    further: bool = True,
) -> dict[str, Any]:
    """The mean of Z on one qubit of the kicked Ising circuit; then at one `further` angle."""
    import tnsim

    begin = time.perf_counter()
    angle = tnsim.Parameter("theta")
    circuit = tnsim.Circuit(127)
    for _ in range(steps):
        circuit.rx(angle, range(127))
        circuit.rzz(-math.pi / 2, [a for a, _ in edges], [b for _, b in edges])
    model = pauli_noise() if noise else None
    built = time.perf_counter()
    question = tnsim.Expectation(f"Z{qubit}")
    program = tnsim.compile(
        circuit, question, noise=model, memory=memory, effort=effort, cache=False
    )
    planned = time.perf_counter()
    value = float(program(theta=theta).value)
    first = time.perf_counter()
    stages = {"build": built - begin, "plan": planned - built, "first value": first - planned}
    if further:
        program(theta=theta + 0.1)
        stages["further value"] = time.perf_counter() - first
    return {
        "value": value,
        "stages": {
            **stages,
            "forecast MB": program.forecast.peak_bytes / 1e6,
            "log10 mults": math.log10(max(program.forecast.flops / 2, 1)),
            "slices": program.forecast.slices,
        },
    }


def pauli_noise() -> Any:
    """Probability 1e-3 shared by X, Y, Z after rx; 5e-3 on each qubit after rzz."""
    import tnsim

    model = tnsim.NoiseModel()
    one, two = 1e-3 / 3, 5e-3 / 3
    model.after(tnsim.noise.pauli(one, one, one), gates="rx")
    single = tnsim.noise.pauli(two, two, two)
    model.after(single.tensor(single), gates="rzz")
    return model


def amplitude(gates: list[list[Any]], bits: str, memory: str, dtype: str) -> dict[str, Any]:
    """One amplitude of a circuit given as rows [name, *angles, *qubits]."""
    import tnsim

    circuit = tnsim.Circuit(len(bits))
    for name, rows in groupby(gates, key=lambda row: row[0]):
        circuit.append(name, *(list(column) for column in zip(*(r[1:] for r in rows), strict=True)))
    begin = time.perf_counter()
    program = tnsim.compile(
        circuit, tnsim.Amplitudes([bits]), memory=memory, dtype=dtype, cache=False
    )
    planned = time.perf_counter()
    result = program()
    done = time.perf_counter()
    cost = program.forecast.flops / 8  # real operations in a complex multiply-add
    return {
        "value": complex(result.numpy().reshape(())),
        "stages": {
            "plan": planned - begin,
            "contract": done - planned,
            "log10 mults": math.log10(max(cost, 1)),
            "1e9 mults a second": cost / (done - planned) / 1e9,
            "forecast MB": program.forecast.peak_bytes / 1e6,
        },
    }

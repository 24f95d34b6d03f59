"""The circuits of the benchmarks as plain rows [name, *angles, *qubits], for us and the peers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

__all__ = ["kicked_ising", "qsim_rows", "random_grid"]

Row = list[Any]

_HALF_TURNS = {  # half pi about X, Y and (X + Y) / sqrt(2), as OpenQASM's u3, up to a phase
    "x": (math.pi / 2, -math.pi / 2, math.pi / 2),
    "y": (math.pi / 2, 0.0, 0.0),
    "w": (math.pi / 2, -math.pi / 4, math.pi / 4),
}
_PATTERNS = "ABCDCDAB"


def kicked_ising(steps: int, theta: float, qubits: int, edges: list[list[int]]) -> list[Row]:
    """Per step rx(theta) on every qubit, then rzz(-pi/2) on every edge."""
    step = [["rx", theta, qubit] for qubit in range(qubits)]
    step += [["rzz", -math.pi / 2, a, b] for a, b in edges]
    return step * steps


def random_grid(rows: int, columns: int, cycles: int, seed: int) -> list[Row]:
    """A random circuit on a grid as in the experiment of 2019, fsim(pi/2, pi/6) on couplers.

    Each cycle turns every qubit by half pi about X, Y or W, never twice running about the same,
    and then applies fsim to one of four sets of couplers; a last layer of turns ends it.
    """
    random = Random(seed)
    last = [""] * (rows * columns)
    found: list[Row] = []
    for cycle in range(cycles + 1):
        for qubit, before in enumerate(last):
            last[qubit] = random.choice([turn for turn in _HALF_TURNS if turn != before])
            found.append(["u3", *_HALF_TURNS[last[qubit]], qubit])
        if cycle < cycles:
            pattern = _PATTERNS[cycle % len(_PATTERNS)]
            pairs = couplers(rows, columns, pattern)
            found += [["fsim", math.pi / 2, math.pi / 6, a, b] for a, b in pairs]
    return found


def couplers(rows: int, columns: int, pattern: str) -> Iterator[tuple[int, int]]:
    """The pairs of one pattern: A, B along columns and C, D along rows, staggered."""
    down, odd = pattern in "AB", pattern in "BD"
    for row in range(rows - down):
        for column in range(columns - (not down)):
            if (row + column) % 2 == odd:
                here = row * columns + column
                yield here, here + (columns if down else 1)


def qsim_rows(path: Path) -> tuple[int, list[Row]]:
    """Number of qubits and rows of a file in qsim's text format, as published with the experiment.

    Lines are "time gate qubits... angles..."; qubits are renumbered densely in rising order.
    """
    lines = [line.split() for line in path.read_text().splitlines()[1:] if line.strip()]
    used = sorted({int(q) for words in lines for q in words[2 : 3 + (words[1] in _PAIRS)]})
    dense = {str(qubit): index for index, qubit in enumerate(used)}
    found: list[Row] = []
    for _, name, *rest in lines:
        size = 2 if name in _PAIRS else 1
        qubits, angles = [dense[q] for q in rest[:size]], [float(a) for a in rest[size:]]
        turn = {"x_1_2": "x", "y_1_2": "y", "hz_1_2": "w"}.get(name)
        if turn is not None:
            found.append(["u3", *_HALF_TURNS[turn], *qubits])
        elif name in {"rz", "fs"}:
            found.append([{"rz": "rz", "fs": "fsim"}[name], *angles, *qubits])
        else:
            raise ValueError(f"{path.name}: gate {name!r} is not one of the experiment's")
    return len(used), found


_PAIRS = {"fs"}

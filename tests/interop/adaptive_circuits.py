"""Circuits with measurements in the middle and conditions on their results."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

import tnsim
from tests import strategies

SIZE = 3


@st.composite
def adaptive_circuits(
    draw: st.DrawFn, *, rotations: bool = True, most_bits: int = 2, resets: bool = True
) -> tnsim.Circuit:
    """Gates, measurements into fresh bits, and gates that wait for one or more of these."""
    circuit = tnsim.Circuit(SIZE)
    bits = 0
    kinds = ["gate", "gate", "measure", "when", "when"] + ["reset"] * resets
    for kind in draw(st.lists(st.sampled_from(kinds), min_size=3, max_size=10)):
        a, b = draw(strategies.qubit_lists(SIZE, min_size=2, max_size=2))
        if kind == "measure" and bits < 4:
            circuit.measure(a, bits)
            bits += 1
        elif kind == "reset":
            circuit.reset(a)
        elif kind == "gate":
            _gate(draw, circuit, a, b, rotations)
        elif kind == "when" and bits:
            body = tnsim.Circuit(SIZE)
            if rotations:
                _gate(draw, body, a, b, rotations)
            body.append(draw(st.sampled_from("xyz")), b)
            count = draw(st.integers(1, min(bits, most_bits)))
            where = sorted(draw(st.permutations(range(bits)))[:count])
            values = draw(st.lists(st.integers(0, 1), min_size=count, max_size=count))
            circuit.when(where, values, body)
    return circuit.measure(range(SIZE), range(bits, bits + SIZE))


def _gate(draw: st.DrawFn, into: tnsim.Circuit, a: int, b: int, rotations: bool) -> None:
    name = draw(st.sampled_from(["h", "s", "cx", "cz", *(["rx", "ry"] * rotations)]))
    angles = [draw(st.floats(-math.pi, math.pi))] if name.startswith("r") else []
    into.append(name, *angles, *([a, b] if name.startswith("c") else [a]))


def bit_chances(circuit: tnsim.Circuit) -> Any:
    """The chance of each string of bits, the first bit most significant."""
    query = tnsim.Probabilities(range(circuit.num_bits), on="bits")
    return np.asarray(tnsim.run(circuit, query, memory="1GB").value)


def assert_counts_agree(counts: dict[str, int], chances: Any) -> None:
    """Counts by string of bits, the first bit first, within five standard errors."""
    shots = sum(counts.values())
    size = len(chances).bit_length() - 1
    for number, chance in enumerate(chances):
        found = counts.get(f"{number:0{size}b}", 0) / shots
        assert abs(found - chance) < 5 * math.sqrt(max(chance * (1 - chance), 0.01) / shots)
    assert sum(counts.values()) == sum(counts.get(f"{k:0{size}b}", 0) for k in range(1 << size))

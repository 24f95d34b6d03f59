"""IBM's experiment on 127 qubits: exact where bonds stay small, near published values elsewhere."""

from __future__ import annotations

import math

import pytest

import tnsim
from tests.peps.peps_circuits import answered, kicked_ising

Z62 = tnsim.Expectation("Z62")


@pytest.mark.parametrize(("k", "expected"), [(0, 1.0), (16, 0.0)])
def test_clifford_points_are_exact(k: int, expected: float) -> None:
    circuit = kicked_ising(20, k * math.pi / 32)
    found = answered(circuit, Z62, max_bond=16, picture="heisenberg")
    assert abs(found.value - expected) < 1e-9
    assert found.error < 1e-6


def test_a_small_angle_has_the_known_value() -> None:
    found = answered(kicked_ising(20, math.pi / 32), Z62, max_bond=8, picture="schrodinger")
    assert abs(found.value - 0.9959454) < 1e-6


def test_five_steps_equal_exact_contraction() -> None:
    circuit = kicked_ising(5, 6 * math.pi / 32)
    expected = tnsim.run(circuit, Z62, memory="1GB").value
    heisenberg = answered(circuit, Z62, max_bond=32, picture="heisenberg")
    assert abs(heisenberg.value - expected) < 1e-9
    assert heisenberg.kind == "bound"
    ket = answered(circuit, Z62, max_bond=8, picture="schrodinger")
    assert 1e-9 < abs(ket.value - expected) <= ket.error < 0.05


def test_weight_ten_at_five_steps() -> None:
    # Kim et al., Nature 618, 500 (2023), figure 3; exact value from arXiv:2308.05077's data.
    word = "X13 X29 X31 Y9 Y30 Z8 Z12 Z17 Z28 Z32"
    circuit = kicked_ising(5, 12 * math.pi / 32)
    found = answered(circuit, tnsim.Expectation(word), max_bond=32, picture="heisenberg")
    assert abs(found.value - 0.31747505635533) < 1e-9


def test_rounding_does_not_grow_around_loops() -> None:
    # Bonds that keep what is rounding carry it around rings of twelve, where each site's weights
    # divide it once more: several of these five then come out far above 1. The expected mean is
    # from exact contraction.
    circuit = kicked_ising(5, 9 * math.pi / 32)
    qubits = (69, 74, 88, 107, 112)
    query = tnsim.Expectation({f"Z{q}": 0.2 for q in qubits})
    found = answered(circuit, query, max_bond=32, picture="heisenberg")
    assert abs(found.value - 0.3150203716990043) < 1e-9
    assert found.error < 1e-9


def test_weight_seventeen_at_five_steps() -> None:
    # As above; bond 64 loses nothing, and half of it little, as the error says.
    word = "X37 X41 X52 X56 X57 X58 X62 X79 Y75 Z38 Z40 Z42 Z63 Z72 Z80 Z90 Z91"
    circuit, query = kicked_ising(5, 12 * math.pi / 32), tnsim.Expectation(word)
    expected = -0.13340763556564372
    whole = answered(circuit, query, 2 * 10**9, max_bond=64, picture="heisenberg")
    assert abs(whole.value - expected) < 1e-9
    half = answered(circuit, query, max_bond=32, picture="heisenberg")
    assert 1e-6 < abs(half.value - expected) < min(1e-3, half.error)

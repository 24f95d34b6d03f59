"""Reported errors cover the true ones, of truncation and of missed loops."""

from __future__ import annotations

import json

import numpy as np
import pytest

import tnsim
from tests.peps.peps_circuits import answered, random_case

CASES = 40


def ratios(environment: str, first: int) -> list[tuple[float, float]]:
    """(reported, true) errors of random truncated cases."""
    found = []
    seed = first
    while len(found) < CASES:
        circuit, query, bond = random_case(seed)
        seed += 1
        picture = ("schrodinger", "heisenberg", "auto")[seed % 3]
        one = answered(circuit, query, max_bond=bond, picture=picture, environment=environment)
        if one.kind == "bound":
            continue
        true = np.abs(one.value - tnsim.run(circuit, query, memory="1GB").value)
        worst = int(np.argmax(true))
        found.append((float(one.error.reshape(-1)[worst]), float(true.reshape(-1)[worst])))
    return found


@pytest.mark.parametrize("environment", ["auto", "bp"])
def test_errors_cover(environment: str) -> None:
    found = ratios(environment, 5000)
    covered = sum(reported >= true for reported, true in found)
    assert covered >= 0.85 * CASES
    assert np.median([reported / max(true, 1e-15) for reported, true in found]) < 20


def test_belief_propagation_on_a_ring_shows_its_loop_error() -> None:
    circuit = tnsim.Circuit(4)
    for _ in range(3):
        circuit.ry(0.7, range(4)).rzz(0.8, range(4), [1, 2, 3, 0])
    query = tnsim.Expectation("Z0")
    found = answered(circuit, query, cutoff=1e-26, picture="schrodinger", environment="bp")
    true = abs(found.value - tnsim.run(circuit, query, memory="1GB").value)
    assert true > 1e-5
    assert true <= found.error < 20 * true
    assert json.loads(json.dumps(found.evidence))["loops"] > 0


def test_clusters_come_closer_than_messages() -> None:
    circuit = tnsim.Circuit(12)
    edges = tnsim.lattices.grid(3, 4)
    for _ in range(3):
        circuit.ry(0.5, range(12)).rzz(0.6, [a for a, _ in edges], [b for _, b in edges])
    query = tnsim.Expectation("Z5")
    expected = tnsim.run(circuit, query, memory="1GB").value
    off = []
    for options in ({"environment": "bp"}, {"environment": "cluster", "radius": 2}):
        found = answered(circuit, query, max_bond=64, picture="schrodinger", **options)
        off.append(abs(float(found.value - expected)))
    assert off[1] < 0.2 * off[0]
    whole = answered(circuit, query, max_bond=64, picture="schrodinger", environment="exact")
    assert abs(whole.value - expected) < 1e-6


def test_doubling_ends_at_the_target() -> None:
    circuit, query, _ = random_case(7)
    found = answered(circuit, query, target_error=1e-2)
    assert np.all(found.error <= 1e-2)
    assert np.all(np.abs(found.value - tnsim.run(circuit, query, memory="1GB").value) <= 1e-2)

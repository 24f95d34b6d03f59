"""Trajectories of lines of tensors: those of vectors, and honest about truncation."""

from __future__ import annotations

import numpy as np
import pytest

import tnsim
from tests import oracle_circuits
from tests.trajectories.trajectory_cases import answers, brickwork, random_case
from tnsim import noise
from tnsim.base.errors import BudgetError, QueryError
from tnsim.engines.mps.decompositions import Truncation
from tnsim.engines.mps.line import Line
from tnsim.engines.trajectories import holding
from tnsim.engines.trajectories.line_states import local_density
from tnsim.queries import (
    Amplitudes,
    Expectation,
    Fidelity,
    Probabilities,
    Purity,
    ReducedDensityMatrix,
    Samples,
    Variance,
)

CHANNELS = noise.amplitude_damping(0.05), noise.depolarizing(0.03, num_qubits=2)
ASKED = [
    Expectation("Z0"),
    Expectation({"X0 Y6": 1j, "Z2": 0.5}),
    Variance({"Z0 Z1": 1.0, "X3": 0.5}),
    Probabilities([3, 1]),
    ReducedDensityMatrix([4, 2, 0]),
    Purity([0, 2]),
]


def wide_circuit() -> tnsim.Circuit:
    """Gates on neighbours, on distant qubits and on three of them, in both directions."""
    circuit = brickwork(7, 3, *CHANNELS)
    circuit.cx(6, 1).channel(noise.amplitude_damping(0.2).tensor(noise.bit_flip(0.1)), 5, 2)
    circuit.ccx(4, 0, 2).reset(3).rx(0.3, 3).cx(3, 4)
    return tnsim.NoiseModel().readout(0.02, 0.05).apply(circuit)


@pytest.mark.parametrize("options", [{"max_bond": 8}, {"cutoff": 1e-11}, {"state": "mps"}], ids=str)
def test_each_trajectory_is_that_of_a_vector(options: dict[str, object]) -> None:
    circuit = wide_circuit()
    vectors = answers(circuit, ASKED, count=70, seed=3, state="vector")
    lines = answers(circuit, ASKED, count=70, seed=3, **options)
    for query in ASKED:
        np.testing.assert_allclose(lines[query].value, vectors[query].value, atol=1e-8)
        np.testing.assert_allclose(lines[query].error, vectors[query].error, atol=1e-6)
        assert lines[query].evidence["state"] == "mps"


def test_reduced_states_of_any_sites() -> None:
    line = Line.product(np.array([[1.0, 0.0]] * 5, dtype=complex))
    rng = np.random.default_rng(0)
    whole = Truncation(None, 0.0)
    psi = np.zeros(32, dtype=complex)
    psi[0] = 1.0
    for sites in [(0, 1), (1, 3), (2, 4), (0, 4), (3, 4), (1, 2)]:
        matrix = np.linalg.qr(rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4)))[0]
        line.apply(sites, matrix, whole)
        moved = np.moveaxis(psi.reshape((2,) * 5), sites, (0, 1)).reshape(4, -1)
        psi = np.moveaxis((matrix @ moved).reshape((2,) * 5), (0, 1), sites).reshape(-1)
    for centre in range(5):
        for sites in [(0,), (4,), (1, 2), (0, 3), (1, 2, 4)]:
            line.move(centre)
            moved = np.moveaxis(psi.reshape((2,) * 5), sites, range(len(sites)))
            moved = moved.reshape(1 << len(sites), -1)
            expected = moved @ moved.conj().T
            np.testing.assert_allclose(local_density(line, sites), expected, atol=1e-12)


def test_errors_cover_truncation() -> None:
    covered, ratios = [], []
    for seed in range(25):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(4, 7))
        strength = float(10 ** rng.uniform(-3, -1))
        channel = [noise.amplitude_damping, noise.depolarizing][seed % 2](strength)
        circuit = brickwork(n, int(rng.integers(2, 7)), channel)
        query = Expectation(f"{rng.choice(list('XZ'))}{rng.integers(n)}")
        bond = int(rng.integers(2, 9))
        found = answers(circuit, [query], count=150, seed=seed, max_bond=bond)[query]
        away = abs(float(found.value) - float(oracle_circuits.answer(circuit, query, {})))
        covered.append(away <= float(found.error))
        ratios.append(float(found.error) / max(away, 1e-15))
    assert np.mean(covered) >= 0.9
    assert np.median(ratios) < 20


def test_truncation_ends_a_run_that_more_trajectories_would_not_help() -> None:
    circuit = brickwork(8, 8, noise.depolarizing(0.001))
    query = Expectation("Z3 X4")
    found = answers(circuit, [query], target_error=1e-3, max_bond=3)[query]
    assert found.evidence["ended_by"] == "truncation"
    assert found.error > 1e-3
    assert found.evidence["truncation_error"] > 0.8e-3


def test_bonds_grow_towards_a_target(monkeypatch: pytest.MonkeyPatch) -> None:
    circuit = brickwork(8, 6, noise.depolarizing(0.001))
    query = Expectation("Z3 X4")
    monkeypatch.setattr(holding, "_BOND", 4)
    monkeypatch.setattr(holding, "_GROWN_BOND", 4)
    fixed = answers(circuit, [query], target_error=0.02, state="mps")[query]
    assert fixed.evidence["ended_by"] == "truncation"
    monkeypatch.setattr(holding, "_GROWN_BOND", 16)
    grown = answers(circuit, [query], target_error=0.02, state="mps")[query]
    assert grown.evidence["ended_by"] == "target_error"
    assert grown.evidence["max_bond"] > 4
    exact = float(oracle_circuits.answer(circuit, query, {}))
    assert abs(float(grown.value) - exact) <= float(grown.error) <= 0.02


def test_samples_of_lines() -> None:
    circuit = brickwork(4, 2, noise.amplitude_damping(0.3))
    query = Samples(2000, seed=4)
    bits = answers(circuit, [query], state="mps")[query].value
    chances = oracle_circuits.answer(circuit, Probabilities(range(4)), {})
    counts = np.bincount(bits @ np.array([8, 4, 2, 1]), minlength=16)
    assert ((counts - 2000 * chances) ** 2 / (2000 * chances)).sum() < 45.0


def test_many_qubits_are_lines_by_themselves() -> None:
    circuit = brickwork(70, 3, noise.depolarizing(0.02))
    asked = [Expectation(" ".join(f"Z{q}" for q in range(0, 70, 3))), Expectation("Z35")]
    found = answers(circuit, asked, count=24, budget=3 * 10**8)
    for query in asked:
        assert found[query].evidence["state"] == "mps"
        exact = float(tnsim.run(circuit, query, method="exact").value)
        assert abs(float(found[query].value) - exact) <= float(found[query].error)


def test_workers_change_nothing() -> None:
    circuit = brickwork(6, 3, *CHANNELS)
    asked = [ASKED[0], Samples(30, seed=1)]
    one = answers(circuit, asked, count=40, max_bond=4)
    three = answers(circuit, asked, count=40, max_bond=4, workers=3)
    for query in asked:
        np.testing.assert_array_equal(one[query].value, three[query].value)


@pytest.mark.parametrize("query", [Fidelity(tnsim.Circuit(3)), Amplitudes("000")], ids=repr)
def test_what_lines_do_not_answer(query: Fidelity | Amplitudes) -> None:
    with pytest.raises(QueryError, match=r"with state='mps', but got .* use state='vector'"):
        answers(tnsim.Circuit(3).h(0), [query], state="mps")


def test_a_bond_beyond_the_budget() -> None:
    with pytest.raises(BudgetError, match="`memory` must be at least"):
        answers(brickwork(40, 40), [Expectation("Z20")], max_bond=4096, budget=10**8)


def test_cases_of_all_kinds() -> None:
    for seed in range(6):
        circuit, queries, _ = random_case(seed)
        asked = [q for q in queries if not isinstance(q, Fidelity)]
        vectors = answers(circuit, asked, count=20, state="vector")
        lines = answers(circuit, asked, count=20, max_bond=8)
        for query in asked:
            np.testing.assert_allclose(lines[query].value, vectors[query].value, atol=1e-8)

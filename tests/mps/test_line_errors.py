"""The reported error covers the true one, and is not far above it."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

from tests.mps.mps_engines import SETTINGS, estimate, options_of
from tnsim import noise
from tnsim.circuit import Circuit
from tnsim.engines.evolution.rows import rows_of
from tnsim.engines.mps import LineEngine
from tnsim.engines.mps.estimates import Level, error_of
from tnsim.engines.mps.nearby import reach_of
from tnsim.engines.settings import Settings
from tnsim.queries import (
    Expectation,
    LeafQuery,
    Probabilities,
    ReducedDensityMatrix,
    Samples,
)


def random_circuit(generator: np.random.Generator, *, noisy: bool) -> Circuit:
    n = int(generator.integers(4, 8 if noisy else 11))
    circuit, strength = Circuit(n), 10 ** generator.uniform(-3, -1)
    kind = generator.integers(3)
    for layer in range(int(generator.integers(2, 10))):
        for q in range(n):
            angles = generator.uniform(0, 2 * np.pi, 3) * (1.0, 0.25, 0.1)[kind]
            circuit.u(*angles, q)
        pairs = [(q, q + 1) for q in range(layer % 2, n - 1, 2)]
        if generator.random() < 0.3:
            pairs = [tuple(generator.choice(n, 2, replace=False).tolist()) for _ in range(n // 2)]
        for a, b in pairs:
            if kind == 0:
                circuit.cx(a, b)
            else:
                circuit.rzz(generator.uniform(0, 2), a, b)
            if noisy:
                circuit.channel(noise.depolarizing(strength, 2), a, b)
                circuit.channel(noise.amplitude_damping(strength), a)
    return circuit


def random_leaf(generator: np.random.Generator, n: int) -> LeafQuery:
    a, b = (int(q) for q in generator.choice(n, 2, replace=False))
    return [
        Expectation(f"Z{a}"),
        Expectation(f"X{a} Y{b}"),
        Expectation({f"Z{q} Z{q + 1}": 1.0 for q in range(n - 1)}),
        Probabilities([a, b]),
        ReducedDensityMatrix(a),
    ][int(generator.integers(5))]


@pytest.mark.parametrize(
    ("method", "picture"),
    [("mps", "schrodinger"), ("mpdo", "schrodinger"), ("mpdo", "heisenberg")],
)
def test_errors_cover_what_truncation_changes(method: str, picture: str) -> None:
    generator = np.random.default_rng(20)
    covered, ratios = [], []
    while len(ratios) < 40:
        circuit = random_circuit(generator, noisy=method == "mpdo")
        leaf = random_leaf(generator, circuit.num_qubits)
        if picture == "heisenberg" and not isinstance(leaf, Expectation):
            continue
        exact = estimate(circuit, leaf, method=method, max_bond=4096, picture="schrodinger").value
        free = options_of(method, max_bond=4096, picture=picture)
        widest = LineEngine.prepare(circuit, [leaf], SETTINGS, free).most_bond
        bond = int(np.exp(generator.uniform(0, np.log(widest))))
        found = estimate(circuit, leaf, method=method, max_bond=bond, picture=picture)
        if found.kind == "bound":
            continue
        true = np.abs(found.value - exact)
        covered.append(bool(np.all(found.error >= true)))
        ratios.append(float(np.median(found.error / np.maximum(true, 1e-14))))
    assert np.mean(covered) >= 0.9
    assert np.median(ratios) < 20


def test_target_error_raises_the_bond_until_it_is_met() -> None:
    generator = np.random.default_rng(4)
    circuit = Circuit(12)
    for layer in range(8):
        for q in range(12):
            circuit.u(*generator.uniform(0, 6, 3), q)
        a = np.arange(layer % 2, 11, 2)
        circuit.cx(a, a + 1)
    leaf = Expectation("Z5")
    exact = estimate(circuit, leaf, method="mps").value
    found = estimate(circuit, leaf, method="mps", target_error=1e-3, picture="schrodinger")
    assert found.error <= 1e-3
    assert abs(found.value - exact) <= 1e-3
    assert found.evidence["ended_by"] in ("target_error", "exact")
    bonds = found.evidence["convergence"]["bond"]
    assert bonds == sorted(bonds) and len(bonds) > 1


def test_cutoff_bounds_what_one_update_discards() -> None:
    generator = np.random.default_rng(5)
    circuit = random_circuit(generator, noisy=False)
    leaf = Expectation("Z0")
    exact = estimate(circuit, leaf, method="mps").value
    loose = estimate(circuit, leaf, method="mps", cutoff=1e-2, picture="schrodinger")
    tight = estimate(circuit, leaf, method="mps", cutoff=1e-10, picture="schrodinger")
    assert tight.evidence["fidelity"] > 1 - 1e-7
    assert tight.evidence["bond"] >= loose.evidence["bond"]
    assert abs(tight.value - exact) < 1e-4


def test_memory_and_time_end_what_the_target_does_not() -> None:
    generator = np.random.default_rng(5)
    circuit = Circuit(16)
    for layer in range(16):
        for q in range(16):
            circuit.u(*generator.uniform(0, 6, 3), q)
        a = np.arange(layer % 2, 15, 2)
        circuit.cx(a, a + 1)
    leaf = Expectation("Z8")
    chosen = options_of("mps", target_error=1e-12, picture="schrodinger")
    small = LineEngine.prepare(circuit, [leaf], Settings(400_000, "complex128"), chosen)
    found = small.run({})[leaf]
    assert found.evidence["ended_by"] == "memory" and found.kind == "estimate"
    assert found.evidence["bond"] == small.most_bond < 256
    chosen = options_of("mps", target_error=1e-12, picture="schrodinger", seconds=1e-6)
    found = LineEngine.prepare(circuit, [leaf], SETTINGS, chosen).run({})[leaf]
    assert found.evidence["ended_by"] == "seconds"
    exact = estimate(circuit, leaf, method="mps").value
    assert abs(found.value - exact) <= found.error


def grid_circuit(rows: int, columns: int, steps: int) -> Circuit:
    """A kicked Ising model on a grid: on a line, most of its gates reach far."""
    n = rows * columns
    left = [q for q in range(n) if q % columns < columns - 1]
    pairs = [(q, q + 1) for q in left] + [(q, q + columns) for q in range(n - columns)]
    circuit = Circuit(n)
    for _ in range(steps):
        circuit.rx(0.6, range(n)).rzz(-np.pi / 2, [a for a, _ in pairs], [b for _, b in pairs])
    return circuit


def test_answers_that_creep_one_way_are_not_trusted() -> None:
    # Runs of bonds 8, 16, 32 of Eagle's 20 steps on a line; published values are 0.12 lower.
    lost = [4.105, 2.946, 2.034]
    creeping, turning = (
        [Level(8 << k, -w, np.array(v)) for k, (w, v) in enumerate(zip(lost, some, strict=True))]
        for some in ([0.8524, 0.8349, 0.8167], [0.8524, 0.8349, 0.8531])
    )
    assert float(error_of(creeping, 2, 1.0)) > 0.12
    assert float(error_of(turning, 2, 1.0)) < 0.09


def test_far_gates_widen_what_is_near() -> None:
    places = {q: q for q in range(12)}
    lost = 2.0 ** np.arange(11)
    near = reach_of(rows_of(Circuit(12).cx(5, 6).cx(4, 5), places, "ket"), 12).sums(lost)
    assert near[5] == lost[3:7].sum() and near[0] == lost[:2].sum() and near[11] == lost[9:].sum()
    far = reach_of(rows_of(Circuit(12).cx(5, 8).cx(4, 5), places, "ket"), 12).sums(lost)
    assert far[5] == lost[3:11].sum() and far[8] == lost[2:10].sum()


def test_the_time_given_is_for_short_runs_of_both_pictures_too() -> None:
    circuit = grid_circuit(8, 12, 12)
    leaf = Expectation("Z50")
    chosen = options_of("mps", target_error=1e-6, seconds=4.0)
    engine = LineEngine.prepare(circuit, [leaf], SETTINGS, chosen)
    assert engine.rival is not None and engine.cost().seconds > 600
    begin = time.monotonic()
    found = engine.run({})[leaf]
    assert time.monotonic() - begin < 12.0
    assert found.evidence["ended_by"] == "seconds" and found.error > 0.02


def test_without_a_time_no_run_is_begun_that_takes_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tnsim.engines.mps.levels.MOST_SECONDS", 0.3)
    leaf = Expectation("Z5")
    chosen = options_of("mps", target_error=1e-9, picture="schrodinger")
    engine = LineEngine.prepare(grid_circuit(5, 8, 8), [leaf], SETTINGS, chosen)
    found = engine.run({})[leaf]
    assert found.evidence["ended_by"] == "seconds"
    assert found.evidence["bond"] < engine.most_bond


def test_progress_is_told_and_evidence_is_json() -> None:
    generator = np.random.default_rng(6)
    circuit, told = random_circuit(generator, noisy=True), []
    leaves: list[LeafQuery] = [Expectation("Z0"), Probabilities([0, 1]), Samples(10, seed=1)]
    chosen = options_of("mpdo", max_bond=4, picture="schrodinger")
    engine = LineEngine.prepare(circuit, leaves, SETTINGS, chosen)
    found = engine.run({}, report=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1]
    for leaf in leaves:
        assert json.loads(json.dumps(dict(found[leaf].evidence)))
        assert found[leaf].error.shape == found[leaf].value.shape == leaf.shape(circuit.num_qubits)

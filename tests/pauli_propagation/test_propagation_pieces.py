"""However the strings and gates are cut in pieces, the walk is the same."""

from __future__ import annotations

import numpy as np
import pytest

import tnsim
from tests.pauli_propagation.propagation_memory import ising
from tests.pauli_propagation.test_propagation_exact import EXACT, MEMORY
from tests.pauli_propagation.truncated_cases import noisy, pure_circuit
from tnsim.engines.pauli_propagation import (
    PauliPropagation,
    PauliPropagationEngine,
    limits,
    stages,
    store,
)


@pytest.mark.parametrize("seed", range(8))
def test_pieces_make_no_difference(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    r = np.random.default_rng(seed)
    circuit = noisy(r, pure_circuit(r))
    last = circuit.num_qubits - 1
    query = tnsim.Expectation({"Z0": 1.0, f"X0 Y{last}": 0.5, f"Z{last}": -0.3})
    expected = tnsim.run(circuit, query, memory="1GB", method="exact").value
    monkeypatch.setattr(stages, "_WINDOW", 5)
    monkeypatch.setattr(store, "_TABLEAU", 0)
    monkeypatch.setattr(store, "_PARALLEL", 2)
    monkeypatch.setattr(store, "_BUCKET", 4)
    monkeypatch.setattr(limits, "_BUCKET_ROOM", 128)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    engine = PauliPropagationEngine.prepare(circuit, [query], MEMORY, EXACT)
    assert engine.run({})[query].value == pytest.approx(float(expected), abs=1e-9)


def test_threads_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    query = tnsim.Expectation("Z4")
    found = []
    monkeypatch.setattr(store, "_PARALLEL", 100)
    for threads in ("1", "2", "3"):
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", threads)
        engine = PauliPropagationEngine.prepare(
            ising(9, 8), [query], MEMORY, PauliPropagation(cutoff=1e-3)
        )
        found.append(float(engine.run({"theta": 0.6, "phi": 0.8})[query].value))
    assert found[1:] == pytest.approx(found[:1] * 2, abs=1e-12)


def test_clifford_runs_on_more_than_64_qubits() -> None:
    # Stabilisers of a graph state: X on a qubit with Z on its neighbours has the mean 1.
    n = 150
    circuit = tnsim.Circuit(n).h(range(n))
    circuit.cz(range(n - 1), range(1, n))
    strings = {f"Z{q - 1} X{q} Z{q + 1}": float(q) for q in range(1, n - 1)}
    query = tnsim.Expectation(strings)
    engine = PauliPropagationEngine.prepare(circuit, [query], MEMORY, EXACT)
    value = float(engine.run({})[query].value)
    assert value == pytest.approx(sum(strings.values()), abs=1e-9)

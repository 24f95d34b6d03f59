"""Truncated walks: their errors are honest, their limits are kept, their memory is bounded."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tnsim
from tests.pauli_propagation import truncated_cases
from tests.pauli_propagation.propagation_memory import ising
from tnsim.engines.approximate import Estimate
from tnsim.engines.pauli_propagation import PauliPropagation, PauliPropagationEngine, ladder, limits
from tnsim.engines.settings import Settings

ROOT = Path(__file__).parents[2]
QUERY = tnsim.Expectation("Z4")


def answer(options: PauliPropagation, budget: int = 10**8, dtype: str = "complex128") -> Estimate:
    settings = Settings(budget, dtype)
    engine = PauliPropagationEngine.prepare(ising(9, 8), [QUERY], settings, options)
    return engine.run({"theta": 0.6, "phi": 0.8})[QUERY]


def exact() -> float:
    found = tnsim.run(ising(9, 8), QUERY, memory="1GB", theta=0.6, phi=0.8).value
    return float(found)


def test_reported_errors_cover_true_ones() -> None:
    ratios = truncated_cases.ratios(11, 40)
    assert np.mean([one >= 1 for one in ratios]) >= 0.9
    assert np.median(ratios) < 20


def test_a_target_is_met() -> None:
    found = answer(PauliPropagation(target_error=1e-2))
    assert found.error <= 1e-2
    assert abs(found.value - exact()) <= found.error
    table = found.evidence["convergence"]
    assert table["max_terms"] == sorted(table["max_terms"])
    assert all(error > 1e-2 for error in table["error"][3:-1])


def test_single_precision_is_honoured() -> None:
    single = answer(PauliPropagation(cutoff=1e-4), dtype="complex64")
    double = answer(PauliPropagation(cutoff=1e-4))
    assert single.value.dtype == np.float32
    assert 0 < abs(single.value - double.value) < 1e-4


@pytest.mark.parametrize("most", [7, 60, 500])
def test_no_more_strings_than_allowed(most: int) -> None:
    found = answer(PauliPropagation(max_terms=most))
    assert found.evidence["capped"]
    assert found.evidence["convergence"]["max_terms"][-1] == most
    assert abs(found.value - exact()) <= found.error


def test_weights_are_bounded() -> None:
    circuit = tnsim.Circuit(3).rx(0.4, range(3)).cz(0, 1).cz(1, 2).rx(0.7, range(3))
    query = tnsim.Expectation("Z1")
    found = {}
    for weight in (2, 3):
        options = PauliPropagation(cutoff=0.0, max_weight=weight)
        engine = PauliPropagationEngine.prepare(
            circuit, [query], Settings(10**8, "complex128"), options
        )
        found[weight] = engine.run({})[query]
    full = float(tnsim.run(circuit, query).value)
    assert found[3].value == pytest.approx(full, abs=1e-12)
    # Z1 -> cos Z1 + sin Y1; the latter becomes -X1... with both neighbours' Z, of weight 3.
    assert found[2].value == pytest.approx(math.cos(0.7) * math.cos(0.4), abs=1e-12)
    # One string, as heavy as others that are not there: its size is told, no more.
    assert 0.5 * abs(found[2].value - full) <= found[2].error <= 2 * abs(found[2].value - full)


def test_the_time_given_is_kept() -> None:
    found = answer(PauliPropagation(target_error=0.0, seconds=0.0))
    assert len(found.evidence["convergence"]["terms"]) == 1


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's accounts")
def test_the_budget_is_kept() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.pauli_propagation.propagation_memory"],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        case = json.loads(line)
        assert case["measured"] <= 1.05 * case["budget"] + 16e6, case
        assert case["forecast"] <= case["budget"], case
        assert case["measured"] <= 1.05 * case["forecast"] + 16e6, case
        assert case["capped"] is case["full"], case


def test_a_target_out_of_reach_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "_HOPE_FROM", 200)
    monkeypatch.setattr(ladder, "_FIRST", 1)
    found = answer(PauliPropagation(target_error=1e-9))
    assert found.evidence["ended"] == "out of reach"
    assert abs(found.value - exact()) <= found.error
    assert answer(PauliPropagation(target_error=0.5)).evidence["ended"] == "target met"


def test_rules_leave_out_different_strings() -> None:
    found = answer(PauliPropagation(max_terms=60))
    table = found.evidence["convergence"]
    assert table["preference"][0] == table["preference"][2] < table["preference"][1]
    assert 1.5 * abs(table["value"][1] - table["value"][2]) <= found.error


def test_light_strings_are_kept_before_large_ones() -> None:
    circuit = tnsim.Circuit(4).cz(0, 1).cz(2, 3).rx(0.1, range(4))
    query = tnsim.Expectation({"Z0 Z1 Z2": 0.5, "Z3": 0.2})
    options = PauliPropagation(max_terms=1)
    settings = Settings(10**8, "complex128")
    engine = PauliPropagationEngine.prepare(circuit, [query], settings, options)
    assert float(engine.run({})[query].value) == pytest.approx(0.2 * math.cos(0.1), abs=1e-12)


def test_strings_that_do_not_fit_are_chosen_by_those_that_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Without spare room the output overflows at most layers.
    monkeypatch.setattr(limits, "_LEAST_SLACK", 0)
    held = answer(PauliPropagation(max_terms=400))
    assert abs(held.value - exact()) <= held.error
    # The number of strings grows to the room at the tenth of 26 layers, and stays there.
    assert all(250 <= terms <= 600 for terms in held.evidence["terms_by_layer"][0][10:])

"""Memory that does not grow with depth and keeps its forecast; work that grows in step with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.evolution.dense import inputs_for, prepared
from tests.evolution.ladders import angles_of, chain, ladder
from tnsim import BudgetError, Circuit, Parameter, noise
from tnsim.engines.evolution import chunked
from tnsim.engines.evolution.matrices import WINDOW, windows
from tnsim.engines.inputs import Inputs

ROOT = Path(__file__).parents[2]
WEAK = noise.pauli(0.001, 0.001, 0.001)


def test_measured_memory() -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    lines = subprocess.run(
        [sys.executable, "-m", "tests.evolution.evolution_memory"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = {one["name"]: one for one in map(json.loads, lines.splitlines())}
    assert len(found) == 7
    for one in found.values():
        assert one["measured"] <= 1.05 * one["forecast"] + 16e6, one
        assert one["forecast"] <= 1.5 * one["measured"] + 16e6, one
    shallow, deep = (found[f"ten qubits, {k} layers"]["measured"] for k in (2, 16))
    assert deep <= 1.2 * shallow + 2e6
    assert found["ten qubits, 8 layers"]["measured"] <= 40e6
    assert found["states kept"]["kept"] > 0


def test_plans_do_not_grow_with_depth() -> None:
    plans = [prepared(ladder(depth, WEAK, 10), chain(10)) for depth in (8, 16, 64)]
    peaks = [plan.peak_bytes(gradient=True) for plan in plans]
    assert peaks[2] <= 1.01 * peaks[0] <= 30e6
    stages = [plan.layout.num_stages for plan in plans]
    assert stages[2] - stages[1] == 6 * (stages[1] - stages[0])
    # Each layer has 9 entanglers: one 16 x 16 matrix each, and no more.
    assert plans[0].layout.multiply_adds == 8 * 9 * 16 * 4**10
    assert len(np.unique(plans[2].layout.structure)) <= 12


def test_matrices_are_made_for_a_part_at_a_time() -> None:
    layout = prepared(ladder(64, WEAK, 10), chain(10)).layout
    parts = list(windows(layout, 0, layout.num_stages, layout.node_bytes))
    assert [begin for begin, _ in parts] == [0, *(end for _, end in parts[:-1])]
    assert parts[-1][1] == layout.num_stages
    for begin, end in parts:
        nodes = int(layout.stage_start[end] - layout.stage_start[begin])
        assert nodes * layout.node_bytes <= WINDOW


def test_long_runs_on_few_qubits_are_cut() -> None:
    circuit = ladder(300, WEAK, 2)
    layout = prepared(circuit, chain(2)).layout
    assert np.diff(layout.nodes.start).max() <= 32
    assert layout.node_bytes <= 150_000
    assert np.diff(layout.stage_start).max() <= 32


def test_every_stage_is_passed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once forward, once back: a state is never made anew where moving back is safe."""
    calls: list[str] = []
    for name in ("forward", "backward"):
        right = getattr(chunked.ChunkedKernel, name)

        def counted(self: Any, *given: Any, right: Any = right, name: str = name) -> Any:
            calls.append(name)
            return right(self, *given)

        monkeypatch.setattr(chunked.ChunkedKernel, name, counted)
    for depth in (20, 40, 200):
        circuit = ladder(depth, WEAK, 6)
        evolution = prepared(circuit, chain(6))
        calls.clear()
        evolution.pullback(inputs_for(evolution, angles_of(circuit)), np.ones(5))
        assert calls.count("forward") == calls.count("backward") == evolution.layout.num_stages


def test_kept_states_are_not_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    circuit = ladder(6, None, 4)
    for _ in range(3):
        circuit.reset(0).h(0).cx([0, 1, 2], [1, 2, 3])
    evolution = prepared(circuit, chain(4))
    assert 0 < evolution.layout.doubtful == evolution.kept
    moved: list[int] = []
    right = chunked.ChunkedKernel.forward

    def counted(self: Any, *given: Any) -> Any:
        moved.append(1)
        return right(self, *given)

    monkeypatch.setattr(chunked.ChunkedKernel, "forward", counted)
    inputs = inputs_for(evolution, angles_of(circuit))
    _, truth = evolution.pullback(inputs, np.ones(3))
    assert len(moved) == evolution.layout.num_stages
    moved.clear()
    _, found = replace(evolution, kept=0).pullback(inputs, np.ones(3))
    assert len(moved) > evolution.layout.num_stages
    for name, slope in truth.items():
        np.testing.assert_allclose(found[name], slope, atol=1e-13)


@pytest.mark.parametrize(("room", "most"), [(8, 4), (4, 5), (1, 16)])
def test_few_kept_states_serve_many_stages(
    monkeypatch: pytest.MonkeyPatch, room: int, most: int
) -> None:
    """None of 100 stages has an inverse: few states are enough to pass each a few times."""
    circuit = Circuit(3).ry(Parameter("t"), range(3))
    for _ in range(100):
        circuit.cx([0, 1], [1, 2]).reset(0).h(0)
    evolution = prepared(circuit, chain(3))
    assert evolution.kept == 24 and evolution.layout.num_stages >= 100
    moved: list[int] = []
    right = chunked.ChunkedKernel.forward

    def counted(self: Any, *given: Any) -> Any:
        moved.append(1)
        return right(self, *given)

    monkeypatch.setattr(chunked.ChunkedKernel, "forward", counted)
    inputs = inputs_for(evolution, {"t": 0.3})
    _, truth = evolution.pullback(inputs, np.ones(2))
    moved.clear()
    _, found = replace(evolution, kept=room).pullback(inputs, np.ones(2))
    assert len(moved) <= most * evolution.layout.num_stages
    np.testing.assert_allclose(found["t"], truth["t"], atol=1e-13)


def test_budgets() -> None:
    circuit = ladder(2, noise.reset(0.5, 0.5), 7)
    evolution = prepared(circuit, chain(7))
    assert evolution.kept > 0
    with pytest.raises(BudgetError, match="must be at least") as caught:
        prepared(circuit, chain(7), 1000)
    least = caught.value.least_bytes
    assert least is not None
    tight = prepared(circuit, chain(7), least)
    inputs = inputs_for(tight, angles_of(circuit))
    np.testing.assert_allclose(tight.run(inputs).array, evolution.run(inputs).array, atol=1e-14)
    with pytest.raises(BudgetError, match="must be at least") as caught:
        tight.pullback(inputs, np.ones(6))
    least = caught.value.least_bytes
    assert least is not None
    tight = prepared(circuit, chain(7), least)
    assert tight.kept == 0
    found, truth = (e.pullback(inputs, np.ones(6))[1] for e in (tight, evolution))
    for name, slope in truth.items():
        np.testing.assert_allclose(found[name], slope, atol=1e-12)
    values = {**inputs.values, "shared": np.zeros(500_000)}
    many = Inputs(values, frozenset({"shared"}), 500_000, "numpy", None)
    with pytest.raises(BudgetError, match="must be at least"):
        tight.run(many)


def test_a_state_that_cannot_fit_is_refused_at_once() -> None:
    circuit = Circuit(60).h(range(60)).cx(range(59), range(1, 60))
    with pytest.raises(BudgetError) as caught:
        prepared(circuit, chain(60))
    assert caught.value.least_bytes == 2 * 16 * 2**60

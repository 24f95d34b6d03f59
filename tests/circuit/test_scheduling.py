"""Schedules against a walk row by row, and against Qiskit's ASAP scheduling pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tnsim
from tests import strategies
from tests.circuit.schedule_walk import durations_of, walked
from tests.circuit.scheduled_peers import random_peer, scheduled
from tnsim.circuit import scheduling
from tnsim.circuit.scheduling import asap_schedule

lengths = st.floats(0.0, 3.0)


@given(
    circuit=strategies.circuits(channels=True, resets=True, max_gates=20, numbers=lengths),
    compiled=st.booleans(),
)
def test_schedules_are_those_of_a_walk(circuit: tnsim.Circuit, compiled: bool) -> None:
    durations = durations_of(circuit)
    with pytest.MonkeyPatch.context() as patch:
        if compiled:
            patch.setattr(scheduling, "_LONG", -1)
        plan = asap_schedule(circuit, durations)
    start, wait, ready = walked(circuit, durations)
    total = max(ready)
    np.testing.assert_allclose(plan.start, start)
    np.testing.assert_allclose(plan.wait, wait, atol=1e-9)
    np.testing.assert_allclose(plan.final_wait, total - np.array(ready), atol=1e-9)
    assert plan.total == pytest.approx(total)
    assert plan.duration.shape == (len(circuit),)


def test_starts_are_qiskits() -> None:
    pytest.importorskip("qiskit", reason="the peer of schedules")
    from tnsim.interop import from_qiskit

    times = {"h": 40, "ry": 0, "cx": 300, "x": 50}
    peer = random_peer(3, 4, 60, ["h", "ry", "cx", "x", "barrier"])
    _, starts = scheduled(peer, times)
    plan = asap_schedule(from_qiskit(peer), times)
    # Of equal instructions the order in time is that in the circuit.
    found = sorted(
        (node.name, tuple(peer.find_bit(q).index for q in node.qargs), float(start))
        for node, start in starts.items()
    )
    rows = zip(from_qiskit(peer), plan.start.tolist(), strict=True)
    assert found == sorted((row.name, row.qubits, start) for row, start in rows)


def test_rounding_is_no_wait() -> None:
    c = tnsim.Circuit(2).sx([0, 0, 0, 1]).cx(0, 1)
    plan = asap_schedule(c, {"sx": 0.1, "cx": 1.0, ("sx", (1,)): 0.3})
    assert not plan.wait.any()


def test_a_barrier_holds_back() -> None:
    c = tnsim.Circuit(2).x(0).barrier().x(1)
    assert asap_schedule(c, {"x": 2.0}).start.tolist() == [0.0, 2.0, 2.0]


def test_no_instructions() -> None:
    plan = asap_schedule(tnsim.Circuit(2), {})
    assert plan.total == 0.0 and plan.final_wait.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("durations", "message"),
    [
        ({}, r"'x' on qubits \(0,\) has none; add 'x': time"),
        ({("x", (1,)): 1.0}, r"'x' on qubits \(0,\) has none"),
        ({"x": -1.0}, "must be finite, at least 0"),
        ({"x": float("inf")}, "must be finite, at least 0"),
        ({"x": "long"}, "must be a number"),
        ({3: 1.0}, "must have keys such as"),
        ([1.0], "must map gate names to times"),
        ({"x": 1.0}, "bind"),
    ],
)
def test_bad_durations(durations: Any, message: str) -> None:
    c = tnsim.Circuit(2).x(0)
    if message == "bind":
        c.u0(tnsim.Parameter("a"), 0)
        durations["u0"] = 1.0
    with pytest.raises(tnsim.CircuitError, match=message):
        asap_schedule(c, durations)


def test_u0_must_not_end_before_it_starts() -> None:
    with pytest.raises(tnsim.CircuitError, match="at least 0 gate lengths"):
        asap_schedule(tnsim.Circuit(1).u0(-1.0, 0), {"u0": 1.0})
    with pytest.raises(tnsim.CircuitError, match="must be a Circuit"):
        asap_schedule("x", {})  # type: ignore[arg-type]

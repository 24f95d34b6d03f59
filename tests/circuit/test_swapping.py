"""Swaps taken out: the same state, also by the kernel for long circuits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import oracle_circuits
from tests.strategies import circuits
from tnsim import Circuit
from tnsim.circuit import layers
from tnsim.circuit.swapping import without_swaps


def taken_out(circuit: Circuit) -> Circuit:
    return Circuit.from_snapshot(without_swaps(circuit.snapshot()))


@given(circuits(max_qubits=4, gates=["swap", "h", "cx", "ccx", "s"], resets=True), st.booleans())
def test_the_final_state_is_the_same(circuit: Circuit, compiled: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if compiled:
            patch.setattr(layers, "_LONG", -1)
        plain = taken_out(circuit)
    assert "swap" not in plain.counts()
    assert len(plain) == len(circuit) - circuit.counts().get("swap", 0)
    values = dict.fromkeys(circuit.parameters, 0.3)
    np.testing.assert_allclose(
        oracle_circuits.final_state(plain, values),
        oracle_circuits.final_state(circuit, values),
        atol=1e-12,
    )


def test_what_swaps_leave_alone() -> None:
    body = Circuit(2).swap(0, 1)
    circuit = Circuit(2).x(0).measure(0, 3).swap(0, 1).when(3, 1, body)
    rows = [str(row) for row in taken_out(circuit)]
    assert rows == ["x 1", "measure 1 into bit 3", "swap 0 1 if bit 3 is 1"]
    plain = Circuit(2).h(0)
    assert taken_out(plain) == plain

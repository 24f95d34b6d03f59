"""A circuit's moves, one after another, are the circuit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tnsim
from tests import oracle, oracle_circuits, strategies
from tnsim.engines.approximate import moves, moves_of
from tnsim.engines.evolution.rows import Rows, rows_of


def rows(circuit: tnsim.Circuit, picture: Any) -> Rows:
    return rows_of(circuit, {q: q for q in range(circuit.num_qubits)}, picture)


def walked(made: list[moves.Move], state: Any, leg: int, count: int) -> Any:
    for move in made:
        width = leg ** len(move.axes)
        seen = np.moveaxis(state.reshape((leg,) * count), move.axes, range(len(move.axes)))
        seen = (move.matrix @ seen.reshape(width, -1)).reshape(seen.shape)
        state = np.moveaxis(seen, range(len(move.axes)), move.axes)
    return state.reshape(-1)


@given(st.data())
def test_pauli_moves_give_the_density_matrix(data: st.DataObject) -> None:
    circuit = data.draw(strategies.noisy_circuits(max_qubits=4))
    values = data.draw(strategies.PARAMETER_VALUES)
    n = circuit.num_qubits
    start = np.zeros((4,) * n)
    start[(slice(None, None, 3),) * n] = 1.0
    found = walked(list(moves_of(rows(circuit, "pauli"), values)), start, 4, n)
    rho = oracle_circuits.final_state(circuit, values)
    words = (
        " ".join(f"{'IXYZ'[k]}{q}" for q, k in enumerate(index) if k) or "I"
        for index in np.ndindex(*(4,) * n)
    )
    terms = [oracle.expectation(rho, oracle.pauli_operator({w: 1.0}, n)).real for w in words]
    np.testing.assert_allclose(found, terms, atol=1e-12)


def test_moves_backwards_are_the_moves_turned_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "_AT_ONCE", 3)
    circuit = tnsim.Circuit(3)
    for k in range(4):
        circuit.rx(0.1 * k, range(3)).cx(0, 1).rzz(tnsim.Parameter("t"), 1, 2)
    there = list(moves_of(rows(circuit, "ket"), {"t": 0.4}))
    back = list(moves_of(rows(circuit, "ket"), {"t": 0.4}, reverse=True))
    assert [move.row for move in there] == list(range(20))
    assert [move.row for move in back] == list(range(20))[::-1]
    for one, other in zip(there, back[::-1], strict=True):
        assert one.axes == other.axes
        np.testing.assert_array_equal(one.matrix, other.matrix)
    start = np.zeros(8, complex)
    start[0] = 1.0
    expected = oracle_circuits.final_vector(circuit, {"t": 0.4})
    np.testing.assert_allclose(walked(there, start, 2, 3), expected, atol=1e-13)

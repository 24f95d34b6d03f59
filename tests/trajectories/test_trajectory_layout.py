"""Blocks in their order are the circuit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tnsim
from tests import oracle_circuits, strategies
from tnsim.engines.trajectories.layout import layout_of, swept
from tnsim.engines.trajectories.program import program_of
from tnsim.engines.trajectories.steps import steps_of
from tnsim.engines.trajectories.vector_states import zero_state
from tnsim.engines.trajectories.walking import walk


@given(strategies.circuits(max_gates=20), strategies.PARAMETER_VALUES, st.integers(1, 3))
def test_blocks_are_the_circuit(
    circuit: tnsim.Circuit, values: dict[str, float], most: int
) -> None:
    check_blocks(circuit, values, most)


@pytest.mark.parametrize("most", [1, 2, 3, 4])
def test_blocks_of_dense_circuits(most: int) -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        circuit = tnsim.Circuit(4)
        for _ in range(30):
            size = int(rng.integers(1, 4))
            where = rng.permutation(4)[:size].tolist()
            names = ["rx", "cx", "ccx"]
            circuit.append(names[size - 1], *([0.3] if size == 1 else []), *where)
            circuit.rz(0.7, int(rng.integers(4)))
        check_blocks(circuit, {}, most)


def check_blocks(circuit: tnsim.Circuit, values: dict[str, float], most: int) -> None:
    n = circuit.num_qubits
    steps = steps_of(circuit, {q: q for q in range(n)}, measurements=False)
    layout = swept(layout_of(steps.rows, most))
    assert sorted(layout.rows.tolist()) == list(range(len(steps.rows)))
    program = program_of(steps, layout, values)
    state = zero_state(1 << n, np.dtype(np.float64))
    none = np.zeros(0)
    walk(state, program, 0, program.blocks, np.zeros(0, dtype=np.int64), none, 0, 0, 0)
    expected = oracle_circuits.final_vector(circuit, values)
    phase = np.exp(1j * oracle_circuits.value_of(circuit.global_phase, values))
    np.testing.assert_allclose(phase * (state[0] + 1j * state[1]), expected, atol=1e-12)


def test_gates_and_noise_of_one_pair_are_one_block() -> None:
    circuit = tnsim.Circuit(3)
    circuit.rx(0.1, range(3)).cx(0, 1).channel(tnsim.noise.depolarizing(0.1), 1).rz(0.2, 0)
    circuit.cx(1, 0).cx(1, 2).h(0)
    steps = steps_of(circuit, {q: q for q in range(3)}, measurements=False)
    assert layout_of(steps.rows, 2).axes == ((0, 1), (1, 2))
    assert layout_of(steps.rows, 3).axes == ((0, 1, 2),)

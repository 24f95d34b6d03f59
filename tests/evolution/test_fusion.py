"""Blocks keep the order of what shares a qubit, and their width."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests import strategies
from tnsim.engines.evolution.cone import cone_of
from tnsim.engines.evolution.fusion import fuse
from tnsim.engines.evolution.masks import axes_in


@given(data=st.data(), width=st.integers(1, 4), count=st.integers(1, 7))
def test_blocks_of_random_items(data: st.DataObject, width: int, count: int) -> None:
    some = strategies.qubit_lists(count, max_size=3)
    items = data.draw(st.lists(some, max_size=25))
    blocks = fuse(items, count, width)
    assert sorted(blocks.order.tolist()) == list(range(len(items)))
    position = {item: k for k, item in enumerate(blocks.order.tolist())}
    for late, one in enumerate(items):
        for early in range(late):
            if set(items[early]) & set(one):
                assert position[early] < position[late]
    for block in range(len(blocks)):
        members = [items[k] for k in blocks.items(block).tolist()]
        axes = {q for one in members for q in one}
        assert axes_in(blocks.axes[block]) == tuple(sorted(axes))
        assert len(axes) <= max(width, *map(len, members))


def test_a_ladder_takes_one_block_for_each_entangler() -> None:
    layer = [[q] for q in range(10)] + [[q, q + 1] for q in range(9)]
    blocks = fuse(layer * 5, 10, 2)
    assert len(blocks) == 45
    assert np.diff(blocks.start).min() >= 1


def test_disjoint_blocks_are_joined_when_something_joins_them() -> None:
    blocks = fuse([[0, 1], [2, 3], [1, 2]], 4, 4)
    assert blocks.axes == (0b1111,)


@given(data=st.data())
def test_the_cone_is_the_circuit_s_own(data: st.DataObject) -> None:
    circuit = data.draw(strategies.circuits(channels=True, resets=True))
    qubits = data.draw(strategies.qubit_lists(circuit.num_qubits))
    assert cone_of(circuit, qubits) == circuit.lightcone(qubits)

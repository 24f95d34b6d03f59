"""The structural passes keep every value, and find what is there to be found."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import tnsim
from tests import strategies
from tnsim.lowering.absorption import absorb, gather_scalars
from tnsim.lowering.components import ComponentQuestion, lower_components
from tnsim.lowering.draft import MOST_NEIGHBOURS, Draft, IdenticallyZero
from tnsim.lowering.hyperedges import merge_functional_legs
from tnsim.lowering.instructions import TensorMaker
from tnsim.lowering.lowered import lower
from tnsim.lowering.recipes import SAMPLES, RecipeBook
from tnsim.lowering.simplify import simplify
from tnsim.lowering.splitting import interpolate_rows, split_low_rank
from tnsim.lowering.walk import Walker
from tnsim.lowering.zeros import drop_dangling, drop_unit_labels, propagate_zeros

PASSES = {
    "zeros": lambda d: (propagate_zeros(d), drop_unit_labels(d)),
    "hyperedges": merge_functional_legs,
    "dangling": drop_dangling,
    "absorb": lambda d: absorb(d, most_numbers=512),
    "split": split_low_rank,
    "scalars": gather_scalars,
    "simplify": simplify,
}


def contracted(draft: Draft) -> NDArray[Any]:
    """The network's value at the samples, all components in place: shape (SAMPLES, *outputs)."""
    names = {label: k + 1 for k, label in enumerate(sorted(draft.dim))}
    operands: list[Any] = []
    for tensor, labels in sorted(draft.labels.items()):
        operands += [draft.book.samples[draft.recipe[tensor]], [0, *(names[k] for k in labels)]]
    out = [0, *(names[k] for k in draft.output)]
    return np.einsum(*operands, out, optimize="greedy")


def spread(draft: Draft, shape: tuple[int, ...]) -> NDArray[Any]:
    """`contracted`, with zeros where components were dropped."""
    result = np.zeros((SAMPLES, *shape), dtype=complex)
    result[np.ix_(range(SAMPLES), *(draft.live[k] for k in draft.output))] = contracted(draft)
    return result


@pytest.mark.parametrize("name", PASSES)
@pytest.mark.parametrize("basis", ["pauli", "sandwich"])
@given(data=st.data())
def test_a_pass_keeps_the_value(name: str, basis: Any, data: st.DataObject) -> None:
    circuit = data.draw(strategies.circuits(max_qubits=3, max_gates=5, channels=True, resets=True))
    qubits = data.draw(strategies.qubit_lists(circuit.num_qubits, max_size=2))
    letters = data.draw(st.sampled_from([(3,), (0, 3), (0, 1, 2, 3)]))
    draft = Draft(RecipeBook())
    walker = Walker(draft, TensorMaker(draft.book), basis)
    question = ComponentQuestion(tuple((q, letters) for q in sorted(qubits)))
    lower_components(draft, walker, circuit, question)
    before = contracted(draft)
    try:
        if name not in ("zeros", "simplify"):
            # The others are used on drafts without dead components.
            PASSES["zeros"](draft)
        PASSES[name](draft)
    except IdenticallyZero:
        np.testing.assert_allclose(before, 0, atol=1e-13)
        return
    np.testing.assert_allclose(spread(draft, question.shape), before, atol=1e-12)


@given(seed=st.integers(0, 2**32 - 1), rank=st.integers(1, 5), tiny=st.booleans())
def test_rows_are_interpolated_to_rounding_of_each_row(seed: int, rank: int, tiny: bool) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(8, rank)) @ rng.normal(size=(rank, 11))
    if tiny:
        matrix *= 10.0 ** rng.integers(-18, 1, size=(8, 1))
    found = interpolate_rows(matrix)
    if found is None:
        return  # rounding in the product itself can hide the rank; then nothing is split
    rows, factor = found
    assert len(rows) == rank
    error = np.abs(factor @ matrix[list(rows)] - matrix).max(axis=1)
    assert (error <= 1e-13 * np.abs(matrix).max(axis=1)).all()


def test_a_small_independent_row_is_kept() -> None:
    matrix = np.array([[1.0, 2.0, 0.0], [2.0, 4.0, 0.0], [0.0, 0.0, 1e-30]])
    found = interpolate_rows(matrix)
    assert found is not None
    assert found[0] == (1, 2) or found[0] == (0, 2)


def test_known_zeros_collapse_a_kicked_ising_network() -> None:
    edges = tnsim.lattices.heavy_hex()
    circuit = tnsim.Circuit(127)
    for _ in range(5):
        circuit.rx(tnsim.Parameter("theta"), range(127))
        circuit.rzz(-math.pi / 2, [a for a, _ in edges], [b for _, b in edges])
    question = ComponentQuestion(((62, (3,)),))
    lowered = lower(RecipeBook(), "pauli", lambda d, w: lower_components(d, w, circuit, question))
    assert lowered.network is not None
    # Without the zeros there are over 700 tensors, and the width passes 40.
    assert lowered.network.num_tensors < 40
    assert lowered.network.input_elements < 2000


def test_parameter_values_do_not_change_structure_but_fixed_gates_do() -> None:
    def network(angle: Any) -> Any:
        circuit = tnsim.Circuit(6)
        for _ in range(4):
            circuit.rx(0.3, range(6)).rzz(angle, range(5), range(1, 6))
        question = ComponentQuestion(((3, (3,)),))
        add = lambda d, w: lower_components(d, w, circuit, question)  # noqa: E731
        return lower(RecipeBook(), "pauli", add).network

    generic = network(tnsim.Parameter("t"))
    assert generic.digest == network(2 * tnsim.Parameter("t") + math.pi / 2).digest
    assert network(math.pi / 2).input_elements < generic.input_elements


def test_tiny_values_keep_their_digits() -> None:
    circuit = tnsim.Circuit(3)
    circuit.rx(1e-7, 0).rx(1e-7, 1).rx(1e-7, 2).rzz(1e-9, 0, 1)
    value = tnsim.run(circuit, tnsim.Expectation("Y0 Y1 Y2"), memory="1GB").value
    assert value == pytest.approx(-(math.sin(1e-7) ** 3), rel=1e-9, abs=0)


def test_a_question_that_is_zero_by_structure_needs_no_network() -> None:
    theta = tnsim.Parameter("theta")
    circuit = tnsim.Circuit(2).rz(theta, 0).cx(0, 1)
    program = tnsim.compile(circuit, tnsim.Expectation("X0"), memory="1GB")
    assert program.forecast.flops == 0
    assert program(theta=0.3).value == 0.0
    assert program(theta=np.array([0.1, 0.2])).value.shape == (2,)


def test_an_index_that_thousands_share_is_not_looked_through() -> None:
    draft = Draft(RecipeBook())
    label = draft.new_label(2)
    recipe = draft.book.constant(np.ones(2))
    tensors = [draft.add([label], recipe) for _ in range(5000)]
    assert 0 < len(draft.neighbours(tensors[0])) <= MOST_NEIGHBOURS

"""PauliSum against dense matrices, and its value semantics."""

from __future__ import annotations

import copy
import json
import pickle  # noqa: TID251  (queries travel to worker processes)
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests import oracle
from tests.strategies import (
    coefficients,
    complex_coefficients,
    pauli_mappings,
    pauli_sums,
    qubit_lists,
    square_matrices,
)
from tnsim.base.errors import QueryError
from tnsim.queries import PauliSum

N = 3
any_sums = pauli_sums(N, numbers=complex_coefficients)


@given(pauli_mappings(N, numbers=complex_coefficients))
def test_matrix_is_the_textbook_one(terms: dict[str, complex]) -> None:
    expected = oracle.pauli_operator(terms, N)
    np.testing.assert_allclose(PauliSum(terms).to_matrix(N), expected, atol=1e-14)


@given(any_sums, any_sums, complex_coefficients)
def test_arithmetic_is_that_of_matrices(a: PauliSum, b: PauliSum, c: complex) -> None:
    x, y, one = a.to_matrix(N), b.to_matrix(N), np.eye(2**N)
    for made, expected in [
        (a + b, x + y),
        (a - b, x - y),
        (-a, -x),
        (a * b, x @ y),
        (c * a, c * x),
        (a * c, c * x),
        (a + c, x + c * one),
        (c - a, c * one - x),
        (a / 4, x / 4),
        (a.adjoint(), x.conj().T),
    ]:
        np.testing.assert_allclose(made.to_matrix(N), expected, atol=1e-12)


@given(st.text("IXYZ", min_size=5, max_size=5), st.text("IXYZ", min_size=5, max_size=5))
def test_products_of_strings_have_exact_phases(left: str, right: str) -> None:
    product = PauliSum(left) * PauliSum(right)
    assert len(product) == 1
    assert product.coefficients[0] in {1, 1j, -1, -1j}
    expected = PauliSum(left).to_matrix(5) @ PauliSum(right).to_matrix(5)
    assert np.array_equal(product.to_matrix(5), expected)


def test_products_in_blocks_are_products(monkeypatch: pytest.MonkeyPatch) -> None:
    a = PauliSum({"X0 Y1": 2, "Z2": 1j, "I": 1, "Y0 Y1 Y2": -1})
    whole = a * a
    monkeypatch.setattr("tnsim.queries.pauli_kernels._BLOCK_LETTERS", 1)
    assert a * a == whole


@given(
    st.integers(1, 3).flatmap(lambda k: st.tuples(square_matrices(k), st.permutations(range(4))))
)
def test_matrices_become_sums_and_back(case: tuple[Any, list[int]]) -> None:
    matrix, order = case
    qubits = order[: len(matrix).bit_length() - 1]
    dense = PauliSum.from_matrix(matrix, qubits).to_matrix(4)
    np.testing.assert_allclose(dense, oracle.embed(matrix, qubits, 4), atol=1e-13)


@given(square_matrices(2, hermitian=True), st.floats(-300, 300))
def test_hermitian_matrices_at_any_scale_are_hermitian_sums(matrix: Any, power: float) -> None:
    scaled = matrix * 10.0 ** (power / 2)
    made = PauliSum.from_matrix(scaled, [0, 1])
    assert made.is_hermitian
    np.testing.assert_allclose(made.to_matrix(2), scaled, atol=1e-14 * np.abs(scaled).max())


@given(pauli_sums(N, max_terms=6, numbers=st.floats(0.01, 1) | st.floats(-1, -0.01)))
@example(PauliSum({"Z0": 0.1, "Z1": 0.2, "Z2": 0.7, "I": 0.3}))
def test_rounding_adds_no_terms(a: PauliSum) -> None:
    again = PauliSum.from_matrix(a.to_matrix(N), range(N))
    assert [text for text, _ in again.items()] == [text for text, _ in a.items()]


def test_small_matrix_parts_are_kept() -> None:
    made = dict(PauliSum.from_matrix(np.diag([1, 1 - 2e-12]), 0).items())
    assert made["Z0"] == pytest.approx(1e-12, rel=1e-3)
    assert dict(PauliSum.from_matrix(oracle.PAULIS["Y"] * 3, 1).items()) == {"Y1": 3.0}


@given(any_sums, st.randoms())
def test_one_value_has_one_form(a: PauliSum, random: Any) -> None:
    pairs = list(a.items())
    random.shuffle(pairs)
    again = PauliSum(pairs) if pairs else a
    assert again == a
    assert hash(again) == hash(a)
    assert (a - a) == 0 * a
    assert len(a - a) == 0


@given(any_sums)
def test_every_way_out_leads_back(a: PauliSum) -> None:
    assert eval(repr(a), {"PauliSum": PauliSum}) == a
    text = json.dumps(a.to_dict(), allow_nan=False)
    assert PauliSum.from_dict(json.loads(text)) == a
    assert pickle.loads(pickle.dumps(a)) == a
    assert copy.deepcopy(a) == a
    columns = PauliSum.from_arrays(a.qubits, a.letters, a.coefficients, starts=a.starts)
    assert columns == a


@given(st.lists(st.tuples(st.text("IXYZ", min_size=4, max_size=4), coefficients), max_size=6))
def test_rectangular_arrays_are_strings(pairs: list[tuple[str, float]]) -> None:
    letters = np.array([["IXYZ".index(c) for c in text] for text, _ in pairs]).reshape(-1, 4)
    numbers = [number for _, number in pairs]
    made = PauliSum.from_arrays(range(4), letters, np.array(numbers, float))
    assert made == (PauliSum(pairs) if pairs else made - made)


@given(any_sums, qubit_lists(N))
def test_restrict_keeps_the_terms_inside(a: PauliSum, qubits: list[int]) -> None:
    kept = [t for t, _ in a.items() if all(int(w[1:]) in qubits for w in t.split() if w != "I")]
    assert [text for text, _ in a.restrict(qubits).items()] == kept


@given(any_sums, st.permutations(range(5)))
def test_relabelling_moves_the_letters(a: PauliSum, order: list[int]) -> None:
    moved = a.relabel(order)
    back = np.argsort(order)
    assert moved.relabel(back) == a
    assert sorted(moved.support) == sorted(order[q] for q in a.support)


def test_support_take_and_length() -> None:
    a = PauliSum({"Z0 Z5": 0.5, "X3": -1, "I": 2})
    assert a.support.tolist() == [0, 3, 5]
    assert [text for text, _ in a.items()] == ["I", "X3", "Z0 Z5"]
    assert a.weights.tolist() == [0, 1, 2]
    assert a.take([2, 0]) == PauliSum({"Z0 Z5": 0.5, "I": 2})
    assert a.take([True, False, False]) == PauliSum({"I": 2})
    assert len(a.take([])) == 0
    with pytest.raises(QueryError, match="3 terms"):
        a.take([3])


def test_columns_cannot_be_written() -> None:
    a = pickle.loads(pickle.dumps(PauliSum({"Z0": 1.0})))
    for column in (a.starts, a.qubits, a.letters, a.coefficients):
        assert not column.flags.writeable


def test_own_arrays_are_not_frozen() -> None:
    coefficients = np.array([1.0 + 0j])
    PauliSum.from_arrays([[0]], [[3]], coefficients)
    coefficients[0] = 2.0


def test_numpy_numbers_mix_in() -> None:
    a = PauliSum("Z0")
    assert np.float64(2) * a == a * np.int64(2) == PauliSum({"Z0": 2})
    assert np.complex128(1j) + a == PauliSum({"Z0": 1, "I": 1j})
    with pytest.raises(TypeError):
        a + "Z1"  # type: ignore[operator]
    with pytest.raises(TypeError):
        a * True + None  # type: ignore[operator]


def test_strings_for_people_are_short() -> None:
    a = PauliSum({f"Z{q}": 1.0 for q in range(1000)})
    assert len(str(a)) < 100
    assert "1000 terms" in str(a)
    assert str(a - a) == "0"


def test_many_terms_are_fast() -> None:
    generator = np.random.default_rng(1)
    letters = generator.integers(0, 4, (50_000, 20))
    start = time.perf_counter()
    made = PauliSum.from_arrays(range(100, 120), letters, generator.normal(size=50_000))
    assert time.perf_counter() - start < 3
    assert len(made) == 50_000


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PauliSum({}), "at least one term"),
        (lambda: PauliSum([]), "at least one term"),
        (lambda: PauliSum({"Z0": float("nan")}), "finite"),
        (lambda: PauliSum({"Z0": "1"}), "must be a number"),  # type: ignore[dict-item]
        (lambda: PauliSum({"Z0": True}), "must be a number"),
        (lambda: PauliSum({"Z0": 10**400}), "finite"),
        (lambda: PauliSum({1: 1.0}), "must be text"),  # type: ignore[dict-item]
        (lambda: PauliSum(3), "an observable must be"),  # type: ignore[arg-type]
        (lambda: PauliSum(["Z0"]), r"must be \(string, number\)"),  # type: ignore[list-item]
        (lambda: PauliSum({"Z0": 1e308}) * 1e308, "finite"),
        (lambda: PauliSum({"Z0": 1e308}) + PauliSum({"Z0": 1e308}), "finite"),
        (lambda: PauliSum("Z0") / 0, "nonzero"),
        (lambda: PauliSum("Z0").to_matrix(14), "at most 13"),
        (lambda: PauliSum("Z3").to_matrix(3), r"0 to 2 \(got qubit 3\)"),
        (lambda: PauliSum("Z3").validate(0), "positive int"),
        (lambda: PauliSum("Z3").relabel([0, 1]), "for each of 0 to 3"),
        (lambda: PauliSum("Z0 Z1").relabel([1, 1]), "qubit 1 twice"),
        (lambda: PauliSum.from_arrays([[0, 0]], [[1, 1]], [1.0]), "qubit 0 twice"),
        (lambda: PauliSum.from_arrays([[0]], [[4]], [1.0]), "0, 1, 2 or 3"),
        (lambda: PauliSum.from_arrays([[-1]], [[1]], [1.0]), "at least 0"),
        (lambda: PauliSum.from_arrays([[0.5]], [[1]], [1.0]), "integers"),
        (lambda: PauliSum.from_arrays([[0]], [[1]], ["a"]), "numbers of shape"),
        (lambda: PauliSum.from_arrays([[0]], [[1]], [np.inf]), "finite"),
        (lambda: PauliSum.from_arrays([0], [1], [1.0]), "give `starts`"),
        (lambda: PauliSum.from_arrays([[0, 1]], [[1]], [1.0]), "shape of `letters`"),
        (lambda: PauliSum.from_arrays([0], [1], [1.0], starts=[0, 2]), "run from 0 to 1"),
        (lambda: PauliSum.from_arrays([0], [1], [1.0, 1.0], starts=[0, 2, 1]), "not descend"),
        (lambda: PauliSum.from_arrays([0], [[1]], [1.0], starts=[0, 1]), "one shape"),
        (lambda: PauliSum.from_matrix(np.eye(3), 0), r"must have shape \(2, 2\)"),
        (lambda: PauliSum.from_matrix(np.eye(128), range(7)), "at most 6 qubits"),
        (lambda: PauliSum.from_matrix([[np.nan, 0], [0, 1]], 0), "finite"),
        (lambda: PauliSum.from_matrix([["a", 0], [0, 1]], 0), "array of numbers"),
        (lambda: PauliSum.from_matrix(np.eye(4), [1, 1]), "qubit 1 comes twice"),
        (lambda: PauliSum.from_dict({}), '"kind": "pauli_sum"'),
        (lambda: PauliSum.from_dict({"kind": "pauli_sum", "version": 2}), "version 1"),
        (lambda: PauliSum.from_dict({"kind": "pauli_sum", "version": 1}), "terms is missing"),
    ],
)
def test_wrong_use_is_named(make: Any, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        make()

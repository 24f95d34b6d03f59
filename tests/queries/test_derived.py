"""Expressions of queries: structure, evaluation in every array library, limits."""

from __future__ import annotations

import functools
import importlib
import json
import pickle  # noqa: TID251  (queries travel to worker processes)
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from tests.strategies import derived_queries, leaf_queries
from tnsim import queries
from tnsim.base.errors import QueryError
from tnsim.queries import Derived, Expectation, LeafQuery, Query

N = 3
A, B, C = Expectation("Z0"), Expectation("Z1"), Expectation({"X0": 0.5})
NAMES = {name: getattr(queries, name) for name in queries.__all__}

scalars = leaf_queries(N).filter(lambda leaf: leaf.shape(N) == ())
expressions = derived_queries(scalars)


def _as_torch(values: Any) -> Any:
    return importlib.import_module("torch").tensor(values, requires_grad=True)


def _as_tensorflow(values: Any) -> Any:
    return importlib.import_module("tensorflow").constant(values, dtype="float64")


def _as_jax(values: Any) -> Any:
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    return jax.numpy.asarray(values)


@given(expressions)
def test_every_way_out_leads_back(query: Query) -> None:
    assert eval(repr(query), dict(NAMES)) == query
    assert Query.from_dict(json.loads(json.dumps(query.to_dict(), allow_nan=False))) == query
    again = pickle.loads(pickle.dumps(query))
    assert again == query
    assert hash(again) == hash(query)


@given(expressions)
def test_evaluation_is_what_the_text_says(query: Query) -> None:
    leaves = query.leaves()
    generator = np.random.default_rng(len(leaves))
    values: dict[LeafQuery, Any] = {leaf: generator.normal(size=2) for leaf in leaves}
    shown = {name: lambda *a, _make=make: values[_make(*a)] for name, make in NAMES.items()}
    np.testing.assert_array_equal(query.evaluate(values), eval(repr(query), shown))


def test_arithmetic_is_that_of_numbers() -> None:
    values = {A: 0.5, B: 0.25, C: -2.0}
    for query, expected in [
        (2 * A**2 - B, 0.25),
        (A + B - C, 2.75),
        (1 - A, 0.5),
        (3 / A, 6.0),
        (A / B / C, -1.0),
        (2**A, 2**0.5),
        (A ** (-B), 0.5**-0.25),
        (-(A**2), -0.25),
        ((-A) ** 2, 0.25),
        (abs(C) * +A, 1.0),
        (sum([A, B, C]), -1.25),
        (np.float64(2) * A, 1.0),
        (A - (B - C), -1.75),
        (A * (B / C), -0.0625),
    ]:
        assert query.evaluate(values) == expected
        assert eval(repr(query), dict(NAMES)) == query


def test_leaves_are_distinct_and_in_order() -> None:
    query = B * A + A**2 - Expectation("Z1")
    assert query.leaves() == (B, A)
    assert A.leaves() == (A,)


def test_equal_by_value() -> None:
    assert Expectation("Z0") + Expectation("Z1") == A + B
    assert len({A + B, Expectation("Z0") + B, B + A}) == 2
    assert A + B != B + A
    assert A + 1 != A + 2


@pytest.mark.parametrize("convert", [_as_torch, _as_tensorflow, _as_jax])
def test_runs_in_every_array_library(convert: Any) -> None:
    query = abs(2 * A**2 - B / 4 + 1) - C
    numbers = {A: [0.5, -0.5], B: [1.0, 2.0], C: [0.0, 3.0]}
    made = query.evaluate({leaf: convert(value) for leaf, value in numbers.items()})
    assert type(made) is type(convert([0.5]) * 1)
    expected = query.evaluate({leaf: np.array(value) for leaf, value in numbers.items()})
    np.testing.assert_allclose(np.asarray(getattr(made, "detach", lambda: made)()), expected)


def test_derivatives_pass_through() -> None:
    a = _as_torch(0.5)
    (A**2 * 3).evaluate({A: a}).backward()
    assert a.grad.item() == pytest.approx(3.0)


def test_long_sums_are_flat_and_deep_ones_refused() -> None:
    many = [Expectation(f"Z{q}") for q in range(3000)]
    total = sum(many)
    assert isinstance(total, Derived)
    assert len(total.operands) == 3001
    assert total.evaluate(dict.fromkeys(many, 1.0)) == 3000.0
    with pytest.raises(QueryError, match="at most 100 deep"):
        functools.reduce(lambda query, _: abs(query), range(200), A)
    with pytest.raises(QueryError, match="nodes"):
        functools.reduce(lambda query, _: -query * -query, range(50), A)


def test_shared_parts_are_computed_once() -> None:
    calls = []

    class Counted(float):
        def __abs__(self) -> Counted:
            calls.append(1)
            return self

    part = abs(A)
    (part * part + part).evaluate({A: Counted(2.0)})
    assert len(calls) == 1


def test_validity_is_that_of_every_leaf() -> None:
    (A + B).validate(2)
    with pytest.raises(QueryError, match="qubit 1"):
        (A + B).validate(1)


@pytest.mark.parametrize("other", ["1", None, [1], True, np.array([1.0, 2.0])])
def test_only_numbers_and_queries_mix_in(other: Any) -> None:
    with pytest.raises(TypeError):
        A + other
    with pytest.raises(TypeError):
        other - A


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: A + float("nan"), "finite"),
        (lambda: A * float("inf"), "finite"),
        (lambda: Derived("xor", (A, B)), "must be one of add"),
        (lambda: Derived("div", (A,)), "must suit 'div'"),
        (lambda: Derived("add", (A,)), "must suit 'add'"),
        (lambda: Derived("neg", (A, B)), "must suit 'neg'"),
        (lambda: Derived("add", (1, 2)), "a query among the first two"),
        (lambda: Derived("add", (A, "x")), "must be a number"),  # type: ignore[arg-type]
        (lambda: (A + B).evaluate({A: 1.0}), r"must answer Expectation\('Z1'\)"),
    ],
)
def test_wrong_use_is_named(make: Any, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        make()


def test_an_expression_cannot_be_changed() -> None:
    query = A + B
    with pytest.raises(AttributeError):
        query.operation = "mul"  # type: ignore[misc]

"""Expressions of queries backwards, against differences of their own values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import strategies
from tnsim.queries import Amplitudes, Derived, Expectation, Probabilities, Query
from tnsim.queries.cotangents import answer_cotangents, is_linear, value_like

X, Y, Z = (Expectation(name) for name in ("X0", "Y0", "Z0"))
W = Expectation({"Z1": 1j})
P = Probabilities([0, 1])
POINT = {
    X: np.array(0.3),
    Y: np.array(-0.7),
    Z: np.array(0.2),
    W: np.array(0.4 - 0.6j),
    P: np.array([0.1, 0.2, 0.3, 0.4]),
    Amplitudes(["00", "11"]): np.array([0.6j, -0.8 + 0.1j]),
}


def differences(query: Query, cotangent: Any) -> dict[Any, Any]:
    """c with dL = Re sum c dv for each answer v, by central differences of Re sum cotangent * v."""
    found = {}
    for leaf in query.leaves():
        slopes = np.zeros(POINT[leaf].shape, complex)
        for k in np.ndindex(POINT[leaf].shape):
            for unit in (1.0, 1j) if leaf.is_complex else (1.0,):
                ends = []
                for sign in (1, -1):
                    moved = POINT[leaf].astype(complex if leaf.is_complex else float)
                    moved[k] += sign * 1e-6 * unit
                    value = query.evaluate({**POINT, leaf: moved})
                    ends.append(np.sum(cotangent * value).real)
                # d/d(Re v) is Re c, d/d(Im v) is -Im c.
                slope = (ends[0] - ends[1]) / 2e-6
                slopes[k] += slope if unit == 1.0 else -1j * slope
        found[leaf] = slopes if leaf.is_complex else slopes.real
    return found


QUERIES = [
    X,
    2 * X - Y / 4 + 3,
    X * Y * Z * X,
    X / Y - 2 / Z,
    X**2 + Y**3 + abs(Y) ** 0.5,
    2**X,
    (X + 2) ** Y,
    abs(Y) + abs(X * Y),
    abs(W) * X + abs(W - 2) ** 2,
    W * W / (W + 2),
    W**3 - 2j * X,
    X * P + P**2 / Y,
    abs(Amplitudes(["00", "11"])) ** 2,
    -(X - -Y) * (Z - W),
]


@pytest.mark.parametrize("query", QUERIES, ids=repr)
def test_every_operation(query: Query) -> None:
    value = np.asarray(query.evaluate(POINT))
    cotangent = np.cos(1 + np.arange(value.size)).reshape(value.shape)
    if np.iscomplexobj(value):
        cotangent = cotangent + 1j * np.sin(2 + np.arange(value.size)).reshape(value.shape)
    found = answer_cotangents(query, POINT, cotangent)
    for leaf, wanted in differences(query, cotangent).items():
        np.testing.assert_allclose(found[leaf], wanted, atol=1e-8, err_msg=repr(leaf))
        assert np.iscomplexobj(found[leaf]) <= leaf.is_complex


@given(data=st.data())
def test_expressions_of_numbers(data: st.DataObject) -> None:
    query = data.draw(strategies.derived_queries(st.sampled_from([X, Y, Z]), max_depth=4))
    found = answer_cotangents(query, POINT, np.ones(()))
    value = np.asarray(query.evaluate(POINT))
    for leaf, wanted in differences(query, 1.0).items():
        assert found[leaf] == pytest.approx(wanted, rel=1e-5, abs=1e-6 * max(1, abs(value)))


def test_a_product_with_zeros_has_a_slope() -> None:
    point = {X: np.array(0.0), Y: np.array(0.0), Z: np.array(2.0)}
    assert answer_cotangents(X * Y * Z, point, np.ones(()))[X] == 0
    found = answer_cotangents(X * Z * Z + Y**1 + Y**2 + Y**0, point, np.ones(()))
    assert (found[X], found[Y]) == (4, 1)
    assert answer_cotangents(abs(X), point, np.ones(()))[X] == 0


def test_linearity_is_read_off_the_expression() -> None:
    linear = [X, X + Y, 2 * X - Y / 4 + 3, -(X + 1) * 0.5, P * 2]
    curved = [X * Y, X**2, 1 / X, abs(X), 2**X, (X * Y) / 2, X + Y**2]
    assert all(map(is_linear, linear))
    assert not any(map(is_linear, curved))


def test_shape_and_kind_of_a_value() -> None:
    kinds: list[tuple[Query, tuple[int, ...], bool]] = [
        (X, (), False),
        (P * X, (4,), False),
        (abs(W), (), False),
        (W + 1, (), True),
        (X + 1j, (), True),
        (1 / (X - X), (), False),
        (Derived("mul", [X, Y]), (), False),
    ]
    for query, shape, is_complex in kinds:
        like = value_like(query, 2)
        assert like.shape == shape
        assert np.iscomplexobj(like) == is_complex

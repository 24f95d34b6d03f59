"""Terms: products and sums of symbolic coefficients, merged, and forms of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tnsim.noise.coefficients import FUNCTIONS, Coefficient, Slot, apply, number
from tnsim.noise.rounding import without_rounding
from tnsim.noise.terms import Terms

atoms = st.one_of(
    st.sampled_from([
        apply("value", Slot(0)), apply("value", Slot(1)), apply("root_complement", Slot(0)),
        apply("decay", Slot(1), 2.0), apply("decay", 2.0, Slot(1)), apply("cos", Slot(0)),
    ]),
    st.floats(-2, 2).map(number),
)  # fmt: skip
matrices = st.integers(0, 99).map(
    lambda seed: np.random.default_rng(seed).integers(-3, 4, size=(2, 2)) / 2
)
sums = st.lists(st.tuples(atoms, matrices), min_size=1, max_size=3).map(Terms.of)
POINT = [0.3, 0.7]


def at(terms: Terms) -> np.ndarray:
    return terms.form(2).evaluate(POINT)


@given(sums, sums)
def test_algebra_is_that_of_the_values(a: Terms, b: Terms) -> None:
    np.testing.assert_allclose(at(a @ b), at(a) @ at(b), atol=1e-13)
    np.testing.assert_allclose(at(a.kron(b)), np.kron(at(a), at(b)), atol=1e-13)
    np.testing.assert_allclose(at(a + b), at(a) + at(b), atol=1e-13)
    p = apply("value", Slot(0)) * -2.0
    np.testing.assert_allclose(at(a * p), at(a) * -0.6, atol=1e-13)


@given(sums, sums)
def test_keys_do_not_depend_on_order(a: Terms, b: Terms) -> None:
    assert (a + b).form(2).key == (b + a).form(2).key
    assert (a @ b).form(2).num_params == 2


def test_cancelled_terms_vanish() -> None:
    p = apply("value", Slot(0))
    one = np.eye(2)
    terms = Terms.of([(number(1.0), one), (p, one), (p * -1.0, one)])
    assert list(terms.parts) == [()]
    nothing = Terms.of([(p, one), (p * -1.0, one)])
    assert nothing.form(1).evaluate([0.5]).tolist() == [[0, 0], [0, 0]]


def test_products_commute_and_numbers_are_evaluated_at_once() -> None:
    p, r = apply("value", Slot(0)), apply("root_complement", Slot(1))
    assert p * r == r * p
    assert apply("root_complement", 0.75) == Coefficient(0.5)
    assert apply("cos", math.pi / 2) == number(0.0)
    assert apply("sin", -math.pi) == number(0.0)
    assert apply("cos", 1e6 * math.pi).factor == 1.0
    assert apply("cos", 0.3).factor == math.cos(0.3)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_agree_on_numbers_arrays_and_complex_steps(name: str) -> None:
    function = FUNCTIONS[name]
    arguments = (0.3, 0.7)[: 2 if name in {"decay", "loss"} else 1]
    expected = function.on_numbers(*arguments)
    arrays = [np.array([a, a]) for a in arguments]
    np.testing.assert_allclose(function.on_arrays(*arrays), [expected] * 2, rtol=1e-15)
    for place in range(len(arguments)):
        shifted: list[complex] = [*arguments]
        shifted[place] += 1e-30j
        h = 1e-6
        up, down = [*arguments], [*arguments]
        up[place] += h
        down[place] -= h
        slope = (function.on_numbers(*up) - function.on_numbers(*down)) / (2 * h)
        found = complex(function.on_arrays(*shifted)).imag / 1e-30
        assert found == pytest.approx(slope, rel=1e-7)


def test_rounding_is_relative_to_what_was_summed() -> None:
    values = np.array([1e-300, 1e-17, 1e-17, -1e-15, 2e-15])
    sizes = np.array([1e-300, 1e-17, 1.0, 2.0, 1.0])
    found = without_rounding(values, sizes)
    np.testing.assert_array_equal(found, [1e-300, 1e-17, 0, 0, 2e-15])

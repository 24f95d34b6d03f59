"""Recipes backwards, against the complex step through the recipes themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from autoray import do
from hypothesis import given
from hypothesis import strategies as st

from tnsim.base.arrays import to_numpy
from tnsim.base.forms import Form
from tnsim.base.parameters import Affine, Parameter
from tnsim.lowering.materialise import Materialiser
from tnsim.lowering.pullback import Pullback
from tnsim.lowering.recipes import RecipeBook

NAMES = ("a", "b", "c")
POINT = {"a": 0.3, "b": -0.8, "c": 1.7}
STEP = 1e-100


def _trigonometric(params: Any) -> Any:
    return [do("cos", params[0]), do("sin", params[0]), 1.0]


def _product(params: Any) -> Any:
    return [params[0] * params[1], do("exp", params[1])]


@st.composite
def books(draw: st.DrawFn) -> tuple[RecipeBook, list[int]]:
    """A book of leaves and operations on them, and some recipes of it, one of them twice."""
    book = RecipeBook()
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    a, b, c = map(Parameter, NAMES)
    arguments = [2 * a + 0.1, a - 0.5 * b, b + 0.0, 0.3 * c]
    made: list[int] = []
    shared = generator.normal(size=(3, 2, 2))
    for _ in range(draw(st.integers(2, 4))):
        if draw(st.booleans()):
            form = Form("trigonometric", 1, _trigonometric, shared)
            args = [draw(st.sampled_from(arguments))]
        else:
            shape = draw(st.sampled_from([(2,), (2, 3), (2, 2, 2)]))
            form = Form("product", 2, _product, generator.normal(size=(2, *shape)))
            args = [draw(st.sampled_from([*arguments, Affine({}, 0.7)])) for _ in range(2)]
        if not any(x.names for x in args):
            args[0] = arguments[0]
        made.append(book.form(form, form.constants, args, snap=False))
    made.append(book.constant(generator.normal(size=(2, 2))))
    for _ in range(draw(st.integers(1, 8))):
        source = draw(st.sampled_from(made))
        shape = book.shape(source)
        kind = draw(st.sampled_from(["contract", "contract", "take", "sum", "pick"]))
        if kind == "contract":
            other = draw(st.sampled_from(made))
            left = tuple(range(len(shape)))
            fresh = len(shape)
            right = []
            for axis, dim in enumerate(book.shape(other)):
                same = [k for k in left if shape[k] == dim and k not in right]
                joined = same and draw(st.booleans())
                right.append(draw(st.sampled_from(same)) if joined else fresh + axis)
            union = list(dict.fromkeys((*left, *right)))
            out = tuple(k for k in union if draw(st.booleans()))[:4]
            made.append(book.contract(source, other, left, tuple(right), out))
        elif kind == "take" and shape:
            axis = draw(st.integers(0, len(shape) - 1))
            indices = draw(st.lists(st.integers(0, shape[axis] - 1), min_size=1, max_size=3))
            made.append(book.take(source, axis, indices))
        elif kind == "sum" and shape:
            made.append(book.sum(source, draw(st.integers(0, len(shape) - 1))))
        elif kind == "pick" and len(shape) > 1:
            x, y = draw(st.permutations(range(len(shape))))[:2]
            values = [draw(st.integers(0, shape[x] - 1)) for _ in range(shape[y])]
            made.append(book.pick(source, x, y, values))
    chosen = draw(st.lists(st.sampled_from(made), min_size=1, max_size=4))
    return book, [*chosen, made[-1]]


def loss_slope(book: RecipeBook, recipes: list[int], adjoints: list[Any], name: str) -> float:
    """dL/d(name), L = sum of adjoints times tensors, by the complex step."""
    values = {n: np.asarray(x + 1j * STEP * (n == name)) for n, x in POINT.items()}
    maker = Materialiser(book, recipes, "complex128", "numpy", None)
    arrays, _ = maker.arrays(recipes, values, frozenset())
    return float(sum(np.sum(g * t.imag) / STEP for g, t in zip(adjoints, arrays, strict=True)))


@pytest.mark.parametrize("library", ["numpy", "torch", "tensorflow", "jax"])
@given(data=st.data())
def test_every_operation(library: str, data: st.DataObject) -> None:
    book, recipes = data.draw(books())
    generator = np.random.default_rng(5)
    adjoints = [generator.normal(size=book.shape(r)) for r in recipes]
    names = tuple(data.draw(st.permutations(NAMES))[: data.draw(st.integers(1, 3))])
    pullback = Pullback(book, recipes, names)
    setting = {"dtype": "float64", "library": library, "like": None}
    values = {n: np.asarray(x) for n, x in POINT.items()}
    given = [adjoints[i] for i in pullback.wanted]
    if library != "numpy":
        values = {n: do("asarray", x, like=library) for n, x in values.items()}
        given = [do("asarray", g, like=library) for g in given]
    found = pullback.derivatives(given, values, frozenset(), **setting)
    assert found.shape == (len(names), 1)
    for name, row in zip(names, found, strict=True):
        truth = loss_slope(book, recipes, adjoints, name)
        assert row[0] == pytest.approx(truth, rel=1e-10, abs=1e-10)
        assert name in pullback.reached or row[0] == 0


@given(data=st.data())
def test_batches(data: st.DataObject) -> None:
    book, recipes = data.draw(books())
    generator = np.random.default_rng(5)
    pullback = Pullback(book, recipes, NAMES)
    batch = {"b": np.array([-0.8, 0.4, 1.1])}
    # Some adjoints are the same for all members.
    adjoints = [
        generator.normal(size=(*((3,) if data.draw(st.booleans()) else ()), *book.shape(r)))
        for r in recipes
    ]
    values = {n: np.asarray(x) for n, x in (POINT | batch).items()}
    given = [adjoints[i] for i in pullback.wanted]
    setting = {"dtype": "float64", "library": "numpy", "like": None}
    found = pullback.derivatives(given, values, frozenset(batch), **setting)
    for row in range(3):
        point = {n: np.asarray(x[row] if n == "b" else x) for n, x in values.items()}
        single = [
            g[row] if g.ndim > len(book.shape(r)) else g
            for g, r in zip(adjoints, recipes, strict=True)
        ]
        one = [single[i] for i in pullback.wanted]
        right = pullback.derivatives(one, point, frozenset(), **setting)
        column = np.broadcast_to(found, (3, 3))[:, row]
        np.testing.assert_allclose(column, right[:, 0], rtol=1e-10, atol=1e-10)


def test_thousands_of_leaves_are_one_family() -> None:
    book = RecipeBook()
    constants = np.random.default_rng(2).normal(size=(3, 2, 2))
    names = [f"t[{k}]" for k in range(2000)]
    form = Form("trigonometric", 1, _trigonometric, constants)
    recipes = [book.form(form, constants, [1.5 * Parameter(n) + 0.2], snap=False) for n in names]
    pullback = Pullback(book, recipes, names)
    assert pullback.wanted == tuple(range(2000))
    values = {n: np.asarray(0.001 * k) for k, n in enumerate(names)}
    ones = [np.ones((2, 2))] * 2000
    found = pullback.derivatives(
        ones, values, frozenset(), dtype="float64", library="numpy", like=None
    )[:, 0]
    at = 1.5 * np.array(list(values.values())) + 0.2
    weights = constants.sum(axis=(1, 2))
    np.testing.assert_allclose(found, 1.5 * (weights[1] * np.cos(at) - weights[0] * np.sin(at)))


def test_adjoints_come_back_as_given() -> None:
    book = RecipeBook()
    recipe = book.constant(np.eye(2))
    pullback = Pullback(book, [recipe], ["a"])
    assert pullback.wanted == () and pullback.reached == frozenset()
    found = pullback.derivatives([], {}, frozenset(), dtype="float64", library="numpy", like=None)
    assert to_numpy(found).tolist() == [[0.0]]

"""Selectors against a definition row by row, their algebra and their JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tnsim.base.errors import NoiseError
from tnsim.noise import (
    Selector,
    arity,
    everything,
    exactly,
    gates,
    on,
    position,
    selector_from_dict,
    within,
)

Row = tuple[str, tuple[int, ...]]
NAMES = ("rx", "cx", "ccx", "barrier")


@dataclass(frozen=True)
class View:
    """A circuit of named rows, as columns."""

    rows: tuple[Row, ...]
    names: tuple[str, ...] = NAMES

    @cached_property
    def opcode(self) -> NDArray[Any]:
        return np.array([NAMES.index(name) for name, _ in self.rows], dtype=np.uint16)

    @cached_property
    def num_qubits(self) -> NDArray[Any]:
        return np.array([len(qubits) for _, qubits in self.rows], dtype=np.int64)

    @cached_property
    def position(self) -> NDArray[Any]:
        return np.arange(len(self.rows))

    def qubits_of_slot(self, slot: int) -> NDArray[Any]:
        found = [qubits[slot] if slot < len(qubits) else -1 for _, qubits in self.rows]
        return np.array(found, dtype=np.int32)


def rows_of(name: str, size: int) -> st.SearchStrategy[Row]:
    qubits = st.permutations(range(6)).map(lambda order: tuple(order[:size]))
    return st.tuples(st.just(name), qubits)


views = st.builds(
    View,
    st.lists(
        st.one_of(rows_of("rx", 1), rows_of("cx", 2), rows_of("ccx", 3), rows_of("barrier", 0)),
        max_size=12,
    ).map(tuple),
)
qubit_sets = st.lists(st.integers(0, 6), min_size=1, max_size=3)
Test = Callable[[int, str, tuple[int, ...], int], bool]


def leaf(selector: Selector, test: Test) -> tuple[Selector, Test]:
    return selector, test


leaves = st.one_of(
    st.just(leaf(everything(), lambda *_: True)),
    st.lists(st.sampled_from([*NAMES, "other"]), min_size=1, max_size=2).map(
        lambda names: leaf(gates(*names), lambda i, name, q, n: name in names)
    ),
    st.integers(1, 3).map(lambda k: leaf(arity(k), lambda i, name, q, n: len(q) == k)),
    qubit_sets.map(lambda s: leaf(on(s), lambda i, name, q, n: any(x in s for x in q))),
    qubit_sets.map(
        lambda s: leaf(within(s), lambda i, name, q, n: bool(q) and all(x in s for x in q))
    ),
    st.lists(
        st.permutations(range(3)).flatmap(
            lambda order: st.integers(1, 2).map(lambda k: tuple(order[:k]))
        ),
        min_size=1,
        max_size=3,
    ).map(lambda ts: leaf(exactly(*ts), lambda i, name, q, n: q in ts)),
    st.tuples(
        st.none() | st.integers(-13, 13), st.none() | st.integers(-13, 13),
        st.none() | st.integers(1, 3),
    ).map(lambda s: leaf(
        position(slice(*s)), lambda i, name, q, n: i in range(n)[slice(*s)]
    )),
)  # fmt: skip
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(
            lambda ab: (ab[0][0] & ab[1][0], lambda *row: ab[0][1](*row) and ab[1][1](*row))
        ),
        st.tuples(inner, inner).map(
            lambda ab: (ab[0][0] | ab[1][0], lambda *row: ab[0][1](*row) or ab[1][1](*row))
        ),
        inner.map(lambda a: (~a[0], lambda *row: not a[1](*row))),
    ),
    max_leaves=5,
)


@given(views, trees)
def test_selection_is_that_of_the_definition(view: View, tree: tuple[Selector, Test]) -> None:
    selector, test = tree
    found = selector.select(view)
    assert found.dtype == np.bool_
    assert found.shape == (len(view.rows),)
    expected = [test(i, *row, len(view.rows)) for i, row in enumerate(view.rows)]
    assert found.tolist() == expected


@given(trees)
def test_json_and_repr_round_trip(tree: tuple[Selector, Test]) -> None:
    from tnsim import noise

    selector = tree[0]
    data = json.loads(json.dumps(selector.to_dict()))
    assert selector_from_dict(data) == selector
    assert eval(repr(selector), vars(noise)) == selector
    with pytest.raises(NoiseError, match="'surprise' is unknown"):
        selector_from_dict({**data, "surprise": 1})


def test_combinations_are_flat_and_double_negation_vanishes() -> None:
    a, b, c = gates("cx"), arity(2), on(0)
    assert a & b & c == a & (b & c)
    assert len(selector_from_dict((a | b | c).to_dict()).to_dict()["parts"]) == 3
    assert ~~a == a
    assert hash(a & b) == hash(a & b)
    assert a & b != b & a


def test_positions() -> None:
    view = View((("rx", (0,)),) * 5)
    for where, expected in (
        (0, [0]), (-1, [4]), (-2, [3]), (7, []), (slice(1, 3), [1, 2]), (slice(-2, None), [3, 4]),
        (range(0, 5, 2), [0, 2, 4]), (slice(1, None, 2), [1, 3]), (slice(None, None, 3), [0, 3]),
    ):  # fmt: skip
        assert np.flatnonzero(position(where).select(view)).tolist() == expected


def test_it_is_vectorised() -> None:
    rows = 200_000
    rng = np.random.default_rng(0)

    class Big:
        names = ("rx", "cx")
        opcode = rng.integers(0, 2, rows).astype(np.uint16)
        num_qubits = opcode.astype(np.int64) + 1
        position = np.arange(rows)
        _first = rng.integers(0, 100, rows)

        def qubits_of_slot(self, slot: int) -> NDArray[Any]:
            return np.where(self.num_qubits > slot, self._first + slot, -1)

    selector = (gates("cx") & ~on([3])) | exactly((7,), (8, 9)) | position(slice(0, 100))
    view = Big()
    found = selector.select(view)
    cx = view.opcode == 1
    first = view.qubits_of_slot(0)
    expected = (cx & (first != 3) & (first != 2)) | (~cx & (first == 7)) | (cx & (first == 8))
    np.testing.assert_array_equal(found, expected | (view.position < 100))


WRONG: list[tuple[Callable[[], Any], str]] = [
    (gates, "`gates` must be names such as 'cx', at least one"),
    (lambda: gates("cx", 3), "`gates` must be names"),
    (lambda: gates(""), "`gates` must be names"),
    (arity, r"`arity` must be integers, at least one \(got \(\)\)"),
    (lambda: arity(0), r"`arity` must be integers of at least 1 \(got 0\)"),
    (lambda: arity(1.5), r"`arity` must be integers"),
    (lambda: arity(True), r"`arity` must be integers"),
    (lambda: on(-1), r"`qubits` must be integers of at least 0 \(got -1\)"),
    (lambda: on([]), r"`qubits` must be integers, at least one"),
    (lambda: on("ab"), r"`qubits` must be integers"),
    (lambda: within([0.5]), r"`qubits` must be integers"),
    (exactly, r"`exactly` must have at least one tuple of qubits \(got none\)"),
    (lambda: exactly((0, -1)), r"`exactly` must be integers of at least 0 \(got -1\)"),
    (lambda: exactly((0, 0)), r"`exactly` must name each qubit of a tuple once \(got \(0, 0\)\)"),
    (lambda: position(slice(0, 5, 0)), r"must have a step of at least 1 \(got 0\)"),
    (lambda: position(slice(None, None, -1)), r"must have a step of at least 1 \(got -1\)"),
    (lambda: position(slice(0.5, 1)), r"`position's start` must be integers"),
    (lambda: position("3"), r"`position` must be integers"),
    (lambda: position(range(0)), r"must be a rising range of places from 0"),
    (lambda: gates("cx") & "cz", r"a selector must be made by .* \(got 'cz'\)"),
    (lambda: gates("cx") | None, r"a selector must be made by .* \(got None\)"),
    (lambda: gates("cx") and gates("cz"), "combine selectors by &, | and ~"),
    (lambda: selector_from_dict(3), r'"select" is one of all_of.* \(got \'int\'\)'),
    (lambda: selector_from_dict({"select": "gate"}), r"\(got 'gate'\)"),
    (lambda: selector_from_dict({"select": ["on"]}), r"\(got \['on'\]\)"),
    (lambda: selector_from_dict({"select": "gates"}), "but names is missing"),
    (
        lambda: selector_from_dict({"select": "gates", "names": "cx"}),
        r"`names` of the selector gates must be a list of at least 1 of str \(got 'cx'\)",
    ),
    (
        lambda: selector_from_dict({"select": "arity", "sizes": [True]}),
        "`sizes` of the selector arity must be a list of at least 1 of int",
    ),
    (
        lambda: selector_from_dict({"select": "exactly", "tuples": [[0], 1]}),
        "`tuples` of the selector exactly must be a list",
    ),
    (
        lambda: selector_from_dict({"select": "position", "start": 0, "stop": "9", "step": None}),
        r"`stop` of the selector position must be an int or null \(got '9'\)",
    ),
    (
        lambda: selector_from_dict({"select": "all_of", "parts": [1]}),
        "`parts` of the selector all_of must be a list of at least 1 of dict",
    ),
    (lambda: selector_from_dict(deep(40)), "nested at most 32 deep"),
]


def deep(depth: int) -> dict[str, Any]:
    data: dict[str, Any] = {"select": "everything"}
    for _ in range(depth):
        data = {"select": "not", "part": data}
    return data


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_wrong_selectors(number: int) -> None:
    make, message = WRONG[number]
    with pytest.raises(NoiseError, match=message):
        make()

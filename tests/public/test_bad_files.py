"""Files in which any part is replaced by anything are read, or refused with an error of tnsim."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tnsim
from tests.public.bad_rows import FLIP, PAIR, THETA, turned
from tnsim import NoiseModel, PauliSum, Result, TnsimError
from tnsim.queries.query import Query

H = np.array([[1, 1], [1, -1]]) / np.sqrt(2)


def rich_noise() -> dict[str, Any]:
    """A noise model with channels, selectors and readout errors of many kinds."""
    n = tnsim.noise
    where = n.gates("h") & ~n.on([1]) | n.exactly((0, 1)) & n.position(slice(1, 9))
    model = NoiseModel().after(PAIR, where=where).before(n.kraus([H]), qubits=[0])
    model.after(n.bit_flip(0.5 * THETA) @ n.amplitude_damping(0.1), arity=1)
    model.after(n.mixed_unitary([(0.5, H), (0.5, np.eye(2))]), gates="x")
    model.after(n.thermal_relaxation(50.0, 30.0, THETA).tensor(FLIP))
    model.readout(0.1, THETA).readout(n.ReadoutError.from_matrix(np.eye(4)), qubits=[0, 1])
    return model.to_dict()


@cache
def a_result() -> dict[str, Any]:
    made = tnsim.run(turned(), tnsim.Expectation("Z1"), memory="10MB", theta=[0.1, 0.2])
    return made.to_dict()


def a_query() -> dict[str, Any]:
    fidelity = tnsim.Fidelity(turned())
    query = 2 * tnsim.Expectation({"Z0": 0.5, "X1": 1j}) ** 2 - tnsim.Variance("Z1") / fidelity
    return (query + tnsim.Purity([0]) * tnsim.Probabilities([1])).to_dict()


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a JSON value something stands."""
    inner = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in inner:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


def with_change(data: Any, path: tuple[Any, ...], value: object, kind: str) -> Any:
    made = copy.deepcopy(data)
    owner = made
    for key in path[:-1]:
        owner = owner[key]
    if kind == "drop":
        del owner[path[-1]]
    elif kind == "wrap":
        owner[path[-1]] = [owner[path[-1]]]
    else:
        owner[path[-1]] = value
    return made


JUNK = st.one_of(
    st.sampled_from([None, True, 0, -1, 1.5, "", "x", [], {}, [[]], 2**31, 2**63, 10**400]),
    st.sampled_from([float("nan"), float("inf"), 1e308, "I" * 100, "h", [0, 0], [1e400, "a"]]),
    st.sampled_from([{"terms": {"a": 10**400}, "constant": 0}, {"complex": [10**400, 0]}]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
        max_leaves=5,
    ),
)
KINDS = st.sampled_from(["replace", "replace", "replace", "drop", "wrap"])
FORMATS = {
    "noise": (rich_noise, NoiseModel.from_dict),
    "query": (a_query, Query.from_dict),
    "pauli": (PauliSum({"Z0 Z3": 0.5, "X1": 2j}).to_dict, PauliSum.from_dict),
    "circuit": (turned().to_dict, tnsim.Circuit.from_dict),
}


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=100)
@given(data=st.data())
def test_changed_objects_are_read_or_refused(name: str, data: st.DataObject) -> None:
    make, read = FORMATS[name]
    good = make()
    path = data.draw(st.sampled_from(list(places(good))))
    bad = with_change(good, path, data.draw(JUNK), data.draw(KINDS))
    with contextlib.suppress(TnsimError):
        read(bad)


@settings(max_examples=100)
@given(data=st.data())
def test_changed_results_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    good = a_result()
    where = data.draw(st.sampled_from(list(places(good))))
    bad = with_change(good, where, data.draw(JUNK), data.draw(KINDS))
    path = tmp_path_factory.mktemp("results") / "r.json"
    path.write_text(json.dumps(bad))
    with contextlib.suppress(TnsimError):
        assert repr(Result.load(path))


@settings(max_examples=100)
@given(content=st.binary(max_size=60) | st.text('[]{}",:0123456789e-+. \\untf', max_size=60))
def test_any_content_is_refused(
    tmp_path_factory: pytest.TempPathFactory, content: str | bytes
) -> None:
    path: Path = tmp_path_factory.mktemp("any") / "any.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    for load in (Result.load, NoiseModel.load):
        with pytest.raises(TnsimError, match=r"any\.json: "):
            load(path)

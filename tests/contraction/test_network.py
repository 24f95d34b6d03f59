"""Network: validation, digests by structure, dictionaries."""

from __future__ import annotations

import copy
import pickle  # noqa: TID251 - that it works is the test
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tnsim.base.errors import TnsimError
from tnsim.contraction import Network


@st.composite
def networks(draw: st.DrawFn, most: int = 8) -> Network:
    """Random networks: hyperedges, scalars, disconnected parts, labels of size 1."""
    labels = [f"x{i}" for i in range(draw(st.integers(1, 10)))]
    sizes = {label: draw(st.integers(1, 3)) for label in labels}
    count = draw(st.integers(1, most))
    term = st.lists(st.sampled_from(labels), unique=True, max_size=4).map(tuple)
    inputs = tuple(draw(term) for _ in range(count))
    used = sorted({label for term in inputs for label in term})
    output = tuple(draw(st.permutations(used)))[: draw(st.integers(0, 3))]
    return Network(inputs, output, sizes)


SIZES = {"i": 2, "j": 3, "k": 4}
BAD: list[tuple[Any, Any, Any, str]] = [
    ((), (), {}, "at least one tensor"),
    ("ij", (), SIZES, "sequence of at least one tensor"),
    (("ij",), (), SIZES, r"`inputs\[0\]` must be a sequence of labels"),
    ((("i", 3),), (), SIZES, "labels that are strings"),
    ((("i", "i"),), (), SIZES, "'i' stands there twice; take the trace"),
    ((("i",),), ("i", "i"), SIZES, "`output` must carry each label once"),
    ((("i",),), ("j",), SIZES, "none carries 'j'"),
    ((("i", "z"),), (), SIZES, "'z' has none"),
    ((("i",),), (), {"i": 0}, r"`sizes\['i'\]` must be an integer of at least 1 \(got 0\)"),
    ((("i",),), (), {"i": True}, "integer of at least 1"),
    ((("i",),), (), {"i": 2.0}, "integer of at least 1"),
    ((("i",),), (), None, "dimension of every label"),
]


@pytest.mark.parametrize(("inputs", "output", "sizes", "message"), BAD)
def test_refusals(inputs: Any, output: Any, sizes: Any, message: str) -> None:
    with pytest.raises(TnsimError, match=message):
        Network(inputs, output, sizes)


def test_equation_refusals() -> None:
    for equation, shapes, message in [
        ("ij,jk", ((2, 3), (3, 4)), "form 'ij,jk->ik'"),
        ("ij,jk->ik", ((2, 3),), "one term for each shape"),
        ("ij,jk->ik", ((2, 3), (3,)), "names 2 axes"),
        ("ij,jk->ik", ((2, 3), (5, 4)), "must have one size"),
    ]:
        with pytest.raises(TnsimError, match=message):
            Network.from_equation(equation, *shapes)


@given(networks())
def test_digest_is_of_structure(network: Network) -> None:
    renamed = network.relabel({label: f"q{label}" for label in network.sizes})
    assert (renamed == network) == (not network.sizes)
    assert renamed.digest == network.digest == network.canonical.digest
    assert renamed.canonical == network.canonical
    assert renamed.equation == network.equation


def test_digest_tells_structures_apart() -> None:
    base = Network((("i", "j"), ("j", "k")), ("i", "k"), SIZES)
    others = [
        Network((("i", "j"), ("j", "k")), ("k", "i"), SIZES),
        Network((("i", "j"), ("k", "j")), ("i", "k"), SIZES),
        Network((("i", "j"), ("j", "k")), ("i",), SIZES),
        Network((("i", "j"), ("j", "k")), ("i", "k"), {**SIZES, "j": 2}),
    ]
    assert len({base.digest, *(other.digest for other in others)}) == 5


@given(networks())
def test_round_trips(network: Network) -> None:
    assert Network.from_dict(network.to_dict()) == network
    assert eval(repr(network), {"Network": Network}) == network
    assert pickle.loads(pickle.dumps(network)) == network
    assert copy.deepcopy(network) == network
    assert hash(Network.from_dict(network.to_dict())) == hash(network)
    again = Network.from_equation(network.equation, *network.shapes)
    assert again.digest == network.digest


@pytest.mark.parametrize("data", [None, [], {}, {"inputs": [], "output": [], "sizes": {}, "x": 1}])
def test_from_dict_refuses(data: Any) -> None:
    with pytest.raises(TnsimError, match="network must be an object"):
        Network.from_dict(data)


def test_sizes_are_frozen_and_only_those_used() -> None:
    network = Network((("i",),), (), SIZES)
    assert dict(network.sizes) == {"i": 2}
    with pytest.raises(TypeError):
        network.sizes["i"] = 3  # type: ignore[index]

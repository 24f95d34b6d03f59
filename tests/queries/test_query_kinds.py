"""Every kind of question: value semantics, files, and each wrong use with its message."""

from __future__ import annotations

import json
import pickle  # noqa: TID251  (queries travel to worker processes)
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from tests.strategies import leaf_queries
from tnsim import queries
from tnsim.base.errors import TnsimError
from tnsim.base.parameters import Parameter
from tnsim.circuit import Circuit
from tnsim.noise import bit_flip
from tnsim.queries import (
    Amplitudes,
    Expectation,
    Fidelity,
    LeafQuery,
    PauliSum,
    Probabilities,
    Purity,
    Query,
    ReducedDensityMatrix,
    Samples,
    Variance,
)

N = 4
NAMES = {name: getattr(queries, name) for name in queries.__all__}


@given(leaf_queries(N, amplitudes=True))
def test_every_way_out_leads_back(query: LeafQuery) -> None:
    query.validate(N)
    assert eval(repr(query), dict(NAMES)) == query
    data = json.loads(json.dumps(query.to_dict(), allow_nan=False))
    assert data["kind"] == query.kind
    for again in (Query.from_dict(data), type(query).from_dict(data)):
        assert again == query
        assert hash(again) == hash(query)
    assert pickle.loads(pickle.dumps(query)) == query


@given(leaf_queries(N), leaf_queries(N))
def test_equality_is_that_of_the_data(a: LeafQuery, b: LeafQuery) -> None:
    assert (a == b) == (a.to_dict() == b.to_dict())


def test_observables_in_every_form_are_one() -> None:
    z = np.diag([1, -1])
    same = [
        Expectation("Z1"),
        Expectation("IZI"),
        Expectation({"Z1": 1}),
        Expectation([("Z1", 1.0)]),
        Expectation((("Z1", 0.5), ("Z1", 0.5))),
        Expectation(PauliSum("Z1")),
        Expectation((z, 1)),
        Expectation((z, [1])),
        Expectation(([[1, 0], [0, -1]], (1,))),
    ]
    assert len(set(same)) == 1
    assert not same[0].is_complex
    assert Expectation(([[0, 1], [0, 0]], 0)).is_complex


def test_shapes_of_answers() -> None:
    assert Expectation("Z0").shape(N) == Purity().shape(N) == Variance("Z0").shape(N) == ()
    assert Amplitudes("0101").shape(N) == (1,)
    assert Probabilities([3, 1]).shape(N) == (4,)
    assert ReducedDensityMatrix([3, 1]).shape(N) == (4, 4)
    assert Samples(10).shape(N) == (10, 4)


def test_variance_as_expectations() -> None:
    query = Variance({"X0": 1.0, "Z0": 2.0})
    x, one = Expectation({"X0": 1.0, "Z0": 2.0}), Expectation({"I": 5.0})
    assert query.as_expectations().evaluate({x: 0.5, one: 5.0}) == 4.75


def test_order_matters_for_matrices_and_not_for_purity() -> None:
    assert Probabilities([0, 1]) != Probabilities([1, 0])
    assert ReducedDensityMatrix([0, 1]) != Probabilities([0, 1])
    assert Purity([0, 1]) == Purity((1, 0))
    assert Purity() != Purity(range(4))
    assert Probabilities(2) == Probabilities(np.array([2]))


def test_bits_are_columns() -> None:
    assert Amplitudes(["0110", "1000"]).bits.tolist() == [[0, 1, 1, 0], [1, 0, 0, 0]]


def test_fidelity_keeps_the_circuit_as_it_was() -> None:
    other = Circuit(2).h(0).rx(Parameter("theta"), 1)
    query, again = Fidelity(other), Fidelity(other.copy())
    other.x(1)
    assert query == again
    assert hash(query) == hash(again)
    assert query != Fidelity(other)
    assert len(query.other) == 2
    data = json.loads(json.dumps(query.to_dict()))
    assert Query.from_dict(data) == query
    assert pickle.loads(pickle.dumps(query)) == query
    assert query.shape(2) == ()
    query.validate(2)


def test_different_kinds_differ() -> None:
    assert Fidelity(Circuit(1)) != Purity()
    assert Purity([0]) != Probabilities([0])
    assert Expectation("Z0") != Variance("Z0")


MALFORMED: list[tuple[Any, str]] = [
    (lambda: Expectation(""), "must not be empty"),
    (lambda: Expectation({}), "at least one term"),
    (lambda: Expectation("Q0"), "'Q' stands at character 0"),
    (lambda: Expectation("Z0 X0"), "qubit 0 comes twice"),
    (lambda: Expectation(7), "an observable must be"),
    (lambda: Expectation(None), "an observable must be"),
    (lambda: Expectation(("Z0", 0.5)), "must be in a list"),
    (lambda: Expectation({"Z0": float("inf")}), "the coefficient of 'Z0' must be finite"),
    (lambda: Expectation((np.eye(2), [0, 1])), r"must have shape \(4, 4\)"),
    (lambda: Expectation((np.ones((2, 3)), 0)), r"must have shape \(2, 2\)"),
    (lambda: Expectation((np.eye(2), "0")), "must be ints"),
    (lambda: Expectation((np.eye(2), -1)), "at least 0"),
    (lambda: Expectation((np.eye(2), 0.0)), "must be ints"),
    (lambda: Expectation((np.eye(2), [])), "at least one qubit"),
    (lambda: Expectation("Z4").validate(4), r"0 to 3 \(got qubit 4\)"),
    (lambda: Variance({"Z0": 1j}), "must be Hermitian"),
    (lambda: Variance(([[0, 1], [0, 0]], 0)), "must be Hermitian"),
    (lambda: Amplitudes([]), "at least one bitstring"),
    (lambda: Amplitudes(""), "characters 0 and 1"),
    (lambda: Amplitudes("012"), "characters 0 and 1"),
    (lambda: Amplitudes(["00", "000"]), "of one length"),
    (lambda: Amplitudes([0, 1]), "characters 0 and 1"),
    (lambda: Amplitudes(5), "must be text"),
    (lambda: Amplitudes("00").validate(4), "they have 2"),
    (lambda: Probabilities([]), "at least one qubit"),
    (lambda: Probabilities([1, 1]), "qubit 1 comes twice"),
    (lambda: Probabilities([-1]), "at least 0"),
    (lambda: Probabilities("01"), "must be ints"),
    (lambda: Probabilities([0.5]), "must be ints"),
    (lambda: Probabilities([True]), "must be ints"),
    (lambda: Probabilities(None), "must be ints"),
    (lambda: Probabilities([4]).validate(4), r"0 to 3 \(got qubit 4\)"),
    (lambda: ReducedDensityMatrix([2, 2]), "qubit 2 comes twice"),
    (lambda: ReducedDensityMatrix([9]).validate(4), "got qubit 9"),
    (lambda: Purity([]), "at least one qubit"),
    (lambda: Purity([0, 5]).validate(4), "got qubit 5"),
    (lambda: Purity().validate(-1), "positive int"),
    (lambda: Fidelity("h 0"), "must be a Circuit"),
    (lambda: Fidelity(Circuit(1).reset(0)), "has 'reset'"),
    (lambda: Fidelity(Circuit(1).channel(bit_flip(0.1), 0)), "has 'bit_flip'"),
    (lambda: Fidelity(Circuit(1)).validate(2), "the circuit's 2 qubits"),
    (lambda: Query.from_dict({"kind": "fidelity", "version": 1, "other": {}}), "a circuit must"),
    (lambda: Samples(0), "positive int"),
    (lambda: Samples(1.5), "positive int"),
    (lambda: Samples(10, seed=-1), "at least 0"),
    (lambda: Samples(10, seed="x"), "None or an int"),
    (lambda: Query.from_dict({}), "one of amplitudes"),
    (lambda: Query.from_dict([]), "one of amplitudes"),
    (lambda: Query.from_dict({"kind": ["x"]}), "one of amplitudes"),
    (lambda: Query.from_dict({"kind": "purity", "version": 1}), "qubits is missing"),
    (lambda: Query.from_dict({"kind": "purity", "version": 9, "qubits": None}), "version 1"),
    (lambda: Query.from_dict({"kind": "purity", "version": True, "qubits": None}), "version 1"),
    (
        lambda: Query.from_dict({"kind": "purity", "version": 1, "qubits": None, "x": 1}),
        "'x' is unknown",
    ),
    (lambda: Query.from_dict({"kind": "purity", "version": 1, "qubits": "0"}), "list of ints"),
    (
        lambda: Query.from_dict({"kind": "probabilities", "version": 1, "qubits": 0, "on": "bits"}),
        "list of",
    ),
    (lambda: Probabilities(0, on="clbits"), "`on` must be 'qubits' or 'bits'"),
    (lambda: Expectation("X0", on="bits"), "an observable of bits must hold I and Z only"),
    (lambda: Query.from_dict({"kind": "amplitudes", "version": 1, "bitstrings": "0"}), "list of"),
    (lambda: Expectation.from_dict(Purity().to_dict()), "Expectation was expected"),
    (
        lambda: Query.from_dict(
            {"kind": "expectation", "version": 1, "observable": "Z0", "on": "bits"}
        ),
        '"kind": "pauli_sum"',
    ),
    (
        lambda: Query.from_dict(
            {"kind": "derived", "version": 1, "operation": "add", "operands": [{"complex": 1}, 2]}
        ),
        "a complex number must be",
    ),
]


@pytest.mark.parametrize(("make", "message"), MALFORMED)
def test_wrong_use_is_named(make: Any, message: str) -> None:
    with pytest.raises(TnsimError, match=message):
        make()

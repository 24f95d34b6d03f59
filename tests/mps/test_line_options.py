"""What is refused, and in which words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.mps.mps_engines import SETTINGS, options_of
from tnsim import noise
from tnsim.base.errors import BudgetError, QueryError, TnsimError
from tnsim.circuit import Circuit
from tnsim.engines.mps import MPDO, MPS, LineEngine
from tnsim.engines.settings import Settings
from tnsim.queries import Amplitudes, Expectation, LeafQuery, Probabilities, Purity


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"max_bond": 4, "cutoff": 1e-3}, "at most one of max_bond, cutoff, target_error"),
        ({"cutoff": 1e-3, "target_error": 1e-3}, "cutoff and target_error"),
        ({"max_bond": 0}, "`max_bond` must be an int of at least 1"),
        ({"max_bond": True}, "`max_bond` must be an int of at least 1"),
        ({"max_bond": 2.5}, "`max_bond` must be an int of at least 1"),
        ({"cutoff": 1.0}, "`cutoff` must be a number at least 0 and below 1"),
        ({"target_error": 0.0}, "`target_error` must be a number above 0"),
        ({"seconds": -1.0}, "`seconds` must be a number above 0"),
        ({"seconds": 5.0, "max_bond": 4}, "`seconds` must come with `target_error`"),
        ({"picture": "both"}, "`picture` must be 'auto'"),
        ({"order": "best"}, "`order` must be 'given', 'auto'"),
        ({"order": (0, 0, 1)}, "every qubit 0 to 2 once"),
        ({"order": 3}, "a list of qubits"),
        ({"order": (0, "x")}, "`order` must hold ints"),
    ],
)
@pytest.mark.parametrize("method", ["mps", "mpdo"])
def test_options_are_checked(method: str, fields: dict[str, Any], words: str) -> None:
    with pytest.raises(QueryError, match=words):
        options_of(method, **fields)


def test_names_and_defaults() -> None:
    assert (MPS.name, MPDO.name) == ("mps", "mpdo")
    assert MPS().is_adaptive and MPS().wanted_error == 1e-3
    assert not MPS(cutoff=0.0).is_adaptive


def noisy(n: int) -> Circuit:
    return Circuit(n).h(range(n)).channel(noise.depolarizing(0.1), range(n))


@pytest.mark.parametrize(
    ("circuit", "leaf", "method", "fields", "words"),
    [
        (noisy(3), Expectation("Z0"), "mps", {}, "take method 'mpdo'"),
        (noisy(3), Amplitudes("000"), "mpdo", {}, "method 'mpdo' must be asked for one of"),
        (Circuit(3), Expectation("Z0"), "mps", {"order": (0, 1)}, "the circuit's 3 qubits"),
        (Circuit(30), Probabilities(range(25)), "mps", {}, "ask for samples"),
        (Circuit(30), Purity(range(15)), "mps", {}, "all but so many"),
        (Circuit(3), Purity(), "mps", {"picture": "heisenberg"}, "expectations of few Pauli"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    circuit: Circuit, leaf: LeafQuery, method: str, fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(QueryError, match=words):
        LineEngine.prepare(circuit, [leaf], SETTINGS, options_of(method, **fields))


def deep(n: int) -> Circuit:
    circuit = Circuit(n)
    for _ in range(n):
        circuit.rx(0.3, range(n))
        circuit.cx(range(n - 1), range(1, n))
    return circuit


def test_a_budget_that_no_bond_fits_tells_what_would() -> None:
    leaf, circuit = Expectation("Z0"), deep(20)
    options = MPS(max_bond=64, picture="schrodinger")
    with pytest.raises(BudgetError, match="for a bond of 64") as caught:
        LineEngine.prepare(circuit, [leaf], Settings(10**5, "complex128"), options)
    assert caught.value.least_bytes is not None
    fitting = Settings(caught.value.least_bytes, "complex128")
    engine = LineEngine.prepare(circuit, [leaf], fitting, options)
    assert engine.cost().peak_bytes <= fitting.budget


def test_single_precision_halves_the_bytes() -> None:
    leaf, circuit = Expectation("Z0"), deep(12)
    options = MPS(max_bond=16, picture="schrodinger")
    found = {}
    for dtype in ("complex64", "complex128"):
        engine = LineEngine.prepare(circuit, [leaf], Settings(10**9, dtype), options)
        found[dtype] = engine.run({})[leaf]
        assert engine.runner.array_dtype == dtype
    assert found["complex64"].value == pytest.approx(found["complex128"].value, abs=1e-4)


def test_numbers_that_are_not_finite_are_told() -> None:
    from tnsim.base.parameters import Parameter

    circuit = Circuit(6).h(range(6))
    for q in range(5):
        circuit.rzz(Parameter("t"), q, q + 1)
    engine = LineEngine.prepare(circuit, [Expectation("Z0")], SETTINGS, MPS(max_bond=2))
    with pytest.raises(TnsimError, match="finite"), np.errstate(all="ignore"):
        engine.run({"t": np.nan})

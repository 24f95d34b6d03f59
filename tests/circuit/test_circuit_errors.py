"""Wrong arguments of every kind, in both ways of appending, each with its message."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tnsim import Circuit, CircuitError, Parameter

NAN = math.nan

APPENDS: list[tuple[Callable[[Circuit], Any], str]] = [
    (lambda c: c.x(3), r"a qubit of x must be in 0\.\.2, since the circuit has 3 qubits \(got 3\)"),
    (lambda c: c.x(-1), r"a qubit of x must be in 0\.\.2.*\(got -1\)"),
    (lambda c: c.x([0, 7, 1]), r"a qubit of x must be in 0\.\.2.*\(got 7\)"),
    (lambda c: c.rx(0.1, 5), r"a qubit of rx must be in 0\.\.2"),
    (lambda c: c.rzz(0.1, 0, 2**40), r"a qubit of rzz must be in 0\.\.2"),
    (lambda c: c.ccx(0, 1, 2**70), "a qubit of ccx must fit 64 bits"),
    (lambda c: c.x(0.0), r"a qubit of x must be an integer \(got 0\.0\)"),
    (lambda c: c.cx(0, 1.0), r"a qubit of cx must be an integer \(got 1\.0\)"),
    (lambda c: c.cx(1.0, 0), r"a qubit of cx must be an integer \(got 1\.0\)"),
    (lambda c: c.rzz(0.1, 0, 1.5), r"a qubit of rzz must be an integer \(got 1\.5\)"),
    (lambda c: c.x([0, 1.5]), r"a qubit of x must be an integer"),
    (lambda c: c.x("0"), r"a qubit of x must be an integer \(got '0'\)"),
    (lambda c: c.x(None), r"a qubit of x must be an integer \(got None\)"),
    (lambda c: c.x([[0, 1]]), r"must be numbers or flat sequences \(got shape \(1, 2\)\)"),
    (lambda c: c.x([[0], [1, 2]]), "a qubit of x must be an integer"),
    (lambda c: c.x({0, 1}), r"the qubits of x must be in an order \(got a set\)"),
    (lambda c: c.cx(1, 1), r"the qubits of cx must differ from one another \(got \(1, 1\)\)"),
    (lambda c: c.cx([0, 1], [1, 1]), r"\(got \(1, 1\) at position 1 of the sequences\)"),
    (lambda c: c.ccx(0, 1, 0), r"the qubits of ccx must differ from one another \(got \(0, 1, 0\)"),
    (lambda c: c.barrier(1, 1), "the qubits of barrier must differ"),
    (lambda c: c.cx([0, 1], [1, 2, 0]), r"given to cx must have one length \(got 2, 3\)"),
    (lambda c: c.rx([0.1, 0.2], [0, 1, 2]), r"given to rx must have one length \(got 2, 3\)"),
    (lambda c: c.rx([0.1] * 3, [0, 1]), r"given to rx must have one length \(got 2, 3\)"),
    (lambda c: c.u([0.1] * 2, [0.1] * 3, 0, 0), r"given to u must have one length \(got 2, 3\)"),
    (lambda c: c.rx(NAN, 0), r"an angle of rx must be finite \(got nan\)"),
    (lambda c: c.rx(-math.inf, 0), r"an angle of rx must be finite \(got -inf\)"),
    (lambda c: c.rzz([0.1, NAN], 0, [1, 2]), r"an angle of rzz must be finite \(got nan\)"),
    (lambda c: c.u(0.1, NAN, 0.1, 0), r"an angle of u must be finite"),
    (lambda c: c.rx(1j, 0), r"an angle of rx must be a real number or a Parameter \(got 1j\)"),
    (lambda c: c.rx("pi", 0), r"an angle of rx must be a real number or a Parameter \(got 'pi'\)"),
    (lambda c: c.rx(None, 0), "takes real numbers"),
    (lambda c: c.rx([[0.1]], 0), r"the angles of rx must be numbers or flat sequences"),
    (lambda c: c.rx([Parameter("a"), "b"], [0, 1]), "takes real numbers"),
    (lambda c: c.rx(2**2000, 0), "takes real numbers"),
    (lambda c: c.append("cnot", 0, 1), r"'cnot' is not"),
    (lambda c: c.append("rzx", 0.1, 0, 1), r"'rzx' is not; did you mean .*rzz"),
    (lambda c: c.append("H", 0), r"'H' is not"),
    (lambda c: c.append(3, 0), r"3 is not"),
    (lambda c: c.append("rx", 0), r"rx takes 1 angles, then 1 qubits \(got 1 arguments\)"),
    (lambda c: c.append("cx", 0, 1, 2), r"cx takes 0 angles, then 2 qubits \(got 3 arguments\)"),
    (lambda c: c.append("cx", 0), r"\(got 1 arguments\)"),
    (lambda c: c.unitary(np.eye(3), 0), r"`matrix` must be 2\^n x 2\^n .*\(3, 3\)"),
    (
        lambda c: c.unitary(np.ones((2, 2)), 0),
        r"`matrix` must be unitary, but .* differs from 1 by",
    ),
    (lambda c: c.unitary(np.full((2, 2), NAN), 0), r"`matrix` must be unitary"),
    (lambda c: c.unitary(np.eye(2) * 1.00001, 0), r"differs from 1 by 2\.0e-05 \(allowed 1e-08\)"),
    (lambda c: c.unitary([[1, 0], [0]], 0), "`matrix` must be a matrix of numbers"),
    (lambda c: c.unitary("abc", 0), "`matrix` must be a matrix of numbers"),
    (lambda c: c.unitary(np.eye(4), 0), r"this unitary acts on 2 qubits \(got 1\)"),
    (lambda c: c.unitary(np.eye(2), 0, 1), r"this unitary acts on 1 qubits \(got 2\)"),
    (lambda c: c.unitary(np.eye(1)), r"2\^n x 2\^n with n >= 1"),
    (lambda c: c.measure(5), r"a qubit of measure must be in 0\.\.2"),
    (lambda c: c.measure(0, -1), r"a bit of measure must be in 0\.\.2147483643 \(got -1\)"),
    (lambda c: c.measure(0, 0.5), r"a bit of measure must be an integer \(got 0.5\)"),
    (lambda c: c.measure([0, 1], [0, 1, 2]), "the sequences given to measure must have one length"),
    (lambda c: c.when(0, 1, 3), r"`body` must be a Circuit of 3 qubits \(got 3\)"),
    (lambda c: c.when(0, 1, Circuit(2).x(0)), "`body` must be a Circuit of 3 qubits"),
    (lambda c: c.when(0, 2, Circuit(3).x(0)), r"a bit of when must be in 0\.\.1 \(got 2\)"),
    (lambda c: c.when([0, 1], 1, Circuit(3).x(0)), "0 or 1 for each of the 2 bits"),
    (lambda c: c.when([0, 0], [1, 1], Circuit(3).x(0)), "or several different ones"),
    (lambda c: c.when([], [], Circuit(3).x(0)), "must be one classical bit"),
    (lambda c: c.when(0, 1, Circuit(3).measure(0)), "a measure cannot depend on classical bits"),
    (lambda c: c.when(0, 1, Circuit(3).barrier()), "a barrier cannot depend on classical bits"),
    (
        lambda c: c.when(0, 1, Circuit(3).when(0, 1, Circuit(3).x(0))),
        "must differ from those of the condition around it",
    ),
    (lambda c: c.gphase(NAN), "takes finite numbers"),
]


@pytest.mark.parametrize(("wrong", "message"), APPENDS)
def test_wrong_appends_raise_and_leave_the_circuit(
    wrong: Callable[[Circuit], Any], message: str
) -> None:
    circuit = Circuit(3).h(0)
    with pytest.raises(CircuitError, match=message):
        wrong(circuit)
    assert circuit.cx(0, 1).rx(0.5, 2) == Circuit(3).h(0).cx(0, 1).rx(0.5, 2)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (0, r"`num_qubits` must be in 1\.\.2147483647 \(got 0\)"),
        (-3, "`num_qubits` must be in 1"),
        (2**31, "`num_qubits` must be in 1"),
        (2.0, r"`num_qubits` must be an integer \(got 2\.0\)"),
        ("2", "`num_qubits` must be an integer"),
        (True, "`num_qubits` must be an integer"),
    ],
)
def test_wrong_sizes(wrong: Any, message: str) -> None:
    with pytest.raises(CircuitError, match=message):
        Circuit(wrong)


TRANSFORMS: list[tuple[Callable[[Circuit], Any], str]] = [
    (lambda c: c.bind(thata=1), r"no parameter 'thata'; did you mean theta\?"),
    (lambda c: c.bind({"q": 1}), r"no parameter 'q'; it has theta"),
    (lambda c: c.bind(theta=NAN), "takes finite numbers"),
    (lambda c: c.bind(theta="1"), "takes real numbers"),
    (lambda c: c.bind(theta=[1, 2]), "takes real numbers"),
    (lambda c: c.lightcone(9), r"a qubit of lightcone must be in 0\.\.2"),
    (lambda c: c.relabel([0, 1]), "must give 3 different places"),
    (lambda c: c.relabel([0, 1, 1]), r"must give 3 different places.*\(got 3, 2 of them"),
    (lambda c: c.relabel([0, 1, 5]), r"must be in 0\.\.2"),
    (lambda c: c.relabel(range(3), 2), r"must be in 0\.\.1"),
    (lambda c: c.compose(Circuit(4)), r"`other` must have at most 3 qubits \(got 4\)"),
    (lambda c: c.compose(Circuit(2), [0, 1, 2]), "must give 2 different places"),
    (lambda c: c.compose("x"), r"`other` must be a Circuit \(got str\)"),
    (lambda c: c.reset(0).inverse(), "reset has no inverse"),
    (lambda c: c.measure(0).inverse(), "measure has no inverse"),
    (lambda c: c.when(0, 1, Circuit(3).x(0)).inverse(), "x under a condition has no inverse"),
    (lambda c: Circuit(65).draw(), "at most 64 qubits and bits, and 2000 instructions"),
]


@pytest.mark.parametrize(("wrong", "message"), TRANSFORMS)
def test_wrong_transforms(wrong: Callable[[Circuit], Any], message: str) -> None:
    circuit = Circuit(3).h(range(3)).rx(Parameter("theta"), 1)
    with pytest.raises(CircuitError, match=message):
        wrong(circuit)


def test_index_out_of_range() -> None:
    with pytest.raises(IndexError, match=r"has 1 instructions \(got index 1\)"):
        Circuit(1).x(0)[1]
    with pytest.raises(TypeError):
        Circuit(1) + 1  # type: ignore[operator]

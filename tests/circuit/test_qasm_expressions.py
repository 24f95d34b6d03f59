"""Angle expressions: values, parameters, and what has no value."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.circuit.qasm_programs import HEADER, expressions
from tnsim.base.errors import QasmError
from tnsim.base.parameters import Affine
from tnsim.circuit.qasm2 import read_qasm2


def angle(text: str) -> float | Affine:
    """The angle of rx(text), read the fast way and the careful way, which must agree."""
    alone, *run = (
        read_qasm2(f"{HEADER}qreg q[1];\n" + f"rx({text}) q[0];\n" * count) for count in (1, 20)
    )
    [value] = next(iter(alone)).angles
    assert {row.angles for circuit in run for row in circuit} == {(value,)}
    return value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1+2*3-4/2", 5.0),
        ("1-2-3", -4.0),
        ("8/4/2", 1.0),
        ("-2^2", -4.0),
        ("(-2)^2", 4.0),
        ("2^-1", 0.5),
        ("2^3^2", 512.0),
        ("2^-1^2", 0.5),
        ("2*-3", -6.0),
        ("- -2", 2.0),
        ("+-+2", -2.0),
        ("-3*pi/4", -3 * math.pi / 4),
        ("-pi/4", -math.pi / 4),
        ("3*pi/8", 3 * math.pi / 8),
        ("2.5e-1*pi", 0.25 * math.pi),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e2", 100.0),
        ("1.5E+1", 15.0),
        ("007", 7.0),
        ("0^0", 1.0),
        ("1e-400", 0.0),
        ("sin(pi/6)^2", math.sin(math.pi / 6) ** 2),
        ("cos(1)*tan(2)", math.cos(1) * math.tan(2)),
        ("ln(exp(3))", 3.0),
        ("sqrt(2)/2", math.sqrt(2) / 2),
        ("((((1))))", 1.0),
        ("pi// a comment )\n/2", math.pi / 2),
    ],
)
def test_values(text: str, value: float) -> None:
    found = angle(text)
    assert found == value


@given(expressions([]))
def test_values_are_those_of_python(text: str) -> None:
    # OpenQASM's ^ is Python's **, which also binds tighter than a sign before it.
    names = {"pi": math.pi, "sin": math.sin, "cos": math.cos}
    value = eval(text.replace("^", "**"), {}, names)
    assert angle(text) == pytest.approx(value, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize(
    ("text", "terms", "constant"),
    [
        ("theta", {"theta": 1.0}, 0.0),
        ("2*theta+0.1", {"theta": 2.0}, 0.1),
        ("-(a-2*b)/4+1", {"a": -0.25, "b": 0.5}, 1.0),
        ("theta[3]*2", {"theta[3]": 2.0}, 0.0),
        ("pi*x_1-pi", {"x_1": math.pi}, -math.pi),
        ("Gamma + Gamma", {"Gamma": 2.0}, 0.0),
        ("a+b-a", {"b": 1.0}, 0.0),
    ],
)
def test_free_parameters(text: str, terms: dict[str, float], constant: float) -> None:
    assert angle(text) == Affine(terms, constant)


def test_parameters_that_cancel_leave_a_number() -> None:
    assert angle("theta-theta+0.5") == 0.5


@given(st.dictionaries(st.sampled_from("abcde"), st.floats(-9, 9), max_size=5), st.floats(-9, 9))
def test_affine_expressions_add_up(terms: dict[str, float], constant: float) -> None:
    text = "+".join([f"({c!r})*{n}" for n, c in terms.items()] + [f"({constant!r})"])
    found = angle(text)
    wanted = Affine(terms, constant)
    assert found == (wanted if wanted.names else wanted.constant)


def test_parameters_can_be_switched_off() -> None:
    text = f"{HEADER}qreg q[1];\nrx(2*theta) q[0];"
    assert read_qasm2(text).parameters == ("theta",)
    with pytest.raises(QasmError, match="'theta' has no value here") as caught:
        read_qasm2(text, parameters=False)
    assert (caught.value.line, caught.value.column) == (4, 6)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("1/0", 5, "1 cannot be divided by zero"),
        ("1/(2-2)", 5, "1 cannot be divided by zero"),
        ("ln(-1)", 4, r"ln\(-1\) is no real number"),
        ("ln(0)", 4, r"ln\(0\) is no real number"),
        ("1+sqrt(0-4)", 6, r"sqrt\(-4\) is no real number"),
        ("(-8)^0.5", 8, r"-8 \^ 0.5 is no real number"),
        ("0^-1", 5, r"0 \^ -1 is too large"),
        ("exp(1000)", 4, r"exp\(1000\) is too large"),
        ("9^9^9^9", 7, r"9 \^ 3.8742e\+08 is too large"),
        ("1e308*10", 9, r"1e\+308 \* 10 is too large"),
        ("1e999", 4, "'1e999' is too large"),
        ("sin(theta)", 4, "must be affine .* sin"),
        ("theta^2", 9, r"must be affine .* \(\^\)"),
        ("a*b", 5, r"must be affine .* \(\*\)"),
        ("1/theta", 5, r"must be affine .* \(/\)"),
        ("theta/0", 9, "a parameter cannot be divided by zero"),
        ("1e300*a*1e300", 11, "too large for a number"),
        ("2 3", 6, r"'\)' is expected after the angles, but '3'"),
        ("(1", 8, r"'\)' is expected after the angles, but 'q'"),
        ("(1 2", 7, r"'\)' or an operator is expected, but '2'"),
        ("1+", 6, r"a number or a name is expected, but '\)'"),
        ("1,", 6, r"a number or a name is expected, but '\)'"),
        ("sin 1", 8, r"'\(' is expected after sin, but '1'"),
        ("theta[a]", 10, "the index of a parameter is expected, but 'a'"),
        ("theta[1", 11, r"'\]' is expected after the index, but '\)'"),
        ("+".join(f"a{k}" for k in range(300)), 1173, "at most 256 parameters"),
    ],
)
@pytest.mark.parametrize("before", [0, 30])
def test_what_has_no_value(text: str, column: int, message: str, before: int) -> None:
    program = f"{HEADER}qreg q[1];\n" + "h q[0];\n" * before + f"rx({text}) q[0];\n"
    with pytest.raises(QasmError, match=message) as caught:
        read_qasm2(program + "h q[0];\n" * before)
    assert (caught.value.line, caught.value.column) == (4 + before, column)

"""Measured bits and what depends on them, in both versions."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tnsim
from tests.circuit.qasm3_programs import HEADER
from tnsim import Circuit, CircuitError, Expectation, QasmError
from tnsim.circuit.qasm import builder
from tnsim.circuit.qasm2 import read_qasm2
from tnsim.circuit.qasm3 import read_qasm3

START2 = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[3]; creg c[2]; creg d[1];'
START3 = f"{HEADER}qubit[3] q; bit[4] c; bit d;\n"


def rows(circuit: Circuit) -> list[str]:
    return [str(row) for row in circuit]


def test_version_2() -> None:
    body = (
        "gate g a,b { h a; barrier a; cx a,b; }"
        "measure q[0] -> d[0]; if(c==2) x q; if(d==1) g q[0],q[1]; if(c==0) reset q[2];"
        "measure q[0] -> d[0]; h q[0];"
    )
    assert rows(read_qasm2(START2 + body)) == [
        "measure 0 into bit 2",
        "x 0 if bit 0 is 0 and bit 1 is 1",
        "x 1 if bit 0 is 0 and bit 1 is 1",
        "x 2 if bit 0 is 0 and bit 1 is 1",
        "h 0 if bit 2 is 1",
        "barrier 0",
        "cx 0 1 if bit 2 is 1",
        "reset 2 if bit 0 is 0 and bit 1 is 0",
        "measure 0 into bit 2",
        "h 0",
    ]
    assert read_qasm2(START2 + body).num_bits == 3


def test_version_3() -> None:
    body = (
        "c[3] = measure q[0]; bit e = measure q[1]; c[0:1] = measure q[1:2];"
        "if (e) { rx(0.5) q[0]; if (!c[3]) reset q[1]; barrier q; } else z q[2];"
        "if (c == 6) gphase(1);"
    )
    assert rows(read_qasm3(START3 + body)) == [
        "measure 0 into bit 3",
        "measure 1 into bit 5",
        "measure 1 into bit 0",
        "measure 2 into bit 1",
        "rx(0.5) 0 if bit 5 is 1",
        "reset 1 if bit 3 is 0 and bit 5 is 1",
        "barrier 0 1 2",
        "z 2 if bit 5 is 0",
    ]


def test_conditions_that_contradict_one_another_are_never_met() -> None:
    assert rows(read_qasm3(START3 + "if (c[0]) { if (!c[0]) x q[0]; else y q[0]; }")) == [
        "y 0 if bit 0 is 1"
    ]
    assert rows(read_qasm3(START3 + "if (c == 99) x q[0]; else y q[0];")) == ["y 0"]


ATOMS = [
    ("c[0]", lambda c, d: c & 1), ("d", lambda c, d: d), ("!c[1]", lambda c, d: not c & 2),
    ("~d", lambda c, d: not d), ("c == 5", lambda c, d: c == 5), ("7 != c", lambda c, d: c != 7),
    ("c < 6", lambda c, d: c < 6), ("c <= 4", lambda c, d: c <= 4),
    ("c > 11", lambda c, d: c > 11), ("c >= 9", lambda c, d: c >= 9),
    ("3 <= c", lambda c, d: c >= 3),
    ("uint[4](c) > 0", lambda c, d: c > 0), ('c[1:2] == "10"', lambda c, d: c >> 1 & 3 == 2),
    ("c[{3, 0}] == 1", lambda c, d: c >> 3 & 1 and not c & 1), ("bool(c)", lambda c, d: c != 0),
    ("c[2] == d", lambda c, d: (c >> 2 & 1) == d), ("c[0] ^ c[3]", lambda c, d: (c ^ c >> 3) & 1),
    ("d == true", lambda c, d: d), ("c[0] != 0", lambda c, d: c & 1), ("true", lambda c, d: True),
]  # fmt: skip


@st.composite
def conditions(draw: st.DrawFn, depth: int = 2):  # type: ignore[no-untyped-def]
    """A condition as text and as a function of the number in c and of d."""
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(ATOMS))
    left, f = draw(conditions(depth - 1))
    right, g = draw(conditions(depth - 1))
    kind = draw(st.sampled_from(["&&", "||", "!"]))
    if kind == "!":
        return f"!({left})", lambda c, d: not f(c, d)
    if kind == "&&":
        return f"({left} && {right})", lambda c, d: f(c, d) and g(c, d)
    return f"({left} || {right})", lambda c, d: f(c, d) or g(c, d)


@given(conditions(), conditions(depth=1))
@settings(max_examples=150)
def test_one_branch_is_taken(outer, inner) -> None:  # type: ignore[no-untyped-def]
    (text, f), (other, g) = outer, inner
    nested = f"if ({text}) {{ x q[0]; if ({other}) y q[0]; }} else {{ z q[0]; }}"
    circuit = read_qasm3(f"{START3} {nested} d = measure q[0];")
    for bits in product((0, 1), repeat=5):
        number = sum(bit << k for k, bit in enumerate(bits[:4]))
        wanted = (["x"] + ["y"] * bool(g(number, bits[4]))) if f(number, bits[4]) else ["z"]
        plain = [r for r in circuit if r.name != "measure"]
        taken = [
            r.name
            for r in plain
            if all(bits[b] == v for b, v in zip(r.bits, r.values, strict=True))
        ]
        assert taken == wanted


TELEPORT = (
    "ry(0.7) q[0]; h q[1]; cx q[1],q[2]; cx q[0],q[1]; h q[0];"
    "{measures} if ({one} == 1) {{ x q[2]; }} if ({zero} == 1) z q[2];"
)


def test_teleportation() -> None:
    text2 = START2.replace("creg c[2]", "creg c[1]") + TELEPORT.format(
        measures="measure q[0] -> c[0]; measure q[1] -> d[0];", one="d", zero="c"
    ).replace("{ x q[2]; }", "x q[2];")
    text3 = START3 + TELEPORT.format(
        measures="c[0] = measure q[0]; measure q[1] -> c[1];", one="c[1]", zero="c[0]"
    )
    wanted = tnsim.run(Circuit(1).ry(0.7, 0), Expectation("X0")).value
    for text in (text2, text3):
        circuit = Circuit.from_qasm(text)
        assert tnsim.run(circuit, Expectation("X2")).value == pytest.approx(wanted, abs=1e-12)


@st.composite
def circuits(draw: st.DrawFn, *, registers: bool) -> Circuit:
    """Circuits with measurements and conditions; with `registers` on bits {0, 1}, {2} and {3}."""
    circuit = Circuit(3).measure(0, 3)
    groups = [[0, 1], [2], [3]] if registers else [[0], [2, 1], [3, 0, 1], [1]]
    for _ in range(draw(st.integers(0, 8))):
        kind = draw(st.sampled_from(["gate", "measure", "when", "when", "barrier"]))
        if kind == "gate":
            circuit.u3(draw(st.floats(-3, 3)), 0.5, tnsim.Parameter("theta"), 1)
        elif kind == "measure":
            circuit.measure(draw(st.integers(0, 2)), draw(st.integers(0, 3)))
        elif kind == "barrier":
            circuit.barrier(0, 2)
        else:
            bits = sorted(draw(st.sampled_from(groups)))
            values = [draw(st.integers(0, 1)) for _ in bits]
            body = Circuit(3).rzz(0.3, 0, draw(st.integers(1, 2))).rx(tnsim.Parameter("theta"), 1)
            body = draw(st.sampled_from([body, Circuit(3).reset(2).h(0), Circuit(3).x([0, 1])]))
            circuit.when(bits, values, body)
    return circuit


@given(circuits(registers=True))
@settings(max_examples=60)
def test_round_trip_of_version_2(circuit: Circuit) -> None:
    assert Circuit.from_qasm(circuit.to_qasm(2)) == circuit


@given(circuits(registers=False))
@settings(max_examples=60)
def test_round_trip_of_version_3(circuit: Circuit) -> None:
    assert Circuit.from_qasm(circuit.to_qasm(3)) == circuit


def test_texts() -> None:
    circuit = Circuit(2).h(0).measure(0, 1).when([1, 2], [0, 1], Circuit(2).x(1).rx(0.5, 0))
    circuit.when(0, 1, Circuit(2).reset(0)).z(1)
    assert circuit.to_qasm(2).splitlines()[2:] == [
        "qreg q[2];",
        "creg c0[1];",
        "creg c1[2];",
        "h q[0];",
        "measure q[0] -> c1[0];",
        "if(c1==2) x q[1];",
        "if(c1==2) rx(0.5) q[0];",
        "if(c0==1) reset q[0];",
        "z q[1];",
    ]
    assert circuit.to_qasm(3).splitlines()[2:] == [
        "qubit[2] q;",
        "bit[3] c;",
        "h q[0];",
        "c[1] = measure q[0];",
        "if (c[1] == 0 && c[2] == 1) {",
        "  x q[1];",
        "  rx(0.5) q[0];",
        "}",
        "if (c[0] == 1) {",
        "  reset q[0];",
        "}",
        "z q[1];",
    ]


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ([[0, 2]], r"bits \[0, 2\] of a condition cannot be one: they are not consecutive"),
        ([[0, 1], [1]], "of a condition cannot be one: bit 1 is in .* too; write version 3"),
    ],
)
def test_what_version_2_cannot_compare(conditions: list[list[int]], message: str) -> None:
    circuit = Circuit(1)
    for bits in conditions:
        circuit.when(bits, [1] * len(bits), Circuit(1).x(0))
    with pytest.raises(CircuitError, match=message):
        circuit.to_qasm(2)
    assert Circuit.from_qasm(circuit.to_qasm(3)) == circuit


@pytest.mark.parametrize("version", [2, 3])
def test_kinds_of_conditions_are_bounded(version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder, "_MOST_OPERATIONS", 500)
    start = START2.replace("d[1]", "e[20]") if version == 2 else START3 + "bit[20] e;\n"
    text = start + "".join(f"if (e == {k}) x q[0];\n" for k in range(600))
    with pytest.raises(QasmError, match="holds at most 500 kinds of instructions"):
        Circuit.from_qasm(text)

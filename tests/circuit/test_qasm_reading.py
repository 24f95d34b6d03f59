"""What each statement of OpenQASM 2 makes of a circuit."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.circuit.qasm_programs import HEADER
from tnsim import Circuit
from tnsim.base.parameters import Affine
from tnsim.circuit.qasm2 import read_qasm2

START = f"{HEADER}qreg q[3];\ncreg c[3];\n"


def read(body: str) -> Circuit:
    return read_qasm2(START + body)


def rows(body: str) -> list[str]:
    return [str(row) for row in read(body)]


def test_a_whole_file(tmp_path: Path) -> None:
    text = (
        "// A comment before the version.\n"
        "OPENQASM 2.0;\n"
        'include "qelib1.inc"; // another\n'
        "gate bell a, b { h a; cx a, b; }\n"
        "qreg left[2]; qreg right[2];\n"
        "creg out[4];\n"
        "bell left, right;\n"
        "rz(-pi/4) right[1];\n"
        "barrier left, right[0];\n"
        "measure left[1] -> out[3];\n"
    )
    wanted = Circuit(4).h(0).cx(0, 2).h(1).cx(1, 3).rz(-math.pi / 4, 3).barrier(0, 1, 2)
    wanted.measure(1, 3)
    assert read_qasm2(text) == Circuit.from_qasm(text) == wanted
    path = tmp_path / "bell.qasm"
    path.write_text(text, encoding="utf-8")
    assert read_qasm2(path) == read_qasm2(str(path)) == wanted
    path.write_text(text, encoding="utf-8-sig", newline="\r\n")
    assert read_qasm2(path) == wanted


def test_comments_need_no_utf8(tmp_path: Path) -> None:
    path = tmp_path / "latin.qasm"
    path.write_bytes((START + "x q[1]; // Schrödinger\nx q[2];").encode("latin-1"))
    assert [str(row) for row in read_qasm2(path)] == ["x 1", "x 2"]


@pytest.mark.parametrize("version", ["OPENQASM 2.0;", "OPENQASM 2;", ""])
def test_versions(version: str) -> None:
    assert len(read_qasm2(f"{version} qreg q[2]; CX q[0],q[1]; U(0.1,0.2,0.3) q[1];")) == 2


def test_built_in_gates_are_table_gates() -> None:
    assert rows("U(0.5,1,2) q[1]; CX q[2],q[0];") == ["u(0.5, 1, 2) 1", "cx 2 0"]


def test_broadcast() -> None:
    assert rows("x q;") == ["x 0", "x 1", "x 2"]
    assert rows("qreg r[3]; cx q,r;") == ["cx 0 3", "cx 1 4", "cx 2 5"]
    assert rows("qreg r[1]; cx r[0],q;") == ["cx 3 0", "cx 3 1", "cx 3 2"]
    assert rows("gate g(t) a { rx(2*t) a; h a; } g(0.5) q;") == ["rx(1) 0", "h 0"] + [
        "rx(1) 1", "h 1", "rx(1) 2", "h 2",
    ]  # fmt: skip
    assert rows("reset q;") == ["reset 0", "reset 1", "reset 2"]


def test_measurement_records_the_bit() -> None:
    assert read("measure q -> c;").measured == {0: 0, 1: 1, 2: 2}
    assert read("creg d[2]; measure q[2] -> d[0];").measured == {2: 3}
    assert read("x q;").measured == {}


def test_barriers_keep_their_qubits() -> None:
    assert rows("barrier q[2],q[0]; barrier q; barrier q[1],q;") == [
        "barrier 2 0",
        "barrier 0 1 2",
        "barrier 1 0 2",
    ]
    assert rows("gate g a,b { h b; barrier b,a; } g q[2],q[0];") == ["h 0", "barrier 0 2"]
    assert rows("measure q[0] -> c[0]; barrier q;")[-1] == "barrier 0 1 2"


def test_gates_call_gates() -> None:
    definitions = (
        "gate f(a,b) x1,y1 { rx(a-b) x1; cx y1,x1; ry(b/2) y1; }"
        "gate g(b,a) y1,x1 { f(2*a,b) y1,x1; f(b^2,-a) x1,y1; }"
    )
    assert rows(definitions + "g(0.5,3) q[2],q[0];") == [
        "rx(5.5) 2", "cx 0 2", "ry(0.25) 0", "rx(3.25) 0", "cx 2 0", "ry(-1.5) 2",
    ]  # fmt: skip


def test_gates_of_parameters() -> None:
    circuit = read("gate g(s,t) a { rx(s-2*t) a; rz(t/4+pi) a; } g(theta, 0.5*theta+1) q[1];")
    first, second = circuit
    assert first.angles == (-2.0,)
    assert second.angles == (Affine({"theta": 0.125}, 0.25 + math.pi),)


def test_empty_gate_does_nothing() -> None:
    assert rows("gate g(t) a,b { } g(1) q[0],q[1]; x q[2];") == ["x 2"]
    assert rows("gate g() a { x a; } g q[0]; g() q[0]; x() q[0];") == ["x 0"] * 3


def test_definitions_bind_when_they_are_made() -> None:
    assert rows("gate g a,b { swap a,b; } gate swap a,b { x a; } g q[0],q[1]; swap q[0],q[1];") == [
        "swap 0 1",
        "x 0",
    ]


def test_own_gates_may_bear_any_name_without_the_include() -> None:
    circuit = read_qasm2("OPENQASM 2.0; gate h a { U(pi,0,pi) a; } qreg q[1]; h q[0];")
    assert [str(row) for row in circuit] == ["u(3.14159, 0, 3.14159) 0"]


@pytest.mark.parametrize(
    ("definition", "kept"),
    [
        ("gate rzz(t) a,b { cx a,b; rz(t) b; cx a,b; }", True),
        ("gate rzz(t) a,b { cx a,b; u1(t) b; cx a,b; }", True),  # up to a phase
        ("gate rzz(t) a,b { cx a,b; rz(-t) b; cx a,b; }", False),
        ("gate rzz(t) a,b { cx a,b; rz(t+1e-9) b; cx a,b; }", False),
        ("gate rzz(t) b,a { cx b,a; barrier a,b; rz(t) a; cx b,a; }", False),
        ("gate rzz(t) a,b { cx a,b; rz(ln(t)) b; cx a,b; }", False),
    ],
)
def test_definitions_of_table_gates_are_recognised(definition: str, kept: bool) -> None:
    assert (read(f"{definition} rzz(0.5) q[0],q[1];").counts() == {"rzz": 1}) is kept


def test_words_that_begin_like_keywords() -> None:
    body = "gate iffy a { x a; } qreg measured[1]; iffy measured[0]; creg gates[1];"
    assert rows(body) == ["x 3"]


def test_layout_does_not_matter() -> None:
    tight = "rx(0.5)q[0];cx q[0],q[1];ccx q[0],q[1],q[2];"
    loose = (
        "rx // c\n ( 0.5 )\tq [ 0 ] ;\r\n cx q[0] , // ; x q[1];\n q[1] ; ccx q[0],q[1]\n,q[2]\n;"
    )
    assert read(tight) == read(loose) == read(tight + "// the end, without a line break")


def test_only_one_include_is_needed_and_may_come_late() -> None:
    text = 'OPENQASM 2.0; qreg q[1]; U(0,0,0) q[0]; include "qelib1.inc"; h q[0];'
    assert read_qasm2(text).counts() == {"u": 1, "h": 1}


def test_every_gate_of_the_table_can_be_called() -> None:
    from tnsim.circuit.gates import GATES

    lines = []
    for name, kind in GATES.items():
        angles = ",".join(f"0.{k + 1}" for k in range(kind.num_params))
        qubits = ",".join(f"w[{k}]" for k in range(kind.num_qubits))
        lines.append(f"{name}({angles}) {qubits};")
    assert list(read("qreg w[5];\n" + "\n".join(lines)).counts()) == list(GATES)


def test_a_large_limit_is_granted() -> None:
    text = f"{HEADER}gate g a {{ {'x a; ' * 100}}} gate f a {{ {'g a; ' * 100}}} qreg q[300]; f q;"
    assert len(read_qasm2(text, limit=10**7)) == 3_000_000

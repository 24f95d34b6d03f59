"""Reading by runs, by windows and by single statements: three ways to one circuit."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.circuit.qasm_programs import HEADER, programs
from tnsim import Circuit, QasmError
from tnsim.circuit.qasm import runs, source
from tnsim.circuit.qasm.budget import Budget
from tnsim.circuit.qasm2 import read_qasm2, reader

SIZES = st.integers(1, 60)


def outcome(text: str) -> Circuit | tuple[str, int, int]:
    """The circuit, or the error with its place."""
    try:
        return read_qasm2(text)
    except QasmError as error:
        return str(error), error.line, error.column


def carefully(text: str) -> Circuit | tuple[str, int, int]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "read_run", lambda scope: None)
        return outcome(text)


def eagerly(text: str, window: int, longest: int) -> Circuit | tuple[str, int, int]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "WINDOW", window)
        patch.setattr(runs, "_LONGEST", longest)
        patch.setattr(runs, "_SHORTEST", 1)
        return outcome(text)


@given(programs(most_calls=25), SIZES, st.integers(10, 300))
def test_three_ways_to_one_circuit(text: str, window: int, longest: int) -> None:
    circuit = carefully(text)
    assert isinstance(circuit, Circuit)
    assert eagerly(text, window, longest) == read_qasm2(text) == circuit


@given(programs(most_calls=25), SIZES, st.integers(10, 300), st.data())
def test_three_ways_to_one_error(text: str, window: int, longest: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 12))
    put = data.draw(st.text("qr0123[]();,{}+-*/^ \n\"'gatehxcif=>pi.e", max_size=5))
    broken = text[:start] + put + text[start + cut :]
    assert eagerly(broken, window, longest) == outcome(broken) == carefully(broken)


@pytest.mark.parametrize(
    "lines",
    [
        ["cx q[0],q[1];", "rz(0.25) q[1];", "ccx q[0],q[1],q[2];", "h q[3];"],
        ["rx(theta) q[0];", "u3(0.1,2*theta,-pi/4) q[2];", "rx(2*phi+1) q[1];"],
        ["mine(0.5,1) q[0],q[1];", "h q[2];", "mine(-1,pi) q[3],q[2];", "nothing q[1];"],
        ["mine(a,1) q[0],q[1];", "mine(1,2*a) q[0],q[1];", "mine(0.5,0.5) q[1],q[0];"],
        ["nothing q[0];", "nothing q[1];"],
        ["h r[0];", "cx r[0],q[3];", "x q[0];"],
        ["waits q[2],q[0];", "h q[1];", "x q[2];"],
    ],
)
def test_runs_of_each_kind(lines: list[str]) -> None:
    definitions = (
        "gate mine(s,t) a,b { rx(s-t/2) b; cx b,a; rz(t) a; rz(pi) b; }\n"
        "gate nothing a { }\n"
        "gate waits a,b { h b; barrier b,a; h b; }\n"
        "qreg q[4]; qreg r[1];\n"
    )
    text = HEADER + definitions + "\n".join(lines * 30)
    circuit = read_qasm2(text)
    assert circuit == carefully(text) == eagerly(text, 64, 200)
    single = read_qasm2(HEADER + definitions + "\n".join(lines))
    assert len(circuit) == 30 * len(single)


def test_runs_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    text = HEADER + "gate g(t) a { rx(t) a; }\nqreg q[2];\n" + "g(0.5*x) q[0];\nh q[1];\n" * 20
    wanted = read_qasm2(text)
    statements = []
    careful = reader.read_statement
    monkeypatch.setattr(reader, "read_statement", lambda s: statements.append(s) or careful(s))
    assert read_qasm2(text) == wanted
    # OPENQASM, include, gate, qreg, the end of the file, and again where a window ended.
    assert len(statements) <= 8


@pytest.mark.parametrize(
    ("bad", "column", "message"),
    [
        ("h q[9];", 5, "an index of q"),
        ("foo q[0];", 1, "gate 'foo' is not defined"),
        ("cx q[0];", 1, "takes 2 qubits"),
        ("cx q[1],q[1];", 9, "must differ"),
        ("ccx q[0],q[2],q[0];", 15, "must differ"),
        ("ccx q[0],q[2],q[2];", 15, "must differ"),
        ("cx q[2],q[2];", 9, "must differ"),
        ("rx(1,2) q[0];", 1, "takes 1 angle"),
        ("rx(1/0) q[0];", 5, "divided by zero"),
        ("g(0) q[0];", 1, "in gate g: 1 cannot be divided by zero"),
        ("g(x) q[0];", 1, "in gate g: an angle must be affine"),
        ("o q[0];", 1, "opaque"),
    ],
)
def test_an_error_within_a_run_has_its_place(bad: str, column: int, message: str) -> None:
    definitions = "gate g(t) a { rx(1/t) a; }\nopaque o a;\nqreg q[3];\ncreg c[3];\n"
    text = HEADER + definitions + "cx q[0],q[1];\nmeasure q[1] -> c[0];\n"
    text += "x q[0];\ng(0.5) q[2];\n" * 20 + bad + "\n" + "x q[2];\n" * 20
    with pytest.raises(QasmError, match=message) as caught:
        read_qasm2(text)
    assert (caught.value.line, caught.value.column) == (9 + 40, column)


def test_a_gate_defined_anew_is_the_one_called() -> None:
    text = HEADER + "qreg q[2];\n" + "swap q[0],q[1];\n" * 20
    text += "gate swap a,b { x a; }\n" + "swap q[0],q[1];\n" * 20
    assert read_qasm2(text).counts() == {"swap": 20, "x": 20}


def test_many_windows(tmp_path: Path) -> None:
    path = tmp_path / "long.qasm"
    body = "".join(
        f"rz({k}*pi/7) q[{k % 5}];\ncx q[{k % 5}],q[{(k + 1) % 5}];\n" for k in range(30000)
    )
    path.write_text(HEADER + "qreg q[5];\n" + body)
    assert path.stat().st_size > 3 * source.WINDOW
    circuit = read_qasm2(path)
    assert len(circuit) == 60000
    with path.open("a") as file:
        file.write("h q[5];")
    with pytest.raises(QasmError, match="line 60004, column 5: an index"):
        read_qasm2(path)


def test_the_budget_is_spent_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    spent: list[int] = []
    monkeypatch.setattr(Budget, "spend", lambda self, amount: spent.append(amount))
    text = HEADER + "gate g(t) a,b { rx(t) a; cx a,b; }\nqreg q[2];\n" + "g(1) q[0],q[1];\n" * 20
    read_qasm2(text)
    fast = sum(spent)
    spent.clear()
    assert isinstance(carefully(text), Circuit)
    assert sum(spent) == fast > 0

"""Reading by runs, by windows and by single statements: three ways to one circuit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.circuit.qasm3_programs import HEADER, programs
from tnsim import Circuit, QasmError
from tnsim.circuit.qasm import runs, source
from tnsim.circuit.qasm3 import read_qasm3, reader


def outcome(text: str) -> Circuit | tuple[str, int, int]:
    """The circuit, or the error with its place."""
    try:
        return read_qasm3(text)
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


@given(programs(most_calls=20), st.integers(1, 60), st.integers(10, 300))
@settings(max_examples=60)
def test_three_ways_to_one_circuit(text: str, window: int, longest: int) -> None:
    circuit = carefully(text)
    assert isinstance(circuit, Circuit)
    assert eagerly(text, window, longest) == read_qasm3(text) == circuit


@given(programs(most_calls=20), st.integers(1, 60), st.integers(10, 300), st.data())
@settings(max_examples=60)
def test_three_ways_to_one_error(text: str, window: int, longest: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 12))
    put = data.draw(st.text("qr0123[]();,{}+-*/^ \n\"'gatehxcif=>pi.e@:", max_size=5))
    broken = text[:start] + put + text[start + cut :]
    assert eagerly(broken, window, longest) == outcome(broken) == carefully(broken)


def test_runs_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    text = HEADER + "const float k = 3; gate g(t) a { rx(t) a; U(t, 0, 0) a; }\nqubit[2] q;\n"
    text += "g(0.5*k) q[0];\nh q[1];\n" * 200
    wanted = carefully(text)
    statements = []
    careful = reader._read_statement
    monkeypatch.setattr(reader, "_read_statement", lambda s: statements.append(s) or careful(s))
    assert read_qasm3(text) == wanted
    # OPENQASM, include, const, gate, qubit, the end of the file, and again where a window ended.
    assert len(statements) <= 9

"""Whatever the bytes, reading ends soon, in memory linear in them, with a circuit or QasmError."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.circuit.qasm_programs import HEADER, programs
from tnsim import Circuit, QasmError
from tnsim.circuit.qasm2 import read_qasm2

WORDS = (
    'OPENQASM 2.0 ; include "qelib1.inc" qreg creg gate opaque measure reset barrier if q r c g '
    '[ ] ( ) { } , + - * / ^ -> == pi sin ln 0 1 2 .5 1e9 h cx rx u3 theta // \n " \t é \x00 .'
).split(" ")


def survives(text: str | Path) -> None:
    found: Circuit | QasmError
    try:
        found = read_qasm2(text)
    except QasmError as error:
        found = error
    if isinstance(found, QasmError):
        assert min(found.line, found.column) >= 1
    else:
        assert len(found.digest) == 64


@given(st.lists(st.sampled_from(WORDS), max_size=60), st.sampled_from(["", " "]), st.booleans())
@settings(max_examples=100)
def test_soup_of_words(words: list[str], glue: str, begun: bool) -> None:
    survives((f"{HEADER}qreg q[2]; creg c[2];" if begun else "") + glue.join(words) + ";")


@given(st.text(max_size=80))
def test_any_text(text: str) -> None:
    survives(text + ";")


@given(programs(most_calls=6), st.data())
def test_broken_programs(text: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        stop = data.draw(st.integers(start, min(len(text), start + 20)))
        text = (
            text[:start]
            + data.draw(st.sampled_from(["", *WORDS, text[start:stop] * 2]))
            + text[stop:]
        )
    survives(text + ";")


@given(programs(), st.integers(0, 400))
def test_truncated_programs(text: str, length: int) -> None:
    survives(text[:length] + "\n")


@given(st.binary(max_size=60), st.booleans())
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes, begun: bool) -> None:
    path = tmp_path_factory.mktemp("bytes") / "any.qasm"
    path.write_bytes((HEADER + "qreg q[2];").encode() * begun + data)
    survives(path)


def nested_gates(depth: int, copies: int) -> str:
    """A gate that stands for copies^depth gates."""
    lines = ["gate g0(t) a { rx(t) a; }"]
    lines += [f"gate g{k}(t) a {{ {f'g{k - 1}(t+t) a;' * copies} }}" for k in range(1, depth + 1)]
    return HEADER + "\n".join(lines) + f"\nqreg q[1];\ng{depth}(0.5) q[0];\n"


def long_chain(length: int) -> str:
    """Each gate calls the one before it, once."""
    lines = ["gate g0 a { x a; }"]
    lines += [f"gate g{k} a {{ g{k - 1} a; }}" for k in range(1, length + 1)]
    return HEADER + "\n".join(lines) + f"\nqreg q[1];\ng{length} q[0];\n"


@pytest.mark.parametrize(("depth", "copies"), [(60, 2), (2000, 2), (20, 10), (3, 4000)])
def test_bombs_of_gates_are_refused(depth: int, copies: int) -> None:
    with pytest.raises(QasmError, match=r"stands for more than .* a larger `limit`"):
        read_qasm2(nested_gates(depth, copies))


def test_nested_gates_that_fit_are_written_out() -> None:
    circuit = read_qasm2(nested_gates(10, 2))
    assert circuit.counts() == {"rx": 1024}
    assert circuit.columns.angles.tolist() == [512.0] * 1024


def test_bombs_that_are_never_called_do_no_harm() -> None:
    assert len(read_qasm2(nested_gates(60, 2).replace("g60(0.5)", "g3(0.5)"))) == 8


def test_bombs_of_registers_are_refused() -> None:
    text = HEADER + "qreg q[1000000];\ncreg c[1000000];\n"
    assert len(read_qasm2(text + "h q;\n")) == 10**6
    for line in ("h q;", "barrier q;", "reset q;"):
        with pytest.raises(QasmError, match="stands for more than"):
            read_qasm2(text + f"{line}\n" * 100)


def test_a_limit_of_ones_own() -> None:
    with pytest.raises(QasmError, match="more than 10 rows and operands"):
        read_qasm2(HEADER + "qreg q[9]; h q;", limit=10)


@pytest.mark.parametrize(
    "text",
    [
        "rx(" + "(" * 50000 + "1" + ")" * 50000 + ") q[0];",
        "rx(" + "-" * 50001 + "1) q[0];",
        "rx(" + "sin(" * 50000 + "1" + ")" * 50000 + ") q[0];",
        "rx(" + "1^" * 50000 + "1) q[0];",
        "rx(" + "1+" * 50000 + "1) q[0];",
        "rx(0." + "1" * 100000 + ") q[0];",
        "rx(" + "1" * 300 + "e-300) q[0];",
        "/" * 100000 + "\nrx(1) q[0];",
        " " * 100000 + "rx(1) q[0];",
        "gate g(t) a { rx(" + "t+" * 20000 + "t) a; } g(0.5) q[0];",
        "gate g" + "g" * 100000 + " a { x a; } g" + "g" * 100000 + " q[0];",
    ],
    ids=lambda text: text[:12],
)
def test_depth_and_length_are_no_danger(text: str) -> None:
    assert len(read_qasm2(HEADER + "qreg q[1];\n" + text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "rx(" + "(" * 100000,
        "rx(" + "1" * 5000 + ") q[0];",
        "x q[" + "1" * 100000 + "];",
        "gate g " + ",".join(f"a{k}" for k in range(20000)) + " { } g q;",
        "x " + ",".join(["q[0]"] * 20000) + ";",
        "x" * 100000 + " q[0];",
        '"' * 100000,
        "if(" * 20000,
        "{" * 100000,
        "gate g a { " * 20000,
    ],
    ids=lambda text: text[:12],
)
def test_depth_and_length_are_refused(text: str) -> None:
    with pytest.raises(QasmError) as caught:
        read_qasm2(HEADER + "qreg q[2];\n" + text)
    assert len(str(caught.value)) < 300


def test_a_long_chain_of_gates_needs_no_recursion() -> None:
    assert len(read_qasm2(long_chain(1500))) == 1


def peak(text: str) -> int:
    """Bytes at the worst moment of reading."""
    tracemalloc.start()
    try:
        survives(text)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "make",
    [
        lambda n: "rx(0.25) q[0];\ncx q[0],q[1];\n" * n,
        lambda n: "".join(f"rz({k}.5) q[{k % 2}];" for k in range(2 * n)),
        lambda n: "".join(f"rx(2*a{k}) q[0];" for k in range(n)),
        lambda n: "barrier q;reset q;" * n,
        lambda n: "".join(f"gate g{k} a {{ x a; }}\n" for k in range(n)),
        lambda n: "".join(f"qreg r{k}[2];creg d{k}[2];" for k in range(n)),
        lambda n: "rx(" + "(" * n + "1" + ")" * n + ") q[0];",
        lambda n: (
            "gate g(t) a { " + "rx(t/2) a;" * (n // 4) + "} " + "g(0.5) q[0]; g(b) q[1];" * 10
        ),
        lambda n: "x q[0];\n" * n + "$",
    ],
    ids=[
        "calls",
        "angles",
        "parameters",
        "barriers",
        "gates",
        "registers",
        "depth",
        "body",
        "error",
    ],
)
def test_memory_is_linear(make: Callable[[int], str]) -> None:
    start = HEADER + "qreg q[2];\n"
    read_qasm2(start)
    texts = [start + make(size) for size in (300, 600, 1200)]
    peaks = [peak(text) for text in texts]
    per_character = (peaks[2] - peaks[1]) / (len(texts[2]) - len(texts[1]))
    assert per_character < 700
    assert peaks[2] < 3 * peaks[1] + 100_000

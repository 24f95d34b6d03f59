"""Whatever the bytes, reading ends soon, in memory linear in them, with a circuit or QasmError."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.circuit.qasm3_programs import HEADER, programs
from tnsim import Circuit, QasmError
from tnsim.circuit.qasm3 import read_qasm3

START = f"{HEADER}qubit[2] q;\nbit[2] c;\n"
WORDS = (
    'OPENQASM 3.0 ; include "stdgates.inc" qubit bit gate measure reset barrier if else for in let '
    "const input int uint float bool angle def while ctrl negctrl inv pow @ gphase q r c g [ ] ( ) "
    "{ } , : + - * / ** ^ -> == = ++ pi sin ln 0 1 2 .5 1e9 h cx rx U theta "
    '// /* */ \n " \t é \x00 $0'
).split(" ")


def survives(text: str | Path) -> None:
    found: Circuit | QasmError
    try:
        found = read_qasm3(text)
    except QasmError as error:
        found = error
    if isinstance(found, QasmError):
        assert min(found.line, found.column) >= 1
    else:
        assert len(found.digest) == 64


@given(st.lists(st.sampled_from(WORDS), max_size=60), st.sampled_from(["", " "]), st.booleans())
@settings(max_examples=100)
def test_soup_of_words(words: list[str], glue: str, begun: bool) -> None:
    survives((START if begun else "") + glue.join(words) + ";")


@given(st.text(max_size=80))
def test_any_text(text: str) -> None:
    survives(text + ";")


@given(programs(most_calls=6), st.data())
def test_broken_programs(text: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        stop = data.draw(st.integers(start, min(len(text), start + 20)))
        put = data.draw(st.sampled_from(["", *WORDS, text[start:stop] * 2]))
        text = text[:start] + put + text[stop:]
    survives(text + ";")


@given(programs(), st.integers(0, 600))
def test_half_programs(text: str, length: int) -> None:
    survives(text[:length] + "\n")


@given(st.binary(max_size=60), st.booleans())
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes, begun: bool) -> None:
    path = tmp_path_factory.mktemp("bytes") / "any.qasm"
    path.write_bytes(START.encode() * begun + data)
    survives(path)


def nested_gates(depth: int, copies: int) -> str:
    """A gate that stands for copies^depth gates."""
    lines = ["gate g0(v) a { rx(v) a; }"]
    lines += [f"gate g{k}(v) a {{ {f'g{k - 1}(v+v) a;' * copies} }}" for k in range(1, depth + 1)]
    return START + "\n".join(lines) + f"\ng{depth}(0.5) q[0];\n"


LOOP = "for int i in [0:999999999] "
BOMBS = {
    "gates": nested_gates(60, 2),
    "modified gates": nested_gates(60, 2).replace(
        "\ng60(0.5) q[0]", "\ninv @ pow(2) @ ctrl @ g60(0.5) q[0],q[1]"
    ),
    "loop": START + LOOP + "h q[0];",
    "empty loop": START + LOOP + "{ }",
    "loops in loops": START + "for int i in [0:99999] " * 20 + "{ }",
    "loop in a gate": START + f"gate g a {{ {LOOP} x a; }}",
    "loop of blanks in a gate": START + f"gate g a {{ {LOOP} {{ }} }}",
    "loop of statements": START + "int k = 0; " + LOOP + "{ " + "k = 1; " * 2000 + "}",
    "loop of declarations": START + LOOP + "{ int k = i; }",
    "loop of bits": START + LOOP + "{ bit[1000] b; }",
    "loop of conditions": START + LOOP + "{ if (c == 3) x q[0]; }",
    "power": START + "pow(10**9) @ U(1, 2, 3) q[0];",
    "negative power": START + "pow(-10**9) @ U(1, 2, 3) q[0];",
    "power of nothing": START + "gate n a { } pow(10**18) @ n q[0];",
    "powers": START
    + "gate a1 a { x a; h a; }"
    + "".join(f"gate a{k} a {{ pow(1000) @ a{k - 1} a; }}" for k in range(2, 9))
    + "a8 q[0];",
    "controls": START
    + "qubit[4000] r; ctrl(3999) @ x r["
    + "],r[".join(map(str, range(4000)))
    + "];",
    "registers": f"{HEADER}qubit[1000000] q;\n" + "h q;\nbarrier q;\nreset q;\n" * 100,
    "conditions": START
    + "bit[1000000] d;\n"
    + "".join(f"if (d == {k}) x q[0];\n" for k in range(100)),
    "aliases": f"{HEADER}qubit[1000000] q;\n"
    + "".join(f"let a{k} = q[0:499999] ++ q[500000:999999];\n" for k in range(100)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused(name: str) -> None:
    began = time.process_time()
    with pytest.raises(QasmError, match=r"stands for more than .* a larger `limit`|at most"):
        read_qasm3(BOMBS[name], limit=1 << 20)  # a quarter of what is the default
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rx(" + "(" * 50000 + "1" + ")" * 50000 + ") q[0];", "may nest at most 64 deep"),
        ("rx(" + "sin(" * 50000 + "1" + ")" * 50000 + ") q[0];", "may nest at most 64 deep"),
        ("rx(" + "1**" * 50000 + "1) q[0];", "may nest at most 64 deep"),
        ("h q" + "[q" * 50000, "may nest at most 64 deep"),
        ("rx(c" + "[c" * 50000, "may nest at most 64 deep"),
        ("{" * 50000, "blocks may nest at most 32 deep"),
        ("if (c[0]) " * 50000 + "x q[0];", "blocks may nest at most 32 deep"),
        ("if (c[0]) x q[0]; " + "else if (c[1]) x q[0];" * 50000, "blocks may nest at most 32"),
        ("for int i in [0:1] " * 50000 + "x q[0];", "blocks may nest at most 32 deep"),
        ("int[" * 50000, "is expected|nest"),
        ("rx(" + "9" * 100000 + ") q[0];", "at most 38 digits"),
        ("rx(9**9**9**9) q[0];", "too large"),
        ("rx(2**(2**(2**(2**(2**2))))) q[0];", "too large"),
        ("rx(1 << (1 << 40)) q[0];", "too large"),
        ("bit[99] d; if (d != 5 && d != 6) x q[0];", "falls into more than 64 cases"),
        ('rx(int("' + "1" * 50000 + '")) q[0];', "int holds at most 128 bits"),
        ("rx(floor(1e308) * floor(1e308)) q[0];", "too large"),
        ("x q[floor(1e308)];", "an index must be in"),
        ("qubit[floor(1e308)] r;", "at most 1048576 qubits"),
        ("pow(floor(1e308)) @ rx(1e9) q[0];", "too large"),
        ("/* " * 50000, "this comment is not closed"),
        ('include "' + "a" * 100000, "no closing quotation mark"),
        ("h q[0:" + "9" * 30 + "];", "an index must be in"),
    ],
)
def test_deep_and_long(text: str, message: str) -> None:
    began = time.process_time()
    with pytest.raises(QasmError, match=message):
        read_qasm3(START + text)
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    "text",
    [
        "rx(" + "-" * 50001 + "1) q[0];",
        "rx(" + "1+" * 50000 + "1) q[0];",
        "rx(" + "1*" * 50000 + "1) q[0];",
        "h q[" + "0+" * 50000 + "0];",
        "inv @ " * 50001 + "h q[0];",
        "{ } " * 50000 + "h q[0];",
        # A set may name a qubit often: the gate is applied as often.
        "h q[{" + "0," * 50000 + "0}];",
        "if (c[0] || " + "c[1] || " * 2000 + "c[0]) x q[0]; h q[0];",
    ],
)
def test_long_statements_are_read(text: str) -> None:
    began = time.process_time()
    assert len(read_qasm3(START + text)) >= 1
    assert time.process_time() - began < 10


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
        lambda n: "ctrl @ x q[0],q[1]; c[0] = measure q[0];\n" * n,
        lambda n: "".join(f"if (c == {k % 4}) {{ x q[0]; }} else h q;\n" for k in range(n)),
        lambda n: "".join(f"gate g{k} a {{ x a; }}\n" for k in range(n)),
        lambda n: "".join(f"const int k{k} = {k}; bit b{k};\n" for k in range(n)),
        lambda n: "for int i in [0:2] { " + "x q[0];\n" * n + "}",
        lambda n: "gate g(v) a { " + "rx(v/2) a;" * n + "} g(0.5) q[0]; inv @ g(1) q[1];",
        lambda n: "rx(" + "1+" * n + "1) q[0];",
    ],
    ids=["calls", "modifiers", "conditions", "gates", "names", "blocks", "body", "expression"],
)
def test_memory_is_linear(make: Callable[[int], str]) -> None:
    read_qasm3(START)
    texts = [START + make(size) for size in (300, 600, 1200)]
    peaks = [peak(text) for text in texts]
    per_character = (peaks[2] - peaks[1]) / (len(texts[2]) - len(texts[1]))
    assert per_character < 700
    assert peaks[2] < 3 * peaks[1] + 100_000

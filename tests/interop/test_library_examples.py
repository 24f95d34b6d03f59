"""The examples of docstrings and of the page on formats run where their library is there."""

from __future__ import annotations

import doctest
import inspect
import re
from pathlib import Path

import pytest

from tnsim import interop

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "formats.md"
LIBRARIES = {
    "aer": "qiskit_aer",
    "cirq": "cirq",
    "pennylane": "pennylane",
    "qibo": "qibo",
    "qiskit": "qiskit",
    "quimb": "quimb",
    "stim": "stim",
    "sparse": "qiskit",
    "target": "qiskit",
}


def need(text: str) -> None:
    """Skip where a library that the text names is missing."""
    for word, library in LIBRARIES.items():
        if word in text:
            pytest.importorskip(library, reason=f"{library} is no part of every test environment")


@pytest.mark.parametrize("name", interop.__all__)
def test_example_of(name: str) -> None:
    found = getattr(interop, name)
    need(name)
    text = (inspect.getdoc(found) or "").replace("  # doctest: +SKIP", "")
    assert ">>>" in text
    globs = dict(vars(inspect.getmodule(found)))
    test = doctest.DocTestParser().get_doctest(text, globs, name, None, None)
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    assert runner.run(test).failed == 0


# A ```py block of the page with the ```text block under it.
BLOCK = re.compile(r"^```py\n(.*?)^```\n\n```text\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("code", "output"), BLOCK.findall(PAGE.read_text()))
def test_page(code: str, output: str, capsys: pytest.CaptureFixture[str]) -> None:
    need(" ".join(re.findall(r"^(?:import|from) .*", code, re.MULTILINE)))
    exec(compile(code, str(PAGE), "exec"), {"__name__": "__main__"})
    printed = capsys.readouterr().out
    assert doctest.OutputChecker().check_output(output, printed, FLAGS), printed


def test_every_library_has_a_block() -> None:
    text = "".join(code for code, _ in BLOCK.findall(PAGE.read_text()))
    for library in ("qiskit", "cirq", "pennylane", "qibo", "stim", "qiskit_aer"):
        assert f"import {library}" in text or f"from {library}" in text, library

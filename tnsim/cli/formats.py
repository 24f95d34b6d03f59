"""The circuit files that the command line reads and writes.

qasm2, qasm3   OpenQASM text (.qasm, .qasm2, .qasm3); when read, the header tells which
json           what Circuit.to_dict gives (.json)
qsim           qsim's text (.qsim)
stim           stim's text (.stim); needs stim
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tnsim import Circuit
from tnsim.base.errors import CircuitError, QasmError, TnsimError

from .failures import BadInput, require

__all__ = ["FORMATS", "format_of", "read_circuit", "written"]

FORMATS = ("qasm2", "qasm3", "json", "qsim", "stim")
_SUFFIXES = {
    ".qasm": "qasm2",
    ".qasm2": "qasm2",
    ".qasm3": "qasm3",
    ".json": "json",
    ".qsim": "qsim",
    ".stim": "stim",
}
_MOST_SHOWN = 200
_STDIO = "-"


def format_of(path: Path, given: str | None, option: str) -> str:
    """The format of a file: what `option` gave, else what its name says."""
    if given is not None:
        return given
    if path.suffix.lower() in _SUFFIXES:
        return _SUFFIXES[path.suffix.lower()]
    raise BadInput(
        f"{path}: the format of the file cannot be told by its name; add {option} with one of "
        f"{', '.join(FORMATS)}"
    )


def read_circuit(path: Path, given: str | None = None) -> Circuit:
    """The circuit of a file, or of stdin for "-"; OpenQASM where neither name nor option say else.

    `BadInput` with the file's name, and of OpenQASM with the line.
    """
    kind = given or _SUFFIXES.get(path.suffix.lower(), "qasm2")
    if kind in ("qasm2", "qasm3"):
        return _read_qasm(path)
    if kind == "stim":
        require("stim", "a stim file", "stim")
    text = _text(path)
    try:
        return _parsed(kind, text)
    except (TnsimError, ValueError) as error:
        raise BadInput(f"{path}: {error}") from error


def written(circuit: Circuit, kind: str) -> str:
    """The circuit as text of a format, with a line break at its end."""
    if kind == "json":
        return json.dumps(circuit.to_dict()) + "\n"
    if kind == "qsim":
        from tnsim.interop import to_qsim

        return to_qsim(circuit)
    if kind == "stim":
        require("stim", "a stim file", "stim")
        from tnsim.interop import to_stim

        return f"{to_stim(circuit)}\n"
    return circuit.to_qasm(3 if kind == "qasm3" else 2)


def _parsed(kind: str, text: str) -> Circuit:
    if kind == "json":
        return Circuit.from_dict(json.loads(text, parse_constant=_no_constant))
    if kind == "qsim":
        from tnsim.interop import from_qsim

        return from_qsim(text + "\n")
    import stim

    from tnsim.interop import from_stim

    return from_stim(stim.Circuit(text))


def _no_constant(name: str) -> Any:
    raise CircuitError(f"a circuit must hold finite numbers (got {name})")


def _text(path: Path) -> str:
    if str(path) == _STDIO:
        return sys.stdin.read()
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: the file must be text in UTF-8, but {error}") from error


def _read_qasm(path: Path) -> Circuit:
    if str(path) == _STDIO:
        # A line break makes the text no path, whatever it is.
        text = sys.stdin.read() + "\n"
        try:
            return Circuit.from_qasm(text)
        except QasmError as error:
            raise _shown(error, "stdin", text.splitlines()) from error
    try:
        return Circuit.from_qasm(path)
    except QasmError as error:
        with path.open(encoding="utf-8", errors="replace") as file:
            lines = [line for _, line in zip(range(error.line), file, strict=False)]
        raise _shown(error, str(path), lines) from error


def _shown(error: QasmError, name: str, lines: list[str]) -> BadInput:
    """The error with its line and a mark under the place, where the line is short enough."""
    message = f"{name}, {error}"
    line = lines[error.line - 1].rstrip() if len(lines) >= error.line else ""
    if line and len(line) <= _MOST_SHOWN and "\t" not in line and line.isprintable():
        message += f"\n  {line}\n  {' ' * (error.column - 1)}^"
    return BadInput(message)

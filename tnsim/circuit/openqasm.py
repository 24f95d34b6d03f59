"""OpenQASM of either version: which one a text is written in, and the way to its reader."""

from __future__ import annotations

import os
import re

from tnsim.base.errors import CircuitError, QasmError

from .circuit import Circuit
from .qasm.source import EndOfWindow, Source, open_source
from .qasm.tokens import Lexer, Token
from .qasm2.reader import read_source as read_source2
from .qasm2.writer import write_qasm2
from .qasm3.reader import read_source as read_source3
from .qasm3.words import QASM3
from .qasm3.writer import write_qasm3

__all__ = ["read_qasm", "write_qasm"]

_COMMENTS = re.compile(r"//[^\n]*+|/\*.*?\*/", re.DOTALL)
_VERSION_3 = re.compile(r'(?:^|;)\s*(?:include\s*"stdgates\.inc"|qubit\b|input\b|const\b)')


def read_qasm(
    text_or_path: str | os.PathLike[str], *, parameters: bool, limit: int | None
) -> Circuit:
    """The circuit of a file or text; `read_qasm2` and `read_qasm3` say more.

    The header gives the version. Without one it is 3 where the text includes stdgates.inc or has
    a statement that only version 3 has (qubit, input, const) near its start, and else 2.
    """
    source, file = open_source(text_or_path)
    try:
        read = read_source3 if _version(source) == 3 else read_source2
        return read(source, parameters=parameters, limit=limit)
    finally:
        if file is not None:
            file.close()


def write_qasm(circuit: Circuit, version: int) -> str:
    """The circuit as a program of version 2 or 3."""
    if version == 2 and type(version) is int:
        return write_qasm2(circuit)
    if version == 3 and type(version) is int:
        return write_qasm3(circuit)
    raise CircuitError(f"`version` must be 2 or 3 (got {version!r:.60})")


def _version(source: Source) -> int:
    """The version, by the first window; nothing of it is used up."""
    words = _first_words(source)
    if not words or words[0].text != "OPENQASM":
        return 3 if _VERSION_3.search(_COMMENTS.sub(" ", source.text)) else 2
    version = words[-1]
    found = version.text.partition(".")[0]
    if version.kind in {"integer", "real"} and found not in {"2", "3"}:
        message = f"only OpenQASM 2 and 3 are read (got version {version.text:.20})"
        raise source.error(message, version.offset)
    return 3 if found == "3" else 2


def _first_words(source: Source) -> list[Token]:
    """The first two words, fewer where there is none; what is wrong the reader will say."""
    source.refill()
    while True:
        lexer = Lexer(source, QASM3)
        words: list[Token] = []
        try:
            for _ in range(2):
                words.append(lexer.take())
            return words
        except EndOfWindow:
            source.refill()
        except QasmError:
            return words

"""Reading OpenQASM 2."""

from __future__ import annotations

import os

from tnsim.circuit.circuit import Circuit
from tnsim.circuit.qasm.runs import read_run
from tnsim.circuit.qasm.source import EndOfWindow, Source, open_source

from .file import File
from .statements import read_statement

__all__ = ["read_qasm2", "read_source"]


def read_qasm2(
    text_or_path: str | os.PathLike[str], *, parameters: bool = True, limit: int | None = None
) -> Circuit:
    """The circuit of an OpenQASM 2 file or text.

    A `str` with a `;` or a line break is the text itself, any other a path. Qubits and bits are
    numbered in the order of the registers' declarations. Gates that the file defines are written
    out as gates of the table. With `parameters`, a name without a value in an angle outside gate
    definitions is a free `Parameter` (an extension of the language; the angle must be affine in
    it). `limit` bounds the rows and operands made; by default 2^22 plus 64 per character.

    Raises `QasmError` with line and column for everything that is wrong or not supported:
    calls of opaque gates, conditioned measurements, other includes.

    >>> read_qasm2('OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; rx(2*theta) q;').parameters
    ('theta',)
    """
    source, file = open_source(text_or_path)
    try:
        return read_source(source, parameters=parameters, limit=limit)
    finally:
        if file is not None:
            file.close()


def read_source(source: Source, *, parameters: bool, limit: int | None) -> Circuit:
    """The circuit of a source that nothing was taken from yet."""
    scope = File(source, parameters=parameters, limit=limit)
    more = True
    while more:
        try:
            read_run(scope)
            more = read_statement(scope)
        except EndOfWindow:
            source.refill()
    if scope.qubits.total == 0:
        raise source.error("a circuit needs qubits; declare some with qreg", len(source.text))
    return scope.builder.circuit(scope.qubits.total, scope.bits.total)

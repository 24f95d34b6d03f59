"""`gate` statements."""

from __future__ import annotations

from collections.abc import Callable

from tnsim.circuit.qasm.arithmetic import Undefined
from tnsim.circuit.qasm.gates import defined_gate
from tnsim.circuit.qasm.recognition import recognised
from tnsim.circuit.qasm.template import Program

from .evaluation import Failure
from .file import Body, File
from .names import Entry
from .syntax import GateDefinition, Statement
from .values import Place, Qubits

__all__ = ["define_gate"]


def define_gate(
    file: File, statement: GateDefinition, run: Callable[[File, Statement], None]
) -> None:
    """Enter a gate; `run` carries the statements of its body out, which gives its lines."""
    if not file.names.is_global:
        raise Undefined("gates must be defined outside all blocks")
    name = statement.name
    earlier = file.gates.earlier(name)
    if earlier is not None:
        raise Failure(f"gate {name!r} is already defined by {earlier}", statement.name_offset)
    if name in file.names.blocks[0]:
        where = file.names.blocks[0][name].where
        raise Failure(f"{name!r} is already declared on {where}", statement.name_offset)
    body = Body(Program(statement.params))
    names = file.names
    with file.block() as block:
        for place, param in enumerate(statement.params):
            block[param] = Entry("constant", Place(place), "angle", None, statement.where)
        for slot, qubit in enumerate(statement.qubits):
            value = Qubits(range(slot, slot + 1), False, qubit)
            block[qubit] = Entry("register", value, "qubit", None, statement.where)
        hidden, names.hidden = names.hidden, len(names.blocks) - 1
        file.body = body
        try:
            for one in statement.body.statements:
                run(file, one)
        finally:
            file.body, names.hidden = None, hidden
    gate = defined_gate(name, len(statement.qubits), body.program, body.lines, statement.where)
    file.gates.define(recognised(gate, file.builder, exact=True))

"""Carrying statements out: each by a function, after it has been read to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tnsim.circuit.qasm.arithmetic import Undefined
from tnsim.circuit.qasm.gates import Line

from .calls import call_gate, operand_qubits
from .casts import converted
from .conditions import Truth, negated
from .declarations import declare, declare_input, declare_let
from .evaluation import Failure
from .file import File
from .gate_bodies import define_gate
from .names import Entry
from .operations import as_truth, binary
from .syntax import (
    Assign,
    Barrier,
    Block,
    Call,
    Declare,
    Expression,
    For,
    GateDefinition,
    If,
    Include,
    Input,
    Let,
    Measure,
    Reset,
    Statement,
    Version,
)
from .values import Bits, Qubits, Value, described

__all__ = ["execute"]

_STATEMENT_COST = 16


def execute(file: File, statement: Statement) -> None:
    """Carry a statement out; `QasmError` with its place where that cannot be done."""
    try:
        _execute(file, statement)
    except Failure as error:
        raise file.source.error(str(error), error.offset) from None
    file.is_first = False


def _execute(file: File, statement: Statement) -> None:
    if file.loops:
        file.budget.spend(_STATEMENT_COST)
    run = _RUNNERS[type(statement)]
    if file.body is not None and type(statement) not in _IN_GATES:
        raise Failure(
            "only gates, barriers, constants and loops may stand in a gate", statement.offset
        )
    try:
        run(file, statement)
    except Undefined as error:
        raise Failure(str(error), statement.offset) from None


def _version(file: File, _: Version) -> None:
    if not file.is_first:
        raise Undefined("OPENQASM must be the first statement of the file")


def _include(file: File, _: Include) -> None:
    if file.gates.includes:
        raise Undefined('"stdgates.inc" is included a second time')
    if not file.names.is_global:
        raise Undefined("include must stand outside all blocks")
    names = file.names.blocks[0]
    for name in file.gates.library.gates:
        if name in names:
            raise Undefined(
                f'"stdgates.inc" defines gate {name!r}, declared on {names[name].where}'
            )
    clash = file.gates.include()
    if clash is not None:
        where = file.gates.known[clash].where
        raise Undefined(f'"stdgates.inc" defines gate {clash!r}, already defined on {where}')


def _declare(file: File, statement: Declare) -> None:
    declare(file, statement)
    if isinstance(statement.value, Measure):
        target = file.names.find(statement.name).value
        _measured(file, statement.value, target, statement.name_offset)


def _assign(file: File, statement: Assign) -> None:
    target = statement.target
    name = target.steps[0].what
    old = file.names.find(name)
    if isinstance(old.value, Bits):
        raise Undefined(
            f"{name!r} holds measured bits, which only a measurement can change; declare an int or "
            "a bool for what is known while the file is read"
        )
    if len(target.steps) > 1:
        raise Undefined("a single bit or member of a variable cannot be assigned to")
    value = file.value(statement.value)
    if statement.op != "=":
        program = None if file.body is None else file.body.program
        value = binary(statement.op[:-1], old.value, value, program)
    if isinstance(value, Bits | Truth):
        raise Undefined(
            f"{name!r} would depend on a measured bit; use the bit in the condition itself"
        )
    file.names.set(name, converted(old.type, old.width, value, explicit=False))
    if file.names.is_global or name in file.names.blocks[0]:
        file.lookup.forget_angles()


def _measure(file: File, statement: Measure) -> None:
    if statement.target is None:
        raise Undefined("a measurement needs a bit for its outcome: measure q -> c;")
    target = file.value(statement.target)
    _measured(file, statement, target, statement.target.offset)


def _measured(file: File, statement: Measure, target: Value, offset: int) -> None:
    source = file.value(statement.source)
    if not isinstance(source, Qubits):
        raise Failure(f"qubits are expected, but got {described(source)}", statement.source.offset)
    if not isinstance(target, Bits):
        raise Failure(f"bits are expected for the outcome, but got {described(target)}", offset)
    sizes = len(source.numbers), len(target.numbers)
    if sizes[0] != sizes[1]:
        raise Failure(
            f"as many bits as qubits are needed (got {sizes[0]} qubits and {sizes[1]} bits)", offset
        )
    if file.builder.is_conditioned:
        raise Undefined(
            "a measurement cannot depend on a condition here; measure always, and condition what "
            "follows"
        )
    qubits, bits = _distinct(source, "qubit"), _distinct(target, "bit")
    file.builder.measure(qubits, bits)


def _distinct(operand: Qubits | Bits, what: str) -> Any:
    numbers = np.array(operand.numbers, dtype=np.int32)
    if len(np.unique(numbers)) != len(numbers):
        raise Undefined(f"a {what} must be named once, but it is named twice")
    return numbers


def _reset(file: File, statement: Reset) -> None:
    file.builder.reset(_distinct(operand_qubits(file, statement.target), "qubit"))


def _barrier(file: File, statement: Barrier) -> None:
    if file.body is not None:
        slots = [int(operand_qubits(file, o).numbers[0]) for o in statement.operands]
        if not slots:
            raise Undefined("a barrier in a gate must name its qubits")
        file.body.lines.append(Line(None, (), tuple(dict.fromkeys(slots))))
        return
    if not statement.operands:
        file.builder.barrier(np.arange(file.qubits.total, dtype=np.int32))
        return
    parts = [np.array(operand_qubits(file, o).numbers, dtype=np.int32) for o in statement.operands]
    flat = np.concatenate(parts)
    file.budget.spend(len(flat))
    first = np.unique(flat, return_index=True)[1]
    file.builder.barrier(flat[np.sort(first)])


def _block(file: File, statement: Block) -> None:
    with file.block():
        for one in statement.statements:
            _execute(file, one)


def _if(file: File, statement: If) -> None:
    condition = as_truth(file.value(statement.condition))
    if not isinstance(condition, Truth):
        chosen = statement.then if condition else statement.otherwise
        if chosen is not None:
            _block(file, chosen)
        return
    if file.body is not None:
        raise Undefined("a gate cannot depend on measured bits")
    _under(file, condition, statement.then)
    if statement.otherwise is not None:
        _under(file, negated(condition), statement.otherwise)


def _under(file: File, condition: Truth, block: Block) -> None:
    """The block, once for each case of the condition."""
    outside = file.names.outside
    file.names.outside = len(file.names.blocks)
    try:
        for case in condition.cases:
            file.budget.spend(_STATEMENT_COST + len(case))
            with file.builder.under(case) as is_possible:
                if is_possible:
                    _block(file, block)
    finally:
        file.names.outside = outside


def _for(file: File, statement: For) -> None:
    kind = statement.type
    width = None
    if kind.width is not None:
        found = file.value(kind.width)
        if type(found) is not int:
            raise Failure("the size of a type must be a known integer", kind.width.offset)
        width = found
    file.loops += 1
    try:
        for value in _values(file, statement):
            file.budget.spend(_STATEMENT_COST)
            with file.block() as names:
                held = converted(kind.name, width, value, explicit=False)
                names[statement.name] = Entry("variable", held, kind.name, width, "the loop")
                for one in statement.body.statements:
                    _execute(file, one)
    finally:
        file.loops -= 1


def _values(file: File, statement: For) -> Iterable[Value]:
    if statement.range is not None:
        start, step, stop = (
            None if part is None else _bound(file, part) for part in statement.range
        )
        assert start is not None and stop is not None
        step = 1 if step is None else step
        if step == 0:
            raise Undefined("the step of a range must not be 0")
        return range(start, stop + (1 if step > 0 else -1), step)
    if statement.is_set:
        return [file.value(part) for part in statement.values]
    whole = file.value(statement.values[0])
    raise Undefined(f"a loop runs over a range or a set of numbers, but got {described(whole)}")


def _bound(file: File, part: Expression) -> int:
    value = file.value(part)
    if type(value) is not int:
        raise Failure(f"an integer is expected, but got {described(value)}", part.offset)
    return value


_RUNNERS: dict[type[Statement], Callable[[File, Any], None]] = {
    Version: _version,
    Include: _include,
    Declare: _declare,
    Input: declare_input,
    Let: declare_let,
    Assign: _assign,
    Measure: _measure,
    Reset: _reset,
    Barrier: _barrier,
    Call: call_gate,
    GateDefinition: lambda file, statement: define_gate(file, statement, _execute),
    Block: _block,
    If: _if,
    For: _for,
}
_IN_GATES = frozenset((Barrier, Call, Block, If, For, Declare, Assign))

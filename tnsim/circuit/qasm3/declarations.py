"""Declarations: registers, variables, constants, inputs and aliases."""

from __future__ import annotations

import unicodedata

from tnsim.circuit.qasm.arithmetic import Linear, Undefined
from tnsim.circuit.qasm.registers import MOST_MEMBERS, Registers

from .casts import converted
from .conditions import Truth
from .evaluation import Failure
from .file import File
from .names import Entry
from .syntax import Declare, Expression, Input, Let, Measure
from .values import Bits, BitString, Parameters, Qubits, Value, described

__all__ = ["declare", "declare_input", "declare_let"]


def declare(file: File, statement: Declare) -> None:
    """Enter a register, a variable or a constant; a measurement that it holds is not made yet."""
    name, kind = statement.name, statement.type.name
    width = None if statement.type.width is None else _size(file, statement.type.width)
    where = file.source.place(statement.name_offset)
    try:
        if file.body is not None and kind in {"qubit", "bit"}:
            raise Undefined(f"a gate cannot declare a {kind}")
        if kind == "qubit":
            _declare_qubits(file, name, width, where)
            return
        value = None
        if statement.value is not None and not isinstance(statement.value, Measure):
            value = file.value(statement.value)
            _check_known(name, value)
        if kind == "bit" and not statement.is_const and _is_blank(value, width):
            _declare_bits(file, name, width, where)
            return
        if value is None and isinstance(statement.value, Measure):
            raise Undefined(f"a measurement gives bits; declare {name!r} as bit")
        held = None if value is None else converted(kind, width, value, explicit=False)
        entry_kind = "constant" if statement.is_const else "variable"
        file.declare(name, Entry(entry_kind, held, kind, width, where))  # type: ignore[arg-type]
    except Undefined as error:
        raise Failure(str(error), statement.name_offset) from None


def declare_input(file: File, statement: Input) -> None:
    """Enter a parameter of the circuit."""
    name = statement.name
    if not file.parameters:
        raise Undefined(f"{name!r} has no value here; free parameters are switched off")
    if not file.names.is_global:
        raise Undefined("an input must stand outside all blocks")
    where = file.source.place(statement.name_offset)
    spelled = _spelled(file, name)
    value: Value = Linear({spelled: 1.0}, 0.0)
    if statement.size is not None:
        size = _size(file, statement.size)
        if not 1 <= size <= MOST_MEMBERS:
            raise Failure(
                f"a size must be in 1..{MOST_MEMBERS} (got {size})", statement.size.offset
            )
        value = Parameters(spelled, size)
    file.declare(name, Entry("parameter", value, statement.type.name, None, where))


def declare_let(file: File, statement: Let) -> None:
    """Enter another name of qubits or bits."""
    value = file.value(statement.value)
    if not isinstance(value, Qubits | Bits):
        raise Undefined(f"an alias is of qubits or bits, but got {described(value)}")
    if not isinstance(value.numbers, range):
        file.budget.spend(len(value.numbers))
    where = file.source.place(statement.name_offset)
    # A loop may give an alias another meaning each time: an entry of this block is replaced.
    block = file.names.blocks[-1]
    if statement.name in block and block[statement.name].type == "alias":
        del block[statement.name]
    renamed = type(value)(value.numbers, value.is_register, statement.name)
    file.declare(statement.name, Entry("register", renamed, "alias", None, where))


def _spelled(file: File, name: str) -> str:
    """The name of a parameter in Latin letters: Greek ones are spelled out, as in theta."""
    spelled = "".join(map(_letter, unicodedata.normalize("NFKC", name)))
    if not spelled.isascii():
        raise Undefined("the name of a parameter must be of Latin or Greek letters, digits and _")
    earlier = file.spelled.setdefault(spelled, name)
    if earlier != name:
        raise Undefined(f"{name!r} and {earlier!r} would both be the parameter {spelled!r}")
    return spelled


def _letter(character: str) -> str:
    words = unicodedata.name(character, "").split(" ")
    if words[:3] == ["GREEK", "SMALL", "LETTER"] and len(words) == 4:
        return words[3].lower()
    if words[:3] == ["GREEK", "CAPITAL", "LETTER"] and len(words) == 4:
        return words[3].capitalize()
    return character


def _declare_qubits(file: File, name: str, width: int | None, where: str) -> None:
    if not file.names.is_global:
        raise Undefined("qubits must be declared outside all blocks")
    if file.uses_hardware:
        raise Undefined("hardware qubits and declared ones cannot stand in one circuit")
    size = _members(file.qubits, width)
    start = file.qubits.total
    value = Qubits(range(start, start + size), width is not None, name)
    file.declare(name, Entry("register", value, "qubit", width, where))
    if width is None:
        file.qubits.claim(1)
    else:
        file.qubits.declare(name, size, where)


def _declare_bits(file: File, name: str, width: int | None, where: str) -> None:
    size = _members(file.bits, width)
    start = file.bits.total
    value = Bits(range(start, start + size), width is not None, name)
    file.declare(name, Entry("register", value, "bit", width, where))
    file.bits.claim(size)


def _members(registers: Registers, width: int | None) -> int:
    size = 1 if width is None else width
    if size < 1:
        raise Undefined(f"a register must have at least one member (got {size})")
    if registers.total + size > MOST_MEMBERS:
        raise Undefined(
            f"a file may declare at most {MOST_MEMBERS} {registers.kind} "
            f"(with this register {registers.total + size:.30g})"
        )
    return size


def _is_blank(value: Value, width: int | None) -> bool:
    """Whether a bit register holds what all bits of a circuit hold at the start, 0."""
    if value is None:
        return True
    if isinstance(value, BitString):
        return value.number == 0 and value.width == (1 if width is None else width)
    return isinstance(value, bool | int) and value == 0


def _check_known(name: str, value: Value) -> None:
    if isinstance(value, Bits | Truth):
        raise Undefined(
            f"{name!r} would depend on measured bits; measure into it, or use the bits where "
            "they are needed"
        )


def _size(file: File, expression: Expression) -> int:
    value = file.value(expression)
    if type(value) is not int:
        raise Failure(
            f"a size must be a known integer, but got {described(value)}", expression.offset
        )
    return value

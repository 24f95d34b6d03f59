"""What a statement says, before it is carried out: it may be carried out many times.

Expressions are in postfix order, so that they are evaluated without recursion however long they
are. `offset` is the place in the source's window, for error messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

__all__ = [
    "Assign",
    "Barrier",
    "Block",
    "Call",
    "Declare",
    "Expression",
    "For",
    "GateDefinition",
    "If",
    "Include",
    "Input",
    "Let",
    "Measure",
    "Modifier",
    "Reset",
    "Statement",
    "Step",
    "Type",
    "Version",
]


class Step(NamedTuple):
    """One step of an expression on the stack of values.

    kind      what                        takes from the stack
    value     the value itself            nothing
    name      the name of something       nothing
    hardware  the number of a qubit       nothing
    unary     a sign                      1
    binary    a sign                      2
    call      (function, how many)        as many
    cast      (type, has a width)         1, below it the width
    one       -                           index, below it what is indexed
    range     -                           step, stop, start, below them what is indexed
    set       how many                    as many, below them what is indexed
    """

    kind: str
    what: Any
    offset: int


@dataclass(frozen=True)
class Expression:
    """Steps that leave one value."""

    steps: tuple[Step, ...]
    offset: int


@dataclass(frozen=True)
class Type:
    """A classical type; `width` is None where none is given."""

    name: str
    width: Expression | None


@dataclass(frozen=True)
class Statement:
    """Any statement (abstract)."""

    offset: int


@dataclass(frozen=True)
class Version(Statement):
    """The version: `OPENQASM 3.0;`."""


@dataclass(frozen=True)
class Include(Statement):
    """The library: `include "stdgates.inc";`."""

    name_offset: int


@dataclass(frozen=True)
class Declare(Statement):
    """A register, a variable or a constant; type "qubit" is among the types here."""

    type: Type
    name: str
    name_offset: int
    value: Expression | Measure | None
    is_const: bool


@dataclass(frozen=True)
class Input(Statement):
    """`input float theta;`, or `input array[float, n] theta;` with a size."""

    type: Type
    name: str
    name_offset: int
    size: Expression | None


@dataclass(frozen=True)
class Let(Statement):
    """An alias: `let name = registers;`."""

    name: str
    name_offset: int
    value: Expression


@dataclass(frozen=True)
class Assign(Statement):
    """`target op value;`; op is "=" or a sign such as "+" for "+="."""

    target: Expression
    op: str
    value: Expression


@dataclass(frozen=True)
class Measure(Statement):
    """A measurement: `target = measure source;` or `measure source -> target;`."""

    source: Expression
    target: Expression | None


@dataclass(frozen=True)
class Reset(Statement):
    """A reset: `reset target;`."""

    target: Expression


@dataclass(frozen=True)
class Barrier(Statement):
    """`barrier operands;`, of all qubits where none are given."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True)
class Modifier:
    """One of ctrl, negctrl, inv, pow, with what stands in its parentheses."""

    kind: str
    argument: Expression | None
    offset: int


@dataclass(frozen=True)
class Call(Statement):
    """A gate: `modifiers name(angles) operands;`."""

    modifiers: tuple[Modifier, ...]
    name: str
    name_offset: int
    angles: tuple[Expression, ...]
    operands: tuple[Expression, ...]


@dataclass(frozen=True)
class Block(Statement):
    """Statements in braces, or the one without them."""

    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class If(Statement):
    """A condition: `if (condition) then else otherwise`."""

    condition: Expression
    then: Block
    otherwise: Block | None


@dataclass(frozen=True)
class For(Statement):
    """`for type name in values body`; `values` are (start, step, stop), a set or an expression."""

    type: Type
    name: str
    name_offset: int
    range: tuple[Expression | None, Expression | None, Expression | None] | None
    values: tuple[Expression, ...]
    is_set: bool
    body: Block


@dataclass(frozen=True)
class GateDefinition(Statement):
    """`gate name(params) qubits { body }`; `where` is its place for later messages."""

    name: str
    name_offset: int
    params: tuple[str, ...]
    qubits: tuple[str, ...]
    body: Block
    where: str

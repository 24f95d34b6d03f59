"""The gates that a file may call: built in, from the library, or defined by itself."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tnsim.circuit.operations import OPCODES, STANDARD

from .builder import Builder
from .template import Call, Program, Slot, Template, assemble

__all__ = ["Gate", "GateSet", "Library", "Line", "defined_gate", "table_gate", "template_gate"]


@dataclass(frozen=True, eq=False)
class Line:
    """A line of a gate's body before the gate that it calls is written out; None: a barrier."""

    gate: Gate | None
    arguments: tuple[Slot, ...]
    qubits: tuple[int, ...]

    @property
    def weight(self) -> int:
        return 1 + len(self.qubits) if self.gate is None else self.gate.weight


@dataclass(eq=False)
class Gate:
    """A gate by name: of the table, defined by lines of others, or opaque (neither).

    `weight` is what one call costs: rows, qubits and angle operations of its template. `opcode`
    is -1 unless it is a gate of the table.
    """

    name: str
    num_params: int
    num_qubits: int
    template: Template | None = None
    program: Program | None = None
    lines: tuple[Line, ...] = ()
    weight: int = 1
    order: int = 0
    is_given: bool = False
    where: str = ""
    opcode: int = -1

    @property
    def is_opaque(self) -> bool:
        return self.template is None and self.program is None

    def written_out(self, builder: Builder) -> Template:
        """The template, made at the first call; `TooLarge` where the budget ends before."""
        if self.template is None:
            for gate in _callees(self):
                builder.budget.spend(gate.weight)
                gate._assemble(builder)
        assert self.template is not None
        return self.template

    def _assemble(self, builder: Builder) -> None:
        assert self.program is not None
        calls = []
        for line in self.lines:
            callee = line.gate.template if line.gate else _barrier(builder, len(line.qubits))
            assert callee is not None
            calls.append(Call(callee, line.arguments, line.qubits))
        self.template = assemble(self.num_qubits, self.program, calls)
        self.lines = ()


@dataclass(frozen=True)
class Library:
    """A file that every reader has: its gates, and `more` that a file may define anew."""

    file: str
    gates: Mapping[str, Gate]
    more: Mapping[str, Gate]


class GateSet:
    """The gates in scope, by name."""

    def __init__(self, built_in: Mapping[str, Gate], library: Library) -> None:
        self.built_in = built_in
        self.library = library
        self.known: dict[str, Gate] = dict(built_in)
        self.includes = False
        self.version = 0

    def include(self) -> str | None:
        """Add the library; the name that was already defined, if one was."""
        for name in sorted(self.library.gates):
            if name in self.known:
                return name
        self.includes = True
        self.version += 1
        self.known = {**self.library.more, **self.known, **self.library.gates}
        return None

    def earlier(self, name: str) -> str | None:
        """Where a name was defined before so that it may not be defined now."""
        gate = self.known.get(name)
        if gate is None:
            return None
        if gate.is_given and name not in self.built_in and name not in self.library.gates:
            return None
        return self.origin(name)

    def origin(self, name: str) -> str:
        """Where a known name was defined."""
        gate = self.known[name]
        if not gate.is_given:
            return gate.where
        return "the language" if name in self.built_in else self.library.file

    def suggestion(self, name: str) -> str:
        """The end of an error about an unknown gate: what to do."""
        library = self.library
        if not self.includes and (name in library.gates or name in library.more):
            return f'; include "{library.file}" before it'
        near = difflib.get_close_matches(name[:40], list(self.known)[:1000], n=1)
        return f"; did you mean {near[0]}?" if near else "; define it with `gate`"

    def define(self, gate: Gate) -> None:
        """Enter a gate of the file."""
        self.version += 1
        gate.order = self.version
        self.known[gate.name] = gate


def defined_gate(
    name: str, num_qubits: int, program: Program, lines: Sequence[Line], where: str
) -> Gate:
    """A gate from its body."""
    weight = (
        1
        + num_qubits
        + program.num_params
        + len(program.operations)
        + sum(line.weight for line in lines)
    )
    return Gate(
        name,
        program.num_params,
        num_qubits,
        program=program,
        lines=tuple(lines),
        weight=min(weight, 1 << 60),
        where=where,
    )


def template_gate(
    name: str, num_params: int, template: Template, *, where: str = "", is_given: bool = False
) -> Gate:
    """A gate whose rows are known."""
    made = len(template.opcode) + len(template.qubits) + len(template.angles)
    return Gate(
        name,
        num_params,
        template.num_qubits,
        template,
        weight=1 + num_params + made + len(template.program.operations),
        is_given=is_given,
        where=where,
    )


def table_gate(name: str, table_name: str, where: str = "") -> Gate:
    """A gate of the table under a name; `where` is its definition if the file has one."""
    code = OPCODES[table_name]
    operation = STANDARD[code]
    template = _one_row(code, operation.num_qubits, operation.num_params)
    weight = 1 + operation.num_qubits + operation.num_params
    return Gate(
        name,
        operation.num_params,
        operation.num_qubits,
        template,
        weight=weight,
        is_given=not where,
        where=where,
        opcode=code,
    )


def _barrier(builder: Builder, size: int) -> Template:
    return _one_row(builder.barrier_code(size), size, 0)


def _one_row(code: int, num_qubits: int, num_params: int) -> Template:
    return Template(
        num_qubits,
        Program([f"a{i}" for i in range(num_params)]),
        np.array([code], dtype=np.uint16),
        np.arange(num_qubits, dtype=np.int32),
        tuple(range(num_params)),
    )


def _callees(gate: Gate) -> list[Gate]:
    """The gates that have no template yet, this one last, each after those that it calls."""
    found: dict[int, Gate] = {}
    waiting = [gate]
    while waiting:
        one = waiting.pop()
        if one.template is None and id(one) not in found:
            found[id(one)] = one
            waiting += [line.gate for line in one.lines if line.gate is not None]
    return sorted(found.values(), key=lambda one: one.order)

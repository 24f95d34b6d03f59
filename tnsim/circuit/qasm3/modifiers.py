"""`ctrl @`, `negctrl @`, `inv @` and `pow(k) @`: gates made from gates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tnsim.circuit.gates import GATES
from tnsim.circuit.operations import OPCODES, STANDARD
from tnsim.circuit.qasm.arithmetic import Undefined
from tnsim.circuit.qasm.builder import Builder
from tnsim.circuit.qasm.gates import Gate, template_gate
from tnsim.circuit.qasm.template import Call, Program, Slot, Template, assemble

from .controlled import emit
from .evaluation import Failure
from .file import File
from .fractions import fractional
from .operations import real
from .parts import Part, is_barrier, parts_of, rows_of
from .syntax import Modifier
from .values import BitString, Value

__all__ = ["modified"]

_MOST_KEPT = 256
_MOST_CONTROLS = 1 << 12
_TURNS = frozenset(
    ("rx", "ry", "rz", "p", "u1", "crx", "cry", "crz", "cp", "cu1", "rxx", "ryy", "rzz")
)
"""Gates whose power is the gate at a multiple of the angle."""
_PERIODS = {
    **dict.fromkeys(("id", "x", "y", "z", "h", "cx", "cy", "cz", "ch", "swap", "ccx", "ccz"), 2),
    **dict.fromkeys(("cswap", "c3x", "c4x", "ecr"), 2),
    **dict.fromkeys(("s", "sdg", "sx", "sxdg", "csx", "csxdg", "iswap", "iswapdg"), 4),
    **dict.fromkeys(("t", "tdg"), 8),
}
"""Gates of which so many make the identity."""


@dataclass(frozen=True)
class _Step:
    """A modifier with its number: of controls, or the exponent."""

    kind: str
    number: int | float


def modified(
    file: File, gate: Gate, modifiers: Sequence[Modifier], angles: list[Value]
) -> tuple[Gate, list[Value]]:
    """The gate that the modifiers make, and the angles that it takes of those given."""
    steps = tuple(_step(file, modifier) for modifier in modifiers)
    builder = file.builder
    place = modifiers[0].offset
    try:
        if any(isinstance(step.number, float) for step in steps):
            try:
                numbers = [real(angle) for angle in angles]
            except Undefined:
                raise Undefined(
                    "a power that is no integer needs angles that are known numbers"
                ) from None
            gate, angles = _fixed(builder, gate, numbers), []
        key = (id(gate), steps)
        if key not in file.modified:
            if len(file.modified) >= _MOST_KEPT:
                file.modified.clear()
            # The gate is kept too, so that no other takes its id.
            file.modified[key] = gate, _made(builder, gate, steps)
        return file.modified[key][1], angles
    except Undefined as error:
        raise Failure(str(error), place) from None


def _step(file: File, modifier: Modifier) -> _Step:
    value: Value = 1
    if modifier.argument is not None:
        value = file.value(modifier.argument)
        if modifier.kind == "inv":
            raise Failure("inv takes no argument", modifier.argument.offset)
    elif modifier.kind == "pow":
        raise Failure("pow needs an exponent: pow(2) @", modifier.offset)
    if isinstance(value, BitString | bool) or not isinstance(value, int | float):
        raise Failure(f"{modifier.kind} takes a known number", modifier.offset)
    if modifier.kind == "inv":
        return _Step("pow", -1)
    if modifier.kind == "pow":
        return _Step("pow", int(value) if float(value).is_integer() else value)
    if not isinstance(value, int) or not 1 <= value <= _MOST_CONTROLS:
        raise Failure(
            f"the number of controls must be an integer in 1..{_MOST_CONTROLS} (got {value})",
            modifier.offset,
        )
    return _Step(modifier.kind, value)


def _fixed(builder: Builder, gate: Gate, numbers: Sequence[float]) -> Gate:
    """The gate at known angles, as one without any."""
    template = gate.written_out(builder)
    call = Call(template, tuple(numbers), tuple(range(gate.num_qubits)))
    builder.budget.spend(gate.weight)
    return template_gate(gate.name, 0, assemble(gate.num_qubits, Program(()), [call]))


def _made(builder: Builder, gate: Gate, steps: Sequence[_Step]) -> Gate:
    template = gate.written_out(builder)
    builder.budget.spend(gate.weight)
    exponent: int | float = 1
    for step in reversed(steps):  # the one next to the gate comes first
        if step.kind == "pow":
            exponent = _product(exponent, step.number)
        else:
            template = _power(builder, template, exponent)
            exponent = 1
            template = _controlled(
                builder, template, int(step.number), negative=step.kind == "negctrl"
            )
    return template_gate(gate.name, gate.num_params, _power(builder, template, exponent))


def _product(inner: int | float, outer: int | float) -> int | float:
    if isinstance(outer, float) and inner != 1:
        raise Undefined("a power of a power must be an integer one; multiply the exponents")
    product = inner * outer
    if isinstance(product, float) and not math.isfinite(product):
        raise Undefined("this power is too large")
    return product


class _Rows:
    """A template being written, paid for row by row."""

    def __init__(self, builder: Builder, program: Program) -> None:
        self.builder = builder
        self.program = program
        self.phase: Slot = 0.0
        self._opcode: list[int] = []
        self._qubits: list[int] = []
        self._angles: list[Slot] = []

    def append(self, name: str, angles: Sequence[Slot], qubits: Sequence[int]) -> None:
        """A gate of the table."""
        self.append_code(OPCODES[name], angles, qubits)

    def append_code(self, code: int, angles: Sequence[Slot], qubits: Sequence[int]) -> None:
        """A row."""
        self.builder.budget.spend(1 + len(angles) + len(qubits))
        self._opcode.append(code)
        self._qubits += qubits
        self._angles += angles

    def template(self, num_qubits: int) -> Template:
        """The rows so far as a template."""
        return Template(
            num_qubits,
            self.program,
            np.array(self._opcode, dtype=np.uint16),
            np.array(self._qubits, dtype=np.int32),
            tuple(self._angles),
            self.phase,
        )


def _inlined(template: Template) -> tuple[Program, tuple[Slot, ...], Slot]:
    """A copy of the program that can grow, with the places of angles and phase in it."""
    program = Program(tuple(template.program.names))
    program.num_params = template.program.num_params
    places = tuple(range(program.num_params))
    *angles, phase = program.inline(template.program, places, (*template.angles, template.phase))
    return program, tuple(angles), phase


def _power(builder: Builder, template: Template, exponent: int | float) -> Template:
    if exponent == 1:
        return template
    program, angles, phase = _inlined(template)
    rows = _Rows(builder, program)
    moved = Template(template.num_qubits, program, template.opcode, template.qubits, angles, phase)
    if isinstance(exponent, float):
        fractional(rows.append, moved, exponent, builder.barrier_size, rows)
        return rows.template(template.num_qubits)
    rows.phase = program.binary("*", phase, float(exponent)) if moved.has_phase else 0.0
    listed = list(rows_of(moved, builder.barrier_size))
    if len(listed) == 1 and not is_barrier(listed[0][0]):
        [(code, slots, qubits)] = listed
        name = STANDARD[code].name
        if name in _TURNS:
            angle = program.binary("*", slots[0], float(exponent))
            rows.append(name, (angle,), qubits)
            return rows.template(template.num_qubits)
        if name in _PERIODS:
            exponent %= _PERIODS[name]
            if 2 * exponent > _PERIODS[name]:  # backwards is shorter
                exponent -= _PERIODS[name]
    builder.budget.spend(abs(exponent) * (1 + len(listed)))  # before it is begun
    for _ in range(abs(exponent)):
        for code, slots, qubits in listed if exponent > 0 else reversed(listed):
            if exponent > 0 or is_barrier(code):
                rows.append_code(code, slots, qubits)
            else:
                _append_inverse(rows, STANDARD[code].name, slots, qubits)
    return rows.template(template.num_qubits)


def _append_inverse(rows: _Rows, name: str, angles: Sequence[Slot], qubits: Sequence[int]) -> None:
    rule, program = GATES[name].inverse, rows.program
    shifts = rule.shift or (0.0,) * len(rule.order)
    found: list[Slot] = []
    for place, sign, shift in zip(rule.order, rule.signs, shifts, strict=True):
        angle = angles[place] if sign == 1.0 else program.binary("*", angles[place], sign)
        found.append(program.binary("+", angle, shift * math.pi) if shift else angle)
    places = range(len(qubits)) if rule.qubits is None else rule.qubits
    rows.append(rule.name, found, [qubits[place] for place in places])


def _controlled(builder: Builder, template: Template, count: int, *, negative: bool) -> Template:
    """The controls come first; negative ones are turned round before and after."""
    program, angles, phase = _inlined(template)
    rows = _Rows(builder, program)
    controls = tuple(range(count))
    flips = controls if negative else ()
    for control in flips:
        rows.append("x", (), (control,))
    moved = Template(template.num_qubits, program, template.opcode, template.qubits, angles, phase)
    parts: list[Part] = []
    for code, slots, qubits in rows_of(moved, builder.barrier_size):
        targets = [count + qubit for qubit in qubits]
        if is_barrier(code):
            _emit_all(rows, parts, controls)
            rows.append_code(code, (), targets)
        else:
            parts += parts_of(program, STANDARD[code].name, slots, targets)
        _emit_all(rows, parts, controls)
    if moved.has_phase:
        _emit_all(rows, [Part("phase", (phase,), (), ())], controls)
    for control in flips:
        rows.append("x", (), (control,))
    return rows.template(count + template.num_qubits)


def _emit_all(rows: _Rows, parts: list[Part], controls: tuple[int, ...]) -> None:
    for part in parts:
        if part.is_nothing:
            continue
        under = Part(part.name, part.angles, (*controls, *part.controls), part.targets)
        emit(rows.append, rows.program, under)
    parts.clear()

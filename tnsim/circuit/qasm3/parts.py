"""Table gates taken apart into controls and what they control, and put together again.

A `Part` is a gate of one or two qubits under any number of controls. Gates of the table that are
controlled ones are taken apart (cx: x under one control), others are replaced by their
definitions. Put together, a part is a gate of the table where there is one, and else gates that
make it without further qubits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tnsim.base.parameters import Affine
from tnsim.circuit.definitions import definition
from tnsim.circuit.operations import STANDARD
from tnsim.circuit.qasm.template import Program, Slot, Template

__all__ = ["Part", "is_barrier", "parts_of", "rows_of"]

Qubits = tuple[int, ...]

_CONTROLLED = {
    "cx": ("x", 1), "ccx": ("x", 2), "c3x": ("x", 3), "c4x": ("x", 4), "cy": ("y", 1),
    "cz": ("z", 1), "ccz": ("z", 2), "ch": ("h", 1), "csx": ("sx", 1), "csxdg": ("sxdg", 1),
    "c3sqrtx": ("sx", 3), "c3sqrtxdg": ("sxdg", 3), "cswap": ("swap", 1), "crx": ("rx", 1),
    "cry": ("ry", 1), "crz": ("rz", 1), "cp": ("p", 1), "cu1": ("p", 1), "cu3": ("u", 1),
    "u1": ("p", 0), "u3": ("u", 0),
}  # fmt: skip
_WHOLE = frozenset(
    ("x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "sxdg", "rx", "ry", "rz", "p", "u", "swap")
)


@dataclass(frozen=True)
class Part:
    """A gate on `targets` that acts where all `controls` are 1; name "phase" has no target."""

    name: str
    angles: tuple[Slot, ...]
    controls: Qubits
    targets: Qubits

    @property
    def is_nothing(self) -> bool:
        """Whether it is the phase 0: that number, not the place 0 of a program."""
        return self.name == "phase" and isinstance(self.angles[0], float) and not self.angles[0]


def is_barrier(code: int) -> bool:
    """Whether a row of a template is a barrier: it has a code behind those of the table."""
    return code >= len(STANDARD)


def rows_of(
    template: Template, barrier_size: Callable[[int], int]
) -> Iterator[tuple[int, tuple[Slot, ...], Qubits]]:
    """Opcode, angles and qubits of each row; `barrier_size` gives the qubits of a barrier."""
    at = angle_at = 0
    for code in template.opcode.tolist():
        size = barrier_size(code) if is_barrier(code) else STANDARD[code].num_qubits
        count = 0 if is_barrier(code) else STANDARD[code].num_params
        qubits = tuple(template.qubits[at : at + size].tolist())
        yield code, template.angles[angle_at : angle_at + count], qubits
        at, angle_at = at + size, angle_at + count


def parts_of(
    program: Program, name: str, angles: Sequence[Slot], qubits: Sequence[int]
) -> Iterator[Part]:
    """A gate of the table as parts, in the order of time."""
    if name in {"id", "u0"}:
        return
    if name == "cu":
        yield Part("p", (angles[3],), (), (qubits[0],))
        yield Part("u", tuple(angles[:3]), (qubits[0],), (qubits[1],))
    elif name in _CONTROLLED:
        base, count = _CONTROLLED[name]
        yield Part(base, tuple(angles), tuple(qubits[:count]), tuple(qubits[count:]))
    elif name in _WHOLE:
        yield Part(name, tuple(angles), (), tuple(qubits))
    else:
        yield from _defined(program, name, angles, qubits)


def _defined(
    program: Program, name: str, angles: Sequence[Slot], qubits: Sequence[int]
) -> Iterator[Part]:
    given = definition(name)
    for row in given:
        inner = [_slot(program, angle, angles) for angle in row.angles]
        yield from parts_of(program, row.name, inner, [qubits[q] for q in row.qubits])
    yield Part("phase", (_slot(program, given.global_phase, angles),), (), ())


def _slot(program: Program, angle: float | Affine, angles: Sequence[Slot]) -> Slot:
    """An angle of a definition, an expression of a0, a1, ..., with the angles of the call."""
    if isinstance(angle, float):
        return angle
    total: Slot = angle.constant
    for name, factor in angle.terms.items():
        total = program.binary("+", total, program.binary("*", factor, angles[int(name[1:])]))
    return total

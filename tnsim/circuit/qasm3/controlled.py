"""Gates under any number of controls as gates of the table, without further qubits.

More controls than the table has are built from the phase of all-ones states: a gate with
eigenvalues 1 and exp(i a) is such a phase in its eigenbasis, and a rotation about an axis
across it is conjugated by controlled x. The phase on m qubits takes O(m^2) gates
(Barenco et al., Phys. Rev. A 52, 3457 (1995), lemmas 7.2, 7.3 and 7.5).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from tnsim.circuit.qasm.template import Program, Slot

from .parts import Part

__all__ = ["emit"]

Append = Callable[[str, Sequence[Slot], Sequence[int]], None]

_PI = math.pi
_X = ("x", "cx", "ccx", "c3x", "c4x")
_DIRECT = {
    "x": dict(enumerate(_X)),
    "y": {0: "y", 1: "cy"},
    "z": {0: "z", 1: "cz", 2: "ccz"},
    "h": {0: "h", 1: "ch"},
    "sx": {0: "sx", 1: "csx", 3: "c3sqrtx"},
    "sxdg": {0: "sxdg", 1: "csxdg", 3: "c3sqrtxdg"},
    "rx": {0: "rx", 1: "crx"},
    "ry": {0: "ry", 1: "cry"},
    "rz": {0: "rz", 1: "crz"},
    "p": {0: "p", 1: "cp"},
    "u": {0: "u"},
    "swap": {0: "swap", 1: "cswap"},
    "s": {0: "s"},
    "sdg": {0: "sdg"},
    "t": {0: "t"},
    "tdg": {0: "tdg"},
}
"""By gate and number of controls the gate of the table."""
_PHASES = {"z": _PI, "s": _PI / 2, "sdg": -_PI / 2, "t": _PI / 4, "tdg": -_PI / 4}
_ROOTS = {"x": _PI, "sx": _PI / 2, "sxdg": -_PI / 2}


def emit(append: Append, program: Program, part: Part) -> None:
    """Append the gates that make a part; a phase under no control is none of them."""
    controls, targets, name = part.controls, part.targets, part.name
    direct = _DIRECT.get(name, {}).get(len(controls))
    if direct is not None:
        append(direct, part.angles, (*controls, *targets))
    elif name == "phase":
        _phase(append, program, part.angles[0], controls)
    elif name in _PHASES:
        _phase(append, program, _PHASES[name], (*controls, *targets))
    elif name == "p":
        _phase(append, program, part.angles[0], (*controls, *targets))
    elif name in _ROOTS:
        append("h", (), targets)
        _phase(append, program, _ROOTS[name], (*controls, *targets))
        append("h", (), targets)
    elif name == "y":
        _between(append, program, ("sdg", ()), ("s", ()), Part("x", (), controls, targets))
    elif name == "h":
        before, after = ("ry", (-_PI / 4,)), ("ry", (_PI / 4,))
        _between(append, program, before, after, Part("z", (), controls, targets))
    elif name == "rx":
        inner = Part("rz", part.angles, controls, targets)
        _between(append, program, ("h", ()), ("h", ()), inner)
    elif name in {"ry", "rz"}:
        _rotation(append, program, part)
    elif name == "u":
        _unitary(append, program, part)
    else:
        first, second = targets
        append("cx", (), (second, first))
        emit(append, program, Part("x", (), (*controls, first), (second,)))
        append("cx", (), (second, first))


def _between(
    append: Append,
    program: Program,
    before: tuple[str, tuple[Slot, ...]],
    after: tuple[str, tuple[Slot, ...]],
    part: Part,
) -> None:
    append(*before, part.targets)
    emit(append, program, part)
    append(*after, part.targets)


def _rotation(append: Append, program: Program, part: Part) -> None:
    """Half the angle forth and, between two controlled x that turn its axis round, half back."""
    [angle] = part.angles
    flip = Part("x", (), part.controls, part.targets)
    append(part.name, (program.binary("*", 0.5, angle),), part.targets)
    emit(append, program, flip)
    append(part.name, (program.binary("*", -0.5, angle),), part.targets)
    emit(append, program, flip)


def _unitary(append: Append, program: Program, part: Part) -> None:
    """u(t, f, w) = exp(i (f + w)/2) rz(f) ry(t) rz(w)."""
    t, f, w = part.angles
    if len(part.controls) == 1:
        append("cu", (t, f, w, 0.0), (*part.controls, *part.targets))
        return
    half = program.binary("*", 0.5, program.binary("+", f, w))
    _phase(append, program, half, part.controls)
    for name, angle in (("rz", w), ("ry", t), ("rz", f)):
        _rotation(append, program, Part(name, (angle,), part.controls, part.targets))


def _phase(append: Append, program: Program, angle: Slot, qubits: Sequence[int]) -> None:
    """exp(i angle) where all qubits are 1."""
    *controls, target = qubits
    if angle == _PI and isinstance(angle, float) and len(controls) in (0, 1, 2):
        append(("z", "cz", "ccz")[len(controls)], (), tuple(qubits))
        return
    while len(controls) > 1:
        # On the last control and the target, up to the parity of the former with the others.
        *others, last = controls
        half = program.binary("*", 0.5, angle)
        append("cp", (half,), (last, target))
        _flip(append, others, last, (target,))
        append("cp", (program.binary("*", -0.5, angle),), (last, target))
        _flip(append, others, last, (target,))
        angle, controls = half, others
    if controls:
        append("cp", (angle,), (controls[0], target))
    else:
        append("p", (angle,), (target,))


def _flip(append: Append, controls: Sequence[int], target: int, idle: Sequence[int]) -> None:
    """x under many controls; one idle qubit in any state helps and is left as it was."""
    if len(controls) < len(_X):
        append(_X[len(controls)], (), (*controls, target))
        return
    half = (len(controls) + 1) // 2
    spare = idle[0]
    first, second = list(controls[:half]), [*controls[half:], spare]
    for _ in range(2):
        _chain(append, first, spare, [*controls[half:], target])
        _chain(append, second, target, first)


def _chain(append: Append, controls: Sequence[int], target: int, idle: Sequence[int]) -> None:
    """x under m controls with m - 2 idle qubits, by 4 (m - 2) ccx."""
    if len(controls) < len(_X):
        append(_X[len(controls)], (), (*controls, target))
        return
    count = len(controls)
    down = [(controls[k], idle[k - 2], idle[k - 1]) for k in range(count - 2, 1, -1)]
    top = (controls[count - 1], idle[count - 3], target)
    bottom = (controls[0], controls[1], idle[0])
    inner = [*down, bottom, *reversed(down)]
    for step in [top, *inner, top, *inner]:
        append("ccx", (), step)

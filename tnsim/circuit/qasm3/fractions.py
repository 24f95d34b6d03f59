"""Powers that are no integers: exp(k log U) with the principal logarithm.

They are taken of gates that are one gate of one qubit under any number of controls (or a phase),
at known angles: the logarithm of a controlled gate is that of the gate, controlled.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tnsim.circuit.operations import OPCODES, STANDARD
from tnsim.circuit.qasm.arithmetic import Undefined
from tnsim.circuit.qasm.template import Slot, Template

from .controlled import Append, emit
from .parts import Part, is_barrier, parts_of, rows_of

__all__ = ["fractional"]

_TINY = 1e-12
_REFUSAL = (
    "a power that is no integer is read of gates on one qubit, with or without controls; write "
    "this one out"
)


class Phased(Protocol):
    """What the phase of the result is given to."""

    phase: Slot


def fractional(
    append: Append,
    template: Template,
    exponent: float,
    barrier_size: Callable[[int], int],
    result: Phased,
) -> None:
    """Append the power of a template without parameters; its phase goes to `result`."""
    program = template.program
    parts: list[Part] = []
    for code, slots, qubits in rows_of(template, barrier_size):
        if is_barrier(code):
            raise Undefined(_REFUSAL)
        parts += parts_of(program, STANDARD[code].name, slots, qubits)
    parts = [part for part in parts if not part.is_nothing]
    phase = _number(template.phase)
    if not parts:
        result.phase = exponent * _principal(phase)
        return
    [part, *others] = parts
    if others or len(part.targets) != 1 or (phase and part.controls):
        raise Undefined(_REFUSAL)
    matrix = cmath.exp(1j * phase) * _matrix(part)
    values, vectors = np.linalg.eig(matrix)
    # Those of a normal matrix with two eigenvalues are orthogonal; with one, any basis will do.
    if abs(values[0] - values[1]) < _TINY:
        vectors = np.eye(2)
    turns = [exponent * _principal(cmath.phase(value)) for value in values]
    power = vectors @ np.diag(np.exp(1j * np.array(turns))) @ np.linalg.inv(vectors)
    turn, left = _decomposed(power)
    emit(append, program, Part(left.name, left.angles, part.controls, part.targets))
    if part.controls:
        emit(append, program, Part("phase", (turn,), part.controls, ()))
    else:
        result.phase = turn


def _decomposed(matrix: NDArray[np.complex128]) -> tuple[float, Part]:
    """A phase and u(t, f, w), or p(w) where the matrix is diagonal."""
    if abs(matrix[1, 0]) < _TINY:
        turn = cmath.phase(matrix[0, 0])
        return turn, Part("p", (cmath.phase(matrix[1, 1]) - turn,), (), ())
    theta = 2 * math.atan2(abs(matrix[1, 0]), abs(matrix[0, 0]))
    if abs(matrix[0, 0]) < _TINY:
        turn = cmath.phase(-matrix[0, 1])
        return turn, Part("u", (math.pi, cmath.phase(matrix[1, 0]) - turn, 0.0), (), ())
    turn = cmath.phase(matrix[0, 0])
    f, w = (cmath.phase(entry) - turn for entry in (matrix[1, 0], -matrix[0, 1]))
    return turn, Part("u", (theta, f, w), (), ())


def _matrix(part: Part) -> NDArray[np.complex128]:
    angles = [_number(angle) for angle in part.angles]
    matrix: NDArray[np.complex128] = STANDARD[OPCODES[part.name]].unitary_at(angles)
    return matrix


def _principal(angle: float) -> float:
    """The angle in (-pi, pi]; one a rounding above -pi is meant to be pi."""
    reduced = math.remainder(angle, math.tau)
    return reduced if reduced > -math.pi + _TINY else reduced + math.tau


def _number(slot: Slot) -> float:
    if not isinstance(slot, float):
        raise Undefined(_REFUSAL)
    return slot

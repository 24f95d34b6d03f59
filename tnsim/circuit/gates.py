"""The gate table: every named gate as an exact matrix and a few facts, as data.

Conventions are OpenQASM's and Qiskit's: `rx(t) = exp(-i t X / 2)`, and in u(theta, phi, lambda)
and all gates derived from it the upper left entry is cos(theta / 2). Controls come first; the
first qubit is the most significant in a matrix.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .fourier import Fourier, constant

__all__ = ["GATES", "GateKind", "Inverse"]

_H = math.sqrt(0.5)
_I2 = np.eye(2)
_X = np.array([[0, 1], [1, 0]])
_Y = np.array([[0, -1j], [1j, 0]])
_Z = np.diag([1, -1])


@dataclass(frozen=True)
class Inverse:
    """The inverse gate: its name, angles signs * angles[order] + shift * pi, qubits reordered."""

    name: str
    order: tuple[int, ...] = ()
    signs: tuple[float, ...] = ()
    shift: tuple[float, ...] = ()
    qubits: tuple[int, ...] | None = None


@dataclass(frozen=True, eq=False)
class GateKind:
    """One line of the gate table; `matrix` makes the unitary as a Fourier sum of the angles."""

    name: str
    num_qubits: int
    num_params: int
    matrix: Callable[[], Fourier]
    inverse: Inverse
    is_diagonal: bool = False


def _rotation(pauli: NDArray[Any]) -> Callable[[], Fourier]:
    """exp(-i t P / 2) = exp(-i t / 2) (1 + P) / 2 + exp(i t / 2) (1 - P) / 2."""

    def make() -> Fourier:
        one = np.eye(len(pauli))
        return Fourier(1, {(-1,): (one + pauli) / 2 + 0j, (1,): (one - pauli) / 2 + 0j})

    return make


def _phase() -> Fourier:
    return Fourier(1, {(0,): np.diag([1, 0]) + 0j, (2,): np.diag([0, 1]) + 0j})


def _unit(row: int, column: int, value: complex) -> NDArray[Any]:
    matrix = np.zeros((2, 2), dtype=complex)
    matrix[row, column] = value
    return matrix


def _u() -> Fourier:
    # cos(t/2) and sin(t/2) = -i/2 exp(i t/2) + i/2 exp(-i t/2), times the phases of the entry.
    terms: dict[tuple[int, ...], NDArray[Any]] = {}
    for sign in (1, -1):
        terms[sign, 0, 0] = _unit(0, 0, 0.5)
        terms[sign, 0, 2] = _unit(0, 1, 0.5j * sign)
        terms[sign, 2, 0] = _unit(1, 0, -0.5j * sign)
        terms[sign, 2, 2] = _unit(1, 1, 0.5)
    return Fourier(3, terms)


def _u2() -> Fourier:
    return Fourier(
        2,
        {
            (0, 0): _unit(0, 0, _H),
            (0, 2): _unit(0, 1, -_H),
            (2, 0): _unit(1, 0, _H),
            (2, 2): _unit(1, 1, _H),
        },
    )


def _cu() -> Fourier:
    # A fourth angle gamma: the phase of the controlled gate.
    terms = {(*wave, 2): matrix for wave, matrix in _u().terms.items()}
    return Fourier(4, terms).controlled()


def _fsim() -> Fourier:
    # cos(a) on the diagonal and -i sin(a) off it in the middle block; exp(-i b) in the corner.
    swap = np.zeros((4, 4), dtype=complex)
    swap[1, 2] = swap[2, 1] = 0.5
    stay = np.diag([0, 0.5, 0.5, 0]).astype(complex)
    return Fourier(
        2,
        {
            (0, 0): np.diag([1, 0, 0, 0]).astype(complex),
            (2, 0): stay - swap,
            (-2, 0): stay + swap,
            (0, -2): np.diag([0, 0, 0, 1]).astype(complex),
        },
    )


def _fixed(matrix: Any) -> Callable[[], Fourier]:
    return lambda: constant(matrix)


def _root(pauli: Any, sign: int = 1) -> NDArray[Any]:
    """The principal square root of a reflection, (1 + i) / 2 + (1 - i) / 2 P, or its inverse."""
    plus, minus = (1 + 1j * sign) / 2, (1 - 1j * sign) / 2
    root: NDArray[Any] = plus * _I2 + minus * pauli
    return root


def _controlled(make: Callable[[], Fourier], times: int = 1) -> Callable[[], Fourier]:
    def controlled() -> Fourier:
        result = make()
        for _ in range(times):
            result = result.controlled()
        return result

    return controlled


def _permutation(images: list[int], phases: dict[int, complex] | None = None) -> NDArray[Any]:
    """The matrix that takes basis state j to phases[j] |images[j]>."""
    matrix = np.zeros((len(images), len(images)), dtype=complex)
    matrix[images, range(len(images))] = 1.0
    for column, phase in (phases or {}).items():
        matrix[images[column], column] = phase
    return matrix


_W = np.array([[0, (1 - 1j) * _H], [(1 + 1j) * _H, 0]])
_HADAMARD = np.array([[_H, _H], [_H, -_H]])
_SWAP = _permutation([0, 2, 1, 3])
_ECR = _H * np.array([[0, 0, 1, 1j], [0, 0, 1j, 1], [1, -1j, 0, 0], [-1j, 1, 0, 0]])
_RCCX = _permutation([0, 1, 2, 3, 4, 5, 7, 6], {5: -1, 6: 1j, 7: -1j})
_RC3X = _permutation([*range(14), 15, 14], {12: 1j, 13: -1j, 14: -1, 15: 1})

_NEGATED = (-1.0,)


def _table() -> dict[str, GateKind]:
    table: dict[str, GateKind] = {}

    def fixed(name: str, matrix: Any, inverse: str, *, diagonal: bool = False) -> None:
        size = len(matrix).bit_length() - 1
        kind = GateKind(name, size, 0, _fixed(matrix), Inverse(inverse), diagonal)
        table[name] = kind

    def angles(
        name: str, size: int, make: Callable[[], Fourier], count: int = 1, **more: Any
    ) -> None:
        rule = more.pop("inverse", None) or Inverse(name, tuple(range(count)), (-1.0,) * count)
        table[name] = GateKind(name, size, count, make, rule, **more)

    fixed("id", _I2, "id", diagonal=True)
    fixed("x", _X, "x")
    fixed("y", _Y, "y")
    fixed("z", _Z, "z", diagonal=True)
    fixed("h", _HADAMARD, "h")
    for name, phase in (("s", 1j), ("t", (1 + 1j) * _H)):
        fixed(name, np.diag([1, phase]), name + "dg", diagonal=True)
        fixed(name + "dg", np.diag([1, np.conj(phase)]), name, diagonal=True)
    for name, pauli in (("sx", _X), ("sy", _Y), ("sw", _W)):
        fixed(name, _root(pauli), name + "dg")
        fixed(name + "dg", _root(pauli, -1), name)

    angles("rx", 1, _rotation(_X))
    angles("ry", 1, _rotation(_Y))
    angles("rz", 1, _rotation(_Z), is_diagonal=True)
    angles("p", 1, _phase, is_diagonal=True)
    angles("u1", 1, _phase, is_diagonal=True)
    angles("u0", 1, lambda: constant(_I2, 1), is_diagonal=True, inverse=Inverse("u0", (0,), (1.0,)))
    angles("u2", 1, _u2, 2, inverse=Inverse("u2", (1, 0), (-1.0, -1.0), (1.0, 1.0)))
    turned = Inverse("u", (0, 2, 1), (-1.0, -1.0, -1.0))
    angles("u", 1, _u, 3, inverse=turned)
    angles("u3", 1, _u, 3, inverse=Inverse("u3", turned.order, turned.signs))

    fixed("cx", _controlled(_fixed(_X))().at(()), "cx")
    fixed("cy", _controlled(_fixed(_Y))().at(()), "cy")
    fixed("cz", np.diag([1, 1, 1, -1]), "cz", diagonal=True)
    fixed("ch", _controlled(_fixed(_HADAMARD))().at(()), "ch")
    fixed("csx", _controlled(_fixed(_root(_X)))().at(()), "csxdg")
    fixed("csxdg", _controlled(_fixed(_root(_X, -1)))().at(()), "csx")
    fixed("swap", _SWAP, "swap")
    fixed("iswap", _permutation([0, 2, 1, 3], {1: 1j, 2: 1j}), "iswapdg")
    fixed("iswapdg", _permutation([0, 2, 1, 3], {1: -1j, 2: -1j}), "iswap")
    fixed("ecr", _ECR, "ecr")
    table["dcx"] = GateKind(
        "dcx", 2, 0, _fixed(_permutation([0, 3, 1, 2])), Inverse("dcx", qubits=(1, 0))
    )
    angles("crx", 2, _controlled(_rotation(_X)))
    angles("cry", 2, _controlled(_rotation(_Y)))
    angles("crz", 2, _controlled(_rotation(_Z)), is_diagonal=True)
    angles("cp", 2, _controlled(_phase), is_diagonal=True)
    angles("cu1", 2, _controlled(_phase), is_diagonal=True)
    angles("cu3", 2, _controlled(_u), 3, inverse=Inverse("cu3", turned.order, turned.signs))
    angles("cu", 2, _cu, 4, inverse=Inverse("cu", (0, 2, 1, 3), (-1.0,) * 4))
    angles("rxx", 2, _rotation(np.kron(_X, _X)))
    angles("ryy", 2, _rotation(np.kron(_Y, _Y).real))
    angles("rzz", 2, _rotation(np.kron(_Z, _Z)), is_diagonal=True)
    angles("fsim", 2, _fsim, 2)

    fixed("ccx", _permutation([*range(6), 7, 6]), "ccx")
    fixed("ccz", np.diag([1.0] * 7 + [-1.0]), "ccz", diagonal=True)
    fixed("cswap", _permutation([0, 1, 2, 3, 4, 6, 5, 7]), "cswap")
    fixed("rccx", _RCCX, "rccx")
    fixed("c3x", _permutation([*range(14), 15, 14]), "c3x")
    fixed("rc3x", _RC3X, "rc3xdg")
    fixed("rc3xdg", _RC3X.conj().T, "rc3x")
    fixed("c3sqrtx", _controlled(_fixed(_root(_X)), 3)().at(()), "c3sqrtxdg")
    fixed("c3sqrtxdg", _controlled(_fixed(_root(_X, -1)), 3)().at(()), "c3sqrtx")
    fixed("c4x", _permutation([*range(30), 31, 30]), "c4x")
    return table


GATES: dict[str, GateKind] = _table()

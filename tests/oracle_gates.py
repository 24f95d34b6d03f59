"""Gate matrices from their definitions in OpenQASM 2's qelib1 and in papers, by composition.

Written apart from tnsim's gate table, to check it: from u(theta, phi, lambda), control, and
exp(-i t P / 2) = cos(t/2) - i sin(t/2) P. The first qubit is the most significant.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.oracle import PAULIS, embed

Matrix = NDArray[Any]
PI = math.pi


def u(theta: float, phi: float, lam: float) -> Matrix:
    """OpenQASM's u3, with real positive first entry at theta = 0."""
    c, s = math.cos(theta / 2), math.sin(theta / 2)
    return np.array(
        [
            [c, -cmath.exp(1j * lam) * s],
            [cmath.exp(1j * phi) * s, cmath.exp(1j * (phi + lam)) * c],
        ]
    )


def rotation(word: str, angle: float) -> Matrix:
    """exp(-i angle P / 2) for a Pauli word P such as "X" or "ZZ"."""
    pauli = np.eye(1)
    for letter in word:
        pauli = np.kron(pauli, PAULIS[letter])
    return math.cos(angle / 2) * np.eye(len(pauli)) - 1j * math.sin(angle / 2) * pauli


def phase(angle: float) -> Matrix:
    """diag(1, e^(i angle))."""
    return np.diag([1, cmath.exp(1j * angle)])


def controlled(matrix: Matrix, controls: int = 1) -> Matrix:
    """`matrix` where all the leading control qubits are 1, else the identity."""
    size = len(matrix) << controls
    result = np.eye(size, dtype=complex)
    result[size - len(matrix) :, size - len(matrix) :] = matrix
    return result


def sequence(num_qubits: int, *steps: tuple[Matrix, Sequence[int]]) -> Matrix:
    """The matrix of steps in the order of time."""
    total = np.eye(1 << num_qubits, dtype=complex)
    for matrix, qubits in steps:
        total = embed(matrix, qubits, num_qubits) @ total
    return total


X, Y, Z, I2 = PAULIS["X"], PAULIS["Y"], PAULIS["Z"], PAULIS["I"]
H = u(PI / 2, 0, PI)
T, TDG = phase(PI / 4), phase(-PI / 4)
CX = controlled(X)
SX = H @ phase(PI / 2) @ H
SWAP = sequence(2, (CX, [0, 1]), (CX, [1, 0]), (CX, [0, 1]))


def _rccx() -> Matrix:
    """Qelib1: the relative-phase Toffoli of Maslov (2016)."""
    half = [(TDG, [2]), (CX, [0, 2]), (T, [2])]
    return sequence(3, (H, [2]), (T, [2]), (CX, [1, 2]), *half, (CX, [1, 2]), (TDG, [2]), (H, [2]))


def _rc3x() -> Matrix:
    """Qelib1: the relative-phase three-controlled X of Maslov (2016)."""
    edge = [(H, [3]), (T, [3]), (CX, [2, 3]), (TDG, [3]), (H, [3])]
    pair = [(CX, [0, 3]), (T, [3]), (CX, [1, 3]), (TDG, [3])]
    return sequence(4, *edge, *pair, *pair, *edge)


def fsim(theta: float, phi: float) -> Matrix:
    """Cirq's FSimGate: exp(-i theta (XX + YY) / 2) exp(-i phi |11><11|)."""
    return rotation("XX", theta) @ rotation("YY", theta) @ controlled(phase(-phi))


def root(pauli: Matrix) -> Matrix:
    """The principal square root of a reflection: exp(i pi / 4) exp(-i pi P / 4)."""
    turn = (np.eye(len(pauli)) - 1j * pauli) / math.sqrt(2)
    return cmath.exp(1j * PI / 4) * turn


def _ecr() -> Matrix:
    """Qiskit's echoed cross-resonance gate."""
    quarter = rotation("ZX", PI / 4), [0, 1]
    return sequence(2, quarter, (X, [0]), (rotation("ZX", -PI / 4), [0, 1]))


FIXED: dict[str, Matrix] = {
    "id": I2,
    "x": X,
    "y": Y,
    "z": Z,
    "h": H,
    "s": phase(PI / 2),
    "sdg": phase(-PI / 2),
    "t": T,
    "tdg": TDG,
    "sx": SX,
    "sy": root(Y),
    "sw": root((X + Y) / math.sqrt(2)),
    "cx": CX,
    "cy": controlled(Y),
    "cz": controlled(Z),
    "ch": controlled(H),
    "csx": controlled(SX),
    "swap": SWAP,
    "ccx": controlled(X, 2),
    "ccz": controlled(Z, 2),
    "cswap": controlled(SWAP),
    "c3x": controlled(X, 3),
    "c3sqrtx": controlled(SX, 3),
    "c4x": controlled(X, 4),
    "rccx": _rccx(),
    "rc3x": _rc3x(),
    "iswap": rotation("XX", -PI / 2) @ rotation("YY", -PI / 2),
    "ecr": _ecr(),
    "dcx": sequence(2, (CX, [0, 1]), (CX, [1, 0])),
}

ROTATIONS: dict[str, Callable[..., Matrix]] = {
    "u": u,
    "u3": u,
    "U": u,
    "u2": lambda phi, lam: u(PI / 2, phi, lam),
    "u1": phase,
    "p": phase,
    "u0": lambda _: I2,
    "rx": lambda t: rotation("X", t),
    "ry": lambda t: rotation("Y", t),
    "rz": lambda t: rotation("Z", t),
    "rxx": lambda t: rotation("XX", t),
    "ryy": lambda t: rotation("YY", t),
    "rzz": lambda t: rotation("ZZ", t),
    "crx": lambda t: controlled(rotation("X", t)),
    "cry": lambda t: controlled(rotation("Y", t)),
    "crz": lambda t: controlled(rotation("Z", t)),
    "cp": lambda t: controlled(phase(t)),
    "cu1": lambda t: controlled(phase(t)),
    "cu3": lambda theta, phi, lam: controlled(u(theta, phi, lam)),
    "cu": lambda theta, phi, lam, gamma: controlled(cmath.exp(1j * gamma) * u(theta, phi, lam)),
    "fsim": fsim,
}


def gate_matrix(name: str, angles: Sequence[float] = ()) -> Matrix:
    """The matrix of the gate `name` at these angles; KeyError where no definition stands here."""
    if name.endswith("dg") and name not in FIXED:
        return gate_matrix(name[:-2], angles).conj().T
    return FIXED[name] if name in FIXED else ROTATIONS[name](*angles)

"""One method per gate of the table, so that editors and type checkers know them all."""

from __future__ import annotations

from typing import Self

from .arguments import Angles, Qubits
from .operations import OPCODES
from .rows import Rows

__all__ = ["GateMethods"]

_ID = OPCODES["id"]
_X = OPCODES["x"]
_Y = OPCODES["y"]
_Z = OPCODES["z"]
_H = OPCODES["h"]
_S = OPCODES["s"]
_SDG = OPCODES["sdg"]
_T = OPCODES["t"]
_TDG = OPCODES["tdg"]
_SX = OPCODES["sx"]
_SXDG = OPCODES["sxdg"]
_SY = OPCODES["sy"]
_SYDG = OPCODES["sydg"]
_SW = OPCODES["sw"]
_SWDG = OPCODES["swdg"]
_RX = OPCODES["rx"]
_RY = OPCODES["ry"]
_RZ = OPCODES["rz"]
_P = OPCODES["p"]
_U1 = OPCODES["u1"]
_U0 = OPCODES["u0"]
_U2 = OPCODES["u2"]
_U = OPCODES["u"]
_U3 = OPCODES["u3"]
_CX = OPCODES["cx"]
_CY = OPCODES["cy"]
_CZ = OPCODES["cz"]
_CH = OPCODES["ch"]
_CSX = OPCODES["csx"]
_CSXDG = OPCODES["csxdg"]
_SWAP = OPCODES["swap"]
_ISWAP = OPCODES["iswap"]
_ISWAPDG = OPCODES["iswapdg"]
_ECR = OPCODES["ecr"]
_DCX = OPCODES["dcx"]
_CRX = OPCODES["crx"]
_CRY = OPCODES["cry"]
_CRZ = OPCODES["crz"]
_CP = OPCODES["cp"]
_CU1 = OPCODES["cu1"]
_CU3 = OPCODES["cu3"]
_CU = OPCODES["cu"]
_RXX = OPCODES["rxx"]
_RYY = OPCODES["ryy"]
_RZZ = OPCODES["rzz"]
_FSIM = OPCODES["fsim"]
_CCX = OPCODES["ccx"]
_CCZ = OPCODES["ccz"]
_CSWAP = OPCODES["cswap"]
_RCCX = OPCODES["rccx"]
_C3X = OPCODES["c3x"]
_RC3X = OPCODES["rc3x"]
_RC3XDG = OPCODES["rc3xdg"]
_C3SQRTX = OPCODES["c3sqrtx"]
_C3SQRTXDG = OPCODES["c3sqrtxdg"]
_C4X = OPCODES["c4x"]


class GateMethods(Rows):
    """The gates (abstract): angles first, then qubits; sequences of one length broadcast.

    Every method returns the circuit, so that calls chain.
    """

    __slots__ = ()

    def id(self, qubit: Qubits) -> Self:
        """The identity."""
        return self._one(_ID, qubit)

    def x(self, qubit: Qubits) -> Self:
        """Pauli X."""
        return self._one(_X, qubit)

    def y(self, qubit: Qubits) -> Self:
        """Pauli Y."""
        return self._one(_Y, qubit)

    def z(self, qubit: Qubits) -> Self:
        """Pauli Z."""
        return self._one(_Z, qubit)

    def h(self, qubit: Qubits) -> Self:
        """The Hadamard gate."""
        return self._one(_H, qubit)

    def s(self, qubit: Qubits) -> Self:
        """The phase gate diag(1, i)."""
        return self._one(_S, qubit)

    def sdg(self, qubit: Qubits) -> Self:
        """The inverse of s."""
        return self._one(_SDG, qubit)

    def t(self, qubit: Qubits) -> Self:
        """diag(1, exp(i pi / 4))."""
        return self._one(_T, qubit)

    def tdg(self, qubit: Qubits) -> Self:
        """The inverse of t."""
        return self._one(_TDG, qubit)

    def sx(self, qubit: Qubits) -> Self:
        """The principal square root of X."""
        return self._one(_SX, qubit)

    def sxdg(self, qubit: Qubits) -> Self:
        """The inverse of sx."""
        return self._one(_SXDG, qubit)

    def sy(self, qubit: Qubits) -> Self:
        """The principal square root of Y."""
        return self._one(_SY, qubit)

    def sydg(self, qubit: Qubits) -> Self:
        """The inverse of sy."""
        return self._one(_SYDG, qubit)

    def sw(self, qubit: Qubits) -> Self:
        """The principal square root of W = (X + Y) / sqrt(2)."""
        return self._one(_SW, qubit)

    def swdg(self, qubit: Qubits) -> Self:
        """The inverse of sw."""
        return self._one(_SWDG, qubit)

    def rx(self, theta: Angles, qubit: Qubits) -> Self:
        """exp(-i theta X / 2)."""
        return self._turn(_RX, theta, qubit)

    def ry(self, theta: Angles, qubit: Qubits) -> Self:
        """exp(-i theta Y / 2)."""
        return self._turn(_RY, theta, qubit)

    def rz(self, theta: Angles, qubit: Qubits) -> Self:
        """exp(-i theta Z / 2)."""
        return self._turn(_RZ, theta, qubit)

    def p(self, lam: Angles, qubit: Qubits) -> Self:
        """diag(1, exp(i lambda))."""
        return self._turn(_P, lam, qubit)

    def u1(self, lam: Angles, qubit: Qubits) -> Self:
        """The phase gate by its old name: diag(1, exp(i lambda))."""
        return self._turn(_U1, lam, qubit)

    def u0(self, gamma: Angles, qubit: Qubits) -> Self:
        """The identity, lasting gamma gate lengths."""
        return self._turn(_U0, gamma, qubit)

    def u2(self, phi: Angles, lam: Angles, qubit: Qubits) -> Self:
        """u(pi / 2, phi, lambda)."""
        return self._put(_U2, (phi, lam), (qubit,))

    def u(self, theta: Angles, phi: Angles, lam: Angles, qubit: Qubits) -> Self:
        """[[cos, -exp(i lambda) sin], [exp(i phi) sin, exp(i (phi + lambda)) cos]] of theta / 2."""
        return self._put(_U, (theta, phi, lam), (qubit,))

    def u3(self, theta: Angles, phi: Angles, lam: Angles, qubit: Qubits) -> Self:
        """The gate u by its old name."""
        return self._put(_U3, (theta, phi, lam), (qubit,))

    def cx(self, control: Qubits, target: Qubits) -> Self:
        """X on the target where the control is 1."""
        return self._pair(_CX, control, target)

    def cy(self, control: Qubits, target: Qubits) -> Self:
        """Y on the target where the control is 1."""
        return self._pair(_CY, control, target)

    def cz(self, control: Qubits, target: Qubits) -> Self:
        """Z on the target where the control is 1."""
        return self._pair(_CZ, control, target)

    def ch(self, control: Qubits, target: Qubits) -> Self:
        """The Hadamard gate where the control is 1."""
        return self._pair(_CH, control, target)

    def csx(self, control: Qubits, target: Qubits) -> Self:
        """Sx where the control is 1."""
        return self._pair(_CSX, control, target)

    def csxdg(self, control: Qubits, target: Qubits) -> Self:
        """The inverse of csx."""
        return self._pair(_CSXDG, control, target)

    def swap(self, a: Qubits, b: Qubits) -> Self:
        """Exchange of two qubits."""
        return self._pair(_SWAP, a, b)

    def iswap(self, a: Qubits, b: Qubits) -> Self:
        """Exchange of two qubits with a factor i on |01> and |10>."""
        return self._pair(_ISWAP, a, b)

    def iswapdg(self, a: Qubits, b: Qubits) -> Self:
        """The inverse of iswap."""
        return self._pair(_ISWAPDG, a, b)

    def ecr(self, a: Qubits, b: Qubits) -> Self:
        """The echoed cross-resonance gate (IX - XY) / sqrt(2)."""
        return self._pair(_ECR, a, b)

    def dcx(self, a: Qubits, b: Qubits) -> Self:
        """cx(a, b), then cx(b, a)."""
        return self._pair(_DCX, a, b)

    def crx(self, theta: Angles, control: Qubits, target: Qubits) -> Self:
        """Rx where the control is 1."""
        return self._pair_turn(_CRX, theta, control, target)

    def cry(self, theta: Angles, control: Qubits, target: Qubits) -> Self:
        """Ry where the control is 1."""
        return self._pair_turn(_CRY, theta, control, target)

    def crz(self, theta: Angles, control: Qubits, target: Qubits) -> Self:
        """Rz where the control is 1."""
        return self._pair_turn(_CRZ, theta, control, target)

    def cp(self, lam: Angles, control: Qubits, target: Qubits) -> Self:
        """P where the control is 1."""
        return self._pair_turn(_CP, lam, control, target)

    def cu1(self, lam: Angles, control: Qubits, target: Qubits) -> Self:
        """Cp by its old name."""
        return self._pair_turn(_CU1, lam, control, target)

    def cu3(self, theta: Angles, phi: Angles, lam: Angles, control: Qubits, target: Qubits) -> Self:
        """U where the control is 1."""
        return self._put(_CU3, (theta, phi, lam), (control, target))

    def cu(
        self,
        theta: Angles,
        phi: Angles,
        lam: Angles,
        gamma: Angles,
        control: Qubits,
        target: Qubits,
    ) -> Self:
        """exp(i gamma) u(theta, phi, lambda) where the control is 1."""
        return self._put(_CU, (theta, phi, lam, gamma), (control, target))

    def rxx(self, theta: Angles, a: Qubits, b: Qubits) -> Self:
        """exp(-i theta XX / 2)."""
        return self._pair_turn(_RXX, theta, a, b)

    def ryy(self, theta: Angles, a: Qubits, b: Qubits) -> Self:
        """exp(-i theta YY / 2)."""
        return self._pair_turn(_RYY, theta, a, b)

    def rzz(self, theta: Angles, a: Qubits, b: Qubits) -> Self:
        """exp(-i theta ZZ / 2)."""
        return self._pair_turn(_RZZ, theta, a, b)

    def fsim(self, theta: Angles, phi: Angles, a: Qubits, b: Qubits) -> Self:
        """cos(theta) and -i sin(theta) between |01> and |10>; exp(-i phi) on |11>."""
        return self._put(_FSIM, (theta, phi), (a, b))

    def ccx(self, control1: Qubits, control2: Qubits, target: Qubits) -> Self:
        """X where both controls are 1."""
        return self._put(_CCX, (), (control1, control2, target))

    def ccz(self, a: Qubits, b: Qubits, c: Qubits) -> Self:
        """A sign where all three qubits are 1."""
        return self._put(_CCZ, (), (a, b, c))

    def cswap(self, control: Qubits, a: Qubits, b: Qubits) -> Self:
        """Swap where the control is 1."""
        return self._put(_CSWAP, (), (control, a, b))

    def rccx(self, control1: Qubits, control2: Qubits, target: Qubits) -> Self:
        """Ccx up to relative phases."""
        return self._put(_RCCX, (), (control1, control2, target))

    def c3x(self, control1: Qubits, control2: Qubits, control3: Qubits, target: Qubits) -> Self:
        """X where three controls are 1."""
        return self._put(_C3X, (), (control1, control2, control3, target))

    def rc3x(self, control1: Qubits, control2: Qubits, control3: Qubits, target: Qubits) -> Self:
        """c3x up to relative phases."""
        return self._put(_RC3X, (), (control1, control2, control3, target))

    def rc3xdg(self, control1: Qubits, control2: Qubits, control3: Qubits, target: Qubits) -> Self:
        """The inverse of rc3x."""
        return self._put(_RC3XDG, (), (control1, control2, control3, target))

    def c3sqrtx(self, control1: Qubits, control2: Qubits, control3: Qubits, target: Qubits) -> Self:
        """Sx where three controls are 1."""
        return self._put(_C3SQRTX, (), (control1, control2, control3, target))

    def c3sqrtxdg(
        self, control1: Qubits, control2: Qubits, control3: Qubits, target: Qubits
    ) -> Self:
        """The inverse of c3sqrtx."""
        return self._put(_C3SQRTXDG, (), (control1, control2, control3, target))

    def c4x(
        self, control1: Qubits, control2: Qubits, control3: Qubits, control4: Qubits, target: Qubits
    ) -> Self:
        """X where four controls are 1."""
        return self._put(_C4X, (), (control1, control2, control3, control4, target))

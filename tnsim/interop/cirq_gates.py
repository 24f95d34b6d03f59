"""Cirq's gates in ours and ours in Cirq's, with the phases that each convention leaves."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

from tnsim.base.parameters import Scalar
from tnsim.circuit import Circuit

from .packages import library
from .sympy_angles import to_sympy

__all__ = ["CIRQ_BASIS", "cirq_gate", "power_readers", "read_controlled"]

_PI = math.pi
Turn = Callable[[Any], Scalar]
"""Reads an exponent, in half turns, as an angle."""
Reader = Callable[[Circuit, Any, Turn, list[int]], object]


def _pauli(fixed: dict[float, str], turned: str) -> Reader:
    """P^t = exp(i pi t / 2) exp(-i pi t P / 2), and the gate's shift s adds exp(i pi s t)."""

    def read(c: Circuit, gate: Any, turn: Turn, qubits: list[int]) -> object:
        shift = gate.global_shift
        if shift == 0.0 and isinstance(gate.exponent, int | float) and gate.exponent in fixed:
            return c.append(fixed[gate.exponent], *qubits)
        angle = turn(gate.exponent)
        return c.append(turned, angle, *qubits).gphase(angle * (shift + 0.5))

    return read


def _power(
    fixed: dict[float, str], spell: Callable[[Circuit, Scalar, list[int]], object]
) -> Reader:
    """A named gate at some exponents, else what `spell` appends for the angle pi t."""

    def read(c: Circuit, gate: Any, turn: Turn, qubits: list[int]) -> object:
        exponent = gate.exponent
        if gate.global_shift:
            c.gphase(turn(exponent) * gate.global_shift)
        if isinstance(exponent, int | float) and exponent in fixed:
            return c.append(fixed[exponent], *qubits)
        return spell(c, turn(exponent), qubits)

    return read


def _h(c: Circuit, t: Scalar, q: list[int]) -> object:
    return c.ry(-_PI / 4, *q).p(t, *q).ry(_PI / 4, *q)


def _cx(c: Circuit, t: Scalar, q: list[int]) -> object:
    return c.h(q[1]).cp(t, *q).h(q[1])


def _swap(c: Circuit, t: Scalar, q: list[int]) -> object:
    """exp(i t (1 - SWAP) / 2) with SWAP = (1 + XX + YY + ZZ) / 2."""
    return c.rxx(t / 2, *q).ryy(t / 2, *q).rzz(t / 2, *q).gphase(t / 4)


def _iswap(c: Circuit, t: Scalar, q: list[int]) -> object:
    return c.rxx(-t / 2, *q).ryy(-t / 2, *q)


def _phased_x(c: Circuit, gate: Any, turn: Turn, qubits: list[int]) -> object:
    """Z^p X^t Z^-p: rz(a) rx(b) rz(-a) = u(b, a - pi/2, pi/2 - a)."""
    a, b = turn(gate.phase_exponent), turn(gate.exponent)
    c.u(b, a - _PI / 2, _PI / 2 - a, *qubits)
    return c.gphase(b * (gate.global_shift + 0.5))


def _phased_xz(c: Circuit, gate: Any, turn: Turn, qubits: list[int]) -> object:
    """Z^z Z^a X^x Z^-a."""
    x, z, a = (turn(e) for e in (gate.x_exponent, gate.z_exponent, gate.axis_phase_exponent))
    return c.u(x, a + z - _PI / 2, _PI / 2 - a, *qubits).gphase(x / 2)


def read_controlled(c: Circuit, gate: Any, turn: Turn, qubits: list[int]) -> bool:
    """Append a `ControlledGate` that is a gate of ours; False, with nothing done, for others."""
    cirq = library("cirq")
    for name, known in _fixed().items():
        if isinstance(known, cirq.ControlledGate) and gate == known:
            c.append(name, *qubits)
            return True
    inner = gate.sub_gate
    axes = {cirq.XPowGate: "crx", cirq.YPowGate: "cry", cirq.ZPowGate: "crz"}
    turned = next((name for kind, name in axes.items() if isinstance(inner, kind)), None)
    closed = gate.control_values == cirq.ProductOfSums(((1,),))
    if turned is None or not closed:
        return False
    angle = turn(inner.exponent)
    c.append(turned, angle, *qubits)
    if inner.global_shift != -0.5:
        # The phase of the gate is one of the control.
        c.p(angle * (inner.global_shift + 0.5), qubits[0])
    return True


@cache
def power_readers() -> dict[Any, Reader]:
    """By class of Cirq's gate how it is appended."""
    cirq = library("cirq")
    roots = {0.5: "s", -0.5: "sdg", 0.25: "t", -0.25: "tdg"}
    return {
        cirq.XPowGate: _pauli({1.0: "x", 0.5: "sx", -0.5: "sxdg"}, "rx"),
        cirq.YPowGate: _pauli({1.0: "y", 0.5: "sy", -0.5: "sydg"}, "ry"),
        cirq.ZPowGate: _pauli({1.0: "z", **roots}, "rz"),
        cirq.Rx: _pauli({}, "rx"),
        cirq.Ry: _pauli({}, "ry"),
        cirq.Rz: _pauli({}, "rz"),
        cirq.XXPowGate: _pauli({}, "rxx"),
        cirq.YYPowGate: _pauli({}, "ryy"),
        cirq.ZZPowGate: _pauli({}, "rzz"),
        cirq.HPowGate: _power({1.0: "h"}, _h),
        cirq.CXPowGate: _power({1.0: "cx"}, _cx),
        cirq.CZPowGate: _power({1.0: "cz"}, lambda c, t, q: c.cp(t, *q)),
        cirq.SwapPowGate: _power({1.0: "swap"}, _swap),
        cirq.ISwapPowGate: _power({1.0: "iswap", -1.0: "iswapdg"}, _iswap),
        cirq.PhasedXPowGate: _phased_x,
        cirq.PhasedXZGate: _phased_xz,
    }


CIRQ_BASIS = frozenset(
    "id x y z h s sdg t tdg sx sxdg sy sydg sw swdg rx ry rz p u u2 u3 cx cy cz ch csx csxdg swap "
    "iswap iswapdg crx cry crz cp rxx ryy rzz fsim ccx ccz cswap c3x c4x c3sqrtx c3sqrtxdg".split()
)
"""Our gates that one gate of Cirq is."""


def cirq_gate(name: str, angles: tuple[Scalar, ...]) -> tuple[Any, Scalar]:
    """The gate of Cirq, and the angle g of the factor exp(i g) by which ours differs from it."""
    cirq = library("cirq")
    if name in _U:
        half = {"u2": _PI / 2}.get(name)
        theta, phi, lam = (half, *angles) if half else angles
        turned = [to_sympy(a, turns=True) for a in (theta, phi + lam, _PI / 2 - lam)]
        x, z, a = turned
        gate = cirq.PhasedXZGate(x_exponent=x, z_exponent=z, axis_phase_exponent=a)
        return gate, theta * -0.5
    if angles:
        return _turned(name, angles), 0.0
    return _fixed()[name], 0.0


_U = ("u", "u2", "u3")
_SHIFTED = {"rxx": "XXPowGate", "ryy": "YYPowGate", "rzz": "ZZPowGate"}


def _turned(name: str, angles: tuple[Scalar, ...]) -> Any:
    cirq = library("cirq")
    if name == "fsim":
        theta, phi = (to_sympy(a) for a in angles)
        return cirq.FSimGate(theta, phi)
    (angle,) = angles
    if name == "p":
        return cirq.ZPowGate(exponent=to_sympy(angle, turns=True))
    if name == "cp":
        return cirq.CZPowGate(exponent=to_sympy(angle, turns=True))
    if name in _SHIFTED:
        exponent = to_sympy(angle, turns=True)
        return getattr(cirq, _SHIFTED[name])(exponent=exponent, global_shift=-0.5)
    if name.startswith("c"):
        return cirq.ControlledGate(_turned(name[1:], angles))
    return getattr(cirq, name)(to_sympy(angle))


@cache
def _fixed() -> dict[str, Any]:
    cirq = library("cirq")
    one = {
        "id": cirq.I,
        "x": cirq.X,
        "y": cirq.Y,
        "z": cirq.Z,
        "h": cirq.H,
        "s": cirq.S,
        "sdg": cirq.S**-1,
        "t": cirq.T,
        "tdg": cirq.T**-1,
        "sx": cirq.X**0.5,
        "sxdg": cirq.X**-0.5,
        "sy": cirq.Y**0.5,
        "sydg": cirq.Y**-0.5,
        "sw": cirq.PhasedXPowGate(phase_exponent=0.25, exponent=0.5),
        "swdg": cirq.PhasedXPowGate(phase_exponent=0.25, exponent=-0.5),
    }
    controlled = {f"c{n}": cirq.ControlledGate(one[n]) for n in ("y", "h", "sx", "sxdg")}
    more = {
        "cx": cirq.CX,
        "cz": cirq.CZ,
        "swap": cirq.SWAP,
        "iswap": cirq.ISWAP,
        "iswapdg": cirq.ISWAP**-1,
        "ccx": cirq.CCX,
        "ccz": cirq.CCZ,
        "cswap": cirq.CSWAP,
        "c3x": cirq.ControlledGate(cirq.X, num_controls=3),
        "c4x": cirq.ControlledGate(cirq.X, num_controls=4),
        "c3sqrtx": cirq.ControlledGate(one["sx"], num_controls=3),
        "c3sqrtxdg": cirq.ControlledGate(one["sxdg"], num_controls=3),
    }
    return one | controlled | more

"""Gates in terms of others, exactly (global phase included), as short circuits.

From qelib1.inc and the equivalences in Barenco et al., Phys. Rev. A 52, 3457 (1995). A gate may
have several definitions; unrolling takes the one that reaches the basis with least gates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache

from tnsim.base.parameters import Affine, Parameter

from .gate_methods import GateMethods
from .gates import GATES

__all__ = ["DEFINITIONS", "definition"]

Body = Callable[..., object]
"""Appends the definition to a circuit, given the gate's angles as expressions."""

_PI = math.pi


def _euler(theta: float, phi: float, lam: float, phase: float = 0.0) -> Body:
    return lambda c: c.u(theta, phi, lam, 0).gphase(phase)


def _ccx(c: GateMethods) -> object:
    c.h(2).cx(1, 2).tdg(2).cx(0, 2).t(2).cx(1, 2).tdg(2).cx(0, 2)
    return c.t([1, 2]).h(2).cx(0, 1).t(0).tdg(1).cx(0, 1)


def _rccx(c: GateMethods) -> object:
    return c.h(2).t(2).cx(1, 2).tdg(2).cx(0, 2).t(2).cx(1, 2).tdg(2).h(2)


def _rc3x(c: GateMethods) -> object:
    c.h(3).t(3).cx(2, 3).tdg(3).h(3)
    c.cx(0, 3).t(3).cx(1, 3).tdg(3).cx(0, 3).t(3).cx(1, 3).tdg(3)
    return c.h(3).t(3).cx(2, 3).tdg(3).h(3)


def _parities(c: GateMethods, angle: float) -> GateMethods:
    """The phase 8 * angle where all four qubits are 1: the sum over parities of them."""
    c.p(angle, range(4)).cx(0, 1).p(-angle, 1).cx(0, 1)
    c.cx(1, 2).p(-angle, 2).cx(0, 2).p(angle, 2).cx(1, 2).p(-angle, 2).cx(0, 2)
    c.cx(2, 3).p(-angle, 3).cx(1, 3).p(angle, 3).cx(2, 3).p(-angle, 3).cx(0, 3)
    return c.p(angle, 3).cx(2, 3).p(-angle, 3).cx(1, 3).p(angle, 3).cx(2, 3).p(-angle, 3).cx(0, 3)


def _c3x(c: GateMethods) -> object:
    return _parities(c.h(3), _PI / 8).h(3)


def _c3sqrtx(c: GateMethods) -> object:
    return _parities(c.h(3), _PI / 16).h(3)


def _c4x(c: GateMethods) -> object:
    c.h(4).cp(_PI / 2, 3, 4).h(4).c3x(0, 1, 2, 3)
    return c.h(4).cp(-_PI / 2, 3, 4).h(4).c3x(0, 1, 2, 3).c3sqrtx(0, 1, 2, 4)


def _cu(c: GateMethods, t: Affine, f: Affine, w: Affine, g: Affine) -> object:
    c.p(g + (w + f) / 2, 0).p((w - f) / 2, 1)
    return c.cx(0, 1).u(-t / 2, 0, -(f + w) / 2, 1).cx(0, 1).u(t / 2, f, 0, 1)


def _zsx(c: GateMethods, t: Affine, f: Affine, w: Affine) -> object:
    return c.rz(w, 0).sx(0).rz(t + _PI, 0).sx(0).rz(f + _PI, 0).gphase((f + w) / 2 + _PI / 2)


def _turned(name: str, before: str, after: str) -> Body:
    """A two-qubit gate as another one between one-qubit gates on the second qubit."""
    return lambda c, *t: c.append(before, 1).append(name, *t, 0, 1).append(after, 1)


def _halves(turn: str) -> Body:
    return lambda c, t: c.append(turn, t / 2, 1).cx(0, 1).append(turn, -t / 2, 1).cx(0, 1)


DEFINITIONS: Mapping[str, tuple[Body, ...]] = {
    "id": (_euler(0, 0, 0), lambda c: c.rz(0, 0)),
    "u0": (lambda c, _: c.id(0),),
    "x": (_euler(_PI, 0, _PI), lambda c: c.sx([0, 0])),
    "y": (_euler(_PI, _PI / 2, _PI / 2), lambda c: c.z(0).x(0).gphase(_PI / 2)),
    "z": (lambda c: c.p(_PI, 0),),
    "h": (_euler(_PI / 2, 0, _PI), lambda c: c.rz(_PI / 2, 0).sx(0).rz(_PI / 2, 0).gphase(_PI / 4)),
    "s": (lambda c: c.p(_PI / 2, 0),),
    "sdg": (lambda c: c.p(-_PI / 2, 0),),
    "t": (lambda c: c.p(_PI / 4, 0),),
    "tdg": (lambda c: c.p(-_PI / 4, 0),),
    "sx": (
        _euler(_PI / 2, -_PI / 2, _PI / 2, _PI / 4),
        lambda c: c.rx(_PI / 2, 0).gphase(_PI / 4),
    ),
    "sxdg": (_euler(-_PI / 2, -_PI / 2, _PI / 2, -_PI / 4), lambda c: c.x(0).sx(0)),
    "sy": (_euler(_PI / 2, 0, 0, _PI / 4),),
    "sydg": (_euler(-_PI / 2, 0, 0, -_PI / 4),),
    "sw": (_euler(_PI / 2, -_PI / 4, _PI / 4, _PI / 4),),
    "swdg": (_euler(-_PI / 2, -_PI / 4, _PI / 4, -_PI / 4),),
    "rx": (
        lambda c, t: c.u(t, -_PI / 2, _PI / 2, 0),
        lambda c, t: c.h(0).rz(t, 0).h(0),
    ),
    "ry": (
        lambda c, t: c.u(t, 0, 0, 0),
        lambda c, t: c.rz(-_PI / 2, 0).rx(t, 0).rz(_PI / 2, 0),
    ),
    "rz": (lambda c, t: c.p(t, 0).gphase(-t / 2),),
    "p": (lambda c, t: c.u(0, 0, t, 0), lambda c, t: c.rz(t, 0).gphase(t / 2)),
    "u1": (lambda c, t: c.p(t, 0),),
    "u2": (lambda c, f, w: c.u(_PI / 2, f, w, 0),),
    "u3": (lambda c, t, f, w: c.u(t, f, w, 0),),
    "u": (
        lambda c, t, f, w: c.u3(t, f, w, 0),
        lambda c, t, f, w: c.rz(w, 0).ry(t, 0).rz(f, 0).gphase((f + w) / 2),
        _zsx,
    ),
    "cx": (
        _turned("cz", "h", "h"),
        lambda c: c.sdg(0).sxdg(1).ecr(0, 1).x(0).gphase(_PI / 4),
    ),
    "cy": (_turned("cx", "sdg", "s"),),
    "cz": (
        _turned("cx", "h", "h"),
        lambda c: c.rz(_PI / 2, [0, 1]).rzz(-_PI / 2, 0, 1).gphase(_PI / 4),
    ),
    "ch": (lambda c: c.ry(-_PI / 4, 1).cz(0, 1).ry(_PI / 4, 1),),
    "csx": (lambda c: c.h(1).cp(_PI / 2, 0, 1).h(1),),
    "csxdg": (lambda c: c.h(1).cp(-_PI / 2, 0, 1).h(1),),
    "swap": (lambda c: c.cx(0, 1).cx(1, 0).cx(0, 1),),
    "iswap": (lambda c: c.s([0, 1]).h(0).cx(0, 1).cx(1, 0).h(1),),
    "iswapdg": (lambda c: c.h(1).cx(1, 0).cx(0, 1).h(0).sdg([0, 1]),),
    "ecr": (lambda c: c.s(0).sx(1).cx(0, 1).x(0).gphase(-_PI / 4),),
    "dcx": (lambda c: c.cx(0, 1).cx(1, 0),),
    "crx": (_turned("crz", "h", "h"),),
    "cry": (_halves("ry"),),
    "crz": (_halves("rz"),),
    "cp": (
        lambda c, t: c.p(t / 2, 0).cx(0, 1).p(-t / 2, 1).cx(0, 1).p(t / 2, 1),
        lambda c, t: c.rz(t / 2, [0, 1]).rzz(-t / 2, 0, 1).gphase(t / 4),
    ),
    "cu1": (lambda c, t: c.cp(t, 0, 1),),
    "cu3": (lambda c, t, f, w: _cu(c, t, f, w, Affine({})),),
    "cu": (_cu,),
    "rxx": (lambda c, t: c.h([0, 1]).rzz(t, 0, 1).h([0, 1]),),
    "ryy": (lambda c, t: c.sx([0, 1]).rzz(t, 0, 1).sxdg([0, 1]),),
    "rzz": (
        lambda c, t: c.cx(0, 1).rz(t, 1).cx(0, 1),
        lambda c, t: c.h([0, 1]).rxx(t, 0, 1).h([0, 1]),
    ),
    "fsim": (lambda c, t, f: c.rxx(t, 0, 1).ryy(t, 0, 1).cp(-f, 0, 1),),
    "ccx": (_ccx,),
    "ccz": (lambda c: c.h(2).ccx(0, 1, 2).h(2),),
    "cswap": (lambda c: c.cx(2, 1).ccx(0, 1, 2).cx(2, 1),),
    "rccx": (_rccx,),
    "c3x": (_c3x,),
    "rc3x": (_rc3x,),
    "c3sqrtx": (_c3sqrtx,),
    "c4x": (_c4x,),
}
"""By gate its definitions; of an inverse (rc3xdg, c3sqrtxdg) that of the gate is inverted."""


def definition_count(name: str) -> int:
    """How many definitions a gate has."""
    return len(DEFINITIONS.get(name, DEFINITIONS.get(name.removesuffix("dg"), ())))


@cache
def definition(name: str, index: int = 0):  # type: ignore[no-untyped-def]
    """Definition `index` of a gate as a circuit; its angles are parameters a0, a1, ..."""
    from .circuit import Circuit

    gate = GATES[name]
    if name not in DEFINITIONS:
        return definition(name.removesuffix("dg"), index).inverse()
    circuit = Circuit(gate.num_qubits)
    angles = [+Parameter(f"a{k}") for k in range(gate.num_params)]
    DEFINITIONS[name][index](circuit, *angles)
    return circuit

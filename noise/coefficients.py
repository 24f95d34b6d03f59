"""Scalar coefficients as data: products of a few named functions of the strengths.

A coefficient is a number times a product of *atoms* such as `sqrt(1-p0)`, where `p0` is the
first symbolic strength. An atom whose arguments are all numbers is evaluated at once, so what is
fixed never reaches a form's coefficient function, and equal products have equal text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import autoray

from tnsim.base.forms import Coefficients

__all__ = [
    "Argument",
    "Atom",
    "Coefficient",
    "Monomial",
    "Slot",
    "apply",
    "evaluator",
    "number",
    "product",
    "text_of",
]


@dataclass(frozen=True)
class Slot:
    """The place of a symbolic strength among a form's parameters."""

    index: int


Argument = Slot | float


@dataclass(frozen=True)
class Atom:
    """A function of `FUNCTIONS` at slots and numbers, at least one of them a slot."""

    function: str
    arguments: tuple[Argument, ...]

    @property
    def text(self) -> str:
        """The atom as text, which names it completely: "loss(p0,50.0)"."""
        inner = [f"p{a.index}" if isinstance(a, Slot) else repr(a) for a in self.arguments]
        return inner[0] if self.function == "value" else f"{self.function}({','.join(inner)})"


Monomial = tuple[Atom, ...]
"""A product of atoms, sorted by their text; () is 1."""


@dataclass(frozen=True)
class Coefficient:
    """`factor` times a product of atoms.

    >>> p, q = apply("value", Slot(0)), apply("root_complement", 0.75)
    >>> p * q * 2.0 == p
    True
    """

    factor: float
    monomial: Monomial = ()

    def __mul__(self, other: Coefficient | float) -> Coefficient:
        if not isinstance(other, Coefficient):
            return Coefficient(self.factor * other, self.monomial)
        return Coefficient(self.factor * other.factor, product(self.monomial, other.monomial))


def number(value: float) -> Coefficient:
    """The constant coefficient `value`."""
    return Coefficient(float(value))


def apply(function: str, *arguments: Argument) -> Coefficient:
    """The coefficient function(*arguments): a number where all arguments are numbers."""
    values = [a for a in arguments if not isinstance(a, Slot)]
    if len(values) == len(arguments):
        return Coefficient(float(FUNCTIONS[function].on_numbers(*values)))
    return Coefficient(1.0, (Atom(function, arguments),))


def product(left: Monomial, right: Monomial) -> Monomial:
    """The product of two monomials."""
    return tuple(sorted(left + right, key=lambda atom: atom.text))


def text_of(monomial: Monomial) -> str:
    """The monomial as text: "p0*root_complement(p1)"; "1" for the empty product."""
    return "*".join(atom.text for atom in monomial) or "1"


def evaluator(monomials: Sequence[Monomial]) -> Coefficients:
    """The function from parameter values to the monomials' values, each atom evaluated once."""
    needed = {atom: None for monomial in monomials for atom in monomial}

    def evaluate(params: Sequence[Any]) -> Sequence[Any]:
        values = {atom: _value(atom, params) for atom in needed}
        return [_product_of(monomial, values) for monomial in monomials]

    return evaluate


def _value(atom: Atom, params: Sequence[Any]) -> Any:
    arguments = [params[a.index] if isinstance(a, Slot) else a for a in atom.arguments]
    return FUNCTIONS[atom.function].on_arrays(*arguments)


def _product_of(monomial: Monomial, values: Mapping[Atom, Any]) -> Any:
    total: Any = 1.0
    for position, atom in enumerate(monomial):
        total = values[atom] if position == 0 else total * values[atom]
    return total


@dataclass(frozen=True)
class _Function:
    """One function for arrays of any library and for complex numbers, and one for floats."""

    on_arrays: Callable[..., Any]
    on_numbers: Callable[..., float]


def _quarter_turns(angle: float, function: Callable[[float], float]) -> float:
    """`function` (cos or sin), exact at multiples of pi/2: no 6e-17 where zero is meant."""
    turns = round(angle / (math.pi / 2))
    if abs(angle - turns * (math.pi / 2)) <= 1e-15 * max(1.0, abs(angle)):
        return float(round(function((turns % 4) * (math.pi / 2))))
    return function(angle)


FUNCTIONS: Mapping[str, _Function] = {
    "value": _Function(lambda x: x, lambda x: x),
    # The modulus of a coherence that survives loss with probability x.
    "root_complement": _Function(
        lambda x: autoray.do("sqrt", 1.0 - x), lambda x: math.sqrt(1.0 - x)
    ),
    "decay": _Function(
        lambda t, scale: autoray.do("exp", -t / scale), lambda t, s: math.exp(-t / s)
    ),
    # 1 - decay without cancellation at short times.
    "loss": _Function(
        lambda t, scale: -autoray.do("expm1", -t / scale), lambda t, s: -math.expm1(-t / s)
    ),
    "contrast": _Function(lambda x: autoray.do("exp", -2.0 * x), lambda x: math.exp(-2.0 * x)),
    "cos": _Function(lambda x: autoray.do("cos", x), lambda x: _quarter_turns(x, math.cos)),
    "sin": _Function(lambda x: autoray.do("sin", x), lambda x: _quarter_turns(x, math.sin)),
}

"""Values of parameters as they are written on the command line.

setting := NAME '=' item { ',' item }
item    := number | number ':' number ':' COUNT     the ends and COUNT - 2 points between them
number  := an expression of numbers and pi with + - * / ^ and functions, as in OpenQASM 2
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import CircuitError, QasmError, TnsimError
from tnsim.base.parameters import Parameter
from tnsim.circuit.qasm.arithmetic import Undefined, binary, unary
from tnsim.circuit.qasm.source import whole_text
from tnsim.circuit.qasm.tokens import Lexer
from tnsim.circuit.qasm2.expression import read_expression
from tnsim.circuit.qasm2.words import QASM2

__all__ = ["Setting", "Sweep", "read_number", "read_setting"]

_MOST_POINTS = 1_000_000


@dataclass(frozen=True)
class Setting:
    """The values given for one parameter; `is_swept` where a range or a list was written."""

    name: str
    values: tuple[float, ...]
    is_swept: bool


@dataclass(frozen=True)
class Sweep:
    """All settings together: every combination of the swept ones, the last varying fastest."""

    settings: tuple[Setting, ...]

    @classmethod
    def of(cls, settings: Iterable[Setting]) -> Sweep:
        """`CircuitError` where a parameter is given twice or the points are too many."""
        sweep = cls(tuple(settings))
        names = [setting.name for setting in sweep.settings]
        for name in names:
            if names.count(name) > 1:
                raise CircuitError(
                    f"--param must name each parameter once, but {name} comes twice; "
                    f"write the values in one list, {name}=0.1,0.2"
                )
        if sweep.points > _MOST_POINTS:
            raise CircuitError(
                f"--param must make at most {_MOST_POINTS} points (got {sweep.points}); sweep less"
            )
        return sweep

    @property
    def swept(self) -> tuple[Setting, ...]:
        return tuple(setting for setting in self.settings if setting.is_swept)

    @property
    def shape(self) -> tuple[int, ...]:
        """How many values each swept parameter has."""
        return tuple(len(setting.values) for setting in self.swept)

    @property
    def points(self) -> int:
        """How many combinations there are."""
        return math.prod(self.shape)

    @cached_property
    def arrays(self) -> dict[str, float | NDArray[np.float64]]:
        """The value of each parameter: a number, or one value for each point, shape (points,)."""
        axes = [np.array(setting.values) for setting in self.swept]
        grids = dict(
            zip(
                (setting.name for setting in self.swept),
                np.meshgrid(*axes, indexing="ij") if axes else (),
                strict=True,
            )
        )
        return {
            s.name: grids[s.name].reshape(-1) if s.is_swept else s.values[0] for s in self.settings
        }


def read_setting(text: str) -> Setting:
    """The setting in `text`; `TnsimError` says what is wrong with it.

    >>> read_setting("theta=pi/2")
    Setting(name='theta', values=(1.5707963267948966,), is_swept=False)
    >>> read_setting("a=0:1:3,4").values
    (0.0, 0.5, 1.0, 4.0)
    """
    name, sign, written = text.partition("=")
    if not sign or not written.strip():
        raise TnsimError(f"write NAME=VALUE, such as theta=0.7 or theta=0:pi/2:33 (got {text!r})")
    values: list[float] = []
    items = written.split(",")
    for item in items:
        values += _read_item(item, text)
    swept = len(items) > 1 or ":" in written
    return Setting(Parameter(name.strip()).name, tuple(values), swept)


def read_number(text: str) -> float:
    """The value of a constant expression such as "6*pi/32".

    >>> read_number("2^-1 + sqrt(4)")
    2.5
    """
    lexer = Lexer(whole_text(text), QASM2)
    try:
        value = read_expression(lexer, _Numbers())
        rest = lexer.peek()
    except QasmError as error:
        reason = str(error).partition(": ")[2]
        raise TnsimError(f"{text.strip()!r} is no number: {reason}") from error
    if rest.kind != "end":
        raise TnsimError(f"{text.strip()!r} is no number: {rest} does not belong there")
    return value


def _read_item(item: str, whole: str) -> list[float]:
    parts = item.split(":")
    if len(parts) == 1:
        return [read_number(item)]
    if len(parts) != 3:
        raise TnsimError(f"a range must be FIRST:LAST:COUNT, such as 0:1.57:33 (got {whole!r})")
    first, last = read_number(parts[0]), read_number(parts[1])
    count = parts[2].strip()
    if not (count.isascii() and count.isdigit()) or not 2 <= int(count[:9]) <= _MOST_POINTS:
        raise TnsimError(
            f"the COUNT of a range must be an integer from 2 to {_MOST_POINTS} (got {count!r})"
        )
    points: list[float] = np.linspace(first, last, int(count)).tolist()
    return points


class _Numbers:
    """The algebra of expressions in which no name has a value."""

    def number(self, value: float) -> float:
        """A constant."""
        return value

    def name(self, name: str) -> float:
        """No name but pi has a value."""
        raise Undefined(f"{name!r} has no value here")

    def unary(self, op: str, a: float) -> float:
        """Minus or a function."""
        value = unary(op, a)
        assert isinstance(value, float)
        return value

    def binary(self, op: str, a: float, b: float) -> float:
        """One of + - * / ^."""
        value = binary(op, a, b)
        assert isinstance(value, float)
        return value

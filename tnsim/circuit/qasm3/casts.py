"""Types: what values a variable takes, and casts between them.

float and angle are numbers in double precision, whatever width is asked for, and angles are not
reduced modulo 2 pi.
"""

from __future__ import annotations

import math
from dataclasses import replace

from tnsim.circuit.qasm.arithmetic import Linear, Undefined
from tnsim.circuit.qasm.registers import MOST_MEMBERS

from .operations import as_truth
from .values import Bits, BitString, Place, Value, described

__all__ = ["converted"]

_MOST_BITS = 128


def converted(name: str, width: int | None, value: Value, *, explicit: bool) -> Value:
    """A value as one of a type, as a declaration gives it (or a cast, where `explicit`)."""
    _check_width(name, width)
    if name == "bool":
        return as_truth(value)
    if name in {"int", "uint"}:
        return _integer(name, width, value, explicit=explicit)
    if name in {"float", "angle"}:
        return _number(name, value)
    if name == "bit":
        return _bits(width, value)
    raise Undefined(f"values of type {name} are not read")


def _check_width(name: str, width: int | None) -> None:
    if width is None:
        return
    most = MOST_MEMBERS if name == "bit" else _MOST_BITS
    if name == "bool" or not 1 <= width <= most:
        raise Undefined(f"the size of a {name} must be in 1..{most} (got {width})")


def _integer(name: str, width: int | None, value: Value, *, explicit: bool) -> Value:
    if isinstance(value, Bits):
        # The bits stand for their number: int[4](c) == 3 and c == 3 are one condition.
        size = len(value.numbers)
        if width is not None and width < size:
            raise Undefined(f"{name}[{width}] cannot hold {size} bits; make it {name}[{size}]")
        return replace(value, is_signed=name == "int" and width == size)
    if isinstance(value, BitString):
        number = value.number
        if number.bit_length() > _MOST_BITS:
            raise Undefined(f"{name} holds at most {_MOST_BITS} bits (got {value.width})")
    elif isinstance(value, bool | int):
        number = int(value)
    elif isinstance(value, float) and (explicit or value.is_integer()):
        number = math.trunc(value)
    else:
        raise Undefined(f"an {name} is expected, but got {described(value)}")
    signed = name == "int"
    if width is None:
        width = _MOST_BITS
    low = -(1 << (width - 1)) if signed else 0
    high = (1 << (width - signed)) - 1
    if isinstance(value, BitString) and signed and value.width == width and number > high:
        number -= 1 << width  # two's complement
    if not low <= number <= high:
        raise Undefined(f"{name}[{width}] holds {low} to {high} (got {number})")
    return number


def _number(name: str, value: Value) -> Value:
    if isinstance(value, Linear | Place):
        return value
    if isinstance(value, bool | int | float):
        return float(value)
    raise Undefined(f"a {name} is expected, but got {described(value)}")


def _bits(width: int | None, value: Value) -> Value:
    if isinstance(value, Bits):
        if width is not None and width != len(value.numbers):
            raise Undefined(f"bit[{width}] holds {width} bits (got {len(value.numbers)})")
        return value
    if isinstance(value, BitString):
        found = value.number
        if width is not None and width != value.width:
            raise Undefined(f"bit[{width}] holds {width} bits (got {value.width})")
        return BitString(value.width, found)
    if isinstance(value, bool | int):
        size = 1 if width is None else width
        if not 0 <= value < 1 << size:
            raise Undefined(f"bit[{size}] holds 0 to 2^{size} - 1 (got {value})")
        return BitString(size, int(value))
    raise Undefined(f"bits are expected, but got {described(value)}")

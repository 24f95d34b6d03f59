"""Expressions to values, by a stack: no recursion, however long they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tnsim.circuit.qasm.arithmetic import Linear, Undefined
from tnsim.circuit.qasm.template import Program

from .casts import converted
from .names import Names
from .operations import binary, function, unary
from .syntax import Expression, Step
from .values import Bits, BitString, Parameters, Qubits, Value, described

__all__ = ["Failure", "evaluate"]


class Failure(Exception):
    """An expression without a value; `offset` is the place of the step that has none."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


def evaluate(
    expression: Expression,
    names: Names,
    hardware: Callable[[str], Qubits],
    program: Program | None = None,
) -> Value:
    """The value of an expression; `program` is that of the gate in whose body it stands."""
    stack: list[Value] = []
    for step in expression.steps:
        try:
            _take(step, stack, names, hardware, program)
        except Undefined as error:
            raise Failure(str(error), step.offset) from None
    return stack[-1]


def joined(a: Value, b: Value) -> Qubits | Bits:
    """Two registers, one behind the other, as one."""
    if not isinstance(a, Qubits | Bits) or type(a) is not type(b):
        raise Undefined(f"{described(a)} and {described(b)} cannot be joined to one register")
    assert isinstance(b, Qubits | Bits)
    both = [np.asarray(part.numbers, dtype=np.int64) for part in (a, b)]
    return type(a)(np.concatenate(both), True, "registers joined by ++")


def _take(
    step: Step,
    stack: list[Value],
    names: Names,
    hardware: Callable[[str], Qubits],
    program: Program | None,
) -> None:
    kind, what = step.kind, step.what
    if kind == "value":
        stack.append(what)
    elif kind == "name":
        found = names.find(what).value
        if found is None:
            raise Undefined(f"{what!r} has no value yet")
        stack.append(found)
    elif kind == "hardware":
        stack.append(hardware(what))
    elif kind == "unary":
        stack.append(unary(what, stack.pop(), program))
    elif kind == "binary" and what == "++":
        right = stack.pop()
        stack.append(joined(stack.pop(), right))
    elif kind == "binary":
        right = stack.pop()
        stack.append(binary(what, stack.pop(), right, program))
    elif kind == "call":
        name, count = what
        arguments = stack[len(stack) - count :]
        del stack[len(stack) - count :]
        stack.append(function(name, arguments, program))
    elif kind == "cast":
        name, has_width = what
        value = stack.pop()
        width = stack.pop() if has_width else None
        stack.append(converted(name, _size(width), value, explicit=True))
    else:
        _index(kind, what, stack)


def _index(kind: str, what: object, stack: list[Value]) -> None:
    count = {"one": 1, "range": 3 if what else 2}.get(kind, what)
    assert isinstance(count, int)
    found = stack[len(stack) - count :]
    del stack[len(stack) - count :]
    whole = stack.pop()
    if isinstance(whole, Parameters) and kind == "one":
        stack.append(Linear({f"{whole.name}[{_member(found[0], whole.size)}]": 1.0}, 0.0))
        return
    if isinstance(whole, BitString):
        whole_size = whole.width
    elif isinstance(whole, Qubits | Bits) and whole.is_register:
        whole_size = len(whole.numbers)
    elif type(whole) is int and kind == "one":
        stack.append(_bit_of(whole, _integer(found[0])))
        return
    else:
        raise Undefined(f"{described(whole)} is no register and has no members")
    if kind == "one":
        places: Sequence[int] | NDArray[np.int64] = [_member(found[0], whole_size)]
    elif kind == "set":
        places = np.array([_member(value, whole_size) for value in found], dtype=np.int64)
    else:
        places = _range(found, whole_size)
    if not len(places):
        raise Undefined("an index must select at least one member")
    stack.append(_selected(whole, places, is_register=kind != "one"))


def _selected(
    whole: Value, places: Sequence[int] | NDArray[np.int64], *, is_register: bool
) -> Value:
    if isinstance(whole, BitString):
        number = sum((whole.number >> int(p) & 1) << k for k, p in enumerate(places))
        return BitString(len(places), number) if is_register else bool(number)
    assert isinstance(whole, Qubits | Bits)
    numbers: Sequence[int] | NDArray[np.int64]
    if not is_register:
        numbers = [int(whole.numbers[int(places[0])])]
        return type(whole)(numbers, False, f"{whole.name}[{int(places[0])}]")
    if isinstance(places, range) and isinstance(whole.numbers, range):
        stop = places.stop if places.stop >= 0 else None
        numbers = whole.numbers[places.start : stop : places.step]
    else:
        numbers = np.asarray(whole.numbers, dtype=np.int64)[np.asarray(places, dtype=np.int64)]
    return type(whole)(numbers, True, f"a part of {whole.name}")


def _range(found: Sequence[Value], size: int) -> range:
    """Start to stop, both included, in steps; they count from the end where negative."""
    step = _integer(found[1]) if len(found) == 3 and found[1] is not None else 1
    if step == 0:
        raise Undefined("the step of a range must not be 0")
    start, stop = found[0], found[-1]
    first = _member(start, size) if start is not None else (0 if step > 0 else size - 1)
    last = _member(stop, size) if stop is not None else (size - 1 if step > 0 else 0)
    return range(first, last + (1 if step > 0 else -1), step)


def _member(value: Value, size: int) -> int:
    index = _integer(value)
    if not -size <= index < size:
        raise Undefined(f"an index must be in 0..{size - 1} (got {index})")
    return index + size if index < 0 else index


def _bit_of(number: int, index: int) -> bool:
    if number < 0 or not 0 <= index < 128:
        raise Undefined("only the bits 0 to 127 of numbers from 0 can be taken")
    return bool(number >> index & 1)


def _integer(value: Value) -> int:
    if type(value) is not int:
        raise Undefined(f"an integer is expected, but got {described(value)}")
    return value


def _size(value: Value) -> int | None:
    return None if value is None else _integer(value)

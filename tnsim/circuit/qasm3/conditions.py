"""Conditions on measured bits, as cases that exclude one another.

A case gives some bits a value each. So `c == 5` is one case, `c != 5` one for each bit of c, and
`!a || b` is {a=0}, {a=1, b=1}. Each case becomes one conditioned block of the circuit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tnsim.circuit.qasm.arithmetic import Undefined

__all__ = ["Case", "Truth", "both", "compared", "either", "equals", "negated"]

Case = tuple[tuple[int, int], ...]
"""Bits, ascending, each with the value that it must have."""

_MOST_CASES = 64
_MOST_SIZE = 1 << 12
_MOST_WORK = 1 << 14


@dataclass(frozen=True)
class Truth:
    """True where one of the cases holds; none of two holds together."""

    cases: tuple[Case, ...]


NEVER, ALWAYS = Truth(()), Truth(((),))


def equals(bits: Sequence[int], number: int) -> Truth:
    """bits[k] is bit k of `number`."""
    if number < 0 or number >> len(bits):
        return NEVER
    text = format(number, "b").zfill(len(bits))[::-1]  # linear, where a shift for each bit is not
    return Truth(_merged((tuple(zip(bits, map(int, text), strict=False)),)))


def compared(op: str, bits: Sequence[int], number: int) -> Truth:
    """The number that the bits hold, op `number`."""
    if op == "==":
        return equals(bits, number)
    if op == "!=":
        return negated(equals(bits, number))
    if op in {">", ">="}:
        return negated(_below(bits, number + (op == ">")))
    return _below(bits, number + (op == "<="))


def both(a: Truth, b: Truth) -> Truth:
    """Both hold."""
    work = len(a.cases) * _size(b) + len(b.cases) * _size(a)
    if work > _MOST_WORK or len(a.cases) * len(b.cases) > _MOST_WORK:
        raise Undefined(_TOO_MANY)
    return _checked(Truth(_merged([x + y for x in a.cases for y in b.cases])))


def either(a: Truth, b: Truth) -> Truth:
    """One of them holds: the cases of a, and those of b where a does not hold."""
    return _checked(Truth(a.cases + both(b, negated(a)).cases))


def negated(a: Truth) -> Truth:
    """It does not hold."""
    result = ALWAYS
    for case in a.cases:
        if len(case) > _MOST_CASES:
            raise Undefined(_TOO_MANY)
        # The first bit that differs tells the cases apart.
        differing = [(*case[:k], (case[k][0], 1 - case[k][1])) for k in range(len(case))]
        result = both(result, _checked(Truth(tuple(differing))))
    return result


def _below(bits: Sequence[int], number: int) -> Truth:
    """The bits hold less than `number`: equal in the bits above one that is 0 instead of 1."""
    if number <= 0:
        return NEVER
    if number >> len(bits):
        return ALWAYS
    if len(bits) > _MOST_CASES:
        raise Undefined(_TOO_MANY)
    cases: list[Case] = []
    above: Case = ()
    for k in reversed(range(len(bits))):
        bit = number >> k & 1
        if bit:
            cases.append((*above, (bits[k], 0)))
        above = (*above, (bits[k], bit))
    return Truth(_merged(cases))


def _merged(cases: Sequence[Case]) -> tuple[Case, ...]:
    """Each case with its bits ascending, once each; those that contradict themselves left out."""
    found = []
    for case in cases:
        values = dict(case)
        if all(values[bit] == value for bit, value in case):
            found.append(tuple(sorted(values.items())))
    return tuple(found)


def _checked(truth: Truth) -> Truth:
    if len(truth.cases) > _MOST_CASES or _size(truth) > _MOST_SIZE:
        raise Undefined(_TOO_MANY)
    return truth


def _size(truth: Truth) -> int:
    return sum(map(len, truth.cases))


_TOO_MANY = (
    f"this condition falls into more than {_MOST_CASES} cases of bits; condition on fewer bits at "
    "a time"
)

"""The functions that make selectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tnsim.base.errors import NoiseError

from .selectors import (
    Arity,
    Everything,
    Exactly,
    Gates,
    On,
    Position,
    Selector,
    Within,
    read_integers,
)

__all__ = ["arity", "everything", "exactly", "gates", "on", "position", "within"]


def everything() -> Selector:
    """Every instruction.

    >>> everything()
    everything()
    """
    return Everything()


def gates(*names: str) -> Selector:
    """Instructions with one of the names.

    >>> gates("cx", "cz")
    gates('cx', 'cz')
    """
    return Gates(names)


def arity(*sizes: int) -> Selector:
    """Instructions on one of the numbers of qubits.

    >>> arity(2)
    arity(2)
    """
    return Arity(sizes)


def on(qubits: int | Iterable[int]) -> Selector:
    """Instructions that act on at least one of the qubits.

    >>> on(range(3))
    on([0, 1, 2])
    """
    return On(_listed("qubits", qubits))


def within(qubits: int | Iterable[int]) -> Selector:
    """Instructions all of whose qubits are among the given ones.

    >>> within([0, 1])
    within([0, 1])
    """
    return Within(_listed("qubits", qubits))


def exactly(*tuples: Sequence[int]) -> Selector:
    """Instructions on one of the tuples of qubits, in that order: of cx, control and target.

    >>> exactly((0, 1), (1, 0))
    exactly((0, 1), (1, 0))
    """
    return Exactly(tuple(_listed("exactly", qubits) for qubits in tuples))


def position(where: int | slice | range) -> Selector:
    """Instructions at some places of the circuit, counted from 0; negative ones from the end.

    >>> position(slice(10, 20))
    position(slice(10, 20, None))
    >>> position(-1)
    position(slice(-1, None, None))
    """
    if isinstance(where, slice):
        return Position(where.start, where.stop, where.step)
    if isinstance(where, range):
        if not len(where) or where.step < 0 or where.start < 0:
            raise NoiseError(f"`position` must be a rising range of places from 0 (got {where})")
        return Position(where.start, where.stop, where.step)
    place = _listed("position", where)[0]
    return Position(place, None if place == -1 else place + 1)


def _listed(name: str, values: int | Iterable[int]) -> tuple[int, ...]:
    return read_integers(name, values if isinstance(values, Iterable) else [values])

"""What the rows of a circuit say: bits, conditions and channels, as writers need them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tnsim.base.parameters import Affine, as_affine
from tnsim.circuit import Circuit, Instruction
from tnsim.noise import Channel

from .refusals import unbound

__all__ = ["Condition", "channel_of", "split_rows"]

Condition = tuple[tuple[int, ...], tuple[int, ...]]
"""Classical bits, and the values that all of them must have."""


def split_rows(circuit: Circuit) -> Iterator[tuple[int, Instruction, Condition | None]]:
    """Place, instruction without its condition, and the condition, row by row."""
    for place, row in enumerate(circuit):
        inner = row.operation.inner
        if inner is None:
            yield place, row, None
        else:
            yield place, replace(row, operation=inner, bits=()), (row.bits, row.values)


def channel_of(row: Instruction, place: int) -> Channel:
    """A row's channel with the row's own numbers for its strengths.

    Raises `CircuitError` where one is not bound.
    """
    channel = row.operation.channel
    assert channel is not None
    free = sorted({name for angle in row.angles for name in as_affine(angle).names})
    if free:
        raise unbound(row.name, place, free)
    given = {s: as_affine(a) for s, a in zip(channel.strengths_symbolic, row.angles, strict=True)}
    strengths: tuple[Affine, ...] = tuple(given.get(s, s) for s in channel.strengths)
    return Channel(channel.law, strengths)

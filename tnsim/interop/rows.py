"""What the rows of a circuit say about their channels and classical bits."""

from __future__ import annotations

from tnsim.base.parameters import Affine, as_affine
from tnsim.circuit import Circuit, Instruction
from tnsim.noise import Channel

from .refusals import unbound

__all__ = ["channel_of", "condition_of", "measured_bit", "num_bits"]


def num_bits(circuit: Circuit) -> int:
    """How many classical bits the circuit has."""
    found = getattr(circuit, "num_bits", None)
    return found if found is not None else max(circuit.measured.values(), default=-1) + 1


def measured_bit(circuit: Circuit, row: Instruction) -> int | None:
    """The bit that a measurement writes, None for other rows."""
    if row.operation.kind != "measure":
        return None
    bits = getattr(row, "bits", ())
    return int(bits[0]) if bits else circuit.measured[row.qubits[0]]


def condition_of(row: Instruction) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The bits and values that a row is conditioned on, None where it always acts."""
    values = getattr(row, "values", ())
    return (tuple(row.bits), tuple(values)) if values else None  # type: ignore[attr-defined]


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

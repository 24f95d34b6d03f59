"""The errors of conversions: which gate, where, and why it cannot be carried over."""

from __future__ import annotations

from collections.abc import Sequence

from tnsim.base.errors import CircuitError

__all__ = ["no_counterpart", "refuse_readout", "unbound"]


def no_counterpart(what: str, place: object, reason: str) -> CircuitError:
    """The error for an instruction that the other side has no word for."""
    return CircuitError(f"{what} (instruction {place}) cannot be converted: {reason}")


def unbound(what: str, place: object, names: Sequence[str]) -> CircuitError:
    """The error for a free parameter where only numbers can be written."""
    return no_counterpart(
        what, place, f"{', '.join(names)} has no value; bind() the circuit's parameters first"
    )


def refuse_readout(circuit: object, library: str) -> None:
    """`CircuitError` where the circuit carries readout errors, which no circuit elsewhere has."""
    if getattr(circuit, "readout", ()):
        raise CircuitError(
            f"circuits of {library} have no readout errors; convert the circuit without noise, and "
            "the noise model beside it"
        )

"""What neither version of the language has a word for."""

from __future__ import annotations

from collections.abc import Iterable

from tnsim.base.errors import CircuitError
from tnsim.circuit.circuit import Circuit
from tnsim.circuit.operations import Operation

__all__ = ["check_sayable"]


def check_sayable(circuit: Circuit, operations: Iterable[Operation], language: str) -> None:
    """`CircuitError` for readout errors, channels and given matrices."""
    if circuit.readout:
        raise CircuitError(f"{language} has no readout errors; write the circuit without noise")
    for operation in (one.inner or one for one in operations):
        if operation.kind == "channel":
            raise CircuitError(
                f"{language} has no noise channels (the circuit has {operation.name}); write the "
                "circuit without noise, and the noise model beside it"
            )
        if operation.matrix is not None:
            raise CircuitError(
                f"{language} has no matrices; c.unroll({{'u', 'cx'}}) turns those on one qubit "
                "into gates"
            )

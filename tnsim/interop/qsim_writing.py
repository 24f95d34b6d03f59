"""Our circuits in qsim's text format."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import CircuitError
from tnsim.circuit import Circuit
from tnsim.circuit.layers import layer_numbers

from .refusals import no_counterpart, refuse_readout
from .rows import split_rows

__all__ = ["to_qsim"]

_NAMES = {
    **{name: name for name in "h t x y z s rx ry rz cz cp".split()},
    "id": "id1",
    "sx": "x_1_2",
    "sy": "y_1_2",
    "sw": "hz_1_2",
    "cx": "cnot",
    "swap": "sw",
    "iswap": "is",
    "fsim": "fs",
    "measure": "m",
}
_BASIS = frozenset(_NAMES) - {"measure"}


def to_qsim(circuit: Circuit) -> str:
    """The circuit in qsim's text format, which `from_qsim` reads.

    Gates that the format lacks, and given matrices on one qubit, are written in gates that it
    has. Times are the layers of the circuit; where it measures, each instruction has its own, as
    qsim wants gates and measurements in order. Barriers are left out. The format has no word for
    a global phase: it stands in a comment. Angles lose no digit.

    Raises `CircuitError` for free parameters, channels, resets, conditions, matrices on several
    qubits and readout errors.

    >>> print(to_qsim(Circuit(2).h(0).cx(0, 1).fsim(0.5, 0.25, 0, 1)))
    2
    0 h 0
    1 cnot 0 1
    2 fs 0 1 0.5 0.25
    <BLANKLINE>
    """
    if not isinstance(circuit, Circuit):
        raise CircuitError(f"`circuit` must be a Circuit (got {type(circuit).__name__})")
    refuse_readout(circuit, "qsim")
    if circuit.parameters:
        raise CircuitError(
            f"the qsim format has no parameters, but {circuit.parameters[0]} is not bound; bind() "
            "the circuit first"
        )
    plain = circuit.unroll(_BASIS)
    return "\n".join([*_header(plain), *_lines(plain), ""])


def _header(circuit: Circuit) -> Iterator[str]:
    phase = circuit.global_phase.constant
    if phase:
        yield f"# Global phase, for which the format has no word: {phase!r}"
    yield str(circuit.num_qubits)


def _lines(circuit: Circuit) -> Iterator[str]:
    times = _times(circuit)
    for place, row, condition in split_rows(circuit):
        if row.operation.kind == "barrier":
            continue
        if row.name not in _NAMES or condition is not None:
            raise no_counterpart(row.name, place, "the qsim format has gates and measurements")
        sign = -1.0 if row.name == "cp" else 1.0  # qsim's phase on |11> has a minus sign
        angles = [repr(sign * float(a)) for a in row.angles]  # type: ignore[arg-type]
        words = [str(times[place]), _NAMES[row.name], *map(str, row.qubits), *angles]
        yield " ".join(words)


def _times(circuit: Circuit) -> NDArray[np.int64]:
    if "measure" in circuit.counts():
        return np.arange(len(circuit))
    counted = np.array([operation.kind != "barrier" for operation in circuit.operations])
    return layer_numbers(circuit.columns, circuit.num_qubits + circuit.num_bits, counted) - 1

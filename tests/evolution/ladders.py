"""Layered circuits of rotations, entanglers and noise, as deep as is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from tnsim import Circuit, Parameter
from tnsim.engines.evolution import PauliTerms


def ladder(depth: int, channel: Any, qubits: int = 3) -> Circuit:
    """Rotations with an angle of their own, entanglers and a channel on every qubit."""
    circuit = Circuit(qubits)
    for layer in range(depth):
        angles = [Parameter(f"a[{layer * qubits + q}]") for q in range(qubits)]
        circuit.ry(angles, range(qubits))
        circuit.rz(0.3 + Parameter("shared") * 0.5, range(qubits))
        circuit.cz(range(qubits - 1), range(1, qubits))
        if channel is not None:
            circuit.channel(channel, range(qubits))
    return circuit


def angles_of(circuit: Circuit, **more: float) -> dict[str, float]:
    """Values for all its parameters; `more` are those that are no angles."""
    values = np.random.default_rng(3).uniform(0, 6, len(circuit.parameters))
    return {**dict(zip(circuit.parameters, values.tolist(), strict=True)), **more}


def chain(qubits: int) -> PauliTerms:
    """Z Z on neighbours."""
    return PauliTerms(tuple(((q, 3), (q + 1, 3)) for q in range(qubits - 1)))

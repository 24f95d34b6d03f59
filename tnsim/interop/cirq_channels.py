"""Channels of Cirq as ours."""

from __future__ import annotations

from typing import Any

import numpy as np

from tnsim.base.errors import NoiseError
from tnsim.noise import (
    Channel,
    amplitude_damping,
    bit_flip,
    depolarizing,
    generalized_amplitude_damping,
    kraus,
    pauli,
    phase_damping,
    phase_flip,
    reset,
)

from .packages import library

__all__ = ["from_cirq_channel"]


def from_cirq_channel(gate: Any) -> Channel:
    """The channel of a gate or operation of Cirq that has Kraus operators.

    Channels that both libraries name keep their names (Cirq's `depolarize(p)` gives each of the
    Pauli strings p / (4^n - 1), ours p / 4^n); any other becomes `tnsim.noise.kraus`. Raises
    `NoiseError` where Cirq gives no Kraus operators.

    >>> import cirq  # doctest: +SKIP
    >>> from_cirq_channel(cirq.amplitude_damp(0.25))  # doctest: +SKIP
    amplitude_damping(gamma=0.25)
    """
    cirq = library("cirq")
    bare = getattr(gate, "gate", None) or gate
    match bare:
        case cirq.DepolarizingChannel():
            size = bare.num_qubits()
            return depolarizing(bare.p * 4**size / (4**size - 1), num_qubits=size)
        case cirq.AsymmetricDepolarizingChannel():
            size = bare.num_qubits()
            chances = {k: p for k, p in bare.error_probabilities.items() if k.strip("I")}
            return pauli(chances or {"Z" * size: 0.0})
        case cirq.BitFlipChannel():
            return bit_flip(bare.p)
        case cirq.PhaseFlipChannel():
            return phase_flip(bare.p)
        case cirq.AmplitudeDampingChannel():
            return amplitude_damping(bare.gamma)
        case cirq.GeneralizedAmplitudeDampingChannel():
            return generalized_amplitude_damping(bare.gamma, 1 - bare.p)
        case cirq.PhaseDampingChannel():
            return phase_damping(bare.gamma)
        case cirq.ResetChannel():
            return reset()
    operators = cirq.kraus(gate, default=None)
    if operators is None:
        raise NoiseError(f"{gate!r:.60} has no Kraus operators")
    return kraus([np.asarray(k) for k in operators])

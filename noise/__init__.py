"""Channels, readout errors, and rules that say where noise acts."""

from .channel import Channel
from .damping_channels import (
    amplitude_damping,
    generalized_amplitude_damping,
    phase_damping,
    reset,
    thermal_relaxation,
)
from .distances import (
    DiamondBounds,
    average_gate_fidelity,
    diamond_norm_bounds,
    process_fidelity,
)
from .matrix_channels import (
    from_choi,
    from_superoperator,
    from_transfer_matrix,
    identity,
    kraus,
    mixed_unitary,
    over_rotation,
)
from .pauli_channels import (
    bit_flip,
    bit_phase_flip,
    correlated_pauli,
    depolarizing,
    pauli,
    pauli_lindblad,
    phase_flip,
)
from .readout_error import ReadoutError
from .rules import NoiseRule, ReadoutRule, noise_rule
from .selector_makers import arity, everything, exactly, gates, on, position, within
from .selector_reading import selector_from_dict
from .selectors import InstructionView, Selector

__all__ = [
    "Channel",
    "DiamondBounds",
    "InstructionView",
    "NoiseRule",
    "ReadoutError",
    "ReadoutRule",
    "Selector",
    "amplitude_damping",
    "arity",
    "average_gate_fidelity",
    "bit_flip",
    "bit_phase_flip",
    "correlated_pauli",
    "depolarizing",
    "diamond_norm_bounds",
    "everything",
    "exactly",
    "from_choi",
    "from_superoperator",
    "from_transfer_matrix",
    "gates",
    "generalized_amplitude_damping",
    "identity",
    "kraus",
    "mixed_unitary",
    "noise_rule",
    "on",
    "over_rotation",
    "pauli",
    "pauli_lindblad",
    "phase_damping",
    "phase_flip",
    "position",
    "process_fidelity",
    "reset",
    "selector_from_dict",
    "thermal_relaxation",
    "within",
]

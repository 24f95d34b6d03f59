"""Circuits, observables and noise of other libraries, in and out.

Each function imports its library when it is called; what cannot be carried over is an error that
names the instruction.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers read it; importing typing would cost more
if TYPE_CHECKING:
    from .aer_errors import from_aer_error, to_aer_error
    from .aer_models import from_aer
    from .aer_writing import to_aer
    from .cirq_channels import from_cirq_channel
    from .cirq_observables import from_cirq_pauli_sum, to_cirq_pauli_sum
    from .cirq_reading import from_cirq
    from .cirq_writing import to_cirq
    from .pennylane_observables import from_pennylane_observable, to_pennylane_observable
    from .pennylane_reading import from_pennylane
    from .pennylane_writing import to_pennylane
    from .qibo_circuits import from_qibo, to_qibo
    from .qiskit_observables import from_sparse_pauli_op, to_sparse_pauli_op
    from .qiskit_reading import from_qiskit
    from .qiskit_writing import to_qiskit
    from .qsim_reading import from_qsim
    from .qsim_writing import to_qsim
    from .quimb_circuits import from_quimb, to_quimb
    from .quimb_networks import from_quimb_network, network_to_quimb, to_quimb_network
    from .stim_reading import from_stim, parities_from_stim
    from .stim_writing import to_stim
    from .target_noise import durations_from_target, from_target, relaxation_from_target

__all__ = [
    "durations_from_target",
    "from_aer",
    "from_aer_error",
    "from_cirq",
    "from_cirq_channel",
    "from_cirq_pauli_sum",
    "from_pennylane",
    "from_pennylane_observable",
    "from_qibo",
    "from_qiskit",
    "from_qsim",
    "from_quimb",
    "from_quimb_network",
    "from_sparse_pauli_op",
    "from_stim",
    "from_target",
    "network_to_quimb",
    "parities_from_stim",
    "relaxation_from_target",
    "to_aer",
    "to_aer_error",
    "to_cirq",
    "to_cirq_pauli_sum",
    "to_pennylane",
    "to_pennylane_observable",
    "to_qibo",
    "to_qiskit",
    "to_qsim",
    "to_quimb",
    "to_quimb_network",
    "to_sparse_pauli_op",
    "to_stim",
]

_HOMES = {
    "aer_errors": ("from_aer_error", "to_aer_error"),
    "aer_models": ("from_aer",),
    "aer_writing": ("to_aer",),
    "cirq_channels": ("from_cirq_channel",),
    "cirq_observables": ("from_cirq_pauli_sum", "to_cirq_pauli_sum"),
    "cirq_reading": ("from_cirq",),
    "cirq_writing": ("to_cirq",),
    "pennylane_observables": ("from_pennylane_observable", "to_pennylane_observable"),
    "pennylane_reading": ("from_pennylane",),
    "pennylane_writing": ("to_pennylane",),
    "qibo_circuits": ("from_qibo", "to_qibo"),
    "qiskit_observables": ("from_sparse_pauli_op", "to_sparse_pauli_op"),
    "qiskit_reading": ("from_qiskit",),
    "qiskit_writing": ("to_qiskit",),
    "qsim_reading": ("from_qsim",),
    "qsim_writing": ("to_qsim",),
    "quimb_circuits": ("from_quimb", "to_quimb"),
    "quimb_networks": ("from_quimb_network", "network_to_quimb", "to_quimb_network"),
    "stim_reading": ("from_stim", "parities_from_stim"),
    "stim_writing": ("to_stim",),
    "target_noise": ("durations_from_target", "from_target", "relaxation_from_target"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME_OF])

"""Answers about noisy quantum circuits inside a memory budget, with their errors.

Users import `tnsim` and its rooms `tnsim.noise`, `tnsim.contraction`, `tnsim.lattices` and
`tnsim.interop`.
Importing this page loads nothing else: each name below fetches its module at first use.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers read it; importing typing would cost more than tnsim
if TYPE_CHECKING:
    from . import contraction, interop, lattices, noise
    from .base.errors import (
        BudgetError,
        CircuitError,
        NoiseError,
        QasmError,
        QueryError,
        TnsimError,
    )
    from .base.parameters import Parameter
    from .circuit import Circuit, NoiseModel
    from .circuit.idling import idle_noise
    from .circuit.scheduling import Schedule, asap_schedule
    from .engines.mps import MPDO, MPS
    from .engines.pauli_propagation import PauliPropagation
    from .engines.peps import PEPS
    from .engines.trajectories import Trajectories
    from .queries import (
        Amplitudes,
        Expectation,
        Fidelity,
        PauliSum,
        Probabilities,
        Purity,
        ReducedDensityMatrix,
        Samples,
        Variance,
    )
    from .runtime import Comparison, Program, Result, compare, compile, plot_convergence, run

__all__ = [
    "MPDO",
    "MPS",
    "PEPS",
    "Amplitudes",
    "BudgetError",
    "Circuit",
    "CircuitError",
    "Comparison",
    "Expectation",
    "Fidelity",
    "NoiseError",
    "NoiseModel",
    "Parameter",
    "PauliPropagation",
    "PauliSum",
    "Probabilities",
    "Program",
    "Purity",
    "QasmError",
    "QueryError",
    "ReducedDensityMatrix",
    "Result",
    "Samples",
    "Schedule",
    "TnsimError",
    "Trajectories",
    "Variance",
    "asap_schedule",
    "compare",
    "compile",
    "contraction",
    "idle_noise",
    "interop",
    "lattices",
    "noise",
    "plot_convergence",
    "run",
]

__version__ = "0.1.0"

_ROOMS = ("contraction", "interop", "lattices", "noise")
_HOMES = {
    "base.errors": (
        "BudgetError",
        "CircuitError",
        "NoiseError",
        "QasmError",
        "QueryError",
        "TnsimError",
    ),
    "base.parameters": ("Parameter",),
    "circuit": ("Circuit", "NoiseModel"),
    "circuit.idling": ("idle_noise",),
    "circuit.scheduling": ("Schedule", "asap_schedule"),
    "engines.mps": ("MPDO", "MPS"),
    "engines.pauli_propagation": ("PauliPropagation",),
    "engines.peps": ("PEPS",),
    "engines.trajectories": ("Trajectories",),
    "queries": (
        "Amplitudes",
        "Expectation",
        "Fidelity",
        "PauliSum",
        "Probabilities",
        "Purity",
        "ReducedDensityMatrix",
        "Samples",
        "Variance",
    ),
    "runtime": (
        "Comparison",
        "Program",
        "Result",
        "compare",
        "compile",
        "plot_convergence",
        "run",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _ROOMS:
        return import_module(f".{name}", __name__)
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_ROOMS, *_HOME_OF])

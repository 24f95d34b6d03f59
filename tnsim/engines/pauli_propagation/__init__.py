"""Pauli propagation: observables walked back through a circuit as sparse sums of Pauli strings."""

from .engine import PauliPropagationEngine
from .options import PauliPropagation

__all__ = ["PauliPropagation", "PauliPropagationEngine"]

"""The method "peps": tensors on the circuit's coupling graph, with belief propagation."""

from .engine import PepsEngine
from .options import PEPS

__all__ = ["PEPS", "PepsEngine"]

"""Lines of tensors: matrix product states and matrix product density operators."""

from .engine import LineEngine
from .line import Line
from .options import MPDO, MPS, LineOptions

__all__ = ["MPDO", "MPS", "Line", "LineEngine", "LineOptions"]

"""What the approximate engines share: estimates with their errors, costs, and a circuit's moves."""

from .estimates import ErrorKind, Estimate
from .interface import ApproximateEngine, Cost, Report
from .moves import Move, moves_of

__all__ = [
    "ApproximateEngine",
    "Cost",
    "ErrorKind",
    "Estimate",
    "Move",
    "Report",
    "moves_of",
]

"""What the approximate engines share: estimates with their errors, costs, and a circuit's moves."""

from .estimates import ErrorKind, Estimate
from .interface import ApproximateEngine, Cost, DifferentiableEngine, Method, Report, Slopes
from .moves import Move, moves_of

__all__ = [
    "ApproximateEngine",
    "Cost",
    "DifferentiableEngine",
    "ErrorKind",
    "Estimate",
    "Method",
    "Move",
    "Report",
    "Slopes",
    "moves_of",
]

"""Compile questions, run programs, keep results."""

from .comparison import Comparison, compare
from .compiling import compile, run
from .forecast import Forecast, ForecastPart
from .plots import plot_convergence
from .program import Program
from .provenance import Provenance
from .result import Result

__all__ = [
    "Comparison",
    "Forecast",
    "ForecastPart",
    "Program",
    "Provenance",
    "Result",
    "compare",
    "compile",
    "plot_convergence",
    "run",
]

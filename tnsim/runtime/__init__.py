"""Compile questions, run programs, keep results."""

from .compiling import compile, run
from .forecast import Forecast, ForecastPart
from .program import Program
from .provenance import Provenance
from .result import Result

__all__ = ["Forecast", "ForecastPart", "Program", "Provenance", "Result", "compile", "run"]

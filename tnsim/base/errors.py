"""The exceptions that tnsim raises for wrong use, all under `TnsimError`."""

from __future__ import annotations

__all__ = [
    "BudgetError",
    "CircuitError",
    "NoiseError",
    "QasmError",
    "QueryError",
    "TnsimError",
]


class TnsimError(ValueError):
    """Base of every error that tnsim raises on purpose.

    Its message says what was given, what was expected and what to do.
    """


class CircuitError(TnsimError):
    """A circuit, gate, qubit or parameter value that cannot be used."""


class NoiseError(TnsimError):
    """A channel, readout error or noise rule that cannot be used."""


class QueryError(TnsimError):
    """A question that is malformed, or that the chosen method cannot answer."""


class QasmError(CircuitError):
    """OpenQASM text that cannot be read; `line` and `column` count from 1."""

    def __init__(self, message: str, *, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {message}")
        self.line = line
        self.column = column


class BudgetError(TnsimError):
    """Nothing fits the memory budget.

    `budget` is what was given and `least_bytes` the smallest budget known to work, in bytes;
    `flops` is the cost (real floating-point operations) at that least budget.
    """

    def __init__(
        self,
        message: str,
        *,
        budget: int | None = None,
        least_bytes: int | None = None,
        flops: float | None = None,
    ) -> None:
        super().__init__(message)
        self.budget = budget
        self.least_bytes = least_bytes
        self.flops = flops

"""Circuits as columns, and the noise models that turn them into noisy circuits."""

from __future__ import annotations

from .circuit import Circuit
from .columns import Columns
from .operations import Operation

__all__ = ["Circuit", "Columns", "Operation"]

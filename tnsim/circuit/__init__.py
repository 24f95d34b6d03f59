"""Circuits as columns, and the noise models that turn them into noisy circuits."""

from __future__ import annotations

from .circuit import Circuit
from .columns import Columns
from .instructions import Instruction
from .noise_model import NoiseModel
from .noise_report import NoiseReport, RuleHits
from .operations import Operation
from .readout import ReadoutAssignment

__all__ = [
    "Circuit",
    "Columns",
    "Instruction",
    "NoiseModel",
    "NoiseReport",
    "Operation",
    "ReadoutAssignment",
    "RuleHits",
]

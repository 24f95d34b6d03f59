"""OpenQASM 2: files to circuits and back."""

from __future__ import annotations

from .reader import read_qasm2
from .writer import write_qasm2

__all__ = ["read_qasm2", "write_qasm2"]

"""OpenQASM 3: files to circuits and back."""

from __future__ import annotations

from .reader import read_qasm3
from .writer import write_qasm3

__all__ = ["read_qasm3", "write_qasm3"]

"""Quantum and classical registers: names, sizes and where their members are numbered from."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

__all__ = ["MOST_MEMBERS", "Register", "Registers"]

MOST_MEMBERS = 1 << 20
"""Qubits, and classical bits, that a file may have: a register is memory for all its members."""


@dataclass(frozen=True)
class Register:
    """A register; its members are numbered `start`, ..., `stop - 1` across the file."""

    name: str
    size: int
    start: int
    where: str

    @property
    def stop(self) -> int:
        return self.start + self.size


class Registers:
    """The registers of one kind, "qubits" or "bits", in the order of their declaration."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.known: dict[str, Register] = {}
        self.total = 0

    def declare(self, name: str, size: int, where: str) -> None:
        """Add a register."""
        self.known[name] = Register(name, size, self.total, where)
        self.total += size

    def claim(self, size: int) -> int:
        """Number so many more members that no plain statement names; the first of them."""
        start = self.total
        self.total += size
        return start

    def suggestion(self, name: str) -> str:
        """The end of an error about an unknown name: what there is."""
        near = difflib.get_close_matches(name[:40], list(self.known)[:1000], n=1)
        if near:
            return f"; did you mean {near[0]}?"
        word = "qreg" if self.kind == "qubits" else "creg"
        return "" if self.known else f"; declare one with {word}"

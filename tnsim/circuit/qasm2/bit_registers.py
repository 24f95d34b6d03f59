"""Classical bits as registers: OpenQASM 2 compares whole registers only."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from tnsim.base.errors import CircuitError
from tnsim.circuit.circuit import Circuit

__all__ = ["BitRegisters", "bit_registers"]


class BitRegisters:
    """Registers of consecutive bits, from `starts[k]` to the next start; the last one is `end`."""

    def __init__(self, starts: Sequence[int], end: int) -> None:
        self.starts = list(starts)
        self.end = end

    def statements(self) -> list[str]:
        """The declarations."""
        ends = [*self.starts[1:], self.end] if self.starts else []
        sizes = [end - start for start, end in zip(self.starts, ends, strict=True)]
        return [f"creg {self._name(k)}[{size}];" for k, size in enumerate(sizes)]

    def member(self, bit: int) -> str:
        """A bit by its register."""
        k = bisect_right(self.starts, bit) - 1
        return f"{self._name(k)}[{bit - self.starts[k]}]"

    def condition(self, bits: Sequence[int], values: Sequence[int]) -> str:
        """The register of these bits, equal to the number that the values are."""
        k = bisect_right(self.starts, bits[0]) - 1
        pairs = zip(bits, values, strict=True)
        number = sum(value << (bit - self.starts[k]) for bit, value in pairs)
        return f"{self._name(k)}=={number}"

    def _name(self, k: int) -> str:
        return "c" if len(self.starts) == 1 else f"c{k}"


def bit_registers(circuit: Circuit) -> BitRegisters:
    """One register, or one for the bits of each condition and for those between.

    `CircuitError` where the bits of a condition are not consecutive, or belong to another one too.
    """
    groups = _conditions(circuit)
    owner: dict[int, tuple[int, ...]] = {}
    for group in groups:
        if group[-1] - group[0] != len(group) - 1:
            raise CircuitError(_refusal(group, "they are not consecutive"))
        for bit in group:
            if owner.setdefault(bit, group) != group:
                raise CircuitError(_refusal(group, f"bit {bit} is in {list(owner[bit])} too"))
    cuts = {0, *(group[0] for group in groups), *(group[-1] + 1 for group in groups)}
    return BitRegisters(sorted(cut for cut in cuts if cut < circuit.num_bits), circuit.num_bits)


def _conditions(circuit: Circuit) -> set[tuple[int, ...]]:
    """The sets of bits that conditions name, ascending."""
    columns = circuit.columns
    found: set[tuple[int, ...]] = set()
    for code in np.unique(columns.opcode).tolist():
        operation = circuit.operations[code]
        if operation.values:
            places = columns.qubits_of(columns.rows_with(code), operation.num_qubits)
            bits = np.sort(places[:, -operation.num_bits :], axis=1) - circuit.num_qubits
            found.update(map(tuple, np.unique(bits, axis=0).tolist()))
    return found


def _refusal(bits: tuple[int, ...], why: str) -> str:
    return (
        f"OpenQASM 2 compares whole registers, and bits {list(bits)} of a condition cannot be one: "
        f"{why}; write version 3"
    )

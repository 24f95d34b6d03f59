"""What of a circuit is put on a line, where each qubit stands, and what that takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tnsim.circuit import Circuit
from tnsim.engines.evolution.rows import LEG, Picture, Rows, rows_of

from .costs import MOST_BOND, Layout, layout_of
from .nearby import Reach, reach_of
from .observables import Frame
from .ordering import line_order

__all__ = ["Part", "part_of"]


@dataclass(frozen=True, eq=False)
class Part:
    """The instructions that matter for some qubits, as rows over the sites of a line."""

    circuit: Circuit
    qubits: tuple[int, ...]
    basis: Picture
    rows: Rows
    frame: Frame
    layout: Layout
    reach: Reach

    @property
    def dimension(self) -> int:
        """Numbers on a leg."""
        return LEG[self.basis]

    def largest_bond(self, room: float, itemsize: int, lines: int) -> int:
        """The largest bond whose `lines` lines and updates fit `room` bytes; 0 if none does."""
        least, most = 0, min(self.layout.exact_bond, MOST_BOND)
        while least < most:
            middle = (least + most + 1) // 2
            if self.bytes_at(middle, itemsize, lines) <= room:
                least = middle
            else:
                most = middle - 1
        return least

    def bytes_at(self, bond: int, itemsize: int, lines: int) -> float:
        """Bytes of `lines` lines of a largest bond and of one update or environment."""
        tensors = self.layout.tensor_bytes(bond, itemsize)
        work = self.layout.work_bytes(bond, itemsize) + self.layout.window_bytes()
        return lines * tensors + work


def part_of(
    circuit: Circuit,
    wanted: Sequence[int] | None,
    basis: Picture,
    order: str | tuple[int, ...],
    first_bond: int = 1,
) -> Part:
    """The light cone of the `wanted` qubits (None: the whole circuit) on a line.

    `first_bond` is the bond that the line begins with.
    """
    cone = circuit if wanted is None else circuit.lightcone(list(wanted) or [0])
    if wanted is None:
        present = list(range(circuit.num_qubits))
    else:
        present = sorted({*np.unique(cone.columns.qubits).tolist(), *(wanted or [0])})
    qubits = line_order(cone, present, order)
    place = {q: k for k, q in enumerate(qubits)}
    rows = rows_of(cone, place, basis)
    sites = np.full(circuit.num_qubits, -1, dtype=np.int64)
    sites[qubits] = np.arange(len(qubits))
    dephased = frozenset[int]()
    if basis == "ket":
        columns = cone.columns
        measured = np.array([op.kind == "unread" for op in cone.operations] + [False])
        chosen = measured[columns.opcode]
        dephased = frozenset(columns.qubits[columns.qubit_start[:-1][chosen]].tolist())
    layout = layout_of(rows, len(qubits), LEG[basis], first_bond)
    return Part(
        cone,
        tuple(qubits),
        basis,
        rows,
        Frame(sites, dephased),
        layout,
        reach_of(rows, len(qubits)),
    )

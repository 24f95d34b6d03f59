"""What the selectors of tnsim.noise see of a circuit, and which rows a rule hits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import NoiseError
from tnsim.noise import NoiseRule, everything

from .snapshot import Snapshot

__all__ = ["CircuitView", "hit_rows"]

Ints = NDArray[Any]


@dataclass(frozen=True, eq=False)
class CircuitView:
    """Some rows of a circuit as an `InstructionView`."""

    snapshot: Snapshot
    position: Ints

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(operation.name for operation in self.snapshot.operations)

    @cached_property
    def opcode(self) -> Ints:
        return self.snapshot.columns.opcode[self.position]

    @cached_property
    def num_qubits(self) -> Ints:
        bits = np.array([operation.num_bits for operation in self.snapshot.operations])
        found: Ints = self.snapshot.columns.arity[self.opcode] - bits[self.opcode]
        return found

    def qubits_of_slot(self, slot: int, /) -> Ints:
        """Each row's qubit number `slot`, -1 where it has fewer."""
        columns = self.snapshot.columns
        found = np.full(len(self.position), -1, dtype=np.int64)
        enough = self.num_qubits > slot
        found[enough] = columns.qubits[columns.qubit_start[self.position[enough]] + slot]
        return found


def hit_rows(snapshot: Snapshot, rule: NoiseRule) -> NDArray[np.int64]:
    """The rows, ascending, that a rule means; `NoiseError` where its channel does not fit one.

    Noise acts on gates and given matrices, under the condition that they stand under. Resets are
    hit by rules that name "reset" among their gates, measurements by rules that name "measure"
    and stand before it; barriers and channels by none.
    """
    named = _gate_names(rule.selector.to_dict())
    if "measure" in named and rule.placement != "before":
        raise NoiseError(
            f"a rule about 'measure' must stand before it (got {rule.placement!r}); use "
            "readout() for errors of the result"
        )
    kinds = {"unitary"} | (named & {"reset", "measure"})
    eligible = np.array([(op.inner or op).kind in kinds for op in snapshot.operations])
    columns = snapshot.columns
    everywhere = CircuitView(snapshot, np.arange(len(columns)))
    meant = rule.selector.select(everywhere) & eligible[columns.opcode]
    # The rest of the rule (its qubits, the size of its channel) concerns these rows alone.
    part = CircuitView(snapshot, np.flatnonzero(meant))
    rows: NDArray[np.int64] = part.position[replace(rule, selector=everything()).select(part)]
    return rows


def _gate_names(selector: Mapping[str, Any]) -> set[str]:
    """The gate names that occur in a selector."""
    names = set(selector["names"]) if selector["select"] == "gates" else set()
    inner = [*selector.get("parts", ()), *([selector["part"]] if "part" in selector else ())]
    return names.union(*map(_gate_names, inner))

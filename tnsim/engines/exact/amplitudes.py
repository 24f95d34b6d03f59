"""Amplitudes of many bitstrings from one plan: bits that differ are parameters of the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from autoray import do
from numpy.typing import NDArray

from tnsim.base.arrays import Array, as_library, real_dtype
from tnsim.circuit import Circuit
from tnsim.engines.inputs import Inputs
from tnsim.lowering.overlaps import BIT_PARAMETER

from .answers import Demand, Run
from .planning import Planned
from .tasks import AmplitudeTask

__all__ = ["AmplitudesAnswer", "amplitude_task"]


def amplitude_task(
    circuit: Circuit, bits: NDArray[np.uint8]
) -> tuple[AmplitudeTask, tuple[int, ...]]:
    """The task for bitstrings of shape (B, n), and the qubits on which they differ."""
    varying = tuple(np.flatnonzero((bits != bits[0]).any(axis=0)).tolist())
    fixed = tuple(
        None if qubit in set(varying) else bit for qubit, bit in enumerate(bits[0].tolist())
    )
    return AmplitudeTask(circuit, fixed), varying


@dataclass(frozen=True, eq=False)
class AmplitudesAnswer:
    """B amplitudes, shape (.., B): the bits of `varying` qubits run as a batch."""

    task: int
    varying: tuple[int, ...]
    bits: NDArray[np.uint8]

    def value(self, run: Run, tasks: Sequence[Planned], inputs: Inputs) -> Array:  # noqa: ARG002
        outcome = run(self.task, self.widened(inputs))
        sets = inputs.size if inputs.batch else 1
        rows = do("reshape", outcome.array, (sets, -1) if outcome.batched else (1, 1))
        # Where nothing varies, the one amplitude stands for every bitstring and parameter set.
        table = do("broadcast_to", rows, (sets, len(self.bits)))
        return table if inputs.batch else do("reshape", table, (len(self.bits),))

    def demands(self, batch: frozenset[str], size: int) -> tuple[Demand, ...]:
        if not self.varying:
            return (Demand(self.task, batch, size),)
        count = len(self.bits)
        numbers = (len(batch) + len(self.varying)) * size * count
        return (Demand(self.task, batch | self._names, size * count, numbers),)

    def reading(self, tasks: Sequence[Planned], size: int) -> int:  # noqa: ARG002
        return 2 * size * len(self.bits)

    @property
    def _names(self) -> frozenset[str]:
        return frozenset(f"{BIT_PARAMETER}[{qubit}]" for qubit in self.varying)

    def widened(self, inputs: Inputs) -> Inputs:
        """The inputs with bits as batched parameters, beside the batch that is there."""
        if not self.varying:
            return inputs
        count = len(self.bits)
        dtype = real_dtype("complex128")
        values = {}
        for name, value in inputs.values.items():
            values[name] = _repeated(value, count) if name in inputs.batch else value
        for column, qubit in enumerate(self.varying):
            tiled = np.tile(self.bits[:, column], inputs.size).astype(dtype)
            values[f"{BIT_PARAMETER}[{qubit}]"] = as_library(
                tiled, dtype, inputs.library, inputs.like
            )
        return replace(
            inputs, values=values, batch=self._names | inputs.batch, size=inputs.size * count
        )


def _repeated(value: Array, count: int) -> Array:
    """Every number of a (B,) array `count` times in a row; not every library has `repeat`."""
    rows = do("broadcast_to", do("reshape", value, (-1, 1)), (value.shape[0], count))
    return do("reshape", rows, (-1,))

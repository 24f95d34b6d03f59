"""Moving a line of tensors through the layers of a circuit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tnsim.engines.approximate import moves_of
from tnsim.engines.evolution.rows import Rows

from .decompositions import Truncation
from .line import Line
from .steps import Step, layers_of

__all__ = ["OutOfTimeError", "Record", "apply_layers", "evolved", "zero_state"]

_MOST_LAYERS = 64
_ISOMETRIC = 1e-12


@dataclass
class Record:
    """What a run left behind: the kept share's logarithm after every `stride` layers.

    Long circuits are recorded ever more coarsely, in at most 64 entries.
    """

    stride: int = 1
    layers: int = 0
    log_kept: list[float] = field(default_factory=list)

    def add(self, log_kept: float) -> None:
        """One more layer is done."""
        self.layers += 1
        if self.layers % self.stride == 0:
            self.log_kept.append(log_kept)
        if len(self.log_kept) > _MOST_LAYERS:
            self.log_kept = self.log_kept[1::2]
            self.stride *= 2

    def discarded(self) -> list[float]:
        """The weight discarded in each entry's layers, as a share of what there was."""
        steps = np.diff(np.concatenate([[0.0], self.log_kept]))
        return [float(x) for x in -np.expm1(steps)]


class OutOfTimeError(Exception):
    """The time that was given is spent."""


def zero_state(num_sites: int, dimension: int, dtype: Any) -> Line:
    """All qubits in |0>: amplitudes (1, 0), or Pauli components (1, 0, 0, 1)."""
    vector = [1.0, 0.0] if dimension == 2 else [1.0, 0.0, 0.0, 1.0]
    return Line.product(np.tile(np.array(vector, dtype=dtype), (num_sites, 1)))


def evolved(
    line: Line,
    rows: Rows,
    values: Mapping[str, float],
    truncation: Truncation,
    *,
    backwards: bool = False,
    deadline: float | None = None,
    progress: Callable[[int], None] | None = None,
) -> Record:
    """Move `line` through the rows; `backwards` by their transposes, from the last.

    Raises `OutOfTimeError` once `deadline` (of time.monotonic) has passed.
    """
    moves = moves_of(rows, values, reverse=backwards)
    layers = layers_of(moves, len(line), line.dimension, transposed=backwards)
    return apply_layers(line, layers, truncation, deadline=deadline, progress=progress)


def apply_layers(
    line: Line,
    layers: Iterable[list[Step]],
    truncation: Truncation,
    *,
    deadline: float | None = None,
    progress: Callable[[int], None] | None = None,
) -> Record:
    """Every layer in one sweep over the line, from the end that the centre is closer to."""
    record = Record()
    dtype = line.tensors[0].dtype
    for layer in layers:
        rightwards = 2 * line.centre < len(line)
        for step in layer if rightwards else reversed(layer):
            matrix = step.matrix.astype(dtype, copy=False)
            line.apply(
                step.sites,
                matrix,
                truncation,
                "right" if rightwards else "left",
                isometric=len(step.sites) == 1 and _is_isometric(matrix),
            )
            if deadline is not None and time.monotonic() > deadline:
                raise OutOfTimeError
        record.add(line.log_kept)
        if progress is not None:
            progress(len(layer))
    return record


def _is_isometric(matrix: Any) -> bool:
    return bool(np.abs(matrix.conj().T @ matrix - np.eye(len(matrix))).max() < _ISOMETRIC)

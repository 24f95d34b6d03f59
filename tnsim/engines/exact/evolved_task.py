"""Tasks answered by moving one state through time instead of contracting a network.

A small system that lives long is contracted best in the order of time, and then the state is all
that there is in memory; see `tnsim.engines.evolution`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import BudgetError
from tnsim.engines.evolution import Evolution, Picture
from tnsim.engines.settings import Settings

from .tasks import ComponentTask, Task, TermsTask

__all__ = ["EvolvedTask", "evolved"]

_ROWS = 400
_ROWS_FOR_DERIVATIVES = 8000
# Instructions, times contractions, for which a search is not worth its while: some 0.3 and 6 s.
# Derivatives are asked for again and again, and a contraction that is found answers sooner.
_SECONDS_A_ROW = 1e-3


@dataclass(frozen=True, eq=False)
class EvolvedTask:
    """A task with the evolution that answers it; `plan` is None, since nothing is contracted."""

    task: ComponentTask | TermsTask
    evolution: Evolution
    plan: None = None

    @cached_property
    def live(self) -> tuple[NDArray[np.intp], ...]:
        """By axis of the answer, the components that it has: all."""
        return tuple(np.arange(size, dtype=np.intp) for size in self.shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """The answer's shape."""
        return self.evolution.shape

    @property
    def basis(self) -> str:
        """What the state is: Pauli components, or a ket."""
        return self.evolution.picture

    @property
    def seconds(self) -> float:
        """The predicted time of one answer."""
        return self.evolution.seconds()

    def is_clear(self, contractions: int = 1) -> bool:
        """Whether to look for so many contractions would take longer than the evolution does."""
        rows = self.evolution.num_rows * contractions
        least = _ROWS_FOR_DERIVATIVES if self.evolution.settings.derivatives else _ROWS
        return rows >= least and self.seconds < _SECONDS_A_ROW * rows


def evolved(task: Task | TermsTask, settings: Settings) -> EvolvedTask | BudgetError | None:
    """The task as an evolution; the error where that does not fit, None where it is of no kind."""
    if not isinstance(task, ComponentTask | TermsTask):
        return None
    if "pauli" not in settings.bases:
        return None
    picture: Picture | None = None if "ket" in settings.bases else "pauli"
    try:
        found = Evolution.prepare(task.circuit, task.question, settings, picture=picture)
    except BudgetError as error:
        return error
    return EvolvedTask(task, found)

"""Running tasks that are answered by moving one state through time."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from math import prod

import numpy as np
from numpy.typing import NDArray

from tnsim.base.arrays import itemsize, real_dtype
from tnsim.engines.inputs import Inputs, Outcome, Setting

from .evolved_task import EvolvedTask
from .loads import GradientLoad, Load
from .running import Progress

__all__ = ["EvolvedGradient", "EvolvedLoads", "EvolvedRunner"]


class EvolvedLoads:
    """The loads of an evolution, whose parameter sets run one by one."""

    def __init__(self, planned: EvolvedTask) -> None:
        self._planned = planned

    def load(self, setting: Setting, room: int, *, gradient: bool = False) -> Load:  # noqa: ARG002
        """The load in a setting; an evolution has one size, whatever the room."""
        evolution = self._planned.evolution
        varies = bool(setting.batch & set(evolution.parameters))
        size = setting.size if varies else 1
        number = itemsize(real_dtype(evolution.settings.dtype))
        operations = 2 if evolution.picture == "pauli" else 8
        return Load(
            varies=varies,
            batched=varies,
            chunk=size,
            parts=1,
            peak=evolution.peak_bytes(size, gradient=gradient, device=setting.library != "numpy"),
            constants=0,
            answer=size * prod(evolution.shape) * number,
            flops=operations * evolution.multiply_adds(gradient=gradient) * size,
            slices=1,
            seconds=evolution.seconds(gradient=gradient) * size,
        )


class EvolvedRunner:
    """Runs one evolution."""

    def __init__(self, planned: EvolvedTask) -> None:
        self.planned = planned
        self.loads = EvolvedLoads(planned)

    def run(
        self,
        inputs: Inputs,
        load: Load,  # noqa: ARG002
        executor: Executor | None,  # noqa: ARG002
        progress: Progress | None,
    ) -> Outcome:
        """The answer at parameter values. There are no slices: an executor has nothing to do."""
        outcome = self.planned.evolution.run(inputs)
        if progress is not None:
            progress(1, 1)
        return outcome


class EvolvedGradient:
    """Runs one evolution forwards and back, for derivatives by the parameters `names`."""

    def __init__(self, runner: EvolvedRunner, names: Sequence[str]) -> None:
        self.runner = runner
        self.evolution = runner.planned.evolution
        self.shape = self.evolution.shape
        place = {name: k for k, name in enumerate(names)}
        found = [(k, place[n]) for k, n in enumerate(self.evolution.parameters) if n in place]
        self._from = np.array([k for k, _ in found], dtype=np.intp)
        self._to = np.array([k for _, k in found], dtype=np.intp)
        self._count = len(names)

    @property
    def reached(self) -> frozenset[str]:
        """The names that the answer depends on."""
        names = self.evolution.parameters
        return frozenset(names[k] for k in self._from.tolist())

    def load(self, setting: Setting, room: int) -> GradientLoad:
        """The load in a setting."""
        gradient = bool(self.reached)
        return GradientLoad(self.runner.loads.load(setting, room, gradient=gradient), None)

    def run(
        self,
        inputs: Inputs,
        load: GradientLoad,
        cotangent: NDArray[np.generic] | None,
        executor: Executor | None,
        progress: Progress | None,
        *,
        fold: int = 1,
    ) -> tuple[Outcome, NDArray[np.generic]]:
        """The outcome, and dL/dp of shape (names, S); see `TaskGradient.run`."""
        assert fold == 1, "only amplitudes have several sets for one of the caller's"
        sets = load.run.chunk
        if not self.reached:
            outcome = self.runner.run(inputs, load.run, executor, progress)
            return outcome, np.zeros((self._count, 1))
        weights = np.ones(self.shape) if cotangent is None else np.asarray(cotangent)
        weights = np.broadcast_to(weights.reshape(-1, *self.shape), (sets, *self.shape))
        outcome, slopes = self.evolution.value_and_slopes(inputs, weights)
        total = np.zeros((self._count, sets), dtype=slopes.dtype)
        total[self._to] = slopes[self._from]
        if progress is not None:
            progress(1, 1)
        return outcome, total

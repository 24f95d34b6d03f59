"""Answers with their derivatives by parameters: forwards, then back through every task.

Where a cotangent is known before the outcome (a sum of Pauli strings, say), one pass forwards
and back serves a task, and the whole sum is one cotangent. Outcomes that are single numbers are
differentiated as they are found, and scaled later. For what is left, the variance of many terms
or the purity of a few qubits, the outcomes come first and a second pass goes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from autoray import do
from numpy.typing import NDArray

from tnsim.base.arrays import Array
from tnsim.engines.inputs import Inputs, Outcome, Setting
from tnsim.queries.query import LeafQuery

from .amplitudes import AmplitudesAnswer
from .answers import Demand
from .cotangents import is_linear, outcome_cotangents
from .evolved import EvolvedGradient, EvolvedRunner
from .gradient_costs import GradientCost, GradientWorkload
from .gradient_loads import TaskGradient
from .loads import GradientLoad
from .running import Progress, TaskRunner, part_of

if TYPE_CHECKING:
    from .engine import ExactEngine

__all__ = ["ExactGradient", "Pull", "Seeds"]

_COSTS_KEPT = 32

Seeds = Mapping[LeafQuery, NDArray[Any]]
"""Cotangents of answers, each of shape (S, *answer); S is the batch, or 1 for all its members."""

Pull = Callable[[Seeds], NDArray[np.float64]]
"""From cotangents to the derivatives dL/dp of shape (names, S), L = Re sum cotangent * answer,
for every parameter set by itself."""


@dataclass(frozen=True, eq=False)
class ExactGradient:
    """Derivatives of an engine's answers by the parameters `names`."""

    engine: ExactEngine
    names: tuple[str, ...]

    @cached_property
    def tasks(self) -> tuple[TaskGradient | EvolvedGradient, ...]:
        """The engine's tasks with the ways back to the names."""
        return tuple(_gradient(runner, self.names) for runner in self.engine.runners)

    @cached_property
    def cost(self) -> Callable[[Setting], GradientCost]:
        """What values and derivatives of all answers take in a setting."""
        return lru_cache(maxsize=_COSTS_KEPT)(self._work.cost)

    @cached_property
    def part(self) -> Callable[[Setting, int], GradientCost]:
        """What they take at parameter sets worked on at once, in so many bytes."""
        return self._work.together

    @cached_property
    def _work(self) -> GradientWorkload:
        engine = self.engine
        return GradientWorkload(
            engine.planned,
            self.tasks,
            engine.answers,
            engine.circuit.num_qubits,
            engine.settings,
            len(self.names),
        )

    def is_linear(self, leaf: LeafQuery) -> bool:
        """Whether a cotangent of the answer is one of the outcomes, whatever these are."""
        return is_linear(self.engine.answers[leaf])

    def value_and_gradient(
        self,
        inputs: Inputs,
        leaves: Sequence[LeafQuery],
        seeds: Seeds | Callable[[Mapping[LeafQuery, Array]], Seeds],
        executor: Executor | None,
        progress: Progress | None,
    ) -> tuple[dict[LeafQuery, Array], NDArray[np.float64]]:
        """The answers and dL/dp, shape (names, S), S being the batch or 1.

        `seeds` are the cotangents, or a function of the answers where they depend on those.
        """
        cost = self.cost(inputs.setting)
        self.engine.check(inputs, cost.peak_bytes)
        values: list[dict[LeafQuery, Array]] = []
        slopes: list[NDArray[np.float64]] = []
        for number in range(cost.parts):
            begin = number * cost.chunk
            end = min(begin + cost.chunk, inputs.size)
            part = inputs if cost.parts == 1 else inputs.part(begin, end)
            report = part_of(progress, number, cost.parts)
            work = _Pass(self, part, cost.room, executor, report)
            if callable(seeds):
                found, pull = work.value_and_pull(leaves)
                slope = pull(seeds(found))
            else:
                found, slope = work.linear(leaves, seeds)
            values.append(found)
            slopes.append(np.broadcast_to(slope, (len(slope), part.size)))
        return _joined(values), np.concatenate(slopes, axis=1)

    def value_and_pull(
        self,
        inputs: Inputs,
        leaves: Sequence[LeafQuery],
        executor: Executor | None,
        progress: Progress | None,
    ) -> tuple[dict[LeafQuery, Array], Pull]:
        """The answers, and the function from their cotangents to derivatives.

        Where the budget holds all parameter sets at once, outcomes are kept for the function;
        otherwise it answers again, part by part.
        """
        cost = self.cost(inputs.setting)
        self.engine.check(inputs, cost.peak_bytes)
        if cost.parts == 1:
            return _Pass(self, inputs, cost.room, executor, progress).value_and_pull(leaves)

        def pull(seeds: Seeds) -> NDArray[np.float64]:
            slopes = []
            for begin in range(0, inputs.size, cost.chunk):
                end = min(begin + cost.chunk, inputs.size)
                work = _Pass(self, inputs.part(begin, end), cost.room, executor, None)
                _, back = work.value_and_pull(leaves)
                part = {k: s if len(s) == 1 else s[begin:end] for k, s in seeds.items()}
                found = back(part)
                slopes.append(np.broadcast_to(found, (len(found), end - begin)))
            return np.concatenate(slopes, axis=1)

        return self.engine.run(inputs, executor, progress), pull


@dataclass(frozen=True, eq=False)
class _Pass:
    """One way forwards and back at parameter sets that are worked on together."""

    gradient: ExactGradient
    inputs: Inputs
    room: int
    executor: Executor | None
    progress: Progress | None

    def linear(
        self, leaves: Sequence[LeafQuery], seeds: Seeds
    ) -> tuple[dict[LeafQuery, Array], NDArray[np.float64]]:
        """Answers and derivatives where the cotangents are known from the start."""
        outcomes: dict[Demand, Outcome] = {}
        cotangents: dict[Demand, NDArray[Any]] = {}
        for leaf in leaves:
            for demand, cotangent in self._cotangents(leaf, seeds[leaf], self._not_yet):
                before = cotangents.get(demand)
                cotangents[demand] = cotangent if before is None else before + cotangent
        total = np.zeros((len(self.gradient.names), 1))
        for demand, cotangent in cotangents.items():
            outcomes[demand], found = self._run(demand, cotangent, len(outcomes), len(cotangents))
            total = total + found
        return self._values(leaves, outcomes), total

    def value_and_pull(self, leaves: Sequence[LeafQuery]) -> tuple[dict[LeafQuery, Array], Pull]:
        """Answers, and derivatives once the cotangents are known."""
        gradient, inputs = self.gradient, self.inputs
        answers = gradient.engine.answers
        demands = dict.fromkeys(
            d for leaf in leaves for d in answers[leaf].demands(inputs.batch, inputs.size)
        )
        outcomes: dict[Demand, Outcome] = {}
        slopes: dict[Demand, NDArray[Any]] = {}
        for demand in demands:
            task = gradient.tasks[demand.task]
            if not task.shape and not demand.inputs:
                found = self._run(demand, None, len(outcomes), len(demands))
                outcomes[demand], slopes[demand] = found
            else:
                outcomes[demand] = self._forward(demand, len(outcomes), len(demands))

        def pull(seeds: Seeds) -> NDArray[np.float64]:
            total = np.zeros((len(gradient.names), 1))
            for leaf in leaves:
                if leaf not in seeds:
                    continue
                run = self._found(outcomes)
                for demand, cotangent in self._cotangents(leaf, seeds[leaf], run):
                    if demand in slopes:
                        total = total + (slopes[demand] * cotangent.reshape(1, -1)).real
                    elif not outcomes[demand].batched and len(cotangent) > 1:
                        total = total + self._each(demand, cotangent)
                    else:
                        total = total + self._run(demand, cotangent, 0, 0)[1]
            return total

        return self._values(leaves, outcomes), pull

    def _each(self, demand: Demand, cotangents: NDArray[Any]) -> NDArray[np.float64]:
        """The derivatives of an outcome that all members share, their cotangents differing."""
        rows = [self._run(demand, row[None], 0, 0)[1] for row in cotangents]
        return np.concatenate(rows, axis=1)

    def _cotangents(
        self, leaf: LeafQuery, seed: NDArray[Any], run: Callable[[int, Inputs], Outcome]
    ) -> list[tuple[Demand, NDArray[Any]]]:
        engine, inputs = self.gradient.engine, self.inputs
        answer = engine.answers[leaf]
        demands = {d.task: d for d in answer.demands(inputs.batch, inputs.size)}
        found = outcome_cotangents(answer, seed, run, engine.planned, inputs)
        return [(demands[task], cotangent) for task, cotangent in found]

    def _given(self, demand: Demand) -> tuple[Inputs, int]:
        """The inputs of a demand, and how many of its sets belong to one of ours."""
        if not demand.inputs:
            return self.inputs, 1
        for answer in self.gradient.engine.answers.values():
            if isinstance(answer, AmplitudesAnswer) and answer.task == demand.task:
                given = answer.widened(self.inputs)
                if demand.is_for(answer.task, given.batch, given.size):
                    return given, given.size // self.inputs.size
        raise AssertionError("only amplitudes ask for more parameter sets than there are")

    @cached_property
    def _loads(self) -> Mapping[Demand, GradientLoad]:
        return self.gradient.part(self.inputs.setting, self.room).loads

    def _run(
        self, demand: Demand, cotangent: NDArray[Any] | None, number: int, of: int
    ) -> tuple[Outcome, NDArray[Any]]:
        gradient = self.gradient
        load = self._loads[demand]
        given, fold = self._given(demand)
        if cotangent is not None and load.run.varies and len(cotangent) != given.size:
            cotangent = np.broadcast_to(cotangent, (given.size, *cotangent.shape[1:]))
        report = part_of(self.progress, number, of) if of else None
        task = gradient.tasks[demand.task]
        return task.run(given, load, cotangent, self.executor, report, fold=fold)

    def _forward(self, demand: Demand, number: int, of: int) -> Outcome:
        given, _ = self._given(demand)
        runner = self.gradient.engine.runners[demand.task]
        # Its room is that of the gradient, which takes no less than the outcome alone.
        room = self._loads[demand].run.peak
        load = runner.loads.load(given.setting, room)
        return runner.run(given, load, self.executor, part_of(self.progress, number, of))

    def _values(
        self, leaves: Sequence[LeafQuery], outcomes: Mapping[Demand, Outcome]
    ) -> dict[LeafQuery, Array]:
        engine, inputs = self.gradient.engine, self.inputs
        run = self._found(outcomes)
        return {
            leaf: engine.shaped(
                leaf, engine.answers[leaf].value(run, engine.planned, inputs), inputs
            )
            for leaf in leaves
        }

    @staticmethod
    def _found(outcomes: Mapping[Demand, Outcome]) -> Callable[[int, Inputs], Outcome]:
        def run(task: int, given: Inputs) -> Outcome:
            return next(o for d, o in outcomes.items() if d.is_for(task, given.batch, given.size))

        return run

    @staticmethod
    def _not_yet(task: int, given: Inputs) -> Outcome:
        raise AssertionError(f"the cotangent of task {task} depends on outcomes ({given.size})")


def _gradient(
    runner: TaskRunner | EvolvedRunner, names: Sequence[str]
) -> TaskGradient | EvolvedGradient:
    if isinstance(runner, EvolvedRunner):
        return EvolvedGradient(runner, names)
    return TaskGradient(runner, names)


def _joined(parts: Sequence[dict[LeafQuery, Array]]) -> dict[LeafQuery, Array]:
    if len(parts) == 1:
        return parts[0]
    return {leaf: do("concatenate", [p[leaf] for p in parts], axis=0) for leaf in parts[0]}

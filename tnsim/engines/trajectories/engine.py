"""The engine: prepared from structure, run on numbers."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tnsim.base.budgets import format_bytes
from tnsim.base.errors import BudgetError, QueryError
from tnsim.circuit import Circuit
from tnsim.engines.approximate import Cost, Estimate, Report
from tnsim.engines.refusals import at_least
from tnsim.engines.settings import Settings
from tnsim.queries import Samples
from tnsim.queries.query import LeafQuery

from .answers import Answer, Summary, answer_of
from .biases import truncation_biases
from .evidence import Table, evidence_of
from .holding import REAL, Holding, Lines, Vectors, lines_for
from .options import Trajectories
from .preparing import Plan, plan_of
from .random_numbers import key_of
from .sampling import Sampler
from .shots import draw_shots, misread
from .tasks import Task, TaskRun, Time

__all__ = ["TrajectoryEngine"]

_ROUNDING = {"complex128": 1e-12, "complex64": 2e-5}
_OPERATIONS = 8e9
# Real operations of kernels in a second.
_LEAST_RUN = 64
# Trajectories that are looked at first: without time for them no larger bond is begun.
_LARGE = 16
# States of fewer qubits are not taken apart.
_SHORT, _PATIENCE = 1.0, 10.0
# Vectors are exact: they may take a second a trajectory, or ten times as long as lines.


@dataclass(frozen=True, eq=False)
class TrajectoryEngine:
    """Pure states with sampled noise, for the queries and the circuit it was prepared for.

    The mean of f(|psi_t>) over trajectories t is Tr-linear in rho = E |psi_t><psi_t|, whatever
    Kraus operators the channels are taken apart by (Dalibard, Castin and Molmer, Phys. Rev. Lett.
    68, 580 (1992)). The likeliest trajectory, the trunk, is run once and has its exact weight;
    the others are drawn among those that leave it, from the place where they do.

    Reported errors are about two standard errors (95 %), see `answer_of`; evidence holds the
    standard error itself. They do not cover rounding beyond 1e-12 (complex64: 2e-5).
    """

    method: ClassVar[str] = "trajectories"
    basis: ClassVar[str] = "ket"

    circuit: Circuit
    leaves: tuple[LeafQuery, ...]
    settings: Settings
    options: Trajectories
    plan: Plan
    holding: Holding
    workers: int

    @classmethod
    def prepare(
        cls,
        circuit: Circuit,
        leaves: Sequence[LeafQuery],
        settings: Settings,
        options: Trajectories | None = None,
    ) -> TrajectoryEngine:
        """The engine for a circuit with its noise; no state is made yet.

        `QueryError` names what cannot be answered, `BudgetError` the least budget.
        """
        chosen = Trajectories() if options is None else options
        asked = tuple(dict.fromkeys(leaves))
        for leaf in asked:
            leaf.validate(circuit.num_qubits)
        plan, holding = _chosen(circuit, asked, chosen, settings)
        least = holding.bytes(plan, 1)
        if least > settings.budget:
            raise _refusal(plan, settings, least, bonds=holding.name == "mps")
        workers = chosen.workers
        while workers > 1 and holding.bytes(plan, workers) > settings.budget:
            workers -= 1
        return cls(circuit, asked, settings, chosen, plan, holding, workers)

    def cost(self) -> Cost:
        """Bytes with the workers that fit, operations and seconds at the most trajectories.

        Where an error is aimed at, those are the ones that an answer of spread 1 would need.
        """
        seconds = sum(
            (1 + self._expected(task)) * self.holding.seconds(task) for task in self.plan.tasks
        )
        seconds += sum(
            (1 + query.shots) * self.holding.seconds(task) for query, task in self.plan.samples
        )
        spent = seconds / self.workers
        if self.options.seconds is not None:
            spent = min(spent, self.options.seconds)
        peak = self.holding.bytes(self.plan, self.workers)
        grown = self.holding.grown()
        while grown is not None:
            peak = max(peak, grown.bytes(self.plan, _workers(grown, self)))
            grown = grown.grown()
        return Cost(peak, seconds * _OPERATIONS, spent, 0.0 if self._is_exact() else None)

    def _is_exact(self) -> bool:
        tasks = [*self.plan.tasks, *(task for _, task in self.plan.samples)]
        return self.holding.name == "vector" and all(task.steps.is_pure for task in tasks)

    def _expected(self, task: Task) -> int:
        if task.steps.is_pure:
            return 0
        wanted = self.options.wanted_error
        return (
            self.options.most
            if wanted is None
            else min(self.options.most, max(64, math.ceil(4.0 / wanted**2)))
        )

    def run(
        self, values: Mapping[str, float], report: Report | None = None
    ) -> dict[LeafQuery, Estimate]:
        """The answers at parameter values.

        An interrupt (Ctrl-C) ends sampling and gives the answers from what was finished, if
        anything was; the evidence says so.
        """
        found: dict[LeafQuery, Estimate] = {}
        deadline = time.monotonic() + (self.options.seconds or math.inf)
        for query, task in self.plan.samples:
            found[query] = self._samples(query, task, values, deadline)
        if self.plan.tasks:
            found.update(self._grown_means(values, report, deadline))
        return {leaf: found[leaf] for leaf in self.leaves}

    def _grown_means(
        self, values: Mapping[str, float], report: Report | None, deadline: float
    ) -> dict[LeafQuery, Estimate]:
        """The means at bonds that grow while truncation keeps them from their target."""
        engine = self
        while True:
            found = engine._means(values, report, deadline)
            if all(one.evidence["ended_by"] != "truncation" for one in found.values()):
                return found
            grown = engine.holding.grown()
            if grown is None:
                return found
            one = sum(grown.seconds(task) for task in self.plan.tasks)
            if time.monotonic() + _LEAST_RUN * one > deadline:
                return found
            engine = replace(engine, holding=grown, workers=_workers(grown, self))

    def _means(
        self, values: Mapping[str, float], report: Report | None, deadline: float
    ) -> dict[LeafQuery, Estimate]:
        runs = [
            self._run_of(task, values, deadline, number)
            for number, task in enumerate(self.plan.tasks)
        ]
        biases: dict[int, list[NDArray[np.float64]]] = {}

        def bias_of(number: int) -> list[NDArray[np.float64]]:
            """Found at the first look, once there are trajectories."""
            if number not in biases:
                run = runs[number]
                task = run.task
                coarse = self.holding.states(task, values, coarse=True)
                if coarse is None:
                    biases[number] = [np.zeros(piece.size) for piece in task.pieces]
                else:
                    other = TaskRun(task, values, coarse, (self.options.seed, number))
                    biases[number] = truncation_biases(run, other, run.moments[0].count)
            return biases[number]

        tables: dict[LeafQuery, Table] = {}

        def reached() -> bool:
            answers = self._answers(runs, bias_of)
            for leaf, answer in answers.items():
                tables.setdefault(leaf, Table()).add(_count(leaf, runs), answer)
            wanted = self.options.wanted_error
            # More trajectories do not help where most of an error is truncation.
            return wanted is not None and all(
                bool(np.all((answer.error <= wanted) | (answer.error <= 1.2 * answer.bias)))
                for answer in answers.values()
            )

        ending = Sampler(runs, self.options, self.workers, reached, report, deadline).run()
        if ending != "target_error":
            reached()
        answers = self._answers(runs, bias_of)
        why: str = ending
        aim = self.options.wanted_error or 0.0
        if ending == "target_error" and any(np.any(a.error > aim) for a in answers.values()):
            why = "truncation"
        leaving = {p.leaf: run.leaving for run in runs for p in run.task.pieces}
        return {
            leaf: Estimate(
                answer.value,
                answer.error,
                "standard error",
                evidence_of(
                    answer,
                    tables[leaf],
                    {
                        "trajectories": _count(leaf, runs),
                        "leaving": leaving[leaf],
                        "ended_by": why,
                        "state": self.holding.name,
                        **self._truncation(answer),
                    },
                ),
            )
            for leaf, answer in answers.items()
        }

    def _run_of(
        self, task: Task, values: Mapping[str, float], deadline: float, *seeds: int
    ) -> TaskRun:
        states = self.holding.states(task, values)
        assert states is not None, "only coarse states may be missing"
        given = math.inf if self.options.seconds is None else self.options.seconds
        allowed = Time(given, deadline, self.holding.seconds(task))
        return TaskRun(task, values, states, (self.options.seed, *seeds), allowed)

    def _truncation(self, answer: Answer) -> dict[str, Any]:
        if not isinstance(self.holding, Lines):
            return {}
        worst = float(np.max(answer.bias))
        return {"max_bond": self.holding.max_bond, "truncation_error": worst}

    def _answers(
        self,
        runs: Sequence[TaskRun],
        bias_of: Callable[[int], Sequence[NDArray[np.float64]]],
    ) -> dict[LeafQuery, Answer]:
        parts: dict[LeafQuery, list[Summary]] = {}
        for number, run in enumerate(runs):
            columns = (run.task.pieces, run.trunk, run.moments, run.spans, bias_of(number))
            for piece, trunk, moments, span, bias in zip(*columns, strict=True):
                made = Summary(trunk, run.leaving, moments, span, bias)
                parts.setdefault(piece.leaf, []).append(made)
        rounding = _ROUNDING[self.settings.dtype]
        return {leaf: answer_of(leaf, some, rounding) for leaf, some in parts.items()}

    def _samples(
        self, query: Samples, task: Task, values: Mapping[str, float], deadline: float
    ) -> Estimate:
        seed = np.random.SeedSequence().entropy if query.seed is None else query.seed
        assert isinstance(seed, int)
        run = self._run_of(task, values, deadline, seed, 1)
        bits = draw_shots(run, query.shots, self.circuit.num_qubits, self.workers)
        misread(bits, self.circuit.readout, values, key_of(seed, 1))
        evidence = {"trajectories": query.shots, "leaving": run.leaving, "state": self.holding.name}
        return Estimate(bits, np.broadcast_to(0.0, bits.shape), "bound", evidence)


def _count(leaf: LeafQuery, runs: Sequence[TaskRun]) -> int:
    return min(
        moments.count
        for run in runs
        for piece, moments in zip(run.task.pieces, run.moments, strict=True)
        if piece.leaf == leaf
    )


def _workers(holding: Holding, engine: TrajectoryEngine) -> int:
    """How many workers fit, at least one."""
    workers = engine.workers
    while workers > 1 and holding.bytes(engine.plan, workers) > engine.settings.budget:
        workers -= 1
    return workers


def _chosen(
    circuit: Circuit, leaves: tuple[LeafQuery, ...], options: Trajectories, settings: Settings
) -> tuple[Plan, Holding]:
    """What was asked for; by itself, vectors where they fit and are not much slower than lines."""
    real, budget = REAL[settings.dtype], settings.budget
    together = plan_of(circuit, leaves, real, apart=False)
    if options.state == "mps" or options.max_bond is not None or options.cutoff is not None:
        return together, lines_for(together, options, settings.dtype, budget)
    vectors = Vectors(settings.dtype)
    plan = together
    if max((len(task.qubits) for task in together.tasks), default=0) > _LARGE:
        apart = plan_of(circuit, leaves, real, apart=True)
        plan = min((together, apart), key=lambda one: _seconds(one, vectors))
    if options.state == "vector":
        return plan, vectors
    fits = vectors.bytes(plan, 1) <= budget
    if fits and _seconds(plan, vectors) < _SHORT:
        return plan, vectors
    try:
        lines = lines_for(together, options, settings.dtype, budget)
    except QueryError:
        return plan, vectors
    if lines.bytes(together, 1) > budget:
        return plan, vectors
    slow = _seconds(plan, vectors) > _PATIENCE * _seconds(together, lines)
    return (together, lines) if slow or not fits else (plan, vectors)


def _seconds(plan: Plan, holding: Holding) -> float:
    """Of one trajectory of every task."""
    tasks = [*plan.tasks, *(task for _, task in plan.samples)]
    return sum(holding.seconds(task) for task in tasks)


def _refusal(plan: Plan, settings: Settings, least: int, *, bonds: bool) -> BudgetError:
    tasks = [*plan.tasks, *(task for _, task in plan.samples)]
    most = max(len(task.qubits) for task in tasks)
    less = ", or a smaller max_bond" if bonds else ", or state='mps', or method='mpdo'"
    return BudgetError(
        f"`memory` must be at least {at_least(least)} for trajectories of {most} qubits "
        f"(got {format_bytes(settings.budget)}); give that much, or use dtype='complex64', "
        f"which halves it{less}",
        budget=settings.budget,
        least_bytes=least,
    )

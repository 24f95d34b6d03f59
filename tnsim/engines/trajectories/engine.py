"""The engine: prepared from structure, run on numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from tnsim.base.budgets import format_bytes
from tnsim.base.errors import BudgetError, QueryError
from tnsim.circuit import Circuit
from tnsim.engines.approximate import Cost, Estimate, Report
from tnsim.engines.refusals import at_least
from tnsim.engines.settings import Settings
from tnsim.queries import Samples
from tnsim.queries.query import LeafQuery

from .answers import Answer, Summary, answer_of
from .options import Trajectories
from .preparing import Plan, plan_of
from .random_numbers import key_of
from .sampling import Sampler
from .shots import draw_shots, misread
from .tasks import Task, TaskRun
from .vector_states import VectorStates, kept_bytes, worker_bytes

__all__ = ["TrajectoryEngine"]

_REAL: Mapping[str, np.dtype[Any]] = {
    "complex128": np.dtype(np.float64),
    "complex64": np.dtype(np.float32),
}
_ROUNDING = {"complex128": 1e-12, "complex64": 2e-5}
_RATE = 2.5e8
# Amplitudes that one core moves through a block of two qubits in a second.
_SPARE = 8 << 20
# What threads and small arrays take.
_SHOT = 160
# Bytes of random numbers, places and results for one shot.
_MOST_LISTED = 4096
# Longer lists of standard errors are left out of the evidence.


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
        if chosen.state == "mps" or chosen.max_bond is not None or chosen.cutoff is not None:
            raise QueryError(
                "`state` must be 'vector' for method='trajectories', but got a line of tensors "
                "(state='mps', max_bond or cutoff); use method='mpdo' for noisy lines"
            )
        asked = tuple(dict.fromkeys(leaves))
        for leaf in asked:
            leaf.validate(circuit.num_qubits)
        plan = plan_of(circuit, asked, _REAL[settings.dtype])
        least = _bytes(plan, settings.dtype, 1)
        if least > settings.budget:
            raise _refusal(plan, settings, least)
        workers = chosen.workers
        while workers > 1 and _bytes(plan, settings.dtype, workers) > settings.budget:
            workers -= 1
        return cls(circuit, asked, settings, chosen, plan, workers)

    def cost(self) -> Cost:
        """Bytes with the workers that fit, operations and seconds at the most trajectories.

        Where an error is aimed at, those are the ones that an answer of spread 1 would need.
        """
        peak = _bytes(self.plan, self.settings.dtype, self.workers)
        moved = sum(_moved(task, self._expected(task)) for task in self.plan.tasks)
        moved += sum(_moved(task, query.shots) for query, task in self.plan.samples)
        seconds = moved / _RATE / self.workers
        if self.options.seconds is not None:
            seconds = min(seconds, self.options.seconds)
        # A block of two qubits takes 16 complex multiply-adds for 4 amplitudes.
        error = 0.0 if self._is_exact() else None
        return Cost(peak, 32.0 * moved, seconds, error)

    def _is_exact(self) -> bool:
        tasks = [*self.plan.tasks, *(task for _, task in self.plan.samples)]
        return all(task.steps.is_pure for task in tasks)

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
        for query, task in self.plan.samples:
            found[query] = self._samples(query, task, values)
        if self.plan.tasks:
            found.update(self._means(values, report))
        return {leaf: found[leaf] for leaf in self.leaves}

    def _means(
        self, values: Mapping[str, float], report: Report | None
    ) -> dict[LeafQuery, Estimate]:
        dtype = _REAL[self.settings.dtype]
        runs = [
            TaskRun(
                task,
                values,
                VectorStates(task, values, dtype),
                (self.options.seed, number),
            )
            for number, task in enumerate(self.plan.tasks)
        ]
        tables: dict[LeafQuery, _Table] = {}

        def reached() -> bool:
            answers = self._answers(runs)
            for leaf, answer in answers.items():
                tables.setdefault(leaf, _Table()).add(_count(leaf, runs), answer)
            wanted = self.options.wanted_error
            return wanted is not None and all(
                bool(np.all(answer.error <= wanted)) for answer in answers.values()
            )

        ending = Sampler(runs, self.options, self.workers, reached, report).run()
        if ending != "target_error":
            reached()
        leaving = {p.leaf: run.leaving for run in runs for p in run.task.pieces}
        return {
            leaf: Estimate(
                answer.value,
                answer.error,
                "standard error",
                {
                    "trajectories": _count(leaf, runs),
                    "standard_error": (
                        answer.deviation.tolist()
                        if answer.deviation.size <= _MOST_LISTED
                        else {"largest": float(answer.deviation.max())}
                    ),
                    "leaving": leaving[leaf],
                    "ended_by": ending,
                    "state": "vector",
                    "convergence": tables[leaf].columns(),
                },
            )
            for leaf, answer in self._answers(runs).items()
        }

    def _answers(self, runs: Sequence[TaskRun]) -> dict[LeafQuery, Answer]:
        parts: dict[LeafQuery, list[Summary]] = {}
        for run in runs:
            for piece, trunk, moments, span in zip(
                run.task.pieces, run.trunk, run.moments, run.spans, strict=True
            ):
                parts.setdefault(piece.leaf, []).append(Summary(trunk, run.leaving, moments, span))
        rounding = _ROUNDING[self.settings.dtype]
        return {leaf: answer_of(leaf, some, rounding) for leaf, some in parts.items()}

    def _samples(self, query: Samples, task: Task, values: Mapping[str, float]) -> Estimate:
        seed = np.random.SeedSequence().entropy if query.seed is None else query.seed
        assert isinstance(seed, int)
        states = VectorStates(task, values, _REAL[self.settings.dtype])
        run = TaskRun(task, values, states, (seed, self.options.seed))
        bits = draw_shots(run, query.shots, self.circuit.num_qubits)
        misread(bits, self.circuit.readout, values, key_of(seed, 1))
        evidence = {"trajectories": query.shots, "leaving": run.leaving, "state": "vector"}
        return Estimate(bits, np.broadcast_to(0.0, bits.shape), "bound", evidence)


class _Table:
    """How an answer came to be: trajectories, value and error at every look."""

    def __init__(self) -> None:
        self._count: list[int] = []
        self._value: list[Any] = []
        self._error: list[float] = []

    def add(self, count: int, answer: Answer) -> None:
        self._count.append(count)
        self._error.append(float(np.max(answer.error)))
        value = answer.value
        if value.ndim == 0:
            number = complex(value)
            self._value.append([number.real, number.imag] if number.imag else number.real)

    def columns(self) -> dict[str, list[Any]]:
        """Values of numbers only, a complex one as [re, im]; of arrays the largest error."""
        named: dict[str, list[Any]] = {"trajectories": self._count, "error": self._error}
        return {**named, "value": self._value} if self._value else named


def _count(leaf: LeafQuery, runs: Sequence[TaskRun]) -> int:
    return min(
        moments.count
        for run in runs
        for piece, moments in zip(run.task.pieces, run.moments, strict=True)
        if piece.leaf == leaf
    )


def _bytes(plan: Plan, dtype: str, workers: int) -> int:
    """Everything alive at once while a plan is run: tasks are kept, and sampled in turn."""
    real = _REAL[dtype]
    kept = sum(kept_bytes(task, real) for task in plan.tasks)
    moving = max((worker_bytes(task, real) for task in plan.tasks), default=0)
    shots = 0
    for query, task in plan.samples:
        drawn = query.shots * (2 * len(task.qubits) + _SHOT)
        shots = max(shots, drawn + kept_bytes(task, real) + worker_bytes(task, real))
    return max(kept + workers * moving, shots) + _SPARE


def _refusal(plan: Plan, settings: Settings, least: int) -> BudgetError:
    tasks = [*plan.tasks, *(task for _, task in plan.samples)]
    most = max(len(task.qubits) for task in tasks)
    return BudgetError(
        f"`memory` must be at least {at_least(least)} for trajectories of {most} qubits "
        f"(got {format_bytes(settings.budget)}); give that much, or use dtype='complex64', "
        "which halves it, or method='mpdo'",
        budget=settings.budget,
        least_bytes=least,
    )


def _moved(task: Task, trajectories: int) -> float:
    """Amplitudes times blocks, the trunk included."""
    return float(task.size) * len(task.layout) * (1 + trajectories)

"""The exact engine: queries to tasks, tasks to plans, plans to answers."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from autoray import do

from tnsim.base.arrays import Array, as_library, complex_dtype, real_dtype
from tnsim.base.errors import BudgetError, QueryError
from tnsim.circuit import Circuit
from tnsim.lowering.components import ComponentQuestion
from tnsim.lowering.instructions import is_pure
from tnsim.lowering.recipes import RecipeBook
from tnsim.queries import (
    Amplitudes,
    Expectation,
    Fidelity,
    PauliSum,
    Probabilities,
    Purity,
    ReducedDensityMatrix,
    Variance,
)
from tnsim.queries.query import LeafQuery

from .amplitudes import AmplitudesAnswer, amplitude_task
from .answers import (
    Answer,
    DensityAnswer,
    FidelityAnswer,
    OverlapAnswer,
    PauliAnswer,
    ProbabilityAnswer,
    PurityAnswer,
    Reading,
    VarianceAnswer,
)
from .grouping import Group, Term, terms_of
from .memory import Ledger
from .planning import PlannedTask, Settings, plan_task, refusal_at
from .running import Inputs, Outcome, Progress, TaskRunner, part_of
from .strategy import choose_groups
from .tasks import ComponentTask, InnerProductTask, OverlapTask, Task

__all__ = ["ExactEngine"]

_MOST_OPEN_QUBITS = 6
_MOST_GUESSES = 12


@dataclass(frozen=True, eq=False)
class ExactEngine:
    """Planned contractions and the answers that they make; no array exists yet.

    `answers[leaf]` needs the tasks that it names by number.
    """

    planned: tuple[PlannedTask, ...]
    answers: dict[LeafQuery, Answer]
    runners: tuple[TaskRunner, ...]
    num_qubits: int
    settings: Settings
    ledger: Ledger

    @classmethod
    def prepare(
        cls, circuit: Circuit, leaves: Sequence[LeafQuery], settings: Settings
    ) -> ExactEngine:
        """Plan all of `leaves` together: tasks that several of them need are planned once."""
        desk, answers, ledger = _planned(circuit, leaves, settings)
        runners = tuple(TaskRunner(p) for p in desk.planned)
        return cls(tuple(desk.planned), answers, runners, circuit.num_qubits, settings, ledger)

    def run(
        self, inputs: Inputs, executor: Executor | None, progress: Progress | None
    ) -> dict[LeafQuery, Array]:
        """The answers at parameter values, in the library of `inputs`.

        Of a batch as many parameter sets are worked on at once as the budget holds.
        """
        budget = self.settings.budget
        chunk = self.ledger.chunk(inputs.size, budget) if inputs.batch else 1
        room = self.ledger.room(chunk, inputs.size, budget)
        begins = range(0, inputs.size, chunk)
        if len(begins) == 1:
            return self._answers(inputs, room, executor, progress)
        made = []
        for number, begin in enumerate(begins):
            part = inputs.part(begin, min(begin + chunk, inputs.size))
            report = part_of(progress, number, len(begins))
            made.append(self._answers(part, room, executor, report))
        return {leaf: do("concatenate", [m[leaf] for m in made], axis=0) for leaf in made[0]}

    def _answers(
        self,
        inputs: Inputs,
        room: int,
        executor: Executor | None,
        progress: Progress | None,
    ) -> dict[LeafQuery, Array]:
        outcomes: dict[int, Outcome] = {}
        steps = [_slices(p) for p in self.planned]
        total, done = sum(steps), 0

        def outcome(task: int, given: Inputs) -> Outcome:
            nonlocal done, total
            if given is inputs and task in outcomes:
                return outcomes[task]
            begun = done

            def report(slices: int, of: int) -> None:
                nonlocal total
                # A batch that is cut into parts takes the slices once for each part.
                total, steps[task] = total + of - steps[task], of
                if progress is not None:
                    progress(min(begun + slices, total), total)

            found = self.runners[task].run(given, room, executor, report if progress else None)
            done += steps[task]
            if given is inputs:
                outcomes[task] = found
            return found

        return {
            leaf: self._shaped(leaf, answer.value(outcome, self.planned, inputs), inputs)
            for leaf, answer in self.answers.items()
        }

    def _shaped(self, leaf: LeafQuery, value: Any, inputs: Inputs) -> Array:
        """The answer as an array of the inputs' library, with a batch axis if they have one."""
        if isinstance(value, int | float | complex):
            dtype = (
                complex_dtype(self.settings.dtype)
                if leaf.is_complex
                else real_dtype(self.settings.dtype)
            )
            value = as_library(np.asarray(value), dtype, inputs.library, inputs.like)
        shape = leaf.shape(self.num_qubits)
        if inputs.batch and len(value.shape) == len(shape):
            return do("broadcast_to", do("reshape", value, (1, *shape)), (inputs.size, *shape))
        return value


@dataclass(eq=False)
class _Desk:
    """Collects tasks while queries are turned into answers; equal tasks are planned once."""

    circuit: Circuit
    settings: Settings
    book: RecipeBook = field(default_factory=RecipeBook)
    planned: list[PlannedTask] = field(default_factory=list)
    _numbers: dict[tuple[object, ...], int] = field(default_factory=dict)
    _groups: dict[Term, tuple[int, Group]] = field(default_factory=dict)

    def answers(self, leaves: Sequence[LeafQuery]) -> tuple[dict[LeafQuery, Answer], Ledger]:
        """Plan all tasks; the answers made of them, and what a run holds."""
        self.pool([leaf for leaf in leaves if isinstance(leaf, Expectation | Variance)])
        made = {leaf: self.answer(leaf) for leaf in leaves}
        n = self.circuit.num_qubits
        return made, Ledger.of(self.planned, made, n, self.settings.dtype)

    def task(self, task: Task) -> int:
        key = (type(task).__name__, *task.key)
        if key not in self._numbers:
            self._numbers[key] = len(self.planned)
            self.planned.append(plan_task(self.book, task, self.settings))
        return self._numbers[key]

    def pool(self, leaves: Sequence[Expectation | Variance]) -> None:
        """Plan the Pauli terms of all these queries together."""
        terms: dict[Term, None] = {}
        for leaf in leaves:
            sums = [leaf.observable]
            if isinstance(leaf, Variance):
                sums.append(leaf.observable * leaf.observable)
            for one in sums:
                terms.update(dict.fromkeys(t for t in terms_of(one) if t))
        if not terms:
            return
        quick = replace(self.settings, effort="low")
        groups = choose_groups(
            self.circuit, list(terms), lambda task: plan_task(self.book, task, quick)
        )
        for group in groups:
            number = self.task(ComponentTask(self.circuit, group.question))
            for term in group.terms:
                self._groups[term] = (number, group)

    def answer(self, leaf: LeafQuery) -> Answer:
        match leaf:
            case Expectation():
                return self._pauli(leaf.observable)
            case Variance():
                square = self._pauli(leaf.observable * leaf.observable)
                return VarianceAnswer(square, self._pauli(leaf.observable))
            case Probabilities():
                task, order = self._open(leaf.qubits, (0, 3), readout=True)
                return ProbabilityAnswer(task, order)
            case ReducedDensityMatrix():
                task, order = self._open(leaf.qubits, (0, 1, 2, 3), readout=False)
                return DensityAnswer(task, order)
            case Purity():
                return self._purity(leaf)
            case Fidelity():
                return self._fidelity(leaf)
            case Amplitudes():
                return self._amplitudes(leaf)
        raise QueryError(
            f"the exact method does not answer {type(leaf).__name__}; it answers Expectation, "
            "Variance, Probabilities, ReducedDensityMatrix, Purity, Fidelity and Amplitudes"
        )

    def _pauli(self, observable: PauliSum) -> PauliAnswer:
        coefficients = observable.coefficients
        weights = coefficients.real if observable.is_hermitian else coefficients
        constant: complex = 0.0
        found: dict[int, tuple[list[int], list[complex]]] = {}
        for term, weight in zip(terms_of(observable), weights.tolist(), strict=True):
            if not term:
                constant += weight
                continue
            number, group = self._groups[term]
            positions, values = found.setdefault(number, ([], []))
            positions.append(group.index(term))
            values.append(weight)
        readings = tuple(
            Reading(n, np.array(p, dtype=np.intp), np.array(w)) for n, (p, w) in found.items()
        )
        return PauliAnswer(constant, readings)

    def _open(
        self, qubits: Sequence[int], letters: tuple[int, ...], *, readout: bool
    ) -> tuple[int, tuple[int, ...]]:
        ordered = sorted(qubits)
        question = ComponentQuestion(tuple((q, letters) for q in ordered), readout)
        order = tuple(ordered.index(q) for q in qubits)
        return self.task(ComponentTask(self.circuit, question)), order

    def _purity(self, leaf: Purity) -> Answer:
        n = self.circuit.num_qubits
        qubits = tuple(range(n)) if leaf.qubits is None else tuple(leaf.qubits)
        if len(qubits) <= _MOST_OPEN_QUBITS:
            task, _ = self._open(qubits, (0, 1, 2, 3), readout=False)
            return PurityAnswer(task, len(qubits))
        return OverlapAnswer(self.task(OverlapTask(self.circuit, self.circuit, qubits)))

    def _fidelity(self, leaf: Fidelity) -> Answer:
        pure = is_pure(self.circuit), is_pure(leaf.other)
        if all(pure):
            return FidelityAnswer(self.task(InnerProductTask(self.circuit, leaf.other)))
        if not any(pure):
            raise QueryError(
                "a Fidelity must have a pure state on one side, but both circuits have noise or "
                "resets; give `other` without noise"
            )
        everything = tuple(range(self.circuit.num_qubits))
        return OverlapAnswer(self.task(OverlapTask(self.circuit, leaf.other, everything)))

    def _amplitudes(self, leaf: Amplitudes) -> Answer:
        if not is_pure(self.circuit):
            raise QueryError(
                "Amplitudes need a pure state, but the circuit has noise or resets; ask for "
                "Probabilities, or leave out the noise"
            )
        task, varying = amplitude_task(self.circuit, leaf.bits)
        return AmplitudesAnswer(self.task(task), varying, leaf.bits[:, list(varying)])


def _planned(
    circuit: Circuit, leaves: Sequence[LeafQuery], settings: Settings
) -> tuple[_Desk, dict[LeafQuery, Answer], Ledger]:
    """All tasks planned so that a whole run fits; `BudgetError` names a budget that works."""
    try:
        return _fitted(circuit, leaves, settings)
    except BudgetError as error:
        refusal, least = error, error.least_bytes
    for _ in range(_MOST_GUESSES):
        if least is None:
            raise refusal
        try:
            _fitted(circuit, leaves, replace(settings, budget=least))
        except BudgetError as error:
            # What this needs beside its contractions was not in the figure yet.
            least = max(error.least_bytes or 0, least + least // 8 + 1)
        else:
            raise refusal_at(settings.budget, least, refusal.flops) from refusal
    raise refusal


def _fitted(
    circuit: Circuit, leaves: Sequence[LeafQuery], settings: Settings
) -> tuple[_Desk, dict[LeafQuery, Answer], Ledger]:
    desk = _Desk(circuit, settings)
    answers, ledger = desk.answers(leaves)
    if ledger.peak > settings.budget:
        # Plan again for what the other outcomes and the answers leave.
        tighter = settings.budget - ledger.answers - ledger.others
        if tighter > 0 and settings.budget > ledger.least:
            desk = _Desk(circuit, replace(settings, budget=tighter))
            answers, ledger = desk.answers(leaves)
        ledger.check(settings.budget)
    return desk, answers, ledger


def _slices(planned: PlannedTask) -> int:
    return 0 if planned.plan is None else planned.plan.slices

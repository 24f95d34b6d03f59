"""The exact engine: queries to tasks, tasks to plans, plans to answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from autoray import do

from tnsim.base.arrays import Array, as_library, complex_dtype, real_dtype
from tnsim.base.budgets import format_bytes
from tnsim.base.errors import BudgetError, QueryError
from tnsim.circuit import Circuit
from tnsim.engines.evolution import PauliTerms
from tnsim.engines.inputs import Inputs, Outcome, Setting
from tnsim.engines.refusals import at_least
from tnsim.engines.settings import Settings
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
    Demand,
    DensityAnswer,
    FidelityAnswer,
    OverlapAnswer,
    PauliAnswer,
    ProbabilityAnswer,
    PurityAnswer,
    Reading,
    VarianceAnswer,
)
from .costs import RunCost, Workload
from .evolved import EvolvedRunner
from .evolved_task import EvolvedTask, evolved
from .fitting import within
from .gradient_fitting import within_both
from .gradients import ExactGradient
from .grouping import Group, Term, terms_of
from .planning import Planned, choose_way, is_quicker, least_of, plan_task
from .running import Progress, TaskRunner, part_of
from .strategy import choose_groups
from .tasks import ComponentTask, InnerProductTask, OverlapTask, Task, TermsTask

__all__ = ["ExactEngine"]

_MOST_OPEN_QUBITS = 6
_COSTS_KEPT = 32


@dataclass(frozen=True, eq=False)
class ExactEngine:
    """Planned contractions and the answers that they make; no array exists yet.

    `answers[leaf]` needs the tasks that it names by number. What a run takes, everything alive
    at once counted, stays within the settings' budget for arrays of `library`.
    """

    circuit: Circuit
    settings: Settings
    library: str
    planned: tuple[Planned, ...]
    answers: dict[LeafQuery, Answer]
    runners: tuple[TaskRunner | EvolvedRunner, ...]

    @classmethod
    def prepare(
        cls,
        circuit: Circuit,
        leaves: Sequence[LeafQuery],
        settings: Settings,
        *,
        library: str = "numpy",
        progress: Progress | None = None,
        names: tuple[str, ...] = (),
    ) -> ExactEngine:
        """Plan all of `leaves` together: tasks that several of them need are planned once.

        With `names`, derivatives by these parameters keep the budget as well. `progress(spent,
        allowed)` is told how far each search for a plan is.

        Raises `BudgetError`, naming the least budget that works, where nothing fits.
        """

        def build(room: int, quick: bool) -> ExactEngine:
            given = replace(settings, budget=room, derivatives=bool(names), progress=progress)
            if quick:
                given = replace(given, effort="low", derivatives=False)
            desk = _Desk(circuit, given)
            desk.pool([leaf for leaf in leaves if isinstance(leaf, Expectation | Variance)])
            answers = {leaf: desk.answer(leaf) for leaf in leaves}
            runners = tuple(map(_runner, desk.planned))
            return cls(circuit, settings, library, tuple(desk.planned), answers, runners)

        def forward(engine: ExactEngine) -> int:
            return engine.cost(Setting.single(library)).peak_bytes

        def both(engine: ExactEngine) -> int:
            back = engine.gradient(names).cost(Setting.single(library)).peak_bytes
            return max(forward(engine), back)

        if names:
            return within_both(build, forward, both, settings.budget)
        return within(lambda room: build(room, False), forward, settings.budget)

    def for_library(self, library: str) -> ExactEngine:
        """This engine, or where its arrays of that library take more, one that fits as well."""
        if library == self.library:
            return self
        if library not in self._others:
            fits = self.cost(Setting.single(library)).peak_bytes <= self.settings.budget
            leaves = tuple(self.answers)
            self._others[library] = (
                self
                if fits
                else ExactEngine.prepare(self.circuit, leaves, self.settings, library=library)
            )
        return self._others[library]

    def gradient(self, names: tuple[str, ...]) -> ExactGradient:
        """The derivatives by `names` as these plans give them, within the budget or not."""
        if names not in self._gradients:
            self._gradients[names] = ExactGradient(self, names)
        return self._gradients[names]

    def for_gradient(self, names: tuple[str, ...], library: str) -> ExactGradient:
        """Derivatives by `names` on arrays of a library, planned anew where the budget asks it.

        Raises `BudgetError`, naming the least budget that works, where nothing fits.
        """
        key = (library, names)
        if key not in self._fitting:
            made = self.for_library(library).gradient(names)
            if made.cost(Setting.single(library)).peak_bytes > self.settings.budget:
                leaves = tuple(self.answers)
                made = ExactEngine.prepare(
                    self.circuit, leaves, self.settings, library=library, names=names
                ).gradient(names)
            self._fitting[key] = made
        return self._fitting[key]

    @cached_property
    def _others(self) -> dict[str, ExactEngine]:
        return {}

    @cached_property
    def _gradients(self) -> dict[tuple[str, ...], ExactGradient]:
        return {}

    @cached_property
    def _fitting(self) -> dict[tuple[str, tuple[str, ...]], ExactGradient]:
        return {}

    @cached_property
    def cost(self) -> Callable[[Setting], RunCost]:
        """What a run in a setting takes."""
        return lru_cache(maxsize=_COSTS_KEPT)(self._work.cost)

    @cached_property
    def _part(self) -> Callable[[Setting, int], RunCost]:
        """What one takes whose parameter sets are worked on at once, in so many bytes."""
        return self._work.together

    @cached_property
    def _work(self) -> Workload:
        loads = [runner.loads for runner in self.runners]
        n = self.circuit.num_qubits
        return Workload(self.planned, loads, self.answers, n, self.settings)

    def run(
        self, inputs: Inputs, executor: Executor | None, progress: Progress | None
    ) -> dict[LeafQuery, Array]:
        """The answers at parameter values, in the library of `inputs`.

        Of a batch, as many parameter sets are answered at once as the budget holds; raises
        `BudgetError` where it does not hold the answers.
        """
        cost = self.cost(inputs.setting)
        self.check(inputs, cost.peak_bytes)
        if cost.parts == 1:
            return self._answers(inputs, cost.room, executor, progress)
        made = []
        for number in range(cost.parts):
            begin = number * cost.chunk
            part = inputs.part(begin, min(begin + cost.chunk, inputs.size))
            report = part_of(progress, number, cost.parts)
            made.append(self._answers(part, cost.room, executor, report))
        return {leaf: do("concatenate", [m[leaf] for m in made], axis=0) for leaf in made[0]}

    def _answers(
        self, inputs: Inputs, room: int, executor: Executor | None, progress: Progress | None
    ) -> dict[LeafQuery, Array]:
        """The answers at parameter sets that are worked on together, in `room` bytes."""
        cost = self._part(inputs.setting, room)
        outcomes: dict[Demand, Outcome] = {}
        total, done = max(1, sum(load.slices for load in cost.loads.values())), 0

        def outcome(task: int, given: Inputs) -> Outcome:
            nonlocal done
            demand = next(d for d in cost.loads if d.is_for(task, given.batch, given.size))
            if demand not in outcomes:
                load, begun = cost.loads[demand], done

                def report(slices: int, _: int) -> None:
                    if progress is not None:
                        progress(begun + slices, total)

                found = self.runners[task].run(given, load, executor, report if progress else None)
                done += load.slices
                outcomes[demand] = found
            return outcomes[demand]

        values = {}
        for (leaf, answer), finished in zip(self.answers.items(), cost.done, strict=True):
            values[leaf] = self.shaped(leaf, answer.value(outcome, self.planned, inputs), inputs)
            for demand in finished:
                del outcomes[demand]
        return values

    def check(self, inputs: Inputs, peak_bytes: int) -> None:
        """Raise `BudgetError` where answers at `inputs` take more than the budget."""
        budget = self.settings.budget
        if peak_bytes <= budget:
            return
        many = f"{inputs.size} parameter sets at once" if inputs.batch else "these parameters"
        raise BudgetError(
            f"`memory` must be at least {at_least(peak_bytes)} for the answers at "
            f"{many} (got {format_bytes(budget)}); give that much, "
            "or fewer sets at a time",
            budget=budget,
            least_bytes=peak_bytes,
        )

    def shaped(self, leaf: LeafQuery, value: Any, inputs: Inputs) -> Array:
        """The answer as an array of the inputs' library, with a batch axis if they have one."""
        if isinstance(value, int | float | complex):
            dtype = self.settings.dtype
            dtype = complex_dtype(dtype) if leaf.is_complex else real_dtype(dtype)
            value = as_library(np.asarray(value), dtype, inputs.library, inputs.like)
        shape = leaf.shape(self.circuit.num_qubits)
        if inputs.batch and len(value.shape) == len(shape):
            return do("broadcast_to", do("reshape", value, (1, *shape)), (inputs.size, *shape))
        return value


@dataclass(eq=False)
class _Desk:
    """Collects tasks while queries are turned into answers; equal tasks are planned once."""

    circuit: Circuit
    settings: Settings
    book: RecipeBook = field(default_factory=RecipeBook)
    planned: list[Planned] = field(default_factory=list)
    _numbers: dict[tuple[object, ...], int] = field(default_factory=dict)
    _places: dict[Term, tuple[int, int]] = field(default_factory=dict)

    def task(self, task: Task) -> int:
        key = (type(task).__name__, *task.key)
        if key not in self._numbers:
            if isinstance(task, ComponentTask):
                self._add(choose_way(self.book, task, self.settings))
            else:
                self._add(plan_task(self.book, task, self.settings))
        return self._numbers[key]

    def _add(self, planned: Planned) -> int:
        task = planned.task
        self.planned.append(planned)
        return self._numbers.setdefault((type(task).__name__, *task.key), len(self.planned) - 1)

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
        supports = len({tuple(q for q, _ in term) for term in terms})
        whole = evolved(TermsTask(self.circuit, PauliTerms(tuple(terms))), self.settings)
        found = None if _is_clear(whole, supports) else self._contracted(list(terms), whole)
        if found is None:
            assert isinstance(whole, EvolvedTask), "else there would be an error"
            number = self._add(whole)
            self._places.update((term, (number, k)) for k, term in enumerate(terms))
            return
        for group, planned in found:
            number = self._add(planned)
            self._places.update((term, (number, group.index(term))) for term in group.terms)

    def _contracted(
        self, terms: Sequence[Term], whole: EvolvedTask | BudgetError | None
    ) -> list[tuple[Group, Planned]] | None:
        """The terms in groups, each planned; None where one evolution for `whole` is better."""
        quick = replace(self.settings, effort="low")
        try:
            groups = choose_groups(
                self.circuit, terms, lambda task: plan_task(self.book, task, quick)
            )
            tasks = [ComponentTask(self.circuit, group.question) for group in groups]
            planned = [choose_way(self.book, task, self.settings) for task in tasks]
        except BudgetError as error:
            if isinstance(whole, EvolvedTask):
                return None
            raise least_of(error, whole) from None
        seconds = sum(one.seconds for one in planned)
        if isinstance(whole, EvolvedTask) and is_quicker(whole, seconds):
            return None
        return list(zip(groups, planned, strict=True))

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
            number, place = self._places[term]
            positions, values = found.setdefault(number, ([], []))
            positions.append(place)
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
        if self.circuit.readout:
            raise QueryError(
                "Amplitudes must be asked of a circuit without readout error, since no measurement "
                "has a part in them (got one on qubit "
                f"{self.circuit.readout[0].qubits[0]}); ask for Probabilities, or leave it out"
            )
        task, varying = amplitude_task(self.circuit, leaf.bits)
        return AmplitudesAnswer(self.task(task), varying, leaf.bits[:, list(varying)])


def _runner(planned: Planned) -> TaskRunner | EvolvedRunner:
    return EvolvedRunner(planned) if isinstance(planned, EvolvedTask) else TaskRunner(planned)


def _is_clear(whole: EvolvedTask | BudgetError | None, contractions: int) -> bool:
    return isinstance(whole, EvolvedTask) and whole.is_clear(contractions)

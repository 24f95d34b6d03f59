"""Queries turned into tasks, and tasks into plans: equal tasks are planned once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tnsim.base.errors import BudgetError, QueryError
from tnsim.circuit import Circuit
from tnsim.engines.evolution import PauliTerms
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
    DensityAnswer,
    FidelityAnswer,
    OverlapAnswer,
    PauliAnswer,
    ProbabilityAnswer,
    PurityAnswer,
    Reading,
    VarianceAnswer,
)
from .evolved_task import EvolvedTask, evolved
from .grouping import Group, Term, terms_of
from .planning import Lowering, Planned, choose_way, is_quicker, least_of, plan_task
from .strategy import choose_groups
from .tasks import ComponentTask, InnerProductTask, OverlapTask, Task, TermsTask

__all__ = ["Desk"]

_MOST_OPEN_QUBITS = 6


@dataclass(eq=False)
class Desk:
    """Collects tasks while queries are turned into answers; equal tasks are planned once."""

    circuit: Circuit
    settings: Settings
    book: RecipeBook = field(default_factory=RecipeBook)
    planned: list[Planned] = field(default_factory=list)
    _numbers: dict[tuple[object, ...], int] = field(default_factory=dict)
    _lowering: Lowering = field(init=False)
    _places: dict[Term, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lowering = Lowering(self.book)

    def task(self, task: Task) -> int:
        key = (type(task).__name__, *task.key)
        if key not in self._numbers:
            if isinstance(task, ComponentTask):
                self._add(choose_way(self._lowering, task, self.settings))
            else:
                self._add(plan_task(self._lowering, task, self.settings))
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
                self.circuit, terms, lambda task: plan_task(self._lowering, task, quick)
            )
            tasks = [ComponentTask(self.circuit, group.question) for group in groups]
            planned = [choose_way(self._lowering, task, self.settings) for task in tasks]
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


def _is_clear(whole: EvolvedTask | BudgetError | None, contractions: int) -> bool:
    return isinstance(whole, EvolvedTask) and whole.is_clear(contractions)

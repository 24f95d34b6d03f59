"""The engine of the methods "mps" and "mpdo": answers from lines of tensors, with errors."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tnsim.base.budgets import format_bytes
from tnsim.base.errors import BudgetError, QueryError
from tnsim.circuit import Circuit
from tnsim.engines.approximate import Cost, Estimate, Report
from tnsim.engines.refusals import at_least
from tnsim.engines.settings import Settings
from tnsim.queries import Expectation, Fidelity, LeafQuery, Probabilities, Samples

from .answers import read_qubits
from .levels import Plan, fixed_plan, growing_plan
from .options import LineOptions
from .parts import Part, part_of
from .pilots import Trial, better_of, pilot_trials
from .questions import check_circuit, check_leaves, is_heisenberg
from .runs import BackwardRun, ForwardRun, Run
from .tables import estimates_of

__all__ = ["LineEngine"]

_ROOM_SHARE = 8
_LEAST_ROOM, _MOST_ROOM = 1 << 16, 1 << 27
_PILOT_BOND = 16
_MOST_WORK = 200.0
_MOST_OPERATORS = 64
# Observables are not tried where there are more of them, or where together they take so many
# times the state's work.


@dataclass(frozen=True, eq=False)
class LineEngine:
    """Answers prepared from structure, then computed at parameter values.

    `picture` is what is moved; `most_bond` is the largest bond that the budget allows, or that
    the circuit needs at most. `rival` is the engine of the other picture, where that was left to
    choose: short runs of both at the parameter values decide.
    """

    circuit: Circuit
    leaves: tuple[LeafQuery, ...]
    settings: Settings
    options: LineOptions
    picture: str
    most_bond: int
    runner: Run
    rival: LineEngine | None = None

    @classmethod
    def prepare(
        cls,
        circuit: Circuit,
        leaves: Sequence[LeafQuery],
        settings: Settings,
        options: LineOptions,
    ) -> LineEngine:
        """The engine for a circuit with its noise. No arrays are made.

        Raises `QueryError` for what it does not answer, `BudgetError` where no bond fits.
        """
        check_circuit(circuit, options)
        check_leaves(leaves, circuit, options)
        forward, backward = _runners(circuit, tuple(leaves), settings, options)
        others = None
        if forward is not None and backward is not None:
            if backward.flops(_PILOT_BOND) < _MOST_WORK * forward.flops(_PILOT_BOND):
                others = replace(options, picture="heisenberg")
            backward = None
        runner = forward or backward
        assert runner is not None, "one picture is always there"
        rival = None if others is None else _prepared(cls, circuit, leaves, settings, others)
        fixed = answer_bytes(leaves, circuit.num_qubits)
        room = settings.budget - fixed - runner.room
        most = runner.largest_bond(room)
        wanted = min(options.max_bond or 1, runner.exact_bond)
        if most < wanted:
            least = _least_budget(int(runner.bytes_at(wanted)) + fixed)
            raise BudgetError(
                f"`memory` must be at least {at_least(least)} for a bond of {wanted} (got "
                f"{format_bytes(settings.budget)}); give that much, or a smaller `max_bond`",
                budget=settings.budget,
                least_bytes=least,
                flops=runner.flops(wanted),
            )
        picture = "heisenberg" if isinstance(runner, BackwardRun) else "schrodinger"
        return cls(circuit, tuple(leaves), settings, options, picture, most, runner, rival)

    @property
    def method(self) -> str:
        """The name that users choose the engine by."""
        return self.options.name

    @property
    def basis(self) -> str:
        """The legs: "ket" or "pauli"."""
        return self.runner.basis

    @property
    def top_bond(self) -> int:
        """The largest bond that a run may reach."""
        wanted = self.options.max_bond
        return self.most_bond if wanted is None else min(wanted, self.most_bond)

    def cost(self) -> Cost:
        """What a run at the largest allowed bond takes at most, coarser runs included."""
        bond = self.top_bond
        fixed = answer_bytes(self.leaves, self.circuit.num_qubits) + self.runner.room
        share = 8 / 7
        whole = bond >= self.runner.exact_bond and self.options.cutoff is None
        mine = Cost(
            int(self.runner.bytes_at(bond)) + fixed,
            self.runner.flops(bond) * share,
            self.runner.seconds(bond) * share,
            0.0 if whole else None,
        )
        return mine if self.rival is None else max(mine, self.rival.cost(), key=_bytes_of)

    def plan(self) -> Plan:
        """The accuracies that are run."""
        if self.options.is_adaptive:
            return growing_plan(self.most_bond)
        return fixed_plan(self.options.max_bond, self.options.cutoff, self.most_bond)

    def chosen(
        self, values: Mapping[str, float], deadline: float | None = None
    ) -> tuple[LineEngine, list[Trial]]:
        """This engine or its rival, whichever promises the error that is wanted for less work.

        With the runs that told so.
        """
        if self.rival is None:
            return self, []
        both = (self, self.rival)
        runs, most = [one.runner for one in both], [one.most_bond for one in both]
        trials = pilot_trials(runs, self.leaves, values, most, deadline)
        index = better_of(runs, trials, self.options.wanted_error)
        return both[index], trials[index]

    def run(
        self, values: Mapping[str, float], report: Report | None = None
    ) -> dict[LeafQuery, Estimate]:
        """Every query's estimate at one parameter set."""
        begin, seconds = time.monotonic(), self.options.seconds
        halfway = None if seconds is None else begin + seconds / 2
        engine, trials = self.chosen(values, halfway)
        deadline = None if seconds is None else begin + seconds
        wanted = self.options.wanted_error if self.options.is_adaptive else None
        return estimates_of(engine, values, engine.plan(), wanted, deadline, report, trials)


def _runners(
    circuit: Circuit, leaves: tuple[LeafQuery, ...], settings: Settings, options: LineOptions
) -> tuple[Run | None, Run | None]:
    """The run forwards and the run backwards, where the options and the queries allow them."""
    able = is_heisenberg(leaves)
    if options.picture == "heisenberg" and not able:
        raise QueryError(
            "picture 'heisenberg' must be asked for expectations of few Pauli strings only, but "
            "got other queries; leave `picture` out, or ask for those with 'schrodinger'"
        )
    # Leaves that touch every qubit make the cone the whole circuit; None says so.
    forward: Run | None = None
    backward: Run | None = None
    room = _room(settings.budget)
    if options.picture != "heisenberg":
        asked = [read_qubits(leaf, circuit) for leaf in leaves]
        whole = any(one is None for one in asked)
        wanted = None if whole else sorted({q for one in asked for q in one or ()})
        basis: Any = "ket" if options.name == "mps" else "pauli"
        part = part_of(circuit, wanted, basis, options.order)
        others: dict[LeafQuery, Part] = {
            leaf: part_of(leaf.other, None, "ket", part.qubits)
            for leaf in leaves
            if isinstance(leaf, Fidelity)
        }
        forward = ForwardRun(circuit, leaves, settings.dtype, room, part, others)
    few = options.picture == "auto" and able and len(leaves) <= _MOST_OPERATORS
    if options.picture == "heisenberg" or few:
        parts: dict[LeafQuery, Part] = {
            leaf: part_of(
                circuit,
                read_qubits(leaf, circuit),
                "pauli",
                options.order,
                _first_bond(leaf, circuit),
            )
            for leaf in leaves
        }
        backward = BackwardRun(circuit, leaves, settings.dtype, room, parts)
    return forward, backward


def _prepared(
    engine: type[LineEngine],
    circuit: Circuit,
    leaves: Sequence[LeafQuery],
    settings: Settings,
    options: LineOptions,
) -> LineEngine | None:
    """The engine, or None where it does not fit: there is another."""
    try:
        return engine.prepare(circuit, leaves, settings, options)
    except BudgetError:
        return None


def _room(budget: int) -> int:
    """Bytes of a budget that are set aside for reading answers."""
    return min(max(budget // _ROOM_SHARE, _LEAST_ROOM), _MOST_ROOM)


def _least_budget(needed: int) -> int:
    """The smallest budget that leaves so much beside its room."""
    shared = needed + needed // (_ROOM_SHARE - 1) + 1
    return max(needed + _LEAST_ROOM, min(shared, needed + _MOST_ROOM))


def _first_bond(leaf: LeafQuery, circuit: Circuit) -> int:
    """A bound on the bond of an observable as it is measured."""
    assert isinstance(leaf, Expectation), "only expectations are moved back"
    count = len(leaf.observable)
    for one in circuit.readout:
        if len(one.qubits) > 1:
            # Every string may become one for each subset of the qubits that are read together.
            count <<= len(one.qubits)
    return max(min(count, 1 << 30), 1)


def _bytes_of(cost: Cost) -> int:
    return cost.peak_bytes


def answer_bytes(leaves: Sequence[LeafQuery], num_qubits: int) -> int:
    """Bytes of the answers, their errors, and the tables of what is read for them."""
    total = 0
    for leaf in leaves:
        shape = leaf.shape(num_qubits)
        size = float(np.prod(shape, dtype=float))
        each = 64
        if isinstance(leaf, Samples):
            each = 18
        elif isinstance(leaf, Probabilities):
            each = 64 + 48 * len(leaf.qubits)
        elif isinstance(leaf, Expectation):
            each = 64 + 48 * len(leaf.observable.qubits)
        elif len(shape) == 2:
            each = 64 + 24 * shape[0].bit_length()
        total += int(size * each)
    return total

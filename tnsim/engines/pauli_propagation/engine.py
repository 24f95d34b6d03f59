"""Pauli propagation as an engine: prepared from structure, run at parameter values."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.arrays import itemsize, real_dtype
from tnsim.base.budgets import format_bytes
from tnsim.base.errors import BudgetError, QueryError
from tnsim.circuit import Circuit
from tnsim.contraction.kernels_workers import MOST_THREADS, default_threads
from tnsim.engines.approximate import Cost, Estimate, Report
from tnsim.engines.refusals import at_least
from tnsim.engines.settings import Settings
from tnsim.queries.query import LeafQuery

from .errors import Level, error_of
from .ladder import Ladder
from .limits import Limits, bucket_room, bytes_for, capacity_for, room_for
from .options import PauliPropagation
from .parts import Part, part_of
from .slopes import mean_and_slopes, slopes_bytes
from .walk import walk

__all__ = ["PauliPropagationEngine"]

_MOST_ARITY = 5
_LEAST_TERMS = 1000
# A budget with less room is refused.

_SECONDS_PER_TERM = 1.5e-6
# Of one layer on one core.
_SECONDS_PER_RECORD = 2e-6
_RECORDED_BYTES = 600
# The same for a string with records, forwards and backwards, and what one takes at least.


@dataclass(frozen=True, eq=False)
class PauliPropagationEngine:
    """Mean values by walking observables back as sums of Pauli strings; planned, no array yet.

    The mean of an observable O after a circuit E = E_L ... E_1 is Tr[rho_0 E_1^*(... E_L^*(O))].
    E_k^* acts on a Pauli string by its transfer matrix R, P_j -> sum_i R_ji P_i: Clifford gates
    and Pauli noise map it to a multiple of one string, rotations to two, and noise shrinks the
    coefficients. Small ones are dropped (Rall et al., arXiv:1901.09070; Begusic, Gray and Chan,
    arXiv:2308.05077). rho_0 is the product state that the one-qubit gates at the circuit's start
    make of |0...0>, so those never branch.
    """

    parts: tuple[Part, ...]
    settings: Settings
    options: PauliPropagation

    method = "pauli_propagation"
    basis = "pauli"

    @classmethod
    def prepare(
        cls,
        circuit: Circuit,
        leaves: Iterable[LeafQuery],
        settings: Settings,
        options: PauliPropagation | None = None,
    ) -> PauliPropagationEngine:
        """Plan from structure alone.

        Raises `QueryError` for questions other than Expectation, Variance, Probabilities and
        ReducedDensityMatrix (of at most 6 qubits) and for gates on more than 5 qubits, and
        `BudgetError` where not even a thousand strings fit.
        """
        parts = tuple(part_of(circuit, leaf) for leaf in leaves)
        made = cls(parts, settings, PauliPropagation() if options is None else options)
        for part in parts:
            widest = int(np.diff(part.rows.axis_start).max(initial=1))
            if widest > _MOST_ARITY:
                raise QueryError(
                    f"gates, channels and readout errors must act on at most {_MOST_ARITY} qubits "
                    f"for method 'pauli_propagation' (got {widest}); unroll them, or use another "
                    "method"
                )
            longest = max(map(len, part.operators))
            needed = made._bytes(part, max(_LEAST_TERMS, 2 * longest))
            if needed > settings.budget:
                raise BudgetError(
                    f"`memory` must be at least {at_least(needed)} for method 'pauli_propagation' "
                    f"(got {format_bytes(settings.budget)}); give that much",
                    budget=settings.budget,
                    least_bytes=needed,
                )
        return made

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names that the answers depend on, sorted."""
        return tuple(sorted({name for part in self.parts for name in part.rows.parameters}))

    def cost(self) -> Cost:
        """What one run takes at most, at the most strings that it may keep."""
        peak, seconds = 0, 0.0
        for part in self.parts:
            most = self._ladder(part).most_terms
            peak = max(peak, self._bytes(part, self._room(part, most)))
            layers = len(part.rows) / max(1, part.rows.num_qubits)
            seconds += 2 * len(part.operators) * most * layers * _SECONDS_PER_TERM
        if self.options.seconds is not None:
            seconds = min(seconds, self.options.seconds)
        return Cost(min(peak, self.settings.budget), seconds * 1e9, seconds)

    def cost_with_slopes(self) -> Cost:
        """What `run_with_slopes` takes at most: the walks, then two with records of them."""
        walks, budget = self.cost(), self.settings.budget
        peak, seconds = walks.peak_bytes, 0.0
        for part in self.parts:
            most = self._ladder(part).most_terms
            longest = max(map(len, part.operators))
            peak = max(peak, slopes_bytes(part.rows, 2 * part.words, most, budget, longest))
            kept = min(most, budget // _RECORDED_BYTES)
            layers = len(part.rows) / max(1, part.rows.num_qubits)
            seconds += 2 * len(part.operators) * kept * layers * _SECONDS_PER_RECORD
        total = walks.seconds + seconds
        return Cost(min(peak, budget), total * 1e9, total)

    def run(
        self, values: Mapping[str, float], report: Report | None = None
    ) -> dict[LeafQuery, Estimate]:
        """The answers at parameter values, with their errors.

        `evidence` holds the truncations that were tried, from coarse to fine, with their answers,
        why no finer one followed ("ended"), and by layer of the last one the numbers of strings
        and the root of the sum of c^2 / 3^w of the strings dropped, w being a string's letters.
        The "estimate" of the error compares answers at several truncations, by two rules (see
        `ladder`): a part of the error that is the same in all of them is not seen.
        """
        begun = time.perf_counter()
        found = {}
        for number, part in enumerate(self.parts):
            levels, evidence = self._levels(part, values, self._end(begun, number), report)
            found[part.leaf] = self._estimate(part, levels, evidence)
        return found

    def run_with_slopes(
        self, values: Mapping[str, float], report: Report | None = None
    ) -> tuple[dict[LeafQuery, Estimate], dict[LeafQuery, dict[str, NDArray[Any]]]]:
        """The answers of `run`, and their derivatives by question and parameter name.

        A derivative has the shape of the answer. It is that of the walk at the finest truncation
        that `run` came to, which strings are dropped taken as given, or at as many strings as
        there is memory for beside the records that it needs. `evidence["slope_error"]` has by
        name how far it is from that of the walk by the other rule at fewer strings, at the
        largest entry: an estimate that sees less than that of the answer, which also counts what
        was dropped.
        """
        begun = time.perf_counter()
        estimates = {}
        slopes: dict[LeafQuery, dict[str, NDArray[Any]]] = {}
        for number, part in enumerate(self.parts):
            levels, evidence = self._levels(part, values, self._end(begun, number), report)
            slopes[part.leaf] = self._slopes(part, values, levels[-1])
            apart = dict.fromkeys(part.rows.parameters, 0.0)
            if len(levels) > 1 and levels[-1].bound.any():
                other = self._slopes(part, values, levels[-2])
                for name, slope in slopes[part.leaf].items():
                    apart[name] = float(np.abs(slope - other[name]).max(initial=0.0))
            estimates[part.leaf] = self._estimate(part, levels, {**evidence, "slope_error": apart})
        return estimates, slopes

    def _slopes(
        self, part: Part, values: Mapping[str, float], level: Level
    ) -> dict[str, NDArray[Any]]:
        """The derivatives by name at one truncation."""
        weight = self._ladder(part).most_weight
        limits = Limits(level.cutoff, level.max_terms, weight, level.preference)
        found = [
            mean_and_slopes(part.rows, values, operator, limits, self.settings.budget)
            for operator in part.operators
        ]
        factors = part.slope(np.array([mean for mean, _ in found]))
        return {
            name: np.tensordot(np.array([by[name] for _, by in found]), factors, axes=(0, 0))
            for name in part.rows.parameters
        }

    def _end(self, begun: float, number: int) -> float | None:
        """When the time for a part is over."""
        if self.options.seconds is None:
            return None
        return begun + self.options.seconds * (number + 1) / len(self.parts)

    def _levels(
        self,
        part: Part,
        values: Mapping[str, float],
        end: float | None,
        report: Report | None,
    ) -> tuple[list[Level], dict[str, Any]]:
        """The truncations, from coarse to fine, and what is known of the last one."""
        ladder = self._ladder(part)
        levels: list[Level] = []
        evidence: dict[str, Any] = {}
        while (limits := ladder.following(levels)) is not None:
            made = self._level(part, values, limits, end if levels else None, report)
            if made is None:
                break
            level, evidence = made
            levels.append(level)
            if end is not None and time.perf_counter() > end:
                break
        ended = ladder.ended(levels) or "seconds"
        return levels, {**evidence, "ended": ended}

    def _estimate(self, part: Part, levels: list[Level], evidence: Mapping[str, Any]) -> Estimate:
        error, kind = error_of(levels)
        value = levels[-1].value
        table = {
            "least_size": [level.cutoff for level in levels],
            "max_terms": [level.max_terms for level in levels],
            "preference": [level.preference for level in levels],
            "terms": [level.terms for level in levels],
            "value": [_as_json(level.value) for level in levels],
            "error": [error_of(levels[: k + 1])[0].tolist() for k in range(len(levels))],
            "seconds": [level.seconds for level in levels],
        }
        dtype = self.settings.dtype if part.leaf.is_complex else real_dtype(self.settings.dtype)
        return Estimate(value.astype(dtype), error, kind, {"convergence": table, **evidence})

    def _level(
        self,
        part: Part,
        values: Mapping[str, float],
        limits: Limits,
        end: float | None,
        report: Report | None,
    ) -> tuple[Level, dict[str, Any]] | None:
        """The answer at one truncation; None where time ran out."""
        begun = time.perf_counter()
        rows = len(part.rows)
        outcomes = []
        for number, operator in enumerate(part.operators):

            def told(done: int, number: int = number) -> bool:
                if report is not None:
                    report(number * rows + done, rows * len(part.operators))
                return end is None or time.perf_counter() < end

            outcome = walk(
                part.rows,
                values,
                operator,
                limits,
                real_dtype(self.settings.dtype),
                self._room(part, limits.max_terms),
                bucket_room(self.settings.budget),
                told,
            )
            if outcome is None:
                return None
            outcomes.append(outcome)
        means = np.array([one.value for one in outcomes])
        l1 = np.array([one.dropped.total_l1 for one in outcomes])
        l2 = np.array(
            [
                one.dropped.total_l2 * math.sqrt(operator.alike)
                for one, operator in zip(outcomes, part.operators, strict=True)
            ]
        )
        layers = [one.dropped for one in outcomes]
        evidence = {
            "terms_by_layer": [one.terms for one in layers],
            "dropped_l1_by_layer": [one.l1 for one in layers],
            "dropped_l2_by_layer": [one.l2 for one in layers],
            "capped": any(one.capped for one in layers),
        }
        level = Level(
            limits.cutoff,
            limits.max_terms,
            limits.preference,
            part.answer(means),
            part.spread(l1, means),
            _in_squares(part, l2, means),
            max(*(one.most_terms for one in layers), *map(len, part.operators)),
            time.perf_counter() - begun,
        )
        return level, evidence

    def _ladder(self, part: Part) -> Ladder:
        return Ladder(self.options, self._capacity(part), 4.0 ** min(part.rows.num_qubits, 500))

    def _room(self, part: Part, kept: int) -> int:
        """For how many strings there is room while `kept` are kept."""
        return min(self._capacity(part), room_for(kept))

    def _capacity(self, part: Part) -> int:
        return capacity_for(
            self.settings.budget, part.words, itemsize(real_dtype(self.settings.dtype)), _threads()
        )

    def _bytes(self, part: Part, room: int) -> int:
        budget = self.settings.budget
        return bytes_for(
            budget, room, part.words, itemsize(real_dtype(self.settings.dtype)), _threads()
        )


def _as_json(value: NDArray[Any]) -> Any:
    """Numbers as lists; complex ones as [real parts, imaginary parts]."""
    if np.iscomplexobj(value):
        return [value.real.tolist(), value.imag.tolist()]
    return value.tolist()


def _threads() -> int:
    return min(default_threads(), MOST_THREADS)


def _in_squares(
    part: Part, errors: NDArray[np.float64], means: NDArray[Any]
) -> NDArray[np.float64]:
    """The answer's error from independent errors of the means."""
    squares = np.abs(part.slope(means)) ** 2
    return np.asarray(np.sqrt(np.tensordot(errors**2, squares, axes=(0, 0))), dtype=np.float64)

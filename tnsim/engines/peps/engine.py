"""The engine of the method "peps"."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tnsim.base.arrays import real_dtype
from tnsim.base.budgets import format_bytes
from tnsim.base.errors import BudgetError, QueryError
from tnsim.circuit import Circuit
from tnsim.contraction.matrix_threads import one_matrix_thread
from tnsim.engines.approximate import Cost, Estimate, Report
from tnsim.engines.evolution.rows import Picture
from tnsim.engines.refusals import at_least
from tnsim.engines.settings import Settings
from tnsim.queries import Variance
from tnsim.queries.query import LeafQuery

from .attempts import Attempt, Candidate
from .estimating import Sighting, estimated
from .forecasts import largest_bond
from .mixed import Meeting, Mixed, weight_of
from .options import PEPS, TARGET_ERROR
from .reading import Window
from .strings import Term, answer, asked, check_queries, is_measured
from .update import Truncation
from .walks import Walk, serves_ket, walk_of

__all__ = ["PepsEngine"]

_SHARE = 0.7
# Of the budget that updates may take; a reading takes what the state leaves.

_MOST_BOND = 4096
_MOST_WALKS = 256
# Strings that are moved back one by one where the picture is free.

_MOST_MEETINGS = 4
# Strings for which a state and an operator meet where the picture is free.

_PROBED = 4
# Attempts with several pictures at most; then the best goes on alone.

_LITTLE = 1e-4
# Weights below this are not compared: the first picture is the cheapest.

_LOST = 8.0
# Nor are those above: nothing is left of such a state. An operator then fades to 0, as noise would
# make it, where a ket gives random values; so it comes first.

_ROW = 2e-4
# Seconds that a row of the circuit takes beside them.

_LONGER = 4.0
# Times the seconds of an attempt that the next one is taken to need at least.

_RATE = 2e10
# Real operations a second of updates, on one core.


@dataclass(frozen=True, eq=False)
class PepsEngine:
    """Answers from one tensor a qubit on the circuit's coupling graph.

    A state (ket, or Pauli components of a density matrix) is moved forward, or each observable
    back, by simple updates, truncated on every bond, and read by belief propagation, from regions
    around what is asked, or as a whole; see `PEPS` for the options. Errors compare attempts of
    rising bond dimension, and regions that close different loops.

    Sources: Jiang, Weng and Xiang, Phys. Rev. Lett. 101, 090603 (2008) (simple update); Tindall,
    Fishman, Stoudenmire and Sels, PRX Quantum 5, 010308 (2024) (belief propagation); Liao et al.,
    arXiv:2308.03082, and Begusic, Gray and Chan, Sci. Adv. 10, eadk4321 (2024) (Heisenberg).
    """

    leaves: tuple[LeafQuery, ...]
    settings: Settings
    options: PEPS
    candidates: tuple[Candidate | Mixed, ...]
    has_readout: bool
    limit: int

    method = "peps"

    @classmethod
    def prepare(
        cls,
        circuit: Circuit,
        leaves: Sequence[LeafQuery],
        settings: Settings,
        options: PEPS | None = None,
    ) -> PepsEngine:
        """Walks and their largest bond dimension, from structure only.

        Raises `QueryError` for what this method does not answer, and `BudgetError` where
        `max_bond`, or else any bond dimension, is too much for the budget.
        """
        chosen = options or PEPS()
        check_queries(leaves)
        has_readout = bool(circuit.readout)
        terms: dict[bool, dict[Term, None]] = {}
        for leaf in leaves:
            flag = has_readout and is_measured(leaf)
            terms.setdefault(flag, {}).update(dict.fromkeys(t for t in asked(leaf) if t))
        wanted = [(flag, tuple(some)) for flag, some in terms.items() if some]
        candidates = _candidates(circuit, wanted, chosen, settings.dtype)
        if not candidates:
            return cls(tuple(leaves), settings, chosen, (), has_readout, 1)
        least = chosen.max_bond or 1
        limits = [_limit(c, settings.budget, chosen.max_bond or _MOST_BOND) for c in candidates]
        if max(limits) < least:
            raise _too_small(candidates, settings.budget, chosen.max_bond or 2)
        fitting = [c for c, most in zip(candidates, limits, strict=True) if most >= least]
        limit = min(most for most in limits if most >= least)
        return cls(tuple(leaves), settings, chosen, tuple(fitting), has_readout, limit)

    @property
    def basis(self) -> str:
        """The legs of the picture that is tried first, "ket" or "pauli"."""
        walks = [w for c in self.candidates[:1] for _, w in c.walks]
        return walks[0].legs if walks else "ket"

    def cost(self) -> Cost:
        """One run at the largest bond dimension allowed."""
        return self.cost_at(self.limit)

    def cost_at(self, bond: int) -> Cost:
        """One run at bonds of a dimension at most, with the messages that it is read by.

        Regions come on top: `MOST_OPERATIONS` at most, where the environment is "auto".
        """
        costs = [
            [(f.flops(bond), f.peak_bytes(bond)) for f in c.forecasts()] for c in self.candidates
        ]
        updates = [sum(flops for flops, _ in some) for some in costs]
        readings = [c.reading_flops(bond) for c in self.candidates]
        flops = max((a + b for a, b in zip(updates, readings, strict=True)), default=0.0)
        peak = max((peak for some in costs for _, peak in some), default=0)
        rows = max((sum(len(w.rows) for _, w in c.walks) for c in self.candidates), default=0)
        return Cost(min(peak, self.settings.budget), flops, flops / _RATE + rows * _ROW)

    def run(
        self, values: Mapping[str, float], report: Report | None = None
    ) -> dict[LeafQuery, Estimate]:
        """All queries' estimates at parameter values."""
        with one_matrix_thread():
            return self._run(values, report)

    def _run(self, values: Mapping[str, float], report: Report | None) -> dict[LeafQuery, Estimate]:
        if not self.candidates:
            return {leaf: self._fixed(leaf) for leaf in self.leaves}
        begun = time.monotonic()
        made: list[list[Attempt]] = [[] for _ in self.candidates]
        open_ = list(range(len(self.candidates)))
        rules = self._rules()
        found: dict[LeafQuery, Estimate] = {}
        for number, rule in enumerate(rules):
            started = time.monotonic()
            open_, refusal = self._tried(open_, made, rule, values, report)
            if refusal is not None and not open_:
                # What was reached before is the best within the budget, unless this was asked for.
                if self.options.max_bond is not None or not found:
                    raise refusal
                break
            best = _best({k: made[k][-1] for k in open_}, self.candidates)
            found = self._estimates(made, best)
            aim = self.options.aim or TARGET_ERROR
            is_near = all(np.all(one.error <= aim) for one in found.values())
            # Of two attempts the first says too little to choose by, and both are cheap.
            if is_near or (len(rules) > 2 and number + 2 >= min(len(rules), _PROBED + 1)):
                open_ = [best]
            if _is_exact(made[best][-1]) or self._is_enough(found, begun, started, made[best]):
                break
        return found

    def _tried(
        self,
        pictures: Sequence[int],
        made: list[list[Attempt]],
        rule: Truncation,
        values: Mapping[str, float],
        report: Report | None,
    ) -> tuple[list[int], BudgetError | None]:
        """One more attempt in each picture: those that fitted, and why the last other did not.

        After one in which nothing is lost, no other is tried.
        """
        window = Window(self.options.environment, self.options.radius)
        done: list[int] = []
        refusal = None
        for k in pictures:
            try:
                one = self.candidates[k].attempt(
                    values,
                    rule,
                    window,
                    budget=self.settings.budget,
                    seed=self.settings.seed,
                    regauge_every=self.options.regauge_every,
                    report=report,
                )
            except BudgetError as error:
                refusal = error
                continue
            made[k].append(one)
            if _is_exact(one):
                return [k], None
            done.append(k)
        return done, refusal

    def _rules(self) -> list[Truncation]:
        """The accuracies to be tried, one after another."""
        single = real_dtype(self.settings.dtype) == "float32"
        # Rounding errors that circulate in a loop grow by their ratio to the weights at each site.
        rounding = 3e-5 if single else 1e-12
        chosen = self.options
        if chosen.cutoff is not None:
            steps = [min(chosen.cutoff * f, 0.5) for f in (100, 10, 1)]
            return [Truncation(self.limit, cutoff, rounding) for cutoff in dict.fromkeys(steps)]
        if chosen.max_bond is not None:
            bonds = sorted({max(chosen.max_bond // f, 1) for f in (4, 2, 1)})
        else:
            bonds = [b for b in (2**k for k in range(1, 13)) if b < self.limit]
            bonds.append(self.limit)
        return [Truncation(bond, 0.0, rounding) for bond in bonds]

    def _is_enough(
        self,
        found: Mapping[LeafQuery, Estimate],
        begun: float,
        started: float,
        made: Sequence[Attempt],
    ) -> bool:
        aim = self.options.aim
        if aim is None:
            return False
        if all(np.all(one.error <= aim) for one in found.values()):
            return True
        if len(made) > 1 and all(_is_loops(one, aim) for one in found.values()):
            return True
        now = time.monotonic()
        likely = now - begun + _LONGER * (now - started)
        return self.options.seconds is not None and likely >= self.options.seconds

    def _estimates(self, made: Sequence[Sequence[Attempt]], best: int) -> dict[LeafQuery, Estimate]:
        """What the best picture's attempts give, beside those of the others."""
        candidate = self.candidates[best]
        single = real_dtype(self.settings.dtype) == "float32"
        rounding = 3e-4 if single else 1e-11
        last = made[best][-1]
        evidence = {
            "picture": candidate.picture,
            "legs": candidate.walks[0][1].legs,
            "bond": last.bond,
            "discarded_by_layer": list(last.layers),
            "radius": last.radii[0],
            "compared_radius": last.radii[1],
            "messages_changed": last.change,
        }
        return {
            leaf: estimated(
                [self._sighting(leaf, a) for a in made[best]],
                {
                    other.picture: [self._sighting(leaf, a) for a in made[k]]
                    for k, other in enumerate(self.candidates)
                    if k != best and made[k]
                },
                rounding,
                evidence,
            )
            for leaf in self.leaves
        }

    def _sighting(self, leaf: LeafQuery, attempt: Attempt) -> Sighting:
        flag = self.has_readout and is_measured(leaf)
        terms = [t for t in asked(leaf) if t]
        lost = max((attempt.discarded[flag, t] for t in terms), default=0.0)
        value = answer(leaf, lambda t: attempt.values[flag, t] if t else 1.0)
        other = None
        seconds = attempt.others
        if seconds is not None:
            other = answer(leaf, lambda t: seconds[flag, t] if t else 1.0)
        return Sighting(attempt.bond, value, other, lost, _scale(leaf), attempt.unseen)

    def _fixed(self, leaf: LeafQuery) -> Estimate:
        """The answer to a query without strings."""
        value = answer(leaf, lambda _: 1.0)
        return Estimate(value, np.full(value.shape, 1e-15), "bound", {})


def _scale(leaf: LeafQuery) -> float:
    """What the answer cannot exceed: the sum of its coefficients' moduli."""
    observable = getattr(leaf, "observable", None)
    size = 1.0 if observable is None else float(np.abs(observable.coefficients).sum())
    return size**2 if isinstance(leaf, Variance) else size


def _is_exact(attempt: Attempt) -> bool:
    return attempt.lost <= 1e-20 and attempt.others is None


def _is_loops(one: Estimate, aim: float) -> bool:
    """Whether only missed loops keep an answer from its aim: larger bonds do not help."""
    loops = np.max(np.abs(np.asarray(one.evidence["loops"], dtype=float)), initial=0.0)
    truncation = np.max(np.asarray(one.evidence["truncation"], dtype=float), initial=0.0)
    return bool(truncation <= 0.5 * aim and loops > 0.5 * aim) or bool(np.all(one.error <= aim))


def _best(made: Mapping[int, Attempt], candidates: Sequence[Candidate | Mixed]) -> int:
    """The attempt that lost least, the first of equal ones."""

    def lost(k: int) -> float:
        candidate, weight = candidates[k], made[k].lost
        if isinstance(candidate, Candidate):
            weight *= max((weight_of(walk) for _, walk in candidate.walks), default=1.0)
        return min(max(weight, _LITTLE), _LOST)

    exact = [k for k in made if _is_exact(made[k])]
    return min(exact or made, key=lost)


def _candidates(
    circuit: Circuit,
    wanted: Iterable[tuple[bool, tuple[Term, ...]]],
    options: PEPS,
    dtype: str,
) -> list[Candidate | Mixed]:
    groups = list(wanted)
    if not groups:
        return []
    found: list[Candidate | Mixed] = []
    picture = options.picture
    count = sum(len(terms) for _, terms in groups)
    is_free = picture == "auto" and options.legs != "ket"
    if picture == "heisenberg" or (is_free and count <= _MOST_WALKS):
        walks = [
            (flag, _backward(circuit, flag, term, dtype))
            for flag, terms in groups
            for term in terms
        ]
        found.append(Candidate("heisenberg", tuple(walks)))
    if picture in ("auto", "schrodinger"):
        walks = [(flag, _forward(circuit, flag, terms, options, dtype)) for flag, terms in groups]
        found.append(Candidate("schrodinger", tuple(walks)))
    if picture == "mixed" or (is_free and count <= _MOST_MEETINGS):
        meetings = [
            (flag, _meeting(circuit, flag, term, options, dtype))
            for flag, terms in groups
            for term in terms
        ]
        found.append(Mixed(tuple(meetings)))
    return found


def _meeting(circuit: Circuit, flag: bool, term: Term, options: PEPS, dtype: str) -> Meeting:
    forward = _forward(circuit, flag, (term,), options, dtype)
    return Meeting(forward, _backward(circuit, flag, term, dtype))


def _forward(
    circuit: Circuit, flag: bool, terms: tuple[Term, ...], options: PEPS, dtype: str
) -> Walk:
    pure = serves_ket(circuit, terms, flag)
    if options.legs == "ket" and not pure:
        raise QueryError(
            "`legs` must be 'pauli' or 'auto' for this circuit: kets need one without noise, "
            "without X or Y after a measurement, and readout errors of single qubits (got 'ket')"
        )
    legs: Picture = "ket" if pure and options.legs != "pauli" else "pauli"
    return walk_of(circuit, terms, measured=flag, legs=legs, direction="forward", dtype=dtype)


def _backward(circuit: Circuit, flag: bool, term: Term, dtype: str) -> Walk:
    return walk_of(circuit, (term,), measured=flag, legs="pauli", direction="backward", dtype=dtype)


def _limit(candidate: Candidate | Mixed, budget: int, most: int) -> int:
    forecasts = candidate.forecasts()
    return largest_bond(
        lambda bond: all(f.peak_bytes(bond) <= _SHARE * budget for f in forecasts), most
    )


def _too_small(candidates: Sequence[Candidate | Mixed], budget: int, bond: int) -> BudgetError:
    least = min(max(f.peak_bytes(bond) for f in c.forecasts()) for c in candidates)
    needed = int(least / _SHARE) + 1
    return BudgetError(
        f"`memory` must be at least {at_least(needed)} for method 'peps' at bond dimension {bond} "
        f"(got {format_bytes(budget)}); give that much, or a smaller `max_bond`",
        budget=budget,
        least_bytes=needed,
    )

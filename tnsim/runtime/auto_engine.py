"""Several approximate engines tried in turn until an error is met; the best answer stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tnsim.base.errors import BudgetError, QueryError
from tnsim.engines.approximate import ApproximateEngine, Cost, Estimate, Report
from tnsim.queries.query import LeafQuery

__all__ = ["AutoEngine", "agreed"]

Answers = dict[LeafQuery, Estimate]


@dataclass(frozen=True, eq=False)
class AutoEngine:
    """`engines` in the order in which they are asked, until all errors are at most `target`.

    What stands is the answer of the smallest error; where another engine's answer is further from
    it than their errors allow, its error grows by what is missing.
    """

    engines: tuple[ApproximateEngine, ...]
    target: float

    @property
    def method(self) -> str:
        """The method asked first."""
        return self.engines[0].method

    @property
    def basis(self) -> str:
        """The basis of the method asked first."""
        return self.engines[0].basis

    def cost(self) -> Cost:
        """That of the method asked first, and the most memory of all: they run one by one."""
        costs = [engine.cost() for engine in self.engines]
        first = costs[0]
        most = max(cost.peak_bytes for cost in costs)
        return Cost(most, first.flops, first.seconds, first.error)

    def run(self, values: Mapping[str, float], report: Report | None = None) -> Answers:
        """The best answers; raises what the last engine raised where none has any."""
        found: list[tuple[str, Answers]] = []
        failed: dict[str, str] = {}
        last: BudgetError | QueryError | None = None
        for engine in self.engines:
            try:
                found.append((engine.method, engine.run(values, report)))
            except (BudgetError, QueryError) as error:
                failed[engine.method] = str(error)
                last = error
                continue
            if _largest(found[-1][1]) <= self.target:
                break
        if not found:
            assert last is not None, "there is at least one engine"
            raise last
        return {leaf: _best(leaf, found, failed) for leaf in found[0][1]}


def agreed(value: Any, error: Any, others: list[tuple[Any, Any]]) -> Any:
    """The error of `value`, as large as other answers with their errors ask for."""
    grown = np.asarray(error)
    for theirs, wrong in others:
        grown = np.maximum(grown, np.abs(np.asarray(theirs) - value) - wrong)
    return grown


def _largest(answers: Answers) -> float:
    return max(float(np.max(estimate.error, initial=0.0)) for estimate in answers.values())


def _best(leaf: LeafQuery, found: list[tuple[str, Answers]], failed: Mapping[str, str]) -> Estimate:
    """The answer of the smallest error, checked against the others."""
    ranked = sorted(found, key=lambda one: float(np.max(one[1][leaf].error, initial=0.0)))
    method, answers = ranked[0]
    best = answers[leaf]
    others = [(one[leaf].value, one[leaf].error) for _, one in ranked[1:]]
    evidence: dict[str, Any] = {**best.evidence, "method": method}
    if len(ranked) > 1:
        evidence["methods"] = {
            "method": [name for name, _ in ranked],
            "value": [np.asarray(one[leaf].value).tolist() for _, one in ranked],
            "error": [np.asarray(one[leaf].error).tolist() for _, one in ranked],
        }
    if failed:
        evidence["refused"] = dict(failed)
    return Estimate(best.value, agreed(best.value, best.error, others), best.kind, evidence)

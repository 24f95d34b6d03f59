"""Methods asked in turn: until one meets the target, the best answer, errors that disagree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import tnsim
from tnsim.base.errors import BudgetError
from tnsim.engines.approximate import Cost, Estimate
from tnsim.queries.query import LeafQuery
from tnsim.runtime.auto_engine import AutoEngine

LEAF = tnsim.Expectation("Z0")


@dataclass(frozen=True)
class Stub:
    """An engine with one answer to everything, or with none."""

    method: str
    value: float = 0.0
    error: float | None = None
    basis: str = "ket"

    def cost(self) -> Cost:
        return Cost(1000 * len(self.method), 1.0, 1.0)

    def run(self, values: Mapping[str, float], report: Any = None) -> dict[LeafQuery, Estimate]:
        if self.error is None:
            raise BudgetError(f"{self.method} has no room")
        one = Estimate(np.float64(self.value), np.float64(self.error), "estimate", {"bond": 3})
        return {LEAF: one}


def test_the_first_that_meets_the_target_is_the_last_asked() -> None:
    engine = AutoEngine((Stub("a", 0.5, 0.1), Stub("b", 0.52, 1e-4), Stub("c", 9.0, 0.0)), 1e-3)
    found = engine.run({})[LEAF]
    assert found.value == 0.52
    assert found.evidence["method"] == "b"
    assert found.evidence["methods"]["method"] == ["b", "a"]
    assert found.evidence["bond"] == 3


def test_the_best_stands_where_none_meets_it_and_grows_to_what_another_says() -> None:
    engine = AutoEngine((Stub("a", 0.5, 0.01), Stub("bb", 0.6, 0.02)), 1e-3)
    found = engine.run({})[LEAF]
    assert found.value == 0.5
    assert found.error == pytest.approx(0.08)


def test_methods_without_room_are_told_and_passed_over() -> None:
    engine = AutoEngine((Stub("a"), Stub("b", 0.5, 0.0)), 1e-3)
    assert engine.run({})[LEAF].evidence["refused"] == {"a": "a has no room"}
    with pytest.raises(BudgetError, match="b has no room"):
        AutoEngine((Stub("a"), Stub("b")), 1e-3).run({})


def test_the_forecast_is_of_the_first_and_of_the_most_memory() -> None:
    engine = AutoEngine((Stub("a"), Stub("bbb")), 1e-3)
    assert (engine.method, engine.cost().peak_bytes) == ("a", 3000)

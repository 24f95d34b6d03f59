"""The search for a plan says how far it is, and a terminal shows it once that takes long."""

from __future__ import annotations

import io
import sys

import pytest

import tnsim
from tnsim.runtime.progress import progress_bar


class Terminal(io.StringIO):
    """Text that claims to be read by a person."""

    def isatty(self) -> bool:
        return True


def long_question() -> tuple[tnsim.Circuit, tnsim.Expectation]:
    circuit = tnsim.Circuit(16)
    for layer in range(10):
        circuit.ry(0.1 + layer, range(16))
        circuit.fsim(0.3, 0.2, range(layer % 2, 15, 2), range(layer % 2 + 1, 16, 2))
    return circuit, tnsim.Expectation("X0 Z7")


def test_a_function_is_told_of_what_is_spent_and_allowed() -> None:
    circuit, query = long_question()
    told: list[tuple[int, int]] = []
    tnsim.compile(
        circuit,
        query,
        memory="1GB",
        cache=False,
        effort=0.3,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told
    assert all(0 <= done <= total for done, total in told)


def test_the_plan_is_the_same_with_and_without() -> None:
    circuit, query = long_question()
    plans = [
        tnsim.compile(
            circuit, query, memory="1GB", cache=False, effort=0.3, progress=progress
        ).engine.planned
        for progress in (False, lambda *_: None)
    ]
    one, two = ([p.plan.digest for p in planned if p.plan] for planned in plans)
    assert one == two


def test_a_wrong_progress_is_refused() -> None:
    circuit, query = long_question()
    with pytest.raises(tnsim.TnsimError, match="`progress` must be None, True, False or a func"):
        tnsim.compile(circuit, query, memory="1GB", progress=3)  # type: ignore[arg-type]


@pytest.mark.parametrize(("after", "seen"), [(0.0, True), (1e9, False)])
def test_a_bar_appears_after_a_while(
    monkeypatch: pytest.MonkeyPatch, after: float, seen: bool
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress_bar(True, "planning", after=after, counts=False) as report:
        assert report is not None
        report(1, 2)
    assert ("planning" in terminal.getvalue()) == seen


def test_no_bar_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress_bar(True, "slices") as report:
        assert report is None

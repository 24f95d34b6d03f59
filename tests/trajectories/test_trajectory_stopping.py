"""What ends sampling, and what is answered then."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

from tests import oracle_circuits
from tests.trajectories.trajectory_cases import answers, brickwork
from tnsim import noise
from tnsim.base.errors import QueryError
from tnsim.engines.trajectories import sampling, tasks
from tnsim.queries import Expectation, Probabilities, Samples

CIRCUIT = brickwork(4, 4, noise.amplitude_damping(0.1), noise.depolarizing(0.05, num_qubits=2))
ASKED = [Expectation("Z1"), Probabilities([0])]


def test_a_target_is_met_without_many_more_than_it_takes() -> None:
    found = answers(CIRCUIT, ASKED, target_error=0.02)
    for query in ASKED:
        assert found[query].error.max() <= 0.02
        assert found[query].evidence["ended_by"] == "target_error"
    table = found[ASKED[0]].evidence["convergence"]
    other = found[ASKED[1]].evidence["convergence"]
    assert max(table["error"][-2], other["error"][-2]) > 0.02
    assert len(table["trajectories"]) == len(table["value"]) == len(table["error"])


def test_stopping_at_a_target_does_not_spoil_the_coverage() -> None:
    expected = float(oracle_circuits.answer(CIRCUIT, ASKED[0], {}))
    found = [answers(CIRCUIT, ASKED[:1], target_error=0.05, seed=s)[ASKED[0]] for s in range(120)]
    covered = [abs(float(one.value) - expected) <= float(one.error) for one in found]
    assert np.mean(covered) >= 0.9


def test_time_ends_it() -> None:
    circuit = brickwork(12, 8, noise.amplitude_damping(0.1))
    begin = time.monotonic()
    found = answers(circuit, [Expectation("Z5")], count=10**6, seconds=1.0)[Expectation("Z5")]
    assert time.monotonic() - begin < 20.0
    assert found.evidence["ended_by"] == "seconds"
    assert found.evidence["trajectories"] < 10**6


def test_no_time_at_all_gives_the_trunk_and_says_how_little_that_is() -> None:
    circuit = brickwork(4, 3, noise.depolarizing(0.01))
    answers(circuit, ASKED, count=2)  # compiles
    found = answers(circuit, ASKED[:1], count=10**6, seconds=1e-9)[ASKED[0]]
    expected = float(oracle_circuits.answer(circuit, ASKED[0], {}))
    assert found.evidence["ended_by"] == "seconds"
    assert abs(float(found.value) - expected) <= float(found.error)


def test_an_interrupt_keeps_what_was_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    class Impatient(sampling.Sampler):
        def _numbers(self) -> Iterator[int]:
            yield 64
            yield 128
            raise KeyboardInterrupt

    monkeypatch.setattr("tnsim.engines.trajectories.engine.Sampler", Impatient)
    found = answers(CIRCUIT, ASKED, target_error=1e-4)[ASKED[0]]
    assert found.evidence["ended_by"] == "interrupted"
    assert found.evidence["trajectories"] == 128
    expected = float(oracle_circuits.answer(CIRCUIT, ASKED[0], {}))
    assert abs(float(found.value) - expected) <= float(found.error)


def test_an_interrupt_before_anything_was_finished_is_passed_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tasks.TaskRun, "read", interrupted)
    with pytest.raises(KeyboardInterrupt):
        answers(CIRCUIT, ASKED, count=100)


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    answers(CIRCUIT, ASKED, target_error=0.05, report=lambda *one: told.append(one))
    assert [done for done, _ in told[:3]] == [64, 96, 144]
    assert all(done <= total for done, total in told)


def test_time_bounds_shots() -> None:
    circuit = brickwork(12, 8, noise.amplitude_damping(0.1))
    begin = time.monotonic()
    with pytest.raises(QueryError, match="`seconds` must be enough for the 1000000 shots"):
        answers(circuit, [Samples(10**6, seed=1)], seconds=0.3)
    assert time.monotonic() - begin < 20.0


def test_time_bounds_the_trunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_BREATH", 1e-9)
    with pytest.raises(QueryError, match=r"`seconds` must be enough .* but after 1e-09 s 1 of its"):
        answers(CIRCUIT, ASKED, seconds=1e-9)


def test_a_walk_in_pieces_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = answers(CIRCUIT, ASKED, count=70)
    monkeypatch.setattr(tasks, "_BREATH", 1e-9)
    pieces = answers(CIRCUIT, ASKED, count=70, seconds=1000.0)
    for query in ASKED:
        np.testing.assert_allclose(pieces[query].value, whole[query].value, atol=1e-12)
        leaving = [one[query].evidence["leaving"] for one in (pieces, whole)]
        assert leaving[0] == pytest.approx(leaving[1], abs=1e-12)

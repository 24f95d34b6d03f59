"""Progress counts every slice of every part of a batch once, up to the end."""

from __future__ import annotations

import numpy as np

import tnsim


def test_a_batch_in_parts_is_counted_whole() -> None:
    theta = tnsim.Parameter("theta")
    circuit = tnsim.Circuit(6).h(range(6)).rzz(theta, range(5), range(1, 6)).rx(theta, range(6))
    question = tnsim.Expectation("Z2 Z3")
    peak = tnsim.compile(circuit, question, cache=False).forecast.peak_bytes
    # Room for a few of the 40 points at a time.
    program = tnsim.compile(circuit, question, memory=20 * peak, cache=False)
    steps: list[tuple[int, int]] = []

    def follow(done: int, total: int) -> None:
        steps.append((done, total))

    program(theta=np.linspace(0, 1, 40), progress=follow)
    done = [step for step, _ in steps]
    assert len(done) > 1
    assert done == sorted(set(done))
    assert steps[-1][0] == steps[-1][1] == done[-1]
    assert {total for _, total in steps} == {done[-1]}

"""Bytes and time of a row: columns, no object for each gate."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from tnsim import Circuit, NoiseModel, Parameter
from tnsim.noise import bit_flip

ROWS = 100_000


def kept_and_peak(make: Callable[[], object]) -> tuple[float, float]:
    """Bytes for each of ROWS that the result holds, and that making it took at most."""
    gc.collect()
    tracemalloc.start()
    try:
        result = make()
        kept, peak = tracemalloc.get_traced_memory()
        del result
    finally:
        tracemalloc.stop()
    return kept / ROWS, peak / ROWS


def swaps_by_call() -> Circuit:
    circuit = Circuit(20)
    for k in range(ROWS):
        circuit.swap(k % 20, (k + 1) % 20)
    return circuit


def swaps_by_array() -> Circuit:
    wires = np.arange(ROWS) % 20
    return Circuit(20).append("swap", wires, (wires + 1) % 20)


def turns_by_call() -> Circuit:
    circuit, theta = Circuit(20), Parameter("theta")
    for k in range(ROWS):
        circuit.rx(theta if k % 10 == 0 else 0.1, k % 20)
    return circuit


@pytest.mark.parametrize(
    ("make", "most"), [(swaps_by_call, 12.0), (swaps_by_array, 12.0), (turns_by_call, 18.5)]
)
def test_bytes_of_a_gate(make: Callable[[], Circuit], most: float) -> None:
    make()[:1]
    kept, _ = kept_and_peak(make)
    assert 10.0 <= kept <= most


TRANSFORMS: dict[str, tuple[Callable[[Circuit], object], float, float]] = {
    # What is made, its bytes for each row of the source, and the bytes at the peak.
    "unroll": (lambda c: c.unroll({"cx", "u"}), 31.0, 90.0),
    "inverse": (lambda c: c.inverse(), 11.0, 120.0),
    "relabel": (lambda c: c.relabel(range(19, -1, -1)), 11.0, 60.0),
    "noise": (lambda c: NoiseModel().after(bit_flip(0.1)).apply(c), 25.0, 250.0),
    "copy": (lambda c: c.copy(), 1.0, 1.0),
    "counts": (lambda c: c.counts(), 1.0, 10.0),
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_hold_columns_alone(name: str) -> None:
    transform, most_kept, most_peak = TRANSFORMS[name]
    circuit = swaps_by_array()
    _ = circuit.columns.qubit_start
    transform(circuit[:10])
    kept, peak = kept_and_peak(lambda: transform(circuit))
    assert kept <= most_kept
    assert peak <= most_peak


def test_a_call_takes_about_a_quarter_of_a_microsecond() -> None:
    """The goal is 0.4 us a call on an idle machine; the test leaves room for a busy one."""
    times = []
    for _ in range(3):
        start = time.process_time()
        swaps_by_call()
        times.append((time.process_time() - start) / ROWS)
    assert min(times) < 2e-6


def test_memory_is_given_back() -> None:
    kept, _ = kept_and_peak(lambda: swaps_by_call() and None)
    assert kept < 0.1

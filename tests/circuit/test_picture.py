"""Circuits as pictures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from tests.strategies import circuits
from tnsim import Circuit, CircuitError, Parameter
from tnsim.noise import depolarizing

pytest.importorskip("matplotlib")


def words(circuit: Circuit, columns: int = 24) -> list[str]:
    return [text.get_text() for text in circuit.plot(columns=columns).texts]


def test_lines_and_boxes_have_names() -> None:
    circuit = Circuit(3).h(0).rx(2 * Parameter("t"), 1).cx(0, 2).unitary(np.eye(4), 1, 2)
    circuit.channel(depolarizing(0.1), 0).measure(0, 1).when(1, 0, Circuit(3).swap(0, 2))
    found = words(circuit)
    for name in ("q0", "q1", "q2", "c0", "c1", "H", "RX\n2*t", "M", "depolarizing"):
        assert name in found
    # Controls, crosses, sums and bits are marks, not boxes.
    assert not {"X", "x", "●", "○"} & set(found)


def test_long_circuits_are_wrapped() -> None:
    circuit = Circuit(2).h([0] * 50)
    assert words(circuit, columns=20).count("q1") == 3
    assert words(circuit, columns=20).count("H") == 50


def test_axes_that_are_given_are_used() -> None:
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    assert Circuit(1).x(0).plot(ax=axes) is axes


@settings(max_examples=25)
@given(circuits(channels=True, resets=True))
def test_every_circuit_has_a_picture(circuit: Circuit) -> None:
    axes = circuit.plot()
    low, high = axes.get_ylim()
    assert high - low >= circuit.num_qubits


def test_large_circuits_are_refused() -> None:
    with pytest.raises(CircuitError, match=r"plot\(\) is for circuits of at most 64 qubits"):
        Circuit(65).plot()

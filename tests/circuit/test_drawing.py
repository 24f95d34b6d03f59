"""Circuits as text."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from tests.strategies import circuits
from tnsim import Circuit, Parameter
from tnsim.noise import depolarizing


def test_drawing_of_each_kind() -> None:
    circuit = Circuit(4).h(0).cx(0, 2).rx(2 * Parameter("t"), 1).rzz(0.5, 2, 3).swap(0, 3)
    circuit.unitary(np.eye(4), 1, 0).channel(depolarizing(0.1), 3).barrier(1, 2)
    assert circuit.draw().splitlines() == [
        "q0: ────H─────●────────────x───unitary:1──────",
        "              │            │       │",
        "q1: ─RX(2*t)──┼────────────┼───unitary:0────░─",
        "              │            │                │",
        "q2: ──────────X────RZZ─────┼────────────────░─",
        "                    │      │",
        "q3: ─────────────RZZ(0.5)──x──depolarizing────",
    ]


def test_drawing_of_bits() -> None:
    circuit = Circuit(2).h(0).measure(0, 1).when([0, 1], [0, 1], Circuit(2).cx(0, 1))
    assert circuit.draw().splitlines() == [
        "q0: ─H──M──●─",
        "        ║  ║",
        "q1: ────╫──X─",
        "        ║  ║",
        "c0: ════╬══○═",
        "        ║  ║",
        "c1: ════╩══●═",
    ]


def test_wrapping() -> None:
    text = Circuit(2).h([0] * 40).draw(width=30)
    lines = text.splitlines()
    assert len(lines) % 4 == 3
    assert all(len(line) <= 30 for line in lines)
    assert all(line.startswith("q0: ─H─") for line in lines[::4])
    assert text.count("H") == 40


@given(circuits(resets=True))
def test_every_circuit_can_be_drawn_and_printed(circuit: Circuit) -> None:
    lines = circuit.draw(width=10_000).splitlines()
    assert len(lines) == 2 * circuit.num_qubits - 1
    assert all(lines[2 * q].startswith(f"q{q}:") for q in range(circuit.num_qubits))
    assert len(str(circuit).splitlines()) == 1 + len(circuit)


def test_long_circuits_print_head_and_tail() -> None:
    lines = str(Circuit(2).append("x", np.zeros(1000, int)).h(1)).splitlines()
    assert lines[0] == "<Circuit: 2 qubits, 1001 instructions>"
    assert lines[1] == "  x 0"
    assert lines[11] == "  ... 986 more"
    assert lines[-1] == "  h 1"
    assert len(lines) == 17

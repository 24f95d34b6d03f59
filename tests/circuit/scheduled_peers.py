"""Circuits as Qiskit schedules them, with the delays that its padding pass puts in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def random_peer(seed: int, size: int, length: int, names: list[str]) -> Any:
    """A QuantumCircuit of h, x, ry, cx and barriers."""
    from qiskit import QuantumCircuit

    peer = QuantumCircuit(size)
    generator = np.random.default_rng(seed)
    for _ in range(length):
        name = str(generator.choice(names))
        a, b = (int(q) for q in generator.choice(size, 2, replace=False))
        special: dict[str, tuple[Any, ...]] = {
            "cx": (a, b),
            "ry": (generator.random(), a),
            "barrier": (),
        }
        getattr(peer, name)(*special.get(name, (a,)))
    return peer


def scheduled(peer: Any, times: Mapping[str, int]) -> tuple[Any, dict[Any, int]]:
    """The circuit padded with delays (in dt), and the start of each node, both ASAP."""
    from qiskit.circuit import Delay, Parameter
    from qiskit.circuit.library import get_standard_gate_name_mapping
    from qiskit.transpiler import InstructionProperties, PassManager, Target
    from qiskit.transpiler.passes import ASAPScheduleAnalysis, PadDelay, TimeUnitConversion

    size = peer.num_qubits
    target = Target(num_qubits=size, dt=1e-9)
    target.add_instruction(Delay(Parameter("t")), {(q,): None for q in range(size)})
    for name, time in times.items():
        gate = get_standard_gate_name_mapping()[name]
        places = [(a,) for a in range(size)]
        if gate.num_qubits == 2:
            places = [(a, b) for a in range(size) for b in range(size) if a != b]
        lasting = InstructionProperties(duration=time * 1e-9)
        target.add_instruction(gate, dict.fromkeys(places, lasting))
    first = PassManager([TimeUnitConversion(target=target), ASAPScheduleAnalysis(target=target)])
    first.run(peer)
    starts = dict(first.property_set["node_start_time"])
    both = PassManager(
        [
            TimeUnitConversion(target=target),
            ASAPScheduleAnalysis(target=target),
            PadDelay(target=target),
        ]
    )
    return both.run(peer), starts

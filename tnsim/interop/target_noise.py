"""A device's calibration, as Qiskit gives it, as a noise model."""

from __future__ import annotations

import math
from functools import reduce
from typing import Any

from tnsim.base.errors import NoiseError
from tnsim.circuit import NoiseModel
from tnsim.noise import (
    Channel,
    average_gate_fidelity,
    depolarizing,
    exactly,
    gates,
    thermal_relaxation,
)

from .aer_models import our_names
from .packages import library

__all__ = ["durations_from_target", "from_target", "relaxation_from_target"]

# h / k_B in seconds times millikelvins: the excited population is 1 / (1 + exp(h f / (k_B T))).
_PLANCK_OVER_BOLTZMANN = 47.99243e-9


def from_target(
    target: Any,
    *,
    gate_errors: bool = True,
    relaxation: bool = True,
    readout: bool = True,
    temperature: float = 0.0,
) -> NoiseModel:
    """The noise model of a Qiskit `Target`, or of a backend that has one.

    For each instruction on each of its tuples of qubits: a depolarizing channel, then thermal
    relaxation of each qubit for the instruction's duration, with the qubits' T1 and T2 and the
    excited population at `temperature` (in mK) and their frequency. The depolarizing strength is
    such that the average gate fidelity of both is 1 - error; where relaxation alone explains
    more, there is none. Measurements get readout errors, P(1|0) and P(0|1) where the target has
    them, else the error for both. As in Aer's `NoiseModel.from_backend`, a missing T1 counts as
    infinite, a missing T2 as 2 T1, and so does a greater one.

    Relaxation of waiting qubits is added by `tnsim.idle_noise` with `durations_from_target` and
    `relaxation_from_target`. Apply with `apply(circuit, allow_unused=True)`. Raises `NoiseError`
    for instructions with errors that are no gates of tnsim.

    >>> from qiskit.providers.fake_provider import GenericBackendV2  # doctest: +SKIP
    >>> from_target(GenericBackendV2(2, seed=1)).readout_rules[0].qubits  # doctest: +SKIP
    (0,)
    """
    target = _target_of(target)
    model = NoiseModel()
    measure = library("qiskit.circuit").Measure
    gate = library("qiskit.circuit").Gate
    for name in target.operation_names:
        operation = target.operation_from_name(name)
        for qubits, properties in (target[name] or {}).items():
            if properties is None or qubits is None or isinstance(operation, measure):
                continue
            error = properties.error if gate_errors and isinstance(operation, gate) else None
            lasting = properties.duration if relaxation else None
            channel = _channel(target, qubits, lasting or 0.0, error or 0.0, temperature)
            if channel is not None:
                names = our_names(name)
                model.after(channel, where=gates(*names) & exactly(qubits), arity=len(qubits))
    for qubits, properties in (
        target["measure"] if readout and "measure" in target else {}
    ).items():
        if properties is not None:
            wrong = properties.error
            p01 = getattr(properties, "prob_meas1_prep0", wrong)
            p10 = getattr(properties, "prob_meas0_prep1", wrong)
            if p01 is not None and p10 is not None:
                model.readout(float(p01), float(p10), qubits=qubits)
    return model


def durations_from_target(target: Any) -> dict[str | tuple[str, tuple[int, ...]], float]:
    """Durations in seconds for `tnsim.idle_noise`: by (gate, qubits), as the target has them.

    Where the circuit has delays, u0 here, add "u0": 1.0 if they are in seconds, or "u0": dt.

    >>> from qiskit.providers.fake_provider import GenericBackendV2  # doctest: +SKIP
    >>> ("cx", (0, 1)) in durations_from_target(GenericBackendV2(2, seed=1))  # doctest: +SKIP
    True
    """
    target = _target_of(target)
    found: dict[str | tuple[str, tuple[int, ...]], float] = {}
    for name in target.operation_names:
        for qubits, properties in (target[name] or {}).items():
            if qubits is None or properties is None or properties.duration is None:
                continue
            for ours in our_names(name):
                found[ours, tuple(qubits)] = float(properties.duration)
    return found


def relaxation_from_target(target: Any) -> tuple[list[float], list[float]]:
    """(T1, T2) of each qubit in seconds: infinite where missing, T2 at most 2 T1.

    >>> from qiskit.providers.fake_provider import GenericBackendV2  # doctest: +SKIP
    >>> t1, t2 = relaxation_from_target(GenericBackendV2(2, seed=1))  # doctest: +SKIP
    >>> len(t1), len(t2)  # doctest: +SKIP
    (2, 2)
    """
    target = _target_of(target)
    pairs = [_times(target, qubit)[:2] for qubit in range(target.num_qubits)]
    return [t1 for t1, _ in pairs], [t2 for _, t2 in pairs]


def _target_of(given: Any) -> Any:
    kind = library("qiskit.transpiler").Target
    found = given if isinstance(given, kind) else getattr(given, "target", None)
    if not isinstance(found, kind):
        raise NoiseError(
            f"`target` must be a Target of Qiskit, or a backend with one (got "
            f"{type(given).__name__})"
        )
    return found


def _channel(
    target: Any, qubits: tuple[int, ...], duration: float, error: float, temperature: float
) -> Channel | None:
    relaxation: Channel | None = None
    if duration:
        singles = [_relaxation(target, qubit, duration, temperature) for qubit in qubits]
        relaxation = reduce(Channel.tensor, singles)
    dim = 2 ** len(qubits)
    fidelity = 1.0 if relaxation is None else float(average_gate_fidelity(relaxation))
    if error <= 1.0 - fidelity:
        return relaxation
    # F(depolarizing p after relaxation) = F - p (dim F - 1) / dim, which is to be 1 - error.
    least = min(error, dim / (dim + 1))
    p = dim * (least - (1.0 - fidelity)) / (dim * fidelity - 1)
    first = depolarizing(min(p, dim**2 / (dim**2 - 1)), num_qubits=len(qubits))
    return first if relaxation is None else relaxation @ first


def _relaxation(target: Any, qubit: int, duration: float, temperature: float) -> Channel:
    t1, t2, frequency = _times(target, qubit)
    excited = 0.0
    if frequency is not None and math.isfinite(frequency) and temperature:
        ratio = _PLANCK_OVER_BOLTZMANN * frequency / abs(temperature)
        excited = 1.0 / (1.0 + math.exp(min(ratio, 700.0)))
        excited = 1.0 - excited if temperature < 0 else excited
    return thermal_relaxation(t1, t2, duration, excited)


def _times(target: Any, qubit: int) -> tuple[float, float, float | None]:
    listed = target.qubit_properties
    given = listed[qubit] if listed else None
    t1 = getattr(given, "t1", None)
    t2 = getattr(given, "t2", None)
    t1 = math.inf if t1 is None else float(t1)
    t2 = 2 * t1 if t2 is None else min(float(t2), 2 * t1)
    return t1, t2, getattr(given, "frequency", None)

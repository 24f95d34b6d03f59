"""One-qubit channels that lose energy or phase, or start again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from tnsim.base.errors import NoiseError

from .channel_law import ChannelLaw
from .coefficients import Argument, Coefficient, apply, number
from .json_objects import check_fields, check_list
from .strengths import Bound, bounded
from .terms import Terms

__all__ = [
    "AmplitudeDamping",
    "GeneralizedAmplitudeDamping",
    "PhaseDamping",
    "Reset",
    "ThermalRelaxation",
]

# The parts of a transfer matrix that keeps X, Y alike and mixes only 1 and Z.
_ONE = np.diag([1.0, 0.0, 0.0, 0.0])
_COHERENCE = np.diag([0.0, 1.0, 1.0, 0.0])
_POPULATION = np.diag([0.0, 0.0, 0.0, 1.0])
_PUMP = np.zeros((4, 4))
_PUMP[3, 0] = 1.0


class _OneQubitLaw(ChannelLaw):
    @property
    def num_qubits(self) -> int:
        return 1


@dataclass(frozen=True)
class AmplitudeDamping(_OneQubitLaw):
    """R = diag(1, s, s, 1-gamma) + gamma E_ZI with s = sqrt(1-gamma)."""

    kind: ClassVar[str] = "amplitude_damping"

    @property
    def strength_names(self) -> tuple[str, ...]:
        return ("gamma",)

    def bounds(self) -> list[Bound]:
        return bounded(self.strength_names, 0.0, 1.0)

    def transfer(self, arguments: Sequence[Argument]) -> Terms:
        return _damping(arguments[0], 0.0)


@dataclass(frozen=True)
class GeneralizedAmplitudeDamping(_OneQubitLaw):
    """R = diag(1, s, s, 1-gamma) + gamma (1 - 2 excited) E_ZI with s = sqrt(1-gamma)."""

    kind: ClassVar[str] = "generalized_amplitude_damping"

    @property
    def strength_names(self) -> tuple[str, ...]:
        return ("gamma", "excited_population")

    def bounds(self) -> list[Bound]:
        return bounded(self.strength_names, 0.0, 1.0)

    def transfer(self, arguments: Sequence[Argument]) -> Terms:
        return _damping(*arguments)


@dataclass(frozen=True)
class PhaseDamping(_OneQubitLaw):
    """R = diag(1, s, s, 1) with s = sqrt(1-lam)."""

    kind: ClassVar[str] = "phase_damping"

    @property
    def strength_names(self) -> tuple[str, ...]:
        return ("lam",)

    def bounds(self) -> list[Bound]:
        return bounded(self.strength_names, 0.0, 1.0)

    def transfer(self, arguments: Sequence[Argument]) -> Terms:
        coherence = apply("root_complement", arguments[0])
        return Terms.of([(number(1.0), _ONE + _POPULATION), (coherence, _COHERENCE)])


@dataclass(frozen=True)
class Reset(_OneQubitLaw):
    """To |0> with probability p0, to |1> with probability p1.

    R = diag(1, k, k, k) + (p0 - p1) E_ZI with k = 1 - p0 - p1.
    """

    kind: ClassVar[str] = "reset"

    @property
    def strength_names(self) -> tuple[str, ...]:
        return ("p0", "p1")

    def bounds(self) -> list[Bound]:
        total = Bound("p0 + p1", ((0, 1.0), (1, 1.0)), -math.inf, 1.0)
        return [*bounded(self.strength_names, 0.0, 1.0), total]

    def transfer(self, arguments: Sequence[Argument]) -> Terms:
        p0, p1 = (apply("value", argument) for argument in arguments)
        kept = _COHERENCE + _POPULATION
        return Terms.of([(number(1.0), np.eye(4)), (p0, _PUMP - kept), (p1, -_PUMP - kept)])


@dataclass(frozen=True)
class ThermalRelaxation(_OneQubitLaw):
    """R = diag(1, e2, e2, e1) + (1 - e1)(1 - 2 excited) E_ZI.

    Here e1 = exp(-time/t1) and e2 = exp(-time/t2). `infinite` names the constants, t1 alone or
    both, that are no strengths because they are infinite.
    """

    infinite: tuple[str, ...] = ()
    kind: ClassVar[str] = "thermal_relaxation"

    def __post_init__(self) -> None:
        if self.infinite not in {(), ("t1",), ("t1", "t2")}:
            raise NoiseError(
                "`t2` of thermal_relaxation must be at most 2 * t1, so it is infinite only where "
                f"t1 is (got infinite {', '.join(map(str, self.infinite))})"
            )

    @property
    def strength_names(self) -> tuple[str, ...]:
        finite = [name for name in ("t1", "t2") if name not in self.infinite]
        return (*finite, "time", "excited_population")

    def bounds(self) -> list[Bound]:
        places = {name: i for i, name in enumerate(self.strength_names)}
        found = [
            Bound(n, ((places[n], 1.0),), 0.0, math.inf, is_open=True)
            for n in ("t1", "t2")
            if n in places
        ]
        if not self.infinite:
            found.append(
                Bound(
                    "2*t1 - t2",
                    ((places["t1"], 2.0), (places["t2"], -1.0)),
                    0.0,
                    math.inf,
                    reason="no process has t2 > 2*t1",
                )
            )
        found.append(Bound("time", ((places["time"], 1.0),), 0.0, math.inf))
        found.append(Bound("excited_population", ((places["excited_population"], 1.0),), 0.0, 1.0))
        return found

    def transfer(self, arguments: Sequence[Argument]) -> Terms:
        given = dict(zip(self.strength_names, arguments, strict=True))
        time, excited = given["time"], given["excited_population"]
        population, coherence, loss = number(1.0), number(1.0), number(0.0)
        if "t1" in given:
            population, loss = (apply(f, time, given["t1"]) for f in ("decay", "loss"))
        if "t2" in given:
            coherence = apply("decay", time, given["t2"])
        return _relaxation(population, coherence, loss, apply("value", excited))

    def fields(self) -> dict[str, Any]:
        return {"infinite": list(self.infinite)}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> ThermalRelaxation:
        infinite = check_fields(fields, cls.kind, ["infinite"])["infinite"]
        return cls(tuple(check_list(infinite, "`infinite`", str)))

    def call(self, strengths: Sequence[str]) -> str:
        given = dict(zip(self.strength_names, strengths, strict=True))
        order = ("t1", "t2", "time", "excited_population")
        shown = [f"{name}={given.get(name, 'math.inf')}" for name in order]
        return f"thermal_relaxation({', '.join(shown)})"


def _damping(gamma: Argument, excited: Argument) -> Terms:
    loss = apply("value", gamma)
    coherence = apply("root_complement", gamma)
    pumped = _relaxation(number(1.0), coherence, loss, apply("value", excited))
    return pumped + Terms.of([(loss * -1.0, _POPULATION)])


def _relaxation(
    population: Coefficient, coherence: Coefficient, loss: Coefficient, excited: Coefficient
) -> Terms:
    """diag(1, coherence, coherence, population) + loss (1 - 2 excited) E_ZI."""
    return Terms.of(
        [
            (number(1.0), _ONE),
            (coherence, _COHERENCE),
            (population, _POPULATION),
            (loss, _PUMP),
            (loss * excited * -2.0, _PUMP),
        ]
    )

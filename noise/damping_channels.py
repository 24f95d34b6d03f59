"""Damping, relaxation and reset: the functions that make these channels."""

from __future__ import annotations

import math

from tnsim.base.parameters import Scalar

from .channel import Channel
from .damping_laws import (
    AmplitudeDamping,
    GeneralizedAmplitudeDamping,
    PhaseDamping,
    Reset,
    ThermalRelaxation,
)
from .strengths import read_strength

__all__ = [
    "amplitude_damping",
    "generalized_amplitude_damping",
    "phase_damping",
    "reset",
    "thermal_relaxation",
]


def amplitude_damping(gamma: Scalar) -> Channel:
    """Decay of |1> to |0> with probability gamma (Nielsen and Chuang, section 8.3.5).

    K_0 = [[1, 0], [0, sqrt(1-gamma)]], K_1 = [[0, sqrt(gamma)], [0, 0]]. Coherences shrink by
    sqrt(1-gamma), whose derivative is infinite at gamma = 1.

    >>> amplitude_damping(1.0).transfer_matrix()
    array([[1., 0., 0., 0.],
           [0., 0., 0., 0.],
           [0., 0., 0., 0.],
           [1., 0., 0., 0.]])
    """
    return Channel(AmplitudeDamping(), (read_strength("gamma", gamma),))


def generalized_amplitude_damping(gamma: Scalar, excited_population: Scalar) -> Channel:
    """Damping towards diag(1 - e, e), e = `excited_population` (Nielsen and Chuang, 8.3.5).

    With probability 1 - e amplitude damping to |0>, with probability e to |1>, both by `gamma`.

    >>> generalized_amplitude_damping(0.5, 0.25).transfer_matrix()[3]
    array([0.25, 0.  , 0.  , 0.5 ])
    """
    given = {"gamma": gamma, "excited_population": excited_population}
    strengths = tuple(read_strength(n, v) for n, v in given.items())
    return Channel(GeneralizedAmplitudeDamping(), strengths)


def phase_damping(lam: Scalar) -> Channel:
    """Coherences shrink by sqrt(1-lam), populations stay (Nielsen and Chuang, section 8.3.6).

    K_0 = [[1, 0], [0, sqrt(1-lam)]], K_1 = [[0, 0], [0, sqrt(lam)]].

    >>> phase_damping(0.75).transfer_matrix().diagonal()
    array([1. , 0.5, 0.5, 1. ])
    """
    return Channel(PhaseDamping(), (read_strength("lam", lam),))


def thermal_relaxation(
    t1: Scalar, t2: Scalar, time: Scalar, excited_population: Scalar = 0.0
) -> Channel:
    """Relaxation for `time` with constants t1 (energy) and t2 (coherence), all in one unit.

    Populations approach diag(1 - e, e), e = `excited_population`, as exp(-time/t1); coherences
    shrink by exp(-time/t2). Any 0 < t2 <= 2 t1 is allowed, t2 > t1 included; t1, or both, may be
    infinite (`math.inf`), which is then part of the structure. The same as Qiskit Aer's
    `thermal_relaxation_error`.

    >>> thermal_relaxation(t1=80.0, t2=math.inf, time=1.0)
    Traceback (most recent call last):
    tnsim.base.errors.NoiseError: `t2` of thermal_relaxation must be at most 2 * t1, ...
    >>> round(float(thermal_relaxation(t1=80.0, t2=60.0, time=6.0).transfer_matrix()[1, 1]), 6)
    0.904837
    """
    given = {"t1": t1, "t2": t2, "time": time, "excited_population": excited_population}
    infinite = tuple(n for n in ("t1", "t2") if _is_infinite(given[n]))
    strengths = [read_strength(n, v) for n, v in given.items() if n not in infinite]
    return Channel(ThermalRelaxation(infinite), tuple(strengths))


def reset(p0: Scalar = 1.0, p1: Scalar = 0.0) -> Channel:
    """rho -> (1 - p0 - p1) rho + (p0 |0><0| + p1 |1><1|) Tr rho, as Qiskit Aer's `reset_error`.

    >>> reset(0.5, 0.25).transfer_matrix().diagonal()
    array([1.  , 0.25, 0.25, 0.25])
    """
    return Channel(Reset(), (read_strength("p0", p0), read_strength("p1", p1)))


def _is_infinite(value: Scalar) -> bool:
    return isinstance(value, float) and math.isinf(value) and value > 0.0

"""A value known in closed form, computed by the whole way from circuit to answer.

RY(t) on qubit 0, then CX 0 1 and CX 1 2, make cos(t/2)|000> + sin(t/2)|111>, of which the mean
of ZZZ is cos(t) - that is cos^2(t/2) - sin^2(t/2). Depolarizing noise p on qubit 0 multiplies it
by 1 - p, and a symmetric readout error e on each of the three qubits by (1 - 2 e)^3.
"""

from __future__ import annotations

import importlib
import math
from dataclasses import dataclass
from typing import Any

import tnsim
from tnsim.base.arrays import to_numpy

__all__ = ["Check", "check_library", "check_numpy"]

_ANGLE = 0.75  # held exactly in single precision too
_NOISE = 0.1
_READOUT = 0.02
_EXPECTED = (1 - _NOISE) * (1 - 2 * _READOUT) ** 3 * math.cos(_ANGLE)
_TOLERANCE = 1e-10


@dataclass(frozen=True)
class Check:
    """One check: what was computed by `library` on `devices`, beside what it must be."""

    library: str
    expected: float
    found: float | None
    message: str
    devices: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return self.found is not None and abs(self.found - self.expected) < _TOLERANCE


def check_numpy() -> Check:
    """The check with NumPy."""
    return _checked("numpy", _ANGLE)


def check_library(name: str) -> Check:
    """The check with an array library, which is imported."""
    try:
        library = importlib.import_module(name)
        angle, devices = _ARRAYS[name](library)
    except Exception as error:  # whatever a broken installation raises
        return Check(name, _EXPECTED, None, f"{type(error).__name__}: {error}"[:200])
    found = _checked(name, angle)
    return Check(name, found.expected, found.found, found.message, devices)


def _checked(library: str, angle: Any) -> Check:
    theta = tnsim.Parameter("theta")
    circuit = tnsim.Circuit(3).ry(theta, 0).cx(0, 1).cx(1, 2)
    circuit.channel(tnsim.noise.depolarizing(_NOISE), 0)
    noise = tnsim.NoiseModel().readout(_READOUT, _READOUT)
    try:
        program = tnsim.compile(
            circuit, tnsim.Expectation("Z0 Z1 Z2"), noise=noise, memory="10MB", cache=False
        )
        found = float(to_numpy(program({"theta": angle}, progress=False).value))
    except Exception as error:
        return Check(library, _EXPECTED, None, f"{type(error).__name__}: {error}"[:200])
    return Check(library, _EXPECTED, found, f"{found:.12f}, must be {_EXPECTED:.12f}")


def _torch(torch: Any) -> tuple[Any, tuple[str, ...]]:
    gpus = [torch.cuda.get_device_name(k) for k in range(torch.cuda.device_count())]
    return torch.tensor(_ANGLE, dtype=torch.float64), ("cpu", *gpus)


def _tensorflow(tensorflow: Any) -> tuple[Any, tuple[str, ...]]:
    devices = [device.name for device in tensorflow.config.list_physical_devices()]
    return tensorflow.constant(_ANGLE, dtype="float64"), tuple(devices)


def _jax(jax: Any) -> tuple[Any, tuple[str, ...]]:
    return jax.numpy.asarray(_ANGLE), tuple(str(device) for device in jax.devices())


_ARRAYS = {"torch": _torch, "tensorflow": _tensorflow, "jax": _jax}

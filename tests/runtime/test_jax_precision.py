"""Answers in JAX are as precise as asked, also where JAX itself is set to single precision."""

from __future__ import annotations

import math

import numpy as np
import pytest

import tnsim

ANGLE = 0.75  # held exactly in single precision


@pytest.mark.parametrize("doubles", [False, True])
def test_doubles_whatever_jax_is_set_to(doubles: bool) -> None:
    jax = pytest.importorskip("jax")
    if hasattr(jax, "enable_x64"):
        setting = jax.enable_x64(doubles)
    else:
        from jax.experimental import enable_x64

        setting = enable_x64(doubles)
    circuit = tnsim.Circuit(2).rx(2 * tnsim.Parameter("theta"), 0).cx(0, 1)
    program = tnsim.compile(circuit, tnsim.Expectation("Z0 Z1"), memory="1MB", cache=False)
    twice = tnsim.compile(circuit, tnsim.Expectation("Z1"), memory="1MB", cache=False)
    with setting:
        value = twice(theta=jax.numpy.asarray(ANGLE)).value
        assert type(value).__module__.startswith("jax")
        assert np.asarray(value) == pytest.approx(math.cos(2 * ANGLE), abs=1e-14)
        assert np.asarray(program(theta=jax.numpy.asarray(ANGLE)).value) == pytest.approx(1.0)

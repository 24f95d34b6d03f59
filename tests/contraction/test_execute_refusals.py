"""What execute refuses, each with the input's name, what was expected and what was given."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tnsim.base.errors import TnsimError
from tnsim.contraction import execute as execute_module
from tnsim.contraction.execute import execute, run_schedule
from tnsim.contraction.schedule import build_schedule

A, B = np.ones((2, 3)), np.ones((3, 4))
SIZES = {"i": 2, "j": 3, "k": 4}
INPUTS = (("i", "j"), ("j", "k"))


def run(*arrays: Any, batched: tuple[bool, ...] = (False, False), dtype: str = "float64") -> Any:
    schedule = build_schedule(INPUTS, ("i", "k"), SIZES, ((0, 1),), batched=batched)
    return run_schedule(schedule, arrays, dtype=dtype)


@pytest.mark.parametrize(
    ("arrays", "batched", "message"),
    [
        ((A,), (False, False), r"`arrays` must hold one array for each of 2 inputs \(got 1\)"),
        ((A, B.T), (False, False), r"`arrays\[1\]` must have shape \(3, 4\) \(got \(4, 3\)\)"),
        ((A, B[None]), (False, True), None),
        ((A, B), (False, True), r"`arrays\[1\]` must have shape \(batch, 3, 4\) with the batch"),
        (
            (np.ones((5, 2, 3)), np.ones((6, 3, 4))),
            (True, True),
            r"`arrays\[1\]` must have shape \(5, 3, 4\) with the batch .* \(got \(6, 3, 4\)\)",
        ),
        (
            (np.ones((0, 2, 3)), B),
            (True, False),
            r"`arrays\[0\]` must have shape \(batch, 2, 3\)",
        ),
        (
            (A, B.astype("float32")),
            (False, False),
            r"`arrays\[1\]` must have the plan's dtype float64 \(got float32\); convert it",
        ),
        ((A, 1.0), (False, False), r"`arrays\[1\]` must be an array \(got float\)"),
        ((A, "text"), (False, False), r"arrays must come from numpy, torch"),
        (
            (A * np.nan, B),
            (False, False),
            r"`arrays\[0\]` must be finite, but it holds NaN or infinity",
        ),
        ((A, B * np.inf), (False, False), r"`arrays\[1\]` must be finite"),
    ],
)
def test_inputs_that_do_not_fit(
    arrays: tuple[Any, ...], batched: tuple[bool, ...], message: str | None
) -> None:
    if message is None:
        assert run(*arrays, batched=batched).shape == (1, 2, 4)
        return
    with pytest.raises(TnsimError, match=message):
        run(*arrays, batched=batched)


def test_libraries_do_not_mix() -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(TnsimError, match=r"arrays\[1\] is of torch and those before it are of n"):
        run(A, torch.ones(3, 4, dtype=torch.float64))


def test_overflow_is_no_fault_of_the_inputs() -> None:
    assert np.isinf(run(A * 1e200, B * 1e200)).all()


def test_paths_of_the_wrong_length() -> None:
    with pytest.raises(TnsimError, match=r"`ssa_path` must have 1 pairs for 2 tensors \(got 0\)"):
        build_schedule(INPUTS, (), SIZES, ())


def test_a_plan_without_a_schedule_is_enough() -> None:
    network = SimpleNamespace(inputs=INPUTS, output=("i", "k"), sizes=SIZES)
    plan = SimpleNamespace(
        network=network, ssa_path=((0, 1),), sliced=("j",), dtype="float64", batched=(False, False)
    )
    assert np.array_equal(execute(plan, [A, B]), A @ B)


def test_inputs_in_any_memory_order() -> None:
    a = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    b = np.arange(24.0).reshape(4, 6)[:, ::2].T
    assert np.array_equal(run(a, b), a @ b)


JAX = """
import jax, numpy as np
from tnsim.contraction.execute import run_schedule
from tnsim.contraction.schedule import build_schedule
schedule = build_schedule((("i", "j"), ("j",)), ("i",), {"i": 2, "j": 3}, ((0, 1),), ("j",))
with jax.enable_x64(True):
    arrays = [jax.numpy.asarray(np.full(s, 1 / 3)) for s in ((2, 3), (3,))]
result = run_schedule(schedule, arrays, dtype="float64")
assert result.dtype == np.float64, result.dtype
assert np.allclose(np.asarray(result), 1 / 3, rtol=1e-15), result
assert not jax.config.jax_enable_x64
try:
    run_schedule(schedule, [jax.numpy.ones((2, 3)), jax.numpy.ones(3)], dtype="float64")
except ValueError as error:
    assert "must have the plan's dtype float64 (got float32)" in str(error), error
    assert "jax.enable_x64" in str(error), error
else:
    raise AssertionError("float32 was taken for float64")
"""


def test_jax_doubles_without_its_global_switch() -> None:
    jax = pytest.importorskip("jax")
    if not hasattr(jax, "enable_x64"):
        pytest.skip("this JAX has no jax.enable_x64")
    done = subprocess.run(
        [sys.executable, "-c", JAX],
        env={**clean_environment(), "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def clean_environment() -> dict[str, str]:
    import os

    return {key: value for key, value in os.environ.items() if key != "JAX_ENABLE_X64"}


def test_public_names() -> None:
    assert set(execute_module.__all__) == {"execute", "run_schedule"}

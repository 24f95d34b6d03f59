"""Measure what runs really take: one forked process a case, one JSON line each.

    python -m tests.cross.memory_worker FIRST COUNT [derivatives]

A case is compiled before the baseline is read, so that what is measured is the run alone: the
kernel's high-water mark of resident memory, reset just before the call, above the resident
memory at that moment. A small run of the same kind comes first: it loads modules and code pages.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import tnsim
from tests.cross.memory_networks import Case, draw_case
from tnsim.engines.exact.gradient_costs import GradientCost
from tnsim.engines.inputs import Setting

STATUS = Path("/proc/self/status")


def measure(case: Case) -> dict[str, Any]:
    """Run one case in this process, which has run little else."""
    program = case.program
    warm_up(case.dtype)
    values: dict[str, Any] = {}
    if program.parameters:
        values = {"theta": np.linspace(0.1, 0.9, case.batch) if case.batch else 0.3}
    program.forecast  # noqa: B018  made beforehand, as a caller who looks at it does
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    before = resident()
    begin = time.perf_counter()
    try:
        result = program(values, progress=False)
    except tnsim.BudgetError:
        # The answers of the whole batch are too many for a tight budget; those of one are not.
        case = replace(case, batch=0)
        result = program(theta=0.3, progress=False)
    seconds = time.perf_counter() - begin
    peak = status("VmHWM")
    return {
        "number": case.number,
        "family": case.family,
        "query": repr(case.query)[:60],
        "dtype": case.dtype,
        "basis": program.forecast.basis,
        "batch": case.batch,
        "budget": program.memory,
        "forecast": result.forecast.peak_bytes if result.forecast else 0,
        "measured": max(peak - before, 0),
        "reported": result.peak_bytes,
        "slices": program.forecast.slices,
        "seconds": round(seconds, 3),
        "predicted": program.forecast.seconds,
    }


def measure_derivatives(case: Case) -> dict[str, Any]:
    """The same with the way back: one cotangent of ones for everything that was asked."""
    warm_up(case.dtype, derivatives=True)
    case, cost = _with_derivatives(case)
    program = case.program
    values = {"theta": np.linspace(0.1, 0.9, case.batch) if case.batch else np.float64(0.3)}
    shape = ((case.batch,) if case.batch else ()) + case.query.shape(case.circuit.num_qubits)
    seed = np.ones(shape)
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    before = resident()
    begin = time.perf_counter()
    _, pull = program.vjp(values, progress=False)
    pull(seed)
    return {
        "number": case.number,
        "family": case.family,
        "query": repr(case.query)[:60],
        "dtype": case.dtype,
        "batch": case.batch,
        "budget": program.memory,
        "forecast": cost.peak_bytes,
        "measured": max(status("VmHWM") - before, 0),
        "slices": cost.slices,
        "seconds": round(time.perf_counter() - begin, 3),
    }


def _with_derivatives(case: Case) -> tuple[Case, GradientCost]:
    """The case at a budget, and with a batch, in which derivatives fit, and what they take."""
    program = case.program
    try:
        planned = program.engine.for_gradient(program.parameters, "numpy")
    except tnsim.BudgetError as error:
        # Its budget was drawn for the answer alone; the least that is named must do.
        program = tnsim.compile(
            case.circuit,
            case.query,
            noise=case.model,
            memory=error.least_bytes or program.memory,
            dtype=case.dtype,
            effort="low",
            cache=False,
        )
        case = replace(case, program=program)
        planned = program.engine.for_gradient(program.parameters, "numpy")
    setting = Setting(frozenset({"theta"} if case.batch else ()), max(case.batch, 1), "numpy")
    cost = planned.cost(setting)
    if cost.peak_bytes > program.memory:
        # The answers of the whole batch are too many for a tight budget; those of one are not.
        return replace(case, batch=0), planned.cost(Setting.single("numpy"))
    return case, cost


def warm_up(dtype: str, *, derivatives: bool = False) -> None:
    """A run of a few bytes, for code that is loaded at first use."""
    circuit = tnsim.Circuit(6).rx(tnsim.Parameter("theta"), range(6))
    for _ in range(6):
        circuit.u(0.1, 0.2, 0.3, range(6))
        circuit.fsim(0.3, 0.2, [0, 2, 4], [1, 3, 5])
        circuit.fsim(0.3, 0.2, [1, 3], [2, 4])
    for query in (tnsim.Expectation("Z0 Z3"), tnsim.ReducedDensityMatrix([0, 1])):
        program = tnsim.compile(circuit, query, memory="100MB", dtype=dtype)
        value = program(theta=0.1).value
        if derivatives:
            program.vjp(theta=0.1)[1](np.ones(np.shape(value)))


def resident() -> int:
    """Resident bytes now; from here on the high-water mark counts anew."""
    Path("/proc/self/clear_refs").write_text("5")
    return status("VmRSS")


def status(field: str) -> int:
    """A size from /proc/self/status, in bytes."""
    for line in STATUS.read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise LookupError(field)


def main(first: int, count: int, what: Callable[[Case], dict[str, Any]]) -> None:
    """One line of JSON for each case, each from a process of its own."""
    warm_up("complex128", derivatives=what is measure_derivatives)
    for number in range(first, first + count):
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                print(json.dumps(what(draw_case(number))), flush=True)
                code = 0
            except Exception:
                text = traceback.format_exc()
                print(json.dumps({"number": number, "error": text}), flush=True)
            finally:
                os._exit(code)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(
        int(sys.argv[1]),
        int(sys.argv[2]),
        measure_derivatives if sys.argv[3:] == ["derivatives"] else measure,
    )

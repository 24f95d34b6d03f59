"""One contender in a process of its own: `python -m benchmarks.worker`, its request on stdin.

The request is JSON: {"imports": [...], "function": "module:name", "arguments": {...}}. The modules
are imported first, which sets the base line; then the function is called, and one line of JSON
is printed: the value it returned, its stages, CPU and wall seconds of the call, and the peak of
resident memory above the base line. Children of the process count too.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

STATUS = Path("/proc/self/status")


def status_bytes(field: str) -> int | None:
    """A size from the kernel's account of this process, in bytes; None where there is none."""
    try:
        for line in STATUS.read_text().splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def forget_peak() -> None:
    """Let the kernel count the peak of resident memory anew from here."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_bytes() -> int:
    """The peak of resident memory of this process since `forget_peak`, or since its start."""
    found = status_bytes("VmHWM")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return found if found is not None else own * (1 if sys.platform == "darwin" else 1024)


def cpu_seconds() -> float:
    """CPU seconds of this process and of the children it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def called(request: dict[str, Any]) -> dict[str, Any]:
    """The measured call of a request."""
    for name in request["imports"]:
        importlib.import_module(name)
    module, _, name = request["function"].partition(":")
    function = getattr(importlib.import_module(module), name)
    forget_peak()
    base = status_bytes("VmRSS") or peak_bytes()
    cpu, wall = cpu_seconds(), time.perf_counter()
    value = function(**request["arguments"])
    cpu, wall = cpu_seconds() - cpu, time.perf_counter() - wall
    stages = value.pop("stages", {}) if isinstance(value, dict) else {}
    if isinstance(value, dict):
        value = value.get("value")
    return {
        "value": [value.real, value.imag] if isinstance(value, complex) else value,
        "stages": stages,
        "cpu_seconds": cpu,
        "wall_seconds": wall,
        "peak_bytes": max(0, peak_bytes() - base),
    }


if __name__ == "__main__":
    answer = called(json.load(sys.stdin))
    sys.stdout.write("\n" + json.dumps(answer) + "\n")

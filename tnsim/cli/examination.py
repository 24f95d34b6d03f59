"""What `tnsim doctor` does."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Any

import tnsim
from tnsim.base.budgets import available_bytes, format_bytes, resolve_budget
from tnsim.contraction.cache import default_folder
from tnsim.runtime.table import format_table

from .failures import Defect
from .output import say
from .packages import PACKAGES, Package
from .report_json import to_json
from .self_check import Check, check_library, check_numpy

__all__ = ["examine"]


def examine(*, thorough: bool, as_json: bool) -> None:
    """Print the report; `Defect` where something that tnsim cannot do without is wrong."""
    found = {package: package.version for package in PACKAGES}
    checks = [check_numpy()]
    if thorough:
        names = [p.module for p, version in found.items() if p.role == "array library" and version]
        checks += [check_library(name) for name in names if name != "numpy"]
    folder = default_folder()
    report = _report(found, checks, folder)
    say(to_json(report) if as_json else _text(found, checks, report))
    if not report["healthy"]:
        raise Defect("something is wrong, see the report")


def _report(found: dict[Package, str | None], checks: list[Check], folder: Path) -> dict[str, Any]:
    required = all(version for package, version in found.items() if package.extra is None)
    return {
        "kind": "doctor_report",
        "version": 1,
        "healthy": required and all(check.passed for check in checks),
        "tnsim": tnsim.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": [
            {
                "name": package.module,
                "role": package.role,
                "version": version,
                "required": package.extra is None,
                "gives": package.gives,
                "remedy": package.remedy,
            }
            for package, version in found.items()
        ],
        "available_bytes": available_bytes(),
        "default_memory_bytes": resolve_budget(None),
        "cores": _cores(),
        "plan_cache": {"folder": str(folder), "writable": _is_writable(folder)},
        "checks": [
            {
                "library": check.library,
                "passed": check.passed,
                "expected": check.expected,
                "found": check.found,
                "message": check.message,
                "devices": list(check.devices),
            }
            for check in checks
        ],
    }


def _text(found: dict[Package, str | None], checks: list[Check], report: dict[str, Any]) -> str:
    cache = report["plan_cache"]
    trouble = "" if cache["writable"] else " (cannot be written: plans are searched for each time)"
    available, default = map(
        format_bytes, (report["available_bytes"], report["default_memory_bytes"])
    )
    machine = [
        ("tnsim", report["tnsim"]),
        ("python", f"{report['python']} ({sys.executable})"),
        ("system", report["platform"]),
        ("cores", str(report["cores"])),
        (
            "memory",
            f"{available} may be taken; without --memory the budget is {default}",
        ),
        ("plans", cache["folder"] + trouble),
    ]
    blocks = [format_table(machine)]
    for role in dict.fromkeys(package.role for package in found):
        title = {"array library": "array libraries", "planner": "planners"}.get(role, role)
        rows = [
            (package.module, _package_text(package, version))
            for package, version in found.items()
            if package.role == role
        ]
        blocks.append(f"{title}\n{_indented(format_table(rows))}")
    rows = [(check.library, _check_text(check)) for check in checks]
    blocks.append(
        f"self check: the mean of ZZZ in a noisy state of three qubits\n"
        f"{_indented(format_table(rows))}"
    )
    return "\n\n".join(blocks)


def _package_text(package: Package, version: str | None) -> str:
    if version is not None:
        return f"{version}: {package.gives}"
    need = "MISSING, and needed for" if package.extra is None else "not installed; would give"
    return f"{need} {package.gives}\n{package.remedy}"


def _check_text(check: Check) -> str:
    devices = f" on {', '.join(check.devices)}" if check.devices else ""
    return f"{'right' if check.passed else 'WRONG'}: {check.message}{devices}"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _is_writable(folder: Path) -> bool:
    """Whether the folder, or the nearest one above it that exists, can be written to."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return existing.is_dir() and os.access(existing, os.W_OK)

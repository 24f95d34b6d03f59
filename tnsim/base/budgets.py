"""Byte budgets: reading them, writing them, and what the process may still take."""

from __future__ import annotations

import os
import re
from pathlib import Path

from .errors import BudgetError

__all__ = ["available_bytes", "format_bytes", "parse_bytes", "resolve_budget"]

_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*([kKMGTP]?i?)[bB]?\s*\Z")
_MOST = 1e30
_DECIMAL = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_CGROUP_LIMITS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes",
    ),
)


def parse_bytes(size: int | str) -> int:
    """Bytes of `size`: an int, or text such as "2GB" (10^9) or "2GiB" (2^30).

    >>> parse_bytes("1.5GB"), parse_bytes("64MiB"), parse_bytes(1000)
    (1500000000, 67108864, 1000)
    """
    if isinstance(size, bool) or not isinstance(size, int | str):
        raise BudgetError(f'a size must be an int or text such as "2GB" (got {size!r})')
    if isinstance(size, int):
        number = size
    else:
        match = _SIZE.match(size)
        if match is None:
            raise BudgetError(
                f'a size must be an int or text such as "2GB" or "512MiB" (got {size!r})'
            )
        unit = match[2].lower()
        base = 1024 if unit.endswith("i") else 1000
        product = float(match[1]) * base ** _DECIMAL[unit.rstrip("i")]
        number = int(min(product, _MOST))
    if number >= _MOST:
        raise BudgetError(f"a size must be below 10^30 bytes (got {str(size)[:40]}...)")
    if number <= 0:
        raise BudgetError(f"a size must be at least one byte (got {size!r})")
    return number


def format_bytes(size: float) -> str:
    """`size` bytes for people, in powers of 1000.

    >>> format_bytes(1.5e9), format_bytes(512)
    ('1.50 GB', '512 B')
    """
    value = float(size)
    if value < 1000:
        return f"{value:.0f} B"
    for unit in ("kB", "MB", "GB", "TB", "PB"):
        value /= 1000
        if value < 999.5:
            return f"{value:.3g} {unit}" if value >= 100 else f"{value:.2f} {unit}"
    return f"{value / 1000:.3g} EB"


def available_bytes() -> int:
    """What this process may still take: free memory, or less where a cgroup limits it."""
    free = _system_free()
    for limit_path, usage_path in _CGROUP_LIMITS:
        try:
            limit_text = Path(limit_path).read_text().strip()
            if limit_text != "max":
                free = min(free, int(limit_text) - int(Path(usage_path).read_text()))
        except (OSError, ValueError):
            continue
    return max(free, 1)


def resolve_budget(memory: int | str | None) -> int:
    """`memory` in bytes; None means half of what the process may still take."""
    return available_bytes() // 2 if memory is None else parse_bytes(memory)


def _system_free() -> int:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        import psutil

        return int(psutil.virtual_memory().available)
    except ImportError:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2

"""Run every benchmark, or those named: `python -m benchmarks import_time ...`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

PARTS = {"__init__", "__main__", "circuits", "common", "ours", "peers", "worker"}


def main() -> None:
    """Run the benchmarks named on the command line; all of them when none is."""
    known = sorted(path.stem for path in Path(__file__).parent.glob("*.py"))
    known = [name for name in known if name not in PARTS]
    wanted = sys.argv[1:] or known
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        sys.exit(f"no benchmark is named {', '.join(unknown)}; there are {', '.join(known)}")
    for name in wanted:
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()

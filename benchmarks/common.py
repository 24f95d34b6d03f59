"""Contenders, their measurement in fresh processes, and the table that sets them side by side.

Every sample is a process of its own, and the contenders take turns (a, b, a, b, ...), so that a
slow minute of the machine falls on all of them. Reported are medians; compare by the ratios.
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

import tnsim

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"


@dataclass(frozen=True)
class Contender:
    """A way to do the work: a function "module:name" called with `arguments`.

    The function returns the value, or {"value": ..., "stages": {name: seconds}}. `imports` are
    loaded before the clock starts and before memory is read. `package` gives the version shown.
    """

    name: str
    function: str
    imports: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    package: str | None = None
    repeats: int = 3


@dataclass(frozen=True)
class Sample:
    """One process: its answer and what it took. `failed` holds the end of its error output."""

    value: Any = None
    stages: Mapping[str, float] = field(default_factory=dict)
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    peak_bytes: int = 0
    failed: str | None = None


@dataclass(frozen=True)
class Summary:
    """The medians of a contender's samples; every stage too."""

    contender: Contender
    samples: Sequence[Sample]

    @property
    def good(self) -> list[Sample]:
        """The samples that ended well."""
        return [sample for sample in self.samples if sample.failed is None]

    def median(self, quantity: str) -> float:
        """The median of a quantity, or of a stage's seconds, over the good samples."""
        values = [
            getattr(sample, quantity, None)
            if hasattr(sample, quantity)
            else sample.stages[quantity]
            for sample in self.good
        ]
        return float(statistics.median(values)) if values else float("nan")


def measure(contenders: Sequence[Contender], *, timeout: float = 1800.0) -> list[Summary]:
    """Every contender's samples, taken in turns."""
    rounds = max(contender.repeats for contender in contenders)
    order = [(r, c) for r in range(rounds) for c in contenders if r < c.repeats]
    samples: dict[str, list[Sample]] = {contender.name: [] for contender in contenders}
    for _, contender in track(order, description="measuring", transient=True):
        earlier = samples[contender.name]
        if not (earlier and earlier[-1].failed):
            earlier.append(one_sample(contender, timeout))
    return [Summary(contender, samples[contender.name]) for contender in contenders]


def one_sample(contender: Contender, timeout: float) -> Sample:
    """The contender's work in a fresh process."""
    request = {
        "imports": list(contender.imports),
        "function": contender.function,
        "arguments": dict(contender.arguments),
    }
    command = [sys.executable, "-m", "benchmarks.worker"]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(request),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Sample(failed=f"no answer in {timeout:.0f} s")
    if done.returncode != 0:
        return Sample(failed=(done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1])
    return Sample(**json.loads(done.stdout.strip().splitlines()[-1]))


def report(title: str, summaries: Sequence[Summary], *, goal: str = "") -> None:
    """Print the tables and write the samples to results/; the first contender is the yardstick."""
    console = Console(width=None if sys.stdout.isatty() else 100)
    table = table_of(title, ("version", "value", "CPU s", "ratio", "wall s", "peak MB"))
    yardstick = summaries[0].median("cpu_seconds")
    for summary in summaries:
        table.add_row(summary.contender.name, *costs_of(summary, yardstick))
    console.print(table)
    stages = list(dict.fromkeys(name for s in summaries for g in s.good for name in g.stages))
    if stages:
        table = table_of("", stages)
        for summary in summaries:
            table.add_row(summary.contender.name, *stages_of(summary, stages))
        console.print(table)
    for summary in summaries:
        for sample in [sample for sample in summary.samples if sample.failed]:
            console.print(f"{summary.contender.name}: {sample.failed}", markup=False)
    if goal:
        console.print(goal, markup=False)
    write(title, summaries, goal)


def table_of(title: str, headings: Sequence[str]) -> Table:
    """An empty table with a line for each contender."""
    table = Table(title=title or None, title_justify="left")
    table.add_column("contender")
    for heading in headings:
        table.add_column(heading, justify="right")
    return table


def costs_of(summary: Summary, yardstick: float) -> list[str]:
    """A contender's version, value and costs."""
    version = version_of(summary.contender)
    if not summary.good:
        return [version, "failed"]
    cpu = summary.median("cpu_seconds")
    return [
        version,
        shown(summary.good[-1].value),
        f"{cpu:.3f}",
        f"{cpu / yardstick:.2f}" if yardstick else "-",
        f"{summary.median('wall_seconds'):.3f}",
        f"{summary.median('peak_bytes') / 1e6:.0f}",
    ]


def stages_of(summary: Summary, stages: Sequence[str]) -> list[str]:
    """A contender's medians of the stages that it names."""
    held = summary.good[0].stages if summary.good else {}
    return [f"{summary.median(stage):.3g}" if stage in held else "-" for stage in stages]


def shown(value: Any) -> str:
    """A value for the table; a pair is a complex number."""
    if isinstance(value, list) and len(value) == 2:
        return f"{complex(*value):.9g}"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def version_of(contender: Contender) -> str:
    """The installed version of a contender's package."""
    if contender.package is None:
        return ""
    if contender.package == "tnsim":
        return tnsim.__version__
    try:
        return metadata.version(contender.package)
    except metadata.PackageNotFoundError:
        return "absent"


def write(title: str, summaries: Sequence[Summary], goal: str) -> Path:
    """Keep every sample as JSON, with what is needed to read it later."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{title.replace(' ', '_').replace(',', '')}.json"
    data = {
        "title": title,
        "goal": goal,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "contenders": [
            {
                **asdict(summary.contender),
                "version": version_of(summary.contender),
                "samples": [asdict(sample) for sample in summary.samples],
            }
            for summary in summaries
        ],
    }
    path.write_text(json.dumps(data, indent=1) + "\n")
    return path

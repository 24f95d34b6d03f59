"""Plans and answers as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tnsim.base.budgets import format_bytes
from tnsim.runtime import Forecast, Result
from tnsim.runtime.table import format_count, format_seconds, format_table

from .preparing import Prepared
from .questions import Question

__all__ = ["answer_text", "circuit_text", "columns_text", "forecast_text"]

_MOST_ROWS = 64
_MOST_COLUMNS = 8


def circuit_text(prepared: Prepared) -> str:
    """What is asked of which circuit."""
    request, circuit = prepared.request, prepared.circuit
    size = f"{request.circuit}: {circuit.num_qubits} qubits, {len(circuit)} instructions"
    rows = [("circuit", size)]
    if prepared.noise is not None:
        model = repr(prepared.noise).removeprefix("<NoiseModel: ").removesuffix(">")
        rows.append(("noise", f"{request.noise}: {model}"))
    rows.append(("asked", ", ".join(question.name for question in prepared.questions)))
    for setting in prepared.sweep.settings:
        values = setting.values
        shown = f"{values[0]:.12g}"
        if setting.is_swept:
            shown += f" ... {values[-1]:.12g}, {len(values)} values"
        rows.append((setting.name, shown))
    return format_table(rows)


def forecast_text(prepared: Prepared) -> str:
    """What one run takes, and how long it took to find out."""
    forecast = prepared.program.forecast
    workers, points = prepared.request.workers, prepared.sweep.points
    rows = [
        ("method", forecast.method),
        ("basis", forecast.basis),
        (
            "peak",
            f"{format_bytes(forecast.peak_bytes * workers)} of {format_bytes(prepared.memory)}",
        ),
        ("operations", format_count(forecast.flops)),
        ("slices", str(forecast.slices)),
        ("time", format_seconds(forecast.seconds)),
    ]
    if points > 1:
        rows.append(("points", f"{points}, each at this cost, as many at once as fit"))
    if workers > 1:
        rows.append(("workers", f"{workers}, {format_bytes(prepared.program.memory)} each"))
    rows.append(("planned in", format_seconds(prepared.seconds)))
    text = format_table(rows)
    return f"{text}\n\n{_parts_text(forecast)}" if len(forecast.parts) > 1 else text


def _parts_text(forecast: Forecast) -> str:
    header = ("part", "basis", "peak", "operations", "slices", "time")
    rows = [
        (
            part.name,
            part.basis,
            format_bytes(part.peak_bytes),
            format_count(part.flops),
            str(part.slices),
            format_seconds(part.seconds),
        )
        for part in forecast.parts
    ]
    return columns_text([header, *rows])


def columns_text(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells in aligned columns, the first to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *rest in rows:
        cells = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells]).rstrip())
    return "\n".join(lines)


def answer_text(prepared: Prepared, result: Result) -> str:
    """The values, then what they took."""
    values = result.numpy()
    assert isinstance(values, dict), "questions are asked by name"
    digits = 12 if prepared.request.dtype == "complex128" else 7
    if prepared.sweep.swept:
        blocks = list(_sweep_blocks(prepared, values, digits))
    else:
        rows: list[tuple[str, str]] = []
        for question in prepared.questions:
            rows += _rows_of(question, values[question.name].reshape(-1), digits)
        blocks = [format_table(rows)]
    return "\n\n".join([*blocks, _cost_text(prepared, result)])


def _rows_of(
    question: Question, numbers: NDArray[np.generic], digits: int
) -> list[tuple[str, str]]:
    labels = question.labels
    if len(numbers) <= _MOST_ROWS:
        pairs = zip(labels, numbers.tolist(), strict=True)
        return [(label, _number(value, digits)) for label, value in pairs]
    largest = np.argsort(-np.abs(numbers), kind="stable")[:_MOST_ROWS]
    rows = [(labels[k], _number(numbers[k].item(), digits)) for k in largest.tolist()]
    return [*rows, ("...", f"the {_MOST_ROWS} largest of {len(numbers)}; all: --json, --output")]


def _sweep_blocks(
    prepared: Prepared, values: dict[str, NDArray[np.generic]], digits: int
) -> Iterator[str]:
    """A table with a row for each point and a column for each number."""
    swept = prepared.sweep.swept
    header = [setting.name for setting in swept]
    columns = [np.asarray(prepared.sweep.arrays[name]) for name in header]
    cells = [[f"{value:.9g}" for value in column.tolist()] for column in columns]
    points = prepared.sweep.points
    for question in prepared.questions:
        table = values[question.name].reshape(points, -1)
        labels = question.labels
        for index in range(min(table.shape[1], _MOST_COLUMNS)):
            header.append(labels[index])
            cells.append([_number(value, digits) for value in table[:, index].tolist()])
        if table.shape[1] > _MOST_COLUMNS:
            header.append("...")
            cells.append(["..."] * points)
    rows = [header, *map(list, zip(*cells, strict=True))]
    if points > _MOST_ROWS:
        half = _MOST_ROWS // 2
        rows = [*rows[: half + 1], ["..."] * len(header), *rows[-half:]]
    yield columns_text(rows)
    if points > _MOST_ROWS or "..." in header:
        yield "not everything is shown; all: --json, --output"


def _cost_text(prepared: Prepared, result: Result) -> str:
    rows = [("error", result.error_basis)]
    if result.seconds is not None:
        rows.append(("time", format_seconds(result.seconds)))
    if result.peak_bytes is not None:
        measured = format_bytes(result.peak_bytes)
        promised = format_bytes(prepared.program.forecast.peak_bytes * prepared.request.workers)
        of = "a point" if prepared.sweep.points > 1 else "arrays"
        text = (
            f"{measured} measured, the interpreter's share included; {promised} forecast for {of}"
        )
        rows.append(("peak", text))
    return format_table(rows)


def _number(value: float | complex, digits: int) -> str:
    if isinstance(value, complex):
        return f"{value.real:.{digits}g}{value.imag:+.{digits}g}j"
    return f"{value:.{digits}g}"

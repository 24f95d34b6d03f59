"""Plans and answers as text for people."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from tnsim.base.budgets import format_bytes
from tnsim.runtime import Forecast, Result
from tnsim.runtime.table import format_columns, format_count, format_seconds, format_table

from .preparing import Prepared
from .questions import Question
from .series import count_series, series_of

__all__ = ["answer_text", "circuit_text", "forecast_text"]

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
    if forecast.gradient_peak_bytes is not None and forecast.gradient_flops is not None:
        peak = format_bytes(forecast.gradient_peak_bytes * workers)
        rows.append(("gradient", f"{peak}, {format_count(forecast.gradient_flops)} operations"))
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
    return format_columns([header, *rows])


def answer_text(prepared: Prepared, result: Result) -> str:
    """The values, then what they took."""
    values = result.numpy()
    assert isinstance(values, dict), "questions are asked by name"
    digits = 12 if prepared.request.dtype == "complex128" else 7
    if prepared.sweep.swept:
        text = _sweep_text(prepared, result, digits)
    else:
        rows: list[tuple[str, str]] = []
        for question in prepared.questions:
            rows += _rows_of(question, values[question.name].reshape(-1), digits)
        text = format_table(rows)
    return f"{text}\n\n{_cost_text(prepared, result)}"


def _rows_of(
    question: Question, numbers: NDArray[np.generic], digits: int
) -> list[tuple[str, str]]:
    shown = np.arange(len(numbers))
    if len(numbers) > _MOST_ROWS:
        shown = np.argsort(-np.abs(numbers), kind="stable")[:_MOST_ROWS]
    rows = [(question.label(k), _number(numbers[k].item(), digits)) for k in shown.tolist()]
    if len(numbers) > _MOST_ROWS:
        rows.append(("...", f"the {_MOST_ROWS} largest of {len(numbers)}; all: --json, --output"))
    return rows


def _sweep_text(prepared: Prepared, result: Result, digits: int) -> str:
    """A row for each value of the first swept parameter, a column for each series."""
    first = prepared.sweep.swept[0]
    columns = [[first.name, *(f"{value:.9g}" for value in first.values)]]
    count = count_series(prepared)
    for series in itertools.islice(series_of(prepared, result), _MOST_COLUMNS):
        title = ", ".join(filter(None, (series.number, series.fixed)))
        columns.append([title, *(_number(value, digits) for value in series.values.tolist())])
    rows = list(zip(*columns, strict=True))
    hidden = "" if count <= _MOST_COLUMNS else f"{count - _MOST_COLUMNS} more columns"
    if len(rows) > _MOST_ROWS:
        half = _MOST_ROWS // 2
        rows = [*rows[: half + 1], ("...",) * len(columns), *rows[-half:]]
        hidden = ", ".join(filter(None, (f"{len(first.values) - 2 * half} more rows", hidden)))
    text = format_columns(rows)
    return f"{text}\n({hidden}; all: --json, --output)" if hidden else text


def _cost_text(prepared: Prepared, result: Result) -> str:
    rows = [("error", _error_text(result))]
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


def _error_text(result: Result) -> str:
    if result.largest_error is None:
        return "exact up to rounding"
    return f"at most {result.largest_error:.2g} ({result.error_kind}, by {result.method})"


def _number(value: float | complex, digits: int) -> str:
    if isinstance(value, complex):
        return f"{value.real:.{digits}g}{value.imag:+.{digits}g}j"
    return f"{value:.{digits}g}"
